//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/adopt/judge"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/emulator"
)

// adoptedKey is the value of the secret in every state, which must stand nowhere else.
const adoptedKey = "not-a-key-7c1f0e55"

// A team has deployed workers with Terraform of its own, in testdata/adopt.
type team struct {
	name    string
	exists  string         // what its account has before, made by boto3
	backend map[string]any // where its state is; nil: in a file
	leaves  []string       // what leaves the state and stays in AWS
}

var teams = []team{
	{name: "other-names"},
	{name: "two-zones"},
	{name: "public-only"},
	{
		name:    "nat-per-zone",
		exists:  `boto3.client("s3").create_bucket(Bucket="acme-terraform-states")`,
		backend: map[string]any{"bucket": "acme-terraform-states", "key": "staging/prefect.tfstate", "region": "us-east-1", "encrypt": false, "lock": "s3"},
	},
	{name: "separate-rules", leaves: []string{
		"aws_vpc_security_group_egress_rule.all",
		"aws_vpc_security_group_ingress_rule.metrics",
	}},
	{
		name:   "existing-secret",
		exists: `boto3.client("secretsmanager", region_name="ap-southeast-2").create_secret(Name="shared/prefect")`,
		leaves: []string{"aws_security_group_rule.out"},
	},
	{name: "two-services"},
	{name: "prefecthq-module", leaves: []string{"module.prefect_ecs_worker.aws_security_group_rule.network_outbound"}},
	{name: "child-modules", leaves: []string{
		`module.worker["default-pool"].aws_vpc_security_group_egress_rule.this["https"]`,
		`module.worker["default-pool"].aws_vpc_security_group_egress_rule.this["postgres"]`,
	}},
	{name: "foreign-resources"},
}

// TestAdopt: what a team has deployed is adopted without a change on AWS: none by the
// adoption, which only reads, and none by the apply after it. Several teams, one after
// the other, share an emulator and a provider, for one that is served has one region.
func TestAdopt(t *testing.T) {
	t.Parallel()
	for half := range slices.Chunk(teams, (len(teams)+1)/2) {
		t.Run(half[0].name+" and others", func(t *testing.T) {
			p := newProject(t, nil, emulator.RecordCalls)
			adopted := map[string]*adoption{}
			for _, team := range half {
				t.Run(team.name, func(t *testing.T) { adopted[team.name] = p.in(t).adopt(team) })
			}
			p.synth(nil)
			for _, team := range half {
				before := adopted[team.name]
				if before == nil {
					continue
				}
				t.Run(team.name+" is applied", func(t *testing.T) {
					p := p.in(t)
					s := p.stack(team.name, map[string]string{"prefect_api_key": adoptedKey})
					p.calls()
					out := s.must(s.terraform("apply", "-input=false", "-auto-approve"))
					if want := "Resources: 0 added, 0 changed, 0 destroyed."; !strings.Contains(out, want) {
						t.Errorf("apply: want %q in:\n%s", want, out)
					}
					p.looked("the first apply", team)
					before.kept(s, team)
					if team.name == "separate-rules" {
						s.works()
						s.unchanged()
					}
				})
			}
		})
	}
}

// deployed is what a team has.
func (p *project) deployed(team team) *stack {
	p.t.Helper()
	s := &stack{p, filepath.Join(p.dir, "teams", team.name), map[string]string{"prefect_api_key": adoptedKey}}
	if err := os.CopyFS(s.dir, os.DirFS(filepath.Join(root, "e2e", "testdata", "adopt", team.name))); err != nil {
		p.t.Fatal(err)
	}
	if team.exists != "" {
		s.must(s.exec(s.dir, nil, tools.Python, "-c", "import boto3; "+team.exists))
	}
	if modules, err := filepath.Glob(filepath.Join(s.dir, "*", "")); err != nil || len(modules) > 1 || team.backend != nil {
		s.must(s.terraform("init", "-input=false"))
	}
	s.apply()
	return s
}

// adoption is what there was before it, and what make adopt said.
type adoption struct {
	state  string
	report string
}

// adopt deploys what a team has and adopts it: environment file, Terraform beside it, and
// a copy of the state where that environment expects it, unless it is in S3.
func (p *project) adopt(team team) *adoption {
	p.t.Helper()
	s := p.deployed(team)
	file := filepath.Join(s.dir, "terraform.tfstate")
	backend := map[string]any{"s3": team.backend}
	if team.backend == nil {
		backend = map[string]any{"s3": nil, "local": map[string]any{"path": "terraform.{stack}.tfstate"}}
	} else if err := os.WriteFile(file, []byte(s.must(s.terraform("state", "pull"))), 0o600); err != nil {
		p.t.Fatal(err)
	}
	state := readFile(p.t, file)
	p.calls() // the team's

	ctx, cancel := during(p.t)
	defer cancel()
	var log bytes.Buffer
	job := &judge.Job{
		Tools: judge.Tools{Synthesize: app.synthesize, Terraform: tools.Terraform.Path, Env: p.env, Removed: true},
		State: []byte(state), Name: team.name, Backend: backend, AWS: true, Log: &log,
	}
	result, err := job.Adopt(ctx)
	if err != nil {
		p.t.Fatalf("%v\n%s", err, log.String())
	}
	p.looked("make adopt", team)
	if !result.Planned || result.Remaining != 0 {
		p.t.Errorf("got a plan against AWS: %t, with %d changes; want one without", result.Planned, result.Remaining)
	}
	if readFile(p.t, file) != state {
		p.t.Error("the state has changed")
	}
	report := strings.Join(result.Report, "\n")
	if strings.Contains(log.String()+report, adoptedKey) {
		p.t.Errorf("the secret's value is printed")
	}
	for name, text := range result.Files {
		if bytes.Contains(text, []byte(adoptedKey)) {
			p.t.Errorf("%s has the secret's value", name)
		}
		to := filepath.Join(p.dir, "environments", name)
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			p.t.Fatal(err)
		}
		if err := os.WriteFile(to, text, 0o600); err != nil {
			p.t.Fatal(err)
		}
	}
	if team.backend == nil {
		copyFile(p.t, file, filepath.Join(p.dir, "terraform."+team.name+".tfstate"))
	}
	return &adoption{state, report}
}

// kept checks that Terraform still manages whatever the team's state has, but for
// what leaves it, which make adopt names.
func (a *adoption) kept(s *stack, team team) {
	s.t.Helper()
	now := managed(s.t, s.must(s.terraform("state", "pull")))
	var left []string
	for object, address := range managed(s.t, a.state) {
		if now[object] == "" {
			left = append(left, address)
		}
	}
	slices.Sort(left)
	if !slices.Equal(left, team.leaves) {
		s.t.Errorf("left the state:\n%s\nwant:\n%s", strings.Join(left, "\n"), strings.Join(team.leaves, "\n"))
	}
	for _, address := range left {
		if !strings.Contains(a.report, "not adopted: it leaves the state and stays in AWS: "+address+":") {
			s.t.Errorf("make adopt does not say that %s leaves the state:\n%s", address, a.report)
		}
	}
}

// managed are the objects in a state, by type and ID, with their addresses.
func managed(t *testing.T, text string) map[string]string {
	t.Helper()
	var state struct {
		Resources []struct {
			Module, Mode, Type, Name string
			Instances                []struct {
				Key        json.RawMessage `json:"index_key"`
				Attributes struct{ ID string }
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &state); err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, r := range state.Resources {
		for _, i := range r.Instances {
			if r.Mode != "managed" {
				continue
			}
			address := strings.TrimPrefix(r.Module+"."+r.Type+"."+r.Name, ".")
			if i.Key != nil {
				address += "[" + string(i.Key) + "]"
			}
			all[r.Type+" "+i.Attributes.ID] = address
		}
	}
	return all
}

// looked checks that since the last time nothing but reading calls were made, if not
// for the state in S3 and its lock.
func (p *project) looked(who string, team team) {
	p.t.Helper()
	calls := p.calls()
	if len(calls) == 0 {
		p.t.Errorf("%s asked AWS nothing", who)
	}
	for _, c := range calls {
		if bucket := c.Params["Bucket"]; team.backend != nil && bucket != nil && bucket == team.backend["bucket"] {
			continue
		}
		if !read(c.Service+":"+c.Operation) && !strings.HasPrefix(c.Operation, "Head") {
			p.t.Errorf("%s calls %s %s", who, c.Service, c.Operation)
		}
	}
}

// works checks what a worker in private subnets needs and flow runs keep: a way out,
// the results bucket and the policy for it.
func (s *stack) works() {
	s.t.Helper()
	out := s.must(s.exec(s.dir, nil, tools.Python, "-c", `
import boto3, json
ec2 = boto3.client("ec2")
private = ec2.describe_subnets(Filters=[{"Name": "tag:Name", "Values": ["prefect-sep-private-*"]}])["Subnets"]
ways = [
    route["NatGatewayId"]
    for subnet in private
    for table in ec2.describe_route_tables(Filters=[{"Name": "association.subnet-id", "Values": [subnet["SubnetId"]]}])["RouteTables"]
    for route in table["Routes"]
    if route.get("DestinationCidrBlock") == "0.0.0.0/0" and route["State"] == "active"
]
boto3.client("s3").head_bucket(Bucket="prefect-sep-results-123456789012")
policy = boto3.client("iam").get_role_policy(RoleName="prefect-sep-task-execution-role", PolicyName="prefect-sep-results")
print(json.dumps({"Ways": ways, "Policy": policy["PolicyDocument"]}))`))
	var got struct {
		Ways   []string
		Policy json.RawMessage
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		s.t.Fatalf("%v\n%s", err, out)
	}
	if len(got.Ways) != 3 {
		s.t.Errorf("ways out of the private subnets: got %v, want one for each of three", got.Ways)
	}
	if !bytes.Contains(got.Policy, []byte("s3:PutObject")) {
		s.t.Errorf("the policy of the results: got %s, want s3:PutObject in it", got.Policy)
	}
}
