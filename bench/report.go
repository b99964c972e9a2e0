package main

import (
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"time"
)

type report struct {
	machine    string
	javascript comparison // synth / javascript
	stock      comparison // stock / synth
	example    comparison // stock example / example
	memory     []peak
	growth     []growth
	cli        []measured
	plan       *planning // nil: not measured
}

// print writes the ratios, one a line, and then what README quotes.
func (r report) print(w io.Writer) {
	p := func(format string, args ...any) { fmt.Fprintf(w, format+"\n", args...) }
	p("synth/javascript %.2f", r.javascript.wall)
	p("stock/synth %.1f", r.stock.wall)
	p("stock/example %.1f", r.example.wall)
	if r.plan != nil {
		p("plan/hcl %.2f", r.plan.ratio)
	}
	for _, m := range r.memory {
		p("peak memory %s %d MiB", m.name, mib(m.sum))
	}
	first, last := r.growth[0], r.growth[len(r.growth)-1]
	p("one more stack %d ms (CPU time %d ms)", perStack(first, last, wall).Milliseconds(), perStack(first, last, cpu).Milliseconds())
	p("")
	p("| whole process | time | CPU time | peak memory, all processes | largest process |")
	p("|---|---|---|---|---|")
	for i, m := range []measured{r.javascript.a, r.javascript.b, r.stock.a, r.example.b, r.example.a} {
		p("| %s | %s | %s | %d MiB | %d MiB |", m.name, seconds(m.wall), seconds(m.cpu), mib(r.memory[i].sum), mib(r.memory[i].single))
	}
	p("")
	p("The first three synthesize the dev stack, the others examples/two-workers. Ratios are medians of pairs run in turn: %s, %s, %s.",
		r.javascript.text("synth/javascript", 2), r.stock.text("stock/synth", 1), r.example.text("stock/example", 1))
	p("")
	p("| stacks in the app | time | each further stack | CPU time | each further stack | peak memory, all processes |")
	p("|---|---|---|---|---|---|")
	for i, g := range r.growth {
		var moreWall, moreCPU string
		if i > 0 {
			moreWall = fmt.Sprintf("%d ms", perStack(r.growth[i-1], g, wall).Milliseconds())
			moreCPU = fmt.Sprintf("%d ms", perStack(r.growth[i-1], g, cpu).Milliseconds())
		}
		p("| %d | %s | %s | %s | %s | %d MiB |", g.n, seconds(g.time.wall), moreWall, seconds(g.time.cpu), moreCPU, mib(g.sum))
	}
	if r.cli != nil {
		p("")
		p("| `cdktf synth` and its steps | time | CPU time |")
		p("|---|---|---|")
		for _, m := range r.cli {
			p("| %s | %s | %s |", m.name, seconds(m.wall), seconds(m.cpu))
		}
	}
	r.plan.print(p)
	p("")
	p("%s", r.machine)
}

// print writes what README quotes.
func (l *planning) print(p func(format string, args ...any)) {
	if l == nil {
		return
	}
	p("")
	p("| a changed setting of the deployed dev stack | time |")
	p("|---|---|")
	p("| `make plan STACK=dev`, from the saved file to the summary | %s |", seconds(l.plan))
	p("| `terraform plan` of the documents' HCL, on the same state | %s |", seconds(l.hcl))
	p("| `cdktf diff dev` | %s |", seconds(l.diff))
	p("")
	p("plan/hcl %.2f (%.2f to %.2f; %d pairs).", l.ratio, l.low, l.high, l.pairs)
}

// text is a ratio with so many decimals, and what it is the median of.
func (c comparison) text(name string, decimals int) string {
	return fmt.Sprintf("%s %.*f (%.*f to %.*f; CPU time %.*f; %d pairs)", name, decimals, c.wall, decimals, c.low, decimals, c.high, decimals, c.cpu, c.a.runs)
}

// perStack is what each of the stacks costs that b has more than a.
func perStack(a, b growth, of func(measured) time.Duration) time.Duration {
	return (of(b.time) - of(a.time)) / time.Duration(b.n-a.n)
}

func wall(m measured) time.Duration { return m.wall }
func cpu(m measured) time.Duration  { return m.cpu }

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f s", d.Seconds()) }
func mib(bytes int64) int64          { return (bytes + 1<<19) >> 20 }

// machine describes what the figures depend on.
func machine() string {
	node, _ := exec.Command("node", "--version").Output()
	cpu := runtime.GOARCH
	if info, err := os.ReadFile("/proc/cpuinfo"); err == nil {
		for line := range strings.Lines(string(info)) {
			if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
				cpu = strings.TrimSpace(value)
				break
			}
		}
	}
	return fmt.Sprintf("Measured on %s, %d cores, %s, %s, Node %s.", cpu, runtime.NumCPU(), runtime.GOOS, runtime.Version(), strings.TrimSpace(string(node)))
}
