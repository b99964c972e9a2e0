package stacks

import (
	"slices"

	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// addMonitoring creates alarms, event rules and the dashboard.
func (w *wiring) addMonitoring() {
	m := w.Monitoring
	if m == nil {
		return
	}
	topic := w.addTopic(m)
	w.topicARN = topic
	w.addAlarms(m, topic)
	var names, arns []string
	for _, worker := range w.workers {
		names = append(names, worker.made.Service.Attr("name"))
		arns = append(arns, worker.made.Service.Attr("id"))
	}
	constructs.NewServiceEvents(w.scope, "", constructs.ServiceEventsProps{
		Events: m.Events, NamePrefix: m.NamePrefix, TopicARN: topic, ClusterARN: w.cluster.Attr("arn"), ServiceARNs: arns, ServiceNames: names,
	})
	if m.Dashboard != "" {
		props := constructs.DashboardProps{
			Name:              m.Dashboard,
			Region:            w.Region,
			ClusterName:       w.cluster.Name,
			ServiceNames:      names,
			ContainerInsights: w.Cluster.HasInsights(),
			LogGroup:          w.logGroup.Attr("name"),
			NATGatewayIDs:     w.network.NATGatewayIDs,
			LateRuns:          w.lateRuns,
			WorkPools:         w.CountedWorkPools(),
		}
		if c := w.crashEvents; c != nil {
			props.QueueNames = []string{c.Queue.Attr("name"), c.DeadLetterQueue.Attr("name")}
		}
		constructs.NewDashboard(w.scope, "", props)
	}
	if m.SavedQueries {
		constructs.NewSavedQueries(w.scope, "", constructs.SavedQueriesProps{NamePrefix: m.NamePrefix, LogGroup: w.logGroup.Attr("name")})
	}
}

// addTopic returns the ARN of the topic, or "" without notifications.
func (w *wiring) addTopic(m *settings.Monitoring) string {
	switch t := m.Topic; {
	case t == nil:
		return ""
	case t.ExistingTopicARN != "":
		return t.ExistingTopicARN
	}
	topic := *m.Topic
	topic.Name = m.TopicName()
	return constructs.NewTopic(w.scope, "", constructs.TopicProps{Topic: topic}).Attr("arn")
}

func (w *wiring) addAlarms(m *settings.Monitoring, topic string) {
	common := constructs.AlarmsProps{Alarms: m.Alarms, Runbook: "What to do: docs/monitoring.md", NamePrefix: m.NamePrefix, TopicARN: topic}
	pools := map[string]bool{}
	for _, worker := range w.workers {
		service := worker.made.Service.Attr("name")
		constructs.NewServiceAlarms(w.scope, worker.ID, constructs.ServiceAlarmsProps{AlarmsProps: common, ClusterName: w.cluster.Name, ServiceName: service})
		if w.lateRuns != nil && !pools[worker.WorkPool] && slices.Contains(w.CountedWorkPools(), worker.WorkPool) { // a pool's first worker
			constructs.NewLateRunsAlarm(w.scope, worker.ID, constructs.LateRunsAlarmProps{
				AlarmsProps: common, Counted: w.lateRuns, WorkPool: worker.WorkPool, ServiceName: service,
			})
		}
		pools[worker.WorkPool] = true
	}
	constructs.NewLogAlarms(w.scope, "", constructs.LogAlarmsProps{AlarmsProps: common, LogGroup: w.logGroup.Attr("name")})
	if m.Alarms.DeadLetters != nil && w.crashEvents != nil {
		constructs.NewDeadLetterAlarm(w.scope, "", constructs.DeadLetterAlarmProps{AlarmsProps: common, QueueName: w.crashEvents.DeadLetterQueue.Attr("name")})
	}
	constructs.NewNATAlarm(w.scope, "", constructs.NATAlarmProps{AlarmsProps: common, NATGatewayIDs: w.network.NATGatewayIDs})
}
