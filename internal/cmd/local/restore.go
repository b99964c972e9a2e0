package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/awsconfig"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/progress"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/restore"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/toolchain"
)

// shown is how many versions of a state are listed.
const shown = 10

// restoreDrill damages and restores a state on a private emulator. With a
// stack it looks at that stack's state on AWS, and restores it when both the
// version and, once more, the stack are named.
func restoreDrill(ctx context.Context, root string, args []string) error {
	flags := flag.NewFlagSet("restore-drill", flag.ContinueOnError)
	stack := flags.String("stack", "", "a synthesized stack on AWS; without it, a drill on the emulator")
	version := flags.String("version", "", "the version to restore")
	confirm := flags.String("confirm", "", "the stack's name again, to restore and not only list")
	if err := parse(flags, args); err != nil {
		return err
	}
	if *stack == "" {
		if *version+*confirm != "" {
			return errors.New("STACK: got none with VERSION or CONFIRM, want the stack to restore, such as: make restore-drill STACK=dev VERSION=… CONFIRM=dev; nothing was changed")
		}
		return drillOnEmulator(ctx, root)
	}
	environments := filepath.Join(root, "environments")
	if err := known(environments, *stack); err != nil { // before anything takes long
		return err
	}
	// The state is where the file says today.
	if err := synthesize(ctx, root, environments, *stack); err != nil {
		return err
	}
	backend, err := restore.BackendOf(filepath.Join(root, "cdktf.out", "stacks", *stack))
	if err != nil {
		return err
	}
	store, err := restore.Open(ctx, backend)
	if err != nil {
		return err
	}
	return restoreStack(ctx, store, *stack, *version, *confirm)
}

// restoreStack only reads until it is confirmed.
func restoreStack(ctx context.Context, store *restore.Store, stack, version, confirm string) error {
	if err := list(ctx, store); err != nil {
		return left{err, "nothing was changed; run again: make restore-drill STACK=" + stack}
	}
	if version == "" {
		fmt.Printf("\nNothing was changed. To make a version current again:\n  make restore-drill STACK=%s VERSION=<its id> CONFIRM=%[1]s\n", stack)
		return nil
	}
	if confirm != stack {
		return fmt.Errorf("CONFIRM: got %q, want the stack's name again; nothing was changed. To restore: make restore-drill STACK=%s VERSION=%s CONFIRM=%[2]s", confirm, stack, version)
	}
	if err := store.Restore(ctx, version); err != nil {
		return left{awsconfig.Explain(err), "the state is complete, either the previous or the restored version; see which is current: make restore-drill STACK=" + stack}
	}
	fmt.Printf("\nVersion %s is current again. Plan before anything else: terraform -chdir=cdktf.out/stacks/%s plan\n", version, stack)
	return nil
}

// list prints the newest versions of the state.
func list(ctx context.Context, store *restore.Store) error {
	versions, err := store.Versions(ctx, shown)
	if err != nil {
		return fmt.Errorf("s3://%s/%s: %w", store.Bucket, store.Key, awsconfig.Explain(err))
	}
	if len(versions) == 0 {
		return fmt.Errorf("s3://%s/%s: no versions: nothing was applied yet, or the bucket's versioning is off (aws s3api get-bucket-versioning --bucket %[1]s)", store.Bucket, store.Key)
	}
	fmt.Printf("s3://%s/%s, the newest first:\n\n", store.Bucket, store.Key)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "VERSION\tWRITTEN\tSERIAL\tRESOURCES\t")
	for _, v := range versions {
		note := ""
		if v.Current {
			note = "current"
		}
		fmt.Fprintf(w, "%s\t%s\t%d\t%d\t%s\n", v.ID, v.Modified.Format(time.RFC3339), v.State.Serial, v.State.Resources, note)
	}
	return w.Flush()
}

// drillOnEmulator proves the whole way: apply, damage, notice, restore, plan.
func drillOnEmulator(ctx context.Context, root string) (err error) {
	t, err := toolchain.Prepare(ctx, root, os.Stderr, toolchain.PythonTools, toolchain.TerraformTools)
	if err != nil {
		return err
	}
	s := &session{root: root, stacks: documented, tools: t, log: progress.New(os.Stdout)}
	defer func() { err = errors.Join(err, s.cleanUp()) }()
	if err := s.open(ctx, "", false); err != nil {
		return err
	}
	if err := s.synth(ctx); err != nil {
		return err
	}
	for _, stack := range s.stacks {
		step := s.log.Start(progress.Task{What: "terraform apply " + stack})
		if err := step.Done(s.init(ctx, stack, "apply", "-input=false", "-auto-approve")); err != nil {
			return err
		}
		if err := s.count(ctx, stack); err != nil {
			return err
		}
	}
	return s.drill(ctx, workerStack)
}

func (s *session) drill(ctx context.Context, stack string) error {
	backend, err := restore.BackendOf(s.workspace.stackDir(stack))
	if err != nil {
		return err
	}
	store, err := restore.Open(ctx, backend, s.emulator.SDK())
	if err != nil {
		return err
	}
	say("damaging the state: an empty one is written over it")
	before, err := store.Versions(ctx, 1)
	if err != nil {
		return err
	}
	if len(before) == 0 {
		return fmt.Errorf("s3://%s/%s: got no version of the state, want the one that the apply wrote", store.Bucket, store.Key)
	}
	if err := store.PutObject(ctx, restore.Empty(before[0].State)); err != nil {
		return err
	}
	if err := list(ctx, store); err != nil {
		return err
	}
	say("Terraform's plan on the damaged state")
	if _, err := s.terraform(ctx, stack, "plan", "-input=false", "-no-color"); err == nil {
		return errors.New("the plan succeeded; want a refusal, because the state is not the one whose digest the lock table has")
	} else if !strings.Contains(err.Error(), "does not have the expected content") {
		return err
	}
	fmt.Println("refused: state data in S3 does not have the expected content")
	say("restoring version %s, and its digest in the lock table", before[0].ID)
	if err := store.Restore(ctx, before[0].ID); err != nil {
		return err
	}
	if err := s.planAgain(ctx, stack); err != nil {
		return err
	}
	say("drill passed: the state is back and the plan is empty. Next: make restore-drill STACK=<name> lists the versions of your stack's state")
	return nil
}

// synth runs the app in the workspace.
func (s *session) synth(ctx context.Context) error {
	return process.Run(ctx, process.Command{Path: "./app", Dir: s.workspace.dir, Env: s.env, Unset: userSettings})
}

// init initializes a stack, then runs a command of Terraform in it.
func (s *session) init(ctx context.Context, stack string, args ...string) error {
	if _, err := s.terraform(ctx, stack, "init", "-input=false"); err != nil {
		return err
	}
	_, err := s.terraform(ctx, stack, args...)
	return err
}
