package stacks

import "github.com/prefect-ecs/prefect-ecs-worker/constructs"

// addSecurityGroup creates a worker's group, or refers to the first one's.
func (w *wiring) addSecurityGroup(of *identity) {
	if of.Own.SecurityGroup == nil {
		of.securityGroup, of.additionalGroups = of.first.securityGroup, of.first.additionalGroups
		return
	}
	of.additionalGroups = of.Own.SecurityGroup.AdditionalIDs
	of.securityGroup = constructs.NewSecurityGroup(w.scope, of.ID, constructs.SecurityGroupProps{SecurityGroup: *of.Own.SecurityGroup, VPCID: w.network.VPCID})
}
