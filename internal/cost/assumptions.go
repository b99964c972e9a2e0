package cost

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Assumption is how much of something a stack is assumed to use.
type Assumption struct {
	Name  string
	Value float64
	What  string // "GB a month through the NAT gateways"
}

// assumptions are all there are, with their defaults.
var assumptions = []Assumption{
	{"nat-gb", 50, "GB a month through the NAT gateways: images and the traffic to Prefect and to AWS"},
	{"endpoint-gb", 50, "GB a month through interface endpoints"},
	{"flow-log-gb", 5, "GB a month of VPC flow logs"},
	{"log-gb", 2, "GB a month in each log group of workers and flow runs"},
	{"function-log-gb", 0.1, "GB a month in each log group of a function"},
	{"spot-discount", 70, "percent by which Fargate Spot is cheaper than on demand; AWS says up to 70, and it varies"},
	{"flow-run-hours", 100, "hours a month that all flow runs' tasks take together"},
	{"flow-run-vcpu", 1, "vCPU of a flow run's task, the default of Prefect's ECS work pools"},
	{"flow-run-gb", 2, "GB of memory of a flow run's task, the default of Prefect's ECS work pools"},
	{"function-seconds", 1, "seconds that a call of a function takes"},
	{"queue-requests", 130, "thousand requests a month to the queue of crash events, of each worker's task"},
	{"image-gb", 2, "GB of images in each repository"},
	{"applies", 200, "plans and applies a month of all stacks that share a state backend"},
	{"state-gb", 0.1, "GB of states in the bucket, old versions included"},
}

// Assumptions are values by name.
type Assumptions map[string]float64

// DefaultAssumptions are the values where nothing else is said.
func DefaultAssumptions() Assumptions {
	all := Assumptions{}
	for _, known := range assumptions {
		all[known.Name] = known.Value
	}
	return all
}

// ParseAssumptions are the defaults with changes, such as "nat-gb=500 log-gb=20".
func ParseAssumptions(changes string) (Assumptions, error) {
	all := DefaultAssumptions()
	var wrong []string
	for _, change := range strings.FieldsFunc(changes, func(r rune) bool { return r == ' ' || r == ',' }) {
		name, value, _ := strings.Cut(change, "=")
		if _, ok := all[name]; !ok {
			wrong = append(wrong, fmt.Sprintf("%s: unknown, want one of %s", name, strings.Join(slices.Sorted(maps.Keys(all)), ", ")))
			continue
		}
		n, err := strconv.ParseFloat(value, 64)
		switch {
		case err != nil || n < 0 || n > 1e12 || n != n:
			wrong = append(wrong, fmt.Sprintf("%s: got %q, want a number such as %s=%s", name, value, name, number(all[name])))
		case name == "spot-discount" && n > 100:
			wrong = append(wrong, fmt.Sprintf("%s: got %s, want a percentage, at most 100", name, value))
		default:
			all[name] = n
		}
	}
	if len(wrong) > 0 {
		return nil, fmt.Errorf("%s", strings.Join(wrong, "\n"))
	}
	return all, nil
}

func number(n float64) string { return strconv.FormatFloat(n, 'f', -1, 64) }
