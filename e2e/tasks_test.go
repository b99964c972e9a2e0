//go:build e2e

package e2e

import (
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/emulator"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
)

// newTasks starts an empty AWS that runs tasks.
func newTasks(t *testing.T) *project {
	t.Helper()
	parallel(t)
	p := &project{t: t, dir: t.TempDir()}
	p.start(emulator.RunTasks(tools.Prefect))
	return p
}

// TestTasks runs what testdata/tasks_test.py says of the emulator's tasks. Some
// still run then: a reset ends them.
func TestTasks(t *testing.T) {
	p := newTasks(t)
	out := p.must(p.exec(p.dir, nil, tools.Python, filepath.Join(root, "e2e", "testdata", "tasks_test.py")))
	if !strings.Contains(out, "\nOK\n") {
		t.Errorf("got:\n%s", out)
	}
	if len(process.Descendants(p.emulator.PID)) == 0 {
		t.Error("no task runs that a reset could end")
	}
	if err := p.emulator.Reset(t.Context()); err != nil {
		t.Error(err)
	}
	if left := process.Descendants(p.emulator.PID); len(left) > 0 {
		t.Errorf("after a reset these still run: %v", left)
	}
}

// TestTasksAreOfTheImage: what a container of the emulator runs has the versions
// that the image's tag names.
func TestTasksAreOfTheImage(t *testing.T) {
	parallel(t)
	p := &project{t: t, dir: t.TempDir()}
	got := strings.TrimSpace(p.must(p.exec(p.dir, nil, tools.Prefect, "-c", `from importlib.metadata import version
print(f"prefecthq/prefect-aws:{version('prefect-aws')}-python3.12-prefect{version('prefect')}")`)))
	if !strings.Contains(readText(t, "config/presets/production.yaml"), "image: "+got+"\n") {
		t.Errorf("the emulator runs %s, the production preset another", got)
	}
}

// TestTasksEndWithTheEmulator: a kill -9 leaves nothing of a task behind, not
// even what is in its own session.
func TestTasksEndWithTheEmulator(t *testing.T) {
	p := newTasks(t)
	const script = `import boto3, time
ecs = boto3.client("ecs")
ec2 = boto3.client("ec2")
vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.0.1.0/24")["Subnet"]["SubnetId"]
ecs.create_cluster(clusterName="tasks")
command = ["sh", "-c", "trap '' TERM; setsid sleep 1000 & setsid sh -c 'setsid sleep 1001 & sleep 1002' & sleep 1003"]
container = {"name": "main", "image": "prefecthq/prefect:3-latest", "command": command}
ecs.register_task_definition(family="task", containerDefinitions=[container], networkMode="awsvpc", requiresCompatibilities=["FARGATE"], cpu="256", memory="512")
ecs.run_task(cluster="tasks", taskDefinition="task", launchType="FARGATE", count=2, networkConfiguration={"awsvpcConfiguration": {"subnets": [subnet]}})
while ecs.describe_clusters(clusters=["tasks"])["clusters"][0]["runningTasksCount"] < 2:
    time.sleep(0.1)
`
	p.must(p.exec(p.dir, nil, tools.Python, "-c", script))
	var tasks []process.Process
	for deadline := time.Now().Add(20 * time.Second); len(tasks) < 12; tasks = process.Descendants(p.emulator.PID) {
		if time.Now().After(deadline) {
			t.Fatalf("got %d processes of two tasks, want 12", len(tasks))
		}
	}
	if err := syscall.Kill(p.emulator.PID, syscall.SIGKILL); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(10 * time.Second); slices.ContainsFunc(tasks, process.Process.Alive); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("still run: %v", tasks)
		}
	}
}
