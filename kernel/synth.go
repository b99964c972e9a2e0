package kernel

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// Synth lets add fill an app with stacks and synthesizes it to where cdktf.NewApp(nil)
// would: CDKTF_OUTDIR, which the CLI sets, or cdktf.out. CDKTF writes each file
// in place and empties it first; here all files are written before the first
// one takes its place, so that a failure leaves what was there as it was. What
// else lies in the folder, such as Terraform's own files, is not touched.
//
// It uses the kernel that runs, or starts one and ends it.
//
// Each of before gets the folder of what was synthesized, before it takes its
// place: it may read it, add files, and with an error keep all as it was.
func Synth(add func(cdktf.App), before ...func(dir string) error) error {
	k, done, err := current()
	if err != nil {
		return err
	}
	defer done()
	out := Outdir()
	next, err := k.stage(out)
	if err != nil {
		return fmt.Errorf("output folder %s: %w; make it a folder that can be written to, or set CDKTF_OUTDIR to one", out, err)
	}
	defer k.remove(next)
	if err := k.synth(next, add); err != nil {
		return err
	}
	for _, f := range before {
		if err := f(next); err != nil {
			return err
		}
	}
	k.mu.Lock() // an interrupt waits
	defer k.mu.Unlock()
	return replace(next, out)
}

// JSON fills an app as [Synth] does and returns what CDKTF makes of its stacks, the
// text of each one's cdk.tf.json by the stack's name. Nothing is left on disk. Who
// compares several syntheses calls Start first: each of them then takes as long as
// its constructs, without the start of a kernel.
func JSON(add func(cdktf.App)) (map[string][]byte, error) {
	k, done, err := current()
	if err != nil {
		return nil, err
	}
	defer done()
	out, err := k.temporary(k.tmp, "json-")
	if err != nil {
		return nil, temporaryError(err)
	}
	defer k.remove(out)
	if err := k.synth(out, add); err != nil {
		return nil, err
	}
	files, err := filepath.Glob(filepath.Join(out, "stacks", "*", "cdk.tf.json"))
	if err != nil {
		return nil, err
	}
	made := map[string][]byte{}
	for _, file := range files {
		if made[filepath.Base(filepath.Dir(file))], err = os.ReadFile(file); err != nil {
			return nil, err
		}
	}
	return made, nil
}

// current is the kernel that runs, or a new one, which done ends.
func current() (k *Kernel, done func(), err error) {
	if running != nil {
		return running, func() {}, nil
	}
	if k, err = Start(); err != nil {
		return nil, nil, err
	}
	return k, k.Close, nil
}

// Outdir is the folder that Synth writes to.
func Outdir() string { return cmp.Or(os.Getenv("CDKTF_OUTDIR"), "cdktf.out") }

func (k *Kernel) synth(out string, add func(cdktf.App)) (err error) {
	// The generated code writes a provider's tarball to TMPDIR when the provider
	// is used first. An interrupt removes this one.
	if user, set := os.LookupEnv("TMPDIR"); set {
		defer os.Setenv("TMPDIR", user)
	} else {
		defer os.Unsetenv("TMPDIR")
	}
	os.Setenv("TMPDIR", k.tmp)
	defer func() { // jsii panics where Go would return an error
		r := recover()
		if bug, ok := r.(runtime.Error); ok { // in add: its author needs the trace
			panic(bug)
		}
		if r != nil {
			err = failed(r)
		}
		var at *fs.PathError
		if errors.As(err, &at) && strings.HasPrefix(at.Path, k.tmp) {
			err = temporaryError(err)
		}
	}()
	app := cdktf.NewApp(&cdktf.AppConfig{Outdir: &out})
	add(app)
	app.Synth()
	return nil
}

// failed is what jsii panicked with, without CDKTF's advice to switch its
// validations off: what they find is wrong.
func failed(r any) error {
	text, _, cut := strings.Cut(fmt.Sprint(r), "\n\nIf you wish to ignore these validations")
	if cause, ok := r.(error); ok && !cut {
		return fmt.Errorf("synthesis failed: %w", cause)
	}
	return fmt.Errorf("synthesis failed: %s", text)
}

// stage creates a folder in out, from where a file takes its place in one step.
// One that a killed program left goes.
func (k *Kernel) stage(out string) (string, error) {
	const prefix = ".synth-"
	if err := os.MkdirAll(out, 0o777); err != nil {
		return "", err
	}
	left, err := filepath.Glob(filepath.Join(out, prefix+"*"))
	if err != nil {
		return "", err
	}
	for _, dir := range left {
		if info, err := os.Stat(dir); err == nil && time.Since(info.ModTime()) > time.Hour {
			os.RemoveAll(dir)
		}
	}
	return k.temporary(out, prefix)
}

// replace moves the files in from to the same places in to.
func replace(from, to string) error {
	var files []string
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		if d.IsDir() {
			return os.MkdirAll(filepath.Join(to, name), 0o777)
		}
		files = append(files, name)
		return nil
	})
	if err != nil {
		return err
	}
	// manifest.json, the first by name, goes last: it names the others.
	for _, name := range slices.Backward(files) {
		if err := os.Rename(filepath.Join(from, name), filepath.Join(to, name)); err != nil {
			return err
		}
	}
	return nil
}
