// Package program is what the programs behind the make targets begin and end with.
package program

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/problem"
)

// said is the error of a program that has printed what is wrong itself.
type said struct{ error }

// Said marks an error of which the user has been told: [Main] prints nothing more.
func Said(err error) error { return said{err} }

// Shown is a path as somebody in the working folder would type it.
func Shown(path string) string {
	cwd, err := os.Getwd()
	if err != nil {
		return path
	}
	return ShownIn(cwd, path)
}

// ShownIn is a path as somebody in a folder would type it: relative where it lies in
// there.
func ShownIn(dir, path string) string {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return path
	}
	if inside, err := filepath.Rel(dir, absolute); err == nil && filepath.IsLocal(inside) {
		return inside
	}
	return path
}

// Main runs a program with its arguments, and ends it with the exit code 1 for an
// error and 130 for an interrupt, which ends ctx. interrupted says what an interrupt
// that ended run with err has left as it was.
func Main(run func(ctx context.Context, args []string) error, interrupted func(err error) string) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	err := run(ctx, os.Args[1:])
	switch {
	case err == nil || errors.Is(err, flag.ErrHelp):
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, interrupted(err))
		os.Exit(130)
	case errors.As(err, new(said)):
		os.Exit(1)
	default:
		problem.Print(os.Stderr, err)
		os.Exit(1)
	}
}
