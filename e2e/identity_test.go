//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/emulator"
)

// identity has every role, secret, queue and repository setting that the
// emulator can hold, and two workers. A customer's keys are left out: it has none
// to check their ARNs against, see the goldens.
const identity = `preset: readme
partition: ""
iam:
  rolePath: /prefect/
  permissionsBoundaryArn: arn:aws:iam::aws:policy/AdministratorAccess
  restrictTrust: true
secret:
  create: true
  valueManagedBy: outside
  environmentName: PREFECT_API_AUTH_STRING
  recoveryWindowInDays: 0
taskExecutionRole:
  permissions: least-privilege
  managedPolicyArns: [arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess]
  secretArns: [arn:aws:ssm:us-east-1:123456789012:parameter/flows/token]
  attachEcrReadOnlyPolicy: false
  secretsPolicy:
    actions: [secretsmanager:GetSecretValue]
taskRole:
  name: "{nameTag}-worker"
  managedPolicyArns: [arn:aws:iam::aws:policy/CloudWatchReadOnlyAccess]
  inlinePolicyStatements:
    - {sid: KeepOut, effect: Deny, actions: ["s3:*"], resources: ["arn:aws:s3:::acme-private/*"]}
flowRunRole:
  name: "{nameTag}-flow-run"
  managedPolicyArns: [arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess]
  inlinePolicyStatements:
    - {sid: WriteResults, actions: [s3:PutObject], resources: ["arn:aws:s3:::acme-results/${aws:username}/*"]}
crashEvents:
  queueName: "{nameTag}-ecs-events"
flowRunCapacityProviderStrategy:
  - {capacityProvider: FARGATE_SPOT, weight: 1}
repository:
  scanOnPush: true
  imageTagMutability: IMMUTABLE
  lifecycle: {expireUntaggedAfterDays: 7, keepLast: 50}
prefect:
  workPoolManagement: true
worker:
  image: prefecthq/prefect-aws:0.7.12-python3.12-prefect3.9.1
  repositoryCredentials: {credentialsParameter: "arn:aws:secretsmanager:us-east-1:123456789012:secret:docker-hub-AbCdEf"}
  type: ecs
  permissions: least-privilege
  desiredCount: 0 # until the queue was looked at, which the worker empties
  healthCheck: {}
  environment:
    PREFECT_WORKER_QUERY_SECONDS: "2"
  volumes: [{name: shared}]
  dependsOn: [{containerName: reader, condition: HEALTHY}]
  sidecars:
    - name: reader # reads what the other one has written before, and stays
      image: prefecthq/prefect-aws:0.7.12-python3.12-prefect3.9.1
      entryPoint: [sh, -c]
      command: ['echo "read $(cat "$0")"; exec sleep 86400', /shared/file]
      dependsOn: [{containerName: init, condition: SUCCESS}]
      healthCheck: {command: [CMD, test, -s, /shared/file]}
      mountPoints: [{sourceVolume: shared, containerPath: /shared, readOnly: true}]
    - name: init
      image: prefecthq/prefect-aws:0.7.12-python3.12-prefect3.9.1
      entryPoint: [sh, -c]
      command: ['sleep 1; echo "$POOL" > "$0"', /shared/file]
      environment: {POOL: "{prefect.workPool}"}
      mountPoints: [{sourceVolume: shared, containerPath: /shared}]
additionalWorkers:
  - name: ml
    workPool: ml-pool
terraform:
  backend:
    s3: null
    local: {path: terraform.identity.tfstate}
  variables: {create_secret: "", prefect_api_key: "", prefect_secret_arn: ""}
  outputs: [ecs_cluster_arn, ecs_service_name, prefect_secret_arn, repository_url, work_pool_variables, put_secret_value_command, redeploy_command,
    vpc_id, public_subnets, private_subnets, public_route_table_ids, private_route_table_ids, nat_public_ips, security_group_id,
    task_execution_role_arn, task_role_arn, flow_run_role_arn, log_group_name, crash_events_queue_url, crash_events_queue_arn]
`

// authString is what a self-hosted server with basic authentication asks for.
const authString = "admin:" + password

// TestIdentity applies every role and runs flows with them: docs/first-flow.md
// with a real Prefect server, real workers and tasks, from apply and key to the
// flow's own lines in CloudWatch. The tasks make both work pools, and leave alone
// what somebody changes in one.
func TestIdentity(t *testing.T) {
	p := newProject(t, map[string]string{"identity.yaml": identity}, emulator.RunTasks(tools.Prefect))
	server := p.prefect()
	s := p.stack("identity", map[string]string{"prefect_api_url": server.API()})
	s.putSecretValue(authString)
	s.apply()
	s.unchanged() // Terraform leaves a value alone that it did not set
	s.readByOthers()
	s.receiveTaskEvent()
	s.extendEvent()
	s.startWorkers()
	s.awaitPools(server)
	runs := s.scheduleFlows(server)
	s.watchFlows(server, runs)
	s.checkFlows(runs)
	s.editPool(server)
	s.stopWorker() // another takes its place, whose task prepares the pool again
	s.poolIsAsEdited(server)
	s.checkLines()
	s.checkCalls()
	s.destroyAfterQueues()
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

// readByOthers: what other stacks read has AWS's form, and lists are lists.
func (s *stack) readByOthers() {
	s.t.Helper()
	var all map[string]struct{ Value any }
	if err := json.Unmarshal([]byte(s.must(s.terraform("output", "-json"))), &all); err != nil {
		s.t.Fatal(err)
	}
	for name, want := range map[string]string{
		"vpc_id":                  `vpc-\w+`,
		"public_subnets":          `\[subnet-\w+ subnet-\w+ subnet-\w+\]`,
		"private_subnets":         `\[subnet-\w+ subnet-\w+ subnet-\w+\]`,
		"public_route_table_ids":  `\[rtb-\w+\]`,
		"private_route_table_ids": `\[rtb-\w+\]`,
		"nat_public_ips":          `\[\d+\.\d+\.\d+\.\d+\]`,
		"security_group_id":       `sg-\w+`,
		"task_execution_role_arn": `arn:aws:iam::\d+:role/prefect/prefect-task-execution-role`,
		"task_role_arn":           `arn:aws:iam::\d+:role/prefect/prefect-ecs-worker`,
		"flow_run_role_arn":       `arn:aws:iam::\d+:role/prefect/prefect-ecs-flow-run`,
		"log_group_name":          `/ecs/prefect-cluster/dev-worker`,
		"crash_events_queue_url":  `https?://\S+/prefect-ecs-ecs-events`,
		"crash_events_queue_arn":  `arn:aws:sqs:us-east-1:\d+:prefect-ecs-ecs-events`,
	} {
		if got := fmt.Sprint(all[name].Value); !regexp.MustCompile("^" + want + "$").MatchString(got) {
			s.t.Errorf("output %s: got %s, want %s", name, got, want)
		}
	}
}
