package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// sample is one run of a whole process with everything it started.
type sample struct {
	wall, cpu time.Duration // from start to exit; user and system time of all processes
	maxRSS    int64         // bytes, of the largest process
}

func measure(c command) (sample, error) { return measureWhile(c, func(int) {}) }

// measureWhile calls during with the process id once the process runs.
func measureWhile(c command, during func(pid int)) (sample, error) {
	if err := os.RemoveAll(c.out); err != nil {
		return sample{}, err
	}
	cmd := exec.Command(c.args[0], c.args[1:]...)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), c.env...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	start := time.Now()
	if err := cmd.Start(); err != nil {
		return sample{}, fmt.Errorf("%s: %w", c.name, err)
	}
	during(cmd.Process.Pid)
	err := cmd.Wait()
	wall := time.Since(start)
	if err != nil {
		return sample{}, fmt.Errorf("%s: %w\n%s", c.name, err, out.String())
	}
	cpu, largest := orphans()
	return sample{wall, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime() + cpu, max(maxRSS(cmd.ProcessState), largest)}, nil
}

// measured is a command with the medians of its runs.
type measured struct {
	name      string
	wall, cpu time.Duration
	maxRSS    int64
	runs      int
}

func medians(name string, samples []sample) measured {
	return measured{
		name:   name,
		wall:   median(samples, func(s sample) time.Duration { return s.wall }),
		cpu:    median(samples, func(s sample) time.Duration { return s.cpu }),
		maxRSS: median(samples, func(s sample) int64 { return s.maxRSS }),
		runs:   len(samples),
	}
}

func median[S any, T ~int64 | ~float64](samples []S, of func(S) T) T {
	var values []T
	for _, s := range samples {
		values = append(values, of(s))
	}
	slices.Sort(values)
	n := len(values)
	return (values[(n-1)/2] + values[n/2]) / 2
}

// repeat runs c once without counting it and then runs times.
func repeat(runs int, c command) (measured, error) {
	var samples []sample
	for i := range runs + 1 {
		s, err := measure(c)
		if err != nil {
			return measured{}, err
		}
		if i > 0 {
			samples = append(samples, s)
		}
	}
	return medians(c.name, samples), nil
}

// comparison is the outcome of runs of a and b in turn; the ratios are the
// medians of those of each pair, which a drifting machine does not move.
type comparison struct {
	a, b      measured
	wall, cpu float64
	low, high float64 // the smallest and the largest ratio of the wall times
}

func compare(runs int, a, b command) (comparison, error) {
	var as, bs []sample
	var wall, cpu []float64
	for range runs {
		x, err := measure(a)
		if err != nil {
			return comparison{}, err
		}
		y, err := measure(b)
		if err != nil {
			return comparison{}, err
		}
		as, bs = append(as, x), append(bs, y)
		wall = append(wall, x.wall.Seconds()/y.wall.Seconds())
		cpu = append(cpu, x.cpu.Seconds()/y.cpu.Seconds())
	}
	same := func(v float64) float64 { return v }
	return comparison{medians(a.name, as), medians(b.name, bs), median(wall, same), median(cpu, same), slices.Min(wall), slices.Max(wall)}, nil
}

// peak is the memory of one variant, in bytes.
type peak struct {
	name        string
	sum, single int64 // all processes together, sampled; the largest process
}

// memory samples the resident memory of all processes of c. It takes time from
// the processes it looks at, so these runs are not timed.
func memory(c command) (peak, error) {
	var sums []int64
	var samples []sample
	for range 3 {
		var sum int64
		stop, done := make(chan bool), make(chan bool)
		s, err := measureWhile(c, func(pid int) {
			go func() {
				defer close(done)
				for {
					select {
					case <-stop:
						return
					case <-time.After(2 * time.Millisecond):
						sum = max(sum, treeRSS(pid))
					}
				}
			}()
		})
		close(stop)
		if err != nil {
			return peak{}, err
		}
		<-done
		sums, samples = append(sums, sum), append(samples, s)
	}
	return peak{c.name, median(sums, func(v int64) int64 { return v }), medians(c.name, samples).maxRSS}, nil
}

// treeRSS is the resident memory of a process and its descendants; pages that
// they share are counted for each. It is 0 where there is no /proc.
func treeRSS(pid int) int64 {
	dir := filepath.Join("/proc", strconv.Itoa(pid))
	var total int64
	if statm, err := os.ReadFile(filepath.Join(dir, "statm")); err == nil {
		if fields := strings.Fields(string(statm)); len(fields) > 1 {
			pages, _ := strconv.ParseInt(fields[1], 10, 64)
			total = pages * int64(os.Getpagesize())
		}
	}
	lists, _ := filepath.Glob(filepath.Join(dir, "task", "*", "children"))
	for _, list := range lists {
		children, _ := os.ReadFile(list)
		for _, child := range strings.Fields(string(children)) {
			if n, err := strconv.Atoi(child); err == nil {
				total += treeRSS(n)
			}
		}
	}
	return total
}

// growth is what n stacks in one app cost.
type growth struct {
	n    int
	time measured
	sum  int64
}

func grow(c command, n int) (growth, error) {
	m, err := repeat(3, c)
	if err != nil {
		return growth{}, err
	}
	p, err := memory(c)
	return growth{n, m, p.sum}, err
}
