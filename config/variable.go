package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// Variable is a Terraform variable that exposes a setting.
type Variable struct {
	Name, Type, Description string
	Default                 any // nil: none, Terraform asks for it
	Sensitive               bool
	Ephemeral               bool // neither the state nor a plan file keeps the value
	Nullable                bool
	Validations             []Validation
}

// Validation is what Terraform checks of a variable.
type Validation struct{ Condition, ErrorMessage string }

// eachVariable visits the settings that a variable may expose.
func eachVariable(visit func(path string, f *settings.Field)) {
	var section func(t reflect.Type, a at)
	section = func(t reflect.Type, a at) {
		fields := settings.Fields(t)
		for i := range fields {
			f := &fields[i]
			child := a.child(f.Key, f)
			if f.Variable != "" {
				visit(child.path, f)
			} else if f.Type.Kind() == reflect.Struct {
				section(f.Type, child)
			}
		}
	}
	section(reflect.TypeFor[settings.Environment](), at{})
}

// terraformVariables describes the variables of an environment, in the order of
// their settings' names.
func (e *Environment) terraformVariables() []Variable {
	all := map[string]Variable{}
	eachVariable(func(path string, f *settings.Field) {
		if name := e.variableAt(path); name != "" {
			v := Variable{Name: name, Description: f.Variable}
			for _, c := range e.conditions(&v, path, f) {
				v.Validations = append(v.Validations, Validation{
					Condition:    "${" + fmt.Sprintf(c.Condition, "var."+name) + "}",
					ErrorMessage: name + ": " + fmt.Sprintf(c.Message+"%[2]s", "var."+name, ""),
				})
			}
			all[path] = v
		}
	})
	var ordered []Variable
	for _, path := range slices.Sorted(maps.Keys(all)) {
		ordered = append(ordered, all[path])
	}
	return ordered
}

// conditions sets what depends on the setting's type and value, and lists what
// Terraform checks: the setting's rule, and what other settings ask of it.
func (e *Environment) conditions(v *Variable, path string, f *settings.Field) []settings.Condition {
	switch value := e.valueAt(path).(type) {
	case settings.Switch:
		v.Type, v.Default, v.Nullable = "bool", value.Value, true
		return []settings.Condition{{Condition: `%[1]s != null`, Message: `got null, want true or false`}}
	case settings.Number:
		v.Type, v.Default = "number", value.Value
		low, high := f.Rule.Range[0], f.Rule.Range[1]
		all := []settings.Condition{{
			Condition: fmt.Sprintf(`%%[1]s >= %d && %%[1]s <= %d && floor(%%[1]s) == %%[1]s`, low, high),
			Message:   fmt.Sprintf(`got ${%%[1]s}, want a whole number from %d to %d`, low, high),
		}}
		if path == "worker.desiredCount" {
			all = append(all, e.deploymentRoom()...)
		}
		return all
	case *string:
		v.Type = "string"
		if value == nil { // must be given
			if !e.Terraform.PromptForVariables {
				v.Default = ""
			}
			v.Description = "URL of the Prefect API: https://api.prefect.cloud/api/accounts/<account>/workspaces/<workspace> or a self-hosted server's."
			return append(f.Rule.Validations(false), e.reachable()...)
		}
		v.Default = *value
		return append(f.Rule.Validations(true), e.reachable()...)
	case string:
		v.Type, v.Default = "string", value
	}
	switch path {
	case "secret.value":
		// No validation: Terraform would print the value where one fails.
		v.Sensitive, v.Ephemeral = true, e.Secret.WriteOnly()
		if e.Secret.Create.Value && !e.exposes(&e.Secret.Create) && e.Terraform.PromptForVariables {
			v.Default = nil // the secret is always made from it; else a precondition wants it
		}
		return nil
	case "network.cidrBlock":
		newBits := max(e.Network.SubnetNewBits, e.Network.PublicSubnetNewBits)
		bits := 28 - newBits
		return append(f.Rule.Validations(false), settings.Condition{
			Condition: fmt.Sprintf(`try(tonumber(split("/", %%[1]s)[1]) >= 16 && tonumber(split("/", %%[1]s)[1]) <= %d, true)`, bits),
			Message:   fmt.Sprintf(`got "${%%[1]s}", want a range between /16 and /%d: the VPC is cut into subnets that are %d bits smaller, and AWS allows /28 at the smallest`, bits, newBits),
		})
	case "nameTag":
		if slices.ContainsFunc(e.securityGroups(), func(g *settings.SecurityGroup) bool { return strings.Contains(g.Name, "{nameTag}") }) { // a tag's value may have any letter, a security group's name ASCII alone
			return append(f.Rule.Validations(false), settings.Condition{Condition: `can(regex("^[ -~]*$", %[1]s))`, Message: `got "${%[1]s}", want ASCII letters: the security group is named by it`})
		}
	}
	return f.Rule.Validations(f.Optional)
}

// valueAt is the value of the setting at a path.
func (e *Environment) valueAt(path string) any {
	v := reflect.ValueOf(&e.Environment).Elem()
	for _, key := range strings.Split(path, ".") {
		fields := settings.Fields(v.Type())
		v = fields[slices.IndexFunc(fields, func(f settings.Field) bool { return f.Key == key })].Of(v)
	}
	return v.Interface()
}

// deploymentRoom says the rule on deployments to the variable that exposes the
// desired count, where there are counts that break it.
func (e *Environment) deploymentRoom() []settings.Condition {
	var all []settings.Condition
	for _, w := range e.Workers() {
		d := w.Deployment
		if d == nil || !e.exposes(&w.DesiredCount) || d.MaximumPercent-d.MinimumHealthyPercent >= 100 {
			continue
		}
		all = append(all, settings.Condition{
			Condition: fmt.Sprintf("%%[1]s == 0 || floor(%%[1]s * %d / 100) > ceil(%%[1]s * %d / 100)", d.MaximumPercent, d.MinimumHealthyPercent),
			Message: fmt.Sprintf("got ${%%[1]s}, with which minimumHealthyPercent %d and maximumPercent %d of %s never let a task be replaced, want another count",
				d.MinimumHealthyPercent, d.MaximumPercent, e.Path(&w.Deployment)),
		})
	}
	return all
}

// reachable checks that the security group lets the worker reach a URL's port:
// otherwise it would only log timeouts. What is no URL is another check's.
func (e *Environment) reachable() []settings.Condition {
	var all []settings.Condition
	for _, g := range e.securityGroups() {
		if g == &e.SecurityGroup || e.Own(&g.Egress) { // else it is the stack's
			all = append(all, reachableFrom(g, e.Path(&g.Egress))...)
		}
	}
	return all
}

func reachableFrom(g *settings.SecurityGroup, path string) []settings.Condition {
	ports := g.TCPEgress()
	if slices.Contains(ports, settings.AllPorts) {
		return nil
	}
	const (
		urls = `for url in regexall("^(https?)://[^/]*?(?::([0-9]+))?/", %[1]s)`
		port = `coalesce(url[1], url[0] == "http" ? "80" : "443")`
	)
	var ranges, words []string
	for _, r := range ports {
		ranges = append(ranges, fmt.Sprintf("[%d, %d]", r[0], r[1]))
		words = append(words, r.String())
	}
	return []settings.Condition{{
		Condition: `try(alltrue([` + urls + ` : anytrue([for ports in [` + strings.Join(ranges, ", ") + `] : ` + port + ` >= ports[0] && ` + port + ` <= ports[1]])]), true)`,
		Message: `got "${%[1]s}" on port ${join("", [` + urls + ` : ` + port + `])}, want one of the TCP ports that ` + path + ` opens (` + strings.Join(words, ", ") +
			`); add a rule for the server's port to it in the environment file`,
	}}
}
