package config

// checkSecretChanges wants one secret of Secrets Manager that is known here: the
// rule names it.
func (e *Environment) checkSecretChanges() {
	if e.SecretChanges == nil {
		return
	}
	s := &e.Secret
	switch variables := e.removed(&s.Create, &s.ARN); {
	case variables != "":
		e.Fail(&e.SecretChanges, "set with variables that may leave the stack without a secret; say which secret it is here: terraform.variables: {%s}", variables)
	case e.Wrong(&s.ARN):
	case s.IsParameter():
		e.Fail(&e.SecretChanges, "got an SSM parameter, want a secret of Secrets Manager: changes of a parameter are not reported; remove one of them")
	case !s.Create.Value && s.ARN == "":
		e.Fail(&e.SecretChanges, "set without a secret that could change; remove it")
	}
}
