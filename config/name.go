package config

import "strings"

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
