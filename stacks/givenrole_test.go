package stacks_test

import (
	"encoding/json"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

const givenRole = "arn:aws:iam::123456789012:role/given"

var action = regexp.MustCompile(`\b[a-z0-9]+:[A-Z][A-Za-z]+`)

// TestGivenRoles: the warning of a role that exists names every action that a role
// made for the same settings may do, and no other.
func TestGivenRoles(t *testing.T) {
	compared := map[string]bool{}
	eachCase(t, func(t *testing.T, name string, data []byte) {
		d := parse(t, data)
		c, err := config.Load(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		at := slices.IndexFunc(c.Environments, func(e *config.Environment) bool { return e.Stack == "environment" })
		if at < 0 {
			return
		}
		e := c.Environments[at]
		for _, w := range e.Workers() {
			prefix := ""
			if w.ID != "" {
				prefix = w.ID + "_"
			}
			for section, role := range ownRoles(w) {
				var want []string
				for _, local := range role.locals {
					for _, s := range statements(t, d, prefix+local) {
						want = append(want, list(s["Action"])...)
					}
				}
				if *role.arn != "" || want == nil {
					continue
				}
				*role.arn = givenRole
				got, text := []string{}, ""
				for _, warning := range c.Warnings() {
					if strings.Contains(warning.Text, ": "+e.Path(role.arn)) {
						text = warning.Text
						got = append(got, action.FindAllString(text, -1)...)
					}
				}
				*role.arn = ""
				slices.Sort(got)
				slices.Sort(want)
				if !slices.Equal(slices.Compact(got), slices.Compact(want)) || !strings.Contains(text, "must trust ecs-tasks.amazonaws.com") {
					t.Errorf("%s: a given role is said to need\n%v\nwant\n%v\nin %s", e.Path(role.arn), got, want, text)
				}
				compared[section] = true
			}
		}
	})
	for _, section := range []string{"taskExecutionRole", "taskRole", "flowRunRole"} {
		if !compared[section] {
			t.Errorf("no case makes a %s with statements of the stack's own", section)
		}
	}
}

// ownRole is a section that makes a role, and the locals of what the stack lets it do.
type ownRole struct {
	arn    *string
	locals []string
}

func ownRoles(w settings.NamedWorker) map[string]ownRole {
	all := map[string]ownRole{}
	// Beside an ARN secretArns is an error: what it allows no warning has to say.
	if r := w.Own.TaskExecutionRole; r != nil && len(r.SecretARNs) == 0 && r.Permissions == settings.LeastPrivilege && slices.Equal(r.SecretsPolicy.Actions, []string{"secretsmanager:GetSecretValue"}) {
		all["taskExecutionRole"] = ownRole{&r.ARN, []string{"task_execution_policy", "secrets_policy", "pull_through_cache_policy", "execution_task_policy"}}
	}
	if r := w.Own.TaskRole; r != nil {
		all["taskRole"] = ownRole{&r.ARN, []string{"task_policy"}}
	}
	if r := w.Own.FlowRunRole; r != nil {
		all["flowRunRole"] = ownRole{&r.ARN, []string{"flow_run_task_policy"}}
	}
	return all
}

// TestInlinePoliciesFit: what the stack puts into a role leaves as much for a
// file's own statements as its check says.
func TestInlinePoliciesFit(t *testing.T) {
	eachCase(t, func(t *testing.T, _ string, data []byte) {
		s := stackOf(t, data)
		for local, document := range s.Locals {
			most := 0
			switch {
			case strings.HasSuffix(local, "flow_run_task_policy"):
				most = settings.AgentPolicyCharacters
			case strings.HasSuffix(local, "task_policy") && !strings.HasSuffix(local, "execution_task_policy"):
				most = settings.WorkerPolicyCharacters
			default:
				continue
			}
			resolved, err := s.Resolve(document)
			if err != nil {
				t.Fatal(err)
			}
			text, err := json.Marshal(resolved)
			if err != nil {
				t.Fatal(err)
			}
			if len(text) > most {
				t.Errorf("local.%s has %d characters, want at most %d: settings/policystatement.go", local, len(text), most)
			}
		}
	})
}
