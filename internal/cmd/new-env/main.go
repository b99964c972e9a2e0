// Command new-env writes the environment file of a new stack: on a terminal it
// asks for what the new stack needs; elsewhere it takes what it is given and
// marks the rest.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/mattn/go-isatty"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/newenv"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/problem"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/progress"
)

// errInterrupted is Ctrl-C.
var errInterrupted = errors.New("interrupted: nothing was written; start again with the same command")

func main() {
	terminal := isatty.IsTerminal(os.Stdin.Fd()) && isatty.IsTerminal(os.Stdout.Fd()) && !progress.InCI()
	switch err := run(os.Args[1:], terminal, os.Stdout); {
	case errors.Is(err, errInterrupted):
		fmt.Fprintln(os.Stderr, err)
		os.Exit(130)
	case err != nil && !errors.Is(err, flag.ErrHelp):
		problem.Print(os.Stderr, err)
		os.Exit(1)
	}
}

// settingFlag is -set, which may be given more than once.
type settingFlag []string

func (s *settingFlag) String() string { return strings.Join(*s, " ") }

func (s *settingFlag) Set(text string) error {
	*s = append(*s, text)
	return nil
}

func run(args []string, terminal bool, out io.Writer) error {
	flags := flag.NewFlagSet("new-env", flag.ContinueOnError)
	name := flags.String("name", "", "the stack's name")
	preset := flags.String("preset", "production", "the preset: readme, design or production")
	environments := flags.String("environments", "environments", "folder that the file goes into")
	var set settingFlag
	flags.Var(&set, "set", "setting=value, as docs/settings.md names it; may be given more than once")
	list := flags.String("settings", "", "more of these, separated by spaces")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("got the argument %q, want none: make new-env NAME=etl", flags.Arg(0))
	}
	root, err := os.Getwd()
	if err != nil {
		return err
	}
	d, err := newenv.New(root, *environments, *name, *preset)
	if err != nil {
		return err
	}
	for _, name := range d.LeftOut {
		fmt.Fprintf(os.Stderr, "warning: %s is wrong (make synth says why), so the new file is not compared with it\n", name)
	}
	if err := take(d, append(set, strings.Fields(*list)...)); err != nil {
		return err
	}
	if terminal {
		if err := ask(d); err != nil {
			return err
		}
	}
	warnings, err := d.Check()
	if err != nil {
		return fmt.Errorf("nothing was written:\n%w", err)
	}
	file, err := d.Write()
	if err != nil {
		return err
	}
	for _, w := range warnings {
		fmt.Fprintln(os.Stderr, "warning:", w)
	}
	fmt.Fprintf(out, "wrote %s\n", file)
	for _, line := range d.Taken() {
		fmt.Fprintln(out, line)
	}
	fmt.Fprint(out, "\nNext:\n")
	for _, step := range d.Next() {
		fmt.Fprintln(out, " ", step)
	}
	return nil
}

// take lays what is given into the file, and says all that is wrong with it.
func take(d *newenv.Draft, set []string) error {
	for _, s := range set {
		path, value, ok := strings.Cut(s, "=")
		if !ok || path == "" {
			return fmt.Errorf("SET: got %q, want setting=value, such as SET=\"prefect.workPool=etl worker.cpu=1024 worker.memoryMiB=2048\"; docs/settings.md lists the settings", s)
		}
		if err := d.Set(path, value); err != nil {
			return err
		}
	}
	_, err := d.Check()
	if err != nil {
		return fmt.Errorf("nothing was written:\n%w", err)
	}
	return nil
}
