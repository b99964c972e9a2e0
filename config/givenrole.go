package config

import (
	"cmp"
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// role is a role of a worker: a section that makes it, or names one
// that exists.
type role struct {
	section  any // pointer to it
	arn      *string
	policies []string // managed ones that are attached
}

// rolesOf are a worker's own roles.
func rolesOf(w settings.NamedWorker) []role {
	var all []role
	if r := w.Own.TaskExecutionRole; r != nil {
		all = append(all, role{r, &r.ARN, r.ManagedPolicyARNs})
	}
	if r := w.Own.TaskRole; r != nil {
		all = append(all, role{r, &r.ARN, r.ManagedPolicyARNs})
	}
	if r := w.Own.FlowRunRole; r != nil {
		all = append(all, role{r, &r.ARN, r.ManagedPolicyARNs})
	}
	return all
}

// checkGivenRoles: a role that exists is never changed, so that what would be
// made or attached does nothing. What the preset has is no mistake.
func (e *Environment) checkGivenRoles() {
	for _, w := range e.Workers() {
		for _, r := range rolesOf(w) {
			if *r.arn == "" || e.Wrong(r.arn) {
				continue
			}
			section := e.Path(r.section)
			for _, key := range e.keysBelow(section) {
				if key != "arn" {
					e.fail(section+"."+key, "set with %s.arn, an existing role, which is left as it is; remove one of them", section)
				}
			}
			account := strings.Split(*r.arn, ":")[4]
			if allowed := e.Terraform.Provider.AllowedAccountIDs; len(allowed) > 0 && !slices.Contains(allowed, account) {
				e.Fail(r.arn, "got a role of account %s, want one of terraform.provider.allowedAccountIds (%s): ECS accepts only roles of its own account", account, strings.Join(allowed, ", "))
			}
		}
	}
}

// warnOfGivenRoles says what a role that exists must allow, as the statements
// that a role of the stack's own would have. A test of package stacks compares
// them.
func (e *Environment) warnOfGivenRoles(w settings.NamedWorker, warn doubt) {
	tell := func(arn *string, rights []string) {
		if *arn != "" && len(rights) > 0 {
			warn(arn, "the role is not changed: it must trust ecs-tasks.amazonaws.com, and allow %s; see docs/identity.md#roles-that-exist", strings.Join(rights, ", "))
		}
	}
	if r := w.Own.TaskExecutionRole; r != nil {
		having := e.having(w, (*settings.Worker).HasExecutionRole, func(o settings.Identity) bool { return o.TaskExecutionRole != nil })
		tell(&r.ARN, append(e.startTasks(w), e.agents(having)...))
	}
	if r := w.Own.TaskRole; r != nil {
		var rights []string
		if having := e.having(w, (*settings.Worker).Passes, func(o settings.Identity) bool { return o.TaskRole != nil }); having != nil {
			rights = append(e.startFlowRuns(w), e.agents(having)...)
		}
		tell(&r.ARN, rights)
	}
	if r := w.Own.FlowRunRole; r != nil {
		tell(&r.ARN, e.agents(e.having(w, (*settings.Worker).RunsFlows, func(o settings.Identity) bool { return o.FlowRunRole != nil })))
	}
}

// having are the workers whose tasks have a role of w's: those that have such a
// role, w's own or as they have none of their own.
func (e *Environment) having(w settings.NamedWorker, has func(*settings.Worker) bool, own func(settings.Identity) bool) []settings.NamedWorker {
	return slices.DeleteFunc(e.Workers(), func(other settings.NamedWorker) bool {
		return !has(other.Worker) || other.ID != w.ID && (w.ID != "" || own(other.Own))
	})
}

// startTasks is what ECS does by the execution role, for a worker's tasks and for
// those of its flow runs.
func (e *Environment) startTasks(w settings.NamedWorker) []string {
	groups := []string{e.Expand(e.LogGroup.Name)}
	if e.FlowRunLogGroup != nil {
		groups = append(groups, e.Expand(e.FlowRunLogGroup.Name))
	}
	all := []string{
		"ecr:BatchCheckLayerAvailability, ecr:BatchGetImage, ecr:GetAuthorizationToken, ecr:GetDownloadUrlForLayer",
		"logs:CreateLogStream, logs:PutLogEvents on " + strings.Join(groups, " and "),
	}
	if r := e.Repository; r != nil && r.PullThroughCache != nil {
		all = append(all, "ecr:BatchImportUpstreamImage, ecr:CreateRepository on "+r.PullThroughCache.Prefix+"/*")
	}
	read := map[string][]string{}
	s := w.Own.Or(e.Identity()).Secret
	switch {
	case s.IsParameter():
		read["ssm"] = append(read["ssm"], s.ARN)
	case s.ARN != "":
		read["secretsmanager"] = append(read["secretsmanager"], s.ARN)
	case s.Create.Value || w.ID == "" && e.hasSecret():
		read["secretsmanager"] = append(read["secretsmanager"], e.Expand(s.Name))
	}
	for service, arns := range e.secretARNs()[w.ID] {
		read[service] = append(read[service], arns...)
	}
	for _, service := range []struct{ name, action string }{{"secretsmanager", "secretsmanager:GetSecretValue"}, {"ssm", "ssm:GetParameters"}, {"s3", "s3:GetObject"}} {
		if arns := read[service.name]; arns != nil {
			all = append(all, service.action+" on "+strings.Join(arns, " and "))
		}
	}
	if files := read["s3"]; files != nil {
		var buckets []string
		for _, arn := range files {
			bucket, _, _ := strings.Cut(arn, "/")
			buckets = append(buckets, bucket)
		}
		slices.Sort(buckets)
		all = append(all, "s3:GetBucketLocation on "+strings.Join(slices.Compact(buckets), " and "))
	}
	if s.KMSKeyARN != "" {
		all = append(all, "kms:Decrypt on "+s.KMSKeyARN)
	}
	return all
}

// startFlowRuns is what a worker of type ecs does by itself.
func (e *Environment) startFlowRuns(w settings.NamedWorker) []string {
	own, flowRuns := w.Own.Or(e.Identity()), e.LogGroup.Name
	if e.FlowRunLogGroup != nil {
		flowRuns = e.FlowRunLogGroup.Name
	}
	passed := []string{cmp.Or(own.TaskExecutionRole.ARN, e.Expand(own.TaskExecutionRole.Name))}
	if r := own.FlowRunRole; r != nil {
		passed = append(passed, cmp.Or(r.ARN, e.Expand(r.Name)))
	}
	return []string{
		"ec2:DescribeSubnets, ec2:DescribeVpcs, ecs:DeregisterTaskDefinition, ecs:DescribeTaskDefinition, ecs:RegisterTaskDefinition",
		"ecs:RunTask where ecs:cluster is " + e.Expand(e.Cluster.Name),
		"ecs:DescribeTasks, ecs:StopTask, ecs:TagResource on its tasks",
		"iam:PassRole on " + strings.Join(passed, " and "),
		"logs:GetLogEvents on " + e.Expand(flowRuns),
	}
}

// agents is what workers' tasks do for their settings, besides: read the queue,
// ECS Exec, OpenTelemetry, mount file systems.
func (e *Environment) agents(workers []settings.NamedWorker) []string {
	any := func(is func(settings.NamedWorker) bool) bool { return slices.ContainsFunc(workers, is) }
	var all []string
	if c := e.CrashEvents; c != nil && any(func(w settings.NamedWorker) bool { return w.Type != settings.TypeProcess }) {
		all = append(all, "sqs:ChangeMessageVisibility, sqs:DeleteMessage, sqs:GetQueueUrl, sqs:ReceiveMessage on "+e.Expand(c.QueueName))
		if c.KMSKeyARN != "" {
			all = append(all, "kms:Decrypt on "+c.KMSKeyARN)
		}
	}
	if any(func(w settings.NamedWorker) bool { return w.EnableExecuteCommand }) {
		all = append(all, "ssmmessages:CreateControlChannel, ssmmessages:CreateDataChannel, ssmmessages:OpenControlChannel, ssmmessages:OpenDataChannel")
		if c := e.Cluster.ExecuteCommand; c != nil && c.Logging == "OVERRIDE" {
			all = append(all, "logs:CreateLogStream, logs:DescribeLogGroups, logs:DescribeLogStreams, logs:PutLogEvents on "+e.Expand(e.LogGroup.Name))
		}
		if c := e.Cluster.ExecuteCommand; c != nil && c.KMSKeyARN != "" {
			all = append(all, "kms:Decrypt on "+c.KMSKeyARN)
		}
	}
	if any(func(w settings.NamedWorker) bool { return w.OpenTelemetry != nil }) {
		all = append(all, "xray:GetSamplingRules, xray:GetSamplingStatisticSummaries, xray:GetSamplingTargets, xray:PutTelemetryRecords, xray:PutTraceSegments",
			"logs:CreateLogGroup, logs:CreateLogStream, logs:DescribeLogStreams, logs:PutLogEvents on /aws/ecs/application/metrics")
	}
	for _, w := range workers {
		for _, f := range w.FileSystems() {
			right := "elasticfilesystem:ClientMount"
			if f.Write {
				right += ", elasticfilesystem:ClientWrite"
			}
			right += " on " + f.FileSystemID
			if f.AccessPointID != "" {
				right += " through the access point " + f.AccessPointID
			}
			if !slices.Contains(all, right) {
				all = append(all, right)
			}
		}
	}
	return all
}
