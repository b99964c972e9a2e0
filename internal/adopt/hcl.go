package adopt

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/hcl/v2/hclwrite"
	tfjson "github.com/hashicorp/terraform-json"
	"github.com/zclconf/go-cty/cty"
)

// quoted writes a text as HCL does, template marks escaped.
func quoted(text string) string {
	return string(hclwrite.TokensForValue(cty.StringVal(text)).Bytes())
}

// code is an expression that is written as it is.
type code string

// expression writes a JSON value as HCL. Each text goes through reference, which
// may put an expression in its place.
func expression(v any, reference func(string) (string, bool)) string {
	switch v := v.(type) {
	case nil:
		return "null"
	case code:
		return string(v)
	case string:
		if reference != nil {
			if text, ok := reference(v); ok {
				return text
			}
		}
		return quoted(v)
	case []any:
		var all []string
		long := 0
		for _, e := range v {
			text := expression(e, reference)
			all = append(all, text)
			long += len(text)
		}
		if long > 90 || strings.Contains(strings.Join(all, ""), "\n") {
			return "[\n" + strings.Join(all, ",\n") + ",\n]"
		}
		return "[" + strings.Join(all, ", ") + "]"
	case map[string]any:
		if len(v) == 0 {
			return "{}"
		}
		var b strings.Builder
		b.WriteString("{\n")
		for _, key := range slices.Sorted(maps.Keys(v)) {
			name := key
			if !hclsyntax.ValidIdentifier(key) {
				name = quoted(key)
			}
			fmt.Fprintf(&b, "%s = %s\n", name, expression(v[key], reference))
		}
		return b.String() + "}"
	}
	return textOf(v)
}

// document is the value of a text in JSON that is an object or a list.
func document(text string) (any, bool) {
	text = strings.TrimSpace(text)
	if !strings.HasPrefix(text, "{") && !strings.HasPrefix(text, "[") {
		return nil, false
	}
	decoder := json.NewDecoder(strings.NewReader(text))
	decoder.UseNumber()
	var v any
	if decoder.Decode(&v) != nil || decoder.More() {
		return nil, false
	}
	return v, true
}

// computedNames are arguments that a provider computes where they are left out, and
// that say what a resource is: written where the state has them.
var computedNames = []string{"name", "bucket", "description", "path", "policy", "cidr_block", "availability_zone", "route", "ingress", "egress",
	"subnet_ids", "security_group_ids", "vpc_security_group_ids", "security_groups", "port", "engine_version", "allocated_storage", "db_subnet_group_name",
	"kms_key_id", "kms_key_arn", "kms_master_key_id", "retention_in_days", "function_name", "role", "repository", "type", "domain", "visibility_timeout_seconds",
	"vpc_id", "subnet_id", "ami", "instance_type", "hash_key", "range_key", "key_name", "iam_instance_profile", "billing_mode", "engine", "instance_class", "username",
	"target_id", "auto_accept", "peer_owner_id", "peer_region"}

// written says whether an argument belongs in a configuration: it is none that the
// provider computes, and has a value other than none.
func written(name string, a *tfjson.SchemaAttribute, v any) bool {
	switch {
	case a.Required:
		return true
	case !a.Optional || a.Deprecated || a.WriteOnly || zero(v):
		return false
	case a.Computed:
		return slices.Contains(computedNames, name)
	}
	return true
}

// zero is a value that a provider takes for none.
func zero(v any) bool {
	switch v := v.(type) {
	case nil:
		return true
	case string:
		return v == ""
	case bool:
		return !v
	case json.Number:
		return v.String() == "0"
	case float64:
		return v == 0
	case []any:
		return len(v) == 0
	case map[string]any:
		for _, e := range v {
			if !zero(e) {
				return false
			}
		}
		return true
	}
	return false
}

// body writes a block's arguments and blocks. choose says what an argument is
// written as, and whether it is; skip says which blocks are not.
func body(schema *tfjson.SchemaBlock, values map[string]any, path string, choose func(path string, a *tfjson.SchemaAttribute, v any) (string, bool), skip func(string) bool) string {
	var b strings.Builder
	names := slices.Sorted(maps.Keys(schema.Attributes))
	for _, required := range []bool{true, false} {
		for _, name := range names {
			a := schema.Attributes[name]
			if a.Required != required {
				continue
			}
			if text, ok := choose(strings.TrimPrefix(path+"."+name, "."), a, values[name]); ok {
				fmt.Fprintf(&b, "%s = %s\n", name, text)
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(schema.NestedBlocks)) {
		nested := schema.NestedBlocks[name]
		if nested.Block.Deprecated || name == "timeouts" || skip != nil && path == "" && skip(name) {
			continue
		}
		b.WriteString(blocks(name, nested, values[name], path, choose))
	}
	return b.String()
}

// blocks writes all blocks of one type.
func blocks(name string, nested *tfjson.SchemaBlockType, value any, path string, choose func(string, *tfjson.SchemaAttribute, any) (string, bool)) string {
	var b strings.Builder
	if nested.NestingMode == tfjson.SchemaNestingModeMap {
		all, _ := value.(map[string]any)
		for _, label := range slices.Sorted(maps.Keys(all)) {
			if inner, ok := all[label].(map[string]any); ok {
				fmt.Fprintf(&b, "\n%s %s {\n%s}\n", name, quoted(label), body(nested.Block, inner, path+"."+name, choose, nil))
			}
		}
		return b.String()
	}
	for _, inner := range objects(value) {
		fmt.Fprintf(&b, "\n%s {\n%s}\n", name, body(nested.Block, inner, path+"."+name, choose, nil))
	}
	return b.String()
}

// format lays out HCL as terraform fmt does.
func format(text string) []byte {
	return hclwrite.Format([]byte(strings.TrimSpace(text) + "\n"))
}

var identifier = regexp.MustCompile(`^[a-z]+-[0-9a-f]{8,17}$`)

// references finds the expression for a value that a resource of the deployment has.
type references struct {
	byValue map[string][]reference
	edges   map[string]map[string]bool // which resource refers to which
}

type reference struct {
	of        *Resource
	address   string // with its key
	attribute string
}

// hints are arguments that name another resource by what is no unique ID.
var hints = map[string]string{
	"role": "aws_iam_role", "bucket": "aws_s3_bucket", "cluster": "aws_ecs_cluster", "cluster_name": "aws_ecs_cluster", "user": "aws_iam_user",
	"log_group_name": "aws_cloudwatch_log_group", "repository": "aws_ecr_repository", "queue_url": "aws_sqs_queue", "function_name": "aws_lambda_function",
	"service_namespace": "", "db_subnet_group_name": "aws_db_subnet_group", "rule": "aws_cloudwatch_event_rule", "awslogs-group": "aws_cloudwatch_log_group",
}

func (d *deployment) references(addresses map[*Resource]string) *references {
	refs := &references{map[string][]reference{}, map[string]map[string]bool{}}
	for _, r := range d.all {
		if addresses[r] == "" {
			continue
		}
		seen := map[string]bool{}
		for _, attribute := range []string{"arn", "id", "name", "url"} {
			v := r.text(attribute)
			if v == "" || seen[v] || refersTo(r, v) {
				continue
			}
			seen[v] = true
			refs.byValue[v] = append(refs.byValue[v], reference{r, addresses[r], attribute})
		}
	}
	return refs
}

// refersTo says whether a resource has a value from another one: a bucket's policy
// has the bucket's name as its ID.
func refersTo(r *Resource, value string) bool {
	for name, v := range r.Values {
		if slices.Contains([]string{"bucket", "secret_id", "role", "cluster_name", "policy_arn", "queue_url", "repository", "user", "log_group_name", "rule", "resource_arn"}, name) &&
			textOf(v) == value && r.Type != "aws_s3_bucket" {
			return true
		}
	}
	return false
}

// of is the expression that an argument of from refers to a value by. None that
// would make a circle.
func (r *references) of(from, argument, value string) (string, bool) {
	for _, c := range r.byValue[value] {
		unique := strings.HasPrefix(value, "arn:") || identifier.MatchString(value) || strings.HasPrefix(value, "https://sqs.")
		if !unique && (hints[argument] == "" || hints[argument] != c.of.Type) {
			continue
		}
		target := whole(c.address)
		if target == from || r.reaches(target, from, map[string]bool{}) {
			continue
		}
		r.add(from, target)
		if argument == "role" && c.attribute == "id" { // the role's ID is its name
			return c.address + ".name", true
		}
		return c.address + "." + c.attribute, true
	}
	return "", false
}

var arnInText = regexp.MustCompile(`arn:aws[a-z-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]*:[^\s"',*]+`)

// text is of for a text that may hold ARNs, such as a bucket's with /* after it.
func (r *references) text(from, argument, value string) (string, bool) {
	if text, ok := r.of(from, argument, value); ok {
		return text, ok
	}
	arn := arnInText.FindString(value)
	for arn != "" {
		if text, ok := r.of(from, argument, arn); ok {
			before, after, _ := strings.Cut(value, arn)
			b, a := quoted(before), quoted(after)
			return b[:len(b)-1] + "${" + text + "}" + a[1:], true
		}
		cut := strings.LastIndexAny(arn, "/:")
		if cut < 0 || strings.Count(arn[:cut], ":") < 5 {
			break
		}
		arn = arn[:cut]
	}
	return "", false
}

func (r *references) add(from, to string) {
	if r.edges[from] == nil {
		r.edges[from] = map[string]bool{}
	}
	r.edges[from][to] = true
}

func (r *references) reaches(from, to string, seen map[string]bool) bool {
	if from == to {
		return true
	}
	if seen[from] {
		return false
	}
	seen[from] = true
	for next := range r.edges[from] {
		if r.reaches(next, to, seen) {
			return true
		}
	}
	return false
}

// whole is an address without the key of its instance.
func whole(address string) string {
	if i := strings.IndexByte(address, '['); i >= 0 {
		return address[:i]
	}
	return address
}
