package config

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// The values of settings that are choices.
const (
	TaskRoleExecution = "task-execution-role" // the task runs with the execution role
	TaskRoleNone      = "none"                // the task has no role of its own
	TypeECS           = "ecs"                 // prefect worker start --type ecs
	TypeProcess       = "process"
)

// OutputNames are the outputs a worker stack can have.
var OutputNames = []string{"ecs_cluster_arn", "ecs_service_name", "prefect_secret_arn", "secret_arn_local"}

// checker checks one environment's settings by path.
type checker struct {
	*problems
	file  *file
	wrong map[string]bool // settings reported already
}

func newChecker(f *file) checker { return checker{new(problems), f, map[string]bool{}} }

func (c checker) fail(path string, err error) {
	if err != nil {
		c.wrong[path] = true
		c.add(c.file.errorf(path, "%s", err))
	}
}

func (c checker) text(path, value string, r rule) { c.fail(path, r(value)) }

func (c checker) choice(path, value string, allowed ...string) {
	if !slices.Contains(allowed, value) {
		c.fail(path, errors.New(notOneOf(value, allowed)))
	}
}

func (c checker) number(path string, value, min, max int) {
	if value < min || value > max {
		c.fail(path, fmt.Errorf("got %d, want %d to %d", value, min, max))
	}
}

// name checks a setting in which braces are allowed by what it becomes, unless
// a setting it refers to is wrong itself.
func (c checker) name(e *Environment, path, value string, r rule) {
	if err := checkBraces(value); err != nil {
		c.fail(path, err)
		return
	}
	for _, match := range braces.FindAllStringSubmatch(value, -1) {
		if c.wrong[match[1]] {
			return
		}
	}
	expanded := e.Expand(value)
	err := r(expanded)
	if err != nil && expanded != value {
		err = fmt.Errorf("%q becomes %q: %w", value, expanded, err)
	}
	c.fail(path, err)
}

// validate reports every setting that AWS, Prefect or Terraform would refuse
// or ignore.
func (e *Environment) validate() error {
	c := newChecker(e.file)
	if e.Kind != KindWorker {
		c.fail("kind", errors.New(notOneOf(e.Kind, []string{KindWorker, KindStateBackend})))
	}
	if e.file.preset == nil {
		c.fail("preset", fmt.Errorf("missing, want the base of this file: %s", strings.Join(PresetNames(), ", ")))
		return c.err()
	}
	c.text("stack", e.Stack, stackName)
	c.text("region", e.Region, region)
	c.text("nameTag", e.NameTag, nameTag)
	c.text("cluster.name", e.Cluster.Name, ecsName)
	c.text("prefect.workPool", e.Prefect.WorkPool, workPool)
	if e.Partition != "" {
		c.choice("partition", e.Partition, "aws", "aws-cn", "aws-us-gov", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f", "aws-eusc")
	}
	e.checkTerraform(c)
	e.checkNetwork(c)
	e.checkSecurityGroup(c)
	e.checkIdentity(c)
	e.checkPrefect(c)
	e.checkWorker(c)
	return c.err()
}

func (e *Environment) checkTerraform(c checker) {
	t := e.Terraform
	c.text("terraform.requiredVersion", t.RequiredVersion, version)
	c.text("terraform.awsProviderVersion", t.AWSProviderVersion, version)

	b := t.Backend
	switch {
	case b.S3 != nil && b.Local != nil:
		c.fail("terraform.backend", fmt.Errorf("got s3 and local, want one; set the other to null"))
	case b.S3 != nil:
		e.checkS3Backend(c, b.S3)
	case b.Local != nil:
		c.name(e, "terraform.backend.local.path", b.Local.Path, statePath)
	default:
		c.fail("terraform.backend", fmt.Errorf("got none, want s3 or local: without one the state would be lost"))
	}

	exposed := map[string]string{}
	for _, variable := range sortedKeys(t.Variables) {
		setting, path := t.Variables[variable], "terraform.variables."+variable
		if setting == "" {
			continue
		}
		c.text(path, variable, tfName)
		c.choice(path, setting, Exposable...)
		if first, ok := exposed[setting]; ok {
			c.fail(path, fmt.Errorf("got %s, which variable %s exposes already", setting, first))
		}
		exposed[setting] = variable
	}
	for i, output := range t.Outputs {
		path := fmt.Sprintf("terraform.outputs[%d]", i)
		c.choice(path, output, OutputNames...)
		if slices.Contains(t.Outputs[:i], output) {
			c.fail(path, fmt.Errorf("got %q twice", output))
		}
	}
	e.checkResourceNames(c)
}

func (e *Environment) checkS3Backend(c checker, b *S3Backend) {
	const path = "terraform.backend.s3."
	c.text(path+"bucket", b.Bucket, bucketName)
	c.name(e, path+"key", b.Key, stateKey)
	c.text(path+"region", b.Region, region)
	if b.DynamoDBTable != "" {
		c.text(path+"dynamodbTable", b.DynamoDBTable, tableName)
	}
}

// checkResourceNames keeps addresses unique: Terraform's JSON would let one
// resource of a type silently replace another of the same name.
func (e *Environment) checkResourceNames(c checker) {
	names := e.Terraform.ResourceNames
	for _, address := range sortedKeys(names) {
		path := "terraform.resourceNames." + address
		if !slices.Contains(Addresses, address) {
			c.fail(path, fmt.Errorf("no such resource: %s", notOneOf(address, Addresses)))
			continue
		}
		c.text(path, names[address], tfName)
	}
	taken := map[string]string{}
	for _, address := range Addresses {
		kind, name, _ := strings.Cut(address, ".")
		if renamed, ok := names[address]; ok {
			name = renamed
		}
		if first, ok := taken[kind+"."+name]; ok {
			c.fail("terraform.resourceNames."+address, fmt.Errorf("got %q, which %s has already", name, first))
		}
		taken[kind+"."+name] = address
	}
}

func (e *Environment) checkNetwork(c checker) {
	n := &e.Network
	c.number("network.availabilityZoneCount", n.AvailabilityZoneCount, 2, 6)
	c.number("network.subnetNewBits", n.SubnetNewBits, 2, 12)
	vpc, err := cidrBlock(n.CIDRBlock)
	if err == nil {
		err = n.checkSize(vpc)
	}
	c.fail("network.cidrBlock", err)
	if err == nil {
		n.checkOffsets(c, vpc)
	}
	if n.EIPDomain != "" {
		c.choice("network.eipDomain", n.EIPDomain, "vpc")
	}
	tags := n.NameTags
	for _, t := range []struct{ key, value string }{
		{"vpc", tags.VPC}, {"publicSubnet", tags.PublicSubnet}, {"privateSubnet", tags.PrivateSubnet},
		{"internetGateway", tags.InternetGateway}, {"publicRouteTable", tags.PublicRouteTable},
		{"privateRouteTable", tags.PrivateRouteTable}, {"eip", tags.EIP}, {"natGateway", tags.NATGateway},
	} {
		c.name(e, "network.nameTags."+t.key, t.value, orEmpty(tagValue))
	}
}

func (e *Environment) checkSecurityGroup(c checker) {
	s := e.SecurityGroup
	c.name(e, "securityGroup.name", s.Name, orEmpty(securityGroupName))
	c.text("securityGroup.description", s.Description, orEmpty(sgText))
	c.name(e, "securityGroup.nameTag", s.NameTag, orEmpty(tagValue))
	for _, side := range []struct {
		path  string
		rules []Rule
	}{{"securityGroup.ingress", s.Ingress}, {"securityGroup.egress", s.Egress}} {
		for i, r := range side.rules {
			checkRule(c, fmt.Sprintf("%s[%d]", side.path, i), r)
		}
	}
}

func checkRule(c checker, path string, r Rule) {
	c.choice(path+".protocol", r.Protocol, "tcp", "udp", "icmp", "icmpv6", "-1")
	low := 0
	if strings.HasPrefix(r.Protocol, "icmp") {
		low = -1 // every type or code
	}
	c.number(path+".fromPort", r.FromPort, low, 65535)
	c.number(path+".toPort", r.ToPort, low, 65535)
	if r.FromPort > r.ToPort {
		c.fail(path+".toPort", fmt.Errorf("got %d, below fromPort %d", r.ToPort, r.FromPort))
	}
	if r.Protocol == "-1" && (r.FromPort != 0 || r.ToPort != 0) {
		c.fail(path+".protocol", fmt.Errorf("got -1 (every protocol) with ports %d to %d, want ports 0 to 0", r.FromPort, r.ToPort))
	}
	if len(r.CIDRBlocks) == 0 {
		c.fail(path+".cidrBlocks", fmt.Errorf("got none, want at least one range such as 10.0.0.0/16"))
	}
	for i, block := range r.CIDRBlocks {
		prefix, err := netip.ParsePrefix(block)
		if err != nil || !prefix.Addr().Is4() || prefix.Masked() != prefix {
			c.fail(fmt.Sprintf("%s.cidrBlocks[%d]", path, i), fmt.Errorf("got %q, want an IPv4 range without host bits", block))
		}
	}
}

// checkIdentity checks names of the roles, the secret and what else AWS names.
func (e *Environment) checkIdentity(c checker) {
	c.name(e, "logGroup.name", e.LogGroup.Name, logGroupName)
	c.name(e, "logGroup.nameTag", e.LogGroup.NameTag, orEmpty(tagValue))
	if !slices.Contains(LogRetentionInDays, e.LogGroup.RetentionInDays) {
		c.fail("logGroup.retentionInDays", fmt.Errorf("got %d, want one of %v (0 keeps logs for ever)", e.LogGroup.RetentionInDays, LogRetentionInDays))
	}

	r := e.TaskExecutionRole
	c.name(e, "taskExecutionRole.name", r.Name, roleName)
	c.name(e, "taskExecutionRole.nameTag", r.NameTag, orEmpty(tagValue))
	c.text("taskExecutionRole.secretsPolicy.name", r.SecretsPolicy.Name, policyName)
	if len(r.SecretsPolicy.Actions) == 0 {
		c.fail("taskExecutionRole.secretsPolicy.actions", fmt.Errorf("got none, want at least secretsmanager:GetSecretValue: the task cannot start without"))
	}
	for i, a := range r.SecretsPolicy.Actions {
		c.text(fmt.Sprintf("taskExecutionRole.secretsPolicy.actions[%d]", i), a, action)
	}

	s := e.Secret
	if s.Create || e.exposes("secret.create") {
		c.name(e, "secret.name", s.Name, secretName)
	}
	c.name(e, "secret.nameTag", s.NameTag, orEmpty(tagValue))
	c.text("secret.arn", s.ARN, orEmpty(secretARN))
	switch {
	case s.Value != "":
		c.fail("secret.value", errSecretInFile)
	case s.Create && s.ARN != "":
		c.fail("secret.arn", fmt.Errorf("got %q with secret.create true, want one: remove the ARN, or set secret.create: false to use it", s.ARN))
	case s.Create && !e.exposes("secret.value"):
		c.fail("secret.create", fmt.Errorf("got true, but no variable exposes secret.value; add terraform.variables: {prefect_api_key: secret.value}"))
	case !s.Create && s.ARN == "" && !e.exposes("secret.create") && !e.exposes("secret.arn"):
		c.fail("secret", fmt.Errorf("got neither create nor arn: the worker could not authenticate; set secret.create: true or secret.arn"))
	}

	if e.Repository != nil {
		c.text("repository.name", e.Repository.Name, repository)
		if len(e.Repository.Name) == 1 {
			c.fail("repository.name", fmt.Errorf("got %q, want at least 2 characters", e.Repository.Name))
		}
	}
	c.name(e, "cluster.nameTag", e.Cluster.NameTag, orEmpty(tagValue))
	if d := e.ServiceDiscovery; d != nil {
		c.text("serviceDiscovery.namespace", d.Namespace, dnsName)
		c.text("serviceDiscovery.service", d.Service, dnsName)
		c.number("serviceDiscovery.ttlSeconds", d.TTLSeconds, 0, 2147483647)
		c.number("serviceDiscovery.healthCheckFailureThreshold", d.HealthCheckFailureThreshold, 0, 10)
	}
}

func (e *Environment) checkPrefect(c checker) {
	p := e.Prefect
	c.text("prefect.accountId", p.AccountID, orEmpty(uuid))
	c.text("prefect.workspaceId", p.WorkspaceID, orEmpty(uuid))
	switch {
	case p.APIURL == nil && !e.exposes("prefect.apiUrl"):
		c.fail("prefect.apiUrl", fmt.Errorf("got no value and no variable that exposes it, want %s, or \"\" for Prefect Cloud by account and workspace", APIURLWanted))
	case p.APIURL != nil:
		c.text("prefect.apiUrl", *p.APIURL, orEmpty(apiURL))
	}
	cloud := p.APIURL != nil && *p.APIURL == ""
	if cloud && p.AccountID == "" && !e.exposes("prefect.accountId") {
		c.fail("prefect.accountId", fmt.Errorf("got no value, want %s", UUIDWanted))
	}
	if cloud && p.WorkspaceID == "" && !e.exposes("prefect.workspaceId") {
		c.fail("prefect.workspaceId", fmt.Errorf("got no value, want %s", UUIDWanted))
	}
}

func (e *Environment) checkWorker(c checker) {
	w := e.Worker
	c.text("worker.serviceName", w.ServiceName, ecsName)
	c.text("worker.family", w.Family, ecsName)
	c.text("worker.containerName", w.ContainerName, ecsName)
	c.text("worker.image", w.Image, image)
	if w.Type != "" {
		c.choice("worker.type", w.Type, TypeECS, TypeProcess)
	}
	memory, ok := FargateMemoryMiB[w.CPU]
	switch {
	case !ok:
		c.fail("worker.cpu", fmt.Errorf("got %d CPU units, want one of [256 512 1024 2048 4096 8192 16384]", w.CPU))
	case !slices.Contains(memory, w.MemoryMiB):
		c.fail("worker.memoryMiB", fmt.Errorf("got %d, want %s for cpu %d", w.MemoryMiB, memoryWanted(memory), w.CPU))
	}
	c.number("worker.desiredCount", w.DesiredCount, 0, DesiredCountMax)
	c.choice("worker.taskRole", w.TaskRole, TaskRoleExecution, TaskRoleNone)
	for _, name := range sortedKeys(w.Environment) {
		path := "worker.environment." + name
		c.text(path, name, envName)
		switch name {
		case "PREFECT_API_URL":
			c.fail(path, fmt.Errorf("set here, want prefect.apiUrl: the task definition would have it twice"))
		case "PREFECT_API_KEY", "PREFECT_API_AUTH_STRING":
			c.fail(path, fmt.Errorf("set here, want the secret: task definitions are readable by everyone who may describe them"))
		}
	}
	c.text("worker.logStreamPrefix", w.LogStreamPrefix, logPrefix)
	c.name(e, "worker.taskDefinitionNameTag", w.TaskDefinitionNameTag, orEmpty(tagValue))
	c.name(e, "worker.serviceNameTag", w.ServiceNameTag, orEmpty(tagValue))
}

// memoryWanted says a short list whole and a long one by its ends.
func memoryWanted(all []int) string {
	if len(all) <= 7 {
		return fmt.Sprintf("one of %v", all)
	}
	return fmt.Sprintf("%d to %d in steps of %d", all[0], all[len(all)-1], all[1]-all[0])
}

// exposes says whether a variable exposes a setting.
func (e *Environment) exposes(setting string) bool { return e.Variable(setting) != "" }

// Variable is the Terraform variable that exposes a setting, or "".
func (e *Environment) Variable(setting string) string {
	for _, name := range sortedKeys(e.Terraform.Variables) {
		if e.Terraform.Variables[name] == setting {
			return name
		}
	}
	return ""
}
