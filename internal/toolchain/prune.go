package toolchain

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"
)

// unused is how long an entry of the cache stays after its last use: what an older
// checkout needs it builds or downloads again.
const unused = 90 * 24 * time.Hour

// prunable begin the names of what this package keeps in the cache.
var prunable = []string{"cdktn-", "opentofu-", "prefect-db-", "provider-aws-", "python-", "terraform-"}

// touch notes that an entry, or a lock, is used today.
func touch(path string) {
	now := time.Now()
	_ = os.Chtimes(path, now, now) // a cache that cannot be written to is not pruned either
}

// prune removes entries, and locks, that nothing has used for long, and returns
// their names. What another program holds it leaves.
func (p *preparer) prune() (removed []string, err error) {
	entries, err := os.ReadDir(p.cache)
	if err != nil {
		return nil, err
	}
	for _, entry := range entries {
		name := entry.Name()
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) || err == nil && (time.Since(info.ModTime()) < unused || !ours(name)) {
			continue
		}
		if err != nil {
			return removed, err
		}
		lock := flock.New(filepath.Join(p.cache, strings.TrimSuffix(name, ".lock")+".lock"))
		if free, err := lock.TryLock(); err != nil || !free {
			continue
		}
		if entry.IsDir() {
			removed = append(removed, name)
			err = os.RemoveAll(filepath.Join(p.cache, name))
		}
		err = errors.Join(err, os.Remove(lock.Path()), lock.Unlock())
		if err != nil {
			return removed, err
		}
	}
	return removed, nil
}

// ours says whether a name in the cache is an entry of this package or its lock.
func ours(name string) bool {
	if strings.HasSuffix(name, ".lock") {
		return true
	}
	for _, prefix := range prunable {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return false
}
