package stacks

// addTaskRoles makes the roles of the workers and of their flow runs.
func (w *wiring) addTaskRoles() {}
