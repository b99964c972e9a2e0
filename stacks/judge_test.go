package stacks_test

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"regexp"
	"slices"
	"sync"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/iamtest"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/progress"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/toolchain"
)

// judges is the Python that has the judges, installed with the emulator. Without
// it, as in a closed network, a test is left out; CI takes that as a failure.
var judges = sync.OnceValues(func() (string, error) {
	root, err := toolchain.Root()
	if err != nil {
		return "", err
	}
	tools, err := toolchain.Prepare(context.Background(), root, os.Stderr, toolchain.PythonTools)
	if err != nil {
		return "", err
	}
	return tools.Python, nil
})

func needJudges(t *testing.T) string {
	t.Helper()
	python, err := judges()
	switch {
	case err != nil && progress.InCI():
		t.Fatal(err)
	case err != nil:
		t.Skipf("not judged: %v", err)
	}
	return python
}

// exception is a finding that is taken: patterns of the local's name and of the
// finding, and why.
type exception struct{ local, judge, finding, reason string }

var judgeExceptions = []exception{
	{`(plan|apply)_read_policy`, "reference", `\S+:(Describe|Get|List)\S*: on \*, .*`, "a refresh asks before it knows what is the stacks' own; TestRights keeps secrets' values out"},
	{`apply_network_policy`, "reference", `ec2:\S+: on \*, .*`, "EC2 knows no names, and not all that the documented deployments make has a tag; docs/ci-cd.md says so"},
	{`apply_services_policy`, "reference", `route53:(ChangeResourceRecordSets|DeleteHostedZone): on \*, .*`, "the zone's id is Route 53's; only Cloud Map's requests in the role's name are allowed"},
	{`apply_services_policy`, "parliament", `UNKNOWN_ACTION: Unknown action ecs:StopServiceDeployment`, "its data is of 2023; the reference has it"},
	{`apply_services_policy`, "parliament", `UNKNOWN_CONDITION_FOR_ACTION: Unknown condition aws:ViaAWSService .*`, "a global key that its data lacks"},
	{`apply_named_policy`, "parliament", `UNKNOWN_CONDITION_FOR_ACTION: Unknown condition iam:PermissionsBoundary for action iam:(DeleteRole|UpdateAssumeRolePolicy|UpdateRole|UpdateRoleDescription)`, "keys that its data, of 2023, lacks; the reference has them"},
	{`apply_named_policy`, "parliament", `MISMATCHED_TYPE_BUT_USABLE: .* StringEquals .*`, "AWS's own examples compare the boundary so; ArnEquals would read a * in it as a wildcard"},
	{`apply_named_policy`, "reference", `StringEquals iam:PermissionsBoundary: the key is ARN`, "the same"},
	{`apply_named_policy`, "parliament", `RESOURCE_MISMATCH: .*"sns:SetSubscriptionAttributes".*"sns:Unsubscribe".*`, "the reference says that both take the topic"},
	{`(team_)?pull_through_cache_policy`, "parliament", `RESOURCE_MISMATCH: .*"ecr:BatchImportUpstreamImage".*`, "the reference says that it takes the repository"},
	{`(plan|apply)_trust`, "parliament", `(UNKNOWN_FEDERATION_SOURCE|UNKNOWN_CONDITION_FOR_ACTION): .*token\.actions\.githubusercontent\.com.*`, "it does not know GitHub"},
	{`((ml|team)_)?task_policy`, "reference", `ecs:RegisterTaskDefinition: on \*, .*`, "flows name their families; the other actions of the statement take no resource"},
	{`late_runs_policy`, "reference", `ec2:\S+: on \*, .*`, "as in AWS's own policy for functions in a VPC; the function's code may not"},
	{`late_runs_policy`, "reference", `ec2:\S+: knows no condition key lambda:SourceFunctionArn`, "Lambda adds it to every request of a function's code; the statement is AWS's own"},
	{`late_runs_policy`, "parliament", `UNKNOWN_CONDITION_FOR_ACTION: Unknown condition lambda:SourceFunctionArn for action ec2:\S+`, "the same"},
	{`secrets_policy`, "reference", `secretsmanager:\S+: on \*, .*`, "as documented, while a variable gives no secret's ARN"},
}

// TestJudges: two judges find nothing in any policy of any case, but what
// judgeExceptions says the reason of; and each of these is still found.
func TestJudges(t *testing.T) {
	python := needJudges(t)
	var policies []iamtest.Judged
	seen := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(cases())) {
		s := stackOf(t, synthesized(t, name))
		for _, local := range slices.Sorted(maps.Keys(s.Locals)) {
			document, ok := s.Locals[local].(map[string]any)
			if !ok || document["Statement"] == nil {
				continue
			}
			resolved, err := s.Resolve(document)
			if err != nil {
				t.Fatalf("%s: local.%s: %v", name, local, err)
			}
			statements, ok := resolved.(map[string]any)["Statement"].([]any)
			if !ok {
				t.Fatalf("%s: local.%s: got one statement, want a list", name, local)
			}
			for _, statement := range statements { // each once: most cases have most policies in common
				text, err := json.Marshal(statement)
				if err != nil {
					t.Fatal(err)
				}
				if key := local + string(text); !seen[key] {
					seen[key] = true
					policies = append(policies, iamtest.Judged{Name: name + " local." + local, Document: map[string]any{"Version": "2012-10-17", "Statement": []any{statement}}})
				}
			}
		}
	}
	for _, row := range wrong { // in the same process, which takes a second to start
		policies = append(policies, iamtest.Judged{Name: row.name, Document: map[string]any{"Version": "2012-10-17", "Statement": []any{row.statement}}})
	}
	findings, err := iamtest.Judge(t.Context(), python, policies)
	if err != nil {
		t.Fatal(err)
	}
	checkWrong(t, findings)
	used := map[int]bool{}
	for _, f := range findings {
		if slices.ContainsFunc(wrong, func(w wrongStatement) bool { return w.name == f.Name }) {
			continue
		}
		at := slices.IndexFunc(judgeExceptions, func(e exception) bool {
			return f.Judge == e.judge && regexp.MustCompile(`^\S+ local\.`+e.local+`$`).MatchString(f.Name) && regexp.MustCompile("^"+e.finding+"$").MatchString(f.Finding)
		})
		if used[at] = true; at < 0 {
			t.Errorf("%s: %s: %s", f.Name, f.Judge, f.Finding)
		}
	}
	for i, e := range judgeExceptions {
		if !used[i] {
			t.Errorf("%s finds no more in local.%s: %s; remove the exception", e.judge, e.local, e.finding)
		}
	}
}

// wrong are statements in which the judges find what is wrong, and nothing where
// a key is the resource's, not the action's.
var wrong = wrongStatements()

type wrongStatement struct {
	name      string
	statement map[string]any
	want      string // of the reference; "": nothing
}

func wrongStatements() []wrongStatement {
	const key = "arn:aws:kms:us-east-1:123456789012:key/*"
	statement := func(action, resource, operator, key string) map[string]any {
		s := map[string]any{"Effect": "Allow", "Action": []any{action}, "Resource": []any{resource}}
		if key != "" {
			s["Condition"] = map[string]any{operator: map[string]any{key: "x"}}
		}
		return s
	}
	return []wrongStatement{
		{"a tag of the resource", statement("kms:PutKeyPolicy", key, "StringLike", "aws:ResourceTag/Topic"), ""},
		{"a resource's other form", statement("logs:PutLogEvents", "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/x:*", "", ""), ""},
		{"an invalid action", statement("ecs:RunTasks", "*", "", ""), "ecs:RunTasks: no such action"},
		{"no resource taken", statement("logs:DescribeLogGroups", "arn:aws:logs:us-east-1:123456789012:log-group:/ecs/x", "", ""), "logs:DescribeLogGroups: takes no resource: *, got none"},
		{"another's resource", statement("sqs:SendMessage", "arn:aws:sns:us-east-1:123456789012:x", "", ""), "sqs:SendMessage: takes queue, got none"},
		{"every resource", statement("sqs:SendMessage", "*", "", ""), "sqs:SendMessage: on *, and takes a resource"},
		{"a key that is not the action's", statement("ecs:StopTask", "arn:aws:ecs:us-east-1:123456789012:task/*", "StringEquals", "ecs:CreateAction"), "ecs:StopTask: knows no condition key ecs:CreateAction"},
		{"a boundary that is not asked for", statement("iam:TagRole", "arn:aws:iam::123456789012:role/*", "ArnEquals", "iam:PermissionsBoundary"), "iam:TagRole: knows no condition key iam:PermissionsBoundary"},
		{"an ARN compared as a number", statement("ecs:RunTask", "arn:aws:ecs:us-east-1:123456789012:task-definition/x:1", "NumericEquals", "ecs:cluster"), "NumericEquals ecs:cluster: the key is ARN"},
		{"a list compared as one text", statement("dynamodb:GetItem", "arn:aws:dynamodb:us-east-1:123456789012:table/x", "StringEquals", "dynamodb:LeadingKeys"), "StringEquals dynamodb:LeadingKeys: the key is ArrayOfString"},
	}
}

// checkWrong: the judges find what they must.
func checkWrong(t *testing.T, findings []iamtest.Finding) {
	t.Helper()
	for _, row := range wrong {
		got := ""
		for _, f := range findings {
			if f.Name == row.name && f.Judge == "reference" && (got == "" || f.Finding == row.want) {
				got = f.Finding
			}
		}
		if got != row.want {
			t.Errorf("%s: got %q, want %q", row.name, got, row.want)
		}
	}
	if !slices.ContainsFunc(findings, func(f iamtest.Finding) bool { return f.Judge == "parliament" && f.Name == "an invalid action" }) {
		t.Error("parliament takes an invalid action")
	}
}
