package constructs_test

import (
	"fmt"

	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// etlService is the name of a worker's service.
const etlService = "${aws_ecs_service.etl_prefect_service.name}"

func ExampleNewAutoScaling() {
	stack := exampleStack()
	scaling := settings.AutoScaling{MinCapacity: 1, MaxCapacity: 10, CPUTargetPercent: 60}
	worker := constructs.NewWorker(stack, "etl", constructs.WorkerProps{
		Worker:   settings.Worker{Image: "prefecthq/prefect-aws:0.7.12-python3.12-prefect3.9.1", AutoScaling: &scaling}, // leaves the desired count alone
		WorkPool: "etl-pool", APIURL: "http://prefect.internal:4200/api", ClusterARN: "arn:aws:ecs:eu-central-1:123456789012:cluster/prefect",
	})
	target := constructs.NewAutoScaling(stack, "etl", constructs.AutoScalingProps{
		AutoScaling: scaling, ClusterName: "prefect", ServiceName: worker.Service.Attr("name"),
	})
	fmt.Println(target.Address)
	printValue(stack, "resource", "aws_appautoscaling_target", "etl_worker", "resource_id")
	// Output:
	// aws_appautoscaling_target.etl_worker
	// "service/prefect/${aws_ecs_service.etl_prefect_service.name}"
}

// The function's metric is what queue depth tracks, and what an alarm watches.
func ExampleNewLateRuns() {
	stack := exampleStack()
	late := constructs.NewLateRuns(stack, "", constructs.LateRunsProps{
		LateRuns:  settings.LateRuns{FunctionName: "data-late-runs", Namespace: "Prefect/data"},
		WorkPools: []string{"etl-pool"}, APIURL: "https://prefect.example.com/api", RetentionInDays: 30,
		Secret: &constructs.Secret{ARN: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:prefect-AbCdEf"},
	})
	constructs.NewAutoScaling(stack, "etl", constructs.AutoScalingProps{
		AutoScaling: settings.AutoScaling{MinCapacity: 1, MaxCapacity: 10, QueueDepth: &settings.QueueDepth{TargetValue: 5}},
		LateRuns:    late, WorkPool: "etl-pool", ClusterName: "prefect", ServiceName: etlService,
	})
	fmt.Println(late.Function.Attr("arn"))
	printAddresses(stack)
	printValue(stack, "resource", "aws_lambda_function", "late_runs", "runtime")
	// Output:
	// ${aws_lambda_function.late_runs.arn}
	// aws_appautoscaling_policy.etl_queue_depth
	// aws_appautoscaling_target.etl_worker
	// aws_cloudwatch_event_rule.late_runs
	// aws_cloudwatch_event_target.late_runs
	// aws_cloudwatch_log_group.late_runs
	// aws_iam_role.late_runs
	// aws_iam_role_policy.late_runs_policy
	// aws_lambda_function.late_runs
	// aws_lambda_function_event_invoke_config.late_runs
	// aws_lambda_permission.late_runs
	// "python3.13"
}

// The worker starts new tasks when somebody, or a rotation, puts another value
// into its secret.
func ExampleNewSecretChanges() {
	stack := exampleStack()
	restart := constructs.NewSecretChanges(stack, "", constructs.SecretChangesProps{
		SecretChanges: settings.SecretChanges{FunctionName: "data-secret-changes"},
		Secret:        &constructs.Secret{ARN: "arn:aws:secretsmanager:eu-central-1:123456789012:secret:prefect-AbCdEf"},
		ClusterARN:    "arn:aws:ecs:eu-central-1:123456789012:cluster/data",
		ServiceARNs:   []string{"arn:aws:ecs:eu-central-1:123456789012:service/data/etl"}, // worker.Service.Attr("id")
	})
	fmt.Println(restart.Attr("arn")) // its metric Errors counts what failed
	printAddresses(stack)
	// Output:
	// ${aws_lambda_function.secret_changes.arn}
	// aws_cloudwatch_event_rule.secret_changes
	// aws_cloudwatch_event_target.secret_changes
	// aws_cloudwatch_log_group.secret_changes
	// aws_iam_role.secret_changes
	// aws_iam_role_policy.secret_changes_policy
	// aws_lambda_function.secret_changes
	// aws_lambda_function_event_invoke_config.secret_changes
	// aws_lambda_permission.secret_changes
}

// It goes off when runs are late, and when nobody counts them.
func ExampleNewLateRunsAlarm() {
	stack := exampleStack()
	late := constructs.NewLateRuns(stack, "", constructs.LateRunsProps{
		LateRuns: settings.LateRuns{FunctionName: "data-late-runs"}, WorkPools: []string{"etl-pool"}, APIURL: "https://prefect.example.com/api",
	})
	constructs.NewLateRunsAlarm(stack, "etl", constructs.LateRunsAlarmProps{
		AlarmsProps: constructs.AlarmsProps{Alarms: settings.Alarms{LateRuns: &settings.Alarm{}}, NamePrefix: "prefect"},
		Counted:     late, WorkPool: "etl-pool", ServiceName: etlService,
	})
	printValue(stack, "resource", "aws_cloudwatch_metric_alarm", "etl_late_runs", "alarm_name")
	printValue(stack, "resource", "aws_cloudwatch_metric_alarm", "etl_late_runs", "treat_missing_data")
	// Output:
	// "prefect-${aws_ecs_service.etl_prefect_service.name}-late-runs"
	// "breaching"
}

func ExamplePolicyDocument() {
	stack := exampleStack()
	read := []settings.PolicyStatement{{SID: "Read", Actions: []string{"s3:GetObject"}, Resources: []string{"arn:aws:s3:::acme-flows/*"}}}
	fmt.Println(*constructs.NewJSON(stack, "flows_policy", constructs.PolicyDocument(read)))
	printValue(stack, "locals", "flows_policy", "Statement")
	// Output:
	// ${jsonencode(local.flows_policy)}
	// [{"Action":["s3:GetObject"],"Effect":"Allow","Resource":["arn:aws:s3:::acme-flows/*"],"Sid":"Read"}]
}

func ExampleNewCrashEvents() {
	stack := exampleStack()
	cluster := constructs.NewCluster(stack, "", constructs.ClusterProps{Cluster: settings.Cluster{Name: "prefect"}})
	crashes := constructs.NewCrashEvents(stack, "", constructs.CrashEventsProps{
		CrashEvents: settings.CrashEvents{QueueName: "prefect-task-events"}, ClusterARN: cluster.Attr("arn"),
	})
	fmt.Println(crashes.Queue.Attr("name"))         // WorkerProps.CrashEventsQueue
	fmt.Println(crashes.Receive[0].Actions)         // TaskRoleProps.Statements
	fmt.Println(crashes.DeadLetterQueue.Attr("id")) // nobody could read these
	// Output:
	// ${aws_sqs_queue.crash_events.name}
	// [sqs:ChangeMessageVisibility sqs:DeleteMessage sqs:GetQueueUrl sqs:ReceiveMessage]
	// ${aws_sqs_queue.crash_events_dead_letter.id}
}

// A topic with its own key, which lets alarms and event rules publish.
func ExampleNewTopic() {
	stack := exampleStack()
	topic := constructs.NewTopic(stack, "", constructs.TopicProps{Topic: settings.Topic{Name: "prefect-alerts", Emails: []string{"oncall@example.com"}}})
	fmt.Println(topic.Attr("arn"))
	printAddresses(stack)
	// Output:
	// ${aws_sns_topic.alerts.arn}
	// aws_kms_alias.alerts
	// aws_kms_key.alerts
	// aws_kms_key_policy.alerts
	// aws_sns_topic.alerts
	// aws_sns_topic_policy.alerts
	// aws_sns_topic_subscription.alerts
}

// Each alarm that is not nil is made; one without settings has the defaults.
func ExampleNewServiceAlarms() {
	stack := exampleStack()
	constructs.NewServiceAlarms(stack, "etl", constructs.ServiceAlarmsProps{
		AlarmsProps: constructs.AlarmsProps{
			Alarms:     settings.Alarms{CPU: &settings.Alarm{}, Memory: &settings.Alarm{Threshold: 90}},
			NamePrefix: "prefect", TopicARN: "${aws_sns_topic.alerts.arn}",
		},
		ClusterName: "prefect", ServiceName: etlService,
	})
	printAddresses(stack)
	printValue(stack, "resource", "aws_cloudwatch_metric_alarm", "etl_memory", "alarm_name")
	printValue(stack, "resource", "aws_cloudwatch_metric_alarm", "etl_memory", "threshold")
	// Output:
	// aws_cloudwatch_metric_alarm.etl_cpu
	// aws_cloudwatch_metric_alarm.etl_memory
	// "prefect-${aws_ecs_service.etl_prefect_service.name}-memory"
	// 90
}

func ExampleNewLogAlarms() {
	stack := exampleStack()
	constructs.NewLogAlarms(stack, "", constructs.LogAlarmsProps{
		AlarmsProps: constructs.AlarmsProps{
			Alarms: settings.Alarms{ErrorLines: &settings.Alarm{}, NoLogLines: &settings.Alarm{}}, NamePrefix: "prefect",
		},
		LogGroup: "/ecs/prefect",
	})
	printAddresses(stack)
	printValue(stack, "resource", "aws_cloudwatch_metric_alarm", "error_lines", "alarm_name")
	// Output:
	// aws_cloudwatch_log_metric_filter.error_lines
	// aws_cloudwatch_metric_alarm.error_lines
	// aws_cloudwatch_metric_alarm.no_log_lines
	// "prefect-error-lines"
}

func ExampleNewDeadLetterAlarm() {
	stack := exampleStack()
	constructs.NewDeadLetterAlarm(stack, "", constructs.DeadLetterAlarmProps{
		AlarmsProps: constructs.AlarmsProps{Alarms: settings.Alarms{DeadLetters: &settings.Alarm{}}, NamePrefix: "prefect"},
		QueueName:   "prefect-task-events-dead-letter",
	})
	printAddresses(stack)
	// Output:
	// aws_cloudwatch_metric_alarm.dead_letters
}

// One alarm for all gateways of a network.
func ExampleNewNATAlarm() {
	stack := exampleStack()
	network := constructs.NewNetwork(stack, "", constructs.NetworkProps{Network: settings.Network{CIDRBlock: "10.0.0.0/16", NATGateways: settings.NATPerZone}})
	constructs.NewNATAlarm(stack, "", constructs.NATAlarmProps{
		AlarmsProps:   constructs.AlarmsProps{Alarms: settings.Alarms{NATPortErrors: &settings.Alarm{}}, NamePrefix: "prefect"},
		NATGatewayIDs: network.NATGatewayIDs,
	})
	fmt.Println(network.NATGatewayIDs)
	printValue(stack, "resource", "aws_cloudwatch_metric_alarm", "nat_port_errors", "alarm_name")
	// Output:
	// [${aws_nat_gateway.nat[0].id} ${aws_nat_gateway.nat[1].id} ${aws_nat_gateway.nat[2].id}]
	// "prefect-nat-port-errors"
}

// A person reads a sentence, not an event.
func ExampleNewServiceEvents() {
	stack := exampleStack()
	constructs.NewServiceEvents(stack, "", constructs.ServiceEventsProps{
		Events: settings.Events{StoppedTasks: true}, NamePrefix: "prefect", TopicARN: "${aws_sns_topic.alerts.arn}",
		ClusterARN:   "${aws_ecs_cluster.prefect.arn}",
		ServiceARNs:  []string{"${aws_ecs_service.etl_prefect_service.id}"},
		ServiceNames: []string{etlService},
	})
	printAddresses(stack)
	printValue(stack, "resource", "aws_cloudwatch_event_target", "stopped_tasks", "input_transformer", "input_template")
	// Output:
	// aws_cloudwatch_event_rule.stopped_tasks
	// aws_cloudwatch_event_target.stopped_tasks
	// "\"Task <task> of <group> stopped: <code>: <reason>\""
}

func ExampleNewDashboard() {
	stack := exampleStack()
	constructs.NewDashboard(stack, "", constructs.DashboardProps{
		Name: "prefect", ClusterName: "prefect", ServiceNames: []string{etlService}, LogGroup: "/ecs/prefect",
	})
	for _, widget := range synth(stack)["locals"].(map[string]any)["dashboard"].(map[string]any)["widgets"].([]any) {
		fmt.Println(widget.(map[string]any)["properties"].(map[string]any)["title"])
	}
	// Output:
	// CPU, percent
	// Memory, percent
	// Log lines
	// Errors
}

func ExampleNewSavedQueries() {
	stack := exampleStack()
	constructs.NewSavedQueries(stack, "", constructs.SavedQueriesProps{NamePrefix: "prefect", LogGroup: "/ecs/prefect"})
	printAddresses(stack)
	printValue(stack, "resource", "aws_cloudwatch_query_definition", "errors", "name")
	// Output:
	// aws_cloudwatch_query_definition.errors
	// aws_cloudwatch_query_definition.flow_runs
	// aws_cloudwatch_query_definition.starts
	// "prefect/errors"
}

// The table is needed only where Terraform is older than 1.10: S3 locks by itself.
func ExampleNewStateBackend() {
	stack := exampleStack()
	backend := constructs.NewStateBackend(stack, "", constructs.StateBackendProps{
		StateBackend: settings.StateBackend{
			Bucket:    settings.StateBucket{PreventDestroy: true},
			LockTable: settings.LockTable{DeletionProtection: true},
		},
		BucketName: "acme-terraform-state", LockTableName: "terraform-locks",
	})
	fmt.Println(backend.Bucket.Attr("bucket"), backend.LockTable.Attr("name"))
	printAddresses(stack)
	// Output:
	// ${aws_s3_bucket.state.bucket} ${aws_dynamodb_table.lock.name}
	// aws_dynamodb_table.lock
	// aws_s3_bucket.state
	// aws_s3_bucket_lifecycle_configuration.state
	// aws_s3_bucket_ownership_controls.state
	// aws_s3_bucket_policy.state
	// aws_s3_bucket_public_access_block.state
	// aws_s3_bucket_server_side_encryption_configuration.state
	// aws_s3_bucket_versioning.state
}
