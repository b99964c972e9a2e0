package constructs

import (
	"slices"
	"strconv"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecsservice"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecstaskdefinition"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

func (g group) service(p WorkerProps, task Resource[ecstaskdefinition.EcsTaskDefinition]) Resource[ecsservice.EcsService] {
	config := &ecsservice.EcsServiceConfig{
		Name:           &p.ServiceName,
		Cluster:        &p.ClusterARN,
		TaskDefinition: jsii.String(task.Attr("arn")),
		LaunchType:     jsii.String("FARGATE"),
		DesiredCount:   number(p.DesiredCount),
		NetworkConfiguration: &ecsservice.EcsServiceNetworkConfiguration{
			Subnets:        cdktf.Token_AsList(p.SubnetIDs, nil),
			SecurityGroups: strs(append([]string{p.SecurityGroupID}, p.AdditionalSecurityGroupIDs...)),
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
		DependsOn:                   g.after(p),
	}
	if p.RegistryARN != "" {
		config.ServiceRegistries = &ecsservice.EcsServiceServiceRegistries{RegistryArn: &p.RegistryARN}
	}
	if len(p.CapacityProviderStrategy) > 0 {
		config.LaunchType = nil // AWS takes one or the other
		config.CapacityProviderStrategy = strategy(p.CapacityProviderStrategy)
	}
	var ignored []string
	if p.AutoScaling != nil { // which owns it once the service is made
		ignored = append(ignored, "desired_count")
	}
	if p.IgnoreTaskDefinitionChanges {
		ignored = append(ignored, "task_definition")
	}
	if ignored != nil {
		config.Lifecycle = &cdktf.TerraformResourceLifecycle{IgnoreChanges: strs(ignored)}
	}
	if t := p.Timeouts; t != nil {
		config.Timeouts = &ecsservice.EcsServiceTimeouts{Create: minutes(t.CreateMinutes), Update: minutes(t.UpdateMinutes), Delete: minutes(t.DeleteMinutes)}
	}
	d := p.Deployment
	if d != nil {
		configure(config, d)
	}
	service := add(g, "aws_ecs_service.prefect_service", ecsservice.NewEcsService, config)
	// The bindings are of a provider that knows neither.
	if p.SigintRollback {
		service.Element.AddOverride(jsii.String("sigint_rollback"), true)
	}
	if d != nil && d.Strategy != "" {
		strategy := map[string]any{"strategy": d.Strategy}
		if d.BakeTimeMinutes != nil {
			strategy["bake_time_in_minutes"] = *d.BakeTimeMinutes
		}
		service.Element.AddOverride(jsii.String("deployment_configuration"), strategy)
	}
	return service
}

// minutes is a duration as Terraform reads it; 0 is none.
func minutes(n int) *string {
	if n == 0 {
		return nil
	}
	return jsii.String(strconv.Itoa(n) + "m")
}

func strategy(providers []settings.CapacityProvider) []*ecsservice.EcsServiceCapacityProviderStrategy {
	var all []*ecsservice.EcsServiceCapacityProviderStrategy
	for _, c := range providers {
		all = append(all, &ecsservice.EcsServiceCapacityProviderStrategy{
			CapacityProvider: &c.CapacityProvider, Weight: jsii.Number(c.Weight), Base: jsii.Number(c.Base),
		})
	}
	return all
}

func configure(config *ecsservice.EcsServiceConfig, d *settings.Deployment) {
	config.DeploymentMinimumHealthyPercent = jsii.Number(d.MinimumHealthyPercent)
	config.DeploymentMaximumPercent = jsii.Number(d.MaximumPercent)
	if b := d.CircuitBreaker; b != nil && b.Enable {
		config.DeploymentCircuitBreaker = &ecsservice.EcsServiceDeploymentCircuitBreaker{Enable: true, Rollback: b.Rollback}
	}
	if len(d.AlarmNames) > 0 {
		config.Alarms = &ecsservice.EcsServiceAlarms{AlarmNames: strs(d.AlarmNames), Enable: true, Rollback: true}
	}
}

func (g group) after(p WorkerProps) *[]cdktf.ITerraformDependable {
	if i := slices.Index(p.DependsOn, nil); i >= 0 {
		g.refuse("DependsOn[%d] is nil; pass a resource", i)
	}
	all := append(*g.dependsOn("After", p.After), p.DependsOn...)
	return &all
}

// number is a number, or CDKTF's token of the expression of one.
func number(n settings.Number) *float64 {
	if n.Expression != "" {
		return cdktf.Token_AsNumber(n.Expression)
	}
	return jsii.Number(n.Value)
}
