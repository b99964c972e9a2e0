package stacks

import (
	"maps"

	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
)

func (w *wiring) addWorkers() {
	e := w.env
	props := constructs.WorkerProps{
		ServiceName:           constructs.Escape(e.Worker.ServiceName),
		ServiceNameTag:        w.name(e.Worker.ServiceNameTag),
		Family:                constructs.Escape(e.Worker.Family),
		TaskDefinitionNameTag: w.name(e.Worker.TaskDefinitionNameTag),
		ContainerName:         constructs.Escape(e.Worker.ContainerName),
		Image:                 w.text("worker.image", e.Worker.Image),
		Command:               constructs.WorkerCommand(w.text("prefect.workPool", e.Prefect.WorkPool), e.Worker.Type),
		CPU:                   e.Worker.CPU,
		MemoryMiB:             e.Worker.MemoryMiB,
		DesiredCount:          w.number("worker.desiredCount", e.Worker.DesiredCount),
		Environment:           map[string]string{"PREFECT_API_URL": w.apiURL()},
		Secret:                w.secret,
		ExecutionRoleARN:      w.executionRole.Attr("arn"),
		LogGroup:              w.logGroup.Attr("name"),
		LogRegion:             w.text("region", e.Region),
		LogStreamPrefix:       constructs.Escape(e.Worker.LogStreamPrefix),
		ClusterARN:            w.cluster.Attr("id"),
		SubnetIDs:             w.network.PrivateSubnetIDs,
		SecurityGroupID:       w.securityGroup.Attr("id"),
		DependsOn:             w.network.Egress,
		Names:                 w.names,
	}
	maps.Copy(props.Environment, w.workerEnvironment)
	for name, value := range e.Worker.Environment {
		props.Environment[name] = w.name(value)
	}
	props.TaskRoleARN = w.taskRoleARN(e.Worker.Type)
	if w.discovery != nil {
		props.RegistryARN = w.discovery.Attr("arn")
	}
	w.workers = append(w.workers, worker{e.Worker, constructs.NewWorker(w.stack, "", props)})
}

// apiURL is the API the worker polls: the given one, or Prefect Cloud's for
// account and workspace where the given one is empty.
// https://docs.prefect.io/v3/how-to-guides/cloud/connect-to-cloud
func (w *wiring) apiURL() string {
	p := w.env.Prefect
	if p.APIURL == nil {
		return w.text("prefect.apiUrl", "")
	}
	cloud := "https://api.prefect.cloud/api/accounts/" + w.text("prefect.accountId", p.AccountID) + "/workspaces/" + w.text("prefect.workspaceId", p.WorkspaceID)
	url := w.text("prefect.apiUrl", *p.APIURL)
	switch {
	case w.variables["prefect.apiUrl"] != "":
		return "${" + constructs.Expr(url) + ` != "" ? ` + constructs.Expr(url) + " : " + constructs.Expr(cloud) + "}"
	case url == "":
		return cloud
	}
	return url
}
