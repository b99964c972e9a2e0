package stacks

import (
	"cmp"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
)

// addMonitoring makes alarms, event rules and the dashboard.
func (w *wiring) addMonitoring() {
	m := w.env.Monitoring
	if m == nil {
		return
	}
	topic := w.addTopic(m)
	w.addAlarms(m, topic)
	var names, arns []string
	for _, worker := range w.workers {
		names = append(names, worker.made.Service.Attr("name"))
		arns = append(arns, worker.made.Service.Attr("id"))
	}
	constructs.NewServiceEvents(w.stack, "", constructs.ServiceEventsProps{
		NamePrefix:        w.name(m.NamePrefix),
		TopicARN:          topic,
		ClusterARN:        w.cluster.Attr("arn"),
		ServiceARNs:       arns,
		ServiceNames:      names,
		StoppedTasks:      m.Events.StoppedTasks,
		StopCodes:         m.Events.StopCodes,
		FailedDeployments: m.Events.FailedDeployments,
		ServiceWarnings:   m.Events.ServiceWarnings,
		Names:             w.names,
	})
	if m.Dashboard != "" {
		props := constructs.DashboardProps{
			Name:              w.name(m.Dashboard),
			Region:            w.text("region", w.env.Region),
			ClusterName:       w.cluster.Name,
			ServiceNames:      names,
			ContainerInsights: w.env.Cluster.HasInsights(),
			LogGroup:          w.logGroup.Attr("name"),
			NATGatewayIDs:     w.network.NATGatewayIDs,
			Names:             w.names,
		}
		if w.crashDeadLetterQueue != nil {
			props.QueueNames = []string{w.crashQueue.Attr("name"), w.crashDeadLetterQueue.Attr("name")}
		}
		constructs.NewDashboard(w.stack, "", props)
	}
	if m.SavedQueries {
		constructs.NewSavedQueries(w.stack, "", constructs.SavedQueriesProps{
			NamePrefix: w.name(m.NamePrefix), LogGroup: w.logGroup.Attr("name"), Names: w.names,
		})
	}
}

// addTopic returns the ARN of the topic, or "" where nobody is told.
func (w *wiring) addTopic(m *config.Monitoring) string {
	t := m.Topic
	switch {
	case t == nil:
		return ""
	case t.ExistingTopicARN != "":
		return t.ExistingTopicARN
	}
	return constructs.NewTopic(w.stack, "", constructs.TopicProps{
		Name: w.name(m.TopicName()), KMSKeyARN: t.KMSKeyARN, Emails: escaped(t.Emails), Subscriptions: escaped(t.Subscriptions), Names: w.names,
	}).Attr("arn")
}

func escaped(texts []string) []string {
	var all []string
	for _, text := range texts {
		all = append(all, constructs.Escape(text))
	}
	return all
}

func (w *wiring) addAlarms(m *config.Monitoring, topic string) {
	common := constructs.AlarmsProps{NamePrefix: w.name(m.NamePrefix), TopicARN: topic, Names: w.names}
	for _, worker := range w.workers {
		constructs.NewServiceAlarms(w.stack, worker.id, constructs.ServiceAlarmsProps{
			AlarmsProps:  common,
			ClusterName:  w.cluster.Name,
			ServiceName:  worker.made.Service.Attr("name"),
			RunningTasks: threshold(m.Alarms.RunningTasks),
			CPU:          threshold(m.Alarms.CPU),
			Memory:       threshold(m.Alarms.Memory),
		})
	}
	constructs.NewLogAlarms(w.stack, "", constructs.LogAlarmsProps{
		AlarmsProps:        common,
		LogGroup:           w.logGroup.Attr("name"),
		ErrorFilterPattern: constructs.Escape(m.Alarms.ErrorFilterPattern),
		ErrorLines:         threshold(m.Alarms.ErrorLines),
		NoLogLines:         threshold(m.Alarms.NoLogLines),
	})
	if m.Alarms.DeadLetters != nil && w.crashDeadLetterQueue != nil {
		constructs.NewDeadLetterAlarm(w.stack, "", constructs.DeadLetterAlarmProps{
			AlarmsProps: common, QueueName: w.crashDeadLetterQueue.Attr("name"), Depth: threshold(m.Alarms.DeadLetters),
		})
	}
	if m.Alarms.NATPortErrors != nil && len(w.network.NATGatewayIDs) > 0 {
		constructs.NewNATAlarm(w.stack, "", constructs.NATAlarmProps{
			AlarmsProps: common, NATGatewayIDs: w.network.NATGatewayIDs, PortErrors: threshold(m.Alarms.NATPortErrors),
		})
	}
}

func threshold(a *config.Alarm) *constructs.Threshold {
	if a == nil {
		return nil
	}
	t := constructs.Threshold(*a)
	t.DatapointsToAlarm = cmp.Or(t.DatapointsToAlarm, t.EvaluationPeriods)
	return &t
}
