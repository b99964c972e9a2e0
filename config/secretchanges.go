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
		e.Fail(&e.SecretChanges, "got it with variables that may leave the stack without a secret; say which secret it is here: terraform.variables: {%s}", variables)
	case e.Wrong(&s.ARN):
	case s.IsParameter():
		e.Fail(&e.SecretChanges, "got it with an SSM parameter, want a secret of Secrets Manager: of a parameter nothing is told; remove one of them")
	case !s.Create.Value && s.ARN == "":
		e.Fail(&e.SecretChanges, "got it without a secret, which never changes; remove it")
	}
}
