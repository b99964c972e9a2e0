// Package kernel starts jsii, the Node process behind every CDKTF object, in a
// tenth of the time jsii needs by itself. One call at the start of a program,
// or of a TestMain that synthesizes, is all:
//
//	k, err := kernel.Start()
//	if err != nil { … }
//	defer k.Close()
//
// A TestMain needs [Main] alone. What it changes is said in kernel.js. It never changes what is synthesized,
// and anything unexpected leads back to jsii as it comes; setting
// PREFECT_ECS_STOCK_JSII does so by hand.
package kernel

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/aws/jsii-runtime-go"
	jsiiruntime "github.com/aws/jsii-runtime-go/runtime"
)

// StockVariable names the environment variable that, when not empty, leaves
// jsii as it comes.
const StockVariable = "PREFECT_ECS_STOCK_JSII"

const (
	oldestNode = 20 // kernel.js has the same number
	install    = "install Node.js 22 or 24 (https://nodejs.org)"
)

// Kernel is a jsii kernel that runs, or, where jsii is left as it comes, one
// that the first use of CDKTF starts.
type Kernel struct {
	fast    bool
	cleanup func()
}

// Start starts the kernel. Call it before anything of CDKTF: objects made
// earlier belong to a kernel that it ends. The error says what to install.
func Start() (*Kernel, error) {
	k, err := start()
	if err != nil {
		jsii.Close() // removes what jsii unpacked when Go initialized its package
	}
	return k, err
}

func start() (*Kernel, error) {
	node, err := exec.LookPath(cmp.Or(os.Getenv("JSII_NODE"), "node"))
	if err != nil {
		return nil, fmt.Errorf("node is not on the PATH: %s", install)
	}
	// A user's own runtime stays; on Windows one process cannot read its
	// standard input the way jsii needs.
	if os.Getenv(StockVariable) != "" || os.Getenv("JSII_RUNTIME") != "" || runtime.GOOS == "windows" {
		return &Kernel{cleanup: func() {}}, checkNode(node)
	}
	script, cleanup, err := writeScript()
	if err == nil {
		if err = load(script, buildID()); err == nil {
			return &Kernel{fast: true, cleanup: cleanup}, nil
		}
		cleanup()
	}
	if err := checkNode(node); err != nil {
		return nil, err
	}
	fmt.Fprintf(os.Stderr, "jsii starts without its speed-up, which failed: %v\n", err)
	return &Kernel{cleanup: func() {}}, nil
}

// Main runs the tests of a package that synthesizes, with one kernel for all of
// them, and returns the exit code of its TestMain.
func Main(m interface{ Run() int }) int {
	k, err := Start()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer k.Close()
	return m.Run()
}

// Close ends the kernel and waits for it; it takes the place of jsii.Close. A
// second call does nothing.
func (k *Kernel) Close() {
	if k.fast {
		k.fast = false
		quit()
	}
	jsii.Close()
	k.cleanup()
}

// quit asks a kernel that runs kernel.js to exit and waits until it has.
// jsii.Close alone waits for the process in two goroutines, and when they meet
// the wrong way round it prints "Runtime process exited abnormally".
func quit() {
	defer func() { _ = recover() }() // the process is gone, or not ours
	var pid float64
	jsiiruntime.StaticGet("prefect-ecs-worker.Kernel", "exit", &pid)
	process, err := os.FindProcess(int(pid))
	for deadline := time.Now().Add(10 * time.Second); err == nil && time.Now().Before(deadline); {
		time.Sleep(200 * time.Microsecond)
		err = process.Signal(syscall.Signal(0))
	}
}

// checkNode says why node cannot run jsii.
func checkNode(node string) error {
	out, err := exec.Command(node, "--version").Output()
	version := strings.TrimSpace(string(out))
	if err != nil {
		return fmt.Errorf("%s --version: %v: %s", node, err, install)
	}
	major, _, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	if n, err := strconv.Atoi(major); err != nil || n < oldestNode {
		return fmt.Errorf("%s is Node.js %s, too old: %s", node, version, install)
	}
	return nil
}
