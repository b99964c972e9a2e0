// Package cachedir finds the cache folder that all checkouts share.
package cachedir

import (
	"fmt"
	"os"
	"path/filepath"
)

// Path returns the folder, and makes it.
func Path() (string, error) {
	base := os.Getenv("XDG_CACHE_HOME")
	if !filepath.IsAbs(base) { // the XDG rules: a relative path is ignored
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("cache folder: set XDG_CACHE_HOME or HOME: %w", err)
		}
		base = filepath.Join(home, ".cache")
	}
	dir := filepath.Join(base, "prefect-ecs-worker")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", fmt.Errorf("cache folder: %w; set XDG_CACHE_HOME to a folder that can be written to", err)
	}
	return dir, nil
}
