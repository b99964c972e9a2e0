package config

import (
	"fmt"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Endpoints are VPC endpoints, through which AWS's own services are reached
// without a NAT gateway. Prefect Cloud is not one of them.
type Endpoints struct {
	S3        bool     `yaml:"s3"`        // a gateway endpoint, free of charge; ECR keeps the layers of its images in S3
	Interface []string `yaml:"interface"` // services, of [EndpointServices]; each costs per availability zone and hour

	NameTag           string `yaml:"nameTag"`           // braces allowed, default {nameTag}; the service is added
	SecurityGroupName string `yaml:"securityGroupName"` // of the interface endpoints; braces allowed, default {nameTag}-endpoints
}

// UnmarshalYAML fills the defaults in where no preset has any.
func (p *Endpoints) UnmarshalYAML(node *yaml.Node) error {
	type plain Endpoints
	return decodeOver(node, p, Endpoints{NameTag: "{nameTag}", SecurityGroupName: "{nameTag}-endpoints"},
		func(p *Endpoints) *plain { return (*plain)(p) })
}

// EndpointServices are the services an interface endpoint is made for: what
// the worker, its flow runs and their monitoring use, and what flows often do.
// https://docs.aws.amazon.com/vpc/latest/privatelink/aws-services-privatelink-support.html
var EndpointServices = []string{
	"athena", "batch", "ec2", "ecr.api", "ecr.dkr", "ecs", "ecs-agent", "ecs-telemetry", "elasticfilesystem", "events", "glue",
	"kinesis-streams", "kms", "lambda", "logs", "monitoring", "rds-data", "redshift-data", "sagemaker.api", "sagemaker.runtime",
	"secretsmanager", "sns", "sqs", "ssm", "ssmmessages", "states", "sts", "xray",
}

func (p *Endpoints) check(c checker, e *Environment) {
	const path = "network.endpoints"
	if !p.S3 && len(p.Interface) == 0 {
		c.fail(path, fmt.Errorf("got none, want s3: true or a service in interface; null makes no endpoints"))
	}
	for i, service := range p.Interface {
		at := fmt.Sprintf("%s.interface[%d]", path, i)
		switch {
		case service == "s3":
			c.fail(at, fmt.Errorf("got s3, want network.endpoints.s3: true: ECR works with the gateway endpoint only, which is free"))
		case slices.Contains(p.Interface[:i], service):
			c.fail(at, fmt.Errorf("got %s twice: two endpoints of a VPC cannot have one private DNS name", service))
		default:
			c.choice(at, service, EndpointServices...)
		}
	}
	// Elsewhere some services' names begin with cn. or with another domain.
	if len(p.Interface) > 0 && !e.exposes("region") && (strings.HasPrefix(e.Region, "cn-") || strings.HasPrefix(e.Region, "us-iso")) {
		c.fail(path+".interface", fmt.Errorf("got endpoints in %s, whose names differ from com.amazonaws.<region>.<service>; make them apart from this stack", e.Region))
	}
	c.name(e, path+".nameTag", p.NameTag, orEmpty(tagValue))
	c.name(e, path+".securityGroupName", p.SecurityGroupName, securityGroupName)
}
