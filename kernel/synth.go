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
// Each of before gets the folder of what was synthesized, before it takes its
// place: it may read it, add files, and with an error keep all as it was.
func Synth(add func(cdktf.App), before ...func(dir string) error) error {
	k, err := Start()
	if err != nil {
		return err
	}
	defer k.Close()
	out := Outdir()
	next, err := k.stage(out)
	if err != nil {
		return fmt.Errorf("output folder %s: %w; make it a folder that can be written to, or set CDKTF_OUTDIR to one", out, err)
	}
	if err := k.synth(next, add); err != nil {
		var at *fs.PathError
		if errors.As(err, &at) && strings.HasPrefix(at.Path, k.tmp) {
			return temporaryError(err)
		}
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

// stage makes a folder in out, from where a file takes its place in one step.
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
