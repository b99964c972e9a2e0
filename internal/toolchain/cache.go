package toolchain

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/gofrs/flock"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/progress"
)

// Key shortens the parts that define a cache entry to one name.
func Key(parts ...string) string {
	h := sha256.New()
	for _, p := range parts {
		fmt.Fprintf(h, "%d:%s", len(p), p)
	}
	return hex.EncodeToString(h.Sum(nil))[:12]
}

// entry returns the folder <cache>/<name>. When it does not exist, fill makes
// its content in a temporary folder, which then takes that name in one step.
func (p *preparer) entry(ctx context.Context, name string, fill func(ctx context.Context, tmp, final string) error) (string, error) {
	final := filepath.Join(p.cache, name)
	if isDir(final) {
		touch(final)
		return final, nil
	}
	unlock, err := p.lock(ctx, name)
	if err != nil {
		return "", err
	}
	defer unlock()
	if isDir(final) { // made by the run that held the lock
		return final, nil
	}
	// We hold the lock, so a temporary folder here belongs to a run that was killed.
	leftovers, err := filepath.Glob(final + ".tmp-*")
	if err != nil {
		return "", err
	}
	for _, dir := range leftovers {
		if err := os.RemoveAll(dir); err != nil {
			return "", err
		}
	}
	tmp, err := os.MkdirTemp(p.cache, name+".tmp-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(tmp)
	if err := os.Chmod(tmp, 0o755); err != nil {
		return "", err
	}
	if err := fill(ctx, tmp, final); err != nil {
		return "", err
	}
	if err := ctx.Err(); err != nil {
		return "", err
	}
	return final, os.Rename(tmp, final)
}

// lock takes the file lock <cache>/<name>.lock and says so when it has to wait.
// The system drops the lock of a process that dies.
func (p *preparer) lock(ctx context.Context, name string) (func(), error) {
	l := flock.New(filepath.Join(p.cache, name+".lock"))
	ok, err := l.TryLock()
	if err == nil && !ok {
		step := p.log.Start(progress.Task{What: "waiting for another run that prepares " + name, Waits: true})
		_, err = l.TryLockContext(ctx, 300*time.Millisecond)
		err = step.Done(err)
	}
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", l.Path(), err)
	}
	touch(l.Path())
	return func() { _ = l.Unlock() }, nil
}

func isDir(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
