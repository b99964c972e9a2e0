package stacks

import (
	"fmt"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
)

func (w *wiring) addSecret() {
	e := w.env
	name, value, arn := w.name(e.Secret.Name), w.text("secret.value", ""), w.text("secret.arn", e.Secret.ARN)
	props := constructs.SecretProps{
		Create:  w.condition("secret.create", e.Secret.Create),
		Name:    name,
		NameTag: w.name(e.Secret.NameTag),
		Value:   value,
		ARN:     arn,

		EnvironmentName:      e.Secret.EnvironmentName,
		RecoveryWindowInDays: e.Secret.RecoveryWindowInDays,
		KMSKeyARN:            e.Secret.KMSKeyARN,
		Names:                w.names,
	}
	// Rules between variables: a validation may refer to its own variable only
	// before Terraform 1.9, a precondition to any.
	if create := w.variables["secret.create"]; create != "" {
		key := w.variables["secret.value"]
		check := func(condition, message string, args ...any) {
			props.Checks = append(props.Checks, constructs.Check{Condition: "${" + condition + "}", ErrorMessage: fmt.Sprintf(message, args...)})
		}
		check("length("+constructs.Expr(value)+") > 0",
			"%s is true but %s is empty. Set TF_VAR_%[2]s to a Prefect API key, or %[1]s = false and give the ARN of an existing secret.", create, key)
		check(constructs.Expr(arn)+` == ""`,
			"%s is true but an ARN is given too: got %s. Set it to \"\" to use the created secret, or %[1]s = false to use the given one.", create, arn)
		check(`can(regex("^`+config.SecretNameExpression+`$", `+constructs.Expr(name)+`))`,
			"The secret's name would be %s, want %s.", name, config.SecretNameWanted)
	}
	w.secret = constructs.NewSecret(w.stack, "", props)
}

func (w *wiring) addTaskExecutionRole() {
	r := w.env.TaskExecutionRole
	props := constructs.TaskExecutionRoleProps{
		Name:                    w.name(r.Name),
		NameTag:                 w.name(r.NameTag),
		Partition:               w.env.Partition,
		AttachECRReadOnlyPolicy: r.AttachECRReadOnlyPolicy,
		Secret:                  w.secret,
		SecretsPolicyName:       constructs.Escape(r.SecretsPolicy.Name),
		SecretsPolicyActions:    r.SecretsPolicy.Actions,
		SecretARNs:              w.env.SecretARNs(),
		Defaults:                w.roleDefaults(),
		Names:                   w.names,
	}
	if r.Permissions == config.PermissionsLeastPrivilege {
		props.LeastPrivilege = &constructs.TaskExecution{RepositoryARNs: r.RepositoryARNs, LogGroupARNs: w.logGroupARNs()}
	}
	if repository := w.env.Repository; repository != nil && repository.PullThroughCache != nil {
		props.CachePrefix = repository.PullThroughCache.Prefix
	}
	if props.LeastPrivilege != nil || props.CachePrefix != "" || w.env.Secret.KMSKeyARN != "" {
		props.Account = w.account()
	}
	w.executionRole = constructs.NewTaskExecutionRole(w.stack, "", props)
}

// roleDefaults is what every role of the stack must be made with.
func (w *wiring) roleDefaults() constructs.RoleDefaults {
	i := w.env.IAM
	defaults := constructs.RoleDefaults{Path: constructs.Escape(i.RolePath), PermissionsBoundaryARN: constructs.Escape(i.PermissionsBoundaryARN)}
	if i.RestrictTrust {
		account := w.account()
		defaults.TrustOnly = &account
	}
	return defaults
}

// account is the account as Terraform finds it.
func (w *wiring) account() constructs.Account {
	partition, suffix := constructs.NewPartition(w.stack)
	return constructs.Account{
		Partition: partition,
		DNSSuffix: suffix,
		Region:    w.text("region", w.env.Region),
		ID:        "${data.aws_caller_identity.current.account_id}",
	}
}
