package config

import (
	"strings"
	"testing"
)

// sidecars is an environment whose worker has these, one a line.
func sidecars(lines ...string) string {
	return worker(append([]string{"sidecars:"}, indented(lines)...)...)
}

func indented(lines []string) []string {
	var all []string
	for _, l := range lines {
		all = append(all, "  "+l)
	}
	return all
}

func TestSidecars(t *testing.T) {
	const agent = "- {name: agent, image: agent:1"
	for _, tt := range []struct{ name, text, want string }{
		{"takes a sidecar", sidecars(agent + "}"), ""},
		{"takes everything of one", sidecars("- name: agent", "  image: agent:1", "  entryPoint: [/agent]", "  command: [run]", "  environment: {A: \"{stack}\"}",
			"  secrets: {KEY: "+secretExample+"}", "  essential: true", "  healthCheck: {command: [CMD-SHELL, agent health]}", "  cpu: 128", "  memoryMiB: 256", "  memoryReservationMiB: 128",
			"  stopTimeoutSeconds: 30", "  user: root", "  readonlyRootFilesystem: true", "  dependsOn: [{containerName: dev-worker, condition: START}]"), ""},
		{"takes an init container", worker("dependsOn: [{containerName: init, condition: SUCCESS}]", "sidecars: [{name: init, image: \"init:1\"}]"), ""},
		{"rejects a sidecar without an image", sidecars("- name: agent"), "dev.yaml:4: worker.sidecars[0].image: missing, want an image such as 123456789012.dkr.ecr.us-east-1.amazonaws.com/flows:1.4.2"},
		{"rejects one name twice", sidecars(agent+"}", agent+"}"), `dev.yaml:5: worker.sidecars[1].name: got "agent" twice`},
		{"rejects the worker's name", sidecars("- {name: dev-worker, image: agent:1}"), `dev.yaml:4: worker.sidecars[0].name: got "dev-worker", which is a container of the task already, want another name`},
		{"rejects a name that a setting's container has", sidecars("- {name: prepare-work-pool, image: agent:1}"), `dev.yaml:4: worker.sidecars[0].name: got "prepare-work-pool", which is a container of the task already, want another name`},
		{"rejects the collector's name", worker(collector+"}", "sidecars: [{name: aws-otel-collector, image: \"agent:1\"}]"), `dev.yaml:4: worker.sidecars[0].name: got "aws-otel-collector", which is a container of the task already, want another name`},
		{"takes a sidecar with the collector's name", sidecars("- {name: aws-otel-collector, image: agent:1}"), ""},
		{"rejects more cpu than the task has", worker(collector+"cpu: 256}", "sidecars:", "  - {name: a, image: \"a:1\", cpu: 128}", "  - {name: b, image: \"b:1\", cpu: 128}"),
			"dev.yaml:6: worker.sidecars[1].cpu: got 128, which the containers before it make 512, want less than worker.cpu 512 in all: the worker needs some"},
		{"rejects more memory than the task has", sidecars("- {name: a, image: \"a:1\", memoryMiB: 900, memoryReservationMiB: 512}", "- {name: b, image: \"b:1\", memoryMiB: 512}"),
			"dev.yaml:5: worker.sidecars[1].memoryMiB: got 512 reserved, which the containers before it make 1024, want less than worker.memoryMiB 1024 in all: the worker needs some"},
		{"rejects a reservation above the limit", sidecars(agent + ", memoryMiB: 128, memoryReservationMiB: 256}"),
			"dev.yaml:4: worker.sidecars[0].memoryReservationMiB: got 256 above memoryMiB 128, want at most that"},
		{"rejects memory that Docker does not give", sidecars(agent + ", memoryMiB: 5}"), "dev.yaml:4: worker.sidecars[0].memoryMiB: got 5, want 6 to 122879, or 0"},
		{"rejects a sidecar that waits longer than Fargate", sidecars(agent + ", stopTimeoutSeconds: 121}"), "dev.yaml:4: worker.sidecars[0].stopTimeoutSeconds: got 121, want 2 to 120, or 0"},
		{"rejects a key that everybody can read", sidecars(agent + ", environment: {aws_secret_access_key: x}}"),
			"dev.yaml:4: worker.sidecars[0].environment.aws_secret_access_key: set here, want secrets, or the task role's permissions: task definitions are readable by everyone who may describe them"},
		{"rejects a sidecar's variable given twice", sidecars(agent + ", environment: {A: 1}, secrets: {A: " + secretExample + "}}"), "dev.yaml:4: worker.sidecars[0].secrets.A: set in environment too, want one of them"},
		{"rejects a health check of no command", sidecars(agent + ", healthCheck: {}}"), "dev.yaml:4: worker.sidecars[0].healthCheck.command: got [], want a list that begins with CMD or CMD-SHELL, such as [CMD-SHELL, curl -f http://localhost/health]"},
		{"rejects a health check of two lines", sidecars(agent + ", healthCheck: {command: [CMD-SHELL, a, b]}}"),
			`dev.yaml:4: worker.sidecars[0].healthCheck.command: got ["CMD-SHELL" "a" "b"], want the words of a command after CMD, or one line after CMD-SHELL`},
		{"rejects a dependency on nothing", worker("dependsOn: [{containerName: agnet, condition: START}]", "sidecars: [{name: agent, image: \"agent:1\"}]"),
			`dev.yaml:3: worker.dependsOn[0].containerName: got "agnet", did you mean "agent"? (allowed: agent)`},
		{"rejects a dependency on itself", sidecars(agent + ", dependsOn: [{containerName: agent, condition: START}]}"),
			"dev.yaml:4: worker.sidecars[0].dependsOn: got containers that wait for each other: agent → agent; want an order in which they can start"},
		{"rejects a dependency twice", worker("dependsOn: [{containerName: agent, condition: START}, {containerName: agent, condition: COMPLETE}]", "sidecars: [{name: agent, image: \"agent:1\"}]"),
			`dev.yaml:3: worker.dependsOn[1].containerName: got "agent" twice`},
		{"rejects a condition of its own", worker("dependsOn: [{containerName: agent, condition: started}]", "sidecars: [{name: agent, image: \"agent:1\"}]"),
			`dev.yaml:3: worker.dependsOn[0].condition: got "started", did you mean "START"? (allowed: START, COMPLETE, SUCCESS, HEALTHY)`},
		{"rejects a wait for health that nobody checks", worker("dependsOn: [{containerName: agent, condition: HEALTHY}]", "sidecars: [{name: agent, image: \"agent:1\"}]"),
			"dev.yaml:3: worker.dependsOn[0].condition: got HEALTHY, but agent has no healthCheck, want one in it, or START"},
		{"rejects a wait for the end of the task", worker("dependsOn: [{containerName: agent, condition: COMPLETE}]", "sidecars: [{name: agent, image: \"agent:1\", essential: true}]"),
			"dev.yaml:3: worker.dependsOn[0].condition: got COMPLETE, but agent is essential, whose end ends the task; want essential false in it, or START"},
		{"rejects containers that wait for each other", worker("dependsOn: [{containerName: a, condition: START}]", "sidecars:", "  - {name: a, image: \"a:1\", dependsOn: [{containerName: b, condition: START}]}", "  - {name: b, image: \"b:1\", dependsOn: [{containerName: a, condition: START}]}"),
			"dev.yaml:5: worker.sidecars[0].dependsOn: got containers that wait for each other: a → b → a; want an order in which they can start"},
		{"rejects more containers than a task has", "preset: readme\nprefect: {workPoolManagement: true}\nworker:\n  image: prefecthq/prefect-aws:0.7.12-python3.12-prefect3.9.1\n  type: process\n  sidecars:\n" +
			many(9), "dev.yaml:6: worker.sidecars: got 9, which with the worker's container and those that other settings add are 11, want at most 10 containers in a task"},
		{"takes as many as a task has", "preset: readme\nworker:\n  sidecars:\n" + many(9), ""},

		{"takes a shared volume", worker("volumes: [{name: data}]", "mountPoints: [{sourceVolume: data, containerPath: /data, readOnly: true}]", "sidecars: [{name: a, image: \"a:1\", mountPoints: [{sourceVolume: data, containerPath: /out}]}]"), ""},
		{"rejects a mount of no volume", worker("volumes: [{name: data}]", "mountPoints: [{sourceVolume: data, containerPath: /data}, {sourceVolume: date, containerPath: /date}]"),
			`dev.yaml:4: worker.mountPoints[1].sourceVolume: got "date", want one of worker.volumes: [data]`},
		{"rejects two volumes at one path", worker("volumes: [{name: a}, {name: b}]", "mountPoints: [{sourceVolume: a, containerPath: /data}, {sourceVolume: b, containerPath: /data/}]"),
			`dev.yaml:4: worker.mountPoints[1].containerPath: got "/data/", where the container has a volume already, want another folder`},
		{"rejects a volume over the writable one", worker("readonlyRootFilesystem: true", "volumes: [{name: a}]", "mountPoints: [{sourceVolume: a, containerPath: /tmp}]"),
			`dev.yaml:5: worker.mountPoints[0].containerPath: got "/tmp", where the container has a volume already, want another folder`},
		{"rejects a relative path", worker("volumes: [{name: a}]", "mountPoints: [{sourceVolume: a, containerPath: data}]"),
			`dev.yaml:4: worker.mountPoints[0].containerPath: got "data", want the absolute path of a folder such as /data, not /`},
		{"rejects one volume twice", worker("volumes: [{name: a}, {name: a}]", "mountPoints: [{sourceVolume: a, containerPath: /data}]"), `dev.yaml:3: worker.volumes[1].name: got "a" twice`},
		{"rejects the name of the writable volume", worker("volumes: [{name: tmp}]", "mountPoints: [{sourceVolume: tmp, containerPath: /data}]"), `dev.yaml:3: worker.volumes[0].name: got "tmp", which readonlyRootFilesystem creates, want another name`},
		{"rejects a volume that nobody mounts", worker("volumes: [{name: a}]"), `dev.yaml:3: worker.volumes[0].name: got "a", which no container mounts, want it in mountPoints of the worker or of a sidecar`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := load(t, map[string]string{"dev.yaml": tt.text}); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

// many are n sidecars.
func many(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString("    - {name: s" + string(rune('a'+i)) + ", image: s:1}\n")
	}
	return b.String()
}

func TestLogConfiguration(t *testing.T) {
	const router = "sidecars: [{name: router, image: \"router:1\", firelensConfiguration: {options: {enable-ecs-log-metadata: \"true\"}}}]"
	for _, tt := range []struct{ name, text, want string }{
		{"takes a buffer", worker("logConfiguration: {options: {mode: non-blocking, max-buffer-size: 25m, awslogs-multiline-pattern: ^ERROR}}"), ""},
		{"takes a log router", worker("logConfiguration: {logDriver: awsfirelens, options: {Name: datadog, Host: example.com}, secretOptions: {apikey: "+secretExample+"}}", router), ""},
		{"takes splunk", worker("logConfiguration: {logDriver: splunk, options: {splunk-url: \"https://splunk.example.com\"}, secretOptions: {splunk-token: " + secretExample + "}}"), ""},
		{"rejects a driver that Fargate does not have", worker("logConfiguration: {logDriver: fluentd}"), `dev.yaml:3: worker.logConfiguration.logDriver: got "fluentd", want one of: awslogs, awsfirelens, splunk`},
		{"rejects another log group", worker("logConfiguration: {options: {awslogs-group: /x}}"), "dev.yaml:3: worker.logConfiguration.options.awslogs-group: set here, want logGroup: it is the stack's log group that the task execution role writes to"},
		{"rejects an option that awslogs does not have", worker("logConfiguration: {options: {tag: x}}"),
			"dev.yaml:3: worker.logConfiguration.options.tag: set with logDriver awslogs, want one of: awslogs-datetime-format, awslogs-multiline-pattern, max-buffer-size, mode"},
		{"rejects an invalid mode", worker("logConfiguration: {options: {mode: nonblocking}}"), `dev.yaml:3: worker.logConfiguration.options.mode: got "nonblocking", did you mean "non-blocking"? (allowed: blocking, non-blocking)`},
		{"rejects an invalid size", worker("logConfiguration: {options: {max-buffer-size: 25 MiB}}"), `dev.yaml:3: worker.logConfiguration.options.max-buffer-size: got "25 MiB", want a size such as 25m`},
		{"rejects a buffer that is never used", worker("logConfiguration: {options: {mode: blocking, max-buffer-size: 25m}}"), "dev.yaml:3: worker.logConfiguration.options.max-buffer-size: set with mode blocking, want mode non-blocking, which has a buffer"},
		{"rejects secrets for awslogs", worker("logConfiguration: {secretOptions: {token: " + secretExample + "}}"), "dev.yaml:3: worker.logConfiguration.secretOptions: set with logDriver awslogs, which has none, want awsfirelens or splunk"},
		{"rejects splunk without an address", worker("logConfiguration: {logDriver: splunk}"),
			"dev.yaml:3: worker.logConfiguration.options: got no splunk-url with logDriver splunk, want the address of its HTTP event collector\ndev.yaml:3: worker.logConfiguration.secretOptions: got no splunk-token with logDriver splunk, want the ARN of a secret with it"},
		{"rejects a token that everybody can read", worker("logConfiguration: {logDriver: splunk, options: {splunk-url: \"https://splunk.example.com\", splunk-token: x}, secretOptions: {a: " + secretExample + "}}"),
			"dev.yaml:3: worker.logConfiguration.options.splunk-token: set here, want secretOptions: task definitions are readable by everyone who may describe them\ndev.yaml:3: worker.logConfiguration.secretOptions: got no splunk-token with logDriver splunk, want the ARN of a secret with it"},
		{"rejects an option given twice", worker("logConfiguration: {logDriver: awsfirelens, options: {apikey: x}, secretOptions: {apikey: "+secretExample+"}}", router),
			"dev.yaml:3: worker.logConfiguration.secretOptions.apikey: set in options too, want one of them"},
		{"rejects a token instead of its ARN", worker("logConfiguration: {logDriver: awsfirelens, secretOptions: {apikey: 0123}}", router),
			"dev.yaml:3: worker.logConfiguration.secretOptions.apikey: got a value that is not repeated here, as it may be a secret, want a secret's whole ARN, arn:aws:secretsmanager:<region>:<12 digits>:secret:<name>-<6 characters>, or that with :json-key:stage:version, or a parameter's, arn:aws:ssm:<region>:<12 digits>:parameter/<name>"},
		{"rejects a log router that is not there", worker("logConfiguration: {logDriver: awsfirelens}"), "dev.yaml:3: worker.logConfiguration.logDriver: got awsfirelens without a log router, want a sidecar with firelensConfiguration"},
		{"rejects two log routers", sidecars("- {name: a, image: \"a:1\", firelensConfiguration: {}}", "- {name: b, image: \"b:1\", firelensConfiguration: {type: fluentd}}"),
			"dev.yaml:5: worker.sidecars[1].firelensConfiguration: set, but a is the task's log router already, want one"},
		{"rejects a log router's file in S3", sidecars("- {name: a, image: \"a:1\", firelensConfiguration: {options: {config-file-type: s3}}}"),
			`dev.yaml:4: worker.sidecars[0].firelensConfiguration.options.config-file-type: got "s3", want file: Fargate reads none from S3; build an image that has the file`},
		{"rejects a log router that logs to itself", sidecars("- {name: a, image: \"a:1\", firelensConfiguration: {}, logConfiguration: {logDriver: awsfirelens}}"),
			"dev.yaml:4: worker.sidecars[0].logConfiguration.logDriver: got awsfirelens for the log router itself, want awslogs: its own output would go round in a circle"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := load(t, map[string]string{"dev.yaml": tt.text}); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

func TestSidecarsOfAdditionalWorkers(t *testing.T) {
	first := worker("sidecars: [{name: agent, image: \"agent:1\", secrets: {KEY: "+secretExample+"}}]") +
		"additionalWorkers:\n  - name: ml\n    workPool: ml\n    taskExecutionRole: {name: ml-execution}\n"
	const want = "dev.yaml:5: additionalWorkers[0].sidecars: left out with its own taskExecutionRole, which cannot read the secrets of the first worker's; want its own, or none: []"
	if _, got := load(t, map[string]string{"dev.yaml": first}); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	c, err := load(t, map[string]string{"dev.yaml": first + "    sidecars: [{name: own, image: \"own:1\", secrets: {OWN: " + strings.Replace(secretExample, "slack", "own", 1) + "}}]\n  - name: shares\n"})
	if err != "" {
		t.Fatal(err)
	}
	e := c.Environments[0]
	if got := e.Workers()[2].Sidecars; len(got) != 1 || got[0].Name != "agent" {
		t.Errorf("got %v, want the first worker's", got)
	}
	got := e.Resolve().SecretARNs
	if len(got[""]["secretsmanager"]) != 1 || !strings.Contains(got[""]["secretsmanager"][0], ":slack-") || len(got["ml"]["secretsmanager"]) != 1 || !strings.Contains(got["ml"]["secretsmanager"][0], ":own-") {
		t.Errorf("got %v, want each role to read what its own containers have", got)
	}
}

func TestSidecarWarnings(t *testing.T) {
	c, err := load(t, map[string]string{"dev.yaml": `preset: readme
monitoring: {alarms: {errorLines: {}}}
worker:
  logConfiguration: {logDriver: awsfirelens, options: {apikey: x}}
  sidecars:
    - name: agent
      image: agent:latest
      environment: {DD_API_KEY: x, DD_SITE: y}
      firelensConfiguration: {}
`})
	if err != "" {
		t.Fatal(err)
	}
	want := []string{
		"dev.yaml:4: worker.logConfiguration: awsfirelens sends the worker's output past the log group, where monitoring.alarms.errorLines and noLogLines count lines",
		"dev.yaml:4: worker.logConfiguration.options.apikey: looks like a credential, which everybody who may describe the task definition could read; pass it with secretOptions",
		"dev.yaml:7: worker.sidecars[0].image: the tag latest can change under a running service; pin a version or a digest",
		"dev.yaml:8: worker.sidecars[0].environment.DD_API_KEY: looks like a credential, which everybody who may describe the task definition could read; pass it with secrets",
	}
	var got []string
	for _, w := range warningsOf(c) {
		if strings.Contains(w, "worker.logConfiguration") || strings.Contains(w, "worker.sidecars") {
			got = append(got, w)
		}
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
