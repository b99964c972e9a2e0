package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const aKey = "pnu_0123456789abcdefghij"

// TestSecretsAreNotRepeated: a key that was put into the wrong place is refused
// and stays out of the error.
func TestSecretsAreNotRepeated(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"as the section", "secret: " + aKey + "\n", "dev.yaml:2: secret: got a value that is not repeated here, as it may be a secret, want a mapping with: create, name"},
		{"as the section, without a prefix", "secret: hunter2\n", "dev.yaml:2: secret: got a value that is not repeated here, as it may be a secret, want a mapping with: create, name"},
		{"as an ARN", "secret:\n  arn: hunter2\n", "dev.yaml:3: secret.arn: got a value that is not repeated here, as it may be a secret, want a secret's whole ARN"},
		{"as a choice", "secret:\n  create: hunter2\n", "dev.yaml:3: secret.create: got a value that is not repeated here, as it may be a secret, want true or false"},
		{"as a setting's name", "secret:\n  " + aKey + ": x\n", "dev.yaml:3: secret.(a Prefect API key): unknown setting"},
		{"as a worker's secret", "worker:\n  secrets:\n    TOKEN: hunter2\n", "dev.yaml:4: worker.secrets.TOKEN: got a value that is not repeated here, as it may be a secret, want a secret's whole ARN"},
		{"in a list of workers", "additionalWorkers:\n  - name: ml\n    secrets: {TOKEN: hunter2}\n", "dev.yaml:4: additionalWorkers[0].secrets.TOKEN: got a value that is not repeated here, as it may be a secret"},
		{"anywhere else", "worker:\n  environment:\n    ANYTHING: Bearer " + aKey + "\n", "dev.yaml:4: worker.environment.ANYTHING: got a value with a Prefect API key in it, want none: a secret must never be in a file"},
		{"in broken YAML", "worker: [" + aKey + "\n", "dev.yaml:2: not YAML"},
		{"as the variable in lower case", "worker:\n  environment:\n    prefect_api_key: x\n", "dev.yaml:4: worker.environment.prefect_api_key: set here, want the secret: task definitions are readable"},
		{"of AWS", "worker:\n  environment:\n    AWS_SECRET_ACCESS_KEY: hunter2\n", "dev.yaml:4: worker.environment.AWS_SECRET_ACCESS_KEY: set here, want the task role's permissions: task definitions are readable"},
		{"in the API's URL", "prefect:\n  apiUrl: https://me:hunter2@prefect.internal/api\n", "dev.yaml:3: prefect.apiUrl: got a value that is not repeated here, as it may be a secret, want an address without user and password"},
		{"in a subscription", "monitoring:\n  topic: {subscriptions: [\"https://me:hunter2@example.com/x\"]}\n  dashboard: x\n", "dev.yaml:3: monitoring.topic.subscriptions[0]: got a value that is not repeated here, as it may be a secret, want an address without user and password"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			_, got := load(t, map[string]string{"dev.yaml": "preset: readme\n" + tt.text})
			if !strings.HasPrefix(got, tt.want) {
				t.Errorf("got:\n%s\nwant it to begin with:\n%s", got, tt.want)
			}
			if strings.Contains(got, aKey) || strings.Contains(got, "hunter2") {
				t.Errorf("the error repeats the secret:\n%s", got)
			}
		})
	}
}

// TestHostile is what AWS, Prefect, Terraform or CDKTF refuses or loses.
func TestHostile(t *testing.T) {
	const scheduled = "worker:\n  autoScaling:\n    minCapacity: 1\n    maxCapacity: 4\n    scheduledActions: [{name: \"%s\", schedule: rate(1 day), minCapacity: 2}]\n"
	const collector = "  permissions: least-privilege\n  type: ecs\n"
	long := strings.Repeat("x", 64)
	for _, tt := range []struct{ name, text, want string }{
		// Lost or mistaken by CDKTF.
		{"a tag that JavaScript loses", "tags: {__proto__: x}\n", "dev.yaml:2: tags.__proto__: got a name that JavaScript, in which CDKTF is written, reserves; want another"},
		{"a tag without a name", "tags: {~: x}\n", "dev.yaml:2: tags.?: got a key that is not text, want a name; quote it if you mean it"},
		{"a stack named like a property of every object", "stack: constructor\n", `dev.yaml:2: stack: got "constructor", want another name: JavaScript, in which CDKTF is written, reserves this one`},
		{"another such stack", "stack: toString\n", `dev.yaml:2: stack: got "toString", want another name: JavaScript, in which CDKTF is written, reserves this one`},
		{"a list token of CDKTF", "worker:\n  environment: {A: \"#{TfToken[TOKEN.0]}\"}\n", `dev.yaml:3: worker.environment.A: got "#{TfToken[TOKEN.0]}", want text without {TfToken[, which CDKTF treats as its own`},
		{"binary text", "worker:\n  environment: {A: !!binary aGk=}\n", `dev.yaml:3: worker.environment.A: got "aGk=", want text`},
		{"a tag of somebody's own", "worker:\n  environment: {A: !mine x}\n", `dev.yaml:3: worker.environment.A: got "x", want text`},
		{"a control character", "worker:\n  environment: {A: \"a\\0b\"}\n", `dev.yaml:3: worker.environment.A: got "a\x00b", want text without control characters`},

		// Zero is a value.
		{"an alarm's threshold of 0", "monitoring: {alarms: {cpu: {threshold: 0}}}\n", "dev.yaml:2: monitoring.alarms.cpu.threshold: got 0, want 1 to 1000000"},
		{"no datapoints", "monitoring: {alarms: {cpu: {datapointsToAlarm: 0}}}\n", "dev.yaml:2: monitoring.alarms.cpu.datapointsToAlarm: got 0, want 1 to 3"},
		{"a queue that hides nothing", "crashEvents: {queueName: q, visibilityTimeoutSeconds: 0}\n", "dev.yaml:2: crashEvents.visibilityTimeoutSeconds: got 0, want 1 to 43200"},
		{"no choice", "network: {natGateways: \"\"}\n", `dev.yaml:2: network.natGateways: got "", want one of: single, per-availability-zone, none`},
		{"no statistic", "worker:\n  autoScaling: {minCapacity: 1, maxCapacity: 2, queueDepth: {namespace: P, metricName: L, targetValue: 1, statistic: \"\"}}\n",
			`dev.yaml:3: worker.autoScaling.queueDepth.statistic: got "", want one of: Average, Maximum, Minimum, Sum, SampleCount`},

		// Braces where none are replaced.
		{"braces in a pool's name", "prefect: {workPool: \"{stack}\"}\n", `dev.yaml:2: prefect.workPool: got "{stack}", want no {stack}: braces are not replaced in this setting; write out what is meant`},

		// Refused by AWS.
		{"tag keys that differ in case alone", "tags: {Team: a, team: b}\n", `dev.yaml:2: tags.team: got "Team" and "team", which differ only in case: IAM treats them as one key; remove one`},
		{"two roles of one name", "worker:\n" + collector + "taskRole: {name: Prefect-Task-Execution-Role}\n",
			`dev.yaml:5: taskRole.name: got "Prefect-Task-Execution-Role", the name of taskExecutionRole.name too; AWS allows one role of a name, want another`},
		{"two log groups of one name", "network: {flowLogs: {logGroupName: \"/ecs/{cluster.name}/dev-worker\"}}\n",
			`dev.yaml:2: network.flowLogs.logGroupName: got "/ecs/{cluster.name}/dev-worker", the name of logGroup.name too; AWS allows one log group of a name, want another`},
		{"two security groups of one name", "network: {endpoints: {interface: [logs], securityGroupName: \"{nameTag}-sg\"}}\n",
			`dev.yaml:2: network.endpoints.securityGroupName: got "{nameTag}-sg", the name of securityGroup.name too; AWS allows one security group of a name, want another`},
		{"a security group named default", "securityGroup: {name: Default}\n", `dev.yaml:2: securityGroup.name: got "Default", want a name other than default, which every VPC's own group has`},
		{"one sid twice", "flowRunRole:\n  name: x\n  inlinePolicyStatements:\n    - {sid: A, actions: [s3:GetObject], resources: [\"*\"]}\n    - {sid: A, actions: [s3:PutObject], resources: [\"*\"]}\n",
			`dev.yaml:6: flowRunRole.inlinePolicyStatements[1].sid: got "A" twice, want a sid once in a policy`},
		{"a condition operator that IAM does not have", "flowRunRole:\n  name: x\n  inlinePolicyStatements:\n    - {actions: [s3:GetObject], resources: [\"*\"], conditions: {StringEqual: {aws:x: [y]}}}\n",
			`dev.yaml:5: flowRunRole.inlinePolicyStatements[0].conditions.StringEqual: got "StringEqual", want one of IAM's condition operators, such as StringEquals or ForAllValues:StringLike`},
		{"an invalid ARN", "flowRunRole:\n  name: x\n  inlinePolicyStatements:\n    - {actions: [s3:GetObject], resources: [\"arn:s3:::bucket\"]}\n",
			`dev.yaml:5: flowRunRole.inlinePolicyStatements[0].resources[0]: got "arn:s3:::bucket", want an ARN, arn:<partition>:<service>:<region>:<account>:<resource>, or * for actions without resource-level permissions`},
		{"a service's name over 127", "serviceDiscovery: {service: " + long + "." + long[:63] + "}\n", `dev.yaml:2: serviceDiscovery.service: got 128 characters ("` + long[:40] + `"…), want at most 127`},
		{"a DNS label over 63", "serviceDiscovery: {namespace: " + long + ".local}\n", `dev.yaml:2: serviceDiscovery.namespace: got "` + long + `.local" with a label of 64 characters, want at most 63 between two dots`},
		{"a description over 1024", "serviceDiscovery: {description: " + strings.Repeat("d", 1025) + "}\n", `dev.yaml:2: serviceDiscovery.description: got 1025 characters ("` + strings.Repeat("d", 40) + `"…), want at most 1024`},
		{"credentials with a JSON key", "repository:\n  pullThroughCache: {registry: docker-hub, prefix: hub, credentialSecretArn: \"arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/hub-AbCdEf:username::\"}\n",
			`dev.yaml:3: repository.pullThroughCache.credentialSecretArn: got "arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/hub-AbCdEf:username::", want a secret's whole ARN, arn:aws:secretsmanager:<region>:<12 digits>:secret:<name>-<6 characters>`},
		{"an invalid ICMP type", "securityGroup:\n  ingress: [{protocol: icmp, fromPort: 256, toPort: -1, cidrBlocks: [10.0.0.0/8]}]\n", "dev.yaml:3: securityGroup.ingress[0].fromPort: got 256, want -1 to 255"},
		{"an ICMP code of every type", "securityGroup:\n  ingress: [{protocol: icmp, fromPort: -1, toPort: 3, cidrBlocks: [10.0.0.0/8]}]\n", "dev.yaml:3: securityGroup.ingress[0].toPort: got code 3 of every type, want -1"},
		{"a partition of another region", "partition: aws-cn\n", `dev.yaml:2: partition: got "aws-cn" with region us-east-1, which is in aws; want that, or "" to read it from the account`},
		{"a region of another partition", "region: us-gov-west-1\n", `dev.yaml: partition (from preset readme): got "aws" with region us-gov-west-1, which is in aws-us-gov; want that, or "" to read it from the account`},
		{"root by another spelling", "worker: {user: \"00\"}\n", `dev.yaml:2: worker.user: got "00", want a user other than root such as 1000:1000, or nothing to leave it to the image`},
		{"an image with a scheme", "worker: {image: \"https://example.com/flows:1\"}\n", `dev.yaml:2: worker.image: got "https://example.com/flows:1", want an image such as 123456789012.dkr.ecr.us-east-1.amazonaws.com/flows:1.4.2`},
		{"an image in upper case", "worker: {image: \"Flows:1\"}\n", `dev.yaml:2: worker.image: got "Flows:1", want an image such as 123456789012.dkr.ecr.us-east-1.amazonaws.com/flows:1.4.2`},
		{"an image with an empty tag", "worker: {image: \"flows:\"}\n", `dev.yaml:2: worker.image: got "flows:", want an image such as 123456789012.dkr.ecr.us-east-1.amazonaws.com/flows:1.4.2`},

		// Refused by Terraform.
		{"a state's key with an empty part", "terraform: {backend: {s3: {key: a//b}}}\n", `dev.yaml:2: terraform.backend.s3.key: got "a//b", want an object key without //, which Terraform refuses`},
		{"a variable named _", "terraform: {variables: {region: \"\", _: region}}\n", `dev.yaml:2: terraform.variables._: got "_", want another name: Terraform reserves this one`},
		{"an invalid version", "terraform: {requiredVersion: \">= 2.0, < 1.0\"}\n", `dev.yaml:2: terraform.requiredVersion: got ">= 2.0, < 1.0", which no version satisfies, want a version constraint such as ">= 1.2.0"`},
		{"a version between two patches", "terraform: {requiredVersion: \"> 1.5.0, < 1.5.1\"}\n", `dev.yaml:2: terraform.requiredVersion: got "> 1.5.0, < 1.5.1", which no version satisfies, want a version constraint such as ">= 1.2.0"`},
		{"a rename that meets an additional worker", "terraform: {resourceNames: {aws_ecs_service.prefect_service: ml_prefect_service}}\nadditionalWorkers: [{name: ml}]\n",
			`dev.yaml:2: terraform.resourceNames.aws_ecs_service.prefect_service: got "ml_prefect_service", which aws_ecs_service.prefect_service of worker ml has already`},

		// Refused by Prefect.
		{"a pool that the server keeps to itself", "prefect: {workPool: Prefect-pool}\n", `dev.yaml:2: prefect.workPool: got "Prefect-pool", want a name that does not begin with prefect, which Prefect's server reserves`},
		{"a URL without ids", "prefect: {apiUrl: \"https://api.prefect.cloud/api/accounts//workspaces/\"}\n",
			`dev.yaml:2: prefect.apiUrl: got "https://api.prefect.cloud/api/accounts//workspaces/", want an account's and a workspace's id in it: https://api.prefect.cloud/api/accounts/<account>/workspaces/<workspace> or http(s)://<host>:4200/api`},

		// Set by the app too.
		{"HOME as a secret", "worker:\n  user: \"1000\"\n  secrets: {HOME: \"arn:aws:ssm:us-east-1:123456789012:parameter/x\"}\n",
			"dev.yaml:4: worker.secrets.HOME: set here, but the container gets it for readonlyRootFilesystem, user or openTelemetry; want it in one place: the task definition would have it twice"},
		{"a collector's address as a secret", "worker:\n  openTelemetry: {image: collector}\n  secrets: {OTEL_SERVICE_NAME: \"arn:aws:ssm:us-east-1:123456789012:parameter/x\"}\n",
			"dev.yaml:4: worker.secrets.OTEL_SERVICE_NAME: set here, but the container gets it for readonlyRootFilesystem, user or openTelemetry; want it in one place: the task definition would have it twice"},
		{"the queue's name as a secret", "crashEvents: {queueName: q}\nworker:\n  secrets: {PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_SQS_QUEUE_NAME: \"arn:aws:ssm:us-east-1:123456789012:parameter/x\"}\n",
			"dev.yaml:4: worker.secrets.PREFECT_INTEGRATIONS_AWS_ECS_OBSERVER_SQS_QUEUE_NAME: set here, want only crashEvents.queueName: the task definition would have it twice"},

		// Legal.
		{"takes a tag of 256 characters that are no ASCII", "tags: {Team: " + strings.Repeat("組", 256) + "}\n", ""},
		{"takes a cache without a prefix", "repository: {pullThroughCache: {registry: quay, prefix: ROOT}}\n", ""},
		{"takes a cache's prefix that ends in a slash", "repository: {pullThroughCache: {registry: quay, prefix: quay/}}\n", ""},
		{"takes a schedule's name with a space", fmt.Sprintf(scheduled, "every morning"), ""},
		{"takes an image by digest, of a registry with a port", "worker: {image: \"registry.local:5000/team/flows:1.0@sha256:" + strings.Repeat("a", 64) + "\"}\n", ""},
		{"takes an image's tag in upper case", "worker: {image: \"flows:RC1\"}\n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := load(t, map[string]string{"dev.yaml": "preset: readme\n" + tt.text}); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

// TestOneCauseOneLine: what follows from an error is not reported beside it.
func TestOneCauseOneLine(t *testing.T) {
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"an environment that cannot be read has a state backend all the same", map[string]string{"dev.yaml": "preset: readme\nregion: mars\n", "s.yaml": "kind: state-backend\nstacks: dev\n"},
			`dev.yaml:2: region: got "mars", want an AWS region such as us-east-1`},
		{"so it does beside another environment", map[string]string{"dev.yaml": "preset: readme\nregion: mars\n", "etl.yaml": "preset: readme\n", "s.yaml": "kind: state-backend\nstacks: dev\n"},
			`dev.yaml:2: region: got "mars", want an AWS region such as us-east-1`},
		{"two endings of one name", map[string]string{"a.yaml": "preset: readme\n", "a.yml": "preset: readme\n"}, `a.yml: stack: got stack name "a", which a.yaml has already; give each its own`},
		{"two spellings of one state", map[string]string{
			"a.yaml": "preset: design\nterraform: {backend: {local: {path: x.tfstate}}}\n", "b.yaml": "preset: design\nterraform: {backend: {local: {path: ./x.tfstate}}}\n"},
			"b.yaml:2: terraform.backend.local.path: got state x.tfstate, which a.yaml has already; give each its own"},
		{"a state backend alone", map[string]string{"s.yaml": "kind: state-backend\nstacks: dev\n"},
			`s.yaml:2: stacks: no such stack: got "dev", and there is no environment file at all; want one beside this file, such as dev.yaml with "preset: readme"`},
		{"roles for GitHub alone", map[string]string{"g.yaml": "kind: github-actions\nregion: us-east-1\nrepository: acme/prefect\nstacks: dev\nnamePrefixes: prefect\n"},
			`g.yaml:4: stacks: no such stack: got "dev", and there is no environment file at all; want one beside this file, such as dev.yaml with "preset: readme"`},
		{"a schedule out of range", map[string]string{"dev.yaml": "preset: readme\n", "s.yaml": "kind: state-backend\nstacks: dev\nbackup: {schedule: \"cron(0 25 * * ? *)\"}\n"},
			`s.yaml:3: backup.schedule: got "cron(0 25 * * ? *)", whose hour is "25", want 0 to 23, *, or a list, range or step of these`},
		{"an alias that AWS keeps", map[string]string{"dev.yaml": "preset: readme\n", "s.yaml": "kind: state-backend\nstacks: dev\nkmsKey: {alias: aws/state}\n"},
			`s.yaml:3: kmsKey.alias: got "aws/state", want an alias that does not begin with aws/, which AWS reserves`},
		{"what cannot be read beside what is wrong", map[string]string{"dev.yaml": "preset: readme\nregoin: x\nregion: mars\nworker: {cpu: ten, memoryMiB: 1}\n"},
			"dev.yaml:2: regoin: unknown setting, did you mean \"region\"?\ndev.yaml:3: region: got \"mars\", want an AWS region such as us-east-1\ndev.yaml:4: worker.cpu: got \"ten\", want a whole number\ndev.yaml:4: worker.memoryMiB: got 1, want 512 to 122880"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := load(t, tt.files); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

// TestOtherToolsWords: what AWS, Terraform, Helm and Prefect call a setting
// leads to ours.
func TestOtherToolsWords(t *testing.T) {
	for text, want := range map[string]string{
		"network: {cidr: 10.0.0.0/16}\n":                 `dev.yaml:2: network.cidr: unknown setting, did you mean "cidrBlock"?`,
		"worker: {memory: 1024}\n":                       `dev.yaml:2: worker.memory: unknown setting, did you mean "memoryMiB"?`,
		"worker: {runtimePlatform: ARM64}\n":             `dev.yaml:2: worker.runtimePlatform: unknown setting, did you mean "cpuArchitecture"?`,
		"worker: {stopTimeout: 120}\n":                   `dev.yaml:2: worker.stopTimeout: unknown setting, did you mean "stopTimeoutSeconds"?`,
		"executionRole: x\n":                             `dev.yaml:2: executionRole: unknown setting, did you mean "taskExecutionRole"?`,
		"worker: {deploymentCircuitBreaker: true}\n":     `dev.yaml:2: worker.deploymentCircuitBreaker: unknown setting, did you mean "worker.deployment.circuitBreaker"?`,
		"worker: {deployment_circuit_breaker: true}\n":   `dev.yaml:2: worker.deployment_circuit_breaker: unknown setting, did you mean "worker.deployment.circuitBreaker"?`,
		"terraform: {backend: {s3: {useLockfile: 1}}}\n": `dev.yaml:2: terraform.backend.s3.useLockfile: unknown setting, did you mean "terraform.backend.s3.lock: s3"?`,
		"defaultTags: {a: b}\n":                          `dev.yaml:2: defaultTags: unknown setting, did you mean "tags"?`,
		"cluster: {executeCommandConfiguration: {}}\n":   `dev.yaml:2: cluster.executeCommandConfiguration: unknown setting, did you mean "executeCommand"?`,
		"worker: {args: [--limit]}\n":                    `dev.yaml:2: worker.args: unknown setting, did you mean "worker.type, workQueues, limit, prefetchSeconds and extraArgs"?`,
		"worker: {initContainers: []}\n":                 `dev.yaml:2: worker.initContainers: unknown setting, did you mean "sidecars"?`,
	} {
		if _, got := load(t, map[string]string{"dev.yaml": "preset: readme\n" + text}); got != want {
			t.Errorf("got:\n%s\nwant:\n%s", got, want)
		}
	}
}

// TestRenamedSettings: the old name of a setting is read, with a warning.
func TestRenamedSettings(t *testing.T) {
	c, problem := load(t, map[string]string{
		"dev.yaml": "preset: readme\nworker:\n  type: ecs\n  taskRole: least-privilege\ntaskRole: {name: w}\n",
		"s.yaml":   "kind: state-backend\nof: dev\n",
	})
	if problem != "" {
		t.Fatal(problem)
	}
	if !c.Environments[0].Worker.LeastPrivilege() || c.StateBackends[0].For.Bucket == "" {
		t.Error("the old names were not read")
	}
	all := strings.Join(warningsOf(c), "\n")
	for _, want := range []string{
		"dev.yaml:4: worker.taskRole: is now called permissions; the old name is read until the next release",
		"s.yaml:2: of: is now called stacks; the old name is read until the next release",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q in:\n%s", want, all)
		}
	}
	if _, got := load(t, map[string]string{"dev.yaml": "preset: readme\nworker:\n  permissions: none\n  taskRole: none\n"}); got != "dev.yaml:4: worker.taskRole: given twice, as permissions on line 3 too; remove one" {
		t.Errorf("got:\n%s", got)
	}
}

// TestAliasesThatMultiply: 14 kB of aliases took 55 seconds once.
func TestAliasesThatMultiply(t *testing.T) {
	var b strings.Builder
	b.WriteString("preset: readme\nworker:\n  workQueues: &a0 [q]\nx0: &b0 {a: 1}\n")
	for i := range 40 {
		fmt.Fprintf(&b, "x%d: &b%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*b%d, ", i), 9), ", "))
	}
	b.WriteString("additionalWorkers: *b40\n")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "dev.yaml"), []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Load(dir)
	if err == nil || len(err.Error()) > 100000 {
		t.Errorf("got an error of %d bytes, want a short one", len(fmt.Sprint(err)))
	}
	_, got := load(t, map[string]string{"dev.yaml": "preset: readme\ntags: &a\n  Team: x\n  Again: *a\n"})
	if !strings.HasPrefix(got, "dev.yaml:") {
		t.Errorf("got %q, want an error about an alias in itself", got)
	}
}

// FuzzLoad: whatever is in a file, the loader says what is wrong in a few short
// lines, or resolves it.
func FuzzLoad(f *testing.F) {
	files, err := filepath.Glob("../stacks/testdata/*/environment.yaml")
	if err != nil {
		f.Fatal(err)
	}
	presets, _ := filepath.Glob("presets/*.yaml")
	for _, file := range append(files, presets...) {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	f.Add("preset: readme\ntags: &a {b: *a}\n")
	f.Add("kind: state-backend\nof: [dev]\n")
	f.Fuzz(func(t *testing.T, text string) {
		dir := t.TempDir()
		for name, data := range map[string]string{"dev.yaml": "preset: readme\n", "x.yaml": text} {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(data), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		c, err := Load(dir)
		if err != nil {
			for _, line := range strings.Split(err.Error(), "\n") {
				if line == "" || len(line) > 6000+2*len(dir) {
					t.Errorf("a line of %d bytes: %.200s", len(line), line)
				}
			}
			return
		}
		c.Warnings()
		for _, e := range c.Environments {
			e.Resolve()
		}
	})
}
