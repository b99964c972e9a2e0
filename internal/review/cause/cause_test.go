package cause_test

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/review"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/review/cause"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/synth"
	"github.com/prefect-ecs/prefect-ecs-worker/kernel"
)

func TestMain(m *testing.M) { os.Exit(kernel.Main(m)) }

// written is a cause in one line.
func written(c review.Cause) string {
	where := c.File
	if c.Line > 0 {
		where = fmt.Sprintf("%s:%d", c.File, c.Line)
	}
	text := strings.TrimSpace(where + " " + c.Setting + c.Text)
	if c.Setting != "" {
		text += fmt.Sprintf(" %s -> %s", c.Before, c.After)
	}
	return text
}

func causes(c *cause.Causes, address, path string) string {
	var all []string
	for _, one := range c.Of(address, path) {
		all = append(all, written(one))
	}
	return strings.Join(all, "; ")
}

func files(texts map[string]string) map[string][]byte {
	all := map[string][]byte{}
	for name, text := range texts {
		all[name] = []byte(text)
	}
	return all
}

// changed is a text with one part in place of another.
func changed(t *testing.T, text string, replace ...string) string {
	t.Helper()
	for i := 0; i < len(replace); i += 2 {
		if strings.Count(text, replace[i]) != 1 {
			t.Fatalf("%q is there %d times, want once", replace[i], strings.Count(text, replace[i]))
		}
		text = strings.Replace(text, replace[i], replace[i+1], 1)
	}
	return text
}

func read(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

const (
	dev  = "preset: readme\n"
	prod = "preset: production\n"
)

func TestCauses(t *testing.T) {
	complete := read(t, "../../../stacks/testdata/complete/environment.yaml")
	roles := map[string]string{
		"dev.yaml":   read(t, "../../../stacks/testdata/github-actions/dev.yaml"),
		"prod.yaml":  read(t, "../../../stacks/testdata/github-actions/prod.yaml"),
		"roles.yaml": read(t, "../../../stacks/testdata/github-actions/environment.yaml"),
	}
	with := func(base map[string]string, name, text string) map[string]string {
		all := maps.Clone(base)
		all[name] = text
		return all
	}
	one := func(text string) map[string]string { return map[string]string{"e.yaml": text} }
	elements := changed(t, complete,
		"description: EFS}", "description: NFS}", "  workQueues: [default, high]\n", "  workQueues: [default, high, low]\n", "cpu: 128", "cpu: 256",
		"    memoryMiB: 8192\n", "    memoryMiB: 4096\n", "    timeouts: {updateMinutes: 30}\n", "")
	at := func(text string) string { // the place of one of its lines
		if strings.Count(elements, text) != 1 {
			t.Fatalf("%q is there %d times, want once", text, strings.Count(elements, text))
		}
		return fmt.Sprintf("e.yaml:%d", 1+strings.Count(elements[:strings.Index(elements, text)+len(text)], "\n"))
	}
	for _, tt := range []struct {
		name          string
		before, after map[string]string
		stack         string
		want          map[string]string // causes by address and path
	}{
		{"a number", one(dev), one(dev + "worker:\n  desiredCount: 3\n  cpu: 1024\n  memoryMiB: 2048\n"), "e", map[string]string{
			"aws_ecs_service.prefect_service desired_count":   "e.yaml:3 worker.desiredCount 1 -> 3",
			"aws_ecs_task_definition.prefect_worker cpu":      "e.yaml:4 worker.cpu 512 -> 1024",
			"aws_ecs_task_definition.prefect_worker memory":   "e.yaml:5 worker.memoryMiB 1024 -> 2048",
			"aws_ecs_task_definition.prefect_worker ":         "e.yaml:4 worker.cpu 512 -> 1024; e.yaml:5 worker.memoryMiB 1024 -> 2048",
			"aws_ecs_service.prefect_service task_definition": "e.yaml:4 worker.cpu 512 -> 1024; e.yaml:5 worker.memoryMiB 1024 -> 2048",
			"aws_ecs_task_definition.prefect_worker arn":      "e.yaml:4 worker.cpu 512 -> 1024; e.yaml:5 worker.memoryMiB 1024 -> 2048",
			"variable.desired_count value":                    "e.yaml:3 worker.desiredCount 1 -> 3",
		}},
		{"a text in many places", one(prod + "nameTag: a\n"), one(prod + "# why\nnameTag: b\n"), "e", map[string]string{
			"aws_vpc.prefect tags.Name":                 "e.yaml:3 nameTag a -> b",
			"aws_vpc.prefect tags_all.Name":             "e.yaml:3 nameTag a -> b",
			"aws_security_group.prefect_sg ":            "e.yaml:3 nameTag a -> b",
			"aws_subnet.public[1] tags.Name":            "e.yaml:3 nameTag a -> b",
			"aws_iam_role.task_execution_role name":     "e.yaml:3 nameTag a -> b",
			"aws_sqs_queue.crash_events[0] name":        "e.yaml:3 nameTag a -> b",
			"aws_ecs_service.prefect_service tags.Name": "e.yaml:3 nameTag a -> b",
		}},
		{"elements of lists", one(complete), one(elements), "e", map[string]string{
			`aws_vpc_security_group_egress_rule.prefect_sg["tcp 2049-2049 10.0.0.0/16"] description`: at("description: NFS}") + " securityGroup.egress[2].description EFS -> NFS",
			"aws_ecs_task_definition.prefect_worker container_definitions[datadog-agent].cpu":        at("\n      cpu: 256") + " worker.sidecars[1].cpu 128 -> 256",
			"aws_ecs_task_definition.ml_prefect_worker container_definitions[ml].command":            at("[default, high, low]") + " worker.workQueues[2]  -> low",
			"aws_ecs_task_definition.ml_prefect_worker memory":                                       at("    memoryMiB: 4096") + " additionalWorkers[0].memoryMiB 8192 -> 4096",
			"aws_ecs_service.ml_prefect_service task_definition":                                     at("[default, high, low]") + " worker.workQueues[2]  -> low; " + at("\n      cpu: 256") + " worker.sidecars[1].cpu 128 -> 256; " + at("    memoryMiB: 4096") + " additionalWorkers[0].memoryMiB 8192 -> 4096",
			"aws_ecs_service.ml_prefect_service timeouts":                                            "e.yaml additionalWorkers[0].timeouts.updateMinutes 30 -> ",
		}},
		{"an element that is new", one(dev + "securityGroup:\n  separateRules: true\n  egress:\n    - {protocol: tcp, fromPort: 443, toPort: 443, cidrBlocks: [0.0.0.0/0]}\n"),
			one(dev + "securityGroup:\n  separateRules: true\n  egress:\n    - {protocol: tcp, fromPort: 443, toPort: 443, cidrBlocks: [0.0.0.0/0]}\n    - protocol: tcp\n      fromPort: 6379\n      toPort: 6379\n      cidrBlocks: [10.0.0.0/16]\n"), "e", map[string]string{
				`aws_vpc_security_group_egress_rule.prefect_sg["tcp 6379-6379 10.0.0.0/16"] `: "e.yaml:6 securityGroup.egress[1]  -> {protocol: tcp, fromPort: 6379, toPort: 6379, cidrBlocks: [10.0.0.0/16]}",
			}},
		{"entries of a map", one(prod + "tags:\n  Team: a\n  Cost: b\nworker:\n  environment:\n    A: x\n    B: y\n"), one(prod + "tags:\n  Team: c\nworker:\n  environment:\n    A: z\n    B: y\n    C: w\n"), "e", map[string]string{
			"terraform.provider.aws default_tags.tags.Team": "e.yaml:3 tags.Team a -> c",
			"aws_vpc.prefect tags_all.Team":                 "e.yaml:3 tags.Team a -> c",
			"aws_vpc.prefect tags_all.Cost":                 "e.yaml tags.Cost b -> ",
			"aws_ecs_task_definition.prefect_worker container_definitions[prefect-worker].environment[A].value": "e.yaml:6 worker.environment.A x -> z",
			"aws_ecs_task_definition.prefect_worker container_definitions[prefect-worker].environment[C]":       "e.yaml:8 worker.environment.C  -> w",
			"aws_ecs_task_definition.prefect_worker container_definitions":                                      "e.yaml:6 worker.environment.A x -> z; e.yaml:8 worker.environment.C  -> w",
		}},
		{"a section that is new", one(prod), one(prod + "secretChanges: {}\nnetwork:\n  natGateways: single\n  flowLogs: null\n"), "e", map[string]string{
			"aws_nat_gateway.nat[1] ":                   "e.yaml:4 network.natGateways per-availability-zone -> single",
			"aws_flow_log.prefect ":                     "e.yaml:5 network.flowLogs  -> null",
			"aws_cloudwatch_event_rule.secret_changes ": "e.yaml:2 secretChanges  -> {}",
		}},
		{"a section that is gone", one(dev + "network:\n  flowLogs: {trafficType: ALL, retentionInDays: 30, nameTag: a}\n  availabilityZoneCount: 2\n"), one(dev), "e", map[string]string{
			"aws_flow_log.prefect ":                                "e.yaml network.flowLogs {trafficType: ALL, retentionInDays: 30, nameTag: a} -> ",
			"aws_subnet.private[2] ":                               "e.yaml network.availabilityZoneCount 2 -> 3",
			"aws_cloudwatch_log_group.flow_logs retention_in_days": "e.yaml network.flowLogs {trafficType: ALL, retentionInDays: 30, nameTag: a} -> ",
		}},
		{"two that only go together", one(dev + "worker: {cpu: 256, memoryMiB: 512}\n"), one(dev + "worker: {cpu: 4096, memoryMiB: 8192}\n"), "e", map[string]string{
			"aws_ecs_task_definition.prefect_worker cpu":    "e.yaml:2 worker.cpu 256 -> 4096",
			"aws_ecs_task_definition.prefect_worker memory": "e.yaml:2 worker.memoryMiB 512 -> 8192",
		}},
		{"two that cannot be made apart", one(dev), one(dev + "serviceDiscovery: null\nworker: {deployment: {strategy: BLUE_GREEN}, desiredCount: 2}\n"), "e", map[string]string{
			"aws_ecs_service.prefect_service service_registries":       "e.yaml:2 serviceDiscovery  -> null",
			"aws_ecs_service.prefect_service deployment_configuration": "e.yaml:3 worker.deployment.strategy  -> BLUE_GREEN",
			"aws_ecs_service.prefect_service desired_count":            "e.yaml:3 worker.desiredCount 1 -> 2",
			"aws_service_discovery_service.dev_worker_sd ":             "e.yaml:2 serviceDiscovery  -> null",
		}},
		{"a section of several", one(dev), one(dev + "worker: {cpu: 1024, memoryMiB: 2048}\n"), "e", map[string]string{
			"aws_ecs_service.prefect_service ": "e.yaml:2 worker.cpu 512 -> 1024; e.yaml:2 worker.memoryMiB 1024 -> 2048",
			"nothing.such ":                    "",
		}},
		{"the preset", one("preset: design\nnameTag: a\n"), one("nameTag: a\npreset: readme\n"), "e", map[string]string{
			"aws_ecs_service.prefect_worker ": "e.yaml:2 preset design -> readme",
			"aws_vpc.prefect ":                "e.yaml:2 preset design -> readme",
			"terraform.backend s3":            "e.yaml:2 preset design -> readme",
		}},
		{"variables", one(dev + "worker:\n  cpu: 256\n"), one(dev + "worker:\n  cpu: 256\nterraform:\n  variables:\n    desired_count: \"\"\n    pool: prefect.workPool\n    work_pool_name: \"\"\n"), "e", map[string]string{
			"variable.desired_count ":  "e.yaml:6 terraform.variables.desired_count worker.desiredCount -> \"\"",
			"variable.pool ":           "e.yaml:7 terraform.variables.pool  -> prefect.workPool",
			"variable.work_pool_name ": "e.yaml:7 terraform.variables.pool  -> prefect.workPool; e.yaml:8 terraform.variables.work_pool_name prefect.workPool -> \"\"",
		}},
		{"names of a state", one(dev), one(dev + "terraform:\n  resourceNames:\n    aws_vpc.prefect: main\n"), "e", map[string]string{
			"aws_vpc.main ":               "e.yaml:4 terraform.resourceNames.aws_vpc.prefect  -> main",
			"aws_vpc.prefect ":            "e.yaml:4 terraform.resourceNames.aws_vpc.prefect  -> main",
			"aws_subnet.public[0] vpc_id": "e.yaml:4 terraform.resourceNames.aws_vpc.prefect  -> main",
		}},
		{"a secret", one(dev + "secret: {arn: \"arn:aws:secretsmanager:us-east-1:123456789012:secret:a-AbCdEf\"}\n"), one(dev + "secret: {create: true}\nprefect: {apiUrl: \"https://me:hush@prefect.example.com/api\"}\n"), "e", map[string]string{
			"aws_secretsmanager_secret.prefect_api[0] ": "e.yaml:2 secret.create false -> true",
			"variable.prefect_secret_arn value":         "e.yaml secret.arn (not shown) -> (not shown)",
			"variable.prefect_api_url value":            "e.yaml:3 prefect.apiUrl  -> https://(credentials)@prefect.example.com/api",
		}},
		{"tags of the provider and of a resource", one(prod), one(prod + "nameTag: b\ntags: {Name2: c, Environment: \"\"}\n"), "e", map[string]string{
			"aws_vpc.prefect tags_all.Name":        "e.yaml:2 nameTag prefect-prod -> b",
			"aws_vpc.prefect tags_all.Name2":       "e.yaml:3 tags.Name2  -> c",
			"aws_vpc.prefect tags_all.Environment": "e.yaml:3 tags.Environment {stack} -> \"\"",
		}},
		{"another stack's file", roles, with(roles, "prod.yaml", changed(t, roles["prod.yaml"], "name: data-prod", "name: data-prod-2")), "roles", map[string]string{
			"aws_iam_policy.apply_services policy.Statement[Allow ecs:CreateCluster].Resource": "prod.yaml:9 cluster.name data-prod -> data-prod-2",
			"aws_iam_policy.apply_services policy":                                             "prod.yaml:9 cluster.name data-prod -> data-prod-2",
		}},
		{"a bucket of the stacks that it serves", map[string]string{"dev.yaml": dev, "b.yaml": "kind: state-backend\nstacks: dev\n"}, map[string]string{"dev.yaml": dev + "terraform: {backend: {s3: {bucket: other}}}\n", "b.yaml": "kind: state-backend\nstacks: [dev]\nlockTable: {deletionProtection: false}\n"}, "b", map[string]string{
			"aws_dynamodb_table.lock deletion_protection_enabled": "b.yaml:3 lockTable.deletionProtection true -> false",
			"aws_s3_bucket.state bucket":                          "dev.yaml:2 terraform.backend.s3.bucket prefect-assessment-yasir-bucket -> other",
		}},
		{"comments and other words for the same", one(dev + "worker: {cpu: 512}\n"), one("# why\n" + dev + "worker:\n    cpu: 0x200 # of one vCPU\n"), "e", map[string]string{
			"aws_ecs_task_definition.prefect_worker cpu": "",
		}},
		{"Terraform beside the stack", map[string]string{
			"e.yaml": dev,
			"e/a.tf": "resource \"aws_sns_topic\" \"a\" {\n  name = \"a\"\n  tags = { a = 1 }\n}\nlocals {\n  b = 1\n}\nresource \"aws_sns_topic\" \"c\" {\n  name = local.b\n}\nresource \"aws_sns_topic\" \"gone\" {}\n",
		}, map[string]string{
			"e.yaml":          dev + "cluster: {name: b}\n",
			"e/a.tf":          "# A topic.\nresource \"aws_sns_topic\" \"a\" {\n  tags={a=1} # why\n  name = \"b\"\n}\nlocals {\n  b = 2\n}\nresource \"aws_sns_topic\" \"c\" {\n  name = local.b\n}\nresource \"aws_sns_topic\" \"d\" {\n  name = aws_ecs_cluster.prefect.name\n}\n",
			"e/x_override.tf": "resource \"aws_ecs_service\" \"prefect_service\" {\n  desired_count = 7\n}\n",
		}, "e", map[string]string{
			"aws_sns_topic.a name":                          "e/a.tf:4 Terraform beside the stack",
			"aws_sns_topic.a ":                              "e/a.tf:2 Terraform beside the stack",
			"aws_sns_topic.c[0] name":                       "e/a.tf:7 Terraform beside the stack",
			"aws_sns_topic.d ":                              "e/a.tf:12 Terraform beside the stack",
			"aws_sns_topic.gone ":                           "e/a.tf removed from Terraform beside the stack",
			"aws_ecs_service.prefect_service desired_count": "e/x_override.tf:2 Terraform beside the stack",
			"aws_ecs_cluster.prefect name":                  "e.yaml:2 cluster.name prefect-cluster -> b",
		}},
		{"a new stack", map[string]string{"d.yaml": dev}, one("nameTag: a\n" + prod + "network: {natGateways: single}\nworker: {cpu: 1024, memoryMiB: 2048}\nmonitoring: {topic: {emails: [a@example.com]}}\n"), "e", map[string]string{
			"aws_vpc.prefect ":                                    "",
			"aws_nat_gateway.nat ":                                "e.yaml:3 network.natGateways  -> single",
			"aws_nat_gateway.nat id":                              "e.yaml:3 network.natGateways  -> single",
			"aws_ecs_task_definition.prefect_worker id":           "",
			"aws_ecs_task_definition.prefect_worker cpu":          "e.yaml:4 worker.cpu  -> 1024",
			`aws_sns_topic_subscription.alerts["a@example.com"] `: "e.yaml:5 monitoring.topic.emails[0]  -> a@example.com",
			"aws_ecs_task_definition.prefect_worker ":             "e.yaml:4 worker.cpu  -> 1024; e.yaml:4 worker.memoryMiB  -> 2048",
		}},
		{"a stack that is gone", map[string]string{"d.yaml": dev, "e.yaml": dev}, map[string]string{"d.yaml": dev}, "e", map[string]string{"aws_vpc.prefect ": "e.yaml the file was removed"}},
		{"a file against a state", nil, one(dev + "worker:\n  desiredCount: 3\n  cpu: 1024\n  memoryMiB: 2048\nnetwork:\n  natGateways: none\n"), "e", map[string]string{
			"aws_ecs_service.prefect_service desired_count": "e.yaml:3 worker.desiredCount  -> 3",
			"aws_ecs_task_definition.prefect_worker cpu":    "e.yaml:4 worker.cpu  -> 1024",
			"aws_nat_gateway.nat ":                          "e.yaml:7 network.natGateways  -> none",
			"aws_ecs_cluster.prefect name":                  "e.yaml:1 preset  -> readme",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := cause.Compare(cause.Version{Files: files(tt.before)}, cause.Version{Files: files(tt.after)}, cause.Options{Stack: tt.stack})
			if err != nil {
				t.Fatal(err)
			}
			check(t, c, tt.want)
			if len(tt.want) == 0 || t.Failed() {
				for address, paths := range c.Differences() {
					for _, path := range paths {
						t.Logf("%q: %q,", address+" "+path, causes(c, address, path))
					}
				}
			}
			t.Log(c.Synthesized())
		})
	}
}

// check compares causes with those that are wanted, by address and path.
func check(t *testing.T, c *cause.Causes, want map[string]string) {
	t.Helper()
	for _, at := range slices.Sorted(maps.Keys(want)) {
		cut := strings.Index(at, " ")
		if key := strings.Index(at, "\"] "); key > 0 {
			cut = key + 2
		}
		address, path := at[:cut], at[cut+1:]
		if got := causes(c, address, path); got != want[at] {
			t.Errorf("%s:\ngot  %s\nwant %s", at, got, want[at])
		}
	}
}

// change is what a plan does to a resource.
func change(address string, action review.Action, attributes ...review.Attribute) review.ResourceChange {
	return review.ResourceChange{Address: address, Type: strings.Split(address, ".")[0], Action: action, Attributes: attributes}
}

// synthesize is what this program makes of files with one stack.
func synthesize(t *testing.T, files map[string][]byte) []byte {
	t.Helper()
	c, err := config.LoadLoosely(files)
	if err != nil {
		t.Fatal(err)
	}
	made, err := synth.JSON(c)
	if err != nil {
		t.Fatal(err)
	}
	return made[c.Stacks()[0]]
}

// TestCodeIsACause: what was synthesized before by other code, and what the code and a
// setting both change.
func TestCodeIsACause(t *testing.T) {
	before := cause.Version{Files: files(map[string]string{"e.yaml": dev})}
	made := synthesize(t, before.Files)
	before.Other = true
	before.JSON = []byte(changed(t, string(made), `"retention_in_days": 14`, `"retention_in_days": 90`, `"cpu": "512"`, `"cpu": "2048"`, `"launch_type"`, `"lunch_type"`))
	after := cause.Version{Files: files(map[string]string{"e.yaml": dev + "logGroup: {retentionInDays: 30}\nworker: {desiredCount: 2}\n"})}
	found, err := cause.Compare(before, after, cause.Options{Stack: "e"})
	if err != nil {
		t.Fatal(err)
	}
	check(t, found, map[string]string{
		"aws_cloudwatch_log_group.prefect retention_in_days": "e.yaml:2 logGroup.retentionInDays 14 -> 30; the app's own code",
		"aws_ecs_task_definition.prefect_worker cpu":         "the app's own code",
		"aws_ecs_service.prefect_service launch_type":        "the app's own code",
		"aws_ecs_service.prefect_service desired_count":      "e.yaml:3 worker.desiredCount 1 -> 2",
	})
}

// TestPlan: what a plan shows that no difference between two versions explains.
func TestPlan(t *testing.T) {
	file := dev + "worker:\n  cpu: 1024\n  memoryMiB: 2048\nterraform:\n  moved:\n    - {from: aws_vpc.main, to: aws_vpc.prefect}\n  requiredVersion: '>= 1.8.0'\ntags: {A: b}\n"
	vpc := change("aws_vpc.prefect", review.Update, review.Attribute{Path: "tags.Name"})
	vpc.Previous = "aws_vpc.main"
	group := change("aws_cloudwatch_log_group.prefect", review.Update, review.Attribute{Path: "retention_in_days"})
	group.Drifted = []string{"retention_in_days"}
	c, err := cause.Compare(cause.Version{}, cause.Version{Files: files(map[string]string{"e.yaml": file})}, cause.Options{
		Stack: "e", Given: map[string]string{"container_image": "a:1"},
		Changes: []review.ResourceChange{
			vpc, group,
			change("aws_ecs_task_definition.prefect_worker", review.Replace, review.Attribute{Path: "cpu"}, review.Attribute{Path: "container_definitions[dev-worker].image"}),
			change("aws_ecs_service.prefect_service", review.Update, review.Attribute{Path: "task_definition", After: review.KnownAfterApply}),
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	check(t, c, map[string]string{
		"aws_ecs_task_definition.prefect_worker container_definitions[dev-worker].image": "the value of the variable container_image",
		"aws_ecs_task_definition.prefect_worker container_definitions[dev-worker].name":  "e.yaml:1 preset  -> readme",
		"aws_ecs_task_definition.prefect_worker cpu":                                     "e.yaml:3 worker.cpu  -> 1024",
		"aws_ecs_service.prefect_service task_definition":                                "e.yaml:3 worker.cpu  -> 1024; the value of the variable container_image",
		"aws_ecs_service.prefect_service ":                                               "e.yaml:3 worker.cpu  -> 1024; the value of the variable container_image",
		"aws_vpc.prefect ":                                                               "e.yaml:7 terraform.moved[0]  -> {from: aws_vpc.main, to: aws_vpc.prefect}",
		"aws_cloudwatch_log_group.prefect retention_in_days":                             "",
		"aws_vpc.prefect tags_all.A":                                                     "e.yaml:9 tags.A  -> b",
	})
}

// TestPresetsOwnValue: a plan after a setting got the value that the preset has, too, so
// that leaving it out changes nothing.
func TestPresetsOwnValue(t *testing.T) {
	file := prod + "stack: e\nnameTag: first\ncluster: {name: first}\nnetwork:\n  natGateways: per-availability-zone\nworker:\n  cpu: 512\n"
	nat := "aws_nat_gateway.nat[1]"
	changes := []review.ResourceChange{
		change(nat, review.Create), change("aws_eip.nat[1]", review.Create), change("aws_route_table.private[1]", review.Update, review.Attribute{Path: "route[0.0.0.0/0].nat_gateway_id", After: review.KnownAfterApply}),
		change("aws_ecs_task_definition.prefect_worker", review.Replace, review.Attribute{Path: "cpu", Before: "256", After: "512"}),
	}
	for name, before := range map[string]string{
		"no git":                          "",
		"git has the file as it is":       file,
		"git has the file without it":     changed(t, file, "network:\n  natGateways: per-availability-zone\n", "", "  cpu: 512\n", "  stopTimeoutSeconds: 120\n"),
		"git has the value of the state":  changed(t, file, "per-availability-zone", "single", "cpu: 512", "cpu: 256"),
		"git has no file of the stack":    "-",
		"git has another file's contents": changed(t, file, "first}", "second}"),
	} {
		version := cause.Version{}
		if before == "-" {
			version.Files = files(map[string]string{"other.yaml": dev})
		} else if before != "" {
			version.Files = files(map[string]string{"e.yaml": before})
		}
		c, err := cause.Compare(version, cause.Version{Files: files(map[string]string{"e.yaml": file})}, cause.Options{Stack: "e", Changes: changes})
		if err != nil {
			t.Fatal(err)
		}
		for at, want := range map[string]string{
			nat + " ":         "e.yaml:6 network.natGateways",
			"aws_eip.nat[1] ": "e.yaml:6 network.natGateways",
			"aws_route_table.private[1] route[0.0.0.0/0].nat_gateway_id": "e.yaml:6 network.natGateways",
			"aws_ecs_task_definition.prefect_worker cpu":                 "e.yaml:8 worker.cpu",
		} {
			address, path, _ := strings.Cut(at, " ")
			if got, _, _ := strings.Cut(causes(c, address, path), " ->"); !strings.HasPrefix(got, want) || strings.Contains(got, ";") {
				t.Errorf("%s: %s: got %s, want %s", name, at, got, want)
			}
		}
	}
	changes = append(changes, change("aws_iam_role.task_role", review.Update, review.Attribute{Path: "name"}))
	c, err := cause.Compare(cause.Version{}, cause.Version{Files: files(map[string]string{"e.yaml": file})}, cause.Options{Stack: "e", Changes: changes, Within: 1})
	if err != nil {
		t.Fatal(err)
	}
	notes := func() []string {
		var r review.Review
		c.Complete(&r)
		return r.Notes
	}
	if got := causes(c, "aws_iam_role.task_role", "name"); got != "e.yaml:3 nameTag  -> first" || len(notes()) > 0 {
		t.Errorf("found in time: got %s and the notes %q, want a setting and no note", got, notes())
	}
	if got := causes(c, nat, ""); got != "e.yaml" || len(notes()) != 1 {
		t.Errorf("without time: got %s and the notes %q, want the file alone and a note", got, notes())
	}
	if c, err = cause.Compare(cause.Version{}, cause.Version{Files: files(map[string]string{"e.yaml": file})}, cause.Options{Stack: "e", Changes: changes, Within: 1, AtLeast: 30}); err != nil {
		t.Fatal(err)
	}
	if got := causes(c, nat, ""); !strings.HasPrefix(got, "e.yaml:6 network.natGateways") || len(notes()) > 0 {
		t.Errorf("without time, but with syntheses: got %s and the notes %q, want a setting and no note", got, notes())
	}
}

// TestGivenVariables: a setting whose variable has another value changes nothing.
func TestGivenVariables(t *testing.T) {
	before, after := files(map[string]string{"e.yaml": dev}), files(map[string]string{"e.yaml": dev + "worker: {image: \"a:1\", desiredCount: 2}\n"})
	c, err := cause.Compare(cause.Version{Files: before}, cause.Version{Files: after}, cause.Options{Stack: "e", Given: map[string]string{"container_image": "a:2"},
		Changes: []review.ResourceChange{change("aws_ecs_task_definition.prefect_worker", review.Replace)}})
	if err != nil {
		t.Fatal(err)
	}
	if got, want := causes(c, "aws_ecs_task_definition.prefect_worker", "container_definitions[dev-worker].image"), "the value of the variable container_image"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got, want := causes(c, "aws_ecs_service.prefect_service", "desired_count"), "e.yaml:2 worker.desiredCount 1 -> 2"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestOrigin: what most of a new stack comes from is said once.
func TestOrigin(t *testing.T) {
	file := files(map[string]string{"e.yaml": "nameTag: a\n" + prod + "network: {natGateways: single}\ncluster: {name: b}\n"})
	for name, tt := range map[string]struct {
		before map[string][]byte
		want   string
	}{
		"a new stack":            {files(map[string]string{"d.yaml": dev}), "The whole stack comes from preset: production (e.yaml:2), nameTag: a (e.yaml:1), cluster.name: b (e.yaml:4). Lines also name the other settings of the file that cause them."},
		"one that was there":     {files(map[string]string{"e.yaml": prod}), ""},
		"a file against a state": {nil, ""},
	} {
		c, err := cause.Compare(cause.Version{Files: tt.before}, cause.Version{Files: file}, cause.Options{Stack: "e"})
		if err != nil {
			t.Fatal(err)
		}
		r := &review.Review{Lines: make([]review.Line, 1)}
		c.Complete(r)
		if got := review.Origin(r); got != tt.want {
			t.Errorf("%s: got %q, want %q", name, got, tt.want)
		}
	}
}

// TestSyntheses: how many are made, and what is said when no more may be.
func TestSyntheses(t *testing.T) {
	before := files(map[string]string{"e.yaml": dev})
	after := files(map[string]string{"e.yaml": dev + "worker:\n  desiredCount: 3\nlogGroup: {retentionInDays: 30}\n"})
	compare := func(before cause.Version, most int, changes ...review.ResourceChange) *cause.Causes {
		c, err := cause.Compare(before, cause.Version{Files: after}, cause.Options{Stack: "e", Most: most, Changes: changes})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for _, tt := range []struct {
		what string
		c    *cause.Causes
		want string
		made int
	}{
		{"both versions, and with one of two settings each", compare(cause.Version{Files: before}, 0), "e.yaml:3 worker.desiredCount 1 -> 3", 4},
		{"what is not known yet of both", compare(cause.Version{Files: before, JSON: synthesize(t, before)}, 0), "e.yaml:3 worker.desiredCount 1 -> 3", 3},
		{"no more than the versions", compare(cause.Version{Files: before}, 2), "e.yaml:2 worker  -> {desiredCount: 3}; e.yaml:4 logGroup  -> {retentionInDays: 30}", 2},
		{"no earlier version, and one of the file's settings", compare(cause.Version{}, 0), "e.yaml:3 worker.desiredCount  -> 3", 3},
		{"no more than the file", compare(cause.Version{}, 1), "e.yaml", 1},
		{"a state, and a file that the earlier version does not have", compare(cause.Version{Files: files(map[string]string{"d.yaml": dev})}, 0, change("aws_ecs_service.prefect_service", review.Update)), "e.yaml:3 worker.desiredCount  -> 3", 3},
		{"a stack from nothing", compare(cause.Version{}, 0, change("aws_ecs_service.prefect_service", review.Create)), "e.yaml:3 worker.desiredCount  -> 3", 3},
	} {
		tt.c.Prepare()
		prepared := tt.c.Synthesized()
		if got := causes(tt.c, "aws_ecs_service.prefect_service", "desired_count"); got != tt.want || tt.c.Synthesized() != tt.made || prepared != tt.made {
			t.Errorf("%s: got %s after %d syntheses, %d of them prepared, want %s after %d", tt.what, got, tt.c.Synthesized(), prepared, tt.want, tt.made)
		}
	}
}
