package stacks

import "github.com/prefect-ecs/prefect-ecs-worker/constructs"

func (w *wiring) addServiceDiscovery() {
	if d := w.ServiceDiscovery; d != nil {
		service := constructs.NewServiceDiscovery(w.stack, "", constructs.ServiceDiscoveryProps{ServiceDiscovery: *d, VPCID: w.network.VPCID, Names: w.names})
		w.discovery = &service
	}
}
