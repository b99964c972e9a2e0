package main

import (
	"os"
	"strings"
	"testing"
	"time"
)

// The JavaScript stack takes its texts as data; they are the app's.
func TestTextsAreThoseOfTheDevStack(t *testing.T) {
	golden, err := os.ReadFile("../stacks/testdata/readme/cdk.tf.json")
	if err != nil {
		t.Fatal(err)
	}
	want, err := textsOf(golden)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("javascript/texts.json")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("javascript/texts.json is not up to date %s: run `go run ./bench -update` in the project's folder", firstDifference(string(want), string(got)))
	}
}

func TestMedian(t *testing.T) {
	rows := []struct {
		values []float64
		want   float64
	}{
		{[]float64{3}, 3},
		{[]float64{3, 1, 2}, 2},
		{[]float64{4, 1, 2, 3}, 2.5},
	}
	for _, row := range rows {
		if got := median(row.values, func(v float64) float64 { return v }); got != row.want {
			t.Errorf("median of %v: got %v, want %v", row.values, got, row.want)
		}
	}
}

func TestReport(t *testing.T) {
	m := func(name string, wall time.Duration) measured {
		return measured{name: name, wall: wall, cpu: wall * 2, runs: 3}
	}
	r := report{
		machine:    "Measured on paper.",
		javascript: comparison{a: m("synth", 300*time.Millisecond), b: m("javascript", 400*time.Millisecond), wall: 0.75, cpu: 0.8, low: 0.7, high: 0.9},
		stock:      comparison{a: m("stock", 3*time.Second), b: m("synth", 300*time.Millisecond), wall: 10, cpu: 9, low: 8, high: 11},
		example:    comparison{a: m("stock example", 2*time.Second), b: m("example", 250*time.Millisecond), wall: 8, cpu: 7, low: 6, high: 9},
		memory: []peak{{"synth", 100 << 20, 80 << 20}, {"javascript", 70 << 20, 70 << 20}, {"stock", 600 << 20, 500 << 20},
			{"example", 90 << 20, 75 << 20}, {"stock example", 590 << 20, 490 << 20}},
		growth: []growth{{1, m("", 300*time.Millisecond), 100 << 20}, {11, m("", 600*time.Millisecond), 110 << 20}},
		cli:    []measured{m("`cdktf synth`", 2*time.Second)},
		plan:   &planning{plan: 1500 * time.Millisecond, hcl: 1600 * time.Millisecond, diff: 6 * time.Second, ratio: 0.94, low: 0.9, high: 1.1, pairs: 3},
	}
	var b strings.Builder
	r.print(&b)
	want := `synth/javascript 0.75
stock/synth 10.0
stock/example 8.0
plan/hcl 0.94
peak memory synth 100 MiB
peak memory javascript 70 MiB
peak memory stock 600 MiB
peak memory example 90 MiB
peak memory stock example 590 MiB
one more stack 30 ms (CPU time 60 ms)

| whole process | time | CPU time | peak memory, all processes | largest process |
|---|---|---|---|---|
| synth | 0.30 s | 0.60 s | 100 MiB | 80 MiB |
| javascript | 0.40 s | 0.80 s | 70 MiB | 70 MiB |
| stock | 3.00 s | 6.00 s | 600 MiB | 500 MiB |
| example | 0.25 s | 0.50 s | 90 MiB | 75 MiB |
| stock example | 2.00 s | 4.00 s | 590 MiB | 490 MiB |

The first three synthesize the dev stack, the others examples/two-workers. Ratios are medians of pairs run in turn: synth/javascript 0.75 (0.70 to 0.90; CPU time 0.80; 3 pairs), stock/synth 10.0 (8.0 to 11.0; CPU time 9.0; 3 pairs), stock/example 8.0 (6.0 to 9.0; CPU time 7.0; 3 pairs).

| stacks in the app | time | each further stack | CPU time | each further stack | peak memory, all processes |
|---|---|---|---|---|---|
| 1 | 0.30 s |  | 0.60 s |  | 100 MiB |
| 11 | 0.60 s | 30 ms | 1.20 s | 60 ms | 110 MiB |

| ` + "`cdktf synth`" + ` and its steps | time | CPU time |
|---|---|---|
| ` + "`cdktf synth`" + ` | 2.00 s | 4.00 s |

| a changed setting of the deployed dev stack | time |
|---|---|
| ` + "`make plan STACK=dev`" + `, from the saved file to the summary | 1.50 s |
| ` + "`terraform plan`" + ` of the documents' HCL, on the same state | 1.60 s |
| ` + "`cdktf diff dev`" + ` | 6.00 s |

plan/hcl 0.94 (0.90 to 1.10; 3 pairs).

Measured on paper.
`
	if b.String() != want {
		t.Errorf("got\n%s", b.String())
	}
}
