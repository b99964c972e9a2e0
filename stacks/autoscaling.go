package stacks

// addAutoScaling lets AWS change the number of the workers' tasks.
func (w *wiring) addAutoScaling() {}
