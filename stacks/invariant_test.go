package stacks_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// What must hold in every case, whatever its settings.
var (
	unresolved = regexp.MustCompile(`TfToken|\$\$\{|-1\.888|\$\{\}`)
	hashed     = regexp.MustCompile(`_[0-9A-F]{8}$`)
	references = regexp.MustCompile(`\b(var|local)\.([A-Za-z_][A-Za-z0-9_-]*)|\b(data\.)?(aws_[a-z0-9_]+)\.([A-Za-z_][A-Za-z0-9_-]*)`)
	literalKey = regexp.MustCompile(`pn[ub]_[A-Za-z0-9]{8,}|AKIA[0-9A-Z]{16}`)
	keyARN     = regexp.MustCompile(`^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/`)
	nativeJSON = regexp.MustCompile(`^\s*[\[{]\s*["{]`)
)

func TestInvariants(t *testing.T) {
	eachCase(t, func(t *testing.T, _ string, data []byte) {
		d := parse(t, data)
		if at := unresolved.Find(data); at != nil {
			t.Errorf("has %q: an escaped or unresolved token", at)
		}
		if at := literalKey.Find(data); at != nil {
			t.Errorf("has %q: a secret", at)
		}
		home, _ := os.UserHomeDir()
		dir, _ := os.Getwd()
		// /tmp itself is a folder of a container too.
		for _, path := range []string{home, dir, filepath.Join(os.TempDir(), "synth"), filepath.Join(os.TempDir(), "go-build")} {
			if len(path) > 1 && strings.Contains(string(data), path) {
				t.Errorf("has %s: a path of this machine", path)
			}
		}
		checkNames(t, d)
		checkReferences(t, d)
		checkSecret(t, d)
		checkRoutes(t, d)
		checkWaits(t, d)
		checkPolicies(t, d)
		checkQueues(t, d)
		checkTasks(t, d)
		checkScaling(t, d)
		checkAlarms(t, d)
		walk(d.Resource, func(path, value string) {
			if nativeJSON.MatchString(value) {
				t.Errorf("%s is JSON in a string, want a local that a reviewer can read", path)
			}
		})
	})
}

func checkNames(t *testing.T, d document) {
	for kind, resources := range d.Resource {
		for name := range resources {
			if hashed.MatchString(name) || strings.Contains(name, ".") {
				t.Errorf("%s.%s: not a name of the contract", kind, name)
			}
		}
	}
	for name, output := range d.Output {
		if output["description"] == nil {
			t.Errorf("output %s has no description", name)
		}
	}
}

// checkReferences: whatever an expression refers to is declared.
func checkReferences(t *testing.T, d document) {
	check := func(path, value string) {
		for _, m := range references.FindAllStringSubmatch(value, -1) {
			var ok bool
			switch {
			case m[1] == "var":
				_, ok = d.Variable[m[2]]
			case m[1] == "local":
				_, ok = d.Locals[m[2]]
			case m[3] != "":
				_, ok = d.Data[m[4]][m[5]]
			default:
				_, ok = d.Resource[m[4]][m[5]]
			}
			if !ok {
				t.Errorf("%s refers to %s, which is not declared", path, m[0])
			}
		}
	}
	walk(d.Resource, check)
	walk(d.Locals, check)
	walk(d.Output, check)
	walk(d.Data, check)
	walk(d.Provider, check)
}

// unused are declarations that nothing has to refer to, each with the reason.
var unused = map[string]string{
	"data.aws_caller_identity.current": "the documents declare it",
	"var.prefect_account_id":           "the documents of the design declare it",
	"var.prefect_workspace_id":         "the documents of the design declare it",
	"data.aws_subnets.existing":        "has a postcondition that the plan checks",
	"local.public_subnet_ids":          "made for an existing network whether a worker is public or not",
	"data.aws_partition.current":       "stacks/crashevents.go asks for the account without a key too, which needs none",
}

// TestDeclarationsAreUsed: something refers to every data source, local and
// variable.
func TestDeclarationsAreUsed(t *testing.T) {
	needed := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(cases())) {
		if cases()[name].err != nil {
			t.Errorf("testdata/%s does not synthesize", name)
			continue
		}
		d := parse(t, cases()[name].json)
		used := slices.Concat(addressesIn(d.Resource), addressesIn(d.Locals), addressesIn(d.Output), addressesIn(d.Data), addressesIn(d.Provider))
		for _, address := range d.declared() {
			if !slices.Contains(used, address) && unused[address] == "" {
				t.Errorf("%s: nothing refers to %s", name, address)
			}
			needed[address] = needed[address] || !slices.Contains(used, address)
		}
	}
	for address := range unused {
		if !needed[address] {
			t.Errorf("something refers to %s in every case, want it no longer in unused", address)
		}
	}
}

func (d document) declared() []string {
	var all []string
	for kind, named := range d.Data {
		for name := range named {
			all = append(all, "data."+kind+"."+name)
		}
	}
	for name := range d.Locals {
		all = append(all, "local."+name)
	}
	for name := range d.Variable {
		all = append(all, "var."+name)
	}
	slices.Sort(all)
	return all
}

// addressesIn lists what the expressions below a value refer to.
func addressesIn(value any) []string {
	var all []string
	walk(value, func(_, text string) {
		all = append(all, references.FindAllString(text, -1)...)
	})
	return all
}

func checkSecret(t *testing.T, d document) {
	for name, version := range d.Resource["aws_secretsmanager_secret_version"] {
		value := fmt.Sprint(version["secret_string"])
		variable, ok := strings.CutPrefix(strings.TrimSuffix(value, "}"), "${var.")
		if !ok || d.Variable[variable]["sensitive"] != true {
			t.Errorf("secret version %s has the value %s, want a sensitive variable", name, value)
		}
	}
}

// checkRoutes: private subnets reach the internet through a NAT gateway, or
// not at all where there is none.
func checkRoutes(t *testing.T, d document) {
	for subnet := range d.Resource["aws_subnet"] {
		if subnet == "public" {
			continue
		}
		tables := []string{}
		for _, association := range d.Resource["aws_route_table_association"] {
			if slices.Contains(addressesIn(association["subnet_id"]), "aws_subnet."+subnet) {
				tables = append(tables, addressesIn(association["route_table_id"])...)
			}
		}
		if len(tables) != 1 {
			t.Errorf("aws_subnet.%s has the route tables %v, want one", subnet, tables)
			continue
		}
		name, _ := strings.CutPrefix(tables[0], "aws_route_table.")
		routes, managed := d.Resource["aws_route_table"][name]["route"].([]any)
		if !managed || len(routes) == 0 && len(d.Resource["aws_nat_gateway"]) > 0 {
			t.Errorf("the route table %s of aws_subnet.%s has no route", name, subnet)
		}
		for _, route := range routes {
			for key, target := range object(t, route) {
				if strings.HasSuffix(key, "_id") && target != nil && key != "nat_gateway_id" {
					t.Errorf("aws_subnet.%s routes to %s %v", subnet, key, target)
				}
			}
		}
	}
}

// checkWaits: where a failed deployment is told of or rolled back, a service
// waits for all that lets its tasks start.
func checkWaits(t *testing.T, d document) {
	for name, service := range d.Resource["aws_ecs_service"] {
		if service["deployment_circuit_breaker"] == nil && service["wait_for_steady_state"] == nil && d.Resource["aws_cloudwatch_metric_alarm"] == nil {
			continue
		}
		_, task, _ := strings.Cut(only(t, addressesIn(service["task_definition"])), ".")
		role := only(t, addressesIn(d.Resource["aws_ecs_task_definition"][task]["execution_role_arn"]))
		subnets := addressesIn(service["network_configuration"])
		waits := list(service["depends_on"])
		for kind, argument := range map[string]string{"aws_iam_role_policy": "role", "aws_iam_role_policy_attachment": "role", "aws_route_table_association": "subnet_id"} {
			for other, of := range d.Resource[kind] {
				for _, needs := range addressesIn(of[argument]) {
					if (needs == role || slices.Contains(subnets, needs)) && !slices.Contains(waits, kind+"."+other) {
						t.Errorf("aws_ecs_service.%s does not wait for %s.%s of %s", name, kind, other, needs)
					}
				}
			}
		}
	}
}

// checkScaling: Terraform leaves the desired count of a service that scales
// alone, and of no other.
func checkScaling(t *testing.T, d document) {
	scales := map[string]bool{}
	for _, target := range d.Resource["aws_appautoscaling_target"] {
		for _, address := range addressesIn(target["resource_id"]) {
			scales[address] = true
		}
	}
	for name, service := range d.Resource["aws_ecs_service"] {
		lifecycle, _ := service["lifecycle"].(map[string]any)
		ignored, _ := lifecycle["ignore_changes"].([]any)
		if got := slices.Contains(ignored, any("desired_count")); got != scales["aws_ecs_service."+name] {
			t.Errorf("%s: ignores desired_count %t, scales %t", name, got, !got)
		}
	}
}

// checkAlarms: every alarm says what silence means, and a topic that is made is
// encrypted with a key that CloudWatch and EventBridge may use.
func checkAlarms(t *testing.T, d document) {
	for name, alarm := range d.Resource["aws_cloudwatch_metric_alarm"] {
		if missing := alarm["treat_missing_data"]; missing != "breaching" && missing != "notBreaching" {
			t.Errorf("alarm %s treats missing data as %v", name, missing)
		}
	}
	for name, topic := range d.Resource["aws_sns_topic"] {
		key := fmt.Sprint(topic["kms_master_key_id"])
		made := slices.ContainsFunc(addressesIn(key), func(a string) bool { return strings.HasPrefix(a, "aws_kms_key.") })
		if !made && !keyARN.MatchString(key) {
			t.Errorf("topic %s has the key %s, want one of our own", name, key)
		}
	}
}

// only is the only one of a list.
func only(t *testing.T, all []string) string {
	t.Helper()
	if len(all) != 1 {
		t.Fatalf("got %v, want one", all)
	}
	return all[0]
}

// object is a JSON object.
func object(t *testing.T, value any) map[string]any {
	t.Helper()
	o, ok := value.(map[string]any)
	if !ok {
		t.Fatalf("got %v, want an object", value)
	}
	return o
}

// list is a list of texts, or a text that stands for a list of one.
func list(value any) []string {
	var all []string
	walk([]any{value}, func(_, text string) { all = append(all, text) })
	return all
}

// walk visits every text below a value.
func walk(value any, visit func(path, value string)) {
	var down func(path string, value any)
	down = func(path string, value any) {
		switch v := value.(type) {
		case string:
			visit(path, v)
		case []any:
			for i, item := range v {
				down(fmt.Sprintf("%s[%d]", path, i), item)
			}
		case map[string]any:
			for _, key := range slices.Sorted(maps.Keys(v)) {
				if key != "//" {
					down(path+"."+key, v[key])
				}
			}
		case map[string]map[string]any:
			for key, item := range v {
				down(path+"."+key, item)
			}
		case map[string]map[string]map[string]any:
			for key, items := range v {
				for name, item := range items {
					down(path+"."+key+"."+name, item)
				}
			}
		}
	}
	down("", value)
}

// TestAddresses keeps the list of what sections make, by which resources can be
// renamed, true to what is made.
func TestAddresses(t *testing.T) {
	made := map[string]map[string]bool{settings.KindWorker: {}, settings.KindStateBackend: {}, settings.KindGitHubActions: {}}
	eachCase(t, func(t *testing.T, test string, data []byte) {
		d := parse(t, data)
		if test == "renamed" || test == "design" || test == "partition" {
			return // other names
		}
		kind, withoutWorker := settings.KindWorker, func(name string) string { return name }
		switch {
		case d.Resource["aws_s3_bucket"] != nil:
			kind = settings.KindStateBackend
		case d.Resource["aws_iam_openid_connect_provider"] != nil:
			kind = settings.KindGitHubActions
		default:
			withoutWorker = workerPrefixes(test)
		}
		for resource, resources := range d.Resource {
			for name := range resources {
				made[kind][resource+"."+withoutWorker(name)] = true
			}
		}
	})
	for kind, sections := range settings.Made {
		var want []string
		for _, r := range sections {
			want = slices.Concat(want, r.Addresses, r.PerWorker)
		}
		slices.Sort(want)
		if got := slices.Sorted(maps.Keys(made[kind])); !slices.Equal(got, want) {
			t.Errorf("settings.Made[%q]:\n%v\nmade:\n%v", kind, want, got)
		}
	}
}

// workerPrefixes returns what cuts an additional worker's prefix off a
// Terraform name.
func workerPrefixes(test string) func(name string) string {
	return func(name string) string {
		for _, v := range cases()[test].Environments[0].Workers()[1:] {
			if base, ok := strings.CutPrefix(name, v.ID+"_"); ok {
				return base
			}
		}
		return name
	}
}
