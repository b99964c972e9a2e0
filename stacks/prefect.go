package stacks

import "github.com/prefect-ecs/prefect-ecs-worker/constructs"

// workPoolVariables are what a worker's flow runs need of this stack: one local for
// the output and for all workers that share what is in it.
func (w *wiring) workPoolVariables(of *identity) string {
	if of.first != nil && !of.Own.FlowRuns() {
		return w.workPoolVariables(of.first)
	}
	if of.workPoolJSON == "" {
		of.workPoolJSON = constructs.NewWorkPoolVariables(w.scope, of.ID, constructs.WorkPoolVariablesProps{
			ClusterARN:                 w.cluster.Attr("arn"),
			VPCID:                      w.network.VPCID,
			SubnetIDs:                  w.subnetIDs(w.FlowRunsInPublic),
			SecurityGroupID:            of.securityGroup.Attr("id"),
			AdditionalSecurityGroupIDs: of.additionalGroups,
			AssignPublicIP:             w.FlowRunsInPublic,
			ExecutionRoleARN:           of.executionRoleARN,
			TaskRoleARN:                of.flowRunRole,
			LogGroup:                   w.flowRunLogGroup.Attr("name"),
			LogRegion:                  w.Region,
			Secret:                     of.secret,
			CapacityProviderStrategy:   w.FlowRunCapacityProviderStrategy,
		})
	}
	return of.workPoolJSON
}
