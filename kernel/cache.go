package kernel

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

//go:embed kernel.js
var kernelJS []byte

const unusedAfter = 30 * 24 * time.Hour

// writeScript puts kernel.js where Node can read it and where it can keep its
// images: a folder of the user's cache that is named after its content, or, if
// there is none to write to, tmp.
func writeScript(tmp string) (script string, err error) {
	sum := sha256.Sum256(kernelJS)
	if base, err := os.UserCacheDir(); err == nil {
		dir := filepath.Join(base, "prefect-ecs-worker", "kernel-"+hex.EncodeToString(sum[:])[:12])
		script := filepath.Join(dir, "kernel.js")
		if have, err := os.ReadFile(script); err == nil && bytes.Equal(have, kernelJS) {
			return script, nil
		}
		if writeNew(dir, script) == nil {
			return script, nil
		}
	}
	script = filepath.Join(tmp, "kernel.js")
	return script, os.WriteFile(script, kernelJS, 0o600)
}

// writeNew writes kernel.js in one step, so that a program that starts at the
// same moment never reads half of it, and removes folders of other versions
// that nothing has written to for long.
func writeNew(dir, script string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	temporary := fmt.Sprintf("%s.%d", script, os.Getpid())
	if err := os.WriteFile(temporary, kernelJS, 0o600); err != nil {
		return err
	}
	if err := os.Rename(temporary, script); err != nil {
		return err
	}
	folders, _ := filepath.Glob(filepath.Join(filepath.Dir(dir), "kernel-*"))
	for _, folder := range folders {
		if info, err := os.Stat(folder); err == nil && info.IsDir() && time.Since(info.ModTime()) > unusedAfter {
			os.RemoveAll(folder)
		}
	}
	return nil
}
