package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// checkAcross applies the rules that span sections.
func (e *Environment) checkAcross() {
	e.checkPartition()
	e.checkTags()
	e.checkLockTable()
	e.checkVariables()
	e.checkOutputs()
	e.checkResourceNames()
	e.checkNetwork()
	e.checkReach()
	e.checkSecret()
	e.checkPrefect()
	e.checkRoles()
	e.checkCrashEvents()
	e.checkMonitoring()
	e.checkWorkers()
	e.checkNames()
}

// exposable are the settings that terraform.variables may expose.
func exposable() []string {
	var all []string
	eachVariable(func(path string, _ *settings.Field) { all = append(all, path) })
	return all
}

// exposes says whether a variable exposes a setting.
func (e *Environment) exposes(field any) bool { return e.variable(field) != "" }

// variable is the Terraform variable that exposes a setting, or "". What an
// additional worker leaves out is the first one's, variable and all.
func (e *Environment) variable(field any) string {
	path := e.Path(field)
	if worker, setting, ok := strings.Cut(path, "]."); ok && strings.HasPrefix(worker, "additionalWorkers[") {
		if e.sets(path) {
			return ""
		}
		path = "worker." + setting
		if setting == "workPool" {
			path = "prefect.workPool"
		}
	}
	for _, name := range slices.Sorted(maps.Keys(e.Terraform.Variables)) {
		if e.Terraform.Variables[name] == path {
			return name
		}
	}
	return ""
}

// sets says whether the file or its preset has a setting.
func (e *Environment) sets(path string) bool {
	return e.has(path) || e.preset != nil && e.preset.has(path)
}

// removed writes the terraform.variables that would expose none of these.
func (e *Environment) removed(fields ...any) string {
	var entries []string
	for _, field := range fields {
		if name := e.variable(field); name != "" {
			entries = append(entries, name+`: ""`)
		}
	}
	return strings.Join(entries, ", ")
}

// partitions of AWS, by what their regions' names begin with.
// https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html
var partitions = map[string]string{"cn-": "aws-cn", "us-gov-": "aws-us-gov", "us-iso-": "aws-iso", "us-isob-": "aws-iso-b", "eu-isoe-": "aws-iso-e", "us-isof-": "aws-iso-f", "eusc-": "aws-eusc"}

func (e *Environment) checkPartition() {
	want := "aws"
	for prefix, partition := range partitions {
		if strings.HasPrefix(e.Region, prefix) {
			want = partition
		}
	}
	if e.Partition != "" && e.Partition != want && !e.Wrong(&e.Partition) && !e.Wrong(&e.Region) {
		e.Fail(&e.Partition, "got %q with region %s, which is in %s; want that, or \"\" to read it from the account", e.Partition, e.Region, want)
	}
}

// checkTags: IAM takes one key for another that differs in case alone.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_tags.html
func (e *Environment) checkTags() {
	seen := map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(e.Tags)) {
		lower := strings.ToLower(key)
		if first, ok := seen[lower]; ok {
			e.FailKey(&e.Tags, key, "got %q and %q, which differ in case alone: IAM takes them for one key; remove one", first, key)
		}
		seen[lower] = key
	}
}

// checkLockTable: a table of the preset is no mistake, one of the file is.
func (e *Environment) checkLockTable() {
	if s3 := e.Terraform.Backend.S3; s3 != nil && s3.Lock == settings.LockS3 && s3.DynamoDBTable != "" && e.has(e.Path(&s3.DynamoDBTable)) {
		e.Fail(&s3.DynamoDBTable, "got %q with lock s3, which uses no table; remove it, or set lock: both", s3.DynamoDBTable)
	}
}

func (e *Environment) checkVariables() {
	all, exposed, variables := exposable(), map[string]string{}, e.Terraform.Variables
	for _, name := range slices.Sorted(maps.Keys(variables)) {
		setting := variables[name]
		if setting == "" {
			continue
		}
		if !slices.Contains(all, setting) {
			e.FailKey(&e.Terraform.Variables, name, "%s", settings.NotOneOf(setting, all))
		} else if first, ok := exposed[setting]; ok {
			e.FailKey(&e.Terraform.Variables, name, "got %s, which variable %s exposes already", setting, first)
		}
		exposed[setting] = name
	}
}

// checkOutputs refuses outputs of what the stack does not have.
func (e *Environment) checkOutputs() {
	for i, name := range e.Terraform.Outputs {
		fail := func(format string, args ...any) { e.FailIndex(&e.Terraform.Outputs, i, format, args...) }
		switch {
		case name == "repository_url" && e.Repository == nil:
			fail("got %q, but repository is null; remove one of them", name)
		case name == "work_pool_variables" && e.Worker.Type == settings.TypeProcess:
			fail("got %q with worker.type process, whose work pool takes none of them; remove it", name)
		case name == "put_secret_value_command" && !(e.Secret.Create.Value && e.Secret.ValueOutside()):
			fail("got %q, but Terraform sets the secret's value or the secret is a given one; remove it, or set secret.create: true and secret.valueManagedBy: outside", name)
		}
	}
}

// checkResourceNames keeps addresses unique, those of additional workers too:
// Terraform's JSON would let one resource of a type silently replace another of
// the same name.
func (e *Environment) checkResourceNames() {
	names := e.Terraform.ResourceNames
	for _, address := range slices.Sorted(maps.Keys(names)) {
		if !slices.Contains(settings.Addresses, address) {
			e.FailKey(&e.Terraform.ResourceNames, address, "no such resource: %s", settings.NotOneOf(address, settings.Addresses))
		}
	}
	taken := map[string]string{}
	take := func(address, at string) {
		if first, ok := taken[at]; ok {
			_, name, _ := strings.Cut(at, ".")
			e.FailKey(&e.Terraform.ResourceNames, address, "got %q, which %s has already", name, first)
		}
		taken[at] = address
	}
	for _, w := range e.Workers()[1:] {
		for _, address := range settings.WorkerAddresses {
			kind, name, _ := strings.Cut(address, ".")
			taken[kind+"."+w.ID+"_"+name] = address + " of worker " + w.ID
		}
	}
	for _, address := range settings.Addresses {
		kind, name, _ := strings.Cut(address, ".")
		if renamed, ok := names[address]; ok {
			name = renamed
		}
		take(address, kind+"."+name)
	}
}

func (e *Environment) checkSecret() {
	s := &e.Secret
	create, selfHosted := e.exposes(&s.Create), e.Prefect.SelfHosted()
	if (s.Create.Value || create) && s.Name == "" {
		e.Fail(&s.Name, "got no value, want %s", settings.Rules["secretName"].Wanted)
	}
	switch {
	case e.Wrong(&s.Value) || e.Wrong(&s.ARN):
	case s.Create.Value && !e.exposes(&s.Value) && !s.ValueOutside():
		e.Fail(&s.Create, "got true, but no variable exposes secret.value; add terraform.variables: {prefect_api_key: secret.value}")
	case !e.hasSecret() && !selfHosted:
		e.Fail(s, "got neither create nor arn: the worker could not authenticate; set secret.create: true or secret.arn")
	}
	if variables := e.removed(&s.Value, &s.Create); s.ValueOutside() && variables != "" {
		e.Fail(&s.ValueManagedBy, "got outside with variables for a value from Terraform; remove them: terraform.variables: {%s}", variables)
	}
	if s.ValueOutside() && !s.Create.Value && !create {
		e.Fail(&s.ValueManagedBy, "got outside with secret.create false: a given secret's value is never touched; remove it")
	}
	if e.Prefect.APIURL != nil && s.EnvironmentName == settings.AuthStringName && !selfHosted && !e.exposes(&e.Prefect.APIURL) {
		e.Fail(&s.EnvironmentName, "got %s with Prefect Cloud, which takes PREFECT_API_KEY; set prefect.apiUrl to the self-hosted server, or remove it", s.EnvironmentName)
	}
	if variables := e.removed(&s.ARN, &s.Create); s.IsParameter() && variables != "" {
		e.Fail(&s.ARN, "got an SSM parameter with variables for a secret of Secrets Manager; remove them: terraform.variables: {%s}", variables)
	}
}

// hasSecret says whether the worker has a secret, or may have one by a variable.
func (e *Environment) hasSecret() bool {
	s := &e.Secret
	return s.Create.Value || s.ARN != "" || e.exposes(&s.Create) || e.exposes(&s.ARN)
}

func (e *Environment) checkPrefect() {
	p := &e.Prefect
	if p.APIURL == nil {
		if !e.exposes(&p.APIURL) {
			e.Fail(&p.APIURL, "got no value and no variable that exposes it, want %s, or \"\" for Prefect Cloud by account and workspace", settings.Rules["apiURL"].Wanted)
		}
		return
	}
	for _, id := range []*string{&p.AccountID, &p.WorkspaceID} {
		if *p.APIURL == "" && *id == "" && !e.exposes(id) {
			e.Fail(id, "got no value, want %s", settings.Rules["uuid"].Wanted)
		}
	}
}

// MakesTaskRole says whether the stack has a role for workers that start flow
// runs as tasks of their own.
func (e *Environment) makesTaskRole() bool {
	return e.AnyWorker(func(w *settings.Worker) bool { return w.LeastPrivilege() && w.Type == settings.TypeECS })
}

func (e *Environment) checkRoles() {
	r := &e.TaskExecutionRole
	if r.Permissions == settings.LeastPrivilege && (e.exposes(&e.Secret.Create) || e.exposes(&e.Secret.ARN)) && !e.Wrong(&r.AttachECRReadOnlyPolicy) {
		e.Fail(&r.Permissions, "got least-privilege with variables that may leave the stack without a secret, and then the role reads every one; say which secret it is here: terraform.variables: {%s}",
			e.removed(&e.Secret.Create, &e.Secret.ARN))
	}
	for _, w := range e.Workers() {
		path := strings.TrimSuffix(e.Path(&w.Permissions), ".permissions")
		switch {
		case w.LeastPrivilege() && w.Type == "":
			e.Fail(&w.Permissions, "got %s without a type, which says what the role must allow; set %s.type: ecs", w.Permissions, path)
		case w.LeastPrivilege() && w.Type == settings.TypeProcess && e.FlowRunRole == nil:
			e.Fail(&w.Permissions, "got %s with type process, which runs flows in its own task, and no flowRunRole, which would be its role", w.Permissions)
		case w.Permissions == settings.PermissionsNone && w.Type == settings.TypeProcess && e.FlowRunRole != nil:
			e.Fail(&w.Permissions, "got none with type process and a flowRunRole, which its flows would not get; set %s.permissions: least-privilege", path)
		}
	}
	if e.makesTaskRole() && e.TaskRole == nil {
		e.Fail(&e.TaskRole, "missing, want at least its name, such as taskRole: {name: \"{nameTag}-worker\"}")
	}
}

func (e *Environment) checkCrashEvents() {
	if e.CrashEvents == nil {
		return
	}
	if !e.AnyWorker(func(w *settings.Worker) bool { return w.Type != settings.TypeProcess }) {
		e.Fail(&e.CrashEvents, "set, but a worker of type process starts no tasks and would never read the queue; remove it, or set worker.type: ecs")
	}
	const name = settings.QueueNameVariable
	for _, w := range e.Workers() {
		if w.Permissions == settings.PermissionsNone && w.Type != settings.TypeProcess {
			e.Fail(&w.Permissions, "got none with crashEvents, whose queue the worker reads with a task role; set %s: least-privilege", e.Path(&w.Permissions))
		}
		if _, ok := w.Environment[name]; ok {
			e.FailKey(&w.Environment, name, "set here, want crashEvents.queueName alone: the worker would watch another queue")
		}
		if _, ok := w.Secrets[name]; ok {
			e.FailKey(&w.Secrets, name, "set here, want crashEvents.queueName alone: the task definition would have it twice")
		}
	}
}

func (e *Environment) checkMonitoring() {
	m := e.Monitoring
	if m == nil || e.Wrong(&m.NamePrefix) {
		return
	}
	derived := func(field any, name, rule string) {
		if err := settings.Rules[rule].Text(e.Expand(name)); err != nil && !e.Wrong(field) {
			e.Fail(field, "%s", err)
		}
	}
	if m.Events.Any() {
		derived(&m.NamePrefix, m.NamePrefix+"-failed-deployments", "ruleName")
	}
	for _, w := range e.Workers() {
		derived(&m.NamePrefix, m.NamePrefix+"-"+w.ServiceName+"-running-tasks", "alarmName")
	}
	if t := m.Topic; t != nil && t.ExistingTopicARN == "" && t.Name == "" {
		derived(&m.NamePrefix, m.TopicName(), "topicName")
	}
	if m.Alarms.RunningTasks != nil && !e.Cluster.HasInsights() && !e.Wrong(&e.Cluster.ContainerInsights) {
		e.Fail(&m.Alarms.RunningTasks, "got it without Container Insights, which has the metrics; set cluster.containerInsights: enhanced, or runningTasks: null")
	}
	if m.Alarms.DeadLetters != nil && e.CrashEvents == nil {
		e.Fail(&m.Alarms.DeadLetters, "got it without crashEvents, whose queue it watches; set crashEvents: {queueName: \"{nameTag}-ecs-events\"}, or deadLetters: null")
	}
}

// checkWorkers keeps the workers' names apart, and the secret's variable.
func (e *Environment) checkWorkers() {
	workers := e.Workers()
	for i, w := range workers {
		name := e.Secret.Variable()
		if _, ok := w.Secrets[name]; ok && name != settings.APIKeyName && !e.Wrong(&w.Secrets) {
			e.FailKey(&w.Secrets, name, "set here, want the section secret: the task definition would have it twice")
		}
		if i == 0 || w.ID == "" {
			continue // all that is derived from a missing name would be wrong too
		}
		a := &e.AdditionalWorkers[i-1]
		for _, unique := range []func(*settings.AdditionalWorker) *string{
			func(a *settings.AdditionalWorker) *string { return &a.Name },
			func(a *settings.AdditionalWorker) *string { return &a.ServiceName },
			func(a *settings.AdditionalWorker) *string { return &a.Family },
			func(a *settings.AdditionalWorker) *string { return &a.LogStreamPrefix },
		} {
			mine := unique(a)
			for j, other := range workers[:i] {
				theirs := unique(&settings.AdditionalWorker{Name: other.ID, Worker: *other.Worker})
				if *theirs == *mine {
					at := "worker"
					if j > 0 {
						at = fmt.Sprintf("additionalWorkers[%d]", j-1)
					}
					e.Fail(mine, "got %q, which %s has already", *mine, at)
				}
			}
		}
	}
}

// checkNames finds names that AWS takes once: of roles, in any case of their
// letters, of log groups, and of security groups in a VPC.
func (e *Environment) checkNames() {
	type name struct {
		field any
		text  string
	}
	roles := []name{{&e.TaskExecutionRole.Name, e.TaskExecutionRole.Name}}
	groups := []name{{&e.LogGroup.Name, e.LogGroup.Name}}
	securityGroups := []name{{&e.SecurityGroup.Name, e.SecurityGroup.Name}}
	if r := e.TaskRole; r != nil && e.makesTaskRole() {
		roles = append(roles, name{&r.Name, r.Name})
	}
	if r := e.FlowRunRole; r != nil && r.ARN == "" {
		roles = append(roles, name{&r.Name, r.Name})
	}
	if l := e.FlowRunLogGroup; l != nil {
		groups = append(groups, name{&l.Name, l.Name})
	}
	if f := e.Network.FlowLogs; f != nil && e.Network.Existing == nil {
		roles, groups = append(roles, name{&f.RoleName, f.RoleName}), append(groups, name{&f.LogGroupName, f.LogGroupName})
	}
	if p := e.Network.Endpoints; p != nil && e.Network.Existing == nil && len(p.Interface) > 0 {
		securityGroups = append(securityGroups, name{&p.SecurityGroupName, p.SecurityGroupName})
	}
	once := func(what string, names []name, fold bool) {
		seen := map[string]string{}
		for _, n := range names {
			key := e.Expand(n.text)
			if fold {
				key = strings.ToLower(key)
			}
			if first, ok := seen[key]; ok && key != "" && !e.Wrong(n.field) {
				e.Fail(n.field, "got %q, the name of %s too; AWS takes one %s of a name, want another", n.text, first, what)
			}
			seen[key] = e.Path(n.field)
		}
	}
	once("role", roles, true)
	once("log group", groups, false)
	once("security group", securityGroups, false)
}
