package config

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

func (e *Environment) checkNetwork() {
	n := &e.Network
	if n.Existing != nil {
		e.checkExistingNetwork()
		return
	}
	for _, g := range e.securityGroups() {
		for _, r := range slices.Concat(pointers(g.Ingress), pointers(g.Egress)) {
			if len(r.IPv6CIDRBlocks) > 0 {
				e.Fail(&r.IPv6CIDRBlocks, "got %v, but the VPC created here has no IPv6; remove them, or use network.existing", r.IPv6CIDRBlocks)
			}
		}
	}
	// Elsewhere some services' names begin with cn. or with another domain.
	if p := n.Endpoints; p != nil && len(p.Interface) > 0 && !e.exposes(&e.Region) && (strings.HasPrefix(e.Region, "cn-") || strings.HasPrefix(e.Region, "us-iso")) {
		e.Fail(&p.Interface, "got endpoints in %s, whose names differ from com.amazonaws.<region>.<service>; create them outside this stack", e.Region)
	}
	e.checkUnused()
	e.checkWithoutNAT()
}

// checkUnused: what a preset has is no mistake, what the file has is.
func (e *Environment) checkUnused() {
	n := &e.Network
	unused := func(field any, with string) {
		if e.Own(field) && !e.Wrong(field) {
			e.Fail(field, "set with %s, which leaves it unused; remove one of them", with)
		}
	}
	if len(n.EIPAllocationIDs) > 0 {
		unused(&n.EIPDomain, e.Path(&n.EIPAllocationIDs))
		unused(&n.NameTags.EIP, e.Path(&n.EIPAllocationIDs))
	}
	public, private := len(n.PublicSubnetCIDRBlocks) > 0, len(n.PrivateSubnetCIDRBlocks) > 0
	if public {
		unused(&n.PublicSubnetOffset, e.Path(&n.PublicSubnetCIDRBlocks))
		unused(&n.PublicSubnetNewBits, e.Path(&n.PublicSubnetCIDRBlocks))
	}
	if private {
		unused(&n.PrivateSubnetOffset, e.Path(&n.PrivateSubnetCIDRBlocks))
	}
	if public && private {
		unused(&n.SubnetNewBits, "both lists of subnets")
	}
	if v := e.variable(&n.CIDRBlock); v != "" && (public || private) {
		e.FailKey(&e.Terraform.Variables, v, `got network.cidrBlock, but the ranges of its subnets are given in the file; remove the variable with %s: ""`, v)
	}
}

func (e *Environment) checkExistingNetwork() {
	n := e.Network.Existing
	public := e.AnyWorker(func(w *settings.Worker) bool { return w.AssignPublicIP })
	if len(n.PrivateSubnetIDs) == 0 && len(n.PublicSubnetIDs) > 0 {
		e.checkPublicAlone(n)
		public = true // flow runs
	}
	switch {
	case public && len(n.PublicSubnetIDs) == 0:
		e.Fail(&n.PublicSubnetIDs, "got none, want at least one subnet of %s: a worker has assignPublicIp", n.VPCID)
	case !public && len(n.PublicSubnetIDs) > 0 && !e.Wrong(&n.PublicSubnetIDs):
		e.Fail(&n.PublicSubnetIDs, "got %d, which nothing uses; remove them, or set assignPublicIp: true for a worker", len(n.PublicSubnetIDs))
	}
	for _, key := range e.keysBelow("network") {
		if key != "existing" {
			e.fail("network."+key, "set with network.existing, which leaves it unused; remove one of them")
		}
	}
	if v := e.variable(&e.Network.CIDRBlock); v != "" {
		e.FailKey(&e.Terraform.Variables, v, `got network.cidrBlock, which network.existing leaves unused; remove the variable with %s: ""`, v)
	}
}

// checkPublicAlone: what has no public address would reach nothing.
func (e *Environment) checkPublicAlone(n *settings.ExistingNetwork) {
	for _, w := range e.Workers() {
		if !w.AssignPublicIP {
			e.Fail(&n.PrivateSubnetIDs, "got none, but %s runs in private subnets; give at least one subnet of %s, or set %[1]s.assignPublicIp: true", e.Path(w.Worker), n.VPCID)
			return
		}
	}
	if l := e.LateRuns; l != nil && l.InVPC {
		e.Fail(&l.InVPC, "got true without network.existing.privateSubnetIds, and a function has no public address; remove inVpc")
	}
}

// withoutNAT are the workers in private subnets that no NAT gateway serves.
func (e *Environment) withoutNAT() []settings.NamedWorker {
	if n := &e.Network; n.Existing != nil || n.NATGateways != settings.NATNone || n.LeadsOut() {
		return nil
	}
	return slices.DeleteFunc(e.Workers(), func(w settings.NamedWorker) bool { return w.AssignPublicIP })
}

// checkWithoutNAT finds workers that reach neither Prefect nor AWS. What a
// variable decides is a warning, see warnOfNetwork.
func (e *Environment) checkWithoutNAT() {
	n, workers := &e.Network, e.withoutNAT()
	if len(workers) == 0 {
		return
	}
	first := e.Path(workers[0].Worker)
	p := n.Endpoints
	if p == nil {
		e.Fail(&n.NATGateways, "got none, but %s runs in private subnets and has no other way out; set %[1]s.assignPublicIp: true, "+
			"or network.endpoints and a prefect.apiUrl inside the network, or natGateways: single", first)
		return
	}
	if !e.Prefect.SelfHosted() && !e.exposes(&e.Prefect.APIURL) {
		e.Fail(&n.NATGateways, "got none, but %s polls Prefect Cloud, which is behind no endpoint of AWS; set natGateways: single, "+
			"or %[1]s.assignPublicIp: true, or a prefect.apiUrl inside the network", first)
	}
	if !p.S3 {
		e.Fail(&p.S3, "got false, want true: without a NAT gateway the layers of the image come through it")
	}
	var missing []string
	seen := slices.Clone(p.Interface)
	for _, w := range workers {
		e.checkImages(w)
		for _, needed := range e.neededEndpoints(w) {
			if !slices.Contains(seen, needed.service) {
				seen = append(seen, needed.service)
				missing = append(missing, needed.service+" ("+needed.use+")")
			}
		}
	}
	if missing != nil {
		cloud := ""
		if !e.Prefect.SelfHosted() { // a variable may name a server
			cloud = "; Prefect Cloud stays out of reach even so, as no endpoint leads to it"
		}
		e.Fail(&p.Interface, "natGateways: none also needs the interface endpoints %s%s", strings.Join(missing, ", "), cloud)
	}
}

// checkImages: of the registries only ECR has endpoints.
func (e *Environment) checkImages(w settings.NamedWorker) {
	var images []*string
	if !e.exposes(&w.Image) {
		images = append(images, &w.Image)
	}
	if w.OpenTelemetry != nil {
		images = append(images, &w.OpenTelemetry.Image)
	}
	for i := range w.Sidecars {
		images = append(images, &w.Sidecars[i].Image)
	}
	for _, image := range images {
		if !ecrImage.MatchString(*image) {
			e.Fail(image, "got %s, which is not in ECR, and without a NAT gateway the worker reaches no other registry; want %s", *image, settings.ImageWanted)
		}
	}
}

var ecrImage = regexp.MustCompile(`^[0-9]{12}\.dkr[.-]ecr[.-]`)

type neededEndpoint struct{ service, use string }

// neededEndpoints are the interface endpoints without which a worker does not
// start or does nothing.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/vpc-endpoints.html
func (e *Environment) neededEndpoints(w settings.NamedWorker) []neededEndpoint {
	needed := []neededEndpoint{{"ecr.api", "to pull the image"}, {"ecr.dkr", "to pull the image"}, {"logs", "to write logs"}}
	need := func(when bool, use string, services ...string) {
		for _, s := range services {
			if when {
				needed = append(needed, neededEndpoint{s, use})
			}
		}
	}
	secret := w.Own.Or(e.Identity()).Secret
	secrets := slices.Concat(slices.Collect(maps.Values(w.References())), w.Own.Or(e.Identity()).TaskExecutionRole.SecretARNs, []string{secret.ARN})
	parameter := func(arn string) bool { return strings.Contains(arn, ":ssm:") }
	need(secret.ARN == "" && (secret.Create.Value || e.hasSecret()) || slices.ContainsFunc(secrets, func(arn string) bool { return strings.Contains(arn, ":secretsmanager:") }), "to read secrets", "secretsmanager")
	need(slices.ContainsFunc(secrets, parameter), "to read parameters", "ssm")
	need(w.Type == settings.TypeECS, "to start flow runs", "ecs", "ec2") // prefect-aws looks up the VPC's subnets first
	need(e.CrashEvents != nil, "to learn of crashes", "sqs")
	need(w.EnableExecuteCommand, "for ECS Exec", "ssmmessages")
	need(w.OpenTelemetry != nil, "for OpenTelemetry", "xray")
	return needed
}

// warnOfNetwork says what a variable decides, and what costs money for nothing.
func (e *Environment) warnOfNetwork(warn doubt) {
	n, workers := &e.Network, e.withoutNAT()
	if v := e.variable(&e.Prefect.APIURL); v != "" && len(workers) > 0 && !e.Prefect.SelfHosted() {
		warn(&n.NATGateways, "none leaves no way to Prefect Cloud: the worker runs only with a server inside the network in -var %s=http://<host>:4200/api", v)
	}
	for _, w := range workers {
		if v := e.variable(&w.Image); v != "" && !ecrImage.MatchString(w.Image) {
			warn(&n.NATGateways, "none leaves no way to other registries than ECR: %s runs only with an image of ECR in -var %s, not %s", e.Path(w.Worker), v, w.Image)
		}
	}
	for _, g := range e.securityGroups() {
		if len(g.AdditionalIDs) > 0 && n.Existing == nil {
			warn(&g.AdditionalIDs, "a group must be in the service's VPC, which this stack creates, so it cannot exist before the first apply; add it afterwards")
		}
	}
	inPrivate := func(w *settings.Worker) bool { return !w.AssignPublicIP }
	if n.Existing == nil && n.NATGateways != settings.NATNone && !e.AnyWorker(inPrivate) {
		warn(&e.Worker.AssignPublicIP, "the worker does not use the NAT gateway, which costs by the hour; set network.natGateways: none, unless flow runs use it")
	}
	if v, url := e.variable(&e.Prefect.APIURL), e.Prefect.APIURL; v != "" && url != nil {
		if port := settings.APIPort(*url); !e.SecurityGroup.Reaches(port) {
			warn(&e.SecurityGroup.Egress, "no rule lets the worker reach tcp %d, the port in the default of variable %s", port, v)
		}
	}
}

// pointers are those to the elements of a list, by which errors name them.
func pointers[T any](list []T) []*T {
	var all []*T
	for i := range list {
		all = append(all, &list[i])
	}
	return all
}
