package config

// AutoScaling changes the number of a worker's tasks.
type AutoScaling struct{}

var autoScalingAddresses []string

func (a *AutoScaling) check(c checker, path string, w *Worker) {}
