package config

import (
	"reflect"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

func (e *Environment) checkCrashEvents() {
	if e.CrashEvents == nil {
		return
	}
	if !e.AnyWorker(func(w *settings.Worker) bool { return w.Type != settings.TypeProcess }) {
		e.Fail(&e.CrashEvents, "set, but a worker of type process starts no tasks and would never read the queue; set crashEvents: null, or worker.type: ecs")
	}
	const name = settings.QueueNameVariable
	for _, w := range e.Workers() {
		if w.Permissions == settings.PermissionsNone && w.Type != settings.TypeProcess {
			e.Fail(&w.Permissions, "got none with crashEvents, whose queue the worker reads with a task role; set %s: least-privilege", e.Path(&w.Permissions))
		}
		if _, ok := w.Environment[name]; ok {
			e.FailKey(&w.Environment, name, "set here, want only crashEvents.queueName: the worker would watch another queue")
		}
		if _, ok := w.Secrets[name]; ok {
			e.FailKey(&w.Secrets, name, "set here, want only crashEvents.queueName: the task definition would have it twice")
		}
	}
}

// Resolve turns the stack's settings into what Terraform reads: {stack} is
// replaced, and text is escaped.
func (s *CrashEvents) Resolve() settings.CrashEventsStack {
	return copyOf(s.CrashEventsStack, func(v reflect.Value, f *settings.Field, _ string) {
		text, ok := v.Addr().Interface().(*string)
		if !ok {
			return
		}
		if f.Braces != "" {
			*text = s.expand(*text)
		}
		*text = settings.Escape(*text)
	})
}
