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
		Names:   w.names,
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
	w.executionRole = constructs.NewTaskExecutionRole(w.stack, "", constructs.TaskExecutionRoleProps{
		Name:                    w.name(r.Name),
		NameTag:                 w.name(r.NameTag),
		Partition:               w.env.Partition,
		AttachECRReadOnlyPolicy: r.AttachECRReadOnlyPolicy,
		Secret:                  w.secret,
		SecretsPolicyName:       constructs.Escape(r.SecretsPolicy.Name),
		SecretsPolicyActions:    r.SecretsPolicy.Actions,
		Names:                   w.names,
	})
}
