package kernel

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"
)

// What jsii reads about its package cache.
const (
	cacheVariable     = "JSII_RUNTIME_PACKAGE_CACHE"
	cacheRootVariable = "JSII_RUNTIME_PACKAGE_CACHE_ROOT"
)

// temporary creates a folder that lasts no longer than the kernel.
func (k *Kernel) temporary(parent, prefix string) (string, error) {
	parent, err := filepath.Abs(parent)
	if err != nil {
		return "", err
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	dir, err := os.MkdirTemp(parent, prefix)
	if err == nil {
		k.folders = append(k.folders, dir)
	}
	return dir, err
}

// remove removes a folder of temporary before the kernel ends.
func (k *Kernel) remove(dir string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	os.RemoveAll(dir)
	k.folders = slices.DeleteFunc(k.folders, func(folder string) bool { return folder == dir })
}

// removeFolders is called with mu held.
func (k *Kernel) removeFolders() {
	for _, folder := range k.folders {
		// A Node that still runs may write one more file, or remove its own.
		for range 100 {
			if os.RemoveAll(folder) == nil {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
	k.folders = nil
}

// temporaryError says what the temporary folder has to be.
func temporaryError(err error) error {
	room := 50
	if outOfSpace(err) {
		room = 500 // in Node: without its package cache it unpacks the provider there
	}
	var at *fs.PathError
	if errors.As(err, &at) {
		err = at.Err
	}
	return fmt.Errorf("TMPDIR: got %s: %w; set TMPDIR to a folder that can be written to, with %d MB free", os.TempDir(), err, room)
}

// unpackFailed reports whether jsii could not write its own files.
func unpackFailed(err error) bool {
	var at *fs.PathError
	return errors.As(err, &at) && at.Op != "fork/exec"
}

// outOfSpace reports whether something could not be written, here or in Node,
// whose errors are text.
func outOfSpace(err error) bool {
	return err != nil && slices.ContainsFunc([]string{"ENOSPC", "EDQUOT", "EFBIG"}, func(code string) bool {
		return strings.Contains(err.Error(), code)
	})
}

// useCache adds to env where jsii keeps its packages, by its own rules but with
// the user's TMPDIR, or that there is no such place. Asked to make a folder
// where there can be none, as in /proc, Node tries forever.
func useCache(env map[string]string) {
	root := os.Getenv(cacheRootVariable)
	if root == "" {
		root = defaultCacheRoot()
	}
	if _, err := os.Stat(root); err == nil {
		env[cacheRootVariable] = root
		return
	}
	if err := os.MkdirAll(root, 0o777); err != nil {
		env[cacheVariable] = "disabled"
		return
	}
	env[cacheRootVariable] = root
	if runtime.GOOS == "darwin" {
		os.Remove(root) // a root that jsii makes itself is kept out of backups
	}
}

func defaultCacheRoot() string {
	home := os.Getenv("HOME")
	switch {
	case runtime.GOOS == "darwin" && home != "":
		return filepath.Join(home, "Library", "Caches", "com.amazonaws.jsii", "package-cache")
	case runtime.GOOS == "linux" && home != "":
		return filepath.Join(home, ".cache", "aws", "jsii", "package-cache")
	}
	return filepath.Join(os.TempDir(), "aws-jsii-package-cache")
}
