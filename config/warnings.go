package config

import (
	"fmt"
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
		if tag := mutableTag(e.Worker.Image); tag != "" {
			warn("worker.image", "the tag %s can change under a running service; pin a version or a digest", tag)
		}
		if e.Worker.Type == TypeECS && withoutPrefectAWS(e.Worker.Image) && e.Worker.Environment["EXTRA_PIP_PACKAGES"] == "" {
			warn("worker.image", "%s does not contain prefect-aws, so a worker of type ecs exits at start; use prefecthq/prefect-aws, or set worker.environment.EXTRA_PIP_PACKAGES", e.Worker.Image)
		}
		if v := e.Variable("secret.create"); v != "" && !e.Secret.Create && e.Secret.ARN == "" {
			warn("secret", "no key by default: give -var %s=true with TF_VAR_%s, or the ARN of an existing secret, or the worker cannot authenticate against Prefect Cloud", v, e.Variable("secret.value"))
		}
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
		if !slices.Contains(r.CIDRBlocks, "0.0.0.0/0") {
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

// withoutPrefectAWS: the prefecthq/prefect images hold Prefect alone; the ECS
// worker comes with prefecthq/prefect-aws.
// https://docs.prefect.io/integrations/prefect-aws
func withoutPrefectAWS(image string) bool {
	repository, _, _ := strings.Cut(strings.TrimPrefix(image, "docker.io/"), ":")
	return repository == "prefecthq/prefect"
}
