package constructs_test

import (
	"fmt"
	"strings"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/s3bucket"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// Image, work pool and API URL make a worker in the account's default network.
func ExampleNewWorker() {
	stack := exampleStack()
	worker := constructs.NewWorker(stack, "etl", constructs.WorkerProps{
		Worker: settings.Worker{Image: "prefecthq/prefect-aws:0.7.12-python3.12-prefect3.9.1"}, WorkPool: "etl-pool", APIURL: "http://prefect.internal:4200/api",
	})
	fmt.Println(worker.Service.Attr("name"))
	printAddresses(stack)
	// Output:
	// ${aws_ecs_service.etl_prefect_service.name}
	// data.aws_partition.current
	// data.aws_region.current
	// data.aws_subnets.default
	// data.aws_vpc.default
	// aws_cloudwatch_log_group.etl_prefect
	// aws_ecs_cluster.etl_prefect
	// aws_ecs_service.etl_prefect_service
	// aws_ecs_task_definition.etl_prefect_worker
	// aws_iam_role.etl_task_execution_role
	// aws_iam_role_policy_attachment.etl_ecs_task_execution
	// aws_security_group.etl_prefect_sg
}

// The pool is made before the worker starts, with the values that flow runs need.
func ExampleNewWorkPoolVariables() {
	stack := exampleStack()
	const cluster, vpc, subnets, group = "${aws_ecs_cluster.mine.arn}", "${aws_vpc.mine.id}", "${aws_subnet.mine[*].id}", "${aws_security_group.mine.id}"
	secret := &constructs.Secret{ARN: "${aws_secretsmanager_secret.mine.arn}"}
	variables := constructs.NewWorkPoolVariables(stack, "etl", constructs.WorkPoolVariablesProps{
		ClusterARN: cluster, VPCID: vpc, SubnetIDs: subnets, SecurityGroupID: group, Secret: secret,
		ExecutionRoleARN: "${aws_iam_role.execution.arn}", TaskRoleARN: "${aws_iam_role.flows.arn}", LogGroup: "/flow-runs", LogRegion: "eu-central-1",
	})
	constructs.NewWorker(stack, "etl", constructs.WorkerProps{
		Worker:   settings.Worker{Image: "prefecthq/prefect-aws:0.7.12-python3.12-prefect3.9.1", Type: settings.TypeECS},
		WorkPool: "etl-pool", APIURL: "http://prefect.internal:4200/api", Secret: secret, TaskRoleARN: "${aws_iam_role.worker.arn}",
		ClusterARN: cluster, SubnetIDs: subnets, SecurityGroupID: group,
		WorkPoolManagement: &constructs.WorkPoolManagement{Variables: variables},
	})
	fmt.Println(variables)
	printValue(stack, "locals", "etl_work_pool_variables")
	// Output:
	// ${jsonencode(local.etl_work_pool_variables)}
	// {"cloudwatch_logs_options":{"awslogs-create-group":"false","awslogs-group":"/flow-runs","awslogs-region":"eu-central-1"},"cloudwatch_logs_prefix":"flow-run","cluster":"${aws_ecs_cluster.mine.arn}","configure_cloudwatch_logs":true,"execution_role_arn":"${aws_iam_role.execution.arn}","launch_type":"FARGATE","network_configuration":{"assignPublicIp":"DISABLED","securityGroups":["${aws_security_group.mine.id}"],"subnets":"${aws_subnet.mine[*].id}"},"prefect_api_key_secret_arn":"${aws_secretsmanager_secret.mine.arn}","task_role_arn":"${aws_iam_role.flows.arn}","vpc_id":"${aws_vpc.mine.id}"}
}

// What no setting has is set on the element.
func ExampleNewWorker_override() {
	stack := exampleStack()
	worker := constructs.NewWorker(stack, "", constructs.WorkerProps{
		Worker: settings.Worker{Image: "prefecthq/prefect-aws:0.7.12-python3.12-prefect3.9.1"}, WorkPool: "etl-pool", APIURL: "http://prefect.internal:4200/api",
	})
	worker.Service.Element.AddOverride(jsii.String("timeouts.delete"), "30m")
	printValue(stack, "resource", "aws_ecs_service", "prefect_service", "timeouts")
	// Output:
	// {"delete":"30m"}
}

func ExampleWorkerCommand() {
	command := constructs.WorkerCommand("etl-pool", settings.Worker{Type: settings.TypeECS, Limit: 10, HealthCheck: &settings.HealthCheck{}})
	fmt.Println(strings.Join(command, " "))
	// Output:
	// prefect worker start --pool etl-pool --type ecs --limit 10 --with-healthcheck
}

func ExampleNewCluster() {
	stack := exampleStack()
	cluster := constructs.NewCluster(stack, "", constructs.ClusterProps{Cluster: settings.Cluster{
		Name: "prefect", ContainerInsights: "enabled", CapacityProviders: []string{settings.Fargate, settings.FargateSpot},
	}})
	fmt.Println(cluster.Name, cluster.Attr("arn"))
	fmt.Println(cluster.Ready[0].Address) // a service with a strategy comes after it
	// Output:
	// ${aws_ecs_cluster.prefect.name} ${aws_ecs_cluster.prefect.arn}
	// aws_ecs_cluster_capacity_providers.prefect
}

// A cluster that exists is read, not made.
func ExampleNewCluster_existing() {
	stack := exampleStack()
	cluster := constructs.NewCluster(stack, "", constructs.ClusterProps{Cluster: settings.Cluster{Name: "shared", Existing: true}})
	fmt.Println(cluster.Attr("arn"))
	// Output:
	// ${data.aws_ecs_cluster.prefect.arn}
}

func ExampleNewLogGroup() {
	stack := exampleStack()
	logs := constructs.NewLogGroup(stack, "", constructs.LogGroupProps{LogGroup: settings.LogGroup{Name: "/ecs/prefect", RetentionInDays: 30}})
	fmt.Println(logs.Attr("name"))
	// Output:
	// ${aws_cloudwatch_log_group.prefect.name}
}

func ExampleNewFlowRunLogGroup() {
	stack := exampleStack()
	logs := constructs.NewFlowRunLogGroup(stack, "", constructs.FlowRunLogGroupProps{
		FlowRunLogGroup: settings.FlowRunLogGroup{Name: "/ecs/prefect/flow-runs", RetentionInDays: 14},
	})
	fmt.Println(logs.Attr("arn"))
	// Output:
	// ${aws_cloudwatch_log_group.flow_runs.arn}
}

func ExampleNewRepository() {
	stack := exampleStack()
	repository := constructs.NewRepository(stack, "", constructs.RepositoryProps{Repository: settings.Repository{
		Name: "flows", ScanOnPush: true, Lifecycle: &settings.RepositoryLifecycle{KeepLast: 50},
	}})
	fmt.Println(repository.Attr("repository_url") + ":latest")
	printAddresses(stack)
	// Output:
	// ${aws_ecr_repository.my_prefect_flow.repository_url}:latest
	// aws_ecr_lifecycle_policy.my_prefect_flow
	// aws_ecr_repository.my_prefect_flow
}

// The image public.ecr.aws/prefecthq/prefect is then <registry>/public/prefecthq/prefect.
func ExampleNewPullThroughCache() {
	stack := exampleStack()
	constructs.NewPullThroughCache(stack, "", constructs.PullThroughCacheProps{
		PullThroughCache: settings.PullThroughCache{Registry: "ecr-public", Prefix: "public"},
	})
	printValue(stack, "resource", "aws_ecr_pull_through_cache_rule", "prefect", "upstream_registry_url")
	// Output:
	// "public.ecr.aws"
}

// A state of a team that named its VPC main plans no change.
func ExampleRenamed() {
	stack := exampleStack()
	scope := constructs.Renamed(stack, constructs.Names{"aws_vpc.prefect": "main"})
	network := constructs.NewNetwork(scope, "", constructs.NetworkProps{Network: settings.Network{CIDRBlock: "10.0.0.0/16"}})
	fmt.Println(network.VPCID)
	// Output:
	// ${aws_vpc.main.id}
}

// One table of names serves stacks of which only some have a network.
func ExampleRenamedUnchecked() {
	stack := exampleStack()
	scope := constructs.RenamedUnchecked(stack, constructs.Names{"aws_vpc.prefect": "main", "aws_ecs_cluster.prefect": "main"})
	cluster := constructs.NewCluster(scope, "", constructs.ClusterProps{Cluster: settings.Cluster{Name: "prefect"}})
	fmt.Println(cluster.Attr("arn"))
	// Output:
	// ${aws_ecs_cluster.main.arn}
}

// A worker comes after what it needs although it does not refer to it.
func ExampleDependsOn() {
	stack := exampleStack()
	network := constructs.NewNetwork(stack, "", constructs.NetworkProps{Network: settings.Network{CIDRBlock: "10.0.0.0/16"}})
	bucket := s3bucket.NewS3Bucket(stack, jsii.String("results"), &s3bucket.S3BucketConfig{
		DependsOn: constructs.DependsOn(network.Egress...), // a resource of the app's own after constructs
	})
	constructs.NewWorker(stack, "", constructs.WorkerProps{
		Worker: settings.Worker{Image: "prefecthq/prefect-aws:0.7.12-python3.12-prefect3.9.1"}, WorkPool: "etl-pool", APIURL: "http://prefect.internal:4200/api",
		SubnetIDs: network.PrivateSubnetIDs, VPCID: network.VPCID,
		DependsOn: []cdktf.ITerraformDependable{bucket}, // a construct after a resource of the app's own
	})
	printValue(stack, "resource", "aws_ecs_service", "prefect_service", "depends_on")
	// Output:
	// ["aws_iam_role_policy_attachment.ecs_task_execution","aws_s3_bucket.results"]
}

func ExampleExpr() {
	fmt.Println("${length(" + constructs.Expr("${var.name}") + ") > 0}")
	fmt.Println("${length(" + constructs.Expr("prefect") + ") > 0}")
	// Output:
	// ${length(var.name) > 0}
	// ${length("prefect") > 0}
}

func ExampleEscape() {
	fmt.Println(constructs.Escape("arn:aws:s3:::results/${aws:username}/*"))
	// Output:
	// arn:aws:s3:::results/$${aws:username}/*
}

func ExampleNewJSON() {
	stack := exampleStack()
	policy := constructs.NewJSON(stack, "bucket_policy", map[string]any{"Version": "2012-10-17", "Statement": []any{}})
	fmt.Println(*policy)
	printValue(stack, "locals", "bucket_policy")
	// Output:
	// ${jsonencode(local.bucket_policy)}
	// {"Statement":[],"Version":"2012-10-17"}
}

func ExampleNewPartition() {
	stack := exampleStack()
	partition, dnsSuffix := constructs.NewPartition(stack)
	fmt.Println("arn:" + partition + ":iam::aws:policy/AmazonS3ReadOnlyAccess")
	fmt.Println("sqs.eu-central-1." + dnsSuffix)
	// Output:
	// arn:${data.aws_partition.current.partition}:iam::aws:policy/AmazonS3ReadOnlyAccess
	// sqs.eu-central-1.${data.aws_partition.current.dns_suffix}
}
