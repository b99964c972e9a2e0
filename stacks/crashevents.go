package stacks

import (
	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
)

// addCrashEvents makes the queue that tells workers of crashed tasks.
func (w *wiring) addCrashEvents() {
	if w.env.CrashEvents == nil {
		return
	}
	q := w.env.CrashEvents.WithDefaults()
	name := w.name(q.QueueName)
	events := constructs.NewCrashEvents(w.stack, "", constructs.CrashEventsProps{
		QueueName:                name,
		DeadLetterQueueName:      name + config.DeadLetterSuffix,
		VisibilityTimeoutSeconds: q.VisibilityTimeoutSeconds,
		MessageRetentionSeconds:  q.MessageRetentionSeconds,
		MaxReceiveCount:          q.MaxReceiveCount,
		KMSKeyARN:                q.KMSKeyARN,
		ClusterARN:               w.cluster.Attr("arn"),
		Account:                  w.account(),
		Names:                    w.names,
	})
	w.crashQueue, w.crashDeadLetterQueue = &events.Queue, &events.DeadLetterQueue
	w.receiveCrashEvents = events.Receive
	w.workerEnvironment[config.QueueNameVariable] = events.Queue.Attr("name")
}
