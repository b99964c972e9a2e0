package iamtest

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
	ctyjson "github.com/zclconf/go-cty/cty/json"
)

// The account in which a Stack's expressions are resolved, the emulator's too.
const (
	Account = "123456789012"
	Region  = "us-east-1"
)

// Stack is a synthesized stack, whose expressions Resolve replaces by what they
// would be on AWS: ARNs with the names in the JSON, variables' defaults.
type Stack struct {
	Locals    map[string]any
	Resource  map[string]map[string]map[string]any
	Variable  map[string]map[string]any
	Data      map[string]map[string]map[string]any
	Variables map[string]any `json:"-"` // values in place of defaults

	depth int
}

// arns are resources' ARNs after partition, service, region and account, in
// which %s is the argument that names one.
var arns = map[string]struct{ argument, form string }{
	"aws_backup_vault":                {"name", "backup:" + Region + ":" + Account + ":backup-vault:%s"},
	"aws_cloudwatch_event_rule":       {"name", "events:" + Region + ":" + Account + ":rule/%s"},
	"aws_cloudwatch_log_group":        {"name", "logs:" + Region + ":" + Account + ":log-group:%s"},
	"aws_dynamodb_table":              {"name", "dynamodb:" + Region + ":" + Account + ":table/%s"},
	"aws_ecr_repository":              {"name", "ecr:" + Region + ":" + Account + ":repository/%s"},
	"aws_ecs_cluster":                 {"name", "ecs:" + Region + ":" + Account + ":cluster/%s"},
	"aws_ecs_service":                 {"name", "ecs:" + Region + ":" + Account + ":service/%s"},
	"aws_iam_openid_connect_provider": {"url", "iam::" + Account + ":oidc-provider/%s"},
	"aws_iam_policy":                  {"name", "iam::" + Account + ":policy/%s"},
	"aws_iam_role":                    {"name", "iam::" + Account + ":role/%s"},
	"aws_kms_key":                     {"", "kms:" + Region + ":" + Account + ":key/1234abcd-12ab-34cd-56ef-1234567890ab"},
	"aws_s3_bucket":                   {"bucket", "s3:::%s"},
	"aws_secretsmanager_secret":       {"name", "secretsmanager:" + Region + ":" + Account + ":secret:%s-AbCdEf"},
	"aws_sns_topic":                   {"name", "sns:" + Region + ":" + Account + ":%s"},
	"aws_sqs_queue":                   {"name", "sqs:" + Region + ":" + Account + ":%s"},
	"aws_vpc":                         {"", "ec2:" + Region + ":" + Account + ":vpc/vpc-0123456789abcdef0"},
}

var functions = map[string]function.Function{
	"concat": stdlib.ConcatFunc, "join": stdlib.JoinFunc, "length": stdlib.LengthFunc, "min": stdlib.MinFunc, "replace": stdlib.ReplaceFunc, "slice": stdlib.SliceFunc, "split": stdlib.SplitFunc,
}

// Resolve replaces the expressions in a value of the stack's JSON.
func (s *Stack) Resolve(value any) (any, error) {
	switch v := value.(type) {
	case map[string]any:
		all := map[string]any{}
		for key, item := range v {
			resolved, err := s.Resolve(item)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", key, err)
			}
			all[key] = resolved
		}
		return all, nil
	case []any:
		all := []any{}
		for _, item := range v {
			resolved, err := s.Resolve(item)
			if err != nil {
				return nil, err
			}
			all = append(all, resolved)
		}
		return all, nil
	case string:
		if !strings.Contains(v, "${") {
			return v, nil
		}
		return s.template(v)
	}
	return value, nil
}

// Policy is a local of the stack, a policy document.
func (s *Stack) Policy(local string) (Policy, error) {
	document, err := s.Resolve(s.Locals[local])
	if err != nil {
		return Policy{}, fmt.Errorf("local.%s: %w", local, err)
	}
	policy, err := Parse(document)
	if err != nil {
		return Policy{}, fmt.Errorf("local.%s: %w", local, err)
	}
	return policy, nil
}

func (s *Stack) template(text string) (any, error) {
	if s.depth++; s.depth > 20 {
		return nil, fmt.Errorf("%s refers to itself", text)
	}
	defer func() { s.depth-- }()
	e, problems := hclsyntax.ParseTemplate([]byte(text), "", hcl.InitialPos)
	if problems.HasErrors() {
		return nil, problems
	}
	objects := map[string]map[string]cty.Value{}
	data := map[string]map[string]cty.Value{}
	add := func(to map[string]map[string]cty.Value, kind, name string, value cty.Value) {
		if to[kind] == nil {
			to[kind] = map[string]cty.Value{}
		}
		to[kind][name] = value
	}
	for _, t := range e.Variables() {
		root, name := t.RootName(), attribute(t, 1)
		var value cty.Value
		var err error
		switch root {
		case "local":
			value, err = s.value(s.Locals[name])
			add(objects, root, name, value)
		case "var":
			given, ok := s.Variables[name]
			if !ok {
				given = s.Variable[name]["default"]
			}
			value, err = s.value(given)
			add(objects, root, name, value)
		case "data":
			add(data, name, attribute(t, 2), of(map[string]string{"partition": "aws", "dns_suffix": "amazonaws.com", "account_id": Account, "name": Region,
				"arn": "arn:aws:x:" + Region + ":" + Account + ":" + name}))
		default:
			value, err = s.resource(root, name)
			add(objects, root, name, value)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", text, err)
		}
	}
	variables := map[string]cty.Value{}
	for root, all := range objects {
		variables[root] = cty.ObjectVal(all)
	}
	if len(data) > 0 {
		kinds := map[string]cty.Value{}
		for kind, all := range data {
			kinds[kind] = cty.ObjectVal(all)
		}
		variables["data"] = cty.ObjectVal(kinds)
	}
	value, problems := e.Value(&hcl.EvalContext{Variables: variables, Functions: functions})
	if problems.HasErrors() {
		return nil, problems
	}
	written, err := ctyjson.Marshal(value, value.Type())
	if err != nil {
		return nil, err
	}
	var result any
	return result, json.Unmarshal(written, &result)
}

// resource has what policies ask of one, its name and ARN.
func (s *Stack) resource(kind, name string) (cty.Value, error) {
	config, ok := s.Resource[kind][name]
	arn, known := arns[kind]
	if !ok || !known {
		return cty.NilVal, fmt.Errorf("%s.%s: in the stack %t, its ARN known here %t; add the type to arns of internal/iamtest", kind, name, ok, known)
	}
	text := arn.form
	own := ""
	if arn.argument != "" {
		value, err := s.Resolve(config[arn.argument])
		if err != nil {
			return cty.NilVal, err
		}
		own = strings.TrimPrefix(fmt.Sprint(value), "https://")
		text = fmt.Sprintf(text, own)
	}
	if path, ok := config["path"].(string); ok && kind == "aws_iam_role" {
		text = strings.Replace(text, "role/", "role"+path, 1)
	}
	id := own
	if kind == "aws_ecs_service" { // whose ARN has the cluster's name, and is its id
		cluster, err := s.Resolve(config["cluster"])
		if err != nil {
			return cty.NilVal, err
		}
		name := fmt.Sprint(cluster)
		text = strings.Replace(text, "service/", "service/"+name[strings.LastIndex(name, "/")+1:]+"/", 1)
		id = "arn:aws:" + text
	}
	made := of(map[string]string{"arn": "arn:aws:" + text, "id": id, "name": own, "bucket": own, "owner_id": Account, "key_id": text[strings.LastIndex(text, "/")+1:]})
	if config["count"] != nil {
		return cty.TupleVal([]cty.Value{made}), nil
	}
	return made, nil
}

func (s *Stack) value(v any) (cty.Value, error) {
	resolved, err := s.Resolve(v)
	if err != nil {
		return cty.NilVal, err
	}
	text, err := json.Marshal(resolved)
	if err != nil {
		return cty.NilVal, err
	}
	t, err := ctyjson.ImpliedType(text)
	if err != nil {
		return cty.NilVal, err
	}
	return ctyjson.Unmarshal(text, t)
}

func of(attributes map[string]string) cty.Value {
	all := map[string]cty.Value{}
	for name, value := range attributes {
		all[name] = cty.StringVal(value)
	}
	return cty.ObjectVal(all)
}

func attribute(t hcl.Traversal, at int) string {
	if a, ok := t[at].(hcl.TraverseAttr); ok {
		return a.Name
	}
	return ""
}
