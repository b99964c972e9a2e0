package constructs

import (
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecsservice"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// CapacityProvider is one part of a capacity provider strategy.
type CapacityProvider struct {
	CapacityProvider string // FARGATE or FARGATE_SPOT
	Weight           int
	Base             int
}

// Deployment says how ECS replaces tasks.
type Deployment struct {
	MinimumHealthyPercent  int // of the desired count
	MaximumPercent         int
	CircuitBreaker         bool // stops a deployment whose tasks do not start
	CircuitBreakerRollback bool
	AlarmNames             []string // alarms that roll a deployment back
}

func (g group) service(p WorkerProps, task Resource) Resource {
	config := &ecsservice.EcsServiceConfig{
		Name:           &p.ServiceName,
		Cluster:        &p.ClusterARN,
		TaskDefinition: jsii.String(task.Attr("arn")),
		LaunchType:     jsii.String("FARGATE"),
		DesiredCount:   p.DesiredCount,
		NetworkConfiguration: &ecsservice.EcsServiceNetworkConfiguration{
			Subnets:        cdktf.Token_AsList(p.SubnetIDs, nil),
			SecurityGroups: jsii.Strings(p.SecurityGroupID),
			AssignPublicIp: p.AssignPublicIP,
		},
		PlatformVersion:             optional(p.PlatformVersion),
		AvailabilityZoneRebalancing: optional(p.AvailabilityZoneRebalancing),
		PropagateTags:               optional(p.PropagateTags),
		EnableEcsManagedTags:        optionalTrue(p.EnableECSManagedTags),
		EnableExecuteCommand:        optionalTrue(p.EnableExecuteCommand),
		WaitForSteadyState:          optionalTrue(p.WaitForSteadyState),
		ForceNewDeployment:          optionalTrue(p.ForceNewDeployment),
		Tags:                        nameTag(p.ServiceNameTag),
		DependsOn:                   dependsOn(p.DependsOn...),
	}
	if p.RegistryARN != "" {
		config.ServiceRegistries = &ecsservice.EcsServiceServiceRegistries{RegistryArn: &p.RegistryARN}
	}
	if len(p.CapacityProviderStrategy) > 0 {
		config.LaunchType = nil // AWS takes one or the other
		config.CapacityProviderStrategy = strategy(p.CapacityProviderStrategy)
	}
	if p.IgnoreDesiredCount {
		config.Lifecycle = &cdktf.TerraformResourceLifecycle{IgnoreChanges: jsii.Strings("desired_count")}
	}
	if d := p.Deployment; d != nil {
		d.configure(config)
	}
	return add(g, "aws_ecs_service.prefect_service", ecsservice.NewEcsService, config)
}

func strategy(providers []CapacityProvider) []*ecsservice.EcsServiceCapacityProviderStrategy {
	var all []*ecsservice.EcsServiceCapacityProviderStrategy
	for _, c := range providers {
		all = append(all, &ecsservice.EcsServiceCapacityProviderStrategy{
			CapacityProvider: &c.CapacityProvider, Weight: jsii.Number(c.Weight), Base: jsii.Number(c.Base),
		})
	}
	return all
}

func (d *Deployment) configure(config *ecsservice.EcsServiceConfig) {
	config.DeploymentMinimumHealthyPercent = jsii.Number(d.MinimumHealthyPercent)
	config.DeploymentMaximumPercent = jsii.Number(d.MaximumPercent)
	if d.CircuitBreaker {
		config.DeploymentCircuitBreaker = &ecsservice.EcsServiceDeploymentCircuitBreaker{Enable: true, Rollback: d.CircuitBreakerRollback}
	}
	if len(d.AlarmNames) > 0 {
		config.Alarms = &ecsservice.EcsServiceAlarms{AlarmNames: strs(d.AlarmNames), Enable: true, Rollback: true}
	}
}
