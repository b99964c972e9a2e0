//go:build e2e

package e2e

import (
	"encoding/json"
	"maps"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/emulator"
)

const (
	secretARN = "arn:aws:secretsmanager:eu-west-1:123456789012:secret:prefect/api-AbCdEf"
	apiURL    = "https://api.prefect.cloud/api/accounts/9b649228-0419-40e1-9e0d-44954b5c0ab6/workspaces/96bd3cf8-85c9-4545-9713-b4e3c3e03466"
)

// Values for the variables of dev.
var (
	defaults   = map[string]string{}
	withSecret = map[string]string{"create_secret": "true", "prefect_api_key": "not-a-key"}

	// What a team in another region with an existing secret would give; the
	// pool's name would break JSON that is put together from text.
	others = map[string]string{
		"region":               "eu-west-1",
		"name_tag":             "data platform",
		"vpc_cidr":             "10.64.0.0/18",
		"cluster_name":         "etl_cluster-1",
		"work_pool_name":       `pool "A" \ ${x}`,
		"container_image":      "123456789012.dkr.ecr.eu-west-1.amazonaws.com/flows@sha256:" + strings.Repeat("0a", 32),
		"desired_count":        "3",
		"prefect_secret_arn":   secretARN,
		"prefect_api_url":      "",
		"prefect_account_id":   "9b649228-0419-40e1-9e0d-44954b5c0ab6",
		"prefect_workspace_id": "96bd3cf8-85c9-4545-9713-b4e3c3e03466",
	}
	selfHosted = map[string]string{
		"create_secret": "true", "prefect_api_key": "not-a-key", "name_tag": "etl", "vpc_cidr": "172.20.0.0/20",
		"prefect_api_url": "http://prefect.internal:4200/api",
	}
	designVars = map[string]string{"prefect_api_key": "not-a-key", "prefect_api_url": apiURL}
)

// removable is the state backend without its guards, so that a test can
// destroy it.
const removable = `kind: state-backend
of: dev
bucket:
  preventDestroy: false
  forceDestroy: true
lockTable:
  deletionProtection: false
`

func TestDev(t *testing.T) {
	t.Parallel() // with the others, not before them
	for _, tt := range []struct {
		name     string
		vars     map[string]string
		want     int    // resources
		findings string // the list of what checkov finds
	}{
		{"with default variables", defaults, 30, "dev"},
		{"with a created secret", withSecret, 32, "dev-with-secret"},
		{"with other variables, a given secret, another region", others, 30, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newProject(t, nil, emulator.RecordCalls)
			examined := tt.vars["region"] != "" // where mayApply does not decide on what doctor calls
			if examined {
				p.doctor(tt.vars, "dev", 1, "PROBLEM state there is no bucket prefect-assessment-yasir-bucket next: create it: npx cdktf deploy state-backend")
			}
			backend := p.hcl("state", nil)
			backend.apply()
			if examined {
				p.doctor(tt.vars, "dev", 0, "none yet, the stack is new", "names 4 free, 0 already owned by this stack", "in eu-west-1", "Next: make plan STACK=dev")
			}
			p.calls() // a person's
			dev := p.stack("dev", tt.vars)
			if got := dev.apply(); got != tt.want {
				t.Errorf("added %d resources, want %d", got, tt.want)
			}
			if examined {
				p.doctor(tt.vars, "dev", 0, "terraform.tfstate: 30 resources", "names 0 free, 4 already owned by this stack", "what would change now: make plan STACK=dev")
				p.doctor(tt.vars, "design", 1, "PROBLEM names the role prefect-task-execution-role exists already, and is not in this stack's state")
			}
			if tt.findings != "" {
				dev.findings(dev.unchangedPlan(), tt.findings, false)
			} else {
				dev.unchanged()
			}
			dev.checkOutputs()
			dev.destroy()
			if tt.vars["region"] == "" {
				p.mayApply("dev", "")
			}
			backend.destroy()
		})
	}
}

// doctor runs make doctor's program, and wants an exit code and texts.
func (p *project) doctor(vars map[string]string, stack string, code int, want ...string) {
	p.t.Helper()
	var env []string
	for name, value := range vars {
		env = append(env, "TF_VAR_"+name+"="+value)
	}
	out, err := p.exec(root, env, "go", "run", "./internal/cmd/doctor", "-environments", filepath.Join(p.dir, "environments"), "-stack", stack)
	if (err != nil) != (code != 0) {
		p.t.Errorf("doctor %s: got %v, want exit code %d\n%s", stack, err, code, out)
	}
	text := strings.Join(strings.Fields(out), " ")
	for _, w := range want {
		if !strings.Contains(text, w) {
			p.t.Errorf("doctor %s: no %q in\n%s", stack, w, out)
		}
	}
}

// checkOutputs compares the outputs with what the variables ask for.
func (s *stack) checkOutputs() {
	s.t.Helper()
	var outputs map[string]struct{ Value any }
	if err := json.Unmarshal([]byte(s.must(s.exec(s.dir, nil, tools.Terraform.Path, "output", "-json"))), &outputs); err != nil {
		s.t.Fatal(err)
	}
	value := func(name string) string { // Terraform leaves out an output that is null
		text, _ := outputs[name].Value.(string)
		return text
	}
	if got := value("ecs_service_name"); got != "dev-worker" {
		s.t.Errorf("ecs_service_name: got %q", got)
	}
	arn := value("prefect_secret_arn")
	switch {
	case s.vars["create_secret"] == "true" && !strings.Contains(arn, ":secret:"),
		s.vars["create_secret"] != "true" && arn != s.vars["prefect_secret_arn"]:
		s.t.Errorf("prefect_secret_arn: got %q", arn)
	}
	if got := value("secret_arn_local"); got != arn {
		s.t.Errorf("secret_arn_local: got %q, want %q", got, arn)
	}
}

func TestDesign(t *testing.T) {
	p := newProject(t, nil)
	s := p.stack("design", designVars)
	s.apply()
	s.findings(s.unchangedPlan(), "design", false)
	s.destroy()
}

// TestStateBackend: dev keeps its state in what state-backend makes. As it
// comes that refuses to be destroyed; its guards are settings.
func TestStateBackend(t *testing.T) {
	p := newProject(t, nil)
	s := p.stack("state-backend", nil)
	s.apply()
	s.findings(s.unchangedPlan(), "state-backend", true)
	p.stack("dev", nil)

	out, err := s.terraform("destroy", "-input=false", "-auto-approve")
	if err == nil || !strings.Contains(out, "prevent_destroy") {
		t.Errorf("destroy: got %v, want a refusal by prevent_destroy\n%s", err, out)
	}
	p.synth(map[string]string{"state-backend.yaml": removable})
	s.apply()
	s.destroy()
}

// TestAdoption: a team applies the documents' HCL, then plans with this app on
// the very same state.
func TestAdoption(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		vars map[string]string
	}{
		{"default variables", defaults},
		{"other variables", others},
		{"a created secret and a self-hosted server", selfHosted},
	} {
		t.Run("dev with "+tt.name, func(t *testing.T) {
			p := newProject(t, nil)
			p.hcl("state", nil).apply()
			p.hcl("readme", tt.vars).apply()
			p.stack("dev", tt.vars).unchanged()
		})
	}
	for _, tt := range []struct {
		name string
		vars map[string]string
	}{
		{"default variables", nil},
		{"other variables", map[string]string{"aws_region": "ap-southeast-2", "prefect_api_url": "http://10.0.0.5:4200/api"}},
	} {
		t.Run("design with "+tt.name, func(t *testing.T) {
			vars := maps.Clone(designVars)
			maps.Copy(vars, tt.vars)
			p := newProject(t, nil)
			hcl := p.hcl("design", vars)
			hcl.apply()
			copyFile(t, hcl.dir+"/terraform.tfstate", p.dir+"/terraform.design.tfstate")
			p.stack("design", vars).unchanged()
		})
	}
}
