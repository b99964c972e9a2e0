package stacks

// addCrashEvents makes the queue that tells workers of crashed tasks.
func (w *wiring) addCrashEvents() {}
