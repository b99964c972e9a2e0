package beside

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
)

// project is a folder with an environment file, dev, what lies beside it, and
// what is synthesized of it.
type project struct {
	*testing.T
	environments, staged, out string
}

func newProject(t *testing.T, settings string, files map[string]string) *project {
	t.Helper()
	dir := t.TempDir()
	p := &project{t, filepath.Join(dir, "environments"), filepath.Join(dir, "staged"), filepath.Join(dir, "cdktf.out")}
	p.write(filepath.Join(p.environments, "dev.yaml"), "preset: readme\n"+settings)
	for name, text := range files {
		p.write(filepath.Join(p.environments, "dev", name), text)
	}
	return p
}

func (p *project) write(name, text string) {
	p.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		p.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		p.Fatal(err)
	}
}

// synth is what a synthesis does with the golden of the case readme as its JSON,
// and returns its error with the names below environments.
func (p *project) synth() string {
	p.Helper()
	made, err := os.ReadFile("../stacks/testdata/readme/cdk.tf.json")
	if err != nil {
		p.Fatal(err)
	}
	p.write(filepath.Join(p.staged, "stacks", "dev", "cdk.tf.json"), string(made))
	p.write(filepath.Join(p.staged, "stacks", "dev", "assets", "asset.zip"), "")
	err = func() error {
		c, err := config.Load(p.environments)
		if err != nil {
			p.Fatal(err)
		}
		b, err := Read(c, p.environments)
		if err != nil {
			return err
		}
		if err := b.Check(p.staged, p.out); err != nil {
			return err
		}
		if err := b.Put(p.staged, p.out); err != nil {
			return err
		}
		if err := os.CopyFS(p.out, os.DirFS(p.staged)); err != nil && !os.IsExist(err) {
			p.Fatal(err)
		}
		return b.Clean(p.out)
	}()
	if err == nil {
		return ""
	}
	return strings.NewReplacer(p.environments+"/", "", p.out, "cdktf.out").Replace(err.Error())
}

// TestFiles: what Terraform would refuse, or read otherwise than it is meant, is
// refused; what it takes is taken.
func TestFiles(t *testing.T) {
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		// Taken.
		{"takes references of every kind", map[string]string{"a.tf": `
resource "aws_network_acl" "private" {
  for_each   = { for i, id in aws_subnet.private[*].id : i => id if length(id) > 0 }
  vpc_id     = resource.aws_vpc.prefect.id
  subnet_ids = [each.value, aws_subnet.private[count.index].id, aws_subnet.public["0"].id]
  tags       = merge(local.mine, { Name = var.name_tag, (var.region) = "${terraform.workspace}-${path.module}" })
  lifecycle {
    ignore_changes       = [tags, ingress[0].rule_no]
    replace_triggered_by = [aws_vpc.prefect, terraform_data.x.output]
    precondition {
      condition     = alltrue([for a in data.aws_availability_zones.available.names : startswith(a, "us-")])
      error_message = "not in ${var.region}"
    }
  }
  provisioner "local-exec" {
    when       = destroy
    on_failure = continue
    command    = "echo ${self.id}"
  }
}
resource "terraform_data" "x" {
  depends_on = [aws_network_acl.private, module.net, data.aws_caller_identity.current]
  provider   = terraform
}
variable "mine" {
  type = object({ a = optional(string, "x"), b = list(number) })
  validation {
    condition     = var.mine.a != ""
    error_message = "empty"
  }
}
locals {
  mine = { a = module.net.id, b = provider::aws::arn_parse(aws_ecs_cluster.prefect.arn).region }
  list = [for s in ["a"] : { s = s, t = [for u in [s] : "${u}${s}"] }]
}
module "net" {
  source    = "./modules/net"
  providers = { aws = aws.west }
}
module "registry" {
  source = "terraform-aws-modules/vpc/aws"
}
output "mine" { value = [module.registry.vpc_id, module.net[0].id, one(module.net[*].id)] }
`, "b.tf": `
resource "aws_security_group" "x" {
  dynamic "ingress" {
    for_each = var.mine.b
    content {
      from_port = ingress.value
      to_port   = ingress.key
      dynamic "inner" {
        for_each = ingress.value
        iterator = it
        labels   = [it.key]
        content { both = [it.value, ingress.value] }
      }
    }
  }
  provider = aws.west
}
provider "aws" {
  alias  = "west"
  region = "us-west-2"
}
terraform {
  required_version = ">= 1.9"
}
check "api" {
  data "http" "api" { url = var.prefect_api_url }
  assert {
    condition     = data.http.api.status_code == 200
    error_message = "down"
  }
}
ephemeral "aws_secretsmanager_secret_version" "key" { secret_id = local.secret_arn }
locals { key = ephemeral.aws_secretsmanager_secret_version.key.secret_string }
moved {
  from = aws_network_acl.old
  to   = aws_network_acl.private["0"]
}
import {
  for_each = local.mine
  to       = aws_network_acl.private[each.key]
  id       = each.value
}
removed {
  from = module.old
  lifecycle { destroy = false }
}
`, "c.tf.json": `{"//": "a comment", "resource": {"aws_security_group": {"y": {"vpc_id": "${aws_vpc.prefect.id}", "provider": "aws.west", "depends_on": ["aws_vpc.prefect"],
  "dynamic": {"ingress": {"for_each": [1], "content": {"from_port": "${ingress.value}"}}}}}}, "locals": {"json": "${local.mine}"}}`,
			"modules/net/main.tf": "variable \"x\" { default = 1 }\noutput \"id\" { value = var.x }\nterraform {\n  required_providers { aws = { source = \"hashicorp/aws\" } }\n}\n",
			"x_override.tf":       "resource \"aws_ecs_cluster\" \"prefect\" { tags = { Team = local.mine.a } }\nterraform {\n  required_providers { random = { source = \"hashicorp/random\" } }\n  backend \"local\" {}\n}\n",
			"override.tf.json":    `{"output": {"ecs_cluster_arn": {"sensitive": true}}, "variable": {"region": {"default": "us-east-1"}}, "locals": {"azs": ["us-east-1a"]}, "provider": {"aws": {"max_retries": 5}}}`,
			"d.tf":                "locals { same = aws_vpc.nobody.id }\n", "d.tofu": "locals { same = tofu.workspace }\n", "e.tf": "locals { e = local.same }\n",
			"README.md": "${not.terraform}", ".hidden.tf": "resource {", "old.tf~": "resource {", "terraform.tfvars": "x = }"}, ""},

		// Refused.
		{"names what is nearest", map[string]string{"a.tf": "locals {\n  a = aws_vpc.prefct.id\n  b = var.regoin\n  c = local.azz\n  d = data.aws_caller_identity.curent\n  e = module.nat.x\n  f = ephemeral.aws_x.y.z\n}\n" +
			"module \"net\" { source = \"terraform-aws-modules/vpc/aws\" }\n"},
			`dev/a.tf:2: aws_vpc.prefct: no such resource in the stack or a file beside it, did you mean aws_vpc.prefect?
dev/a.tf:3: var.regoin: no such variable in the stack or a file beside it, did you mean var.region?
dev/a.tf:4: local.azz: no such local in the stack or a file beside it, did you mean local.azs?
dev/a.tf:5: data.aws_caller_identity.curent: no such data source in the stack or a file beside it, did you mean data.aws_caller_identity.current?
dev/a.tf:6: module.nat: no such module in the stack or a file beside it, did you mean module.net?
dev/a.tf:7: ephemeral.aws_x.y: no such ephemeral resource in the stack or a file beside it`},
		{"knows an iterator in its block alone", map[string]string{"a.tf": "resource \"aws_x\" \"y\" {\n  dynamic \"rule\" {\n    for_each = rule.value\n    content { a = rule.value }\n  }\n  b = rule.value\n}\n"},
			"dev/a.tf:3: rule.value: no such resource in the stack or a file beside it\ndev/a.tf:6: rule.value: no such resource in the stack or a file beside it"},
		{"looks into JSON", map[string]string{"a.tf.json": "{\n \"output\": {\"x\": {\"value\": \"${aws_vpc.prefct.id}\"},\n \"y\": {\"value\": [\"${var.regoin}\"]}}\n}\n"},
			"dev/a.tf.json:2: aws_vpc.prefct: no such resource in the stack or a file beside it, did you mean aws_vpc.prefect?\n" +
				"dev/a.tf.json:3: var.regoin: no such variable in the stack or a file beside it, did you mean var.region?"},
		{"refuses what the stack has", map[string]string{"a.tf": "resource \"aws_vpc\" \"prefect\" {}\ndata \"aws_caller_identity\" \"current\" {}\nvariable \"region\" {}\noutput \"ecs_cluster_arn\" { value = 1 }\nlocals { azs = [] }\nprovider \"aws\" {}\n" +
			"terraform {\n  backend \"s3\" {}\n  required_providers {\n    aws = { source = \"hashicorp/aws\" }\n  }\n}\n"},
			`dev/a.tf:1: aws_vpc.prefect: the stack has it already; want another name, or a file whose name ends in _override.tf to change the stack's
dev/a.tf:2: data.aws_caller_identity.current: the stack has it already; want another name, or a file whose name ends in _override.tf to change the stack's
dev/a.tf:3: var.region: the stack has it already; want another name, or a file whose name ends in _override.tf to change the stack's
dev/a.tf:4: output.ecs_cluster_arn: the stack has it already; want another name, or a file whose name ends in _override.tf to change the stack's
dev/a.tf:5: local.azs: the stack has it already; want another name, or a file whose name ends in _override.tf to change the stack's
dev/a.tf:6: provider.aws: the stack has it already; want an alias, or a file whose name ends in _override.tf to change the stack's
dev/a.tf:8: backend: the stack has it already, by terraform.backend of its environment file; set it there
dev/a.tf:9: required_providers: the stack has it already, and Terraform accepts only one; put it in a file whose name ends in _override.tf, which adds to the stack's`},
		{"refuses what two files have", map[string]string{"a.tf": "resource \"aws_eip\" \"x\" {}\n", "b.tf.json": `{"resource": {"aws_eip": {"x": {}}}}`},
			"dev/b.tf.json:1: aws_eip.x: declared twice, first at dev/a.tf:1; remove one"},
		{"refuses an override of nothing", map[string]string{"x_override.tf": "resource \"aws_ecs_cluster\" \"prefct\" {}\nlocals { x = 1 }\nmoved {\n  from = aws_a.b\n  to = aws_a.c\n}\nresource \"aws_vpc\" \"prefect\" { depends_on = [aws_eip.nat] }\ncheck \"x\" {}\n"},
			`dev/x_override.tf:1: aws_ecs_cluster.prefct: got an override of something that is not in the stack or a file beside it, did you mean aws_ecs_cluster.prefect?
dev/x_override.tf:2: local.x: got an override of something that is not in the stack or a file beside it, did you mean local.azs?
dev/x_override.tf:3: moved: set in an override file, where Terraform does not accept it; move it to another file
dev/x_override.tf:7: depends_on: set in an override file, where Terraform refuses it; want a reference in an argument instead
dev/x_override.tf:8: check.x: got an override of something that is not in the stack or a file beside it
dev/x_override.tf:8: check: set in an override file, where Terraform does not accept it; move it to another file`},
		{"says what is no Terraform, once for each line", map[string]string{"a.tf": "resource \"aws_vpc\" {\n  x = [1\n}\n", "b.tf": "resorce \"aws_vpc\" \"x\" {}\nx = 1\n", "c.tf.json": "{\"resource\": {]"},
			`dev/a.tf:3: not Terraform: Missing item separator: Expected a comma to mark the beginning of the next item.
dev/b.tf:1: resorce: not a block of Terraform, did you mean "resource"?
dev/b.tf:2: x: got an argument outside of a block, want it in one
dev/c.tf.json:1: not Terraform: Missing array element value: A JSON value must start with a brace, a bracket, a number, a string, or a keyword.`},
		{"wants both labels", map[string]string{"a.tf": "resource \"aws_vpc\" {}\n"}, "dev/a.tf:1: not Terraform: Missing name for resource: All resource blocks must have 2 labels (type, name)."},
		{"refuses providers that nobody configures", map[string]string{"a.tf": "resource \"aws_eip\" \"x\" { provider = aws.wset }\nmodule \"x\" {\n  source = \"a/b/c\"\n  providers = { aws = aws.east }\n}\nprovider \"aws\" { alias = \"west\" }\n"},
			"dev/a.tf:1: aws.wset: no such provider in the stack or a file beside it, did you mean aws.west?\ndev/a.tf:4: aws.east: no such provider in the stack or a file beside it, did you mean aws.west?"},
		{"looks into modules in the folder", map[string]string{"a.tf": "module \"a\" { source = \"./m\" }\nmodule \"b\" { source = \"./n\" }\nmodule \"c\" { source = \"../m\" }\noutput \"x\" { value = module.a.ide }\n",
			"m/main.tf": "output \"id\" { value = var.x }\n"},
			`dev/a.tf:2: source of module.b: got "./n", want a folder with Terraform files: dev/n has none
dev/a.tf:3: source of module.c: got "../m", want a folder with Terraform files, as seen from cdktf.out/stacks/dev, where Terraform runs: the project's own folder is ../../..
dev/a.tf:4: module.a.ide: the module has no such output, did you mean id?
dev/m/main.tf:1: var.x: no such variable in the module`},
		{"finds a module that calls itself", map[string]string{"a.tf": "module \"a\" { source = \"./m\" }\nmodule \"b\" { source = \"./m\" }\nmodule \"c\" { source = \"./.\" }\n", "m/a.tf": "module \"up\" { source = \"../m\" }\nmodule \"top\" { source = \"./..\" }\n"},
			`dev/a.tf:3: source of module.c: got "./.", a module that contains this one, and would call itself endlessly
dev/m/a.tf:1: source of module.up: got "../m", a module that contains this one, and would call itself endlessly
dev/m/a.tf:2: source of module.top: got "./..", a module that contains this one, and would call itself endlessly`},
		{"takes no key", map[string]string{"a.tf": "locals {\n  x = \"pnu_0123456789abcdefghij\"\n}\n"},
			"dev/a.tf:2: got a Prefect API key, want none: a secret must never be in a file; give it as a Terraform variable, e.g. TF_VAR_prefect_api_key"},
		{"takes no file of the name that is synthesized", map[string]string{"cdk.tf.json": "{}", "assets/asset.zip": "x"}, "dev/cdk.tf.json: got the name of a synthesized file, want another"},
		{"takes no file where one is synthesized", map[string]string{"assets/asset.zip": "x"}, "dev/assets/asset.zip: got the name of a file that is synthesized, want another"},
		{"holds a file's moves to the stack", map[string]string{"a.tf": `
moved {
  from = aws_vpc.prefect
  to   = aws_vpc.main
}
moved {
  from = aws_vpc.main
  to   = data.aws_vpc.x
}
import {
  to = aws_subnet.private
  id = "x"
}
removed {
  from = aws_eip.nat
}
`},
			`dev/a.tf:3: moved.from: got aws_vpc.prefect, which the stack still declares; want the old address, which nothing declares any more
dev/a.tf:4: moved.to: got aws_vpc.main, which nothing declares (Terraform would destroy what moves there), did you mean aws_vpc.prefect?
dev/a.tf:8: moved.to: got a data source, want a resource: nothing but a resource is in a state for longer than a plan
dev/a.tf:11: import.to: got aws_subnet.private, which has count; want a number as its key, such as [0]
dev/a.tf:15: removed.from: got aws_eip.nat, which the stack still declares; remove it there, or remove this block`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := newProject(t, "", tt.files).synth(); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

// TestStatements: those of the environment file are held to what the stack and
// the files beside it make.
func TestStatements(t *testing.T) {
	files := map[string]string{
		"a.tf":      "module \"net\" {\n  source = \"./net\"\n  count  = 2\n}\nmodule \"far\" { source = \"a/b/c\" }\nmodule \"remote\" { source = \"a/b/c\" }\nresource \"aws_eip\" \"x\" { for_each = toset([\"a\"]) }\nresource \"aws_eip\" \"two\" { count = 2 }\n",
		"net/a.tf":  "resource \"aws_vpc\" \"x\" {}\nmodule \"in\" { source = \"./in\" }\n",
		"b.tf.json": `{"moved": [{"from": "aws_eip.old", "to": "aws_eip.x[\"a\"]"}]}`, "net/in/a.tf": "resource \"aws_eip\" \"x\" {}\n",
	}
	for _, tt := range []struct{ name, text, want string }{
		{"takes what is made", `
  import:
    - {to: aws_vpc.prefect, id: a}
    - {to: 'aws_subnet.private[7]', id: b}
    - {to: 'module.net[1].aws_vpc.x', id: c}
    - {to: 'module.net[1].module.in.aws_eip.x', id: d}
    - {to: module.far.aws_eip.nobody_knows, id: e}
  moved:
    - {from: 'aws_eip.two[2]', to: 'aws_eip.two[1]'}
    - {from: aws_subnet.old, to: aws_subnet.private}
    - {from: aws_subnet.public, to: 'aws_subnet.public[0]'}
    - {from: aws_ecs_cluster.a, to: aws_ecs_cluster.b}
    - {from: aws_ecs_cluster.b, to: aws_ecs_cluster.prefect}
    - {from: module.old, to: 'module.net[0]'}
  removed:
    - {from: module.gone}
    - {from: module.net.aws_eip.gone}
    - {from: aws_vpc.gone}
`, ""},
		{"refuses what nothing makes", `
  import:
    - {to: aws_vpc.main, id: a}
    - {to: module.ent.aws_vpc.x, id: c}
    - {to: 'module.net[0].aws_vpc.y', id: d}
    - {to: 'module.net[0].module.out.aws_vpc.y', id: d}
  moved:
    - {from: aws_ecs_cluster.old, to: aws_ecs_cluster.perfect}
    - {from: module.a, to: module.nett}
`, `dev.yaml:6: terraform.import[0].to: got aws_vpc.main, which nothing declares, did you mean aws_vpc.prefect?
dev.yaml:7: terraform.import[1].to: got module.ent.aws_vpc.x, and nothing declares module.ent, did you mean module.net?
dev.yaml:8: terraform.import[2].to: got module.net[0].aws_vpc.y, and nothing declares aws_vpc.y, did you mean aws_vpc.x?
dev.yaml:9: terraform.import[3].to: got module.net[0].module.out.aws_vpc.y, and nothing declares module.out, did you mean module.in?
dev.yaml:11: terraform.moved[0].to: got aws_ecs_cluster.perfect, which nothing declares (Terraform would destroy what moves there), did you mean aws_ecs_cluster.prefect?
dev.yaml:12: terraform.moved[1].to: got module.nett, and nothing declares module.nett (Terraform would destroy what moves there), did you mean module.net?`},
		{"refuses keys of another kind", `
  import:
    - {to: 'aws_vpc.prefect[0]', id: a}
    - {to: aws_subnet.private, id: b}
    - {to: 'aws_subnet.private["a"]', id: c}
    - {to: 'aws_eip.two[2]', id: d}
    - {to: aws_eip.x, id: e}
    - {to: 'aws_eip.x[0]', id: f}
`, `dev.yaml:6: terraform.import[0].to: got aws_vpc.prefect[0], which has neither count nor for_each; want it without a key
dev.yaml:7: terraform.import[1].to: got aws_subnet.private, which has count; want a number as its key, such as [0]
dev.yaml:8: terraform.import[2].to: got aws_subnet.private["a"], which has count; want a number as its key, such as [0]
dev.yaml:9: terraform.import[3].to: got aws_eip.two[2], of which there are 2, the first is [0]
dev.yaml:10: terraform.import[4].to: got aws_eip.x, which has for_each; want a string as its key, such as ["a"]
dev.yaml:11: terraform.import[5].to: got aws_eip.x[0], which has for_each; want a string as its key, such as ["a"]`},
		{"refuses what is still made", `
  moved:
    - {from: aws_vpc.prefect, to: module.remote.aws_vpc.x}
    - {from: 'aws_eip.two[0]', to: aws_eip.nat}
    - {from: 'module.net.aws_vpc.x', to: module.remote.aws_vpc.y}
  removed:
    - {from: aws_ecs_cluster.prefect}
    - {from: module.far}
    - {from: module.net.module.in.aws_eip.x}
`, `dev.yaml:6: terraform.moved[0].from: got aws_vpc.prefect, which the stack still declares; want the old address, which nothing declares any more
dev.yaml:7: terraform.moved[1].from: got aws_eip.two[0], which dev/a.tf:8 still declares; want the old address, which nothing declares any more
dev.yaml:8: terraform.moved[2].from: got module.net.aws_vpc.x, which dev/net/a.tf:1 still declares; want the old address, which nothing declares any more
dev.yaml:10: terraform.removed[0].from: got aws_ecs_cluster.prefect, which the stack still declares; remove it there, or remove this block
dev.yaml:11: terraform.removed[1].from: got module.far, which dev/a.tf:5 still declares; remove it there, or remove this block
dev.yaml:12: terraform.removed[2].from: got module.net.module.in.aws_eip.x, which dev/net/in/a.tf:1 still declares; remove it there, or remove this block`},
		{"refuses what a file says already", `
  import: [{to: 'aws_eip.x["a"]', id: a}]
  moved: [{from: aws_eip.old, to: aws_eip.nat}]
`, `dev.yaml:5: terraform.import[0].to: got aws_eip.x["a"], to which dev/b.tf.json:1 moves another; want one: a resource is one object
dev/b.tf.json:1: moved.from: got aws_eip.old, which terraform.moved[0] has already; remove one`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := newProject(t, "terraform:\n  requiredVersion: \">= 1.8\"\n"+tt.text, files).synth(); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

// TestRenamed: addresses are those of the JSON, and who means the other is told.
func TestRenamed(t *testing.T) {
	p := newProject(t, "terraform:\n  requiredVersion: \">= 1.8\"\n  resourceNames: {aws_eip.nat: nat_ip}\n  import: [{to: aws_eip.nat, id: a}]\n",
		map[string]string{"a.tf": "output \"x\" { value = aws_eip.nat_ip.id }\n", "b.tf": "output \"y\" { value = aws_eip.nat.id }\n"})
	c, err := config.Load(p.environments)
	if err != nil {
		t.Fatal(err)
	}
	b, err := Read(c, p.environments)
	if err != nil {
		t.Fatal(err)
	}
	made := strings.ReplaceAll(readText(t, "../stacks/testdata/readme/cdk.tf.json"), `"aws_eip": {
      "nat": {`, `"aws_eip": {
      "nat_ip": {`)
	p.write(filepath.Join(p.staged, "stacks", "dev", "cdk.tf.json"), made)
	want := "dev.yaml:5: terraform.import[0].to: got aws_eip.nat, which nothing declares; terraform.resourceNames renames it, want aws_eip.nat_ip\n" +
		"dev/b.tf:1: aws_eip.nat: no such resource in the stack or a file beside it; terraform.resourceNames renames it, want aws_eip.nat_ip"
	if err := b.Check(p.staged, p.out); err == nil || strings.ReplaceAll(err.Error(), p.environments+"/", "") != want {
		t.Errorf("got:\n%v\nwant:\n%s", err, want)
	}
}

func readText(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// TestWhatIsCopied: files come and go with those beside the environment file;
// what is Terraform's or somebody else's stays.
func TestWhatIsCopied(t *testing.T) {
	p := newProject(t, "", map[string]string{
		"nacl.tf": "locals { x = file(\"${path.module}/policies/a.json\") }\n", "policies/a.json": "{}", "policies/b.json": "{}", "run.sh": "#!/bin/sh\n",
		".hidden": "", ".git/x": "", "terraform.tfvars": "x", "a.auto.tfvars.json": "{}", "terraform.tfstate": "{}", "terraform.tfstate.backup": "{}", "tfplan": "x", "a.tfplan": "x", "a.tf~": "x", "#a.tf#": "x",
	})
	if err := os.Chmod(filepath.Join(p.environments, "dev", "run.sh"), 0o755); err != nil {
		t.Fatal(err)
	}
	const stack = "stacks/dev"
	theirs := []string{".terraform/x", ".terraform.lock.hcl", "terraform.tfstate", "ci.auto.tfvars", "backend_override.tf", "policies/mine.json"}
	for _, name := range theirs {
		p.write(filepath.Join(p.out, stack, name), "theirs")
	}
	has := func(what string, want ...string) {
		t.Helper()
		for _, name := range append(want, append(theirs, "cdk.tf.json", "assets/asset.zip")...) {
			if _, err := os.Stat(filepath.Join(p.out, stack, name)); err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
		for _, name := range theirs {
			if got := readText(t, filepath.Join(p.out, stack, name)); got != "theirs" {
				t.Errorf("%s: %s is now %q", what, name, got)
			}
		}
		n := 0
		_ = filepath.WalkDir(filepath.Join(p.out, stack), func(path string, d os.DirEntry, err error) error {
			if !d.IsDir() {
				n++
			}
			return nil
		})
		if n != len(want)+len(theirs)+2 {
			t.Errorf("%s: got %d files, want %v besides %v", what, n, want, theirs)
		}
	}
	synth := func() {
		t.Helper()
		if err := os.RemoveAll(p.staged); err != nil {
			t.Fatal(err)
		}
		if got := p.synth(); got != "" {
			t.Fatal(got)
		}
	}
	synth()
	has("at first", record, "nacl.tf", "policies/a.json", "policies/b.json", "run.sh")
	if info, err := os.Stat(filepath.Join(p.out, stack, "run.sh")); err != nil || info.Mode().Perm()&0o111 == 0 {
		t.Errorf("run.sh is no program any more: %v", info.Mode())
	}
	for _, name := range []string{"policies", "run.sh"} {
		if err := os.RemoveAll(filepath.Join(p.environments, "dev", name)); err != nil {
			t.Fatal(err)
		}
	}
	synth()
	has("after some are gone", record, "nacl.tf")
	if err := os.RemoveAll(filepath.Join(p.environments, "dev")); err != nil {
		t.Fatal(err)
	}
	synth()
	has("after all are gone")

	// What is in the way is somebody's.
	p.write(filepath.Join(p.environments, "dev", "policies", "mine.json"), "ours")
	p.write(filepath.Join(p.environments, "dev", "ci.auto.tfvars", "x.txt"), "a folder's name that is not copied")
	p.write(filepath.Join(p.environments, "dev", "backend_override.tf", "x.txt"), "")
	if err := os.RemoveAll(p.staged); err != nil {
		t.Fatal(err)
	}
	want := "dev/backend_override.tf/x.txt: cdktf.out/stacks/dev/backend_override.tf is in the way; remove it\n" +
		"dev/policies/mine.json: cdktf.out/stacks/dev/policies/mine.json is in the way, which synthesis did not put there; remove it"
	if got := p.synth(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	has("after an error")
}

// TestARecordOfNobodysFiles: only names below the folder are ever removed.
func TestARecordOfNobodysFiles(t *testing.T) {
	p := newProject(t, "", nil)
	outside := filepath.Join(filepath.Dir(p.out), "outside")
	p.write(outside, "theirs")
	p.write(filepath.Join(p.out, "stacks", "dev", record), "../../../outside\n"+outside+"\n.terraform.lock.hcl\n\n")
	p.write(filepath.Join(p.out, "stacks", "dev", ".terraform.lock.hcl"), "theirs")
	if got := p.synth(); got != "" {
		t.Fatal(got)
	}
	for _, name := range []string{outside, filepath.Join(p.out, "stacks", "dev", ".terraform.lock.hcl")} {
		if _, err := os.Stat(name); err != nil {
			t.Error(err)
		}
	}
}

// TestRead: what is no file to copy, and folders that are no stack's.
func TestRead(t *testing.T) {
	p := newProject(t, "", map[string]string{"a.tf": ""})
	dev := filepath.Join(p.environments, "dev")
	if err := os.Symlink("/etc/passwd", filepath.Join(dev, "link.tf")); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("..", filepath.Join(dev, "up")); err != nil {
		t.Fatal(err)
	}
	p.write(filepath.Join(dev, "large.tf"), strings.Repeat("#\n", 1<<20))
	p.write(filepath.Join(dev, "a\nb.tf"), "")
	p.write(filepath.Join(p.environments, "devv", ".terraform.lock.hcl"), "")
	p.write(filepath.Join(p.environments, "old", "sub", "a.tf"), "")
	p.write(filepath.Join(p.environments, "state", "terraform.tfstate"), "nothing that is taken")
	p.write(filepath.Join(p.environments, ".github", "x.tf"), "")
	want := dev + `/large.tf: got 2097152 bytes, want at most 1048576
` + dev + `/link.tf: cannot be copied: it is not a regular file; want the file itself
` + dev + `/up: cannot be copied: it is not a regular file; want the file itself
` + p.environments + `/devv: got a folder without a stack of that name, did you mean "dev"?; want ` + p.environments + `/devv.yaml beside it, or remove the folder
` + p.environments + `/old: got a folder without a stack of that name; want ` + p.environments + `/old.yaml beside it, or remove the folder`
	want = strings.Replace(`"`+dev+`/a\nb.tf": got a name with a control character, want another
`+want, p.environments+"/", "", -1)
	if got := p.synth(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}
