package stacks

import (
	"slices"

	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
)

func (w *wiring) addLogGroup() {
	l := w.env.LogGroup
	w.logGroup = constructs.NewLogGroup(w.stack, "", constructs.LogGroupProps{
		Name: w.name(l.Name), RetentionInDays: l.RetentionInDays, NameTag: w.name(l.NameTag),
		Existing: l.Existing, KMSKeyARN: l.KMSKeyARN, Names: w.names,
	})
}

// addFlowRunLogGroup: without a group of their own flow runs share the workers'.
func (w *wiring) addFlowRunLogGroup() {
	w.flowRunLogGroup = w.logGroup
	if l := w.env.FlowRunLogGroup; l != nil {
		w.flowRunLogGroup = constructs.NewFlowRunLogGroup(w.stack, "", constructs.LogGroupProps{
			Name: w.name(l.Name), RetentionInDays: l.RetentionInDays, NameTag: w.name(l.NameTag), KMSKeyARN: l.KMSKeyARN, Names: w.names,
		})
	}
}

// logGroupARNs are the groups of workers and flow runs.
func (w *wiring) logGroupARNs() []string {
	return slices.Compact([]string{w.logGroup.Attr("arn"), w.flowRunLogGroup.Attr("arn")})
}

func (w *wiring) addCluster() {
	c := w.env.Cluster
	props := constructs.ClusterProps{
		Name: w.text("cluster.name", c.Name), NameTag: w.name(c.NameTag), Existing: c.Existing,
		ContainerInsights:                c.ContainerInsights,
		FargateEphemeralStorageKMSKeyARN: c.FargateEphemeralStorageKMSKeyARN,
		CapacityProviders:                w.env.CapacityProviders(),
		Names:                            w.names,
	}
	if e := c.ExecuteCommand; e != nil {
		props.ExecuteCommand = &constructs.ExecuteCommand{
			Logging: e.Logging, KMSKeyARN: e.KMSKeyARN,
			LogGroup: w.logGroup.Attr("name"), LogGroupEncrypted: w.env.LogGroup.KMSKeyARN != "",
		}
	}
	w.cluster = constructs.NewCluster(w.stack, "", props)
}

func (w *wiring) addServiceDiscovery() {
	if d := w.env.ServiceDiscovery; d != nil {
		service := constructs.NewServiceDiscovery(w.stack, "", constructs.ServiceDiscoveryProps{
			VPCID:                       w.network.VPCID,
			Namespace:                   constructs.Escape(d.Namespace),
			Description:                 constructs.Escape(d.Description),
			Service:                     constructs.Escape(d.Service),
			TTLSeconds:                  d.TTLSeconds,
			HealthCheckFailureThreshold: d.HealthCheckFailureThreshold,
			Names:                       w.names,
		})
		w.discovery = &service
	}
}
