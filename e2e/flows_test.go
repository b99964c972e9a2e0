//go:build e2e

package e2e

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/filterpattern"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/prefect"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// flowTimeout is generous: a flow run takes 15 seconds, on a busy machine 60.
const flowTimeout = 3 * time.Minute

// startedPrefect is the server of sharedPrefect, nil before the first call.
var startedPrefect *prefect.Server

// sharedPrefect is a Prefect server for all tests, whose work pools have different
// names: starting one takes seconds.
var sharedPrefect = sync.OnceValues(func() (server *prefect.Server, err error) {
	startedPrefect, err = prefect.Start(interrupted, filepath.Join(sharedDir, "prefect"), prefect.Settings{
		Python: tools.Prefect, Database: tools.PrefectDB, Auth: authString, EndsWith: os.Getpid()})
	return startedPrefect, err
})

// prefect is sharedPrefect's server.
func (p *project) prefect() *prefect.Server {
	p.t.Helper()
	server, err := sharedPrefect()
	if err != nil {
		p.t.Fatal(err)
	}
	return server
}

// aws runs a command of testdata/prefect/aws.py.
func (s *stack) aws(args ...string) string {
	s.t.Helper()
	return strings.TrimSpace(s.must(s.exec(s.dir, nil, tools.Python, append([]string{filepath.Join(root, "e2e", "testdata", "prefect", "aws.py")}, args...)...)))
}

// receiveTaskEvent: an event of a task in the cluster reaches the queue, one of
// another cluster does not.
func (s *stack) receiveTaskEvent() {
	s.t.Helper()
	if got := s.aws("events", s.output("ecs_cluster_arn"), "prefect-ecs-ecs-events"); got != "ours" {
		s.t.Errorf("the queue received %q, want the event of our cluster alone", got)
	}
}

// extendEvent: a worker that takes minutes over an event may keep it from others.
func (s *stack) extendEvent() {
	s.t.Helper()
	if got := s.aws("extend", s.output("ecs_cluster_arn"), "dev-worker", "prefect-ecs-ecs-events"); !strings.HasPrefix(got, "0 ") {
		s.t.Errorf("the task that extends an event's time ended with %q, want exit code 0", got)
	}
}

// flowRuns are the ids of the flow runs by what is to become of them.
type flowRuns struct{ main, ml, killed string }

// awaitPools waits for the work pools that the workers' tasks create, and compares
// them with what the way by hand gives (docs/first-flow.md).
func (s *stack) awaitPools(server *prefect.Server) {
	s.t.Helper()
	ctx, cancel := during(s.t)
	defer cancel()
	dir := s.t.TempDir()
	file := func(name, text string) string {
		s.t.Helper()
		name = filepath.Join(dir, name)
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			s.t.Fatal(err)
		}
		return name
	}
	variables := file("variables.json", s.output("work_pool_variables"))
	env := []string{"PREFECT_HOME=" + dir, "DO_NOT_TRACK=1", "PREFECT_API_URL="}
	fallback := file("default.json", s.must(s.exec(dir, env, tools.Prefect, filepath.Join(root, "e2e", "testdata", "prefect", "template.py"), variables)))
	var want any
	if err := json.Unmarshal([]byte(s.must(s.exec(dir, nil, tools.Python, filepath.Join(root, "tools", "work_pool_template.py"), fallback, variables))), &want); err != nil {
		s.t.Fatal(err)
	}
	for _, name := range []string{"ecs-work-pool", "ml-pool"} {
		if err := server.AwaitPool(ctx, name, flowTimeout); err != nil {
			log, _ := os.ReadFile(s.emulator.LogFile())
			s.t.Fatalf("%v; the emulator's log:\n%s", err, log)
		}
		if got := workPool(s.t, server, name)["base_job_template"]; !reflect.DeepEqual(got, want) {
			s.t.Errorf("%s: got the template\n%v\nwant\n%v", name, got, want)
		}
	}
}

// byHand is what somebody sets in a work pool.
var byHand = map[string]any{"description": "by hand", "concurrency_limit": 3.0}

func (s *stack) editPool(server *prefect.Server) {
	s.t.Helper()
	if err := server.Call(s.t.Context(), http.MethodPatch, "/work_pools/ml-pool", byHand, nil); err != nil {
		s.t.Fatal(err)
	}
}

func (s *stack) poolIsAsEdited(server *prefect.Server) {
	s.t.Helper()
	got := workPool(s.t, server, "ml-pool")
	for name, want := range byHand {
		if got[name] != want {
			s.t.Errorf("ml-pool: %s: got %v, want %v, as it was set by hand", name, got[name], want)
		}
	}
	if got["type"] != "ecs" || got["is_paused"] != false {
		s.t.Errorf("ml-pool: got type %v, paused: %v", got["type"], got["is_paused"])
	}
}

// scheduleFlows schedules a flow run in each work pool, and one whose task is
// killed before it reaches Prefect.
func (s *stack) scheduleFlows(server *prefect.Server) (runs flowRuns) {
	s.t.Helper()
	ctx, cancel := during(s.t)
	defer cancel()
	dir := s.t.TempDir()
	run := func(d prefect.Deployment) string {
		s.t.Helper()
		id, err := server.Deploy(ctx, d)
		if err != nil {
			s.t.Fatal(err)
		}
		if id, err = server.Run(ctx, id); err != nil {
			s.t.Fatal(err)
		}
		return id
	}
	copyFile(s.t, filepath.Join(root, "e2e", "testdata", "prefect", "flows.py"), filepath.Join(dir, "flows.py")) // Python leaves files beside it
	hello := prefect.Deployment{Flow: "hello", Entrypoint: "flows.py:hello", Dir: dir}
	hello.Pool = "ecs-work-pool"
	runs.main = run(hello)
	hello.Pool = "ml-pool"
	runs.ml = run(hello)
	hello.Flow, hello.JobVariables = "killed", map[string]any{"command": `sh -c 'echo "an ERROR of the flow"; kill -9 $$'`}
	runs.killed = run(hello)
	return runs
}

// startWorkers scales the services and does what redeploy_command does, without
// the AWS CLI.
func (s *stack) startWorkers() {
	s.t.Helper()
	arn, cluster := s.output("prefect_secret_arn"), s.output("ecs_cluster_arn")
	if command := s.output("put_secret_value_command"); !strings.Contains(command, "put-secret-value --region us-east-1 --secret-id "+arn+" ") {
		s.t.Errorf("put_secret_value_command: got %s", command)
	}
	if command := s.output("redeploy_command"); strings.Count(command, "--force-new-deployment") != 2 {
		s.t.Errorf("redeploy_command: got %s", command)
	}
	s.aws("start", cluster)
}

// watchFlows waits for the flow runs' ends.
func (s *stack) watchFlows(server *prefect.Server, runs flowRuns) {
	s.t.Helper()
	ctx, cancel := during(s.t)
	defer cancel()
	var all sync.WaitGroup
	for _, tt := range []struct{ what, id, want string }{
		{"the main worker's flow run", runs.main, "SCHEDULED PENDING RUNNING COMPLETED"},
		{"the ml worker's flow run", runs.ml, "SCHEDULED PENDING RUNNING COMPLETED"},
		// Its task is gone before it can say so: the observer does, from the queue's event.
		{"the killed flow run", runs.killed, "SCHEDULED PENDING CRASHED"},
	} {
		all.Go(func() {
			var states []string
			seen := func(state prefect.State) {
				if !slices.Contains(states, state.Type) { // Pending has two names
					states = append(states, state.Type)
				}
			}
			began := time.Now()
			last, err := server.Watch(ctx, tt.id, flowTimeout, seen)
			s.t.Logf("%s: %s after %s", tt.what, strings.Join(states, " "), time.Since(began).Round(time.Second))
			if got := strings.Join(states, " "); err != nil || got != tt.want {
				s.t.Errorf("%s: got %s (%v), want %s; the last says %q", tt.what, got, err, tt.want, last.Message)
			}
		})
	}
	all.Wait()
	if s.t.Failed() {
		log, _ := os.ReadFile(s.emulator.LogFile())
		s.t.Fatalf("the emulator's log:\n%s", log)
	}
}

// flowRun is what AWS knows of a flow run's task.
type flowRun struct {
	Task struct {
		ClusterARN  string `json:"clusterArn"`
		LaunchType  string `json:"launchType"`
		StopCode    string `json:"stopCode"`
		TaskARN     string `json:"taskArn"`
		Containers  []struct{ ExitCode int }
		Attachments []struct {
			Details []struct{ Name, Value string }
		}
		Overrides struct {
			TaskRoleARN string `json:"taskRoleArn"`
		}
	}
	Definition struct {
		ExecutionRoleARN     string `json:"executionRoleArn"`
		ContainerDefinitions []struct {
			Secrets          []struct{ Name, ValueFrom string }
			LogConfiguration struct{ Options map[string]string }
		}
	}
	Log []string
}

func (s *stack) checkFlows(runs flowRuns) {
	s.t.Helper()
	out := s.aws("runs", s.output("ecs_cluster_arn"))
	var tasks map[string]flowRun
	if err := json.Unmarshal([]byte(out), &tasks); err != nil || len(tasks) != 3 {
		s.t.Fatalf("got %d flow runs' tasks (%v), want 3:\n%s", len(tasks), err, out)
	}
	if strings.Contains(out, authString) {
		s.t.Errorf("the workers' key is in a task in plain text:\n%s", out)
	}
	for _, id := range []string{runs.main, runs.ml} {
		run := tasks[id]
		s.checkFlowRun(run)
		session := run.Task.TaskARN[strings.LastIndex(run.Task.TaskARN, "/")+1:]
		want := "hello from arn:aws:sts::123456789012:assumed-role/prefect-ecs-flow-run/" + session
		if log := strings.Join(run.Log, "\n"); !strings.Contains(log, want) || !strings.Contains(log, "Finished in state Completed()") {
			s.t.Errorf("the flow run's log stream lacks %q or its end:\n%s", want, log)
		}
		if run.Task.StopCode != "EssentialContainerExited" || run.Task.Containers[0].ExitCode != 0 {
			s.t.Errorf("the flow run's task: got %s, exit code %d, want 0", run.Task.StopCode, run.Task.Containers[0].ExitCode)
		}
	}
	if code := tasks[runs.killed].Task.Containers[0].ExitCode; code != 137 {
		s.t.Errorf("the killed flow run's task: got exit code %d, want 137", code)
	}
}

// checkFlowRun compares the task with what the output says.
func (s *stack) checkFlowRun(run flowRun) {
	s.t.Helper()
	if len(run.Definition.ContainerDefinitions) != 1 || len(run.Definition.ContainerDefinitions[0].Secrets) != 1 || len(run.Task.Attachments) != 1 {
		s.t.Fatalf("want one container with one secret and one attachment, got:\n%+v", run)
	}
	var variables struct {
		Cluster              string
		ExecutionRoleARN     string                     `json:"execution_role_arn"`
		TaskRoleARN          string                     `json:"task_role_arn"`
		NetworkConfiguration struct{ Subnets []string } `json:"network_configuration"`
	}
	if err := json.Unmarshal([]byte(s.output("work_pool_variables")), &variables); err != nil {
		s.t.Fatal(err)
	}
	container := run.Definition.ContainerDefinitions[0]
	for _, tt := range []struct{ what, got, want string }{
		{"cluster", run.Task.ClusterARN, variables.Cluster},
		{"launch type", run.Task.LaunchType, "FARGATE"},
		{"task role", run.Task.Overrides.TaskRoleARN, variables.TaskRoleARN},
		{"execution role", run.Definition.ExecutionRoleARN, variables.ExecutionRoleARN},
		{"secret", container.Secrets[0].Name + " " + container.Secrets[0].ValueFrom, "PREFECT_API_AUTH_STRING " + s.output("prefect_secret_arn")},
		{"log group", container.LogConfiguration.Options["awslogs-group"], "/ecs/prefect-cluster/dev-worker"},
		{"log group made by the task", container.LogConfiguration.Options["awslogs-create-group"], "false"},
	} {
		if tt.got != tt.want || tt.got == "" {
			s.t.Errorf("the flow run's %s: got %q, want %q", tt.what, tt.got, tt.want)
		}
	}
	for _, detail := range run.Task.Attachments[0].Details {
		if detail.Name == "subnetId" && !slices.Contains(variables.NetworkConfiguration.Subnets, detail.Value) {
			s.t.Errorf("the flow run's subnet: got %s, want one of %v", detail.Value, variables.NetworkConfiguration.Subnets)
		}
	}
}

// stopWorker: a worker that is asked to stop does so by itself, and another
// takes its place.
func (s *stack) stopWorker() {
	s.t.Helper()
	if got, want := s.aws("stop", s.output("ecs_cluster_arn"), "ml"), "UserInitiated by the test 0 1"; got != want {
		s.t.Errorf("got %q, want %q", got, want)
	}
}

// checkLines: flows logged errors, and no line of them sets off the alarm for the
// worker's own.
func (s *stack) checkLines() {
	s.t.Helper()
	alarms := settings.Alarms{ErrorLines: &settings.Alarm{}}
	if err := settings.Fill(&alarms); err != nil {
		s.t.Fatal(err)
	}
	lines := s.aws("lines", "/ecs/prefect-cluster/dev-worker")
	for _, want := range []string{"| ERROR   | Flow run '", "| ERROR   | prefect.flow_runs.observer - ", "| INFO    | prefect.flow_runs.observer - an ERROR of the flow",
		"read ecs-work-pool\n", "read ml-pool\n"} { // by sidecars, of what init containers have written
		if !strings.Contains(lines, want) {
			s.t.Errorf("no line has %q:\n%s", want, lines)
		}
	}
	for line := range strings.Lines(lines) {
		if found, err := filterpattern.Match(alarms.ErrorFilterPattern, strings.TrimSuffix(line, "\n")); found || err != nil {
			s.t.Errorf("sets off errorLines (%v): %s", err, line)
		}
	}
}

// checkCalls: what the roles were used for is what they allow.
func (s *stack) checkCalls() {
	s.t.Helper()
	got := s.aws("beyond")
	for _, want := range []string{
		"prefect-ecs-worker ecs:RunTask", "prefect-ecs-worker iam:PassRole", "prefect-ecs-worker ecs:TagResource", "prefect-ecs-worker sqs:ReceiveMessage",
		"prefect-ecs-worker sqs:ChangeMessageVisibility",
		"prefect-task-execution-role secretsmanager:GetSecretValue", "prefect-task-execution-role logs:PutLogEvents",
	} {
		if !slices.Contains(strings.Split(got, "\n"), want) {
			s.t.Errorf("no call %q was made and allowed", want)
		}
	}
	if strings.Contains(got, "not allowed: ") {
		s.t.Errorf("the roles do not allow what they are needed for:\n%s", got)
	}
}
