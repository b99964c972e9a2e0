package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/term"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/awsconfig"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/program"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/progress"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/secretvalue"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/toolchain"
)

// longestValue is what Secrets Manager takes, in bytes.
// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
const longestValue = 65536

// putSecretValue asks for the value of a stack's secret, or of a worker's own, and puts it in. The
// secret is created first if there is none yet: without a value no task starts.
func putSecretValue(ctx context.Context, root string, args []string) error {
	flags := flag.NewFlagSet("put-secret-value", flag.ContinueOnError)
	stack := flags.String("stack", "", "the stack whose secret it is")
	environments := flags.String("environments", filepath.Join(root, "environments"), "folder with one YAML file for each stack")
	worker := flags.String("worker", "", "the additional worker whose own secret it is; empty: the stack's")
	if err := parse(flags, args); err != nil {
		return err
	}
	if *stack == "" {
		return errors.New("STACK: got none, want the stack whose secret it is, such as: make put-secret-value STACK=prod")
	}
	if err := known(*environments, *stack); err != nil {
		return err
	}
	if err := signedIn(ctx); err != nil {
		return err
	}
	// The file may have changed since, and with it the secret's name or the state's place.
	if err := synthesize(ctx, root, *environments, *stack); err != nil {
		return err
	}
	s := &secretvalue.Stack{Dir: filepath.Join(root, "cdktf.out", "stacks", *stack), Worker: *worker}
	if _, err := s.Address(); err != nil { // before anybody types a key
		return err
	}
	value, err := readValue(ctx, strings.TrimSuffix(*stack+", worker "+*worker, ", worker "))
	if err != nil {
		return err
	}
	if err := secretvalue.Check(value); err != nil { // before anything is made
		return err
	}
	tools, err := toolchain.Prepare(ctx, root, os.Stderr, toolchain.TerraformAlone)
	if err != nil {
		return err
	}
	s.Terraform = tools.Terraform.Path
	if s.VarFiles, err = toolchain.VarFiles(root); err != nil {
		return err
	}
	step := progress.New(os.Stderr).Start(progress.Task{What: "finding or creating the secret of " + *stack})
	secret, made, err := s.Secret(ctx)
	if err := step.Done(err); err != nil {
		explained := toolchain.Explain(err, program.ShownIn(root, s.Dir))
		if explained == err && ctx.Err() == nil {
			explained = fmt.Errorf("%w\nnext: make doctor STACK=%s looks at what it needs; no value was stored", err, *stack)
		}
		return explained
	}
	if made {
		fmt.Fprintln(os.Stderr, "created", secret)
	}
	if err := s.Put(ctx, secret, value); err != nil {
		return left{awsconfig.Explain(err), "the secret exists, with either the previous or the new value; run again: make put-secret-value STACK=" + *stack}
	}
	fmt.Fprintf(os.Stderr, "Key stored. Next: %s, then %s. Tasks that already run use the new key only after a restart: the output redeploy_command has the command.\n", program.MakePlan(*environments, *stack), program.Deploy(*environments, *stack))
	return nil
}

// signedIn refuses before anybody types a key that could not be put in.
func signedIn(ctx context.Context) error {
	c, err := awsconfig.Load(ctx, "", nil)
	if err != nil {
		return err
	}
	_, err = c.Credentials.Retrieve(ctx)
	return awsconfig.Explain(err)
}

// readValue reads from a terminal without showing it, else all of the standard input.
func readValue(ctx context.Context, of string) (string, error) {
	in := int(os.Stdin.Fd())
	if !term.IsTerminal(in) {
		data, err := io.ReadAll(io.LimitReader(os.Stdin, longestValue+1))
		return strings.TrimSuffix(string(data), "\n"), err
	}
	before, err := term.GetState(in)
	if err != nil {
		return "", err
	}
	fmt.Fprintf(os.Stderr, "Prefect API key for stack %s (input is hidden): ", of)
	type line struct {
		data []byte
		err  error
	}
	read := make(chan line, 1)
	go func() {
		data, err := term.ReadPassword(in)
		read <- line{data, err}
	}()
	defer fmt.Fprintln(os.Stderr)
	select {
	case l := <-read:
		return string(l.data), l.err
	case <-ctx.Done(): // the terminal shows again what is typed
		return "", errors.Join(ctx.Err(), term.Restore(in, before))
	}
}
