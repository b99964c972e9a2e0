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
	s.prefect, err = prefect.Start(ctx, filepath.Join(s.workspace.dir, "prefect"), prefect.Settings{
		Python: s.tools.Prefect, Database: s.tools.PrefectDB, Auth: s.key, Services: services, EndsWith: s.emulator.PID})
	if err != nil {
		return err
	}
	fmt.Printf("Prefect: %s, process %d\n", s.prefect.UI(), s.prefect.PID)
	// The checkout's own environments would only add their warnings.
	if err := os.RemoveAll(filepath.Join(s.workspace.dir, "environments")); err != nil {
		return err
	}
	for file, dir := range map[string]string{"demo.yaml": "environments", "hello.py": "flows", "template.py": "demo"} {
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

// runFlow shows a flow run on the deployed worker, from Scheduled to Completed.
func (s *session) runFlow(ctx context.Context) error {
	cluster, err := s.output(ctx, "ecs_cluster_arn")
	if err != nil {
		return err
	}
	secret, err := s.output(ctx, "prefect_secret_arn")
	if err != nil {
		return err
	}
	if err := s.makeWorkPool(ctx); err != nil {
		return err
	}
	say("a flow run is scheduled; the worker has no key yet, so that nothing takes it")
	run, err := s.schedule(ctx)
	if err != nil {
		return err
	}
	say("the key is stored in %s, and the worker restarted", secret)
	if err := s.aws(ctx, "store", cluster, secret, s.key); err != nil {
		return err
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
	if err != nil {
		return errors.Join(err, s.aws(ctx, "troubles", cluster))
	}
	say("the flow run's log in CloudWatch")
	return s.aws(ctx, "log", cluster, run)
}

// makeWorkPool makes the work pool as docs/first-flow.md does.
//
// TO REPLACE: goes when the worker makes its pool itself, from the same
// variables (prefect.workPoolManagement), with demo/template.py.
func (s *session) makeWorkPool(ctx context.Context) error {
	say("the work pool %s is made, with the output work_pool_variables for defaults", workPool)
	dir := filepath.Join(s.workspace.dir, "demo")
	variables, err := s.output(ctx, "work_pool_variables")
	if err != nil {
		return err
	}
	env := []string{"PREFECT_HOME=" + dir, "DO_NOT_TRACK=1"}
	template, err := process.Output(ctx, process.Command{Path: s.tools.Prefect, Args: []string{"template.py"}, Dir: dir, Env: env, Unset: []string{"PREFECT_*"}})
	if err != nil {
		return err
	}
	for name, text := range map[string][]byte{"variables.json": []byte(variables), "default.json": template} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			return err
		}
	}
	template, err = process.Output(ctx, process.Command{Path: s.tools.Python, Dir: dir,
		Args: []string{filepath.Join(s.root, "tools", "work_pool_template.py"), "default.json", "variables.json"}})
	if err != nil {
		return err
	}
	return s.prefect.CreatePool(ctx, workPool, template)
}

// schedule makes a deployment of the demo's flow, and a run of it.
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

// output is an output of the demo's stack as text.
func (s *session) output(ctx context.Context, name string) (string, error) {
	out, err := s.terraform(ctx, flowStack, "output", "-raw", name)
	return string(out), err
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
