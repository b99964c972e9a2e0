package stacks

import "github.com/prefect-ecs/prefect-ecs-worker/constructs"

// workPoolVariables are what flow runs need of this stack: one local for the
// output and for all workers.
func (w *wiring) workPoolVariables() string {
	if w.workPoolJSON == "" {
		w.workPoolJSON = constructs.NewWorkPoolVariables(w.scope, "", constructs.WorkPoolVariablesProps{
			ClusterARN:       w.cluster.Attr("arn"),
			VPCID:            w.network.VPCID,
			SubnetIDs:        w.subnetIDs(w.FlowRunsInPublic),
			SecurityGroupID:  w.securityGroup.Attr("id"),
			AssignPublicIP:   w.FlowRunsInPublic,
			ExecutionRoleARN: w.executionRole.Attr("arn"),
			TaskRoleARN:      w.flowRunRole,
			LogGroup:         w.flowRunLogGroup.Attr("name"),
			LogRegion:        w.Region,
			Secret:           w.secret,
		})
	}
	return w.workPoolJSON
}
