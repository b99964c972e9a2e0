package config

import (
	"reflect"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// otherWords are what AWS, Terraform, Helm and Prefect call our settings, in
// lower case without _ and -.
var otherWords = map[string]string{
	"cidr": "network.cidrBlock", "vpccidr": "network.cidrBlock", "vpcid": "network.existing.vpcId", "azs": "network.availabilityZoneCount",
	"subnets": "network.existing.privateSubnetIds", "subnetids": "network.existing.privateSubnetIds", "privatesubnets": "network.existing.privateSubnetIds",
	"publicsubnets": "network.existing.publicSubnetIds", "enablenatgateway": "network.natGateways", "singlenatgateway": "network.natGateways",
	"vpcendpoints": "network.endpoints", "securitygroups": "securityGroup", "securitygroupids": "securityGroup.additionalIds", "additionalsecuritygroupids": "securityGroup.additionalIds", "retention": "retentionInDays", "loggroupname": "logGroup.name",
	"memory": "worker.memoryMiB", "memorymb": "worker.memoryMiB", "runtimeplatform": "worker.cpuArchitecture", "architecture": "worker.cpuArchitecture",
	"stoptimeout": "worker.stopTimeoutSeconds", "gracefulshutdowntimeout": "worker.stopTimeoutSeconds", "replicas": "worker.desiredCount", "replicacount": "worker.desiredCount",
	"env": "worker.environment", "environmentvariables": "worker.environment", "extraenvvars": "worker.environment", "secretenv": "worker.secrets",
	"command": "worker.type, workQueues, limit, prefetchSeconds and extraArgs", "args": "worker.type, workQueues, limit, prefetchSeconds and extraArgs",
	"extracontainers": "worker.sidecars", "initcontainers": "worker.sidecars", "containerdefinitions": "worker.sidecars", "firelens": "worker.sidecars", "extravolumes": "worker.volumes",
	"volumemounts": "worker.mountPoints", "extravolumemounts": "worker.mountPoints", "logdriver": "worker.logConfiguration", "logoptions": "worker.logConfiguration",
	"envfrom": "worker.environmentFiles", "envfiles": "worker.environmentFiles", "workdir": "worker.workingDirectory",
	"workqueue": "worker.workQueues", "queues": "worker.workQueues", "workqueuename": "worker.workQueues", "workpoolname": "prefect.workPool", "pool": "prefect.workPool",
	"deploymentcircuitbreaker": "worker.deployment.circuitBreaker", "deploymentmaximumpercent": "worker.deployment.maximumPercent",
	"deploymentminimumhealthypercent": "worker.deployment.minimumHealthyPercent", "deploymentconfiguration": "worker.deployment", "launchtype": "worker.capacityProviderStrategy",
	"ephemeralstorage": "worker.ephemeralStorageGiB", "livenessprobe": "worker.healthCheck", "autoscalingminreplicas": "worker.autoScaling.minCapacity",
	"executioncommand": "worker.enableExecuteCommand", "executionrole": "taskExecutionRole", "executionrolearn": "taskExecutionRole", "taskrolearn": "taskRole", "permissionsboundary": "iam.permissionsBoundaryArn",
	"executecommandconfiguration": "cluster.executeCommand", "clustername": "cluster.name", "uselockfile": "terraform.backend.s3.lock: s3", "dynamodbtable": "terraform.backend.s3.dynamodbTable", "remote": "terraform.backend.cloud", "gitlab": "terraform.backend.http",
	"defaulttags": "tags", "commontags": "tags", "nameprefix": "nameTag", "awsregion": "region", "kmskeyid": "kmsKeyArn", "kmskey": "kmsKeyArn", "imagetag": "worker.image",
	"apikey": "secret", "prefectapikey": "secret", "apiurl": "prefect.apiUrl", "prefectapiurl": "prefect.apiUrl", "accountid": "prefect.accountId", "workspaceid": "prefect.workspaceId",
	"container": "worker", "service": "worker", "taskdefinition": "worker", "alarms": "monitoring.alarms", "sqsqueue": "crashEvents", "eventbridge": "crashEvents", "ecr": "repository",
	"of": "stacks", "stateof": "stacks",
}

// unknown says what a key that is no setting may have been meant to be: first
// a setting of the same section, then what another tool calls so.
func (w *walk) unknown(key string, line int, a at, section reflect.Type) {
	path, known := a.child(key, nil).path, keysOf(section)
	other := otherWords[strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(key))]
	for _, k := range known {
		if strings.HasSuffix(other, "."+k) || other == k {
			other = k // here, not elsewhere
		}
	}
	switch near := settings.Nearest(key, known); {
	case other != "":
		w.addAt(line, "%s: unknown setting, did you mean %q?", path, other)
	case near != "":
		w.addAt(line, "%s: unknown setting, did you mean %q?", path, near)
	default:
		w.addAt(line, "%s: unknown setting, known here: %s", path, strings.Join(known, ", "))
	}
}
