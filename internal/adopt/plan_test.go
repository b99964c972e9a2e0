package adopt

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
)

// schemas has the arguments that the tests need.
func schemas() *tfjson.ProviderSchemas {
	optional := &tfjson.SchemaAttribute{Optional: true}
	required := &tfjson.SchemaAttribute{Required: true}
	resource := func(attributes map[string]*tfjson.SchemaAttribute) *tfjson.Schema {
		return &tfjson.Schema{Block: &tfjson.SchemaBlock{Attributes: attributes}}
	}
	return &tfjson.ProviderSchemas{Schemas: map[string]*tfjson.ProviderSchema{"registry.terraform.io/hashicorp/aws": {ResourceSchemas: map[string]*tfjson.Schema{
		"aws_vpc":                        resource(map[string]*tfjson.SchemaAttribute{"cidr_block": required, "tags": optional, "instance_tenancy": optional}),
		"aws_subnet":                     resource(map[string]*tfjson.SchemaAttribute{"vpc_id": required, "tags": optional}),
		"aws_iam_policy":                 resource(map[string]*tfjson.SchemaAttribute{"policy": required, "name": {Optional: true, Computed: true}, "description": optional}),
		"aws_iam_role_policy_attachment": resource(map[string]*tfjson.SchemaAttribute{"role": required, "policy_arn": required}),
		"aws_ssm_parameter":              resource(map[string]*tfjson.SchemaAttribute{"name": required, "value": {Optional: true, Computed: true, Sensitive: true}}),
		"aws_ecs_task_definition":        resource(map[string]*tfjson.SchemaAttribute{"container_definitions": required}),
	}}}}
}

// synthesized are resources as this app makes them.
func synthesized(t *testing.T, a *Adoption, addresses ...string) {
	t.Helper()
	all := map[string]map[string]any{}
	for _, address := range addresses {
		kind, name, _ := strings.Cut(a.address(address), ".")
		if all[kind] == nil {
			all[kind] = map[string]any{}
		}
		all[kind][name] = map[string]any{"container_definitions": "${jsonencode(local.container_definitions)}"}
	}
	text, err := json.Marshal(map[string]any{"resource": all})
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Synthesized(text); err != nil {
		t.Fatal(err)
	}
}

func change(address string, before, after map[string]any, actions ...tfjson.Action) *tfjson.ResourceChange {
	c := &tfjson.Change{Actions: actions}
	if before != nil {
		c.Before = before
	}
	if after != nil {
		c.After = after
	}
	return &tfjson.ResourceChange{Address: address, Mode: tfjson.ManagedResourceMode, Change: c}
}

func learn(t *testing.T, a *Adoption, changes ...*tfjson.ResourceChange) {
	t.Helper()
	if !a.Learn(&tfjson.Plan{ResourceChanges: changes}) {
		t.Fatal("learned nothing")
	}
}

func holds(t *testing.T, what string, text []byte, wants ...string) {
	t.Helper()
	plain := strings.Join(strings.Fields(string(text)), " ")
	for _, want := range wants {
		if !strings.Contains(plain, want) {
			t.Errorf("%s lacks %q:\n%s", what, want, text)
		}
	}
}

// twoZones is a deployment of which this app creates a part.
func twoZones(t *testing.T) *Adoption {
	t.Helper()
	a := adopted(t, parse(t, "two-zones"))
	a.Schemas = schemas()
	synthesized(t, a, "aws_vpc.prefect", "aws_subnet.private", "aws_iam_role_policy.secrets_policy", "aws_ecs_task_definition.prefect_worker", "aws_iam_role.task_execution_role")
	return a
}

// TestLearn: what a plan would change of this app's resources becomes an override
// by what the state has, what it would make is not made.
func TestLearn(t *testing.T) {
	a := twoZones(t)
	learn(t, a,
		change("aws_vpc.flows", map[string]any{"tags": map[string]any{"Name": "flows", "CostCenter": "4711"}, "instance_tenancy": ""},
			map[string]any{"tags": map[string]any{"Name": "flows"}, "instance_tenancy": nil}, tfjson.ActionUpdate),
		change("aws_subnet.private[0]", map[string]any{"tags": map[string]any{"Name": "a"}}, map[string]any{"tags": nil}, tfjson.ActionUpdate),
		change("aws_subnet.private[1]", map[string]any{"tags": map[string]any{"Name": "b"}}, map[string]any{"tags": nil}, tfjson.ActionUpdate),
		change("aws_iam_role_policy.secrets_policy", nil, map[string]any{"name": "x"}, tfjson.ActionCreate))
	override := a.Override()
	holds(t, "the override", override, `resource "aws_vpc" "flows" { tags = { CostCenter = "4711" Name = "flows" } }`,
		`tags = [{ Name = "a" }, { Name = "b" }][count.index]`, `resource "aws_iam_role_policy" "secrets_policy" { count = 0`)
	if strings.Contains(string(override), "instance_tenancy") {
		t.Errorf("a change from nothing to nothing is overridden:\n%s", override)
	}
	// What an override does not settle Terraform ignores.
	learn(t, a, change("aws_vpc.flows", map[string]any{"tags": map[string]any{"Name": "flows"}}, map[string]any{"tags": nil}, tfjson.ActionUpdate))
	holds(t, "the override", a.Override(), `resource "aws_vpc" "flows" { lifecycle { ignore_changes = [tags] } }`)
	if a.Learn(&tfjson.Plan{}) {
		t.Error("learned of an empty plan")
	}
}

// TestLearnOfReplacement: only what forces it is overridden.
func TestLearnOfReplacement(t *testing.T) {
	a := twoZones(t)
	c := change("aws_vpc.flows", map[string]any{"cidr_block": "10.20.0.0/21", "tags": map[string]any{"Name": "x"}}, map[string]any{"cidr_block": "10.0.0.0/16", "tags": nil},
		tfjson.ActionDelete, tfjson.ActionCreate)
	c.Change.ReplacePaths = []any{[]any{"cidr_block"}}
	learn(t, a, c)
	if got := slices.Collect(maps.Keys(a.overrides["aws_vpc.prefect"].arguments)); !slices.Equal(got, []string{"cidr_block"}) {
		t.Errorf("overrides %v, want cidr_block alone", got)
	}
}

// TestHandedOver: a resource that the provider refuses leaves the state, and the file
// says why, as it is said inline nowhere.
func TestHandedOver(t *testing.T) {
	a := twoZones(t)
	line := 0
	for i, text := range strings.Split(string(a.Kept()), "\n") {
		if strings.HasPrefix(text, `resource "aws_iam_policy" "secret"`) {
			line = i + 1
		}
	}
	left := a.Left()
	if !a.Invalid([]Diagnostic{{Diagnostic: tfjson.Diagnostic{Severity: tfjson.DiagnosticSeverityError, Summary: "Invalid\n policy",
		Range: &tfjson.Range{Filename: KeptFile, Start: tfjson.Pos{Line: line}}}}}) || a.Left() <= left {
		t.Fatalf("got %d that leave the state, want more than %d", a.Left(), left)
	}
	text, err := a.Environment()
	if err != nil {
		t.Fatal(err)
	}
	holds(t, "the file", text, "removed: # leave the state and stay in AWS: this app's own resources have the same inline, unless a line says otherwise",
		"- {from: aws_iam_policy.secret} # not taken over: the provider refuses what the state has of it: Invalid policy")
}

// TestKept: what this app does not make stays, refers to what it belongs to, and
// moves out of its module.
func TestKept(t *testing.T) {
	a := twoZones(t)
	holds(t, "what is kept", a.Kept(), `resource "aws_iam_policy" "secret"`, "jsonencode({", `resource "aws_iam_role_policy_attachment" "secret"`,
		"policy_arn = aws_iam_policy.secret.arn", "role = aws_iam_role.worker.name")
	a = adopted(t, parse(t, "child-modules"))
	a.Schemas = schemas()
	synthesized(t, a, "aws_vpc.prefect")
	holds(t, "what is kept", a.Kept(), `moved { from = module.worker["default-pool"].aws_iam_policy.this["task"] to = aws_iam_policy.worker_this_task }`)
}

// TestCredentials: a value that is secret becomes a variable, in a resource and in
// the plain text of a container.
func TestCredentials(t *testing.T) {
	a := adopted(t, parse(t, "public-only"))
	a.Schemas = schemas()
	synthesized(t, a, "aws_ecs_task_definition.prefect_worker")
	containers := func(value string) map[string]any {
		return map[string]any{"container_definitions": `[{"name":"prefect","environment":[{"name":"DATABASE_URL","value":"postgres://me:` + value + `@db/x"},{"name":"MODE","value":"a"}]}]`}
	}
	after := map[string]any{"container_definitions": `[{"name":"prefect"}]`}
	learn(t, a, change(a.address("aws_ecs_task_definition.prefect_worker"), containers("not-a-key"), after, tfjson.ActionUpdate))
	kept, override := a.Kept(), a.Override()
	if all := string(kept) + string(override); strings.Contains(all, "not-a-key") {
		t.Errorf("a secret is written:\n%s", all)
	}
	holds(t, "what is kept", kept, `variable "api_key_value" { type = string sensitive = true default = "-" }`, "value = var.api_key_value", "ignore_changes = [value]",
		`variable "adopted_database_url" { type = string sensitive = true }`)
	holds(t, "the override", override, "value = var.adopted_database_url", `value = "a"`, "merge(local.container_definitions[0], {")
	if got := a.Variables(); !slices.Equal(got, []string{"adopted_database_url"}) {
		t.Errorf("variables to give: got %v", got)
	}
}

// TestReport: what would be lost is said so that nobody overlooks it, and no value is.
func TestReport(t *testing.T) {
	a := twoZones(t)
	lines, remaining := a.Report(&tfjson.Plan{ResourceChanges: []*tfjson.ResourceChange{
		change("aws_vpc.flows", map[string]any{"tags": map[string]any{"Name": "secret-value"}}, map[string]any{"tags": nil}, tfjson.ActionUpdate),
		change("aws_iam_policy.secret", map[string]any{"policy": "secret-value"}, nil, tfjson.ActionDelete),
		change("aws_eip.nat", nil, map[string]any{"domain": "vpc"}, tfjson.ActionCreate),
	}})
	text := strings.Join(lines, "\n")
	for _, want := range []string{"the plan updates aws_vpc.flows (tags): harmless, tags only", "DO NOT APPLY: the plan would delete aws_iam_policy.secret", "the plan would create aws_eip.nat"} {
		if !strings.Contains(text, want) {
			t.Errorf("no line %q in:\n%s", want, text)
		}
	}
	if remaining != 3 || strings.Contains(text, "secret-value") {
		t.Errorf("got %d changes:\n%s", remaining, text)
	}
}

// TestUpgrade: what is written as a state again leaves values of no fixed type as
// they are, with their type.
func TestUpgrade(t *testing.T) {
	const text = `{"version": 4, "lineage": "x", "resources": [
		{"mode": "managed", "type": "terraform_data", "name": "a", "provider": "provider[\"terraform.io/builtin/terraform\"]", "instances": [{"schema_version": 0, "attributes": {"input": {"value": "v", "type": "string"}}}]},
		{"mode": "managed", "type": "aws_vpc", "name": "a", "provider": "provider[\"registry.terraform.io/hashicorp/aws\"]", "instances": [{"schema_version": 0, "attributes": {"id": "vpc-1"}}]}]}`
	s, err := ParseState([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	prior := &tfjson.State{Values: &tfjson.StateValues{RootModule: &tfjson.StateModule{Resources: []*tfjson.StateResource{
		{Address: "terraform_data.a", AttributeValues: map[string]any{"input": "v"}},
		{Address: "aws_vpc.a", SchemaVersion: 1, AttributeValues: map[string]any{"id": "vpc-1", "region": nil}},
	}}}}
	s.Upgrade(prior, "eu-central-1", true)
	all := s.managed()
	if _, typed := all[0].Values["input"].(map[string]any); !typed || all[1].text("region") != "eu-central-1" || s.Resources[1].Instances[0].SchemaVersion != "1" {
		t.Errorf("to be written: got %v and %v", all[0].Values, all[1].Values)
	}
	if s.Upgrade(prior, "eu-central-1", false); s.managed()[0].text("input") != "v" {
		t.Errorf("to be read: got %v", s.managed()[0].Values)
	}
}
