package config

import (
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// load writes the files into a folder and loads it; the folder's name is left
// out of the error.
func load(t *testing.T, files map[string]string) (*Config, string) {
	t.Helper()
	return loadFrom(t, t.TempDir(), files)
}

// loadFrom is load with a folder whose name the caller knows.
func loadFrom(t *testing.T, dir string, files map[string]string) (*Config, string) {
	t.Helper()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := Load(dir)
	found := ""
	if err != nil {
		found = strings.ReplaceAll(err.Error(), dir+"/", "")
	}
	checkSchema(t, files, found)
	return c, found
}

// warningsOf are a configuration's warnings, each with its file's name alone.
func warningsOf(c *Config) []string {
	var all []string
	for _, warning := range c.Warnings() {
		w := warning.Text
		if file, text, ok := strings.Cut(w, ": "); ok {
			w = path.Base(file) + ": " + text
		}
		all = append(all, w)
	}
	return all
}

// TestPresetGivesWay: a value of the preset that has no meaning beside one of the file
// is no mistake, for the file has no line to remove.
func TestPresetGivesWay(t *testing.T) {
	const secret = "secret: {create: false, arn: \"arn:aws:secretsmanager:us-east-1:123456789012:secret:prefect-AbCdEf\"}\n"
	for _, tt := range []struct{ name, text, without string }{
		{"an existing secret", secret, "put_secret_value_command"},
		{"an existing parameter", "secret: {create: false, arn: " + testParameter + "}\n", "put_secret_value_command"},
		{"no secret", "secret: {create: false}\n", "put_secret_value_command"},
		{"an existing cluster", "cluster: {existing: true}\n", ""},
		{"no events", "monitoring: {events: {stoppedTasks: false, failedDeployments: false, serviceWarnings: false}, topic: null}\n", ""},
		{"no repository", "repository: null\n", "repository_url"},
		{"a worker of type process", "crashEvents: null\nmonitoring: {alarms: {deadLetters: null}}\nworker: {type: process, capacityProviderStrategy: [{capacityProvider: FARGATE, weight: 1}]}\n", "work_pool_variables"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, problem := load(t, map[string]string{"dev.yaml": "preset: production\nprefect: {apiUrl: \"https://prefect.example.com/api\"}\n" + tt.text})
			if problem != "" {
				t.Fatal(problem)
			}
			outputs := c.Environments[0].Terraform.Outputs
			if slices.Contains(outputs, tt.without) || !slices.Contains(outputs, "ecs_cluster_arn") {
				t.Errorf("outputs: got %v, want the preset's without %q", outputs, tt.without)
			}
		})
	}
}

func TestOneSetting(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"takes the presets as they are", "preset: readme\n", ""},
		{"rejects an empty file", "", `dev.yaml: the file is empty, want settings, at least "preset: readme"`},
		{"rejects a file of comments", "# nothing\n", `dev.yaml: the file is empty, want settings, at least "preset: readme"`},
		{"rejects a list", "- preset: readme\n", `dev.yaml:1: got a list, want settings as "key: value"`},
		{"rejects two documents", "preset: readme\n---\npreset: readme\n", "dev.yaml: got more than one YAML document, want one: one file is one stack"},
		{"rejects broken YAML", "preset: readme\nworker: [\n", "dev.yaml:2: not YAML: a [ is not closed (did not find expected node content)"},
		{"rejects a tab", "preset: readme\nworker:\n\tcpu: 256\n", "dev.yaml:3: not YAML: the line is indented with a tab, want spaces (found character that cannot start any token)"},
		{"rejects a tab after other settings", "preset: readme\nworker:\n  cpu: 256\n\tmemoryMiB: 512\n", "dev.yaml:4: not YAML: the line is indented with a tab, want spaces (found a tab character that violates indentation)"},
		{"rejects a bracket that is not closed", "preset: readme\ntags: {a: b\nworker: {cpu: 256}\n", "dev.yaml:2: not YAML: a { is not closed (did not find expected ',' or '}')"},
		{"rejects brackets that do not fit", "preset: readme\nsecurityGroup: {ingress: [}\n", "dev.yaml:2: not YAML: a [ is not closed (did not find expected node content)"},
		{"rejects a bracket that is not opened", "preset: readme\nsecurityGroup: }\n", "dev.yaml:2: not YAML: a } without an opening bracket before it (did not find expected node content)"},
		{"rejects a bracket that is closed twice", "preset: readme\ntags: {a: b}}\n", "dev.yaml:1: not YAML: near this line the indentation is not that of the settings around it, or a bracket is closed twice (did not find expected key)"},
		{"rejects a mark that begins no value", "preset: readme\nnameTag: @etl\n", "dev.yaml:2: not YAML: a value cannot begin with @, put it in quotes (found character that cannot start any token)"},
		{"rejects two colons", "preset: readme\nnameTag: a: b\n", "dev.yaml:2: not YAML: two \": \" in one line, put the value in quotes (mapping values are not allowed in this context)"},
		{"rejects a setting that is indented for no reason", "preset: readme\n  region: us-east-1\n", "dev.yaml:2: not YAML: the line is indented deeper than the settings around it (mapping values are not allowed in this context)"},
		{"rejects an open quotation mark", "preset: readme\nnameTag: \"a\n", "dev.yaml:2: not YAML: a quotation mark is not closed (found unexpected end of stream)"},
		{"rejects a key alone", "preset: readme\nregion\nnameTag: a\n", "dev.yaml:2: not YAML: a line without \": \" after its key (could not find expected ':')"},
		{"rejects a missing preset", "region: us-east-1\n", "dev.yaml: preset: missing, want the base of this file: design, production, readme"},
		{"rejects an unknown preset", "preset: readmee\n", `dev.yaml:1: preset: got "readmee", did you mean "readme"? (allowed: design, production, readme)`},
		{"rejects an unknown kind", "kind: werker\npreset: readme\n", `dev.yaml:1: kind: got "werker", did you mean "worker"? (allowed: worker, state-backend, github-actions, crash-events)`},
		{"rejects an unknown key and names the nearest", "preset: readme\nworker:\n  memory: 2048\n", `dev.yaml:3: worker.memory: unknown setting, did you mean "memoryMiB"?`},
		{"rejects an unknown key that is near nothing", "preset: readme\nterraform:\n  backend:\n    local:\n      zzz: 1\n", "dev.yaml:5: terraform.backend.local.zzz: unknown setting, known here: path"},
		{"rejects a key given twice", "preset: readme\nregion: us-east-1\nregion: eu-west-1\n", "dev.yaml:3: region: given twice, first on line 2; remove one"},
		{"rejects text for a number", "preset: readme\nworker:\n  cpu: \"512\"\n", `dev.yaml:3: worker.cpu: got "512", want a whole number`},
		{"rejects a fraction", "preset: readme\nworker:\n  cpu: 0.5\n", `dev.yaml:3: worker.cpu: got "0.5", want a whole number`},
		{"rejects a scalar for a mapping", "preset: readme\nterraform:\n  backend:\n    local: main\n", `dev.yaml:4: terraform.backend.local: got "main", want a mapping with: path`},
		{"rejects a key without a value", "preset: readme\nregion:\n", "dev.yaml:2: region: got no value, want text; remove the key to keep the preset's"},
		{"rejects a region that is a zone", "preset: readme\nregion: us-east-1a\n", `dev.yaml:2: region: got "us-east-1a", want an AWS region such as us-east-1`},
		{"rejects a VPC with host bits", "preset: readme\nnetwork:\n  cidrBlock: 10.0.0.1/16\n", "dev.yaml:3: network.cidrBlock: got 10.0.0.1/16, which has host bits set, want 10.0.0.0/16"},
		{"rejects a VPC too small for its subnets", "preset: readme\nnetwork:\n  cidrBlock: 10.0.0.0/24\n",
			"dev.yaml:3: network.cidrBlock: got 10.0.0.0/24, too small: with subnetNewBits 8 its subnets would be /32 and AWS allows /28 at the smallest; want /16 to /20"},
		{"rejects a VPC larger than AWS takes", "preset: readme\nnetwork:\n  cidrBlock: 10.0.0.0/8\n", "dev.yaml:3: network.cidrBlock: got 10.0.0.0/8, want a range between /16 and /28"},
		{"rejects a VPC of IPv6", "preset: readme\nnetwork:\n  cidrBlock: fd00::/16\n", `dev.yaml:3: network.cidrBlock: got "fd00::/16", want an IPv4 range such as 10.0.0.0/16`},
		{"rejects one availability zone", "preset: readme\nnetwork:\n  availabilityZoneCount: 1\n", "dev.yaml:3: network.availabilityZoneCount: got 1, want 2 to 6"},
		{"rejects an offset past the last subnet", "preset: readme\nnetwork:\n  subnetNewBits: 4\n  privateSubnetOffset: 14\n",
			"dev.yaml:4: network.privateSubnetOffset: got 14, want 0 to 13: 10.0.0.0/16 has 16 subnets of /20 and 3 availability zones need one each"},
		{"rejects overlapping subnets", "preset: readme\nnetwork:\n  privateSubnetOffset: 2\n",
			"dev.yaml:3: network.privateSubnetOffset: got 2, which overlaps with publicSubnetOffset 0; want them at least 3 apart, one for each availability zone"},
		{"rejects memory that Fargate does not pair with the cpu", "preset: readme\nworker:\n  cpu: 256\n  memoryMiB: 4096\n", "dev.yaml:4: worker.memoryMiB: got 4096, want one of [512 1024 2048] for cpu 256"},
		{"says long lists of memory by their ends", "preset: readme\nworker:\n  cpu: 4096\n  memoryMiB: 4096\n", "dev.yaml:4: worker.memoryMiB: got 4096, want 8192 to 30720 in steps of 1024 for cpu 4096"},
		{"says when the preset's half of a pair is at fault", "preset: readme\nworker:\n  cpu: 2048\n", "dev.yaml: worker.memoryMiB (from preset readme): got 1024, want 4096 to 16384 in steps of 1024 for cpu 2048"},
		{"rejects a cpu Fargate does not have", "preset: readme\nworker:\n  cpu: 300\n", "dev.yaml:3: worker.cpu: got 300, want one of [256 512 1024 2048 4096 8192 16384]"},
		{"rejects a negative count", "preset: readme\nworker:\n  desiredCount: -1\n", "dev.yaml:3: worker.desiredCount: got -1, want 0 to 5000"},
		{"rejects a retention CloudWatch does not take", "preset: readme\nlogGroup:\n  retentionInDays: 10\n",
			"dev.yaml:3: logGroup.retentionInDays: got 10, want one of [0 1 3 5 7 14 30 60 90 120 150 180 365 400 545 731 1096 1827 2192 2557 2922 3288 3653] (0 keeps logs forever)"},
		{"rejects a short ARN", "preset: readme\nsecret:\n  arn: arn:aws:secretsmanager:us-east-1:123456789012:secret:prefect\n",
			`dev.yaml:3: secret.arn: got "arn:aws:secretsmanager:us-east-1:123456789012:secret:prefect", want a secret's whole ARN, arn:aws:secretsmanager:<region>:<12 digits>:secret:<name>-<6 characters>, or that with :json-key:stage:version, or a parameter's, arn:aws:ssm:<region>:<12 digits>:parameter/<name>`},
		{"takes an ARN with a JSON key", "preset: readme\nsecret:\n  arn: \"arn:aws-us-gov:secretsmanager:us-gov-west-1:123456789012:secret:prefect-AbCdEf:key::\"\n", ""},
		{"rejects a secret made and given", "preset: readme\nsecret:\n  create: true\n  arn: arn:aws:secretsmanager:us-east-1:123456789012:secret:prefect-AbCdEf\n",
			`dev.yaml:4: secret.arn: got "arn:aws:secretsmanager:us-east-1:123456789012:secret:prefect-AbCdEf" with secret.create true, want one: remove the ARN, or set secret.create: false to use it`},
		{"rejects a key in a file and does not repeat it", "preset: readme\nsecret:\n  value: pnu_0123456789\n",
			"dev.yaml:3: secret.value: got a value with a Prefect API key in it, want none: a secret must never be in a file; give it as the Terraform variable, e.g. TF_VAR_prefect_api_key"},
		{"rejects a worker without a secret", "preset: design\nsecret:\n  create: false\n",
			"dev.yaml:2: secret: got neither create nor arn: the worker could not authenticate; set secret.create: true or secret.arn"},
		{"rejects an account that is no UUID", "preset: readme\nprefect:\n  accountId: my-account\n",
			`dev.yaml:3: prefect.accountId: got "my-account", want a UUID such as 9b649228-0419-40e1-9e0d-44954b5c0ab6 (Prefect Cloud shows it in its address bar)`},
		{"rejects the user interface's URL", "preset: readme\nprefect:\n  apiUrl: https://app.prefect.cloud/account/a/workspace/b\n",
			`dev.yaml:3: prefect.apiUrl: got "https://app.prefect.cloud/account/a/workspace/b", want the API's address, not the user interface's: https://api.prefect.cloud/api/accounts/<account>/workspaces/<workspace> or http(s)://<host>:4200/api`},
		{"rejects a URL with account/", "preset: readme\nprefect:\n  apiUrl: https://api.prefect.cloud/api/account/a/workspaces/b\n",
			`dev.yaml:3: prefect.apiUrl: got "https://api.prefect.cloud/api/account/a/workspaces/b", want the API's address, not the user interface's: https://api.prefect.cloud/api/accounts/<account>/workspaces/<workspace> or http(s)://<host>:4200/api`},
		{"rejects a server's URL without /api", "preset: readme\nprefect:\n  apiUrl: http://prefect.internal:4200\n",
			`dev.yaml:3: prefect.apiUrl: got "http://prefect.internal:4200", want https://api.prefect.cloud/api/accounts/<account>/workspaces/<workspace> or http(s)://<host>:4200/api`},
		{"takes a self-hosted server", "preset: readme\nprefect:\n  apiUrl: http://prefect.internal:4200/api\n", ""},
		{"rejects a work pool that reads as an option", "preset: readme\nprefect:\n  workPool: --help\n",
			`dev.yaml:3: prefect.workPool: got "--help", want a work pool's name: not beginning with -, without / % & < >`},
		{"rejects a key in the environment", "preset: readme\nworker:\n  environment:\n    PREFECT_API_KEY: x\n",
			"dev.yaml:4: worker.environment.PREFECT_API_KEY: set here, want the secret: task definitions are readable by everyone who may describe them"},
		{"rejects a cluster name with a space", "preset: readme\ncluster:\n  name: my cluster\n", `dev.yaml:3: cluster.name: got "my cluster", want 1 to 255 letters, digits, _ or -`},
		{"rejects a role name that is too long", "preset: readme\ntaskExecutionRole:\n  name: " + strings.Repeat("r", 65) + "\n",
			`dev.yaml:3: taskExecutionRole.name: got 65 characters ("` + strings.Repeat("r", 40) + `"…), want at most 64`},
		{"checks what a name becomes", "preset: readme\nnameTag: team a\n",
			`dev.yaml: secret.name (from preset readme): "{nameTag}-prefect-api" becomes "team a-prefect-api": got "team a-prefect-api", want 1 to 512 letters, digits or /_+=.@-`},
		{"rejects a reserved name tag", "preset: readme\nnameTag: sg-prefect\n",
			`dev.yaml:2: nameTag: got "sg-prefect", want a name that begins with neither sg- nor aws:, which AWS reserves`},
		{"rejects braces around nothing known", "preset: readme\nlogGroup:\n  name: /ecs/{clustername}\n",
			`dev.yaml:3: logGroup.name: braces in "/ecs/{clustername}": got "clustername", did you mean "cluster.name"? (allowed: cluster.name, nameTag, prefect.workPool, region, stack)`},
		{"takes braces in a container's environment", "preset: readme\nworker:\n  environment:\n    PREFECT_LOGGING: '{\"a\": {}}'\n", ""},
		{"rejects a port below another", "preset: readme\nsecurityGroup:\n  ingress:\n    - {protocol: tcp, fromPort: 443, toPort: 80, cidrBlocks: [10.0.0.0/8]}\n",
			"dev.yaml:4: securityGroup.ingress[0].toPort: got 80, below fromPort 443"},
		{"rejects a rule for nobody", "preset: readme\nsecurityGroup:\n  egress:\n    - {protocol: tcp, fromPort: 443, toPort: 443}\n",
			"dev.yaml:4: securityGroup.egress[0].cidrBlocks: got none, want at least one range such as 10.0.0.0/16, or one of prefixListIds or securityGroupIds"},
		{"rejects a bucket AWS reserves", "preset: readme\nterraform:\n  backend:\n    s3:\n      bucket: xn--state\n",
			`dev.yaml:5: terraform.backend.s3.bucket: got "xn--state", want a name that does not begin with xn--, which AWS reserves`},
		{"rejects two backends", "preset: readme\nterraform:\n  backend:\n    local:\n      path: a.tfstate\n", "dev.yaml:3: terraform.backend: got s3 and local, want one; set the others to null"},
		{"rejects no backend", "preset: readme\nterraform:\n  backend:\n    s3: null\n", "dev.yaml:3: terraform.backend: got none, want one of s3, http, cloud or local: without one the state would be lost"},
		{"takes another backend", "preset: readme\nterraform:\n  backend:\n    s3: null\n    local:\n      path: terraform.{stack}.tfstate\n", ""},
		{"rejects a state outside the project", "preset: design\nterraform:\n  backend:\n    local:\n      path: ../x.tfstate\n",
			`dev.yaml:5: terraform.backend.local.path: got "../x.tfstate", want a path inside the project's folder such as terraform.dev.tfstate`},
		{"rejects a variable for no setting", "preset: readme\nterraform:\n  variables:\n    cpu: worker.cpu\n",
			`dev.yaml:4: terraform.variables.cpu: got "worker.cpu", did you mean "worker.image"? (allowed: ` + strings.Join(exposable(), ", ") + ")"},
		{"rejects one setting as two variables", "preset: readme\nterraform:\n  variables:\n    aws_region: region\n",
			"dev.yaml: terraform.variables.region (from preset readme): got region, which variable aws_region exposes already"},
		{"takes a variable under another name", "preset: readme\nterraform:\n  variables:\n    region: \"\"\n    aws_region: region\n", ""},
		{"rejects an unknown output", "preset: readme\nterraform:\n  outputs: [zone]\n",
			`dev.yaml:3: terraform.outputs[0]: got "zone", want one of: ` + "ecs_cluster_arn, ecs_service_name, prefect_secret_arn, secret_arn_local, repository_url, work_pool_variables, put_secret_value_command, redeploy_command, vpc_id, public_subnets, private_subnets, public_route_table_ids, private_route_table_ids, nat_public_ips, security_group_id, task_execution_role_arn, task_role_arn, flow_run_role_arn, log_group_name, flow_run_log_group_name, crash_events_queue_url, crash_events_queue_arn, topic_arn"},
		{"rejects a rename of no resource", "preset: readme\nterraform:\n  resourceNames:\n    aws_vpc.main: prefect\n",
			`dev.yaml:4: terraform.resourceNames.aws_vpc.main: no such resource: got "aws_vpc.main", did you mean "aws_vpc.prefect"? (allowed: ` + strings.Join(settings.Addresses, ", ") + ")"},
		{"rejects two resources under one name", "preset: readme\nterraform:\n  resourceNames:\n    aws_subnet.public: private\n",
			`dev.yaml:4: terraform.resourceNames.aws_subnet.public: got "private", which aws_subnet.private has already`},
		{"rejects a name that is not Terraform's", "preset: readme\nterraform:\n  resourceNames:\n    aws_vpc.prefect: 1st\n",
			`dev.yaml:4: terraform.resourceNames.aws_vpc.prefect: got "1st", want a Terraform name: letters, digits, _ or -, not beginning with a digit`},
		{"rejects a tag that every resource has of its own", "preset: readme\ntags:\n  Name: x\n", "dev.yaml:3: tags.Name: got \"Name\", want another key: every resource has a Name of its own; set nameTag"},
		{"rejects a tag that AWS keeps to itself", "preset: readme\ntags:\n  aws:team: x\n", "dev.yaml:3: tags.aws:team: got \"aws:team\", want another key: AWS reserves those that begin with aws:"},
		{"rejects a tag's value that AWS does not take", "preset: readme\ntags:\n  Team: a|b\n", `dev.yaml:3: tags.Team: got "a|b", want 1 to 256 letters, digits, spaces or _.:/=+@-`},
		{"takes tags with braces", "preset: readme\ntags:\n  Stack: \"{stack}\"\n", ""},
		{"survives absurd sizes", "preset: readme\nnetwork:\n  subnetNewBits: -1\n  availabilityZoneCount: 9223372036854775807\n",
			"dev.yaml:3: network.subnetNewBits: got -1, want 2 to 12\ndev.yaml:4: network.availabilityZoneCount: got 9223372036854775807, want 2 to 6"},
		{"rejects an offset that overflows", "preset: readme\nnetwork:\n  publicSubnetOffset: 9223372036854775806\n",
			"dev.yaml:3: network.publicSubnetOffset: got 9223372036854775806, want 0 to 253: 10.0.0.0/16 has 256 subnets of /24 and 3 availability zones need one each"},
		{"rejects a reserved range", "preset: readme\nnetwork:\n  cidrBlock: 127.0.0.0/16\n",
			"dev.yaml:3: network.cidrBlock: got 127.0.0.0/16, in 127.0.0.0/8, which is reserved; want a range of a private network such as 10.0.0.0/16"},
		{"takes aliases as what they stand for", "preset: &p readme\nnameTag: *p\n", ""},
		{"takes a preset by an alias", "nameTag: &p readme\npreset: *p\n", ""},
		{"rejects a number where nothing is counted", "preset: readme\nsecurityGroup:\n  name: x-{number}\n",
			`dev.yaml:3: securityGroup.name: got "x-{number}", want no {number}: it numbers what each zone has one of: subnets, eip, natGateway and privateRouteTable in network.nameTags`},
		{"rejects what is no version constraint", "preset: readme\nterraform:\n  requiredVersion: abc\n",
			`dev.yaml:3: terraform.requiredVersion: got "abc", want a version constraint such as ">= 1.2.0"`},
		{"takes version constraints", "preset: readme\nterraform:\n  requiredVersion: \"~> 1.2, != 1.5.1, < 2\"\n", ""},
		{"rejects a variable that Terraform keeps", "preset: readme\nterraform:\n  variables: {region: \"\", source: region}\n",
			`dev.yaml:3: terraform.variables.source: got "source", want another name: Terraform reserves this one`},
		{"rejects a key that ends in a slash", "preset: readme\nterraform:\n  backend:\n    s3:\n      key: a/\n",
			`dev.yaml:5: terraform.backend.s3.key: got "a/", want an object key such as dev/terraform.tfstate, without / at its ends`},
		{"rejects CDKTF's own tokens", "preset: readme\nprefect:\n  workPool: ${TfToken[TOKEN.0]}\n",
			`dev.yaml:3: prefect.workPool: got "${TfToken[TOKEN.0]}", want text without {TfToken[, which CDKTF treats as its own`},
		{"reports everything at once", "preset: readme\nregion: mars\nworker:\n  cpu: 1\n  permissions: mine\n",
			`dev.yaml:2: region: got "mars", want an AWS region such as us-east-1
dev.yaml:4: worker.cpu: got 1, want one of [256 512 1024 2048 4096 8192 16384]
dev.yaml:5: worker.permissions: got "mine", did you mean "none"? (allowed: task-execution-role, none, least-privilege)`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := load(t, map[string]string{"dev.yaml": tt.text}); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

func TestFolder(t *testing.T) {
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"rejects two files with one stack name", map[string]string{"a.yaml": "preset: readme\nstack: dev\n", "b.yaml": "preset: design\nstack: dev\n"},
			`b.yaml:2: stack: got stack name "dev", which a.yaml has already; give each its own`},
		{"rejects stack names that differ in case alone", map[string]string{"a.yaml": "preset: readme\nstack: dev\n", "b.yaml": "preset: design\nstack: Dev\n"},
			`b.yaml:2: stack: got stack name "Dev", which a.yaml has already; give each its own`},
		{"rejects two stacks with one state", map[string]string{
			"a.yaml": "preset: readme\n", "b.yaml": "preset: readme\nterraform:\n  backend:\n    s3:\n      key: a/terraform.tfstate\n"},
			"b.yaml:5: terraform.backend.s3.key: got state s3://prefect-assessment-yasir-bucket/a/terraform.tfstate, which a.yaml has already; give each its own"},
		{"gives each stack its own state", map[string]string{"a.yaml": "preset: readme\n", "b.yaml": "preset: readme\n"}, ""},
		{"rejects a state backend of nothing", map[string]string{"a.yaml": "preset: readme\n", "s.yaml": "kind: state-backend\n"},
			"s.yaml: stacks: missing, want the stack whose state this one holds, e.g. stacks: dev"},
		{"rejects a state backend of no stack", map[string]string{"dev.yaml": "preset: readme\n", "s.yaml": "kind: state-backend\nstacks: dve\n"},
			`s.yaml:2: stacks: no such stack: got "dve", want one of: dev`},
		{"rejects a state backend of a local state", map[string]string{"dev.yaml": "preset: design\n", "s.yaml": "kind: state-backend\nstacks: dev\n"},
			`s.yaml:2: stacks: got "dev", whose state is not in S3 (terraform.backend.local); set terraform.backend.s3 in it, or leave it out here`},
		{"rejects a bucket both kept and destroyed", map[string]string{"dev.yaml": "preset: readme\n", "s.yaml": "kind: state-backend\nstacks: dev\nbucket:\n  forceDestroy: true\n"},
			"s.yaml:4: bucket.forceDestroy: got true with preventDestroy true, which forbids it; set preventDestroy: false to mean it"},
		{"reports every file at once", map[string]string{"a.yaml": "", "b.yaml": "presets: readme\n"},
			"a.yaml: the file is empty, want settings, at least \"preset: readme\"\nb.yaml:1: presets: unknown setting, did you mean \"preset\"?"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := load(t, tt.files); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

func TestMissing(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct {
		name string
		err  func() error
		want string
	}{
		{"says that a folder is missing", func() error { _, err := Load(filepath.Join(dir, "x")); return err },
			filepath.Join(dir, "x") + ": no such folder, want one with an environment file such as dev.yaml"},
		{"says that a folder has no environment", func() error { _, err := Load(dir); return err },
			dir + `: got no *.yaml file, want one for each stack, such as dev.yaml with "preset: readme"`},
		{"says that a file is missing", func() error { _, err := LoadFiles(filepath.Join(dir, "dev.yaml")); return err },
			filepath.Join(dir, "dev.yaml") + ": no such file, want an environment file such as environments/dev.yaml"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if err := tt.err(); err == nil || err.Error() != tt.want {
				t.Errorf("got:\n%v\nwant:\n%s", err, tt.want)
			}
		})
	}
}

func TestFargatePairs(t *testing.T) {
	pairs := 0
	for _, memory := range settings.FargateMemoryMiB {
		pairs += len(memory)
	}
	if pairs != 74 {
		t.Errorf("got %d pairs of cpu and memory, AWS documents 74", pairs)
	}
}

func TestOverridesLayOverThePreset(t *testing.T) {
	c, err := load(t, map[string]string{"dev.yaml": `preset: readme
repository: null
serviceDiscovery:
  ttlSeconds: 60
worker:
  environment:
    A: 1
securityGroup:
  ingress: []
`})
	if err != "" {
		t.Fatal(err)
	}
	e := c.Environments[0]
	if e.Repository != nil {
		t.Error("null does not turn a feature off")
	}
	if d := e.ServiceDiscovery; d.TTLSeconds != 60 || d.Namespace != "default.prefect.local" {
		t.Errorf("got %+v, want the preset's with another TTL", d)
	}
	if len(e.SecurityGroup.Ingress) != 0 || len(e.SecurityGroup.Egress) != 1 {
		t.Errorf("got %+v, want no ingress and the preset's egress", e.SecurityGroup)
	}
	if e.Worker.Environment["A"] != "1" {
		t.Errorf("got %v, want a number as text", e.Worker.Environment)
	}
}

func TestWarnings(t *testing.T) {
	c, err := load(t, map[string]string{"a.yaml": "preset: readme\n", "b.yaml": "preset: design\n", "c.yaml": `preset: design
cluster: {name: c}
taskExecutionRole: {name: c}
logGroup: {name: c}
secret: {name: c}
worker:
  image: prefecthq/prefect-aws:0.7.12-python3.12-prefect3.9.1
`})
	if err != "" {
		t.Fatal(err)
	}
	want := []string{
		"a.yaml: securityGroup.ingress (from preset readme): open to the whole internet on tcp 80, tcp 22, tcp 443; a worker only polls outbound: set ingress: []",
		"a.yaml: worker.image (from preset readme): the tag latest can change under a running service; pin a version or a digest",
		"a.yaml: secret (from preset readme): no key by default: set -var create_secret=true with TF_VAR_prefect_api_key, or the ARN of an existing secret, or the worker cannot authenticate against Prefect Cloud",
		"a.yaml: prefect.apiUrl (from preset readme): no API URL by default: set prefect.apiUrl in this file, or give -var prefect_api_url=…, or -var prefect_account_id=… -var prefect_workspace_id=…",
		"b.yaml: worker.image (from preset design): the tag 2-latest can change under a running service; pin a version or a digest",
		"b.yaml: worker.image (from preset design): prefecthq/prefect:2-latest does not contain prefect-aws, so a worker of type ecs exits at start; use prefecthq/prefect-aws, or set worker.environment.EXTRA_PIP_PACKAGES",
		"b.yaml: worker.permissions (from preset design): got none, which does not allow ecs:RunTask: a worker of type ecs starts flow runs with that action; set least-privilege, unless the role gets it from elsewhere",
		"c.yaml: worker.permissions (from preset design): got none, which does not allow ecs:RunTask: a worker of type ecs starts flow runs with that action; set least-privilege, unless the role gets it from elsewhere",
	}
	got := warningsOf(c)
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
