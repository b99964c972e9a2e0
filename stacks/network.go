package stacks

import "github.com/prefect-ecs/prefect-ecs-worker/constructs"

func (w *wiring) addNetwork() {
	n := w.Network
	if n.Existing != nil {
		w.network = constructs.NewExistingNetwork(w.scope, "", constructs.ExistingNetworkProps{ExistingNetwork: *n.Existing})
		return
	}
	w.network = constructs.NewNetwork(w.scope, "", constructs.NetworkProps{Network: n})
	if n.Endpoints != nil {
		made := constructs.NewEndpoints(w.scope, "", constructs.EndpointsProps{Endpoints: *n.Endpoints, Network: w.network, Region: w.Region})
		w.network.Egress = append(w.network.Egress, made...)
	}
	if n.FlowLogs != nil {
		constructs.NewFlowLogs(w.scope, "", constructs.FlowLogsProps{FlowLogs: *n.FlowLogs, Network: w.network, Defaults: w.roleDefaults()})
	}
}

// subnetIDs are the subnets for a worker with or without a public address.
func (w *wiring) subnetIDs(public bool) string {
	if public {
		return w.network.PublicSubnetIDs
	}
	return w.network.PrivateSubnetIDs
}

// routes are what those subnets reach the internet by.
func (w *wiring) routes(public bool) []constructs.AnyResource {
	if public {
		return w.network.PublicRoutes
	}
	return w.network.PrivateRoutes
}
