package settings

// AdditionalWorker is a worker beside the first one, with any of its settings.
// What is left out is the first worker's, except what must differ: service
// name, family, container name and log stream prefix are the name, the Name
// tags "{nameTag}-<name>"; deployment.alarmNames are none, for the first
// worker's alarms tell nothing of this one.
type AdditionalWorker struct {
	Name     string `yaml:"name" rule:"workerName"`            // Prefix of its Terraform names: part of the contract.
	WorkPool string `yaml:"workPool" rule:"workPool,optional"` // Empty: prefect.workPool.
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
