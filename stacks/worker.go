package stacks

import (
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

func (w *wiring) addWorkers() {
	for _, named := range w.identities {
		props := constructs.WorkerProps{
			Worker:                     *named.Worker,
			WorkPool:                   named.WorkPool,
			APIURL:                     w.APIURL,
			Secret:                     named.secret,
			ExecutionRoleARN:           named.executionRoleARN,
			TaskRoleARN:                named.taskRoleARN(),
			LogGroup:                   w.logGroup.Attr("name"),
			LogRegion:                  w.Region,
			ClusterARN:                 w.cluster.Attr("id"),
			SubnetIDs:                  w.subnetIDs(named.AssignPublicIP),
			SecurityGroupID:            named.securityGroup.Attr("id"),
			AdditionalSecurityGroupIDs: named.additionalGroups,
			After:                      w.waitsFor(named),
		}
		if w.Prefect.WorkPoolManagement {
			props.WorkPoolManagement = &constructs.WorkPoolManagement{}
			if named.Type == settings.TypeECS {
				props.WorkPoolManagement.Variables = w.workPoolVariables(named)
			}
		}
		if w.crashEvents != nil {
			props.CrashEventsQueue = w.crashEvents.Queue.Attr("name")
		}
		if w.discovery != nil && named.ID == "" { // the documented name is the first worker's
			props.RegistryARN = w.discovery.Attr("arn")
		}
		w.workers = append(w.workers, worker{named, constructs.NewWorker(w.scope, named.ID, props)})
	}
}

// waitsFor lists what a service comes after, and goes before. A worker that
// polls without its permissions loses the flow runs it takes. Without what a
// task starts by it only does not start: ECS tries until it does, as in the
// documented deployments, which stay as they are; but where somebody watches
// the tasks start, a deployment would fail or an alarm go off for nothing.
func (w *wiring) waitsFor(of *identity) []constructs.AnyResource {
	role := roleOf(of.Worker)
	all := slices.Concat(w.network.Egress, w.cluster.Ready, of.securityGroup.Rules, of.owner(role).permissions[role])
	if of.Deployment != nil || of.WaitForSteadyState || w.Monitoring != nil {
		all = slices.Concat(all, of.executionRole.Ready, w.routes(of.AssignPublicIP))
	}
	slices.SortStableFunc(all, func(a, b constructs.AnyResource) int { return strings.Compare(a.Address, b.Address) })
	return slices.CompactFunc(all, func(a, b constructs.AnyResource) bool { return a.Address == b.Address })
}
