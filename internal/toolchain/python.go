package toolchain

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/progress"
)

// pythonNames are tried in order. Debian's python3 first: it is the one that
// python3-venv belongs to.
var pythonNames = []string{"python3", "python3.14", "python3.13", "python3.12", "python3.11", "python"}

// describe prints version and path of an interpreter that can make a virtual
// environment. A missing module or an old version makes it fail.
const describe = `import sys
if sys.version_info < (3, 11): sys.exit("version %d.%d, want 3.11 or newer" % sys.version_info[:2])
try:
    import venv, ensurepip
except ImportError:
    sys.exit("its module venv or ensurepip is missing: apt-get install python3-venv")
print("%d.%d.%d" % sys.version_info[:3], sys.executable)`

// venv returns the interpreter of a virtual environment that holds exactly
// what tools/<requirements> pins; what names it to the user. Programs in it are
// started as modules (python -m …): their scripts name the folder in which the
// environment was made, not the one it was moved to.
func (p *preparer) venv(ctx context.Context, requirements, what string) (string, error) {
	file := filepath.Join(p.root, "tools", requirements)
	pins, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	base, described, err := findPython(ctx)
	if err != nil {
		return "", err
	}
	name := "python-" + Key(string(pins), described)
	dir, err := p.entry(ctx, name, func(ctx context.Context, tmp, _ string) error {
		step := p.log.Start(progress.Task{What: "installing " + what + " into a virtual environment", About: "1 minute, once"})
		err := step.Done(makeVenv(ctx, step, base, file, tmp))
		if err != nil {
			return fmt.Errorf("install tools/%s: %w", requirements, withNext(err, "try again where pip reaches its index: python3 -m pip config list"))
		}
		return nil
	})
	return filepath.Join(dir, "venv", "bin", "python"), err
}

// makeDatabase creates an empty database, with all migrations, in PREFECT_HOME.
const makeDatabase = `import asyncio
from prefect.server.database import provide_database_interface
asyncio.run(provide_database_interface().create_db())`

// prefectDB returns an empty database of Prefect's server, to be copied: the
// migrations take longer than everything else in the server's start.
func (p *preparer) prefectDB(ctx context.Context, python string) (string, error) {
	dir, err := p.entry(ctx, "prefect-db-"+Key(python), func(ctx context.Context, tmp, _ string) error {
		step := p.log.Start(progress.Task{What: "creating an empty database for Prefect's server", About: "a few seconds, once"})
		err := step.Done(process.Run(ctx, process.Command{Path: python, Args: []string{"-c", makeDatabase}, Dir: tmp,
			Env: []string{"PREFECT_HOME=" + tmp, "DO_NOT_TRACK=1"}, Unset: append([]string{"PREFECT_*"}, pythonSettings...)}))
		if err != nil {
			return fmt.Errorf("create a database for Prefect's server: %w", err)
		}
		return nil
	})
	return filepath.Join(dir, "prefect.db"), err
}

func makeVenv(ctx context.Context, step *progress.Step, base, requirements, tmp string) error {
	venv := filepath.Join(tmp, "venv")
	if err := process.Run(ctx, process.Command{Path: base, Args: []string{"-m", "venv", venv}, Unset: pythonSettings}); err != nil {
		return fmt.Errorf("create a virtual environment: %w", err)
	}
	// --no-deps: a package that is not pinned is an error (pip check), not a download.
	python := filepath.Join(venv, "bin", "python")
	for _, args := range [][]string{
		{"install", "--no-input", "--disable-pip-version-check", "--no-deps", "--requirement", requirements},
		{"check"},
	} {
		err := process.Run(ctx, process.Command{Path: python, Args: append([]string{"-m", "pip"}, args...), Unset: pythonSettings,
			OnLine: func(line string) {
				if name, ok := strings.CutPrefix(line, "Collecting "); ok {
					step.Detail("%s", strings.Fields(name)[0])
				}
			}})
		if err != nil {
			return err
		}
	}
	return nil
}

// pythonSettings would leak the user's own packages into the environment.
var pythonSettings = []string{"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV", "__PYVENV_LAUNCHER__", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PIP_REQUIRE_VIRTUALENV"}

// findPython returns the first usable interpreter and its description.
func findPython(ctx context.Context) (path, described string, err error) {
	var tried []string
	for _, name := range pythonNames {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		var stderr strings.Builder
		out, err := process.Output(ctx, process.Command{Path: path, Args: []string{"-c", describe}, Stderr: &stderr, Unset: pythonSettings})
		if err == nil {
			return path, strings.TrimSpace(string(out)), nil
		}
		if errors.Is(err, context.Canceled) {
			return "", "", err
		}
		tried = append(tried, path+" ("+lastLine(stderr.String())+")")
	}
	what := "python3: not on PATH"
	if len(tried) > 0 {
		what = "python3: no usable version: " + strings.Join(tried, ", ")
	}
	return "", "", &MissingError{what, "install Python 3.11 or newer with its venv module (Debian: apt-get install python3 python3-venv)"}
}

func lastLine(text string) string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	return lines[len(lines)-1]
}
