package stacks

import (
	"fmt"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawscalleridentity"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/constructs"
)

// newWorker makes the stack of one Prefect worker.
func newWorker(app cdktf.App, e *config.Environment) {
	s := newSettings(e)
	stack := newStack(app, e.Stack, s.text("region", e.Region), e.Terraform.RequiredVersion, e.Terraform.AWSProviderVersion)
	addBackend(stack, e)
	addVariables(stack, s)
	dataawscalleridentity.NewDataAwsCallerIdentity(stack, jsii.String("current"), &dataawscalleridentity.DataAwsCallerIdentityConfig{})

	w := wiring{stack, s, constructs.Names(e.Terraform.ResourceNames)}
	network := w.network()
	group := w.securityGroup(network)
	secret := w.secret()
	role := w.executionRole(secret)
	cluster := constructs.NewCluster(stack, "", constructs.ClusterProps{
		Name: s.text("cluster.name", e.Cluster.Name), NameTag: s.name(e.Cluster.NameTag), Names: w.names,
	})
	logs := constructs.NewLogGroup(stack, "", constructs.LogGroupProps{
		Name: s.name(e.LogGroup.Name), RetentionInDays: e.LogGroup.RetentionInDays, NameTag: s.name(e.LogGroup.NameTag), Names: w.names,
	})
	if r := e.Repository; r != nil {
		constructs.NewRepository(stack, "", constructs.RepositoryProps{
			Name: constructs.Escape(r.Name), ForceDelete: r.ForceDelete, Names: w.names,
		})
	}
	worker := w.worker(network, group, secret, role, cluster, logs)
	w.outputs(cluster, worker, secret)
}

func addBackend(stack cdktf.TerraformStack, e *config.Environment) {
	if local := e.Terraform.Backend.Local; local != nil {
		localBackend(stack, e.Expand(local.Path))
		return
	}
	b := e.Terraform.Backend.S3
	props := &cdktf.S3BackendConfig{
		Bucket:  jsii.String(b.Bucket),
		Key:     jsii.String(e.Expand(b.Key)),
		Region:  jsii.String(b.Region),
		Encrypt: jsii.Bool(b.Encrypt),
	}
	if b.DynamoDBTable != "" {
		props.DynamodbTable = jsii.String(b.DynamoDBTable)
	}
	cdktf.NewS3Backend(stack, props)
}

// wiring turns an environment's settings into the constructs' props.
type wiring struct {
	stack cdktf.TerraformStack
	settings
	names constructs.Names
}

func (w wiring) network() *constructs.Network {
	n := w.env.Network
	t := n.NameTags
	return constructs.NewNetwork(w.stack, "", constructs.NetworkProps{
		CIDRBlock:             w.text("network.cidrBlock", n.CIDRBlock),
		AvailabilityZoneCount: n.AvailabilityZoneCount,
		SubnetNewBits:         n.SubnetNewBits,
		PublicSubnetOffset:    n.PublicSubnetOffset,
		PrivateSubnetOffset:   n.PrivateSubnetOffset,
		EIPDomain:             n.EIPDomain,
		NameTags: constructs.NetworkNameTags{
			VPC: w.name(t.VPC), PublicSubnet: w.name(t.PublicSubnet), PrivateSubnet: w.name(t.PrivateSubnet),
			InternetGateway: w.name(t.InternetGateway), PublicRouteTable: w.name(t.PublicRouteTable),
			PrivateRouteTable: w.name(t.PrivateRouteTable), EIP: w.name(t.EIP), NATGateway: w.name(t.NATGateway),
		},
		Names: w.names,
	})
}

func (w wiring) securityGroup(network *constructs.Network) constructs.Resource {
	g := w.env.SecurityGroup
	return constructs.NewSecurityGroup(w.stack, "", constructs.SecurityGroupProps{
		VPCID:       network.VPC.Attr("id"),
		Name:        w.name(g.Name),
		Description: constructs.Escape(g.Description),
		NameTag:     w.name(g.NameTag),
		Ingress:     rules(g.Ingress),
		Egress:      rules(g.Egress),
		Names:       w.names,
	})
}

func rules(settings []config.Rule) []constructs.Rule {
	var all []constructs.Rule
	for _, r := range settings {
		all = append(all, constructs.Rule(r))
	}
	return all
}

func (w wiring) secret() *constructs.Secret {
	e := w.env
	name, value, arn := w.name(e.Secret.Name), w.text("secret.value", ""), w.text("secret.arn", e.Secret.ARN)
	props := constructs.SecretProps{
		Create:  w.condition("secret.create", e.Secret.Create),
		Name:    name,
		NameTag: w.name(e.Secret.NameTag),
		Value:   value,
		ARN:     arn,
		Names:   w.names,
	}
	// Rules between variables: a validation may refer to its own variable only
	// before Terraform 1.9, a precondition to any.
	if create := w.variables["secret.create"]; create != "" {
		key := w.variables["secret.value"]
		check := func(condition, message string, args ...any) {
			props.Checks = append(props.Checks, constructs.Check{Condition: "${" + condition + "}", ErrorMessage: fmt.Sprintf(message, args...)})
		}
		check("length("+constructs.Expr(value)+") > 0",
			"%s is true but %s is empty. Set TF_VAR_%[2]s to a Prefect API key, or %[1]s = false and give the ARN of an existing secret.", create, key)
		check(constructs.Expr(arn)+` == ""`,
			"%s is true but an ARN is given too: got %s. Set it to \"\" to use the created secret, or %[1]s = false to use the given one.", create, arn)
		check(`can(regex("^`+config.SecretNameExpression+`$", `+constructs.Expr(name)+`))`,
			"The secret's name would be %s, want %s.", name, config.SecretNameWanted)
	}
	return constructs.NewSecret(w.stack, "", props)
}

func (w wiring) executionRole(secret *constructs.Secret) constructs.Resource {
	r := w.env.TaskExecutionRole
	return constructs.NewTaskExecutionRole(w.stack, "", constructs.TaskExecutionRoleProps{
		Name:                    w.name(r.Name),
		NameTag:                 w.name(r.NameTag),
		Partition:               w.env.Partition,
		AttachECRReadOnlyPolicy: r.AttachECRReadOnlyPolicy,
		Secret:                  secret,
		SecretsPolicyName:       constructs.Escape(r.SecretsPolicy.Name),
		SecretsPolicyActions:    r.SecretsPolicy.Actions,
		Names:                   w.names,
	})
}

func (w wiring) worker(network *constructs.Network, group constructs.Resource, secret *constructs.Secret, role, cluster, logs constructs.Resource) *constructs.Worker {
	e := w.env
	props := constructs.WorkerProps{
		ServiceName:           constructs.Escape(e.Worker.ServiceName),
		ServiceNameTag:        w.name(e.Worker.ServiceNameTag),
		Family:                constructs.Escape(e.Worker.Family),
		TaskDefinitionNameTag: w.name(e.Worker.TaskDefinitionNameTag),
		ContainerName:         constructs.Escape(e.Worker.ContainerName),
		Image:                 w.text("worker.image", e.Worker.Image),
		Command:               constructs.WorkerCommand(w.text("prefect.workPool", e.Prefect.WorkPool), e.Worker.Type),
		CPU:                   e.Worker.CPU,
		MemoryMiB:             e.Worker.MemoryMiB,
		DesiredCount:          w.number("worker.desiredCount", e.Worker.DesiredCount),
		Environment:           map[string]string{"PREFECT_API_URL": w.apiURL()},
		Secret:                secret,
		ExecutionRoleARN:      role.Attr("arn"),
		LogGroup:              logs.Attr("name"),
		LogRegion:             w.text("region", e.Region),
		LogStreamPrefix:       constructs.Escape(e.Worker.LogStreamPrefix),
		ClusterARN:            cluster.Attr("id"),
		Subnets:               network.PrivateSubnets,
		SecurityGroupID:       group.Attr("id"),
		DependsOn:             []constructs.Resource{network.NATGateway},
		Names:                 w.names,
	}
	for name, value := range e.Worker.Environment {
		props.Environment[name] = w.name(value)
	}
	if e.Worker.TaskRole == config.TaskRoleExecution {
		props.TaskRoleARN = role.Attr("arn")
	}
	if d := e.ServiceDiscovery; d != nil {
		service := constructs.NewServiceDiscovery(w.stack, "", constructs.ServiceDiscoveryProps{
			VPCID:                       network.VPC.Attr("id"),
			Namespace:                   constructs.Escape(d.Namespace),
			Description:                 constructs.Escape(d.Description),
			Service:                     constructs.Escape(d.Service),
			TTLSeconds:                  d.TTLSeconds,
			HealthCheckFailureThreshold: d.HealthCheckFailureThreshold,
			Names:                       w.names,
		})
		props.RegistryARN = service.Attr("arn")
	}
	return constructs.NewWorker(w.stack, "", props)
}

// apiURL is the API the worker polls: the given one, or Prefect Cloud's for
// account and workspace where the given one is empty.
// https://docs.prefect.io/v3/how-to-guides/cloud/connect-to-cloud
func (w wiring) apiURL() string {
	p := w.env.Prefect
	if p.APIURL == nil {
		return w.text("prefect.apiUrl", "")
	}
	cloud := "https://api.prefect.cloud/api/accounts/" + w.text("prefect.accountId", p.AccountID) + "/workspaces/" + w.text("prefect.workspaceId", p.WorkspaceID)
	url := w.text("prefect.apiUrl", *p.APIURL)
	switch {
	case w.variables["prefect.apiUrl"] != "":
		return "${" + constructs.Expr(url) + ` != "" ? ` + constructs.Expr(url) + " : " + constructs.Expr(cloud) + "}"
	case url == "":
		return cloud
	}
	return url
}

func (w wiring) outputs(cluster constructs.Resource, worker *constructs.Worker, secret *constructs.Secret) {
	all := map[string]struct{ description, value string }{
		"ecs_cluster_arn":    {"ECS cluster ARN", cluster.Attr("arn")},
		"ecs_service_name":   {"ECS service name", worker.Service.Attr("name")},
		"prefect_secret_arn": {"Prefect API secret ARN (created or provided)", secret.ARN},
		"secret_arn_local":   {"Locally computed secret ARN, for use in scripting or modular workflows", secret.ARN},
	}
	for _, name := range w.env.Terraform.Outputs {
		output(w.stack, name, all[name].description, all[name].value)
	}
}
