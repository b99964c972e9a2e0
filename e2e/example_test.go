//go:build e2e

package e2e

import (
	"path/filepath"
	"testing"
)

// TestExample applies another team's app, which has constructs and settings alone.
// It takes a minute and a half, in which it mostly waits for queues.
func TestExample(t *testing.T) {
	p := newProject(t, nil)
	example := filepath.Join(t.TempDir(), "example")
	p.must(p.exec(root, nil, "go", "build", "-o", example, "./examples/two-workers"))
	p.must(p.exec(p.dir, nil, example))
	s := p.stack("two-workers", nil)
	s.apply()
	s.unchanged()
}
