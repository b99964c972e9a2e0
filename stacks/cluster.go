package stacks

import "github.com/prefect-ecs/prefect-ecs-worker/constructs"

func (w *wiring) addCluster() {
	w.cluster = constructs.NewCluster(w.scope, "", constructs.ClusterProps{
		Cluster: w.Cluster, LogGroup: w.logGroup.Attr("name"), LogGroupEncrypted: w.LogGroup.KMSKeyARN != "",
	})
}
