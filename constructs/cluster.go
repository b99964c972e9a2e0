package constructs

import (
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsecscluster"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecscluster"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecsclustercapacityproviders"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// ClusterProps are the settings of an ECS cluster.
type ClusterProps struct {
	settings.Cluster // required: Name or ARN

	// LogGroup is the name of the group that ExecuteCommand logs to with OVERRIDE.
	LogGroup          string
	LogGroupEncrypted bool // the group has its own key
}

// Cluster is an ECS cluster that is created or exists.
type Cluster struct {
	AnyResource        // an EcsCluster, or a DataAwsEcsCluster
	Name        string // template

	// Ready is what a service with a capacity provider strategy must come after.
	Ready []AnyResource
}

// NewCluster creates an ECS cluster for Fargate, or refers to an existing one.
func NewCluster(scope constructs.Construct, id string, p ClusterProps) *Cluster {
	g := newGroup(scope, "NewCluster", id)
	if p.Name == "" {
		_, p.Name, _ = strings.Cut(p.ARN, "/")
	}
	g.require(prop{"Name", p.Name, "the name of the cluster"})
	fill(g, &p.Cluster)
	if p.Existing || p.ARN != "" {
		config := &dataawsecscluster.DataAwsEcsClusterConfig{ClusterName: &p.Name}
		if p.ARN != "" {
			config.Lifecycle = &cdktf.TerraformResourceLifecycle{Postcondition: &[]*cdktf.Postcondition{{
				Condition:    "${self.arn == " + Expr(p.ARN) + "}",
				ErrorMessage: jsii.String("The cluster " + p.Name + " of this account is ${self.arn}, not " + p.ARN + ": run Terraform with the credentials of the other's account."),
			}}}
		}
		existing := data(g, "aws_ecs_cluster.prefect", dataawsecscluster.NewDataAwsEcsCluster, config)
		return &Cluster{AnyResource: existing.Any(), Name: existing.Attr("cluster_name")}
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
	c := &Cluster{AnyResource: made.Any(), Name: made.Attr("name")}
	if len(p.CapacityProviders) > 0 {
		c.Ready = []AnyResource{add(g, "aws_ecs_cluster_capacity_providers.prefect", ecsclustercapacityproviders.NewEcsClusterCapacityProviders,
			&ecsclustercapacityproviders.EcsClusterCapacityProvidersConfig{
				ClusterName:       &c.Name,
				CapacityProviders: strs(p.CapacityProviders),
			}).Any()}
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
			CloudWatchLogGroupName: &p.LogGroup, CloudWatchEncryptionEnabled: p.LogGroupEncrypted,
		}
	}
	return config
}
