package settings

// AdditionalWorker is a worker beside the first one, with any of its settings.
// What is left out is inherited from the first worker, except what must differ:
// service name, family, container name and log stream prefix are the name, the
// Name tags "{nameTag}-<name>"; deployment.alarmNames are none, because the
// first worker's alarms do not watch this one.
type AdditionalWorker struct {
	Name     string `yaml:"name" rule:"workerName"`            // Prefix of its Terraform names: part of the contract.
	WorkPool string `yaml:"workPool" rule:"workPool,optional"` // Empty: prefect.workPool.
	Identity `yaml:",inline"`
	Worker   `yaml:",inline"`
}

// Differ sets what must differ from the first worker, whose copy this is.
func (a *AdditionalWorker) Differ(name string) {
	if name != "" {
		a.ServiceName, a.Family, a.ContainerName, a.LogStreamPrefix = name, name, name, name
		a.ServiceNameTag, a.TaskDefinitionNameTag = "{nameTag}-"+name, "{nameTag}-"+name
	}
	if a.Deployment != nil {
		a.Deployment.AlarmNames = nil
	}
}

// Begin gives the worker the sections that it has of its own, which the keys of its
// entry say, as they are before anything in them is set. What a section may do, and
// what it may be reached by, is never taken over from the first worker: neither names
// and ARNs, nor roles to pass, nor the flow runs' policies. With its own execution
// role it has none of the first worker's secrets and environment files either, which
// that role would read.
func (a *AdditionalWorker) Begin(e *Environment, name string, has func(key string) bool) {
	tag := "{nameTag}-" + name
	if has("secret") {
		s := e.Secret
		s.Create, s.ARN, s.Value, s.Name, s.NameTag, s.ValueManagedBy = Switch{Value: true}, "", "", "", tag, ValueOutside
		if has("secret.arn") {
			s.Create, s.NameTag, s.RecoveryWindowInDays, s.KMSKeyARN = Switch{}, "", nil, ""
		}
		a.Secret = &s
	}
	if has("taskExecutionRole") {
		r := e.TaskExecutionRole
		r.ARN, r.Name, r.NameTag, r.ManagedPolicyARNs, r.SecretARNs, r.KMSKeyARNs = "", "", tag, nil, nil, nil
		a.TaskExecutionRole, a.Secrets, a.EnvironmentFiles = &r, nil, nil
	}
	if has("taskRole") {
		a.TaskRole = &TaskRole{}
		if !has("taskRole.arn") {
			a.TaskRole.NameTag = tag
		}
	}
	if has("flowRunRole") {
		a.FlowRunRole = &FlowRunRole{}
		if !has("flowRunRole.arn") {
			a.FlowRunRole.NameTag = tag
		}
	}
	if has("securityGroup") {
		g := e.SecurityGroup
		g.Name, g.NameTag, g.AdditionalIDs = "", tag, nil
		a.SecurityGroup = &g
	}
}
