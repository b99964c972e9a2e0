//go:build e2e

package e2e

import (
	"maps"
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/pages"
)

// local is a stack like dev with its state in a file.
func local(name, settings string) string {
	return "preset: readme\nterraform:\n  backend:\n    s3: null\n    local:\n      path: terraform." + name + ".tfstate\n" + settings
}

// Settings of workers that the emulator supports. It lacks
// wait_for_steady_state: it runs no tasks here, so the provider would
// wait for 20 minutes.
const workers = `
logGroup:
  kmsKeyArn: arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555
cluster:
  containerInsights: enhanced
  capacityProviders: [FARGATE, FARGATE_SPOT]
  executeCommand:
    logging: OVERRIDE
    kmsKeyArn: arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555
  fargateEphemeralStorageKmsKeyArn: arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555
worker:
  image: prefecthq/prefect-aws:0.7.12-python3.12-prefect3.9.1
  type: ecs
  workQueues: [high, low]
  limit: 50
  cpuArchitecture: ARM64
  ephemeralStorageGiB: 30
  platformVersion: 1.4.0
  desiredCount: 2
  healthCheck: {}
  stopTimeoutSeconds: 120
  readonlyRootFilesystem: true
  user: "1000:1000"
  secrets:
    SLACK_TOKEN: arn:aws:ssm:us-east-1:123456789012:parameter/prefect/slack
  deployment:
    circuitBreaker: {enable: true, rollback: true}
    alarmNames: [prefect-worker-errors]
  availabilityZoneRebalancing: ENABLED
  capacityProviderStrategy:
    - {capacityProvider: FARGATE, base: 1, weight: 1}
    - {capacityProvider: FARGATE_SPOT, weight: 3}
  propagateTags: SERVICE
  enableEcsManagedTags: true
  forceNewDeployment: true
  openTelemetry:
    image: public.ecr.aws/aws-observability/aws-otel-collector:v0.43.3
    cpu: 64
    memoryMiB: 256
    instrument: true
additionalWorkers:
  - name: ml
    workPool: ml-pool
    cpu: 1024
    memoryMiB: 4096
    readonlyRootFilesystem: false
    enableExecuteCommand: true
  - name: local-runs
    workPool: process-pool
    type: process
    capacityProviderStrategy: []
    healthCheck: null
    openTelemetry: null
    deployment: null
`

// rollBack puts a service back to its task definition's first revision.
const rollBack = `import boto3, sys
boto3.client("ecs").update_service(cluster="prefect-cluster", service=sys.argv[1], taskDefinition=sys.argv[1] + ":1")`

func TestWorkers(t *testing.T) {
	p := newProject(t, map[string]string{"local.yaml": local("local", workers)})
	s := p.stack("local", withSecret)
	if got, want := s.apply(), 32+4+2; got != want {
		t.Errorf("added %d resources, want %d: two more services and task definitions, the capacity providers, the role's policy for Exec and collector", got, want)
	}
	s.unchanged()

	t.Log("a deployment can go back to the revision before the last apply, as the circuit breaker does")
	s.vars = maps.Clone(s.vars)
	s.vars["container_image"] = "123456789012.dkr.ecr.us-east-1.amazonaws.com/flows:2.0.0"
	s.apply()
	for _, service := range []string{"dev-worker", "ml"} {
		s.must(s.exec(s.dir, nil, tools.Python, "-c", rollBack, service))
	}
	if out, err := s.exec(s.dir, nil, tools.Python, "-c", rollBack, "local-runs"); err == nil || !strings.Contains(out, "TaskDefinition is inactive") {
		t.Errorf("without settings for deployments: got %v, want the old revision to be inactive:\n%s", err, out)
	}
	s.destroy()
}

// TestExistingCluster: a second stack runs its worker in the first one's
// cluster, and logs to its group.
func TestExistingCluster(t *testing.T) {
	p := newProject(t, map[string]string{"local.yaml": local("local", ""), "tenant.yaml": local("tenant", `
cluster: {existing: true}
logGroup: {existing: true}
nameTag: tenant
network: {cidrBlock: 10.1.0.0/16}
serviceDiscovery: {namespace: tenant.prefect.local}
repository: null
taskExecutionRole: {name: tenant-execution}
worker: {serviceName: tenant, family: tenant, logStreamPrefix: tenant}
`)})
	owner := p.stack("local", defaults)
	owner.apply()
	tenant := p.stack("tenant", defaults)
	if got := tenant.apply(); got != 27 {
		t.Errorf("added %d resources, want 27: no cluster, log group or repository", got)
	}
	tenant.unchanged()
	tenant.destroy()
	owner.unchanged()
}

// TestTwoTeams: an apply stops where a team's key is missing and says whose; with
// both keys put in, all that the page describes is made, and each team's tasks are
// told of their own key.
func TestTwoTeams(t *testing.T) {
	documented, err := pages.Environments(root)
	if err != nil {
		t.Fatal(err)
	}
	p := newProject(t, map[string]string{"two-teams.yaml": strings.Replace(documented["two-teams.yaml"].Text, "backend: {s3: {bucket: acme-terraform-state}}", "backend: {s3: null, local: {path: two-teams.tfstate}}", 1)})
	s := p.stack("two-teams", map[string]string{"prefect_api_url": apiURL})
	s.putSecretValue("not-a-key")
	out, err := s.terraform("apply", "-input=false", "-auto-approve", "-target=data.aws_secretsmanager_secret_versions.ml_prefect_api")
	if text := unwrapped(out); err == nil || !strings.Contains(text, "The secret two-teams-ml-prefect-api has no value") || !strings.Contains(text, "make put-secret-value STACK=two-teams WORKER=ml") {
		t.Errorf("got %v, want an error that says whose value is missing:\n%s", err, out)
	}
	s.putOwnValue("ml", "not-ones-key")
	s.apply()
	s.unchanged()
	if first, second := s.output("work_pool_variables"), s.output("ml_work_pool_variables"); !strings.Contains(second, ":role/two-teams-ml-flow-run") || strings.Contains(first, "-ml-") {
		t.Errorf("got the pools' variables\n%s\n%s\nwant each team's own", first, second)
	}
	s.destroy()
}
