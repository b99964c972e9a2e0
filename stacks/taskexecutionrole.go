package stacks

import (
	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// addTaskExecutionRole creates a worker's role, which reads the worker's secret
// alone, or refers to a given one, or to the first one's.
func (w *wiring) addTaskExecutionRole(of *identity) {
	if of.Own.TaskExecutionRole == nil {
		of.executionRole, of.executionRoleARN = of.first.executionRole, of.first.executionRoleARN
		return
	}
	if r := of.Own.TaskExecutionRole; !r.Makes() {
		of.executionRoleARN = r.ARN
		return
	}
	props := constructs.TaskExecutionRoleProps{
		TaskExecutionRole:   *of.Own.TaskExecutionRole,
		Partition:           w.Partition,
		Secret:              of.secret,
		ContainerSecretARNs: w.SecretARNs[of.ID],
		LogGroupARNs:        w.logGroupARNs(),
		Defaults:            w.roleDefaults(),
	}
	if r := w.Repository; r != nil && r.PullThroughCache != nil {
		props.CachePrefix = r.PullThroughCache.Prefix
	}
	if props.Permissions == settings.LeastPrivilege || props.CachePrefix != "" || w.secretKey(of) != "" || len(props.KMSKeyARNs) > 0 {
		props.Account = w.account()
	}
	of.executionRole = constructs.NewTaskExecutionRole(w.scope, of.ID, props)
	of.executionRoleARN = of.executionRole.Attr("arn")
}

// secretKey is the key of a worker's secret; "": AWS's own.
func (w *wiring) secretKey(of *identity) string { return of.Own.Or(w.Identity()).Secret.KMSKeyARN }
