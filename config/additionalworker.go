package config

// AdditionalWorker is a worker beside the first one.
type AdditionalWorker struct{}

var workerAddresses []string

func (e *Environment) checkAdditionalWorkers(c checker) {}
