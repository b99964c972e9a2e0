package stacks

import "github.com/prefect-ecs/prefect-ecs-worker/constructs"

func (w *wiring) addSecurityGroup() {
	w.securityGroup = constructs.NewSecurityGroup(w.scope, "", constructs.SecurityGroupProps{SecurityGroup: w.SecurityGroup, VPCID: w.network.VPCID})
}
