package settings

// ServiceDiscovery is the worker's name in a private DNS namespace.
type ServiceDiscovery struct {
	_ struct{} `makes:"aws_service_discovery_private_dns_namespace.prefect_ns aws_service_discovery_service.dev_worker_sd"`

	Namespace   string `yaml:"namespace" rule:"namespace"`                        // DNS name of the namespace.
	Description string `yaml:"description" rule:"discoveryText,optional"`         // Description of the namespace.
	Service     string `yaml:"service" rule:"discoveryName"`                      // Name of the service in it.
	TTLSeconds  int    `yaml:"ttlSeconds" default:"10" rule:"range 0 2147483647"` // Of the A records; 0: they are not cached.

	// HealthCheckFailureThreshold of the custom health check; 0: none.
	HealthCheckFailureThreshold int `yaml:"healthCheckFailureThreshold" rule:"range 0 10"`
}
