package stacks

import "github.com/prefect-ecs/prefect-ecs-worker/constructs"

func (w *wiring) addServiceDiscovery() {
	if d := w.ServiceDiscovery; d != nil {
		service := constructs.NewServiceDiscovery(w.scope, "", constructs.ServiceDiscoveryProps{ServiceDiscovery: *d, VPCID: w.network.VPCID})
		w.discovery = &service
	}
}
