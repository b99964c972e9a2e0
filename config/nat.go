package config

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// behindEndpoints says whether a worker runs in private subnets that no NAT
// gateway serves.
func (e *Environment) behindEndpoints() bool {
	n := e.Network
	return n.Existing == nil && n.NATGateways == NATNone && e.anyWorker(private)
}

func private(w *Worker) bool { return !w.AssignPublicIP }

// checkWithoutNAT finds workers that reach neither Prefect nor AWS. What a
// variable decides is a warning, see warnOfNetwork.
func (e *Environment) checkWithoutNAT(c checker) {
	if !e.behindEndpoints() {
		return
	}
	p := e.Network.Endpoints
	if p == nil {
		c.fail("network.natGateways", errors.New("got none, but the worker runs in private subnets and has no other way out; set worker.assignPublicIp: true, "+
			"or network.endpoints and a prefect.apiUrl inside the network, or natGateways: single"))
		return
	}
	if e.mayPollCloud() && !e.exposes("prefect.apiUrl") {
		c.fail("network.natGateways", errors.New("got none, but the worker polls Prefect Cloud, which is behind no endpoint of AWS; set natGateways: single, "+
			"or worker.assignPublicIp: true, or a prefect.apiUrl inside the network"))
	}
	for _, v := range e.Views() {
		if private(&v.Worker) && !ecrImage.MatchString(v.Worker.Image) && !v.exposes("worker.image") {
			c.fail(v.Path+".image", fmt.Errorf("got %s, which is not in ECR, and without a NAT gateway the worker reaches no other registry; want %s", v.Worker.Image, ImageWanted))
		}
	}
	if !p.S3 {
		c.fail("network.endpoints.s3", errors.New("got false, want true: without a NAT gateway the layers of the image come through it"))
	}
	var missing []string
	for _, n := range e.neededEndpoints() {
		if !slices.Contains(p.Interface, n.service) {
			missing = append(missing, n.service+" ("+n.use+")")
		}
	}
	if missing != nil {
		c.fail("network.endpoints.interface", fmt.Errorf("got %v, want also %s: natGateways is none", p.Interface, strings.Join(missing, ", ")))
	}
}

type neededEndpoint struct{ service, use string }

// neededEndpoints are the interface endpoints without which the worker does
// not start or does nothing.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html
func (e *Environment) neededEndpoints() []neededEndpoint {
	needed := []neededEndpoint{
		{"ecr.api", "to pull the image"},
		{"ecr.dkr", "to pull the image"},
		{"logs", "to write logs"},
		{"secretsmanager", "to read the key"},
	}
	if e.anyWorker(func(w *Worker) bool { return private(w) && w.Type == TypeECS }) {
		// prefect-aws looks up the VPC's subnets before it runs a task.
		needed = append(needed, neededEndpoint{"ecs", "to start flow runs"}, neededEndpoint{"ec2", "to start flow runs"})
	}
	if e.CrashEvents != nil {
		needed = append(needed, neededEndpoint{"sqs", "to learn of crashes"})
	}
	if e.anyWorker(func(w *Worker) bool { return private(w) && w.EnableExecuteCommand }) {
		needed = append(needed, neededEndpoint{"ssmmessages", "for ECS Exec"})
	}
	if e.anyWorker(func(w *Worker) bool { return private(w) && w.OpenTelemetry != nil }) {
		needed = append(needed, neededEndpoint{"xray", "to send traces"})
	}
	if e.SecretARNs()["ssm"] != nil {
		needed = append(needed, neededEndpoint{"ssm", "to read parameters"})
	}
	return needed
}

// mayPollCloud says whether prefect.apiUrl, or its variable's default, is
// Prefect Cloud over the internet. Over PrivateLink its name is another one,
// api.private.prefect.cloud.
// https://docs.prefect.io/v3/how-to-guides/cloud/manage-users/secure-access-by-private-link
func (e *Environment) mayPollCloud() bool {
	url := e.Prefect.APIURL
	return url == nil || *url == "" || strings.Contains(*url, "://api.prefect.cloud/")
}

var ecrImage = regexp.MustCompile(`^[0-9]{12}\.dkr[.-]ecr[.-]`)

// warnOfNetwork says what a variable decides, and what costs money for
// nothing.
func (e *Environment) warnOfNetwork(warn func(path, format string, args ...any)) {
	n := e.Network
	if v := e.Variable("prefect.apiUrl"); v != "" && e.behindEndpoints() && e.mayPollCloud() {
		warn("network.natGateways", "none leaves no way to Prefect Cloud: the worker runs only with a server inside the network in -var %s=http://<host>:4200/api", v)
	}
	if v := e.Variable("worker.image"); v != "" && e.behindEndpoints() && !ecrImage.MatchString(e.Worker.Image) {
		warn("network.natGateways", "none leaves no way to other registries than ECR: the worker runs only with an image of ECR in -var %s, not %s", v, e.Worker.Image)
	}
	if n.Existing == nil && n.NATGateways != NATNone && !e.anyWorker(private) {
		warn("worker.assignPublicIp", "the worker does not use the NAT gateway, which costs by the hour; set network.natGateways: none, unless flow runs use it")
	}
	if v, url := e.Variable("prefect.apiUrl"), e.Prefect.APIURL; v != "" && url != nil {
		if port := apiPort(*url); !e.SecurityGroup.reaches(port) {
			warn("securityGroup.egress", "no rule lets the worker reach tcp %d, the port in the default of variable %s", port, v)
		}
	}
}
