package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/prefect"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/progress"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/secretvalue"
)

// The demo's own stack: its environment, a flow, and what is asked of the AWS.
//
//go:embed demo/*
var demoFiles embed.FS

const (
	flowStack = "demo"
	workPool  = "ecs-work-pool" // the preset's prefect.workPool

	// The address in demo.yaml, in whose place comes the server's.
	documentedAPI = "http://127.0.0.1:4200/api"

	flowTimeout = 3 * time.Minute // of a flow run; it takes 20 seconds
)

// startPrefect starts a Prefect server that asks for a key, and writes the
// environment that names it.
func (s *session) startPrefect(ctx context.Context, services bool) (err error) {
	s.key = "demo:" + rand.Text()
	step := s.log.Start(progress.Task{What: "starting a Prefect server"})
	s.prefect, err = prefect.Start(ctx, filepath.Join(s.workspace.dir, "prefect"), prefect.Settings{
		Python: s.tools.Prefect, Database: s.tools.PrefectDB, Auth: s.key, Services: services, EndsWith: s.emulator.PID})
	if err := step.Done(err); err != nil {
		return err
	}
	fmt.Printf("Prefect: %s, process %d\n", s.prefect.UI(), s.prefect.PID)
	// The checkout's own environments would only add their warnings.
	if err := os.RemoveAll(filepath.Join(s.workspace.dir, "environments")); err != nil {
		return err
	}
	for file, dir := range map[string]string{"demo.yaml": "environments", "hello.py": "flows"} {
		text, err := demoFiles.ReadFile("demo/" + file)
		if err != nil {
			return err
		}
		if file == "demo.yaml" {
			text = bytes.Replace(text, []byte(documentedAPI), []byte(s.prefect.API()), 1)
		}
		dir = filepath.Join(s.workspace.dir, dir)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(dir, file), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// storeKey creates the stack's secret and puts the key in, as make
// put-secret-value does: without it the deployment would stop.
func (s *session) storeKey(ctx context.Context) error {
	step := s.log.Start(progress.Task{What: "creating the stack's secret and storing the key in it", Speaks: true})
	return step.Done(s.putKey(ctx))
}

func (s *session) putKey(ctx context.Context) error {
	if err := s.synth(ctx); err != nil {
		return err
	}
	stack := &secretvalue.Stack{Dir: s.workspace.stackDir(flowStack), Terraform: s.tools.Terraform.Path, Env: s.env}
	secret, _, err := stack.Secret(ctx)
	if err != nil {
		return err
	}
	fmt.Println(secret)
	return stack.Put(ctx, secret, s.key, s.emulator.SDK())
}

// runFlow shows a flow run on the deployed worker, from Scheduled to Completed.
func (s *session) runFlow(ctx context.Context) error {
	cluster, err := s.terraform(ctx, flowStack, "output", "-raw", "ecs_cluster_arn")
	if err != nil {
		return err
	}
	run, err := s.completeFlow(ctx)
	if err != nil {
		return errors.Join(err, s.aws(ctx, "troubles", string(cluster)))
	}
	say("the flow run's log in CloudWatch")
	return s.aws(ctx, "log", string(cluster), run)
}

// completeFlow waits for the work pool, which the worker's task creates, and runs
// a flow in it.
func (s *session) completeFlow(ctx context.Context) (run string, err error) {
	step := s.log.Start(progress.Task{What: "waiting for the work pool " + workPool + ", which the worker's task creates", Key: "the demo's work pool"})
	if err := step.Done(s.prefect.AwaitPool(ctx, workPool, flowTimeout)); err != nil {
		return "", err
	}
	say("a flow run in the work pool %s", workPool)
	if run, err = s.schedule(ctx); err != nil {
		return "", err
	}
	began := time.Now()
	last, err := s.prefect.Watch(ctx, run, flowTimeout, func(state prefect.State) {
		line := state.Type
		if !strings.EqualFold(state.Type, state.Name) {
			line += " (" + state.Name + ")"
		}
		fmt.Printf("%4.0f s  %s\n", time.Since(began).Seconds(), line)
	})
	if err == nil && last.Type != "COMPLETED" {
		err = fmt.Errorf("flow run %s: got %s, want COMPLETED: %s", run, last.Type, last.Message)
	}
	return run, err
}

// schedule creates a deployment of the demo's flow, and a run of it.
func (s *session) schedule(ctx context.Context) (run string, err error) {
	id, err := s.prefect.Deploy(ctx, prefect.Deployment{
		Flow: "hello", Entrypoint: "hello.py:hello", Dir: filepath.Join(s.workspace.dir, "flows"), Pool: workPool})
	if err != nil {
		return "", err
	}
	if run, err = s.prefect.Run(ctx, id); err == nil {
		fmt.Printf("flow run %s\n", run)
	}
	return run, err
}

// aws runs a command of demo/aws.py.
func (s *session) aws(ctx context.Context, args ...string) error {
	program, err := demoFiles.ReadFile("demo/aws.py")
	if err != nil {
		return err
	}
	return process.Run(ctx, process.Command{Path: s.tools.Python, Args: append([]string{"-c", string(program)}, args...),
		Dir: s.workspace.dir, Env: s.env, Stdout: os.Stdout, Stderr: os.Stderr})
}
