package adopt

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// deployment is what the state's resources are to this app.
type deployment struct {
	graph
	state *State

	region, account, partition string
	first                      *service          // the worker of the file
	workers                    []*service        // all, the first one first
	tags                       map[string]string // the provider's default tags
	want                       tree              // the file's settings, complete
	comments                   map[string]string
	matches                    []match
	notes                      []string // what is noteworthy beyond the plan

	zones []string // that the subnets are in, in their order; nil: the region's first ones
}

// match says which resource of this app a resource of the state becomes.
type match struct {
	address string // this app's, before resourceNames, such as aws_subnet.private
	key     string // [0] or ""
	*Resource
}

func (d *deployment) match(address, key string, r *Resource) {
	if r != nil && d.matched(r) == nil {
		d.matches = append(d.matches, match{address, key, r})
	}
}

func (d *deployment) matched(r *Resource) *match {
	for i := range d.matches {
		if d.matches[i].Resource == r {
			return &d.matches[i]
		}
	}
	return nil
}

func (d *deployment) note(format string, args ...any) {
	d.notes = append(d.notes, fmt.Sprintf(format, args...))
}

// recognize finds a deployment in a state.
func recognize(s *State, tags map[string]string) (*deployment, error) {
	d := &deployment{graph: graph{s.managed()}, state: s, want: tree{}, comments: map[string]string{}, tags: tags}
	for _, r := range s.Resources {
		if r.Mode == "managed" && strings.HasPrefix(r.Provider, "module.") {
			provider, _, _ := strings.Cut(r.Provider, ".provider[")
			return nil, fmt.Errorf("has resources of a provider that is configured in %s (%s.%s), which Terraform needs as long as they are in its state; pass that module the root's provider (providers = {aws = aws}), remove its own, and apply once", provider, r.Type, r.Name)
		}
		for _, i := range r.Instances {
			address := (&Resource{Module: r.Module, Type: r.Type, Name: r.Name, Key: indexKey(i.IndexKey)}).at()
			if i.Status == "tainted" {
				return nil, fmt.Errorf("has %s tainted, which the next apply would replace; apply or untaint it first, with its own configuration: terraform untaint '%s'", address, address)
			}
			if i.Deposed != "" {
				return nil, fmt.Errorf("has an object of %s that a replacement left behind, which the next apply would destroy; apply first, with its own configuration", address)
			}
		}
	}
	services := d.services()
	if len(d.every("aws_ecs_service", func(*Resource) bool { return true })) == 0 {
		return nil, errors.New("has no ECS service; want the state of a deployment that has one")
	}
	if len(services) == 0 {
		return nil, errors.New("has ECS services, but none on Fargate whose task definition it has too")
	}
	for _, w := range services {
		switch {
		case !runsWorker(w.worker):
			d.note("%s runs no Prefect worker: it stays as it is", w.Address)
			continue
		case d.first == nil:
			d.first = w
		case w.text("cluster") != d.first.text("cluster"):
			d.note("%s is in another cluster than %s: it stays as it is", w.Address, d.first.Address)
			continue
		}
		d.workers = append(d.workers, w)
	}
	if d.first == nil {
		if len(services) > 1 {
			return nil, errors.New("has ECS services, but none whose container runs prefect worker start")
		}
		d.first, d.workers, d.notes = services[0], services, nil
		if !mentionsPrefect(d.first) {
			return nil, fmt.Errorf("has one ECS service, %s, and none of its containers runs Prefect: there is no worker to adopt", d.first.Address)
		}
		d.note("%s: its command is not prefect worker start; an override keeps it", d.first.Address)
	}
	arn := cmp.Or(d.first.text("id"), d.first.task.text("arn"))
	d.partition, d.region, d.account = arnPart(arn, 1), arnPart(arn, 3), arnPart(arn, 4)
	if d.region == "" {
		return nil, fmt.Errorf("has the service %s without an ARN; have Terraform refresh it: terraform apply -refresh-only", d.first.Address)
	}
	d.general()
	if err := d.network(); err != nil {
		return nil, err
	}
	d.securityGroup()
	d.logGroup()
	d.taskExecutionRole()
	d.secret()
	d.repository()
	d.clusterSection()
	d.serviceDiscovery()
	d.workerSections()
	return d, nil
}

// general are region, tags and what the file has of Terraform.
func (d *deployment) general() {
	d.want.set("region", d.region)
	d.want.set("nameTag", d.nameTag())
	partition := d.partition
	d.want.set("partition", partition)
	if d.tags == nil {
		d.tags = d.defaultTags()
	}
	if len(d.tags) > 0 {
		d.want.set("tags", d.tags)
	}
}

// mentionsPrefect says whether a task has to do with Prefect: by an image, or a variable.
func mentionsPrefect(s *service) bool {
	return strings.Contains(strings.ToLower(s.task.text("container_definitions")), "prefect")
}

var nameTagRule = regexp.MustCompile(`^[\p{L}\p{Z}\p{N}_.:/=+@-]{1,100}$`)

// nameTag is what the deployment's names have in common: the VPC's Name, or the
// cluster's.
func (d *deployment) nameTag() string {
	var all []string
	if vpc := d.vpc(); vpc != nil {
		all = append(all, vpc.tag("Name"))
	}
	if d.first.cluster != nil {
		all = append(all, d.first.cluster.tag("Name"), d.first.cluster.text("name"))
	}
	all = append(all, d.first.text("name"), "prefect")
	for _, name := range all {
		if nameTagRule.MatchString(name) && !strings.HasPrefix(name, "sg-") && !strings.HasPrefix(strings.ToLower(name), "aws:") {
			return name
		}
	}
	return "prefect"
}

// vpc is the VPC of the first worker's subnets, where the state manages it.
func (d *deployment) vpc() *Resource {
	for _, id := range d.first.subnets() {
		if subnet := d.by("aws_subnet", "id", id); subnet != nil {
			return d.by("aws_vpc", "id", subnet.text("vpc_id"))
		}
	}
	return nil
}

// defaultTags are the tags that every resource has besides its own: those of the
// provider.
func (d *deployment) defaultTags() map[string]string {
	var common map[string]string
	for _, r := range d.all {
		all, taggable := r.Values["tags_all"].(map[string]any)
		if _, has := r.Values["tags"]; !has {
			taggable = false
		}
		if !taggable {
			continue
		}
		own, _ := r.Values["tags"].(map[string]any)
		extra := map[string]string{}
		for key, value := range all {
			if textOf(own[key]) != textOf(value) {
				extra[key] = textOf(value)
			}
		}
		if common == nil {
			common = extra
			continue
		}
		for key, value := range common {
			if extra[key] != value && textOf(all[key]) != value {
				delete(common, key)
			}
		}
	}
	for key, value := range common {
		if key == "Name" || settings.Rules["tagKey"].Text(key) != nil || settings.Rules["tagValue"].Text(value) != nil {
			delete(common, key)
		}
	}
	return common
}

// numbered writes {number} for the number, counted from 1, that the texts differ by.
func numbered(all []string) (string, bool) {
	if len(all) == 0 {
		return "", true
	}
	same := func(pattern func(i int) string) bool {
		for i, text := range all {
			if pattern(i) != text {
				return false
			}
		}
		return true
	}
	if same(func(int) string { return all[0] }) {
		return all[0], true
	}
	at := strings.LastIndex(all[0], "1")
	if at < 0 {
		return "", false
	}
	pattern := all[0][:at] + "{number}" + all[0][at+1:]
	if same(func(i int) string { return strings.ReplaceAll(pattern, "{number}", fmt.Sprint(i+1)) }) {
		return pattern, true
	}
	return "", false
}

// nameTags sets the Name tag of several resources. Where they have no pattern,
// an override says each.
func (d *deployment) nameTags(path string, all []*Resource) {
	var names []string
	for _, r := range all {
		names = append(names, r.tag("Name"))
	}
	pattern, _ := numbered(names)
	d.want.set(path, pattern)
}

func (d *deployment) securityGroup() {
	var group *Resource
	for _, id := range d.first.groups() {
		if group = d.by("aws_security_group", "id", id); group != nil {
			break
		}
	}
	if group == nil {
		return
	}
	d.match("aws_security_group.prefect_sg", "", group)
	name := group.text("name")
	if strings.HasPrefix(name, "terraform-") {
		name = ""
	}
	d.want.set("securityGroup.name", name)
	description := group.text("description")
	if description == "Managed by Terraform" {
		description = ""
	}
	d.want.set("securityGroup.description", description)
	d.want.set("securityGroup.nameTag", group.tag("Name"))
	for _, side := range []string{"ingress", "egress"} {
		rules := []tree{}
		for _, r := range group.blocks(side) {
			if rule, ok := toRule(r); ok {
				rules = append(rules, rule)
			}
		}
		slices.SortStableFunc(rules, func(a, b tree) int { return cmp.Compare(fmt.Sprint(plain(a, same)), fmt.Sprint(plain(b, same))) })
		d.want.set("securityGroup."+side, rules)
	}
}

func same(text string) string { return text }

// toRule is a rule as a setting, unless it names the group itself.
func toRule(r map[string]any) (tree, bool) {
	if textOf(r["self"]) == "true" {
		return nil, false
	}
	rule := tree{"protocol": textOf(r["protocol"]), "fromPort": numberOf(r["from_port"]), "toPort": numberOf(r["to_port"])}
	for argument, setting := range map[string]string{"cidr_blocks": "cidrBlocks", "ipv6_cidr_blocks": "ipv6CidrBlocks", "prefix_list_ids": "prefixListIds", "security_groups": "securityGroupIds"} {
		if peers := texts(r[argument]); len(peers) > 0 {
			rule[setting] = peers
		}
	}
	if text := textOf(r["description"]); text != "" {
		rule["description"] = text
	}
	return rule, true
}

func (d *deployment) logGroup() {
	_, options := logOptions(d.first.worker)
	name := textOf(options["awslogs-group"])
	if name == "" {
		return
	}
	d.want.set("logGroup.name", name)
	group := d.by("aws_cloudwatch_log_group", "name", name)
	if group == nil {
		d.want.set("logGroup.existing", true)
		return
	}
	d.match("aws_cloudwatch_log_group.prefect", "", group)
	d.want.set("logGroup.retentionInDays", group.number("retention_in_days"))
	d.want.set("logGroup.nameTag", group.tag("Name"))
	d.want.set("logGroup.kmsKeyArn", group.text("kms_key_id"))
}

const (
	executionPolicy  = ":policy/service-role/AmazonECSTaskExecutionRolePolicy"
	repositoryPolicy = ":policy/AmazonEC2ContainerRegistryReadOnly"
)

func (d *deployment) taskExecutionRole() {
	role := d.by("aws_iam_role", "arn", d.first.role("execution_role_arn"))
	if role == nil {
		if arn := d.first.role("execution_role_arn"); arn != "" {
			d.want.set("taskExecutionRole.arn", arn)
		}
		return
	}
	d.match("aws_iam_role.task_execution_role", "", role)
	if path := role.text("path"); path != "/" {
		d.want.set("iam.rolePath", path)
	}
	d.want.set("iam.permissionsBoundaryArn", role.text("permissions_boundary"))
	d.want.set("taskExecutionRole.name", role.text("name"))
	d.want.set("taskExecutionRole.nameTag", role.tag("Name"))
	attached := func(suffix string) *Resource {
		return d.find("aws_iam_role_policy_attachment", func(a *Resource) bool {
			return a.text("role") == role.text("name") && strings.HasSuffix(a.text("policy_arn"), suffix)
		})
	}
	d.match("aws_iam_role_policy_attachment.ecs_task_execution", "", attached(executionPolicy))
	ecr := attached(repositoryPolicy)
	d.match("aws_iam_role_policy_attachment.ecs_task_execution_ecr", "", ecr)
	d.want.set("taskExecutionRole.attachEcrReadOnlyPolicy", ecr != nil)
	policy := d.find("aws_iam_role_policy", func(p *Resource) bool {
		return p.text("role") == role.text("name") && len(secretActions(p.text("policy"))) > 0
	})
	if policy == nil {
		return
	}
	d.match("aws_iam_role_policy.secrets_policy", "", policy)
	d.want.set("taskExecutionRole.secretsPolicy.name", policy.text("name"))
	d.want.set("taskExecutionRole.secretsPolicy.actions", secretActions(policy.text("policy")))
}

// secretActions are the actions of Secrets Manager that a policy allows.
func secretActions(policy string) []string {
	var document struct{ Statement any }
	if json.Unmarshal([]byte(policy), &document) != nil {
		return nil
	}
	var all []string
	for _, s := range objects(document.Statement) {
		actions := texts(s["Action"])
		if one := textOf(s["Action"]); one != "" {
			actions = []string{one}
		}
		for _, a := range actions {
			if strings.HasPrefix(a, "secretsmanager:") && settings.Rules["secretsManagerAction"].Text(a) == nil && !slices.Contains(all, a) {
				all = append(all, a)
			}
			if a == "ssm:GetParameters" && len(all) == 0 { // of a parameter, whose action is always this one
				all = append(all, "secretsmanager:GetSecretValue")
			}
		}
	}
	return all
}

func (d *deployment) secret() {
	d.want.set("terraform.variables", map[string]string{})
	arn, name := "", ""
	given := secrets(d.first.worker)
	for _, variable := range []string{settings.APIKeyName, settings.AuthStringName} {
		if arn == "" && given[variable] != "" {
			arn, name = given[variable], variable
		}
	}
	d.want.set("secret.environmentName", cmp.Or(name, settings.APIKeyName))
	secret := d.by("aws_secretsmanager_secret", "arn", arn)
	if secret == nil {
		d.want.set("secret.create", false)
		d.want.set("secret.arn", arn)
		if arn == "" {
			// With Prefect Cloud and no secret only a variable may leave it out.
			d.want.set("terraform.variables", map[string]string{"prefect_secret_arn": "secret.arn"})
			d.note("the worker is given no secret with its key; see docs/identity.md")
		}
		return
	}
	d.match("aws_secretsmanager_secret.prefect_api", "", secret)
	d.want.set("secret.create", true)
	d.want.set("secret.name", secret.text("name"))
	d.want.set("secret.nameTag", secret.tag("Name"))
	if days := secret.number("recovery_window_in_days"); days != 30 && days != 0 || textOf(secret.Values["recovery_window_in_days"]) == "0" {
		d.want.set("secret.recoveryWindowInDays", days)
	}
	if key := secret.text("kms_key_id"); strings.HasPrefix(key, "arn:") {
		d.want.set("secret.kmsKeyArn", key)
	}
	versions := d.every("aws_secretsmanager_secret_version", func(v *Resource) bool { return v.text("secret_id") == arn })
	if len(versions) == 1 && versions[0].text("secret_string") != "" {
		d.match("aws_secretsmanager_secret_version.prefect_api_value", "", versions[0])
		d.want.set("terraform.variables", map[string]string{keyVariable: "secret.value"})
		d.comments["terraform.variables."+keyVariable] = "must be given: the key that the secret has, or a plan would change it"
		return
	}
	d.want.set("secret.valueManagedBy", settings.ValueOutside)
}

// keyVariable is the documents' name for the variable with the key.
const keyVariable = "prefect_api_key"

// key is the value that the state has of the secret, for plans of it.
func (d *deployment) key() string {
	for _, m := range d.matches {
		if m.Type == "aws_secretsmanager_secret_version" {
			return m.text("secret_string")
		}
	}
	return ""
}

func (d *deployment) repository() {
	all := d.every("aws_ecr_repository", func(*Resource) bool { return true })
	var repository *Resource
	for _, r := range all {
		for _, w := range d.workers {
			if url := r.text("repository_url"); url != "" && strings.HasPrefix(textOf(w.worker["image"]), url) && repository == nil {
				repository = r
			}
		}
	}
	if repository == nil && len(all) == 1 {
		repository = all[0]
	}
	if repository == nil {
		d.want.set("repository", nil)
		return
	}
	d.match("aws_ecr_repository.my_prefect_flow", "", repository)
	d.want.set("repository.name", repository.text("name"))
	d.want.set("repository.forceDelete", repository.is("force_delete"))
	for _, scan := range repository.blocks("image_scanning_configuration") {
		d.want.set("repository.scanOnPush", textOf(scan["scan_on_push"]) == "true")
	}
	if m := repository.text("image_tag_mutability"); m == "IMMUTABLE" {
		d.want.set("repository.imageTagMutability", m)
	}
	for _, e := range repository.blocks("encryption_configuration") {
		if textOf(e["encryption_type"]) == "KMS" {
			d.want.set("repository.encryptionType", "KMS")
			d.want.set("repository.kmsKeyArn", textOf(e["kms_key"]))
		}
	}
}

func (d *deployment) clusterSection() {
	cluster := d.first.cluster
	if cluster == nil {
		name := d.first.text("cluster")
		d.want.set("cluster.name", name[strings.LastIndexByte(name, '/')+1:])
		d.want.set("cluster.existing", true)
		return
	}
	d.match("aws_ecs_cluster.prefect", "", cluster)
	d.want.set("cluster.name", cluster.text("name"))
	d.want.set("cluster.nameTag", cluster.tag("Name"))
	for _, s := range cluster.blocks("setting") {
		if v := textOf(s["value"]); textOf(s["name"]) == "containerInsights" && v != "disabled" {
			d.want.set("cluster.containerInsights", v)
		}
	}
	providers := d.by("aws_ecs_cluster_capacity_providers", "cluster_name", cluster.text("name"))
	if providers == nil || len(providers.blocks("default_capacity_provider_strategy")) > 0 {
		return
	}
	names := providers.texts("capacity_providers")
	if slices.ContainsFunc(names, func(n string) bool { return n != settings.Fargate && n != settings.FargateSpot }) || len(names) == 0 {
		return
	}
	d.match("aws_ecs_cluster_capacity_providers.prefect", "", providers)
	d.want.set("cluster.capacityProviders", names)
}

func (d *deployment) serviceDiscovery() {
	d.want.set("serviceDiscovery", nil)
	for _, registry := range d.first.blocks("service_registries") {
		service := d.by("aws_service_discovery_service", "arn", textOf(registry["registry_arn"]))
		if service == nil || len(service.blocks("dns_config")) == 0 {
			return
		}
		dns := service.blocks("dns_config")[0]
		namespace := d.by("aws_service_discovery_private_dns_namespace", "id", textOf(dns["namespace_id"]))
		records := objects(dns["dns_records"])
		if namespace == nil || len(records) != 1 || textOf(records[0]["type"]) != "A" {
			return
		}
		d.match("aws_service_discovery_private_dns_namespace.prefect_ns", "", namespace)
		d.match("aws_service_discovery_service.dev_worker_sd", "", service)
		d.want.set("serviceDiscovery", tree{
			"namespace": namespace.text("name"), "description": namespace.text("description"),
			"service": service.text("name"), "ttlSeconds": numberOf(records[0]["ttl"]),
		})
		for _, check := range service.blocks("health_check_custom_config") {
			d.want.set("serviceDiscovery.healthCheckFailureThreshold", max(1, numberOf(check["failure_threshold"])))
		}
	}
}
