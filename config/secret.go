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
	if s.ValueOutside() && !s.Create.Value && !create && e.Own(&s.ValueManagedBy) { // what a preset has is no mistake
		e.Fail(&s.ValueManagedBy, "got outside with secret.create false: a given secret's value is never touched; remove it")
	}
	e.checkWriteOnly()
	if e.Prefect.APIURL != nil && s.EnvironmentName == settings.AuthStringName && !selfHosted && !e.exposes(&e.Prefect.APIURL) {
		e.Fail(&s.EnvironmentName, "got %s with Prefect Cloud, which takes PREFECT_API_KEY; set prefect.apiUrl to the self-hosted server, or remove it", s.EnvironmentName)
	}
	if variables := e.removed(&s.ARN, &s.Create); s.IsParameter() && variables != "" {
		e.Fail(&s.ARN, "got an SSM parameter with variables for a secret of Secrets Manager; remove them: terraform.variables: {%s}", variables)
	}
}

// checkWriteOnly wants a secret that is created, and a Terraform and a provider that
// know write-only arguments.
func (e *Environment) checkWriteOnly() {
	s, t := &e.Secret, &e.Terraform
	if !s.WriteOnly() {
		if s.ValueVersion.Value != 1 && !e.Wrong(&s.ValueManagedBy) && !e.Wrong(&s.ValueVersion) {
			e.Fail(&s.ValueVersion, "got %d with valueManagedBy %s, which uses none; remove it, or set valueManagedBy: write-only", s.ValueVersion.Value, s.ValueManagedBy)
		} else if name := e.variable(&s.ValueVersion); name != "" {
			e.FailKey(&t.Variables, name, "got secret.valueVersion with valueManagedBy %s, which uses none; remove it, or set secret.valueManagedBy: write-only", s.ValueManagedBy)
		}
		return
	}
	if !s.Create.Value && !e.exposes(&s.Create) {
		e.Fail(&s.ValueManagedBy, "got write-only with secret.create false: a given secret's value is never touched; remove it")
	}
	const with = "secret.valueManagedBy write-only"
	settings.AtLeast(e, &t.RequiredVersion, settings.WriteOnlyTerraform, "", with, "an older Terraform or OpenTofu has no write-only arguments")
	settings.AtLeast(e, &t.AWSProviderVersion, settings.WriteOnlyProvider, ", < 7.0.0", with, "an older provider has no secret_string_wo")
}

// hasSecret says whether the worker has a secret, or may have one by a variable.
func (e *Environment) hasSecret() bool {
	s := &e.Secret
	return s.Create.Value || s.ARN != "" || e.exposes(&s.Create) || e.exposes(&s.ARN)
}

// storesSecret says whether a refresh reads the secret's value: where the state
// has it, and where an older provider asks for it only to forget it.
func (e *Environment) storesSecret() bool {
	s := &e.Secret
	if s.WriteOnly() && settings.Excludes(e.Terraform.AWSProviderVersion, settings.UnreadValueProvider) {
		return false
	}
	return (s.Create.Value || e.exposes(&s.Create)) && !s.ValueOutside()
}
