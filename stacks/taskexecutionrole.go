package stacks

import (
	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

func (w *wiring) addTaskExecutionRole() {
	props := constructs.TaskExecutionRoleProps{
		TaskExecutionRole: w.TaskExecutionRole,
		Partition:         w.Partition,
		Secret:            w.secret,
		SecretARNs:        w.SecretARNs,
		LogGroupARNs:      w.logGroupARNs(),
		Defaults:          w.roleDefaults(),
	}
	if r := w.Repository; r != nil && r.PullThroughCache != nil {
		props.CachePrefix = r.PullThroughCache.Prefix
	}
	if props.Permissions == settings.LeastPrivilege || props.CachePrefix != "" || w.Secret.KMSKeyARN != "" {
		props.Account = w.account()
	}
	w.executionRole = constructs.NewTaskExecutionRole(w.scope, "", props)
}
