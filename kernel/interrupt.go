package kernel

import (
	"os"
	"os/signal"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
)

// interruptedCode is what a shell reports for a program that Ctrl-C ended.
const interruptedCode = 130

// watch waits for a signal that ends the program, until the returned function
// is called. A signal that the program was started to ignore, by nohup or in
// the background of a script, stays ignored.
func (k *Kernel) watch() (stop func()) {
	signals, done := make(chan os.Signal, 1), make(chan struct{})
	for _, s := range []os.Signal{os.Interrupt, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
	go func() {
		select {
		case <-signals:
			k.die()
		case <-done:
		}
	}()
	return sync.OnceFunc(func() {
		signal.Stop(signals)
		close(done)
	})
}

// onInterrupt is what an interrupt calls first.
var onInterrupt atomic.Value // of func()

// OnInterrupt has an interrupt of a kernel, also of one that is yet to start, wait for
// f before it ends the program: f sees to it that what else the program runs ends in
// order, such as a process that holds a lock. The kernel kills whatever is left. nil: it
// waits for nothing.
func OnInterrupt(f func()) { onInterrupt.Store(f) }

// die ends the program from its own goroutine. The others are left as they are:
// jsii must not be closed while it is in use. The errors that they get once Node
// is gone would only confuse the user, so nothing is printed from here on. The
// lock is never released, which keeps them from restarting Node, creating
// another temporary folder or ending the program in another way.
func (k *Kernel) die() {
	if f, _ := onInterrupt.Load().(func()); f != nil {
		f()
	}
	silence()
	k.mu.Lock()
	killChildren()
	k.removeFolders()
	os.Exit(interruptedCode)
}

// stopIfInterrupted does not return while the program is being ended.
func (k *Kernel) stopIfInterrupted() {
	k.mu.Lock()
	defer k.mu.Unlock()
}

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
