package main

import (
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// adopt makes this process the parent of those whose own has ended: the app
// does not wait for Node, whose time and memory count all the same.
func adopt() error { return unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) }

// orphans waits for the adopted processes and returns what they used. One that
// stays, such as a daemon of some tool, is left alone.
func orphans() (cpu time.Duration, largest int64) {
	for deadline := time.Now().Add(2 * time.Second); time.Now().Before(deadline); {
		var usage syscall.Rusage
		switch pid, err := syscall.Wait4(-1, nil, syscall.WNOHANG, &usage); {
		case err == syscall.EINTR:
		case err != nil: // there is none
			return cpu, largest
		case pid == 0:
			time.Sleep(time.Millisecond)
		default:
			cpu += time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
			largest = max(largest, int64(usage.Maxrss)*1024)
		}
	}
	return cpu, largest
}
