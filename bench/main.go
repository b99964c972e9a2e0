// Command bench measures synthesis, whole processes, in one run: this app's
// dev stack against the same stack in JavaScript CDKTF and against this app
// with stock jsii; another team's app, examples/two-workers, against itself with
// stock jsii; what one more stack costs; what `cdktf synth` adds; and make plan of a
// deployed dev stack against terraform plan of the documents' HCL, on a local AWS.
//
//	go run ./bench            all of it, about 5 minutes
//	go run ./bench -runs 5    fewer runs
//	go run ./bench -only plan the last part alone; -only synth: all but that
//	go run ./bench -update    takes over the texts of a changed dev stack
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

func main() {
	runs := flag.Int("runs", 15, "pairs of runs against JavaScript; a third of them against stock jsii")
	update := flag.Bool("update", false, "write bench/javascript/texts.json from the dev stack and stop")
	only := flag.String("only", "", "synth or plan: that part alone")
	flag.Parse()
	if err := run(*runs, *update, *only); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

func run(runs int, update bool, only string) error {
	if !slices.Contains([]string{"", "synth", "plan"}, only) {
		return fmt.Errorf("-only: got %q, want synth or plan", only)
	}
	if err := adopt(); err != nil {
		return err
	}
	w, err := newWorkspace()
	if err != nil {
		return err
	}
	defer os.RemoveAll(w.dir)
	if update {
		return w.update()
	}
	if only == "plan" {
		l, err := w.planned(runs)
		if err != nil {
			return err
		}
		fmt.Printf("plan/hcl %.2f\n", l.ratio)
		l.print(func(format string, args ...any) { fmt.Printf(format+"\n", args...) })
		return nil
	}
	if err := w.install(); err != nil {
		return err
	}
	r := report{machine: machine()}
	if err := w.checkSameWork(); err != nil {
		return err
	}

	progress("synth against JavaScript, %d pairs", runs)
	if r.javascript, err = compare(runs, w.synth(1), w.javascript()); err != nil {
		return err
	}
	progress("stock jsii against synth, %d pairs", max(3, runs/3))
	if r.stock, err = compare(max(3, runs/3), w.stock(), w.synth(1)); err != nil {
		return err
	}
	progress("stock jsii against the kernel in examples/two-workers, %d pairs", max(3, runs/3))
	if r.example, err = compare(max(3, runs/3), w.stockExample(), w.example()); err != nil {
		return err
	}
	for _, c := range []command{w.synth(1), w.javascript(), w.stock(), w.example(), w.stockExample()} {
		progress("memory of %s", c.name)
		peak, err := memory(c)
		if err != nil {
			return err
		}
		r.memory = append(r.memory, peak)
	}
	for _, n := range []int{1, 10, 50, 200} {
		progress("%d stacks", n)
		g, err := grow(w.synth(n), n)
		if err != nil {
			return err
		}
		r.growth = append(r.growth, g)
	}
	if cli, ok := w.cli(); ok {
		for _, c := range cli {
			progress("%s", c.name)
			m, err := repeat(max(3, runs/3), c)
			if err != nil {
				return err
			}
			r.cli = append(r.cli, m)
		}
	}
	if only == "" {
		if r.plan, err = w.planned(runs); err != nil {
			progress("without plan/hcl: %v", err)
		}
	}
	r.print(os.Stdout)
	return nil
}

func progress(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "bench: "+format+"\n", args...)
}

const (
	devStack     = "stacks/dev/cdk.tf.json"
	exampleStack = "stacks/two-workers/cdk.tf.json"
)

// checkSameWork runs every variant once, which also fills the caches, and
// compares what they write.
func (w *workspace) checkSameWork() error {
	if err := sameOutput(exampleStack, w.example(), w.stockExample()); err != nil {
		return err
	}
	if err := sameOutput(devStack, w.synth(1), w.stock()); err != nil {
		return err
	}
	if err := sameOutput(devStack, w.synth(1), w.javascript()); err != nil {
		return fmt.Errorf("%w; for texts run `go run ./bench -update`, for the rest edit bench/javascript/main.js", err)
	}
	return nil
}

func sameOutput(stack string, variants ...command) error {
	var want []byte
	for _, c := range variants {
		progress("checking the output of %s", c.name)
		if _, err := measure(c); err != nil {
			return err
		}
		got, err := os.ReadFile(filepath.Join(c.out, stack))
		if err != nil {
			return err
		}
		if want == nil {
			want = got
		}
		if !bytes.Equal(got, want) {
			return fmt.Errorf("%s: the output differs from that of %s %s", c.name, variants[0].name, firstDifference(string(want), string(got)))
		}
	}
	return nil
}

func firstDifference(want, got string) string {
	a, b := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("in line %d: got %s, want %s", i+1, strings.TrimSpace(b[i]), strings.TrimSpace(a[i]))
		}
	}
	return "in length"
}

// update writes the texts that main.js takes as data.
func (w *workspace) update() error {
	c := w.synth(1)
	if _, err := measure(c); err != nil {
		return err
	}
	data, err := os.ReadFile(filepath.Join(c.out, devStack))
	if err != nil {
		return err
	}
	texts, err := textsOf(data)
	if err != nil {
		return err
	}
	return os.WriteFile(textsFile, texts, 0o644)
}

const textsFile = "bench/javascript/texts.json"

// textsOf returns the parts of a synthesized dev stack that are texts: the
// variables and the messages of the checks.
func textsOf(stack []byte) ([]byte, error) {
	type checked struct {
		Lifecycle struct{ Precondition, Postcondition json.RawMessage }
	}
	var s struct {
		Variable json.RawMessage
		Data     struct {
			Zones struct{ Available checked } `json:"aws_availability_zones"`
		}
		Resource struct {
			Secret struct {
				PrefectAPI checked `json:"prefect_api"`
			} `json:"aws_secretsmanager_secret"`
		}
	}
	if err := json.Unmarshal(stack, &s); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(map[string]json.RawMessage{
		"variables": s.Variable,
		"zones":     s.Data.Zones.Available.Lifecycle.Postcondition,
		"secret":    s.Resource.Secret.PrefectAPI.Lifecycle.Precondition,
	})
	return b.Bytes(), err
}
