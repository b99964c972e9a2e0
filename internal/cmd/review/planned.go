package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/plan"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/progress"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/toolchain"
	"github.com/prefect-ecs/prefect-ecs-worker/kernel"
)

// planHere has Terraform plan a stack where cdktf.out has it, initialized and as the
// checkout makes it. Otherwise there is no plan, and the note says why if somebody may
// expect one.
func (q *request) planHere(ctx context.Context, after *version) (p *tfjson.Plan, state, note string) {
	dir := filepath.Join(q.root, "cdktf.out", "stacks", q.stack)
	if q.stack == "" || q.baseGiven || q.plan != "" || after.json[q.stack] == nil {
		return nil, "", ""
	}
	if _, err := os.Stat(filepath.Join(dir, ".terraform")); err != nil {
		return nil, "", ""
	}
	instead := "Compared with " + q.base + " instead of the state: "
	if !q.isIn(dir, after) {
		return nil, "", instead + "cdktf.out has the stack as it was before. For Terraform's plan: make plan STACK=" + q.stack + "."
	}
	terraform, err := toolchain.OnPath()
	if err != nil {
		return nil, "", instead + err.Error() + "."
	}
	step := q.log.Start(progress.Task{What: "planning " + q.stack, Key: "plan " + q.stack})
	s := &plan.Stack{Name: q.stack, Dir: dir, Terraform: terraform, Detail: step.Detail}
	s.VarFiles, _ = toolchain.VarFiles(q.root)
	var running sync.Mutex // held while Terraform runs: an interrupt waits until it has given its lock back
	kernel.OnInterrupt(func() {
		running.Lock()
		q.interrupted()
	})
	running.Lock()
	planned, err := s.Plan(ctx, nil)
	running.Unlock()
	kernel.OnInterrupt(q.interrupted)
	if ctx.Err() != nil {
		select {} // the kernel ends the program
	}
	if err != nil {
		_ = step.Done(errors.New("no plan"))
		return nil, "", instead + "Terraform does not plan it. To see why: make plan STACK=" + q.stack + "."
	}
	_ = step.Done(nil)
	return planned.Plan, "the state " + s.State(), ""
}

// isIn says whether a folder has the stack as a version makes it, with what lies beside it.
func (q *request) isIn(dir string, v *version) bool {
	made, err := os.ReadFile(filepath.Join(dir, synthesized.FileName))
	if err != nil || !bytes.Equal(bytes.TrimSpace(made), bytes.TrimSpace(v.json[q.stack])) {
		return false
	}
	beside := 0
	for name, text := range v.files[q.stack].Files {
		if !strings.Contains(filepath.Base(name), ".tf") {
			continue
		}
		beside++
		if copied, err := os.ReadFile(filepath.Join(dir, filepath.Base(name))); err != nil || !bytes.Equal(copied, text) {
			return false
		}
	}
	there, err := filepath.Glob(filepath.Join(dir, "*.tf"))
	return err == nil && len(there) <= beside
}
