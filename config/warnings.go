package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Warnings says what AWS and Prefect accept but the environment's owner should
// know before paying for it, one line each.
func (c *Config) Warnings() []string {
	var all []string
	for _, e := range c.Workers {
		warn := func(path, format string, args ...any) {
			all = append(all, e.file.errorf(path, format, args...).Error())
		}
		if ports := e.SecurityGroup.openToTheWorld(); len(ports) > 0 {
			warn("securityGroup.ingress", "open to the whole internet on %s; a worker only polls outbound and needs no ingress: []", strings.Join(ports, ", "))
		}
		e.warnOfNetwork(warn)
		e.warnOfFlowRunLogGroup(warn)
		for _, v := range e.Views() {
			v.warn(warn)
		}
		if e.MakesTaskRole() && e.CrashEvents == nil {
			warn("crashEvents", "off: a flow run whose task stops before it reaches Prefect stays Pending, and prefect-aws 0.6 or newer logs that it may not read its queue; set crashEvents: {queueName: \"{nameTag}-ecs-events\"}")
		}
		for _, v := range e.Views() {
			w := v.Worker
			if e.CrashEvents != nil && beforeCrashEvents.MatchString(w.Image) {
				warn(v.Path+".image", "%s does not read crashEvents, which prefect-aws learned with 0.6; use a newer image", w.Image)
			}
			if w.Type == TypeECS && !w.leastPrivilege() {
				warn(v.Path+".taskRole", "%s does not allow ecs:RunTask, with which a worker of type ecs starts flow runs; set least-privilege, unless the role gets it elsewhere", w.TaskRole)
			}
			if w.Type == TypeECS && ecsName(v.Prefect.WorkPool) != nil {
				warn("prefect.workPool", "%q becomes part of the flow runs' task family, where ECS takes %s; rename the pool, or set family in it", v.Prefect.WorkPool, ClusterWanted)
			}
			if w.leastPrivilege() && w.Type == TypeProcess && e.FlowRunRole.ARN != "" && (w.EnableExecuteCommand || w.OpenTelemetry != nil) {
				warn("flowRunRole.arn", "the permissions that %s needs for ECS Exec or OpenTelemetry are not added to a given role; see docs/identity.md", v.Path)
			}
		}
		if v := e.Variable("secret.create"); v != "" && !e.Secret.Create && e.Secret.ARN == "" {
			warn("secret", "no key by default: give -var %s=true with TF_VAR_%s, or the ARN of an existing secret, or the worker cannot authenticate against Prefect Cloud", v, e.Variable("secret.value"))
		}
		e.Monitoring.warnings(e, warn)
		if b := e.Terraform.Backend.S3; b != nil && b.LockTable() == "" && !b.LockFile() {
			warn("terraform.backend.s3", "no lock: two runs at a time can lose each other's changes; set lock: s3, or dynamodbTable")
		}
	}
	for _, s := range c.StateBackends {
		for i, name := range s.Of {
			if b := c.worker(name).Terraform.Backend.S3; s.KMSKey != nil && b.Encrypt && b.KMSKeyID == "" {
				all = append(all, s.file.errorf(s.Of.path("of", i), "%s asks for S3's own encryption (encrypt: true without kmsKeyId), so its state is not under kmsKey; set terraform.backend.s3.kmsKeyId in it, or encrypt: false to leave it to the bucket", name).Error())
			}
		}
	}
	return all
}

// worker is the environment of a stack that is known to exist.
func (c *Config) worker(stack string) *Environment {
	return c.Workers[slices.IndexFunc(c.Workers, func(e *Environment) bool { return e.Stack == stack })]
}

// openToTheWorld lists the ports that every address may reach.
func (s SecurityGroup) openToTheWorld() []string {
	var ports []string
	for _, r := range s.Ingress {
		if !slices.Contains(r.CIDRBlocks, "0.0.0.0/0") && !slices.Contains(r.IPv6CIDRBlocks, "::/0") {
			continue
		}
		switch {
		case r.Protocol == "-1":
			ports = append(ports, "every port")
		case r.FromPort == r.ToPort:
			ports = append(ports, fmt.Sprintf("%s %d", r.Protocol, r.FromPort))
		default:
			ports = append(ports, fmt.Sprintf("%s %d-%d", r.Protocol, r.FromPort, r.ToPort))
		}
	}
	return ports
}

// mutableTag is the tag of an image that is neither pinned by digest nor by a
// version: none, latest, or one that ends in -latest.
func mutableTag(image string) string {
	if strings.Contains(image, "@") {
		return ""
	}
	name := image[strings.LastIndexByte(image, '/')+1:]
	_, tag, ok := strings.Cut(name, ":")
	if !ok {
		return "latest (none is given)"
	}
	if tag == "latest" || strings.HasSuffix(tag, "-latest") {
		return tag
	}
	return ""
}

// beforeCrashEvents matches the images of prefect-aws that do not watch a queue.
// https://github.com/PrefectHQ/prefect/pull/18804
var beforeCrashEvents = regexp.MustCompile(`^(docker\.io/)?prefecthq/prefect-aws:0\.[0-5]\.`)

// withoutPrefectAWS: the prefecthq/prefect images hold Prefect alone; the ECS
// worker comes with prefecthq/prefect-aws.
// https://docs.prefect.io/integrations/prefect-aws
func withoutPrefectAWS(image string) bool {
	repository, _, _ := strings.Cut(strings.TrimPrefix(image, "docker.io/"), ":")
	return repository == "prefecthq/prefect"
}
