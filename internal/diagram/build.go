package diagram

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize/english"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
)

// builder makes the picture of a stack. Every resource is drawn by itself or
// belongs to one that is; what is left is listed.
type builder struct {
	stack   *synthesized.Stack
	picture *Picture
	region  *Box
	refers  map[string][]string // what a resource refers to, by its address
	users   map[string][]string // what refers to it
	drawn   map[string]string   // path of the box by the resource's address
	owners  map[string]string   // address of what a resource belongs to, or the path of its arrow, by its address
	seen    map[string]bool     // addresses that the picture shows
	mayDo   map[string][]string // what a role may do, by its address
	serves  map[string][]string // what a role is to tasks, by its address
}

// Of draws a stack.
func Of(name string, stack *synthesized.Stack) *Picture {
	b := &builder{stack: stack, picture: &Picture{Title: name, places: places{boxes: map[string]string{}, own: map[string][]string{}}}, refers: map[string][]string{}, users: map[string][]string{}, drawn: map[string]string{}, owners: map[string]string{}, seen: map[string]bool{}, mayDo: map[string][]string{}, serves: map[string][]string{}}
	b.region = &Box{ID: "region", Title: "AWS Region " + cmp.Or(stack.Region(), "of the variable region"), Class: "region"}
	for _, r := range stack.Resources() {
		b.refers[r.Address()] = r.Refers()
		for _, address := range b.refers[r.Address()] {
			b.users[address] = append(b.users[address], r.Address())
		}
	}
	for _, r := range stack.OfType("aws_iam_role") {
		b.role(r)
	}
	b.network()
	b.cluster()
	b.stores()
	b.monitoring()
	b.otherRoles()
	b.others()
	b.picture.Boxes = append(b.picture.Boxes, b.region)
	b.parts()
	return b.picture
}

// one is the first instance of a resource, or of what would be made if its count
// were not 0.
func one(r synthesized.Resource) synthesized.Instance {
	if all := r.Instances(); len(all) > 0 {
		return all[0]
	}
	return synthesized.Instance{Resource: r}
}

// show notes that the picture has a resource, and that a box at a path is about it.
func (b *builder) show(path string, resources ...synthesized.Resource) {
	for _, r := range resources {
		b.seen[r.Address()] = true
		b.drawn[r.Address()] = path
		b.place(path, r.Address())
	}
}

// place notes that a box at a path is about a resource, or an instance of one.
func (b *builder) place(path, address string) {
	b.picture.places.boxes[address] = path
	b.picture.places.own[path] = append(b.picture.places.own[path], address)
}

// belong notes that the picture has resources by way of another one. Where that is
// no address, parts finds it.
func (b *builder) belong(to string, resources ...synthesized.Resource) {
	for _, r := range resources {
		b.seen[r.Address()] = true
		if path, ok := b.drawn[to]; ok {
			b.drawn[r.Address()] = path
		}
		if to != "" {
			b.owners[r.Address()] = to
		}
	}
}

// network draws the VPC, zone by zone.
func (b *builder) network() {
	vpcs := b.stack.OfType("aws_vpc")
	subnets := b.stack.OfType("aws_subnet")
	if len(vpcs) == 0 && len(subnets) == 0 {
		return
	}
	vpc := &Box{ID: "vpc", Columns: 1, Class: "vpc", Title: "VPC"}
	for _, r := range vpcs {
		vpc.Title = strings.TrimSpace("VPC " + one(r).Text("cidr_block"))
		b.show("region.vpc", r)
	}
	top := &Box{ID: "gateways", Class: "row"}
	for _, r := range b.stack.OfType("aws_internet_gateway") {
		top.Boxes = append(top.Boxes, icon("igw_"+r.Name, "resource/AmazonVPCInternetGateway", "Internet gateway"))
		b.show("region.vpc.gateways.igw_"+r.Name, r)
	}
	for _, r := range b.stack.OfType("aws_vpc_endpoint") {
		for _, i := range r.Instances() {
			service := i.Text("service_name") // com.amazonaws.<region>.<service>
			if parts := strings.SplitN(service, ".", 4); len(parts) == 4 {
				service = parts[3]
			}
			box := icon("endpoint_"+r.Name+"_"+id(service), "resource/AmazonVPCEndpoints", service+" endpoint")
			top.Boxes = append(top.Boxes, box)
			b.place("region.vpc.gateways."+box.ID, i.Address())
		}
		b.seen[r.Address()] = true
	}
	for _, r := range b.stack.OfType("aws_flow_log") {
		top.Boxes = append(top.Boxes, icon("flow_log_"+r.Name, "resource/AmazonVPCFlowLogs", "Flow logs"))
		b.show("region.vpc.gateways.flow_log_"+r.Name, r)
	}
	top.Columns = min(len(top.Boxes), 5)
	if len(top.Boxes) > 0 {
		vpc.Boxes = append(vpc.Boxes, top)
	}
	vpc.Boxes = append(vpc.Boxes, b.zones(subnets))
	b.region.Boxes = append(b.region.Boxes, vpc)
}

// zones draws the subnets, in columns of their zones.
func (b *builder) zones(subnets []synthesized.Resource) *Box {
	byZone := map[string]*Box{}
	var order []string
	for _, public := range []bool{true, false} {
		for _, r := range subnets {
			routes := b.routes(r)
			if (strings.Contains(routes, "Internet gateway")) != public {
				continue
			}
			for n, i := range r.Instances() {
				zone := cmp.Or(i.Text("availability_zone"), i.Text("availability_zone_id"), "zone "+strconv.Itoa(n+1))
				column := byZone[zone]
				if column == nil {
					column = &Box{ID: id(zone), Title: zone, Class: "zone", Columns: 1}
					byZone[zone], order = column, append(order, zone)
				}
				kind, class := "Private subnet", "private"
				if public {
					kind, class = "Public subnet", "public"
				}
				box := &Box{ID: id(r.Name + strconv.Itoa(n)), Title: kind, Lines: lines(i.Text("cidr_block")), Class: class, Columns: 1}
				if routes != "" {
					box.Lines = append(box.Lines, routes)
				}
				path := "region.vpc.zones." + column.ID + "." + box.ID
				b.place(path, i.Address())
				for _, nat := range b.stack.OfType("aws_nat_gateway") {
					for k, gateway := range nat.Instances() {
						if strings.HasPrefix(gateway.Text("subnet_id"), fmt.Sprintf("%s[%d].", r.Address(), n)) {
							box.Boxes = append(box.Boxes, icon(fmt.Sprintf("nat%d", k), "resource/AmazonVPCNATGateway", "NAT gateway"))
							b.place(path+fmt.Sprintf(".nat%d", k), gateway.Address())
						}
					}
					b.seen[nat.Address()] = true
					for _, address := range nat.Refers("allocation_id") {
						b.owners[address] = nat.Address()
					}
				}
				for _, service := range b.stack.OfType("aws_ecs_service") {
					if slices.Contains(service.Refers("network_configuration", "subnets"), r.Address()) {
						box.Boxes = append(box.Boxes, icon("tasks_"+service.Name, "architecture-service/AWSFargate", one(service).Text("name")))
					}
				}
				column.Boxes = append(column.Boxes, box)
			}
			b.seen[r.Address()] = true
		}
	}
	slices.Sort(order)
	zones := &Box{ID: "zones", Class: "row", Columns: len(order)}
	for _, zone := range order {
		zones.Boxes = append(zones.Boxes, byZone[zone])
	}
	return zones
}

// routes says where the subnets' route table sends what leaves the VPC.
func (b *builder) routes(subnet synthesized.Resource) string {
	var all []string
	for _, association := range b.stack.OfType("aws_route_table_association") {
		if !slices.Contains(association.Refers("subnet_id"), subnet.Address()) {
			continue
		}
		for _, table := range b.stack.OfType("aws_route_table") {
			if !slices.Contains(association.Refers("route_table_id"), table.Address()) {
				continue
			}
			b.belong(subnet.Address(), association, table)
			for _, route := range one(table).List("route") {
				to := ""
				for key, name := range routeTargets {
					if synthesized.Text(synthesized.Get(route, key)) != "" {
						to = name
					}
				}
				destination := cmp.Or(synthesized.Text(synthesized.Get(route, "cidr_block")), synthesized.Text(synthesized.Get(route, "destination_prefix_list_id")))
				all = append(all, destination+" → "+to)
			}
		}
	}
	return strings.Join(all, "\n")
}

// noParts are types of resources that need no place of their own: they refer to
// nothing, and say nothing about how the parts work together.
var noParts = map[string]bool{"aws_cloudwatch_query_definition": true}

// routeTargets are the arguments of a route that name its target.
var routeTargets = map[string]string{
	"gateway_id": "Internet gateway", "nat_gateway_id": "NAT gateway", "transit_gateway_id": "transit gateway", "vpc_peering_connection_id": "peering",
	"vpc_endpoint_id": "endpoint", "network_interface_id": "network interface", "egress_only_gateway_id": "egress-only gateway", "local_gateway_id": "local gateway",
	"carrier_gateway_id": "carrier gateway", "core_network_arn": "core network",
}

// cluster draws services and the roles of their tasks.
func (b *builder) cluster() {
	services := b.stack.OfType("aws_ecs_service")
	if len(services) == 0 {
		return
	}
	box := &Box{ID: "ecs", Class: "group", Title: "ECS cluster", Columns: 2}
	for _, r := range b.stack.OfType("aws_ecs_cluster") {
		box.Title = "ECS cluster " + one(r).Text("name")
		b.show("region.ecs", r)
	}
	b.region.Boxes = append(b.region.Boxes, box)
	prefect := &Box{ID: "prefect", Title: "Prefect API", Class: "outside"}
	for _, r := range services {
		service, path := one(r), "region.ecs."+r.Name
		card := &Box{ID: r.Name, Icon: "architecture-service/AmazonElasticContainerService", Title: "Service " + service.Text("name"), Lines: b.tasks(service)}
		b.show(path, r)
		for _, definition := range b.stack.OfType("aws_ecs_task_definition") {
			if !slices.Contains(r.Refers("task_definition"), definition.Address()) {
				continue
			}
			b.belong(r.Address(), definition)
			task := one(definition)
			card.Lines = append(card.Lines, size(task)...)
			for _, c := range task.Containers() {
				for _, e := range c.Environment {
					if e.Name == "PREFECT_API_URL" {
						prefect.Lines = addOnce(prefect.Lines, host(e.Value))
					}
				}
			}
			b.uses("region.ecs", definition)
		}
		box.Boxes = append(box.Boxes, card)
		to := "prefect"
		if len(b.stack.OfType("aws_vpc")) > 0 {
			to = "region.vpc"
		}
		a := Arrow{From: "region.ecs", To: to, Up: true}
		a.Label = b.securityGroups(r, a.path())
		b.arrow(a)
	}
	if len(b.stack.OfType("aws_vpc")) > 0 {
		b.arrow(Arrow{From: "region.vpc", To: "prefect", Label: "HTTPS", Up: true})
	}
	b.picture.Boxes = append(b.picture.Boxes, prefect)
	b.roles(box)
}

// uses draws what a task definition refers to.
func (b *builder) uses(path string, definition synthesized.Resource) {
	for argument, role := range map[string]string{"execution_role_arn": "Execution role", "task_role_arn": "Task role"} {
		for _, address := range definition.Refers(argument) {
			b.serves[address] = append(b.serves[address], role)
		}
	}
	for _, address := range definition.Refers("container_definitions") {
		label := ""
		switch kind, _, _ := strings.Cut(address, "."); kind {
		case "aws_secretsmanager_secret":
			label = "reads at start"
		case "aws_cloudwatch_log_group":
			label = "writes"
		case "aws_sqs_queue":
			label = "polls"
		default:
			continue
		}
		b.arrow(Arrow{From: path, To: address, Label: label})
	}
}

// roles draws what the tasks may do: a card for each role of a task.
func (b *builder) roles(into *Box) {
	for _, r := range b.stack.OfType("aws_iam_role") {
		if b.ofTasks(r) {
			into.Boxes = append(into.Boxes, b.roleCard(r, b.roleTitle(r), "region.ecs."))
		}
	}
}

// roleCard is a role and what it may do, in the box at a path.
func (b *builder) roleCard(r synthesized.Resource, title, in string) *Box {
	box := &Box{ID: id(r.Address()), Icon: "resource/AWSIdentityAccessManagementRole", Title: title + " " + one(r).Text("name"), Lines: b.mayDo[r.Address()]}
	b.show(in+box.ID, r)
	return box
}

// roleTitle says what a role of tasks is for.
func (b *builder) roleTitle(role synthesized.Resource) string {
	serves := slices.Compact(slices.Sorted(slices.Values(b.serves[role.Address()])))
	if len(serves) == 0 {
		return "Flow run role"
	}
	return serves[0] + strings.ToLower(strings.Join(append([]string{""}, serves[1:]...), " and "))
}

// ofTasks says whether a role is one of the worker's tasks or of its flow runs'.
func (b *builder) ofTasks(role synthesized.Resource) bool {
	for _, service := range one(role).List("assume_role_policy") {
		if strings.Contains(synthesized.Text(service), "ecs-tasks.amazonaws.com") {
			return true
		}
	}
	return false
}

// policies are those of a role, inline and attached.
func (b *builder) policies(role synthesized.Resource) []synthesized.Resource {
	all := slices.Concat(b.stack.OfType("aws_iam_role_policy"), b.stack.OfType("aws_iam_role_policy_attachment"))
	return slices.DeleteFunc(all, func(p synthesized.Resource) bool { return !slices.Contains(p.Refers("role"), role.Address()) })
}

// role notes what a role may do.
func (b *builder) role(r synthesized.Resource) {
	actions := map[string][]string{}
	for _, policy := range b.policies(r) {
		b.belong(r.Address(), policy)
		for _, i := range policy.Instances() {
			may(actions, i)
		}
		for _, managed := range policy.Refers("policy_arn") {
			for _, m := range b.resource(managed) {
				may(actions, one(m))
				b.belong(r.Address(), m)
			}
		}
	}
	b.mayDo[r.Address()] = rights(actions)
}

// may adds what a policy allows, by service.
func may(actions map[string][]string, policy synthesized.Instance) {
	if arn := policy.Text("policy_arn"); arn != "" {
		if strings.HasPrefix(arn, "aws_iam_policy.") { // of this stack: what it allows is said instead
			return
		}
		actions[arn[strings.LastIndex(arn, "/")+1:]] = nil
		return
	}
	var document struct {
		Statement []struct {
			Effect string
			Action any
		}
	}
	if err := json.Unmarshal([]byte(policy.Text("policy")), &document); err != nil {
		return
	}
	for _, s := range document.Statement {
		if s.Effect != "Allow" {
			continue
		}
		all, ok := s.Action.([]any)
		if !ok {
			all = []any{s.Action}
		}
		for _, action := range all {
			service, name, _ := strings.Cut(fmt.Sprint(action), ":")
			if !slices.Contains(actions[service], name) {
				actions[service] = append(actions[service], name)
			}
		}
	}
}

// mostActions are as many actions as a card names.
const mostActions = 40

// rights are lines of what a role may do: its actions, or how many they are.
func rights(actions map[string][]string) []string {
	var all []string
	total := 0
	for _, names := range actions {
		total += len(names)
	}
	for _, service := range slices.Sorted(maps.Keys(actions)) {
		switch n := len(actions[service]); {
		case n == 0: // a managed policy
			all = append(all, service)
			continue
		case total > mostActions:
			all = append(all, fmt.Sprintf("%s: %s", service, english.Plural(n, "action", "")))
			continue
		}
		slices.Sort(actions[service])
		all = append(all, wrapped(service+": "+strings.Join(actions[service], ", "), 44))
	}
	return all
}

// stores draws what the tasks use and what their events reach.
func (b *builder) stores() {
	for _, kind := range []struct{ resource, icon, title, name string }{
		{"aws_ecr_repository", "architecture-service/AmazonElasticContainerRegistry", "ECR repository", "name"},
		{"aws_ecr_pull_through_cache_rule", "architecture-service/AmazonElasticContainerRegistry", "ECR pull-through cache", "upstream_registry_url"},
		{"aws_secretsmanager_secret", "architecture-service/AWSSecretsManager", "Secret", "name"},
		{"aws_service_discovery_private_dns_namespace", "architecture-service/AWSCloudMap", "Cloud Map namespace", "name"},
		{"aws_s3_bucket", "architecture-service/AmazonSimpleStorageService", "S3 bucket", "bucket"},
		{"aws_dynamodb_table", "architecture-service/AmazonDynamoDB", "DynamoDB table", "name"},
		{"aws_backup_plan", "architecture-service/AWSBackup", "Backup plan", "name"},
		{"aws_iam_openid_connect_provider", "resource/AWSIdentityAccessManagementRole", "OpenID Connect provider", "url"},
		{"aws_efs_file_system", "architecture-service/AmazonEFS", "EFS file system", "creation_token"},
	} {
		for _, r := range b.stack.OfType(kind.resource) {
			box := &Box{ID: id(r.Address()), Icon: kind.icon, Title: kind.title, Lines: []string{wrapped(one(r).Text(kind.name), 40)}}
			if len(r.Instances()) == 0 {
				box.Lines = append(box.Lines, "not with the variables' defaults")
			}
			b.show("region."+box.ID, r)
			b.region.Boxes = append(b.region.Boxes, box)
			if kind.resource == "aws_ecr_repository" {
				b.arrow(Arrow{From: "region.ecs", To: r.Address(), Label: "pulls images"})
			}
		}
	}
	b.queues()
	b.logGroups()
}

// otherRoles draws the roles of neither tasks nor functions nor flow logs, such as a workflow's.
func (b *builder) otherRoles() {
	for _, r := range b.stack.OfType("aws_iam_role") {
		if b.seen[r.Address()] || slices.ContainsFunc(b.users[r.Address()], func(user string) bool {
			return b.seen[user] && !strings.HasPrefix(user, "aws_iam_role_policy.") && !strings.HasPrefix(user, "aws_iam_role_policy_attachment.")
		}) {
			continue
		}
		b.region.Boxes = append(b.region.Boxes, b.roleCard(r, "Role", "region."))
	}
}

// resource is the stack's resource of an address.
func (b *builder) resource(address string) []synthesized.Resource {
	return slices.DeleteFunc(b.stack.Resources(), func(r synthesized.Resource) bool { return r.Address() != address })
}

// queues draws queues; a dead-letter queue is a line of the queue it serves.
func (b *builder) queues() {
	all := b.stack.OfType("aws_sqs_queue")
	dead := map[string]bool{}
	for _, r := range all {
		for _, address := range r.Refers("redrive_policy") {
			dead[address] = true
		}
	}
	for _, r := range all {
		if dead[r.Address()] {
			continue
		}
		box := &Box{ID: id(r.Address()), Icon: "architecture-service/AmazonSimpleQueueService", Title: "Queue", Lines: lines(one(r).Text("name"))}
		b.show("region."+box.ID, r)
		for _, address := range r.Refers("redrive_policy") {
			box.Lines = append(box.Lines, "and "+one(b.resource(address)[0]).Text("name"))
			b.belong(r.Address(), b.resource(address)...)
		}
		b.region.Boxes = append(b.region.Boxes, box)
	}
}

// logGroups draws all log groups in one card.
func (b *builder) logGroups() {
	all := b.stack.OfType("aws_cloudwatch_log_group")
	if len(all) == 0 {
		return
	}
	box := &Box{ID: "log_groups", Icon: "resource/AmazonCloudWatchLogs", Title: plural(len(all), "log group")}
	for _, r := range all {
		line := one(r).Text("name")
		if days := one(r).Text("retention_in_days"); days != "" && days != "0" {
			line += ", " + days + " days"
		}
		box.Lines = append(box.Lines, line)
		b.show("region.log_groups", r)
	}
	b.region.Boxes = append(b.region.Boxes, box)
}

// monitoring draws what watches the stack, and whom it tells.
func (b *builder) monitoring() {
	group := &Box{ID: "monitoring", Class: "group", Title: "Monitoring", Columns: 1}
	for _, kind := range []struct{ id, resource, icon, title, name string }{
		{"alarms", "aws_cloudwatch_metric_alarm", "resource/AmazonCloudWatchAlarm", "alarm", ""},
		{"rules", "aws_cloudwatch_event_rule", "resource/AmazonEventBridgeRule", "event rule", "description"},
		{"functions", "aws_lambda_function", "architecture-service/AWSLambda", "function", "function_name"},
		{"dashboards", "aws_cloudwatch_dashboard", "architecture-service/AmazonCloudWatch", "dashboard", "dashboard_name"},
		{"topics", "aws_sns_topic", "architecture-service/AmazonSimpleNotificationService", "topic", "name"},
	} {
		all := b.stack.OfType(kind.resource)
		if len(all) == 0 {
			continue
		}
		path := "region.monitoring." + kind.id
		box := &Box{ID: kind.id, Icon: kind.icon, Title: plural(len(all), kind.title)}
		var names []string
		for _, r := range all {
			if kind.name == "" {
				names = append(names, strings.ReplaceAll(r.Name, "_", " "))
			} else {
				box.Lines = append(box.Lines, wrapped(cmp.Or(one(r).Text(kind.name), one(r).Text("name")), 44))
			}
			for _, role := range r.Refers("role") {
				box.Lines = append(box.Lines, b.mayDo[role]...)
				b.drawn[r.Address()] = path
				b.belong(r.Address(), b.resource(role)...)
			}
			b.show(path, r)
		}
		if names != nil {
			box.Lines = []string{wrapped(strings.Join(names, ", "), 40)}
		}
		group.Boxes = append(group.Boxes, box)
	}
	if len(group.Boxes) == 0 {
		return
	}
	for _, r := range b.stack.OfType("aws_cloudwatch_event_target") {
		for _, rule := range r.Refers("rule") {
			b.owners[r.Address()] = rule
		}
		b.seen[r.Address()] = true
		for _, address := range r.Refers("arn") {
			if !strings.HasPrefix(b.drawn[address], "region.monitoring.") {
				b.arrow(Arrow{From: "region.monitoring", To: address, Label: "events"})
			}
		}
	}
	for _, r := range b.stack.OfType("aws_sns_topic_subscription") {
		b.seen[r.Address()] = true
		for _, topic := range r.Refers("topic_arn") {
			b.owners[r.Address()] = topic
		}
		for _, i := range r.Instances() {
			endpoint := cmp.Or(i.Text("endpoint"), i.Text("protocol"))
			for _, address := range r.Refers("topic_arn") {
				for _, box := range group.Boxes {
					if b.drawn[address] == "region.monitoring."+box.ID {
						box.Lines = append(box.Lines, "to "+endpoint)
					}
				}
			}
		}
	}
	b.region.Boxes = append(b.region.Boxes, group)
}

// others notes what belongs to a resource that is drawn, and lists what is left.
func (b *builder) others() {
	all := b.stack.Resources()
	isLeft := func(r synthesized.Resource) bool { return !b.seen[r.Address()] }
	for _, r := range b.stack.OfType("aws_kms_key") { // of whoever uses it, where that is drawn
		if !b.belongs(r) {
			box := &Box{ID: id(r.Address()), Icon: "architecture-service/AWSKeyManagementService", Title: "KMS key", Lines: []string{wrapped(one(r).Text("description"), 40)}}
			b.show("region."+box.ID, r)
			b.region.Boxes = append(b.region.Boxes, box)
		}
	}
	for found := true; found; { // what belongs to what belongs
		found = false
		for _, r := range all {
			if isLeft(r) && b.belongs(r) {
				b.seen[r.Address()] = true
				found = true
			}
		}
	}
	var left []string
	for _, r := range all {
		if isLeft(r) {
			b.place("region.others", r.Address())
			left = append(left, r.Address())
		}
	}
	if len(left) > 0 {
		b.region.Boxes = append(b.region.Boxes, &Box{ID: "others", Title: "Besides", Lines: left})
	}
	// Arrows name resources; now it is known where they are drawn.
	arrows := b.picture.Arrows
	b.picture.Arrows = nil
	for _, a := range arrows {
		if a.To = b.path(a.To); a.To != "" {
			b.arrow(a)
		}
	}
}

// belongs says whether a resource refers to one that the picture has, or one of
// those to it.
func (b *builder) belongs(r synthesized.Resource) bool {
	return noParts[r.Type] || slices.ContainsFunc(b.near(r), func(address string) bool { return b.seen[address] })
}

// near is what a resource refers to, and then what refers to it.
func (b *builder) near(r synthesized.Resource) []string {
	return slices.Concat(b.refers[r.Address()], b.users[r.Address()])
}

func (b *builder) path(to string) string {
	if kind, _, ok := strings.Cut(to, "."); ok && strings.HasPrefix(kind, "aws_") {
		return b.drawn[to]
	}
	return to
}

func (b *builder) arrow(a Arrow) {
	if !slices.Contains(b.picture.Arrows, a) {
		b.picture.Arrows = append(b.picture.Arrows, a)
	}
}
