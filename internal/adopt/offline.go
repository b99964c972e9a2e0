package adopt

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
)

// LocalBackend is an override by which Terraform keeps its state in a file.
func LocalBackend(path string) map[string]any {
	return map[string]any{"terraform": map[string]any{"backend": map[string]any{"local": map[string]any{"path": path}}}}
}

// NoAWS is a provider that asks AWS nothing.
func NoAWS() map[string]any {
	return map[string]any{"access_key": "none", "secret_key": "none", "skip_credentials_validation": true, "skip_requesting_account_id": true,
		"skip_metadata_api_check": true, "skip_region_validation": true}
}

// Empty is a configuration without resources, by which Terraform reads the state.
func (a *Adoption) Empty(aws bool) map[string]any {
	providers := map[string]any{}
	blocks := map[string][]any{}
	for _, r := range a.all {
		source := r.source()
		name := source[strings.LastIndexByte(source, '/')+1:]
		providers[name] = map[string]any{"source": source}
		if name == "aws" {
			block := map[string]any{"region": a.region}
			if alias := r.alias(); alias != "" {
				block = map[string]any{"alias": alias, "region": r.region(a.region)}
			}
			if len(a.tags) > 0 { // without them a refresh would take them for the resources' own
				block["default_tags"] = []any{map[string]any{"tags": a.tags}}
			}
			if !aws {
				maps.Copy(block, NoAWS())
			}
			if !slices.ContainsFunc(blocks["aws"], func(b any) bool { return b.(map[string]any)["alias"] == block["alias"] }) {
				blocks["aws"] = append(blocks["aws"], block)
			}
		}
	}
	providers["aws"] = map[string]any{"source": "hashicorp/aws", "version": ">= 5.82.0, < 7.0.0"}
	return map[string]any{"terraform": map[string]any{"required_providers": providers, "backend": map[string]any{"local": map[string]any{"path": "../terraform.tfstate"}}}, "provider": blocks}
}

// source is the address of the resource's provider: hashicorp/random.
func (r *Resource) source() string {
	_, source, _ := strings.Cut(r.Provider, `provider["`)
	source, _, _ = strings.Cut(source, `"`)
	source = strings.TrimPrefix(source, "registry.terraform.io/")
	return strings.TrimPrefix(source, "registry.opentofu.org/")
}

// Refreshed is the state with what a refresh would read of it.
func (s *State) Refreshed() ([]byte, error) {
	s.refresh()
	return json.MarshalIndent(s, "", "  ")
}

// Complete gives a state that Terraform has read without a configuration the outputs
// and data sources back, which it forgets.
func (s *State) Complete(from *State) ([]byte, error) {
	s.Outputs = from.Outputs
	s.Resources = slices.DeleteFunc(s.Resources, func(r *stored) bool { return r.Mode == "data" })
	for _, r := range from.Resources {
		if r.Mode == "data" {
			s.Resources = append(s.Resources, r)
		}
	}
	return json.MarshalIndent(s, "", "  ")
}

// Upgrade takes the values of a plan's prior state, which the provider has read by
// its own schema. Provider 6 has the region in each resource, which a state of an older
// one has only once it is refreshed.
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs/guides/enhanced-region-support
//
// What is to be written as a state again must leave other providers' values: those of
// no fixed type are written with their type there.
func (s *State) Upgrade(prior *tfjson.State, region string, toWrite bool) {
	if prior == nil || prior.Values == nil || prior.Values.RootModule == nil {
		return
	}
	values := map[string]*tfjson.StateResource{}
	var add func(m *tfjson.StateModule)
	add = func(m *tfjson.StateModule) {
		for _, r := range m.Resources {
			if r.DeposedKey == "" {
				values[r.Address] = r
			}
		}
		for _, child := range m.ChildModules {
			add(child)
		}
	}
	add(prior.Values.RootModule)
	for _, r := range s.Resources {
		for _, i := range r.Instances {
			address := r.Type + "." + r.Name + indexKey(i.IndexKey)
			if r.Module != "" {
				address = r.Module + "." + address
			}
			v := values[address]
			if v == nil || r.Mode != "managed" || i.Deposed != "" || toWrite && !strings.HasPrefix(r.Type, "aws_") {
				continue
			}
			i.Attributes, i.SchemaVersion = v.AttributeValues, json.Number(strconv.FormatUint(v.SchemaVersion, 10))
			if of, ok := i.Attributes["region"]; ok && of == nil && strings.HasPrefix(r.Type, "aws_") {
				i.Attributes["region"] = (&Resource{Values: i.Attributes}).region(region)
			}
		}
	}
}

var dataName = regexp.MustCompile(`\bdata\.(aws_[a-z0-9_]+)\.([A-Za-z_][A-Za-z0-9_-]*)`)

// WithoutData writes what data sources would read into a synthesized stack, so
// that it can be planned without AWS.
func (a *Adoption) WithoutData(text []byte) ([]byte, error) {
	var stack map[string]any
	if err := json.Unmarshal(text, &stack); err != nil {
		return nil, err
	}
	locals, _ := stack["locals"].(map[string]any)
	if locals == nil {
		locals = map[string]any{}
		stack["locals"] = locals
	}
	sources, _ := stack["data"].(map[string]any)
	for kind, all := range sources {
		for name := range all.(map[string]any) {
			if v := a.read(kind); v != nil {
				locals["judge_"+kind+"_"+name] = v
				delete(all.(map[string]any), name)
			}
		}
		if len(all.(map[string]any)) == 0 {
			delete(sources, kind)
		}
	}
	if len(sources) == 0 {
		delete(stack, "data")
	}
	return json.MarshalIndent(rewrite(stack, func(text string) string {
		return dataName.ReplaceAllStringFunc(text, func(m string) string {
			parts := dataName.FindStringSubmatch(m)
			if local := "judge_" + parts[1] + "_" + parts[2]; locals[local] != nil {
				return "local." + local
			}
			return m
		})
	}), "", "  ")
}

// read is what a data source of this app's would read.
func (a *Adoption) read(kind string) map[string]any {
	group, _ := a.want.get("logGroup.name")
	cluster, _ := a.want.get("cluster.name")
	arn := func(service, resource string) string {
		return fmt.Sprintf("arn:%s:%s:%s:%s:%s", a.partition, service, a.region, a.account, resource)
	}
	switch kind {
	case "aws_caller_identity":
		return map[string]any{"account_id": a.account}
	case "aws_partition":
		suffix := "amazonaws.com"
		if a.partition == "aws-cn" {
			suffix += ".cn"
		}
		return map[string]any{"partition": a.partition, "dns_suffix": suffix}
	case "aws_region":
		return map[string]any{"name": a.region, "region": a.region}
	case "aws_availability_zones":
		names := []string{}
		for _, available := range a.state.data(kind) {
			names = texts(available["names"])
		}
		if len(names) == 0 {
			for _, letter := range "abcdef" {
				names = append(names, a.region+string(letter))
			}
		}
		return map[string]any{"names": names}
	case "aws_subnets":
		return map[string]any{"ids": a.first.subnets()}
	case "aws_ecs_cluster":
		return map[string]any{"id": arn("ecs", "cluster/"+textOf(cluster)), "arn": arn("ecs", "cluster/"+textOf(cluster)), "cluster_name": cluster}
	case "aws_cloudwatch_log_group":
		return map[string]any{"name": group, "id": group, "arn": arn("logs", "log-group:"+textOf(group))}
	}
	return nil
}

// rewrite goes over all texts of a value; what depends on a data source does not
// any more.
func rewrite(v any, text func(string) string) any {
	switch v := v.(type) {
	case string:
		return text(v)
	case []any:
		all := []any{}
		for _, e := range v {
			if s, ok := e.(string); ok && strings.HasPrefix(s, "data.") && !strings.HasPrefix(text(s), "data.") {
				continue
			}
			all = append(all, rewrite(e, text))
		}
		return all
	case map[string]any:
		for k, e := range v {
			v[k] = rewrite(e, text)
		}
	}
	return v
}
