package config

import "github.com/prefect-ecs/prefect-ecs-worker/settings"

func (e *Environment) checkSecret() {
	s := &e.Secret
	create, selfHosted := e.exposes(&s.Create), e.Prefect.SelfHosted()
	if (s.Create.Value || create) && s.Name == "" {
		e.Fail(&s.Name, "got no value, want %s", settings.Rules["secretName"].Wanted)
	}
	switch {
	case e.Wrong(&s.Value) || e.Wrong(&s.ARN):
	case s.Create.Value && !e.exposes(&s.Value) && !s.ValueOutside():
		e.Fail(&s.Create, "got true, but no variable exposes secret.value; add terraform.variables: {prefect_api_key: secret.value}")
	case !e.hasSecret() && !selfHosted:
		e.Fail(s, "got neither create nor arn: the worker could not authenticate; set secret.create: true or secret.arn")
	}
	if variables := e.removed(&s.Value, &s.Create); s.ValueOutside() && variables != "" {
		e.Fail(&s.ValueManagedBy, "got outside with variables for a value from Terraform; remove them: terraform.variables: {%s}", variables)
	}
	if s.ValueOutside() && !s.Create.Value && !create {
		e.Fail(&s.ValueManagedBy, "got outside with secret.create false: a given secret's value is never touched; remove it")
	}
	if e.Prefect.APIURL != nil && s.EnvironmentName == settings.AuthStringName && !selfHosted && !e.exposes(&e.Prefect.APIURL) {
		e.Fail(&s.EnvironmentName, "got %s with Prefect Cloud, which takes PREFECT_API_KEY; set prefect.apiUrl to the self-hosted server, or remove it", s.EnvironmentName)
	}
	if variables := e.removed(&s.ARN, &s.Create); s.IsParameter() && variables != "" {
		e.Fail(&s.ARN, "got an SSM parameter with variables for a secret of Secrets Manager; remove them: terraform.variables: {%s}", variables)
	}
}

// hasSecret says whether the worker has a secret, or may have one by a variable.
func (e *Environment) hasSecret() bool {
	s := &e.Secret
	return s.Create.Value || s.ARN != "" || e.exposes(&s.Create) || e.exposes(&s.ARN)
}

// storesSecret says whether Terraform may write the secret's value, which is
// then in the state and read at each refresh.
func (e *Environment) storesSecret() bool {
	return (e.Secret.Create.Value || e.exposes(&e.Secret.Create)) && !e.Secret.ValueOutside()
}
