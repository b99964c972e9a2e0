package config

// CrashEvents is a queue that tells the worker of tasks that crashed.
type CrashEvents struct{}

var crashEventsAddresses []string

func (e *Environment) checkCrashEvents(c checker) {}
