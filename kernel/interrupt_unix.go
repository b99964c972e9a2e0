//go:build unix

package kernel

import (
	"os"
	"runtime"
	"slices"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
)

// silence sends what any goroutine writes to standard error nowhere.
func silence() {
	if null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0); err == nil {
		_ = unix.Dup2(int(null.Fd()), 2)
	}
}

// killChildren kills Node and waits until it is gone. Its images are written
// in one step; there is nothing it would have to finish.
func killChildren() {
	if runtime.GOOS == "linux" { // elsewhere listing processes means to start ps
		syscall.ForkLock.Lock() // never unlocked: no process can be started from here on
	}
	children := process.Descendants(os.Getpid())
	for _, p := range children {
		_ = syscall.Kill(p.PID, syscall.SIGKILL)
	}
	for range 1000 {
		if !slices.ContainsFunc(children, process.Process.Alive) {
			return
		}
		time.Sleep(5 * time.Millisecond)
	}
}
