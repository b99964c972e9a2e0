package config

import (
	"fmt"
	"slices"
)

// checkSize checks what a task asks of Fargate.
func (w *Worker) checkSize(c checker, path string) {
	memory, ok := FargateMemoryMiB[w.CPU]
	switch {
	case !ok:
		c.fail(path+".cpu", fmt.Errorf("got %d CPU units, want one of [256 512 1024 2048 4096 8192 16384]", w.CPU))
	case !slices.Contains(memory, w.MemoryMiB):
		c.fail(path+".memoryMiB", fmt.Errorf("got %d, want %s for cpu %d", w.MemoryMiB, memoryWanted(memory), w.CPU))
	}
	if w.CPUArchitecture != "" {
		c.choice(path+".cpuArchitecture", w.CPUArchitecture, "X86_64", "ARM64")
	}
	if w.EphemeralStorageGiB != 0 {
		c.number(path+".ephemeralStorageGiB", w.EphemeralStorageGiB, 21, 200)
	}
	// 1.3.0 has neither ARM64, ECS Exec nor ephemeralStorage, and runs on Amazon Linux 1.
	// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/platform-fargate.html
	if w.PlatformVersion != "" {
		c.choice(path+".platformVersion", w.PlatformVersion, "LATEST", "1.4.0")
	}
}

// memoryWanted says a short list whole and a long one by its ends.
func memoryWanted(all []int) string {
	if len(all) <= 7 {
		return fmt.Sprintf("one of %v", all)
	}
	return fmt.Sprintf("%d to %d in steps of %d", all[0], all[len(all)-1], all[1]-all[0])
}

// FargateMemoryMiB lists the memory Fargate takes for each number of CPU units.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-cpu-memory-error.html
var FargateMemoryMiB = map[int][]int{
	256:   {512, 1024, 2048},
	512:   steps(1024, 4096, 1024),
	1024:  steps(2048, 8192, 1024),
	2048:  steps(4096, 16384, 1024),
	4096:  steps(8192, 30720, 1024),
	8192:  steps(16384, 61440, 4096),
	16384: steps(32768, 122880, 8192),
}

func steps(first, last, step int) []int {
	var all []int
	for n := first; n <= last; n += step {
		all = append(all, n)
	}
	return all
}

// CapacityProvider is one part of a capacity provider strategy.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html
type CapacityProvider struct {
	CapacityProvider string `yaml:"capacityProvider"` // FARGATE or FARGATE_SPOT
	Weight           int    `yaml:"weight"`           // share of the tasks beyond the base
	Base             int    `yaml:"base"`             // tasks that run here first, on one provider only
}

// The capacity providers every account has.
const (
	Fargate     = "FARGATE"
	FargateSpot = "FARGATE_SPOT"
)

func (w *Worker) checkCapacityProviderStrategy(c checker, path string) {
	path += ".capacityProviderStrategy"
	based, weights := -1, 0
	for i, p := range w.CapacityProviderStrategy {
		at := fmt.Sprintf("%s[%d]", path, i)
		c.choice(at+".capacityProvider", p.CapacityProvider, Fargate, FargateSpot)
		c.number(at+".weight", p.Weight, 0, 1000)
		c.number(at+".base", p.Base, 0, 100000)
		if slices.ContainsFunc(w.CapacityProviderStrategy[:i], func(q CapacityProvider) bool { return q.CapacityProvider == p.CapacityProvider }) {
			c.fail(at+".capacityProvider", fmt.Errorf("got %q twice", p.CapacityProvider))
		}
		if p.Base > 0 && based >= 0 {
			c.fail(at+".base", fmt.Errorf("got %d, but entry %d has a base already, want a base on one entry only", p.Base, based))
		}
		if p.Base > 0 {
			based = i
		}
		weights += p.Weight
		if p.CapacityProvider == FargateSpot && w.Type == TypeProcess {
			c.fail(at+".capacityProvider", fmt.Errorf("got FARGATE_SPOT with type process, want FARGATE: flow runs inside the worker are lost when AWS takes the task back"))
		}
	}
	if len(w.CapacityProviderStrategy) > 0 && weights == 0 {
		c.fail(path, fmt.Errorf("got no weight above 0, want at least one: ECS starts no task beyond the base"))
	}
}

// usesSpot says whether tasks may run on Fargate Spot.
func (w *Worker) usesSpot() bool {
	return slices.ContainsFunc(w.CapacityProviderStrategy, func(p CapacityProvider) bool { return p.CapacityProvider == FargateSpot })
}

// CapacityProviders are the providers that the cluster must know.
func (e *Environment) CapacityProviders() []string {
	all := slices.Clone(e.Cluster.CapacityProviders)
	for _, v := range e.Views() {
		for _, p := range v.Worker.CapacityProviderStrategy {
			all = append(all, p.CapacityProvider)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}
