package synthesized

import (
	"encoding/json"
	"math/big"
	"net"
	"net/netip"
	"slices"

	"github.com/apparentlymart/go-cidr/cidr"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/tryfunc"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// functions are those of Terraform's that stacks use, as far as go-cty and HCL
// have them. An expression with another one is not known.
var functions = map[string]function.Function{
	"alltrue": allTrue, "can": tryfunc.CanFunc, "cidrsubnet": cidrSubnet, "coalesce": stdlib.CoalesceFunc, "concat": stdlib.ConcatFunc,
	"contains": stdlib.ContainsFunc, "distinct": stdlib.DistinctFunc, "element": stdlib.ElementFunc, "flatten": stdlib.FlattenFunc, "floor": stdlib.FloorFunc,
	"format": stdlib.FormatFunc, "join": stdlib.JoinFunc, "jsondecode": stdlib.JSONDecodeFunc, "jsonencode": stdlib.JSONEncodeFunc, "keys": stdlib.KeysFunc,
	"length": stdlib.LengthFunc, "lookup": stdlib.LookupFunc, "lower": stdlib.LowerFunc, "max": stdlib.MaxFunc, "merge": stdlib.MergeFunc, "min": stdlib.MinFunc,
	"regex": stdlib.RegexFunc, "regexall": stdlib.RegexAllFunc, "replace": stdlib.ReplaceFunc, "setproduct": stdlib.SetProductFunc, "slice": stdlib.SliceFunc,
	"split": stdlib.SplitFunc, "substr": stdlib.SubstrFunc, "tonumber": stdlib.MakeToFunc(cty.Number), "tostring": stdlib.MakeToFunc(cty.String),
	"tolist": stdlib.MakeToFunc(cty.List(cty.DynamicPseudoType)), "toset": stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType)), "trimspace": stdlib.TrimSpaceFunc,
	"try": tryfunc.TryFunc, "upper": stdlib.UpperFunc, "values": stdlib.ValuesFunc, "zipmap": stdlib.ZipmapFunc,
}

// cidrSubnet is a subnet of a range.
// https://developer.hashicorp.com/terraform/language/functions/cidrsubnet
var cidrSubnet = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "prefix", Type: cty.String}, {Name: "newbits", Type: cty.Number}, {Name: "netnum", Type: cty.Number}},
	Type:   function.StaticReturnType(cty.String),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		if _, err := netip.ParsePrefix(args[0].AsString()); err != nil {
			return cty.NilVal, function.NewArgError(0, err)
		}
		_, whole, err := net.ParseCIDR(args[0].AsString())
		if err != nil {
			return cty.NilVal, function.NewArgError(0, err)
		}
		bits, _ := args[1].AsBigFloat().Int64()
		number, _ := args[2].AsBigFloat().Int(nil)
		subnet, err := cidr.SubnetBig(whole, int(bits), number)
		if err != nil {
			return cty.NilVal, err
		}
		return cty.StringVal(subnet.String()), nil
	},
})

// allTrue says whether every element is true.
var allTrue = function.New(&function.Spec{
	Params: []function.Parameter{{Name: "list", Type: cty.List(cty.Bool)}},
	Type:   function.StaticReturnType(cty.Bool),
	Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
		for _, v := range args[0].AsValueSlice() {
			if v.False() {
				return cty.False, nil
			}
		}
		return cty.True, nil
	},
})

// value evaluates what JSON holds. of is the resource that it belongs to, for
// count.index and each; nil for none.
func (s *Stack) value(in any, of *Instance) cty.Value {
	switch v := in.(type) {
	case bool:
		return cty.BoolVal(v)
	case float64:
		return cty.NumberVal(big.NewFloat(v))
	case json.Number:
		n, err := cty.ParseNumberVal(v.String())
		if err == nil {
			return n
		}
	case []any:
		all := make([]cty.Value, len(v))
		for i, element := range v {
			all[i] = s.value(element, of)
		}
		return cty.TupleVal(all)
	case map[string]any:
		all := make(map[string]cty.Value, len(v))
		for key, element := range v {
			all[key] = s.value(element, of)
		}
		return cty.ObjectVal(all)
	case string:
		return s.template(v, of)
	}
	return cty.NullVal(cty.DynamicPseudoType)
}

func (s *Stack) template(in string, of *Instance) cty.Value {
	expression, diagnostics := hclsyntax.ParseTemplate([]byte(in), "", hcl.InitialPos)
	if diagnostics.HasErrors() {
		return cty.StringVal(in)
	}
	v, diagnostics := expression.Value(&hcl.EvalContext{Variables: s.variables(expression.Variables(), of), Functions: functions})
	if diagnostics.HasErrors() {
		return cty.DynamicVal
	}
	return v
}

// variables are the values that an expression refers to.
func (s *Stack) variables(traversals []hcl.Traversal, of *Instance) map[string]cty.Value {
	roots := map[string]map[string]cty.Value{}
	put := func(root, name string, v cty.Value) {
		if roots[root] == nil {
			roots[root] = map[string]cty.Value{}
		}
		roots[root][name] = v
	}
	data := map[string]map[string]cty.Value{}
	for _, t := range traversals {
		if len(t) < 2 {
			continue
		}
		root, name := t.RootName(), attribute(t[1])
		switch root {
		case "var":
			put(root, name, s.once("var."+name, func(s *Stack) cty.Value { return s.value(s.json.Variable[name].Default, nil) }))
		case "local":
			put(root, name, s.once("local."+name, func(s *Stack) cty.Value { return s.value(s.json.Locals[name], nil) }))
		case "count":
			if of != nil && of.Key != cty.NilVal {
				put(root, "index", of.Key)
			}
		case "each":
			if of != nil && of.Key != cty.NilVal {
				put(root, "key", of.Key)
				put(root, "value", of.each)
			}
		case "data":
			if len(t) < 3 {
				continue
			}
			at := attribute(t[2])
			if data[name] == nil {
				data[name] = map[string]cty.Value{}
			}
			data[name][at] = s.data(name, at, t)
		default:
			if body, ok := s.json.Resource[root][name]; ok {
				put(root, name, s.once(root+"."+name, func(s *Stack) cty.Value { return Resource{root, name, s, body}.object(t) }))
			}
		}
	}
	all := map[string]cty.Value{}
	for root, names := range roots {
		all[root] = cty.ObjectVal(names)
	}
	if len(data) > 0 {
		types := map[string]cty.Value{}
		for name, of := range data {
			types[name] = cty.ObjectVal(of)
		}
		all["data"] = cty.ObjectVal(types)
	}
	return all
}

// once is unknown for what is being evaluated already.
func (s *Stack) once(name string, evaluate func(*Stack) cty.Value) cty.Value {
	if slices.Contains(s.evaluating, name) {
		return cty.DynamicVal
	}
	return evaluate(s.within(name))
}

// within is the stack as what is evaluated sees it. It is a copy, because a stack may
// be read by several at once.
func (s *Stack) within(name string) *Stack {
	inner := *s
	inner.evaluating = append(slices.Clip(s.evaluating), name)
	return &inner
}

// object is a resource as expressions see it. asked names the attributes that
// they ask for.
func (r Resource) object(asked hcl.Traversal) cty.Value {
	instances := r.Instances()
	all := make([]cty.Value, len(instances))
	for n, i := range instances {
		address := r.Address()
		if i.Key != cty.NilVal {
			address += "[" + text(i.Key) + "]"
		}
		attributes := map[string]cty.Value{"id": cty.StringVal(address + ".id"), "arn": cty.StringVal(address + ".arn"), "name": cty.StringVal(address + ".name")}
		for _, step := range asked[2:] {
			if name := attribute(step); name != "" {
				attributes[name] = cty.StringVal(address + "." + name)
			}
		}
		for key := range r.body {
			if _, ok := attributes[key]; ok || key == "tags" {
				attributes[key] = i.Value(key)
			}
		}
		all[n] = cty.ObjectVal(attributes)
	}
	_, count := r.body["count"]
	_, each := r.body["for_each"]
	switch {
	case count:
		return cty.TupleVal(all)
	case each:
		keyed := map[string]cty.Value{}
		for n, i := range instances {
			keyed[text(i.Key)] = all[n]
		}
		return cty.ObjectVal(keyed)
	}
	return all[0]
}

// data is a data source as expressions see it: zones have the region's first
// letters, and all else is its address.
func (s *Stack) data(kind, name string, asked hcl.Traversal) cty.Value {
	attributes := map[string]cty.Value{}
	for _, step := range asked[3:] {
		if at := attribute(step); at != "" {
			attributes[at] = cty.StringVal(kind + "." + name + "." + at)
		}
	}
	switch kind {
	case "aws_partition":
		attributes["partition"], attributes["dns_suffix"] = cty.StringVal("aws"), cty.StringVal("amazonaws.com")
	case "aws_availability_zones":
		var zones []cty.Value
		for _, letter := range "abcdef" {
			zones = append(zones, cty.StringVal(s.Region()+string(letter)))
		}
		attributes["names"] = cty.ListVal(zones)
	}
	return cty.ObjectVal(attributes)
}

// attribute is the name that a step of a traversal asks for, or "".
func attribute(step hcl.Traverser) string {
	switch step := step.(type) {
	case hcl.TraverseAttr:
		return step.Name
	case hcl.TraverseIndex:
		if step.Key.Type() == cty.String {
			return step.Key.AsString()
		}
	}
	return ""
}
