//go:build unix

// Package process runs programs to their end, with all that they start, and
// finds the processes that a program has started, and those that these have
// started.
package process

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
)

// Process names one process. The start time tells it from a later process
// that got the same number.
type Process struct {
	PID    int
	parent int
	start  string
}

// Alive reports whether the very same process still runs.
func (p Process) Alive() bool {
	if syscall.Kill(p.PID, 0) != nil {
		return false
	}
	for _, q := range processes() {
		if q.PID == p.PID {
			return q.start == p.start
		}
	}
	return false
}

// Detach starts a program in its own session: Ctrl-C in the terminal does not
// reach it. ended is closed once it has ended and is collected.
func Detach(cmd *exec.Cmd) (ended chan struct{}, err error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	ended = make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	return ended, nil
}

// Descendants returns the processes that pid started, directly or not.
func Descendants(pid int) []Process {
	all := processes()
	inTree := map[int]bool{pid: true}
	var tree []Process
	for grown := true; grown; {
		grown = false
		for _, p := range all {
			if inTree[p.parent] && !inTree[p.PID] {
				inTree[p.PID] = true
				tree = append(tree, p)
				grown = true
			}
		}
	}
	return tree
}

// processes lists what runs, from /proc where there is one, else from ps.
// Processes that have ended and only wait to be collected are left out.
func processes() []Process {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat")
	if len(stats) == 0 {
		return fromPS()
	}
	var list []Process
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // ended meanwhile
		}
		// pid (name) state parent … ; the name may hold blanks and brackets.
		open, end := strings.IndexByte(string(text), '('), strings.LastIndexByte(string(text), ')')
		if open < 0 || end < open {
			continue
		}
		fields := strings.Fields(string(text[end+1:]))
		if len(fields) < 20 || fields[0] == "Z" {
			continue
		}
		pid, _ := strconv.Atoi(strings.TrimSpace(string(text[:open])))
		parent, _ := strconv.Atoi(fields[1])
		list = append(list, Process{PID: pid, parent: parent, start: fields[19]})
	}
	return list
}

func fromPS() []Process {
	out, err := exec.Command("ps", "-A", "-o", "pid=,ppid=,state=,lstart=").Output()
	if err != nil {
		return nil
	}
	var list []Process
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) < 4 || strings.HasPrefix(fields[2], "Z") {
			continue
		}
		pid, _ := strconv.Atoi(fields[0])
		parent, _ := strconv.Atoi(fields[1])
		list = append(list, Process{PID: pid, parent: parent, start: strings.Join(fields[3:], " ")})
	}
	return list
}

// CommandLine returns the command line of a running process, or "".
func CommandLine(pid int) string {
	if text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "cmdline")); err == nil {
		return strings.TrimSpace(strings.ReplaceAll(string(text), "\x00", " "))
	}
	out, err := exec.Command("ps", "-o", "command=", "-p", strconv.Itoa(pid)).Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
