package config

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// withoutNAT are the workers in private subnets that no NAT gateway serves.
func (e *Environment) withoutNAT() []View {
	if n := e.Network; n.Existing != nil || n.NATGateways != NATNone {
		return nil
	}
	return slices.DeleteFunc(e.Views(), func(v View) bool { return v.Worker.AssignPublicIP })
}

// FlowRunsInPublic says whether flow runs must have public addresses: without
// NAT gateways the private subnets have no way out for them either.
func (e *Environment) FlowRunsInPublic() bool {
	return e.Worker.AssignPublicIP && e.Network.Existing == nil && e.Network.NATGateways == NATNone
}

// checkWithoutNAT finds workers that reach neither Prefect nor AWS. What a
// variable decides is a warning, see warnOfNetwork.
func (e *Environment) checkWithoutNAT(c checker) {
	views := e.withoutNAT()
	if len(views) == 0 {
		return
	}
	p := e.Network.Endpoints
	if p == nil {
		c.fail("network.natGateways", fmt.Errorf("got none, but %s runs in private subnets and has no other way out; set %[1]s.assignPublicIp: true, "+
			"or network.endpoints and a prefect.apiUrl inside the network, or natGateways: single", views[0].Path))
		return
	}
	if !e.Prefect.selfHosted() && !e.exposes("prefect.apiUrl") {
		c.fail("network.natGateways", fmt.Errorf("got none, but %s polls Prefect Cloud, which is behind no endpoint of AWS; set natGateways: single, "+
			"or %[1]s.assignPublicIp: true, or a prefect.apiUrl inside the network", views[0].Path))
	}
	if !p.S3 {
		c.fail("network.endpoints.s3", errors.New("got false, want true: without a NAT gateway the layers of the image come through it"))
	}
	var missing []string
	seen := slices.Clone(p.Interface)
	for _, v := range views {
		v.checkImages(c)
		for _, n := range v.neededEndpoints() {
			if !slices.Contains(seen, n.service) {
				seen = append(seen, n.service)
				missing = append(missing, n.service+" ("+n.use+")")
			}
		}
	}
	if missing != nil {
		c.fail("network.endpoints.interface", fmt.Errorf("got %v, want also %s: natGateways is none", p.Interface, strings.Join(missing, ", ")))
	}
}

// checkImages: of the registries only ECR has endpoints.
func (v View) checkImages(c checker) {
	images := map[string]string{}
	if !v.exposes("worker.image") {
		images[v.Path+".image"] = v.Worker.Image
	}
	if o := v.Worker.OpenTelemetry; o != nil {
		images[v.Path+".openTelemetry.image"] = o.Image
	}
	for _, path := range sortedKeys(images) {
		if !ecrImage.MatchString(images[path]) {
			c.fail(path, fmt.Errorf("got %s, which is not in ECR, and without a NAT gateway the worker reaches no other registry; want %s", images[path], ImageWanted))
		}
	}
}

var ecrImage = regexp.MustCompile(`^[0-9]{12}\.dkr[.-]ecr[.-]`)

type neededEndpoint struct{ service, use string }

// neededEndpoints are the interface endpoints without which a worker does not
// start or does nothing.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html
func (v View) neededEndpoints() []neededEndpoint {
	w := v.Worker
	needed := []neededEndpoint{{"ecr.api", "to pull the image"}, {"ecr.dkr", "to pull the image"}, {"logs", "to write logs"}}
	need := func(when bool, use string, services ...string) {
		for _, s := range services {
			if when {
				needed = append(needed, neededEndpoint{s, use})
			}
		}
	}
	secrets := append([]string{v.Secret.ARN}, valuesOf(w.Secrets)...)
	parameter := func(arn string) bool { return strings.Contains(arn, ":ssm:") }
	need(v.Secret.ARN == "" && v.HasSecret() || slices.ContainsFunc(secrets, func(arn string) bool { return arn != "" && !parameter(arn) }), "to read secrets", "secretsmanager")
	need(slices.ContainsFunc(secrets, parameter), "to read parameters", "ssm")
	need(w.Type == TypeECS, "to start flow runs", "ecs", "ec2") // prefect-aws looks up the VPC's subnets first
	need(v.CrashEvents != nil, "to learn of crashes", "sqs")
	need(w.EnableExecuteCommand, "for ECS Exec", "ssmmessages")
	need(w.OpenTelemetry != nil, "for OpenTelemetry", "xray")
	return needed
}

func valuesOf(m map[string]string) []string {
	var all []string
	for _, key := range sortedKeys(m) {
		all = append(all, m[key])
	}
	return all
}

// warnOfNetwork says what a variable decides, and what costs money for
// nothing.
func (e *Environment) warnOfNetwork(warn func(path, format string, args ...any)) {
	n, views := e.Network, e.withoutNAT()
	if v := e.Variable("prefect.apiUrl"); v != "" && len(views) > 0 && !e.Prefect.selfHosted() {
		warn("network.natGateways", "none leaves no way to Prefect Cloud: the worker runs only with a server inside the network in -var %s=http://<host>:4200/api", v)
	}
	for _, view := range views {
		if v := view.Variable("worker.image"); v != "" && !ecrImage.MatchString(view.Worker.Image) {
			warn("network.natGateways", "none leaves no way to other registries than ECR: %s runs only with an image of ECR in -var %s, not %s", view.Path, v, view.Worker.Image)
		}
	}
	inPrivate := func(w *Worker) bool { return !w.AssignPublicIP }
	if n.Existing == nil && n.NATGateways != NATNone && !e.anyWorker(inPrivate) {
		warn("worker.assignPublicIp", "the worker does not use the NAT gateway, which costs by the hour; set network.natGateways: none, unless flow runs use it")
	}
	if v, url := e.Variable("prefect.apiUrl"), e.Prefect.APIURL; v != "" && url != nil {
		if port := apiPort(*url); !e.SecurityGroup.reaches(port) {
			warn("securityGroup.egress", "no rule lets the worker reach tcp %d, the port in the default of variable %s", port, v)
		}
	}
}
