package config

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// Resolved is an environment with everything resolved: each text of its settings
// is a Terraform template, and what only the whole environment knows stands
// beside them. Package stacks needs nothing else.
type Resolved struct {
	settings.Environment
	Variables []Variable

	APIURL           string // of the API that the workers poll
	MakesTaskRole    bool
	FlowRunsInPublic bool // flow runs need public addresses: nothing else leads out

	// SecretARNs are the ARNs behind the workers' secrets as IAM takes them,
	// without ":json-key:stage:version", by service: "secretsmanager" and "ssm".
	SecretARNs map[string][]string
}

// Resolve turns an environment's settings into what Terraform reads: text is
// escaped, braces are replaced, and a setting that a variable exposes becomes
// "${var.x}".
func (e *Environment) Resolve() *Resolved {
	s := &Resolved{
		Environment:      clone(e.Environment),
		Variables:        e.terraformVariables(),
		MakesTaskRole:    e.makesTaskRole(),
		FlowRunsInPublic: e.Worker.AssignPublicIP && e.Network.Existing == nil && e.Network.NATGateways == settings.NATNone,
		SecretARNs:       e.secretARNs(),
	}
	// What all zones share has the first number.
	if tags := &s.Network.NameTags; s.Network.NATGateways != settings.NATPerZone {
		for _, tag := range []*string{&tags.PrivateRouteTable, &tags.EIP, &tags.NATGateway} {
			*tag = strings.ReplaceAll(*tag, "{number}", "1")
		}
	}
	s.Cluster.CapacityProviders = e.capacityProviders()
	r := resolver{Environment: e}
	r.section(reflect.ValueOf(&s.Environment).Elem(), "")
	s.APIURL = r.apiURL(&s.Prefect)
	return s
}

// capacityProviders are the providers that the cluster must know.
func (e *Environment) capacityProviders() []string {
	all := slices.Clone(e.Cluster.CapacityProviders)
	for _, w := range e.Workers() {
		for _, p := range w.CapacityProviderStrategy {
			all = append(all, p.CapacityProvider)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (e *Environment) secretARNs() map[string][]string {
	all := map[string][]string{}
	for _, w := range e.Workers() {
		for _, arn := range w.Secrets {
			fields := strings.Split(arn, ":")
			service := fields[2]
			if service == "secretsmanager" {
				arn = strings.Join(fields[:7], ":")
			}
			all[service] = append(all[service], arn)
		}
	}
	for service, arns := range all {
		slices.Sort(arns)
		all[service] = slices.Compact(arns)
	}
	return all
}

// resolver walks settings and replaces their texts by templates.
type resolver struct {
	*Environment
	workPool string // that braces mean in an additional worker with one of its own
}

func (r resolver) section(v reflect.Value, path string) {
	if a, ok := v.Addr().Interface().(*settings.AdditionalWorker); ok {
		r.workPool = a.WorkPool
	}
	fields := settings.Fields(v.Type())
	for i := range fields {
		f := &fields[i]
		r.setting(f.Of(v), f, at{path: path}.child(f.Key, f).path)
	}
}

func (r resolver) setting(v reflect.Value, f *settings.Field, path string) {
	reference := ""
	if f.Variable != "" || f.Key == "workPool" {
		if name := r.variableAt(path); name != "" {
			reference = "${var." + name + "}"
		}
	}
	switch s := v.Addr().Interface().(type) {
	case *settings.Number:
		s.Expression = reference
		return
	case *settings.Switch:
		s.Expression = reference
		return
	case *string:
		if reference != "" {
			*s = reference
			return
		}
	case **string:
		if reference != "" {
			*s = &reference
			return
		}
	}
	r.value(v, f, path)
}

func (r resolver) value(v reflect.Value, f *settings.Field, path string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(r.template(v.String(), f.Braces))
	case reflect.Pointer:
		if !v.IsNil() {
			r.value(v.Elem(), f, path)
		}
	case reflect.Struct:
		r.section(v, path)
	case reflect.Slice:
		for i := range v.Len() {
			r.value(v.Index(i), f, fmt.Sprintf("%s[%d]", path, i))
		}
	case reflect.Map:
		if v.IsNil() {
			return
		}
		resolved := reflect.MakeMap(v.Type())
		for _, key := range v.MapKeys() {
			value := reflect.New(v.Type().Elem()).Elem()
			value.Set(v.MapIndex(key))
			r.value(value, f, path)
			resolved.SetMapIndex(reflect.ValueOf(settings.Escape(key.String())), value)
		}
		v.Set(resolved)
	}
}

// template is a text as Terraform reads it. Literal parts are escaped together:
// apart, a $ at the end of one and a { at the beginning of the next would make
// an expression.
func (r resolver) template(text, mode string) string {
	if mode == "" {
		return settings.Escape(text)
	}
	var b strings.Builder
	literal := ""
	for _, p := range parts(text) {
		literal += p.text
		expression := ""
		switch {
		case p.setting == "":
		case p.setting == "number" && mode == "text":
			literal += "{number}" // free text may be JSON of its own
		case p.setting == "prefect.workPool" && r.workPool != "":
			literal += r.workPool
		case p.setting == "number":
			expression = "${count.index + 1}"
		case r.variableAt(p.setting) != "" && mode != "values":
			expression = "${var." + r.variableAt(p.setting) + "}"
		default:
			literal += r.Environment.setting(p.setting)
		}
		if expression != "" {
			b.WriteString(before(literal) + expression)
			literal = ""
		}
	}
	return b.String() + settings.Escape(literal)
}

// before makes text literal that an expression follows: the $ before ${ would
// escape it.
func before(text string) string {
	rest := strings.TrimRight(text, "$")
	if rest == text {
		return settings.Escape(text)
	}
	return settings.Escape(rest) + `${"` + text[len(rest):] + `"}`
}

// apiURL is the API the workers poll: the given one, or Prefect Cloud's for
// account and workspace where the given one is empty.
// https://docs.prefect.io/v3/how-to-guides/cloud/connect-to-cloud
func (r resolver) apiURL(resolved *settings.Prefect) string {
	name := r.variableAt("prefect.apiUrl")
	switch {
	case r.Prefect.APIURL == nil || name == "" && *r.Prefect.APIURL != "":
		return *resolved.APIURL
	case name == "":
		return "https://api.prefect.cloud/api/accounts/" + resolved.AccountID + "/workspaces/" + resolved.WorkspaceID
	}
	return fmt.Sprintf(`${var.%[1]s != "" ? var.%[1]s : "https://api.prefect.cloud/api/accounts/%s/workspaces/%s"}`, name, resolved.AccountID, resolved.WorkspaceID)
}
