package emulator

import (
	"fmt"
	"slices"
	"time"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
)

// Option is something that an emulator does only when asked to.
type Option string

// RunTasks makes ECS run tasks: RunTask and services start the containers of
// Prefect's images as local processes. python is an interpreter that has Prefect
// and its ECS worker. On Linux only; elsewhere tasks fail and say so.
func RunTasks(python string) Option { return Option("--run-tasks=" + python) }

// RecordCalls makes the emulator write the calls that it takes to a file, which
// Calls reads: with parameters, though without secrets' values.
const RecordCalls Option = "--record-calls"

// awaitTasks waits for the processes of an ended emulator's tasks. They end when
// they notice, within moments, and write to its folder until then.
func awaitTasks(tasks []process.Process) error {
	for range 100 {
		if !slices.ContainsFunc(tasks, process.Process.Alive) {
			return nil
		}
		time.Sleep(50 * time.Millisecond)
	}
	return fmt.Errorf("the emulator has ended, but of its tasks these still run: %v", tasks)
}
