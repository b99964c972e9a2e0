package sourcebuild

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"

	"github.com/dustin/go-humanize/english"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
)

// Detail is told how far a build is.
type Detail = func(format string, args ...any)

// goEnv makes the go command independent of the user's settings for other
// work: a workspace, a vendor folder, cgo.
func goEnv() []string {
	return []string{"GOWORK=off", "GOFLAGS=", "CGO_ENABLED=0", "GOOS=", "GOARCH="}
}

func goCommand() (string, error) {
	path, err := exec.LookPath("go")
	if err != nil {
		return "", errors.New("go: not on PATH; install Go (https://go.dev/dl)")
	}
	return path, nil
}

func goVersion(ctx context.Context) (string, error) {
	path, err := goCommand()
	if err != nil {
		return "", err
	}
	out, err := process.Output(ctx, process.Command{Path: path, Args: []string{"env", "GOVERSION"}, Env: goEnv(), Dir: os.TempDir()})
	return strings.TrimSpace(string(out)), err
}

// goBuild builds pkg of the main module in dir and shows how many packages are
// compiled. Interrupted builds carry on where they stopped: Go's build cache
// keeps every package that was finished.
func goBuild(ctx context.Context, detail Detail, dir, binary, pkg, ldflags string) error {
	path, err := goCommand()
	if err != nil {
		return err
	}
	downloaded, compiled := 0, 0
	return process.Run(ctx, process.Command{
		Path: path,
		Args: []string{"build", "-v", "-trimpath", "-buildvcs=false", "-mod=readonly", "-ldflags", ldflags, "-o", binary, pkg},
		Dir:  dir,
		Env:  goEnv(),
		OnLine: func(line string) {
			switch {
			case strings.HasPrefix(line, "go: downloading"):
				downloaded++
				detail("%s downloaded", english.Plural(downloaded, "module", ""))
			case !strings.Contains(line, " "): // -v prints one import path a line
				compiled++
				detail("%s compiled", english.Plural(compiled, "package", ""))
			}
		},
	})
}
