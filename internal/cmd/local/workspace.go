package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
)

// workspace is a copy of what cdktf needs of the project: its settings, the
// environments and the app as a program.
type workspace struct{ dir string }

// newWorkspace creates the copy. After an error nothing of it is left.
func newWorkspace(ctx context.Context, root string) (w *workspace, err error) {
	dir, err := os.MkdirTemp("", "prefect-ecs-demo-")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(dir))
		}
	}()
	gocmd, err := goCommand()
	if err != nil {
		return nil, err
	}
	// Relative, because cdktf gives the line to a shell and a path may hold blanks.
	const app = "./app"
	if err := process.Run(ctx, process.Command{Path: gocmd, Args: []string{"build", "-o", filepath.Join(dir, app), "."}, Dir: root}); err != nil {
		return nil, fmt.Errorf("build the app: %w", err)
	}
	if err := copySettings(filepath.Join(root, "cdktf.json"), filepath.Join(dir, "cdktf.json"), app); err != nil {
		return nil, err
	}
	err = os.CopyFS(filepath.Join(dir, "environments"), os.DirFS(filepath.Join(root, "environments")))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	return &workspace{dir: dir}, nil
}

// synthesizeIn writes a stack of another folder by the app. Its error is what the app
// says.
func (w *workspace) synthesizeIn(ctx context.Context, dir, stack string) error {
	var said bytes.Buffer
	err := process.Run(ctx, process.Command{Path: filepath.Join(w.dir, "app"), Args: []string{"-stack", stack}, Dir: dir, Stderr: &said})
	if err != nil && said.Len() > 0 {
		return errors.New(said.String())
	}
	return err
}

func (w *workspace) stackDir(stack string) string {
	return filepath.Join(w.dir, "cdktf.out", "stacks", stack)
}

// copySettings copies cdktf.json with another command for the app.
func copySettings(from, to, app string) error {
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	var settings map[string]any
	if err := json.Unmarshal(text, &settings); err != nil {
		return fmt.Errorf("%s: %w", from, err)
	}
	settings["app"] = app
	text, err = json.MarshalIndent(settings, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(to, append(text, '\n'), 0o644)
}
