package stacks

import (
	"fmt"

	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// addSecret creates a worker's secret, or refers to the first one's.
func (w *wiring) addSecret(of *identity) {
	switch {
	case of.first == nil:
		of.secret = constructs.NewSecret(w.scope, "", constructs.SecretProps{
			Secret: w.Secret, Checks: w.secretChecks(), PutValue: "make put-secret-value STACK=" + w.Stack,
		})
	case of.Own.Secret == nil:
		of.secret = of.first.secret
	default:
		of.secret = constructs.NewSecret(w.scope, of.ID, constructs.SecretProps{
			Secret: *of.Own.Secret, PutValue: "make put-secret-value STACK=" + w.Stack + " WORKER=" + of.ID,
		})
	}
}

// secretChecks are rules on the key, and between variables. A validation would
// print the key, and may refer to its own variable only before Terraform 1.9;
// in a precondition a sensitive value keeps its mark.
func (w *wiring) secretChecks() []constructs.Check {
	s := w.Secret
	var all []constructs.Check
	check := func(condition, message string, args ...any) {
		all = append(all, constructs.Check{Condition: "${" + condition + "}", ErrorMessage: fmt.Sprintf(message, args...)})
	}
	value, key := constructs.Expr(s.Value), variableName(s.Value)
	if create := variableName(s.Create.Expression); create != "" {
		check("length("+value+") > 0",
			"%s is true but %s is empty. Set TF_VAR_%[2]s to a Prefect API key, or %[1]s = false and give the ARN of an existing secret.", create, key)
		check(constructs.Expr(s.ARN)+` == ""`,
			"%s is true but an ARN is given too: got %s. Set it to \"\" to use the created secret, or %[1]s = false to use the given one.", create, s.ARN)
		name := settings.Rules["secretName"]
		check(`can(regex("^`+name.Expression+`$", `+constructs.Expr(s.Name)+`))`,
			"The secret's name would be %s, want %s.", s.Name, name.Wanted)
	} else if key != "" && s.Create.Value {
		check("length("+value+") > 0", "%s is empty, want a Prefect API key: the secret is made from it. Set TF_VAR_%[1]s.", key)
	}
	if key != "" {
		check(value+" == trimspace("+value+")", "%s has spaces or a line break before or after the key, want the key alone.", key)
	}
	return all
}
