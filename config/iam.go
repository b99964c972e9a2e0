package config

import (
	"fmt"
	"regexp"
)

// IAM is what all roles have in common.
type IAM struct {
	RolePath               string `yaml:"rolePath"`               // e.g. /prefect/; empty: /
	PermissionsBoundaryARN string `yaml:"permissionsBoundaryArn"` // managed policy that caps every role; empty: none

	// RestrictTrust lets ECS assume the roles for this account's tasks only
	// (aws:SourceAccount, aws:SourceArn).
	// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-iam-roles.html
	RestrictTrust bool `yaml:"restrictTrust"`
}

// identityAddresses are the roles and policies beside the documented ones.
var identityAddresses = []string{
	"aws_iam_role.flow_run_role",
	"aws_iam_role.task_role",
	"aws_iam_role_policy.execution_task_policy",
	"aws_iam_role_policy.flow_run_policy",
	"aws_iam_role_policy.flow_run_task_policy",
	"aws_iam_role_policy.pull_through_cache_policy",
	"aws_iam_role_policy.task_execution_policy",
	"aws_iam_role_policy.task_policy",
	"aws_iam_role_policy_attachment.flow_run_managed",
}

const (
	arnPrefix         = `arn:aws(?:-[a-z]+)*:`
	roleARNExpression = arnPrefix + `iam::[0-9]{12}:role/(?:[!-~]*/)?[A-Za-z0-9_+=,.@-]{1,64}`
)

var (
	rolePath  = pattern(`/(?:[!-~]+/)*`, 512, "a path that begins and ends with /, such as /prefect/")
	roleARN   = pattern(roleARNExpression, 2048, "a role's ARN, arn:aws:iam::<12 digits>:role/<name>")
	policyARN = pattern(arnPrefix+`iam::(?:aws|[0-9]{12}):policy/[!-~]+`, 2048, "a managed policy's ARN, arn:aws:iam::<12 digits or aws>:policy/<name>")
	anyAction = pattern(`\*|[a-z0-9-]+:[A-Za-z0-9*?]+`, 128, "an action such as s3:GetObject")
	anyARN    = pattern(`\*|arn:[!-~]+`, 2048, "an ARN, or * for actions that know no resource")
	sid       = pattern(`[A-Za-z0-9]+`, 100, "letters and digits")
)

func (e *Environment) checkIAM(c checker) {
	c.text("iam.rolePath", e.IAM.RolePath, orEmpty(rolePath))
	c.text("iam.permissionsBoundaryArn", e.IAM.PermissionsBoundaryARN, orEmpty(policyARN))
	e.checkTaskRole(c)
	e.checkFlowRunRole(c)
}

var arnRegion = regexp.MustCompile(`^arn:[^:]*:[^:]*:([^:]*):`)

// checkRegion refuses what AWS cannot use from another region. A region that
// is a variable is not known here.
func (e *Environment) checkRegion(c checker, path, arn string) {
	m := arnRegion.FindStringSubmatch(arn)
	if m != nil && !c.wrong[path] && !c.wrong["region"] && !e.exposes("region") && m[1] != e.Region {
		c.fail(path, fmt.Errorf("got %q of region %s, want one of %s, where the stack is", arn, m[1], e.Region))
	}
}
