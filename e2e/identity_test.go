//go:build e2e

package e2e

import (
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// identity has every role, secret, queue and repository setting that the
// emulator can hold. A customer's keys are left out: it has none to check
// their ARNs against, see the goldens.
const identity = `preset: readme
partition: ""
iam:
  rolePath: /prefect/
  permissionsBoundaryArn: arn:aws:iam::aws:policy/PowerUserAccess
  restrictTrust: true
secret:
  create: true
  valueManagedBy: outside
  recoveryWindowInDays: 0
taskExecutionRole:
  permissions: least-privilege
  attachEcrReadOnlyPolicy: false
  secretsPolicy:
    actions: [secretsmanager:GetSecretValue]
taskRole:
  name: "{nameTag}-worker"
flowRunRole:
  name: "{nameTag}-flow-run"
  managedPolicyArns: [arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess]
  inlinePolicyStatements:
    - {sid: WriteResults, actions: [s3:PutObject], resources: ["arn:aws:s3:::acme-results/${aws:username}/*"]}
crashEvents:
  queueName: "{nameTag}-ecs-events"
repository:
  scanOnPush: true
  imageTagMutability: IMMUTABLE
  lifecycle: {expireUntaggedAfterDays: 7, keepLast: 50}
worker:
  image: prefecthq/prefect-aws:0.7.12-python3.12
  type: ecs
  taskRole: least-privilege
terraform:
  backend:
    s3: null
    local: {path: terraform.identity.tfstate}
  variables: {create_secret: "", prefect_api_key: "", prefect_secret_arn: ""}
  outputs: [ecs_cluster_arn, prefect_secret_arn, repository_url, work_pool_variables, put_secret_value_command, redeploy_command]
`

func TestIdentity(t *testing.T) {
	p := newProject(t, map[string]string{"identity.yaml": identity})
	s := p.stack("identity", nil)
	s.putSecretValue("not-a-key")
	s.apply()
	s.unchanged() // Terraform leaves a value alone that it did not set
	if command, arn := s.output("put_secret_value_command"), s.output("prefect_secret_arn"); !strings.Contains(command, "put-secret-value --region us-east-1 --secret-id "+arn+" ") {
		t.Errorf("put_secret_value_command: got %s", command)
	}
	s.receiveCrashEvent()
	s.startFlowRun()
	s.destroy()
}

// planned is what the emulator cannot hold, proven by the provider's own checks
// and a plan: moto 5.2 has no pull-through caches (CreatePullThroughCacheRule),
// and the keys and the parameter would have to exist.
var planned = map[string]string{
	"repository": `repository:
  encryptionType: KMS
  kmsKeyArn: arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
  pullThroughCache: {registry: ecr-public, prefix: ecr-public}
`,
	"crash-events": `crashEvents:
  queueName: prefect-ecs-events
  kmsKeyArn: arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
`,
	"parameter": `secret:
  arn: arn:aws:ssm:us-east-1:123456789012:parameter/prefect/api-key
  kmsKeyArn: arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab
`,
	"server": `prefect:
  apiUrl: http://prefect.internal:4200/api
`,
}

func TestIdentityPlans(t *testing.T) {
	environments := map[string]string{}
	for name, text := range planned {
		variables := `region: "", create_secret: "", prefect_secret_arn: ""`
		if name == "parameter" || name == "server" {
			variables += `, prefect_api_key: ""`
		} else {
			text += "secret:\n  create: true\n"
		}
		environments[name+".yaml"] = "preset: readme\n" + text + "terraform:\n  variables: {" + variables + "}\n" +
			"  backend:\n    s3: null\n    local: {path: \"terraform.{stack}.tfstate\"}\n"
	}
	p := newProject(t, environments)
	for name := range planned {
		vars := map[string]string{}
		if !strings.Contains(environments[name+".yaml"], "prefect_api_key: \"\"") {
			vars["prefect_api_key"] = "not-a-key"
		}
		p.stack(name, vars).plan()
	}
}

// output is an output as text.
func (s *stack) output(name string) string {
	s.t.Helper()
	return s.must(s.terraform("output", "-raw", name))
}

// python runs a program with boto3 against the emulator.
func (s *stack) python(program string, args ...string) string {
	s.t.Helper()
	return s.must(s.exec(s.dir, nil, tools.Python, append([]string{"-c", program}, args...)...))
}

// receiveCrashEvent: an event of a task in the cluster reaches the queue, one
// of another cluster does not.
func (s *stack) receiveCrashEvent() {
	s.t.Helper()
	cluster := s.output("ecs_cluster_arn")
	got := s.python(`import boto3, json, sys
events, sqs = boto3.client("events"), boto3.client("sqs")
for cluster, task in (sys.argv[1] + "-other", "other"), (sys.argv[1], "ours"):
    events.put_events(Entries=[{"Source": "aws.ecs", "DetailType": "ECS Task State Change",
                                "Detail": json.dumps({"clusterArn": cluster, "taskArn": task})}])
url = sqs.get_queue_url(QueueName="prefect-ecs-ecs-events")["QueueUrl"]
messages = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10).get("Messages", [])
print(",".join(json.loads(m["Body"])["detail"]["taskArn"] for m in messages))`, cluster)
	if got := strings.TrimSpace(got); got != "ours" {
		s.t.Errorf("the queue received %q, want the event of our cluster alone", got)
	}
}

// startFlowRun walks docs/first-flow.md with a real Prefect server and worker:
// from the output to a task.
func (s *stack) startFlowRun() {
	s.t.Helper()
	dir := s.t.TempDir()
	file := func(name string) string { return filepath.Join(dir, name) }
	env := []string{"PREFECT_HOME=" + file("home"), "DO_NOT_TRACK=1", "PREFECT_SERVER_ANALYTICS_ENABLED=false", "PREFECT_API_URL=", "PREFECT_API_KEY="}
	prefect := func(args ...string) string {
		s.t.Helper()
		return s.must(s.exec(dir, env, tools.Prefect, args...))
	}
	write := func(name, text string) {
		s.t.Helper()
		if err := os.WriteFile(file(name), []byte(text), 0o600); err != nil {
			s.t.Fatal(err)
		}
	}
	if err := os.Mkdir(file("home"), 0o700); err != nil {
		s.t.Fatal(err)
	}
	write("variables.json", s.output("work_pool_variables"))
	prefect("-m", "prefect", "work-pool", "get-default-base-job-template", "--type", "ecs", "--file", file("template.json"))
	write("base-job-template.json", prefect("-W", "error::ResourceWarning", filepath.Join(root, "tools", "work_pool_template.py"), file("template.json"), file("variables.json")))
	out := prefect(filepath.Join(root, "e2e", "testdata", "prefect", "flow_run.py"), file("variables.json"), file("base-job-template.json"), freePort(s.t))
	s.checkFlowRun(out)
}

// flowRun is what the AWS knows of a flow run's task.
type flowRun struct {
	Task struct {
		ClusterARN  string `json:"clusterArn"`
		LaunchType  string `json:"launchType"`
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
}

func (s *stack) checkFlowRun(out string) {
	s.t.Helper()
	var run flowRun
	_, text, found := strings.Cut(out, "{") // after what Prefect logs
	if err := json.Unmarshal([]byte("{"+text), &run); err != nil || !found {
		s.t.Fatalf("no flow run (%v) in:\n%s", err, out)
	}
	if len(run.Definition.ContainerDefinitions) != 1 || len(run.Definition.ContainerDefinitions[0].Secrets) != 1 || len(run.Task.Attachments) != 1 {
		s.t.Fatalf("want one container with one secret and one attachment, got:\n%s", out)
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
		{"secret", container.Secrets[0].Name + " " + container.Secrets[0].ValueFrom, "PREFECT_API_KEY " + s.output("prefect_secret_arn")},
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
	if strings.Contains(out, "not-a-key") {
		s.t.Errorf("the worker's key is in the task in plain text:\n%s", out)
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}
