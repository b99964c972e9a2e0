//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/newenv"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/pages"
)

// notBesideTheOthers are stacks that this test does not apply, with the reason.
var notBesideTheOthers = map[string]string{
	"dev-as-prod": "takes the place of dev, with its names and its state: TestMoveFromDevToProd plans it",
	"design":      "has the names of dev, as documented: it is for another account; TestDesign applies it",
}

// given is what the documented stacks are told when they are deployed.
var given = map[string]map[string]string{
	"prod":              prodVars,
	"cdk":               prodVars,
	"terraform-aws-ecs": prodVars,
	"write-only":        {"prefect_api_key": "not-a-key"},
	"prefect-module":    {"prefect_api_key": "not-a-key"},
}

// whatExists creates what the pages say must exist already, in an account that
// has nothing, and prints the ids that AWS gives, by those that the pages show.
const whatExists = `
import boto3, json
ec2 = boto3.client("ec2", "us-east-1")
vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
subnet = lambda n: ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.9.{n}.0/24", AvailabilityZone="us-east-1" + "ab"[n])["Subnet"]["SubnetId"]
boto3.client("ecs", "us-east-1").create_cluster(clusterName="shared")
boto3.client("ecs", "us-east-1").create_cluster(clusterName="my-ecs-cluster", capacityProviders=["FARGATE"])
boto3.client("logs", "us-east-1").create_log_group(logGroupName="/shared/prefect")
boto3.client("logs", "us-east-1").create_log_group(logGroupName="/acme/prefect")
trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}]}
for role in "acme-execution", "acme-worker", "acme-flows":
    boto3.client("iam").create_role(Path="/platform/", RoleName=role, AssumeRolePolicyDocument=json.dumps(trust))
print(json.dumps({
    "vpc-0123456789abcdef0": vpc,
    "subnet-0a11111111111111a": subnet(0),
    "subnet-0b22222222222222b": subnet(1),
    "eipalloc-0a11111111111111a": ec2.allocate_address(Domain="vpc")["AllocationId"],
    "tgw-0123456789abcdef0": ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"],
    "sg-0123456789abcdef0": ec2.create_security_group(GroupName="warehouse", Description="warehouse", VpcId=vpc)["GroupId"],
    "pl-0123456789abcdef0": ec2.create_managed_prefix_list(PrefixListName="office", MaxEntries=1, AddressFamily="IPv4")["PrefixList"]["PrefixListId"],
}))
`

// putValues gives each secret that has no value one, as make put-secret-value does.
const putValues = `
import boto3, sys
client = boto3.client("secretsmanager", sys.argv[1])
for secret in client.list_secrets()["SecretList"]:
    client.put_secret_value(SecretId=secret["ARN"], SecretString="not-a-key")
`

// TestDocumentedEnvironments deploys each YAML block of README and docs, with the
// HCL blocks that lie beside it, and each example that is rewritten from a peer's,
// beside the others, the project's own
// environments and two new ones of each preset, into one account: nothing that two of them make has one name, and a
// second plan is empty.
//
// A Terraform run has several stacks as its modules, which costs a fraction of a
// run for each: their backends and providers, which are not what is tested
// here, are its own.
func TestDocumentedEnvironments(t *testing.T) {
	documented, err := pages.Environments(root)
	if err != nil {
		t.Fatal(err)
	}
	terraform, err := pages.Terraform(root)
	if err != nil {
		t.Fatal(err)
	}
	p := newProjectAsUsers(t, nil)
	p.makeLogBucket("acme-access-logs")
	p.makeBucket(stateBucket)
	var made map[string]string
	if err := json.Unmarshal([]byte(p.must(p.exec(p.dir, nil, tools.Python, "-c", whatExists))), &made); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for name, b := range documented {
		text := b.Text
		for shown, id := range made {
			text = strings.ReplaceAll(text, shown, id)
		}
		files[name] = text
	}
	for name, b := range terraform {
		files[name] = b.Text
	}
	addNew(t, files)
	p.synth(files)
	applied := 0
	var together sync.WaitGroup
	all := p.together()
	for _, s := range all {
		applied += len(s.stacks)
		together.Go(func() { s.deploy() })
	}
	together.Wait()
	for _, s := range all {
		s.checkHCL()
	}
	environments, err := filepath.Glob(filepath.Join(p.dir, "environments", "*.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if want := len(environments) - len(notBesideTheOthers); applied != want {
		t.Errorf("applied %d stacks, want all %d", applied, want)
	}
}

// addNew adds two stacks of each preset as make new-env writes them beside the
// others, all in one region.
func addNew(t *testing.T, files map[string]string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(root, "environments"))); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if filepath.Dir(name) != "." { // what lies beside a stack
			continue
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, preset := range config.PresetNames() {
		for _, stack := range []string{"new-" + preset, "newer-" + preset} {
			draft, err := newenv.New(root, dir, stack, preset)
			if err != nil {
				t.Fatal(err)
			}
			set := map[string]string{"region": "us-east-1", "prefect.apiUrl": "https://api.prefect.cloud/api/accounts/9b649228-0419-40e1-9e0d-44954b5c0ab6/workspaces/96bd3cf8-85c9-4545-9713-b4e3c3e03466",
				"terraform.backend.s3.bucket": "acme-terraform-state", "terraform.backend.s3.region": "us-east-1"}
			if preset == "production" {
				set["monitoring.topic.emails"] = "oncall@example.com"
				set["tags.Environment"] = "new" // one provider serves both
			}
			for setting, value := range set {
				if err := draft.Set(setting, value); err != nil {
					t.Fatal(err)
				}
			}
			if warnings, err := draft.Check(); err != nil || len(warnings) > 0 || len(draft.LeftOut) > 0 {
				t.Fatalf("%s: got %v, %q and %v left out, want nothing to say", stack, err, warnings, draft.LeftOut)
			}
			file, err := draft.Write()
			if err != nil {
				t.Fatal(err)
			}
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			files[filepath.Base(file)] = string(text)
		}
	}
}

// stateBucket has the states of these runs: to a file Terraform writes the whole
// state again for each resource.
const stateBucket = "acme-states-of-the-test"

// mostStacks of one Terraform run.
const mostStacks = 5

// sameProvider are stacks with one region and the same default tags.
type sameProvider struct {
	*stack
	region  string
	stacks  []string
	secrets []string // addresses of those whose values Terraform does not have
	imports []any    // blocks import, which Terraform takes in a root module alone
}

// madeByHCL is what the documents' HCL, and an import, leave in the state: an
// attribute of a stack's resource, and what is in it.
var madeByHCL = []struct{ stack, address, attribute, want string }{
	{"extended", "aws_ecs_cluster.prefect", "tags", "map[CostCenter:4711 Name:extended]"},
	{"extended", "aws_vpc_endpoint.s3", "policy", "-starport-layer-bucket/*"},
	{"extended", "aws_network_acl.private", "tags", "map[Name:extended-private]"},
	{"extended", "aws_flow_log.s3", "log_destination", "arn:aws:s3:::acme-extended-flow-logs"},
	{"extended", "aws_ssm_parameter.prefect", "value", ":cluster/extended"},
	{"taken-over", "aws_cloudwatch_log_group.prefect", "id", "/acme/prefect"},
}

func (s *sameProvider) checkHCL() {
	t, attributes := s.t, map[string]map[string]any(nil)
	for _, made := range madeByHCL {
		if !slices.Contains(s.stacks, made.stack) {
			continue
		}
		if attributes == nil {
			attributes = s.attributes()
		}
		if got := fmt.Sprint(attributes["module."+made.stack+"."+made.address][made.attribute]); !strings.Contains(got, made.want) {
			t.Errorf("%s of %s: got %s %s, want %s", made.address, made.stack, made.attribute, got, made.want)
		}
	}
}

// attributes are those of the first instance of each resource in the state.
func (s *stack) attributes() map[string]map[string]any {
	s.t.Helper()
	var state struct {
		Resources []struct {
			Module, Type, Name string
			Instances          []struct{ Attributes map[string]any }
		}
	}
	if err := json.Unmarshal([]byte(s.must(s.exec(s.dir, nil, tools.Terraform.Path, "state", "pull"))), &state); err != nil {
		s.t.Fatal(err)
	}
	all := map[string]map[string]any{}
	for _, r := range state.Resources {
		if len(r.Instances) > 0 {
			all[strings.TrimPrefix(r.Module+"."+r.Type+"."+r.Name, ".")] = r.Instances[0].Attributes
		}
	}
	return all
}

// together makes root modules of stacks that have one provider, which is served.
func (p *project) together() map[string]*sameProvider {
	p.t.Helper()
	folders, err := filepath.Glob(filepath.Join(p.dir, "cdktf.out", "stacks", "*"))
	if err != nil {
		p.t.Fatal(err)
	}
	all, modules := map[string]*sameProvider{}, map[string]map[string]any{}
	counted, served := map[string]int{}, map[string][]string{}
	for _, folder := range folders {
		name := filepath.Base(folder)
		if notBesideTheOthers[name] != "" {
			continue
		}
		file := filepath.Join(folder, "cdk.tf.json")
		var text map[string]any
		if err := json.Unmarshal([]byte(p.read(filepath.Join("cdktf.out", "stacks", name, "cdk.tf.json"))), &text); err != nil {
			p.t.Fatal(err)
		}
		provider := text["provider"].(map[string]any)["aws"].([]any)[0].(map[string]any)
		region := provider["region"].(string)
		if variable, ok := strings.CutPrefix(region, "${var."); ok {
			region = text["variable"].(map[string]any)[strings.TrimSuffix(variable, "}")].(map[string]any)["default"].(string)
			provider["region"] = region
		}
		imports, _ := text["import"].([]any)
		delete(text, "import")
		for _, block := range imports {
			b := block.(map[string]any)
			b["to"] = "module." + name + "." + b["to"].(string)
		}
		for _, service := range services(text) {
			delete(service, "wait_for_steady_state") // no task of it ever runs here
		}
		delete(text, "provider")
		delete(text["terraform"].(map[string]any), "backend")
		delete(text["terraform"].(map[string]any), "cloud")
		p.writeJSON(file, text)

		config := p.writeJSON("", provider)
		key := fmt.Sprint(counted[config]/mostStacks, " ", config)
		counted[config]++
		if all[key] == nil {
			dir := filepath.Join(p.dir, "together", fmt.Sprint(len(all)))
			with := *p
			if served[config] == nil {
				served[config] = serveProvider(p.t, p.dir, p.env)
			}
			with.env = append(slices.Clone(p.env), served[config]...)
			all[key], modules[key] = &sameProvider{stack: &stack{&with, dir, nil}, region: region}, map[string]any{}
		}
		module := map[string]any{"source": folder}
		for variable, value := range given[name] {
			module[variable] = value
		}
		modules[key][name] = module
		s := all[key]
		s.stacks, s.imports = append(s.stacks, name), append(s.imports, imports...)
		resources := text["resource"].(map[string]any)
		if secrets, ok := resources["aws_secretsmanager_secret"].(map[string]any); ok && resources["aws_secretsmanager_secret_version"] == nil {
			for secret := range secrets {
				s.secrets = append(s.secrets, "module."+name+".aws_secretsmanager_secret."+secret)
			}
		}
	}
	for key, s := range all {
		if err := os.MkdirAll(s.stack.dir, 0o755); err != nil {
			p.t.Fatal(err)
		}
		_, config, _ := strings.Cut(key, " ")
		main := map[string]any{
			"terraform": map[string]any{
				"required_providers": map[string]any{"aws": map[string]any{"source": "hashicorp/aws"}},
				"backend":            map[string]any{"s3": map[string]any{"bucket": stateBucket, "key": filepath.Base(s.stack.dir), "region": "us-east-1"}},
			},
			"provider": map[string]any{"aws": []any{json.RawMessage(config)}},
			"module":   modules[key],
		}
		if len(s.imports) > 0 {
			main["import"] = s.imports
		}
		p.writeJSON(filepath.Join(s.stack.dir, "main.tf.json"), main)
	}
	return all
}

// deploy puts values into the secrets that want them, applies all of the
// stacks, and plans them again.
func (s *sameProvider) deploy() {
	t := s.t
	run := func(args ...string) bool {
		out, err := s.terraform(args...)
		if err != nil {
			t.Errorf("%v: %v\n%s", s.stacks, err, out)
		}
		return err == nil
	}
	apply := []string{"apply", "-input=false", "-auto-approve", "-parallelism=30"}
	if !run("init", "-input=false") {
		return
	}
	if len(s.secrets) > 0 {
		targets := slices.Clone(apply)
		for _, address := range s.secrets {
			targets = append(targets, "-target="+address)
		}
		if !run(targets...) {
			return
		}
		if out, err := s.exec(s.stack.dir, nil, tools.Python, "-c", putValues, s.region); err != nil {
			t.Errorf("%v\n%s", err, out)
			return
		}
	}
	if !run(apply...) {
		return
	}
	run("plan", "-input=false", "-parallelism=30", "-detailed-exitcode") // fails if there is a change
}

// writeJSON writes a file, or none, and returns its text.
func (p *project) writeJSON(name string, value any) string {
	p.t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		p.t.Fatal(err)
	}
	if name != "" {
		if err := os.WriteFile(name, text, 0o600); err != nil {
			p.t.Fatal(err)
		}
	}
	return string(text)
}

// services are the ECS services of a synthesized stack.
func services(text map[string]any) []map[string]any {
	var all []map[string]any
	of, _ := text["resource"].(map[string]any)["aws_ecs_service"].(map[string]any)
	for _, service := range of {
		all = append(all, service.(map[string]any))
	}
	return all
}
