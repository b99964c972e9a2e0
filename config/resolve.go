package config

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// Resolved is an environment with everything resolved: each text of its settings
// is a Terraform template, and what only the whole environment knows is beside
// them. Package stacks needs nothing else.
type Resolved struct {
	settings.Environment
	Variables []Variable

	APIURL           string // of the API that the workers poll
	APIURLChecks     []Validation
	FlowRunsInPublic bool // flow runs need public addresses: nothing else leads out

	// SecretARNs are the ARNs behind the workers' secrets as IAM takes them,
	// without ":json-key:stage:version", by service: "secretsmanager", "ssm", and "s3"
	// of environment files; by the ID of the worker whose execution role reads them.
	SecretARNs map[string]map[string][]string
}

// Resolve turns an environment's settings into what Terraform reads: text is
// escaped, braces are replaced, and a setting that a variable exposes becomes
// "${var.x}".
func (e *Environment) Resolve() *Resolved {
	resolved := e.Environment
	resolved.Cluster.CapacityProviders = e.capacityProviders()
	// What all zones share has the first number.
	if tags := &resolved.Network.NameTags; resolved.Network.NATGateways != settings.NATPerZone {
		for _, tag := range []*string{&tags.PrivateRouteTable, &tags.EIP, &tags.NATGateway} {
			*tag = strings.ReplaceAll(*tag, "{number}", "1")
		}
	}
	resolved = copyOf(resolved, e.resolve)
	return &Resolved{
		Environment:      resolved,
		Variables:        e.terraformVariables(),
		APIURL:           e.apiURL(&resolved.Prefect),
		APIURLChecks:     e.apiURLChecks(),
		FlowRunsInPublic: e.flowRunsInPublic(),
		SecretARNs:       e.secretARNs(),
	}
}

// flowRunsInPublic says whether nothing but a public address leads flow runs out.
func (e *Environment) flowRunsInPublic() bool {
	n := &e.Network
	if n.Existing != nil {
		return len(n.Existing.PrivateSubnetIDs) == 0
	}
	return e.Worker.AssignPublicIP && n.NATGateways == settings.NATNone && !n.LeadsOut()
}

// capacityProviders are the providers that the cluster must know.
func (e *Environment) capacityProviders() []string {
	all := slices.Clone(e.Cluster.CapacityProviders)
	for _, w := range e.Workers() {
		for _, p := range w.CapacityProviderStrategy {
			all = append(all, p.CapacityProvider)
		}
	}
	for _, p := range e.FlowRunCapacityProviderStrategy {
		all = append(all, p.CapacityProvider)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func (e *Environment) secretARNs() map[string]map[string][]string {
	readers := map[string]map[string][]string{}
	for _, w := range e.Workers() {
		reader := w.ID
		if w.Own.TaskExecutionRole == nil {
			reader = ""
		}
		for _, arn := range w.References() {
			fields := strings.Split(arn, ":")
			service := fields[2]
			if service == "secretsmanager" {
				arn = strings.Join(fields[:7], ":")
			}
			if readers[reader] == nil {
				readers[reader] = map[string][]string{}
			}
			readers[reader][service] = append(readers[reader][service], arn)
		}
	}
	for _, all := range readers {
		for service, arns := range all {
			slices.Sort(arns)
			all[service] = slices.Compact(arns)
		}
	}
	return readers
}

// resolve replaces a setting by its template, or by the variable that exposes it.
func (e *Environment) resolve(v reflect.Value, f *settings.Field, path string) {
	reference := ""
	if f.Variable != "" || f.Key == "workPool" {
		if name := e.variableAt(path); name != "" {
			reference = "${var." + name + "}"
		}
	}
	switch s := v.Addr().Interface().(type) {
	case *settings.Number:
		s.Expression = reference
	case *settings.Switch:
		s.Expression = reference
	case *string:
		*s = cmp.Or(reference, e.template(*s, f.Braces, path))
	case **string:
		if reference != "" {
			*s = &reference
		}
	}
}

// template is a text as Terraform reads it. Literal parts are escaped together:
// apart, a $ at the end of one and a { at the beginning of the next would make
// an expression.
func (e *Environment) template(text, mode, path string) string {
	if mode == "" {
		return settings.Escape(text)
	}
	workPool := "" // that braces mean in an additional worker with one of its own
	for i := range e.AdditionalWorkers {
		if strings.HasPrefix(path, fmt.Sprintf("additionalWorkers[%d].", i)) {
			workPool = e.AdditionalWorkers[i].WorkPool
		}
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
		case p.setting == "prefect.workPool" && workPool != "":
			literal += workPool
		case p.setting == "number":
			expression = "${count.index + 1}"
		case e.variableAt(p.setting) != "" && mode != "values":
			expression = "${var." + e.variableAt(p.setting) + "}"
		default:
			literal += e.setting(p.setting)
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
func (e *Environment) apiURL(resolved *settings.Prefect) string {
	name := e.variableAt("prefect.apiUrl")
	switch {
	case e.Prefect.APIURL == nil || name == "" && *e.Prefect.APIURL != "":
		return *resolved.APIURL
	case name == "":
		return "https://api.prefect.cloud/api/accounts/" + resolved.AccountID + "/workspaces/" + resolved.WorkspaceID
	}
	return fmt.Sprintf(`${var.%[1]s != "" ? var.%[1]s : "https://api.prefect.cloud/api/accounts/%s/workspaces/%s"}`, name, resolved.AccountID, resolved.WorkspaceID)
}
