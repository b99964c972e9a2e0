package config

// Monitoring is alarms, events and a dashboard.
type Monitoring struct{}

var monitoringAddresses []string

func (e *Environment) checkMonitoring(c checker) {}
