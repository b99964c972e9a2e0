package prefect

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// pollInterval is how often the server is asked: often enough for somebody who
// watches, and not so often that the server has no time for its workers.
const pollInterval = time.Second

// AwaitPool waits until somebody has made the work pool.
func (s *Server) AwaitPool(ctx context.Context, name string, timeout time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	for {
		err := s.Call(ctx, "GET", "/work_pools/"+name, nil, nil)
		if err == nil {
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("work pool %s: %w: %w", name, ctx.Err(), err)
		case <-time.After(pollInterval):
		}
	}
}

// Deployment is a flow on its way to a work pool. The flow's code lies in a
// folder of this machine, in place of an image's.
type Deployment struct {
	Flow         string         // its name
	Entrypoint   string         // file:function
	Dir          string         // where the file is
	Pool         string         // work pool
	JobVariables map[string]any // over the pool's defaults
}

// Deploy creates a deployment and returns its id.
func (s *Server) Deploy(ctx context.Context, d Deployment) (string, error) {
	var flow, deployment struct{ ID string }
	if err := s.Call(ctx, "POST", "/flows/", map[string]any{"name": d.Flow}, &flow); err != nil {
		return "", err
	}
	if d.JobVariables == nil {
		d.JobVariables = map[string]any{}
	}
	err := s.Call(ctx, "POST", "/deployments/", map[string]any{
		"name": d.Pool, "flow_id": flow.ID, "entrypoint": d.Entrypoint, "work_pool_name": d.Pool, "job_variables": d.JobVariables,
		"pull_steps": []any{map[string]any{"prefect.deployments.steps.set_working_directory": map[string]any{"directory": d.Dir}}},
	}, &deployment)
	return deployment.ID, err
}

// Run schedules a flow run now and returns its id.
func (s *Server) Run(ctx context.Context, deployment string) (string, error) {
	var run struct{ ID string }
	err := s.Call(ctx, "POST", "/deployments/"+deployment+"/create_flow_run", map[string]any{}, &run)
	return run.ID, err
}

// State is one that a flow run has been in.
type State struct {
	Type      string
	Name      string
	Message   string
	Timestamp time.Time
}

// Final are the types of states that are left no more.
var Final = []string{"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}

// Watch calls seen for each state of a flow run, in their order, until the last.
func (s *Server) Watch(ctx context.Context, run string, timeout time.Duration, seen func(State)) (State, error) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	known := 0
	for {
		var states []State
		if err := s.Call(ctx, "GET", "/flow_run_states/?flow_run_id="+run, nil, &states); err != nil {
			return State{}, err
		}
		slices.SortStableFunc(states, func(a, b State) int { return a.Timestamp.Compare(b.Timestamp) })
		for ; known < len(states); known++ {
			seen(states[known])
			if slices.Contains(Final, states[known].Type) {
				return states[known], nil
			}
		}
		select {
		case <-ctx.Done():
			return State{}, fmt.Errorf("flow run %s: %w", run, ctx.Err())
		case <-time.After(pollInterval):
		}
	}
}
