package constructs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/servicediscoveryprivatednsnamespace"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/servicediscoveryservice"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// ServiceDiscoveryProps are the settings of a private DNS name.
type ServiceDiscoveryProps struct {
	settings.ServiceDiscovery        // required: Namespace, Service. TTLSeconds 0 is 0, not the default
	VPCID                     string // required: network.VPCID
}

// NewServiceDiscovery creates a private DNS namespace and a service in it with A
// records, and returns the service.
func NewServiceDiscovery(scope constructs.Construct, id string, p ServiceDiscoveryProps) Resource[servicediscoveryservice.ServiceDiscoveryService] {
	g := newGroup(scope, "NewServiceDiscovery", id)
	g.require(prop{"Namespace", p.Namespace, "a DNS name such as prefect.local"}, prop{"Service", p.Service, "a name in it"}, prop{"VPCID", p.VPCID, "network.VPCID"})
	namespace := add(g, "aws_service_discovery_private_dns_namespace.prefect_ns", servicediscoveryprivatednsnamespace.NewServiceDiscoveryPrivateDnsNamespace,
		&servicediscoveryprivatednsnamespace.ServiceDiscoveryPrivateDnsNamespaceConfig{
			Name: &p.Namespace, Description: optional(p.Description), Vpc: &p.VPCID,
		})
	config := &servicediscoveryservice.ServiceDiscoveryServiceConfig{
		Name: &p.Service,
		DnsConfig: &servicediscoveryservice.ServiceDiscoveryServiceDnsConfig{
			NamespaceId:   jsii.String(namespace.Attr("id")),
			RoutingPolicy: jsii.String("MULTIVALUE"),
			DnsRecords:    []*servicediscoveryservice.ServiceDiscoveryServiceDnsConfigDnsRecords{{Type: jsii.String("A"), Ttl: jsii.Number(p.TTLSeconds)}},
		},
	}
	if p.HealthCheckFailureThreshold > 0 {
		config.HealthCheckCustomConfig = &servicediscoveryservice.ServiceDiscoveryServiceHealthCheckCustomConfig{FailureThreshold: jsii.Number(p.HealthCheckFailureThreshold)}
	}
	return add(g, "aws_service_discovery_service.dev_worker_sd", servicediscoveryservice.NewServiceDiscoveryService, config)
}
