// Package kernel starts jsii, the Node process behind every CDKTF object, in a
// tenth of the time jsii needs by itself. It is for any CDKTF app in Go, with
// any provider or none. A program is one call:
//
//	err := kernel.Synth(func(app cdktf.App) { … })
//
// A TestMain that synthesizes needs [Main] alone; whoever wants the kernel
// without an app has [Start]. The kernel never changes what is synthesized.
// If anything is unexpected, it falls back to unmodified jsii; setting the
// environment variable PREFECT_ECS_STOCK_JSII=1 forces that. docs/kernel.md in
// this module describes what is changed in jsii, where the cache is and how to
// follow a new jsii release.
//
// It knows one release, github.com/aws/jsii-runtime-go v1.140.0, which a go.mod should
// require; with another it starts slower.
//
// It is for Linux and macOS and does not compile on Windows; use WSL there.
package kernel

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/aws/jsii-runtime-go"
	jsiiruntime "github.com/aws/jsii-runtime-go/runtime"

	"github.com/prefect-ecs/prefect-ecs-worker/kernel/internal/hold"
)

// stockVariable, when not empty, leaves jsii unchanged.
const stockVariable = "PREFECT_ECS_STOCK_JSII"

const (
	oldestNode = 20 // kernel.js has the same number
	install    = "install Node.js 22 or 24 (https://nodejs.org)"
)

// running is the kernel of [Start], until it is closed.
var running *Kernel

// Kernel is a jsii kernel that runs. A program has one at a time.
type Kernel struct {
	fast    bool
	closed  bool
	unwatch func()
	tmp     string // what replaces TMPDIR

	mu      sync.Mutex // an interrupt locks it and never unlocks it
	folders []string   // what Close, or an interrupt, removes
}

// Start starts the kernel. Call it before anything of CDKTF: objects made
// earlier belong to a kernel that it ends. An error says what the machine lacks
// and how to provide it.
//
// Until Close an interrupt, a SIGTERM or a SIGHUP ends the kernel and the
// program, with exit code 130, and leaves nothing behind but, in a provider's
// first use, its tarball in TMPDIR; with Synth not even that.
func Start() (*Kernel, error) {
	k := &Kernel{}
	k.unwatch = k.watch()
	err := k.start()
	if err == nil {
		running = k
		return k, nil
	}
	k.Close()
	if unpackFailed(err) || outOfSpace(err) {
		err = temporaryError(err)
	}
	return nil, err
}

func (k *Kernel) start() error {
	hold.Release()
	node, err := exec.LookPath(cmp.Or(os.Getenv("JSII_NODE"), "node"))
	if err != nil {
		return fmt.Errorf("node is not on the PATH: %s", install)
	}
	tmp, err := k.temporary(os.TempDir(), "prefect-ecs-worker-")
	if err != nil {
		return err
	}
	k.tmp = tmp
	env := map[string]string{"TMPDIR": tmp}
	useCache(env)
	// A user's own runtime stays.
	if os.Getenv(stockVariable) != "" || os.Getenv("JSII_RUNTIME") != "" {
		if err := checkNode(node); err != nil {
			return err
		}
		return k.load(env)
	}
	script, err := writeScript(tmp)
	if err == nil {
		if err = k.loadFast(env, script, buildID()); err == nil {
			k.fast = true
			return nil
		}
	}
	if unpackFailed(err) || outOfSpace(err) {
		return err
	}
	if err := checkNode(node); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "jsii starts without its speed-up, which failed: %v\n", err)
	return k.load(env)
}

// Main runs the tests of a package that synthesizes, with one kernel for all of
// them, and returns the exit code:
//
//	func TestMain(m *testing.M) { os.Exit(kernel.Main(m)) }
//
// Tests call it one at a time, without t.Parallel: jsii answers one call at a time.
func Main(m interface{ Run() int }) int {
	k, err := Start()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer k.Close()
	return m.Run()
}

// Close ends the kernel; it replaces jsii.Close. A second call does nothing.
func (k *Kernel) Close() {
	if k.closed {
		return
	}
	k.closed = true
	if running == k {
		running = nil
	}
	if !k.fast || !quit("leave") {
		jsii.Close()
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.removeFolders()
	k.unwatch()
}

// quit asks a kernel that runs kernel.js to "exit" and waits until it has, or
// to "leave": it then reports whether the kernel exits on its own and needs
// nothing more. jsii.Close alone waits for the process in two goroutines, and
// when they meet the wrong way round it prints "Runtime process exited abnormally".
func quit(how string) (left bool) {
	defer func() { _ = recover() }() // the process is gone, or not ours
	var pid float64
	jsiiruntime.StaticGet("prefect-ecs-worker.Kernel", how, &pid)
	if pid < 0 {
		leaving = int(-pid)
		return true
	}
	waitFor(int(pid))
	return false
}

// leaving is the process of a kernel that exits on its own. There is one kernel
// in a program, so the next one waits for it.
var leaving int

func waitFor(pid int) {
	process, err := os.FindProcess(pid)
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
		return fmt.Errorf("%s --version: %w: %s", node, err, install)
	}
	major, _, _ := strings.Cut(strings.TrimPrefix(version, "v"), ".")
	if n, err := strconv.Atoi(major); err != nil || n < oldestNode {
		return fmt.Errorf("%s is Node.js %s, too old: %s", node, version, install)
	}
	return nil
}
