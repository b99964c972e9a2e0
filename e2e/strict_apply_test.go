//go:build e2e

package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestStrictApply: what config did not refuse, AWS's API would. One apply of
// prod with a bad value in each of several resources: the provider prints the
// emulator's refusals as AWS's, and asks once.
func TestStrictApply(t *testing.T) {
	p := newProject(t, nil)
	s := p.local("prod", prodVars)
	s.refusedByProvider()
	s.putSecretValue("not-a-key")
	bad := map[string]struct {
		attributes map[string]any
		refused    string // in the emulator's log
		want       string // from the provider
	}{
		"aws_ecs_task_definition.prefect_worker": {map[string]any{"cpu": "256", "memory": "4096"},
			"ecs RegisterTaskDefinition", "ClientException: No Fargate configuration exists for given values: 256 CPU, 4096 memory."},
		"aws_ecs_cluster_capacity_providers.prefect": {map[string]any{"default_capacity_provider_strategy": []map[string]any{
			{"capacity_provider": "FARGATE", "base": 1, "weight": 1}, {"capacity_provider": "FARGATE_SPOT", "base": 1, "weight": 1}}},
			"ecs PutClusterCapacityProviders", "InvalidParameterException: The specified capacity provider strategy cannot contain more than one capacity provider with a base value"},
		"aws_cloudwatch_metric_alarm.dead_letters": {map[string]any{"period": 60, "evaluation_periods": 1441},
			"cloudwatch PutMetricAlarm", "ValidationError: Metrics cannot be checked across more than a day"},
		"aws_cloudwatch_event_rule.stopped_tasks": {map[string]any{"event_pattern": `{"source":"aws.ecs"}`},
			"events PutRule", "InvalidEventPatternException: Event pattern is not valid."},
		"aws_iam_role_policy.secrets_policy": {map[string]any{"policy": strings.Replace(allow, `"Resource"`, `"Condition":{"StringEqual":{"aws:x":"y"}},"Resource"`, 1)},
			"iam PutRolePolicy", "MalformedPolicyDocument: Invalid Condition type : StringEqual."},
		"aws_iam_role.flow_logs": {map[string]any{"assume_role_policy": strings.Replace(trust, ".amazonaws.com", "", 1)},
			"iam CreateRole", "MalformedPolicyDocument: Invalid service principal"},
	}
	args := []string{"apply", "-input=false", "-auto-approve"}
	override := map[string]map[string]any{}
	for address, b := range bad {
		kind, name, _ := strings.Cut(address, ".")
		if override[kind] == nil {
			override[kind] = map[string]any{}
		}
		override[kind][name] = b.attributes
		args = append(args, "-target="+address)
	}
	text, err := json.Marshal(map[string]any{"resource": override})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(s.dir, "bad_override.tf.json"), text, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := s.terraform(args...)
	if err == nil {
		t.Fatal("the apply succeeded")
	}
	printed := strings.Join(strings.Fields(strings.ReplaceAll(out, "│", " ")), " ")
	log, err := os.ReadFile(p.emulator.LogFile())
	if err != nil {
		t.Fatal(err)
	}
	for address, b := range bad {
		if !strings.Contains(printed, b.want) {
			t.Errorf("%s: no %q in:\n%s", address, b.want, out)
		}
		if got := strings.Count(string(log), "strict: refused "+b.refused+":"); got != 1 {
			t.Errorf("%s: %s was refused %d times, want once: the provider must not try again", address, b.refused, got)
		}
	}
}

// refusedByProvider: what config-rows.txt says the provider refuses by itself.
func (s *stack) refusedByProvider() {
	s.t.Helper()
	const file = `{"resource": {
		"aws_vpc": {"host_bits": {"cidr_block": "10.0.0.1/16"}, "ipv6": {"cidr_block": "fd00::/16"}},
		"aws_cloudwatch_metric_alarm": {"topic": {"alarm_name": "a", "comparison_operator": "GreaterThanThreshold", "evaluation_periods": 1, "alarm_actions": ["alerts"]}}
	}}`
	path := filepath.Join(s.dir, "bad.tf.json")
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		s.t.Fatal(err)
	}
	out, err := s.terraform("validate")
	if err == nil {
		s.t.Error("the provider refused nothing")
	}
	for _, want := range []string{"10.0.0.1/16", "fd00::/16", "alarm_actions"} {
		if !strings.Contains(out, want) {
			s.t.Errorf("the provider did not refuse %s:\n%s", want, out)
		}
	}
	if err := os.Remove(path); err != nil {
		s.t.Fatal(err)
	}
}
