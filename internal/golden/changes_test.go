package golden

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"
	"testing"
)

func TestChanges(t *testing.T) {
	for _, tt := range []struct{ name, base, stack, want string }{
		{"nothing", `{"locals": {"a": [1]}}`, `{"locals": {"a": [1]}}`, ""},
		{"a new resource is written completely, one that is gone by its address", `{"resource": {"aws_vpc": {"a": {"cidr": "x", "//": 1}}}}`,
			`{"resource": {"aws_eip": {"b": {"domain": "vpc", "tags": {"Name": "b"}, "//": {"metadata": {"path": "<nil>/aws_eip.b", "uniqueId": "b"}}}}}}`,
			"+ aws_eip.b = {domain = \"vpc\", tags = {Name = \"b\"}}\n- aws_vpc.a\n"},
		{"an argument by its path", `{"resource": {"aws_vpc": {"a": {"tags": {"Name": "x", "a:b": 1}}}}}`, `{"resource": {"aws_vpc": {"a": {"tags": {"Name": "y"}, "ipv6": true}}}}`,
			"~ aws_vpc.a\n  + ipv6 = true\n  - tags.Name = \"x\"\n  + tags.Name = \"y\"\n  - tags.\"a:b\" = 1\n"},
		{"locals, variables, outputs and data by what expressions call them",
			`{"locals": {"a": 1}, "variable": {"a": {"default": 1}}, "output": {"a": {"value": 1}}, "data": {"aws_b": {"c": {}}}, "terraform": {"v": 1}}`,
			`{"locals": {"a": 2}, "variable": {"a": {"default": 2}}, "output": {}, "terraform": {"v": 2}}`,
			"- data.aws_b.c\n- local.a = 1\n+ local.a = 2\n+ output = {}\n- output.a\n~ terraform\n  - v = 1\n  + v = 2\n~ var.a\n  - default = 1\n  + default = 2\n"},
		{"an element by its name, which an element before it does not change", `{"locals": {"l": [{"name": "b", "v": 1}, {"name": "c", "v": 1}]}}`,
			`{"locals": {"l": [{"name": "a", "v": 1}, {"name": "b", "v": 2}, {"name": "c", "v": 1}]}}`,
			"~ local.l\n  + [a] = {name = \"a\", v = 1}\n  - [b].v = 1\n  + [b].v = 2\n"},
		{"a new element's place, where names are not in order", `{"locals": {"l": [{"Sid": "c"}, {"Sid": "b"}]}}`, `{"locals": {"l": [{"Sid": "a"}, {"Sid": "c"}, {"Sid": "d"}, {"Sid": "b"}]}}`,
			"~ local.l\n  + [a] (first) = {Sid = \"a\"}\n  + [d] (after c) = {Sid = \"d\"}\n"},
		{"texts in order by themselves", `{"locals": {"l": ["a", "c"]}}`, `{"locals": {"l": ["a", "b", "d"]}}`, "~ local.l\n  - [] = \"c\"\n  + [] = \"b\"\n  + [] = \"d\"\n"},
		{"others by their index", `{"locals": {"l": ["c", "a", "b"]}}`, `{"locals": {"l": ["c", "x", "a"]}}`, "~ local.l\n  + [1] = \"x\"\n  - [2] = \"b\"\n"},
		{"objects without a name by what differs in them", `{"locals": {"l": [{"from": 80}, {"from": 22}]}}`, `{"locals": {"l": [{"from": 81}, {"from": 22}]}}`,
			"~ local.l\n  - [0].from = 80\n  + [0].from = 81\n"},
		{"a value of another type", `{"locals": {"l": ["a"], "n": "1"}}`, `{"locals": {"l": {"a": 1}, "n": 1}}`, "- local.l\n+ local.l = {a = 1}\n- local.n = \"1\"\n+ local.n = 1\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Changes([]byte(tt.base), []byte(tt.stack))
			if err != nil || got != tt.want {
				t.Errorf("got:\n%s%v\nwant:\n%s", got, err, tt.want)
			}
		})
	}
}

// TestChangesLoseNothing: two stacks that differ in one place have different
// changes, whatever and wherever that is.
func TestChangesLoseNothing(t *testing.T) {
	base := part(t, "design")
	from, err := json.Marshal(base)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"design", "readme"} {
		t.Run(name, func(t *testing.T) {
			stack := part(t, name)
			stacks := map[string]string{} // by their changes
			check := func() {
				to, err := json.Marshal(stack)
				if err != nil {
					t.Fatal(err)
				}
				changes, err := Changes(from, to)
				if err != nil {
					t.Fatal(err)
				}
				if other, ok := stacks[changes]; ok && other != string(to) {
					t.Fatalf("two stacks have the changes:\n%s\n%s\n%s", changes, other, to)
				}
				stacks[changes] = string(to)
			}
			check()
			for key, value := range stack {
				mutate(value, func(changed any) { stack[key] = changed }, check)
			}
			if len(stacks) < 1000 {
				t.Errorf("only %d stacks were compared", len(stacks))
			}
		})
	}
}

// part is a part of a deployment that has every kind of list.
func part(t *testing.T, name string) map[string]any {
	t.Helper()
	data, err := os.ReadFile("../../stacks/testdata/" + name + "/cdk.tf.json")
	if err != nil {
		t.Fatal(err)
	}
	var stack struct {
		Data, Locals any
		Comment      any `json:"//"`
		Resource     map[string]any
	}
	if err := json.Unmarshal(data, &stack); err != nil {
		t.Fatal(err)
	}
	resources := map[string]any{}
	for _, kind := range []string{"aws_ecs_service", "aws_security_group"} {
		resources[kind] = stack.Resource[kind]
	}
	return map[string]any{"//": stack.Comment, "data": stack.Data, "locals": stack.Locals, "resource": resources}
}

// mutate changes a document in each place in turn: set replaces the value, try
// is called after each change.
func mutate(value any, set func(any), try func()) {
	with := func(changed ...any) {
		for _, c := range changed {
			set(c)
			try()
		}
		set(value)
	}
	switch v := value.(type) {
	case map[string]any:
		with(nil, []any{}, map[string]any{})
		for _, key := range slices.Sorted(maps.Keys(v)) {
			inner := v[key]
			delete(v, key)
			try()
			v[key+"2"] = inner
			try()
			delete(v, key+"2")
			v[key] = inner
			mutate(inner, func(changed any) { v[key] = changed }, try)
		}
		v["new"] = "x"
		try()
		v["new"] = map[string]any{"a": "x"}
		try()
		v["new"] = []any{"x"}
		try()
		delete(v, "new")
	case []any:
		with(nil, map[string]any{}, []any{}, append(slices.Clone(v), "x"), append(slices.Clone(v), map[string]any{"a": "x"}), append(slices.Clone(v), v...))
		for i, inner := range v {
			with(slices.Delete(slices.Clone(v), i, i+1), slices.Insert(slices.Clone(v), i, inner), slices.Insert(slices.Clone(v), i, any(map[string]any{"name": "x"})),
				slices.Insert(slices.Clone(v), i, any("x")))
			if i > 0 {
				swapped := slices.Clone(v)
				swapped[i], swapped[i-1] = v[i-1], v[i]
				with(swapped)
			}
			mutate(inner, func(changed any) { v[i] = changed }, try)
		}
	default:
		with(nil, fmt.Sprint(v), fmt.Sprint(v, "x"), true, 1, 10, []any{v}, map[string]any{"a": v})
	}
}
