package constructs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsecscluster"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecscluster"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecsclustercapacityproviders"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/servicediscoveryprivatednsnamespace"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/servicediscoveryservice"
)

// ClusterProps are the settings of an ECS cluster.
type ClusterProps struct {
	Name                             string
	NameTag                          string
	Existing                         bool     // refer to the cluster of this name instead of making one
	ContainerInsights                string   // disabled, enabled, enhanced; "": the account's default
	CapacityProviders                []string // empty: left alone
	ExecuteCommand                   *ExecuteCommand
	FargateEphemeralStorageKMSKeyARN string // "": AWS's own key
	Names                            Names
}

// ExecuteCommand is what ECS Exec encrypts and logs.
type ExecuteCommand struct {
	Logging           string // NONE, DEFAULT, or OVERRIDE to log to LogGroup
	KMSKeyARN         string // "": not encrypted beyond TLS
	LogGroup          string // name
	LogGroupEncrypted bool   // the group has a key of its own
}

// Cluster is an ECS cluster that is made or existed.
type Cluster struct {
	Resource
	Name string // template

	// Ready is what a service with a capacity provider strategy must wait for.
	Ready []Resource
}

// NewCluster makes an ECS cluster for Fargate, or refers to an existing one.
func NewCluster(scope constructs.Construct, id string, p ClusterProps) *Cluster {
	g := newGroup(scope, id, p.Names)
	if p.Existing {
		existing := data(g, "aws_ecs_cluster.prefect", dataawsecscluster.NewDataAwsEcsCluster, &dataawsecscluster.DataAwsEcsClusterConfig{ClusterName: &p.Name})
		return &Cluster{Resource: existing, Name: existing.Attr("cluster_name")}
	}
	config := &ecscluster.EcsClusterConfig{
		Name: &p.Name,
		Tags: nameTag(p.NameTag),
	}
	if p.ContainerInsights != "" {
		config.Setting = []*ecscluster.EcsClusterSetting{{Name: jsii.String("containerInsights"), Value: &p.ContainerInsights}}
	}
	if p.ExecuteCommand != nil || p.FargateEphemeralStorageKMSKeyARN != "" {
		config.Configuration = p.configuration()
	}
	made := add(g, "aws_ecs_cluster.prefect", ecscluster.NewEcsCluster, config)
	c := &Cluster{Resource: made, Name: made.Attr("name")}
	if len(p.CapacityProviders) > 0 {
		c.Ready = []Resource{add(g, "aws_ecs_cluster_capacity_providers.prefect", ecsclustercapacityproviders.NewEcsClusterCapacityProviders,
			&ecsclustercapacityproviders.EcsClusterCapacityProvidersConfig{
				ClusterName:       &c.Name,
				CapacityProviders: strs(p.CapacityProviders),
			})}
	}
	return c
}

func (p ClusterProps) configuration() *ecscluster.EcsClusterConfiguration {
	config := &ecscluster.EcsClusterConfiguration{}
	if p.FargateEphemeralStorageKMSKeyARN != "" {
		config.ManagedStorageConfiguration = &ecscluster.EcsClusterConfigurationManagedStorageConfiguration{
			FargateEphemeralStorageKmsKeyId: &p.FargateEphemeralStorageKMSKeyARN,
		}
	}
	e := p.ExecuteCommand
	if e == nil {
		return config
	}
	config.ExecuteCommandConfiguration = &ecscluster.EcsClusterConfigurationExecuteCommandConfiguration{
		Logging: &e.Logging, KmsKeyId: optional(e.KMSKeyARN),
	}
	if e.Logging == "OVERRIDE" {
		config.ExecuteCommandConfiguration.LogConfiguration = &ecscluster.EcsClusterConfigurationExecuteCommandConfigurationLogConfiguration{
			CloudWatchLogGroupName: &e.LogGroup, CloudWatchEncryptionEnabled: e.LogGroupEncrypted,
		}
	}
	return config
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
