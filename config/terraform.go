package config

import (
	"maps"
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// exposable are the settings that terraform.variables may expose.
func exposable() []string {
	var all []string
	eachVariable(func(path string, _ *settings.Field) { all = append(all, path) })
	return all
}

// exposes says whether a variable exposes a setting.
func (e *Environment) exposes(field any) bool { return e.variable(field) != "" }

// variable is the Terraform variable that exposes a setting, or "".
func (e *Environment) variable(field any) string { return e.variableAt(e.Path(field)) }

// variableAt is variable by the setting's path. What an additional worker
// leaves out is the first one's, variable and all.
func (e *Environment) variableAt(path string) string {
	if worker, setting, ok := strings.Cut(path, "]."); ok && strings.HasPrefix(worker, "additionalWorkers[") {
		switch {
		case e.sets(path):
			return ""
		case setting == "workPool":
			path = "prefect.workPool"
		default:
			path = "worker." + setting
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

// checkLockTable: a table of the preset is no mistake, one of the file is.
func (e *Environment) checkLockTable() {
	if s3 := e.Terraform.Backend.S3; s3 != nil && s3.Lock == settings.LockS3 && s3.DynamoDBTable != "" && e.Own(&s3.DynamoDBTable) {
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

// checkOutputs refuses outputs of what the stack does not have. Those of the preset
// are left out instead: the file has no line of them to remove.
func (e *Environment) checkOutputs() {
	outputs := &e.Terraform.Outputs
	if !e.Own(outputs) {
		*outputs = slices.DeleteFunc(slices.Clone(*outputs), func(name string) bool { return e.without(name) != "" })
	}
	for i, name := range *outputs {
		if why := e.without(name); why != "" {
			e.FailIndex(outputs, i, "got %q%s", name, why)
		}
	}
}

// without says why the stack does not have what an output is of, and what to change;
// "" where it has.
func (e *Environment) without(output string) string {
	existing := e.Network.Existing
	switch {
	case output == "repository_url" && e.Repository == nil:
		return ", but repository is null; remove one of them"
	case output == "work_pool_variables" && e.Worker.Type == settings.TypeProcess:
		return " with worker.type process, whose work pool takes none of them; remove it"
	case output == "put_secret_value_command" && !(e.Secret.Create.Value && e.Secret.ValueOutside()):
		return ", but Terraform sets the secret's value or the secret is a given one; remove it, or set secret.create: true and secret.valueManagedBy: outside"
	case (output == "public_route_table_ids" || output == "private_route_table_ids" || output == "nat_public_ips") && existing != nil:
		return " with network.existing, of which only VPC and subnets are known; remove it"
	case output == "public_subnets" && existing != nil && len(existing.PublicSubnetIDs) == 0,
		output == "private_subnets" && existing != nil && len(existing.PrivateSubnetIDs) == 0:
		return ", but network.existing names none; remove it"
	case output == "nat_public_ips" && e.Network.NATGateways == settings.NATNone:
		return " with network.natGateways none; remove it"
	case output == "task_role_arn" && !e.makesTaskRole():
		return ", but no worker has the role taskRole; remove it, or set worker.type: ecs with worker.permissions: least-privilege"
	case output == "flow_run_role_arn" && e.FlowRunRole == nil:
		return ", but flowRunRole is null; remove one of them"
	case output == "flow_run_log_group_name" && e.FlowRunLogGroup == nil:
		return ", but flowRunLogGroup is null, and flow runs log to log_group_name; remove one of them"
	case (output == "crash_events_queue_url" || output == "crash_events_queue_arn") && e.CrashEvents == nil:
		return ", but crashEvents is null; remove one of them"
	case output == "topic_arn" && (e.Monitoring == nil || e.Monitoring.Topic == nil):
		return ", but there is no monitoring.topic; remove one of them"
	}
	return ""
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
		for _, address := range slices.Concat(settings.WorkerAddresses, w.Own.Addresses()) {
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
