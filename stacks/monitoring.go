package stacks

// addMonitoring makes alarms, event rules and the dashboard.
func (w *wiring) addMonitoring() {}
