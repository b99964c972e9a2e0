package config

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// worker is an environment whose worker has the given settings, one a line.
func worker(lines ...string) string {
	return "preset: readme\nworker:\n  " + strings.Join(lines, "\n  ") + "\n"
}

const (
	secretExample = "arn:aws:secretsmanager:us-east-1:123456789012:secret:slack-AbCdEf"
	keyExample    = "arn:aws:kms:us-east-1:123456789012:key/11111111-2222-3333-4444-555555555555"
	collector     = "openTelemetry: {image: \"aws-otel-collector:v0.43.3\", "
)

func TestWorker(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"takes a health check with AWS's limits", worker("healthCheck: {intervalSeconds: 5, timeoutSeconds: 2, retries: 1, startPeriodSeconds: 0}"), ""},
		{"rejects a health check beyond them", worker("healthCheck: {intervalSeconds: 301, timeoutSeconds: 1, retries: 11, startPeriodSeconds: 301}"),
			`dev.yaml:3: worker.healthCheck.intervalSeconds: got 301, want 5 to 300
dev.yaml:3: worker.healthCheck.timeoutSeconds: got 1, want 2 to 60
dev.yaml:3: worker.healthCheck.retries: got 11, want 1 to 10
dev.yaml:3: worker.healthCheck.startPeriodSeconds: got 301, want 0 to 300`},
		{"rejects an invalid health port", worker("environment:", "  PREFECT_WORKER_WEBSERVER_PORT: http"),
			`dev.yaml:4: worker.environment.PREFECT_WORKER_WEBSERVER_PORT: got "http", want a port from 1 to 65535`},
		{"rejects a stop timeout that Fargate does not wait for", worker("stopTimeoutSeconds: 121"), "dev.yaml:3: worker.stopTimeoutSeconds: got 121, want 2 to 120, or 0"},
		{"rejects an architecture Fargate does not have", worker("cpuArchitecture: arm64"), `dev.yaml:3: worker.cpuArchitecture: got "arm64", did you mean "ARM64"? (allowed: X86_64, ARM64)`},
		{"rejects a disk smaller than the free one", worker("ephemeralStorageGiB: 20"), "dev.yaml:3: worker.ephemeralStorageGiB: got 20, want 21 to 200, or 0"},
		{"rejects an old platform", worker("platformVersion: 1.3.0"), `dev.yaml:3: worker.platformVersion: got "1.3.0", did you mean "1.4.0"? (allowed: LATEST, 1.4.0)`},
		{"rejects a queue that reads as an option", worker("workQueues: [--help]"), `dev.yaml:3: worker.workQueues[0]: got "--help", want a work queue's name: not beginning with -, without / % & < >`},
		{"rejects a queue given twice", worker("workQueues: [a, a]"), `dev.yaml:3: worker.workQueues[1]: got "a" twice`},
		{"rejects a negative limit", worker("limit: -1"), "dev.yaml:3: worker.limit: got -1, want 0 to 2147483647"},
		{"rejects root", worker(`user: "0:1000"`), `dev.yaml:3: worker.user: got "0:1000", want a user other than root such as 1000:1000, or nothing to leave it to the image`},
		{"rejects an invalid user", worker("user: a b"), `dev.yaml:3: worker.user: got "a b", want a user, or user:group, by number or name, such as 1000:1000`},
		{"rejects packages that cannot be installed", worker("readonlyRootFilesystem: true", "environment:", "  EXTRA_PIP_PACKAGES: prefect-aws"),
			"dev.yaml:5: worker.environment.EXTRA_PIP_PACKAGES: set with readonlyRootFilesystem or user, want an image that has the packages: they cannot be installed as the container starts"},
		{"rejects a home that cannot be written to", worker("readonlyRootFilesystem: true", "environment:", "  PREFECT_HOME: /root/.prefect"),
			`dev.yaml:5: worker.environment.PREFECT_HOME: got "/root/.prefect" with readonlyRootFilesystem true, want a folder in /tmp: nothing else can be written to`},
		{"takes a home that can", worker("readonlyRootFilesystem: true", "environment:", "  PREFECT_HOME: /tmp/prefect"), ""},
		{"rejects ECS Exec into a read-only container", worker("readonlyRootFilesystem: true", "enableExecuteCommand: true"),
			"dev.yaml:4: worker.enableExecuteCommand: got true with readonlyRootFilesystem true, want one: the SSM agent of ECS Exec writes to the root file system"},
		{"rejects ECS Exec without a role", worker("permissions: none", "enableExecuteCommand: true"),
			"dev.yaml:4: worker.enableExecuteCommand: got true with permissions none, want a task role: the SSM agent of ECS Exec calls ssmmessages with it"},
		{"takes secrets and parameters", worker("secrets:", "  A: "+secretExample, `  B: "`+secretExample+`:token::"`, "  C: arn:aws-cn:ssm:cn-north-1:123456789012:parameter/a/b"), ""},
		{"rejects a secret's name", worker("secrets: {SLACK_TOKEN: slack}"), "dev.yaml:3: worker.secrets.SLACK_TOKEN: got a value that is not repeated here, as it may be a secret, want " + "a secret's whole ARN, arn:aws:secretsmanager:<region>:<12 digits>:secret:<name>-<6 characters>, or that with :json-key:stage:version, or a parameter's, arn:aws:ssm:<region>:<12 digits>:parameter/<name>"},
		{"rejects the key as any secret", worker("secrets:", "  PREFECT_API_KEY: "+secretExample), "dev.yaml:4: worker.secrets.PREFECT_API_KEY: set here, want the section secret: the task definition would have it twice"},
		{"rejects a variable given twice", worker("environment: {A: 1}", "secrets:", "  A: "+secretExample), "dev.yaml:5: worker.secrets.A: set in environment too, want one of them"},
		{"takes Spot with a base on demand", worker("type: ecs", "capacityProviderStrategy:", "  - {capacityProvider: FARGATE, base: 1}", "  - {capacityProvider: FARGATE_SPOT, weight: 3}"), ""},
		{"rejects two bases", worker("capacityProviderStrategy:", "  - {capacityProvider: FARGATE, base: 1}", "  - {capacityProvider: FARGATE_SPOT, base: 1, weight: 1}"),
			"dev.yaml:5: worker.capacityProviderStrategy[1].base: got 1, but entry 0 has a base already, want a base on one entry only"},
		{"rejects no weight", worker("capacityProviderStrategy:", "  - {capacityProvider: FARGATE, base: 1}"),
			"dev.yaml:3: worker.capacityProviderStrategy: got no weight above 0, want at least one: ECS starts no task beyond the base"},
		{"rejects one provider twice", worker("capacityProviderStrategy:", "  - {capacityProvider: FARGATE, weight: 1}", "  - {capacityProvider: FARGATE, weight: 1}"),
			`dev.yaml:5: worker.capacityProviderStrategy[1].capacityProvider: got "FARGATE" twice`},
		{"rejects flow runs on a task that AWS takes back", worker("type: process", "capacityProviderStrategy:", "  - {capacityProvider: FARGATE_SPOT, weight: 1}"),
			"dev.yaml:5: worker.capacityProviderStrategy[0].capacityProvider: got FARGATE_SPOT with type process, want FARGATE: flow runs inside the worker are lost when AWS reclaims the task"},
		{"rejects a deployment that can never move", worker("desiredCount: 1", "deployment: {minimumHealthyPercent: 50, maximumPercent: 100}"),
			"dev.yaml:4: worker.deployment: got minimumHealthyPercent 50 and maximumPercent 100, which with desiredCount 1 keep at least 1 and at most 1 tasks and never let one be replaced; want maximumPercent 200, or minimumHealthyPercent 0"},
		{"takes one that stops a task first", worker("desiredCount: 2", "deployment: {minimumHealthyPercent: 50, maximumPercent: 100}"), ""},
		{"rejects one that can never move once scaled in", worker("desiredCount: 2", "autoScaling: {minCapacity: 1, maxCapacity: 4, cpuTargetPercent: 60}", "deployment: {minimumHealthyPercent: 50, maximumPercent: 100}"),
			"dev.yaml:5: worker.deployment: got minimumHealthyPercent 50 and maximumPercent 100, which with autoScaling.minCapacity 1 keep at least 1 and at most 1 tasks and never let one be replaced; want maximumPercent 200, or minimumHealthyPercent 0"},
		{"rejects percents beyond AWS's", worker("deployment: {minimumHealthyPercent: 101, maximumPercent: 201}"),
			"dev.yaml:3: worker.deployment.minimumHealthyPercent: got 101, want 0 to 100\ndev.yaml:3: worker.deployment.maximumPercent: got 201, want 100 to 200"},
		{"rejects a breaker that is off and rolls back", worker("deployment: {circuitBreaker: {enable: false, rollback: true}}"),
			"dev.yaml:3: worker.deployment.circuitBreaker.rollback: got true with enable false: a breaker that is off rolls nothing back; set rollback: false, or enable: true"},
		{"rejects rebalancing without room", worker("availabilityZoneRebalancing: ENABLED", "desiredCount: 2", "deployment: {minimumHealthyPercent: 0, maximumPercent: 100}"),
			"dev.yaml:3: worker.availabilityZoneRebalancing: got ENABLED with deployment.maximumPercent 100, want more than 100: ECS moves a task by starting the new one first"},
		{"rejects tags of nothing", worker("propagateTags: CLUSTER"), `dev.yaml:3: worker.propagateTags: got "CLUSTER", want one of: SERVICE, TASK_DEFINITION, NONE`},
		{"takes a collector", worker(collector + "cpu: 64, memoryMiB: 256}"), ""},
		{"rejects a collector larger than its task", worker(collector + "cpu: 512, memoryMiB: 1024}"),
			"dev.yaml:3: worker.openTelemetry.cpu: got 512, want 0 to 511\ndev.yaml:3: worker.openTelemetry.memoryMiB: got 1024, want 6 to 1023"},
		{"rejects a collector without a role", worker("permissions: none", collector+"}"), "dev.yaml:4: worker.openTelemetry: set with permissions none, want a task role: the collector calls X-Ray and CloudWatch with it"},
		{"rejects a collector that nobody asks for its health", worker(collector + "configuration: \"service: {pipelines: {traces: {}}}\"}"),
			"dev.yaml:3: worker.openTelemetry.configuration: got no extensions.health_check, want it, and health_check in service.extensions: the container's health check asks it"},
		{"rejects a collector without pipelines", worker(collector + "configuration: \"service: {}\"}"), "dev.yaml:3: worker.openTelemetry.configuration: got no service.pipelines, want at least one"},
		{"rejects a collector's configuration that is no YAML", worker(collector + "configuration: \"[\"}"),
			"dev.yaml:3: worker.openTelemetry.configuration: got text that is not a collector's configuration, want YAML with service.pipelines"},
		{"rejects a worker named like its collector", worker("containerName: aws-otel-collector", collector+"}"),
			"dev.yaml:4: worker.openTelemetry: its container is named aws-otel-collector, which containerName is already; rename the worker's"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := load(t, map[string]string{"dev.yaml": tt.text}); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

func TestCluster(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"takes an existing cluster and log group", "preset: readme\ncluster: {existing: true}\nlogGroup: {existing: true}\n", ""},
		{"rejects settings of a cluster that exists", "preset: readme\ncluster: {existing: true, containerInsights: enabled, capacityProviders: [FARGATE]}\n",
			`dev.yaml:2: cluster.containerInsights: set with an existing cluster, want it where the cluster is created
dev.yaml:2: cluster.capacityProviders: set with an existing cluster, want it where the cluster is created`},
		{"rejects a key for a log group that exists", "preset: readme\nlogGroup:\n  existing: true\n  kmsKeyArn: " + keyExample + "\n", "dev.yaml:4: logGroup.kmsKeyArn: set with existing true, want it where the group is created"},
		{"rejects an alias of a key", "preset: readme\nlogGroup: {kmsKeyArn: alias/logs}\n", `dev.yaml:2: logGroup.kmsKeyArn: got "alias/logs", want a key's ARN, arn:aws:kms:<region>:<12 digits>:key/<id>; an alias is not accepted`},
		{"rejects a capacity provider of EC2", "preset: readme\ncluster: {capacityProviders: [mine]}\n", `dev.yaml:2: cluster.capacityProviders[0]: got "mine", want one of: FARGATE, FARGATE_SPOT`},
		{"rejects insights nobody knows", "preset: readme\ncluster: {containerInsights: on}\n", `dev.yaml:2: cluster.containerInsights: got "on", want one of: disabled, enabled, enhanced`},
		{"rejects a log of sessions without a place", "preset: readme\ncluster: {executeCommand: {}}\n", `dev.yaml:2: cluster.executeCommand.logging: missing, want one of: NONE, DEFAULT, OVERRIDE`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := load(t, map[string]string{"dev.yaml": tt.text}); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

func TestAdditionalWorkers(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"rejects a worker without a name", "preset: readme\nadditionalWorkers:\n  - workPool: ml\n", "dev.yaml:3: additionalWorkers[0].name: missing, want 1 to 200 letters, digits, _ or -, beginning with a letter"},
		{"rejects a name that begins no Terraform name", "preset: readme\nadditionalWorkers:\n  - name: 2nd\n",
			`dev.yaml:3: additionalWorkers[0].name: got "2nd", want 1 to 200 letters, digits, _ or -, beginning with a letter`},
		{"rejects one name twice", "preset: readme\nadditionalWorkers:\n  - name: ml\n  - name: ml\n    serviceName: a\n    family: a\n    logStreamPrefix: a\n",
			`dev.yaml:4: additionalWorkers[1].name: got "ml", which additionalWorkers[0] has already`},
		{"rejects the first worker's service", "preset: readme\nadditionalWorkers:\n  - name: ml\n    serviceName: dev-worker\n",
			`dev.yaml:4: additionalWorkers[0].serviceName: got "dev-worker", which worker has already`},
		{"rejects an unknown setting", "preset: readme\nadditionalWorkers:\n  - name: ml\n    memory: 1\n", `dev.yaml:4: additionalWorkers[0].memory: unknown setting, did you mean "memoryMiB"?`},
		{"checks what is left out beside what is not", "preset: readme\nadditionalWorkers:\n  - name: ml\n    cpu: 2048\n",
			"dev.yaml:3: additionalWorkers[0].memoryMiB: got 1024, want 4096 to 16384 in steps of 1024 for cpu 2048"},
		{"reports an inherited fault once", worker("cpu: 1") + "additionalWorkers:\n  - name: ml\n  - name: etl\n    cpu: 2\n",
			`dev.yaml:3: worker.cpu: got 1, want one of [256 512 1024 2048 4096 8192 16384]
dev.yaml:7: additionalWorkers[1].cpu: got 2, want one of [256 512 1024 2048 4096 8192 16384]`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := load(t, map[string]string{"dev.yaml": tt.text}); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

func TestAdditionalWorkersLayOverTheFirst(t *testing.T) {
	c, err := load(t, map[string]string{"dev.yaml": worker("healthCheck: {retries: 5}", "environment: {A: first, B: first}", "secrets:", `  T: "`+secretExample+`:token::"`) +
		"additionalWorkers:\n  - name: ml\n    workPool: ml-pool\n    image: ml:1\n    environment: {A: second}\n    healthCheck: {retries: 2}\n    secrets:\n      P: arn:aws:ssm:us-east-1:123456789012:parameter/p\n" +
		"  - name: etl\n    healthCheck: null\n    enableExecuteCommand: true\n"})
	if err != "" {
		t.Fatal(err)
	}
	e := c.Environments[0]
	first, ml, etl := e.Workers()[0], e.Workers()[1], e.Workers()[2]
	if got := first.Worker; got.Environment["A"] != "first" || got.HealthCheck.Retries != 5 || got.HealthCheck.IntervalSeconds != 30 {
		t.Errorf("the first worker was changed: %+v %+v", got, got.HealthCheck)
	}
	if got := ml.Worker; got.ServiceName != "ml" || got.LogStreamPrefix != "ml" || got.Environment["A"] != "second" || got.Environment["B"] != "first" || got.HealthCheck.Retries != 2 || got.CPU != first.Worker.CPU {
		t.Errorf("got %+v", got)
	}
	if etl.Worker.HealthCheck != nil {
		t.Error("null does not turn the first worker's health check off")
	}
	resolved := e.Resolve().Workers()
	if ml.WorkPool != "ml-pool" || resolved[1].WorkPool != "ml-pool" || resolved[1].Image != "ml:1" || resolved[1].DesiredCount.Expression != "${var.desired_count}" {
		t.Errorf("a variable exposes what ml has of its own, or not what it left out: %+v", resolved[1])
	}
	if resolved[2].Image != "${var.container_image}" || resolved[0].Image != "${var.container_image}" || resolved[2].WorkPool != "${var.work_pool_name}" {
		t.Error("ml's own image took the variable from the others")
	}
	want := map[string][]string{"secretsmanager": {secretExample}, "ssm": {"arn:aws:ssm:us-east-1:123456789012:parameter/p"}}
	if got := e.Resolve().SecretARNs[""]; !reflect.DeepEqual(got, want) {
		t.Errorf("SecretARNs: got %v, want %v", got, want)
	}
	if first.EnableExecuteCommand || ml.EnableExecuteCommand || !etl.EnableExecuteCommand {
		t.Error("want ECS Exec for etl alone")
	}
}

// TestAlarmNames: alarms that roll back are one worker's, and those that this
// stack makes itself are not there at the first apply.
func TestAlarmNames(t *testing.T) {
	c, err := load(t, map[string]string{"dev.yaml": `preset: readme
monitoring:
  alarms: {cpu: {}, errorLines: {}}
worker:
  deployment:
    circuitBreaker: {enable: true}
    alarmNames: [theirs, prefect-cluster-dev-worker-cpu, prefect-cluster-dev-worker-memory, prefect-cluster-error-lines]
additionalWorkers:
  - name: inherits
  - name: bare
    deployment: {minimumHealthyPercent: 50}
  - name: own
    deployment: {alarmNames: [prefect-cluster-own-cpu]}
`})
	if err != "" {
		t.Fatal(err)
	}
	var names [][]string
	for _, v := range c.Environments[0].Workers()[1:] {
		if v.Worker.Deployment.CircuitBreaker == nil {
			t.Errorf("%s lost the first worker's circuit breaker", v.ID)
		}
		names = append(names, v.Worker.Deployment.AlarmNames)
	}
	if got, want := fmt.Sprint(names), "[[] [] [prefect-cluster-own-cpu]]"; got != want {
		t.Errorf("additional workers' alarmNames: got %s, want %s", got, want)
	}
	const why = " is an alarm of this stack's own monitoring: on the first apply it does not exist yet and has no data; name it from the second apply on"
	want := []string{
		"dev.yaml:7: worker.deployment.alarmNames[1]: prefect-cluster-dev-worker-cpu" + why,
		"dev.yaml:7: worker.deployment.alarmNames[3]: prefect-cluster-error-lines" + why,
		"dev.yaml:13: additionalWorkers[2].deployment.alarmNames[0]: prefect-cluster-own-cpu" + why,
	}
	var got []string
	for _, w := range warningsOf(c) {
		if strings.Contains(w, "alarmNames") {
			got = append(got, w)
		}
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestWorkerWarnings(t *testing.T) {
	c, err := load(t, map[string]string{"dev.yaml": `preset: readme
securityGroup: {ingress: []}
cluster: {existing: true}
terraform: {variables: {create_secret: "", desired_count: "", prefect_api_key: "", prefect_secret_arn: ""}}
secret: {arn: "` + secretExample + `"}
worker:
  image: prefecthq/prefect:3.8.8
  desiredCount: 1
  capacityProviderStrategy:
    - {capacityProvider: FARGATE, base: 1, weight: 1}
    - {capacityProvider: FARGATE_SPOT, weight: 1}
additionalWorkers:
  - name: idle
    type: ecs
    image: prefecthq/prefect:3-latest
    desiredCount: 0
    capacityProviderStrategy: []
prefect: {apiUrl: "http://prefect.internal:4200/api"}
`})
	if err != "" {
		t.Fatal(err)
	}
	want := []string{
		"dev.yaml:9: worker.capacityProviderStrategy: FARGATE_SPOT with the work pool's own type: of a process pool, flow runs are lost when AWS reclaims the task; set worker.type: ecs",
		"dev.yaml:6: worker.stopTimeoutSeconds: less than the two minutes that Fargate Spot gives a worker to end; set 120",
		"dev.yaml:9: worker.capacityProviderStrategy: the base covers all of desiredCount 1, so FARGATE_SPOT is never used",
		"dev.yaml:9: worker.capacityProviderStrategy: the existing cluster prefect-cluster must have these capacity providers already, or ECS refuses the service",
		"dev.yaml:15: additionalWorkers[0].image: the tag 3-latest can change under a running service; pin a version or a digest",
		"dev.yaml:15: additionalWorkers[0].image: prefecthq/prefect:3-latest does not contain prefect-aws, so a worker of type ecs exits at start; use prefecthq/prefect-aws, or set additionalWorkers[0].environment.EXTRA_PIP_PACKAGES",
		"dev.yaml:16: additionalWorkers[0].desiredCount: 0: the service runs no worker, and its pool's flow runs stay scheduled",
		"dev.yaml:13: additionalWorkers[0].permissions: got task-execution-role, which does not allow ecs:RunTask: a worker of type ecs starts flow runs with that action; set least-privilege, unless the role gets it from elsewhere",
	}
	got := warningsOf(c)
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestFlowRunStrategy: where flow runs run, and who tells the work pool.
func TestFlowRunStrategy(t *testing.T) {
	const told = "terraform: {outputs: [work_pool_variables]}\nworker: {type: ecs}\n"
	for _, tt := range []struct{ name, text, want string }{
		{"takes Spot for flow runs", "flowRunCapacityProviderStrategy: [{capacityProvider: FARGATE_SPOT, weight: 1}]\n" + told, ""},
		{"rejects it where no pool learns of it", "flowRunCapacityProviderStrategy: [{capacityProvider: FARGATE_SPOT, weight: 1}]\nworker: {type: ecs}\n",
			"dev.yaml:2: flowRunCapacityProviderStrategy: set, but no work pool gets it; set prefect.workPoolManagement: true, or add work_pool_variables to terraform.outputs and put it into the pool"},
		{"rejects it for flow runs inside the worker", "flowRunCapacityProviderStrategy: [{capacityProvider: FARGATE, weight: 1}]\nworker: {type: process}\n",
			"dev.yaml:2: flowRunCapacityProviderStrategy: set, but a worker of type process runs flows in its own task; want worker.capacityProviderStrategy, or worker.type: ecs"},
		{"rejects flow runs without a weight", "flowRunCapacityProviderStrategy: [{capacityProvider: FARGATE, base: 1}, {capacityProvider: FARGATE}]\n" + told,
			`dev.yaml:2: flowRunCapacityProviderStrategy[1].capacityProvider: got "FARGATE" twice
dev.yaml:2: flowRunCapacityProviderStrategy: got no weight above 0, want at least one: ECS starts no task beyond the base`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := load(t, map[string]string{"dev.yaml": "preset: readme\n" + tt.text}); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
	c, problem := load(t, map[string]string{"dev.yaml": "preset: readme\ncluster: {existing: true}\nflowRunCapacityProviderStrategy: [{capacityProvider: FARGATE, base: 1, weight: 1}, {capacityProvider: FARGATE_SPOT, weight: 3}]\n" + told})
	if problem != "" {
		t.Fatal(problem)
	}
	got := strings.Join(warningsOf(c), "\n")
	for _, want := range []string{
		"dev.yaml:3: flowRunCapacityProviderStrategy[0].base: got 1, and each flow run is one RunTask call with one task, which the base covers: the other providers may never be used; set base: 0",
		"dev.yaml:3: flowRunCapacityProviderStrategy: the existing cluster prefect-cluster must have these capacity providers already, or ECS refuses the flow runs",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no %s in:\n%s", want, got)
		}
	}
}
