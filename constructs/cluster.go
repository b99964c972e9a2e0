package constructs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatchloggroup"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecscluster"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/servicediscoveryprivatednsnamespace"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/servicediscoveryservice"
)

// ClusterProps are the settings of an ECS cluster.
type ClusterProps struct {
	Name    string
	NameTag string
	Names   Names
}

// NewCluster makes an ECS cluster for Fargate.
func NewCluster(scope constructs.Construct, id string, p ClusterProps) Resource {
	return add(newGroup(scope, id, p.Names), "aws_ecs_cluster.prefect", ecscluster.NewEcsCluster, &ecscluster.EcsClusterConfig{
		Name: &p.Name,
		Tags: nameTag(p.NameTag),
	})
}

// LogGroupProps are the settings of a CloudWatch log group.
type LogGroupProps struct {
	Name            string
	RetentionInDays int // 0 keeps logs for ever
	NameTag         string
	Names           Names
}

// NewLogGroup makes the log group that the worker writes to.
func NewLogGroup(scope constructs.Construct, id string, p LogGroupProps) Resource {
	return add(newGroup(scope, id, p.Names), "aws_cloudwatch_log_group.prefect", cloudwatchloggroup.NewCloudwatchLogGroup,
		&cloudwatchloggroup.CloudwatchLogGroupConfig{
			Name:            &p.Name,
			RetentionInDays: jsii.Number(p.RetentionInDays),
			Tags:            nameTag(p.NameTag),
		})
}

// ServiceDiscoveryProps are the settings of a private DNS name.
type ServiceDiscoveryProps struct {
	VPCID                       string
	Namespace                   string
	Description                 string
	Service                     string
	TTLSeconds                  int
	HealthCheckFailureThreshold int // of a custom health check; 0 makes none
	Names                       Names
}

// NewServiceDiscovery makes a private DNS namespace and a service in it with A
// records, and returns the service.
func NewServiceDiscovery(scope constructs.Construct, id string, p ServiceDiscoveryProps) Resource {
	g := newGroup(scope, id, p.Names)
	namespace := add(g, "aws_service_discovery_private_dns_namespace.prefect_ns", servicediscoveryprivatednsnamespace.NewServiceDiscoveryPrivateDnsNamespace,
		&servicediscoveryprivatednsnamespace.ServiceDiscoveryPrivateDnsNamespaceConfig{
			Name:        &p.Namespace,
			Description: optional(p.Description),
			Vpc:         &p.VPCID,
		})
	config := &servicediscoveryservice.ServiceDiscoveryServiceConfig{
		Name: &p.Service,
		DnsConfig: &servicediscoveryservice.ServiceDiscoveryServiceDnsConfig{
			NamespaceId:   jsii.String(namespace.Attr("id")),
			RoutingPolicy: jsii.String("MULTIVALUE"),
			DnsRecords: []*servicediscoveryservice.ServiceDiscoveryServiceDnsConfigDnsRecords{
				{Type: jsii.String("A"), Ttl: jsii.Number(p.TTLSeconds)},
			},
		},
	}
	if p.HealthCheckFailureThreshold > 0 {
		config.HealthCheckCustomConfig = &servicediscoveryservice.ServiceDiscoveryServiceHealthCheckCustomConfig{
			FailureThreshold: jsii.Number(p.HealthCheckFailureThreshold),
		}
	}
	return add(g, "aws_service_discovery_service.dev_worker_sd", servicediscoveryservice.NewServiceDiscoveryService, config)
}
