package kernel

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"time"

	"github.com/aws/jsii-runtime-go"
	jsiiruntime "github.com/aws/jsii-runtime-go/runtime"
	cdktf "github.com/hashicorp/terraform-cdk-go/cdktf/jsii"
)

// kernel.js reads these.
const (
	pointersVariable    = "PREFECT_ECS_KERNEL_POINTERS"
	nodeOptionsVariable = "PREFECT_ECS_KERNEL_NODE_OPTIONS"
	extraCAsVariable    = "PREFECT_ECS_KERNEL_EXTRA_CA_CERTS"
)

// interruptDelay is how long after Node's death an interrupt may be noticed:
// Ctrl-C in a terminal reaches Node too.
const interruptDelay = 300 * time.Millisecond

// loadFast starts jsii with kernel.js and loads what the last run of this
// program needed, else constructs and cdktf, the fastest way that works; the
// generated code loads the rest when it is used. id stands for the content of
// these packages; without one they are written, hashed and looked up in each run.
func (k *Kernel) loadFast(env map[string]string, script, id string) error {
	user := os.Getenv("NODE_OPTIONS")
	env = maps.Clone(env)
	env["NODE_OPTIONS"], env[nodeOptionsVariable] = nodeOptions(user, script), user
	// Node reads these certificates as it starts, which takes longer than all
	// else in that. The kernel connects to nothing; what it starts may.
	if file := os.Getenv("NODE_EXTRA_CA_CERTS"); file != "" {
		env["NODE_EXTRA_CA_CERTS"], env[extraCAsVariable] = "", file
	}
	if id != "" {
		file := filepath.Join(filepath.Dir(script), "pointers-"+id+".json")
		env[pointersVariable] = file
		if cached := readPointers(file); cached != nil && k.attempt(env, func() { loadCached(cached) }) == nil {
			return nil
		}
	}
	return k.load(env)
}

// load loads constructs and cdktf as they are in this program.
func (k *Kernel) load(env map[string]string) error {
	err := k.attempt(env, cdktf.Initialize)
	if _, set := os.LookupEnv(cacheVariable); err != nil && !unpackFailed(err) && !set && env[cacheVariable] == "" {
		// Most likely a package cache that cannot be written.
		env = maps.Clone(env)
		env[cacheVariable] = "disabled"
		err = k.attempt(env, cdktf.Initialize)
	}
	return err
}

// attempt runs f on a new kernel that is started with env. jsii reads the
// environment when a kernel starts, so it is put back at once.
func (k *Kernel) attempt(env map[string]string, f func()) (err error) {
	k.stopIfInterrupted()
	for name, value := range env {
		old, set := os.LookupEnv(name)
		os.Setenv(name, value)
		defer func() {
			if set {
				os.Setenv(name, old)
			} else {
				os.Unsetenv(name)
			}
		}()
	}
	defer func() {
		if p := recover(); p != nil {
			err = panicError(p)
			quit("exit")
			jsii.Close()
			time.Sleep(interruptDelay)
		}
	}()
	if leaving != 0 {
		waitFor(leaving)
		leaving = 0
	}
	jsii.Close() // the one that the generated packages made when Go initialized them
	f()
	return nil
}

// panicError is the error that jsii panicked with. One of Node's has a stack
// trace, which nobody who runs synth can use.
func panicError(p any) error {
	err, ok := p.(error)
	var at *fs.PathError
	if ok && errors.As(err, &at) {
		return err
	}
	return errors.New(firstLine(fmt.Sprint(p)))
}

// A pointer is a package and the entry of jsii's package cache that it was
// unpacked to; kernel.js writes them down for the next run of this program.
type pointer struct{ Name, Version, Entry string }

func readPointers(file string) (pointers []pointer) {
	data, err := os.ReadFile(file)
	if err != nil || json.Unmarshal(data, &pointers) != nil {
		return nil
	}
	return pointers
}

// loadCached loads packages by their place in the package cache: kernel.js
// knows this kind of tarball. The generated code then finds them loaded and
// does not write and hash them, 34 MB for a large provider.
func loadCached(pointers []pointer) {
	for _, p := range pointers {
		jsiiruntime.Load(p.Name, p.Version, []byte("jsii-cache-entry:"+p.Entry))
	}
}

// buildID identifies the tarballs in this program by the checksums of all
// modules in it; it is empty where a module has none, as in tests, in vendored
// builds and with a replacement on disk.
func buildID() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || len(info.Deps) == 0 {
		return ""
	}
	h := sha256.New()
	for _, m := range info.Deps {
		if m.Replace != nil {
			m = m.Replace
		}
		if m.Sum == "" {
			return ""
		}
		fmt.Fprintln(h, m.Path, m.Version, m.Sum)
	}
	return hex.EncodeToString(h.Sum(nil))[:16]
}

// nodeOptions adds what kernel.js needs to the user's own NODE_OPTIONS.
// Setting the variable at all drops the heap size that jsii would give.
func nodeOptions(user, script string) string {
	options := []string{"--preserve-symlinks", `--require "` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(script) + `"`}
	if !strings.Contains(strings.ReplaceAll(user, "_", "-"), "--max-old-space-size") {
		options = append(options, "--max-old-space-size=4069")
	}
	return strings.TrimSpace(user + " " + strings.Join(options, " "))
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}
