package stacks

import "github.com/prefect-ecs/prefect-ecs-worker/constructs"

// addCrashEvents makes the queue that tells workers of crashed tasks.
func (w *wiring) addCrashEvents() {
	if c := w.CrashEvents; c != nil {
		props := constructs.CrashEventsProps{CrashEvents: *c, ClusterARN: w.cluster.Attr("arn")}
		if c.KMSKeyARN != "" {
			props.Account = w.account()
		}
		w.crashEvents = constructs.NewCrashEvents(w.scope, "", props)
	}
}
