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

	"github.com/hashicorp/go-version"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// What must hold in every case, whatever its settings.
var (
	unresolved = regexp.MustCompile(`TfToken|\$\$\{|-1\.888|\$\{\}`)
	hashed     = regexp.MustCompile(`_[0-9A-F]{8}$`)
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
			parts := strings.Split(value, "-")
			if n := len(parts); n > 1 && parts[n-1] == parts[n-2] && strings.HasSuffix(path, ".Name") {
				t.Errorf("%s is %s, which ends with one word twice", path, value)
			}
			if nativeJSON.MatchString(value) {
				t.Errorf("%s is JSON in a string, want a local that a reviewer can read", path)
			}
		})
	})
}

func checkNames(t *testing.T, d document) {
	for kind, resources := range d.Resource {
		for name, resource := range resources {
			// What a stack made itself could meet a construct's, see RenamedUnchecked.
			if at := fmt.Sprint(resource["//"]); !strings.Contains(at, "/"+kind+".") {
				t.Errorf("%s.%s is made at %s, want it made by a construct", kind, name, at)
			}
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

func checkSecret(t *testing.T, d document) {
	for name, version := range d.Resource["aws_secretsmanager_secret_version"] {
		value, writeOnly := version["secret_string"], version["secret_string_wo"] != nil
		if writeOnly {
			value = version["secret_string_wo"]
		}
		variable, ok := strings.CutPrefix(strings.TrimSuffix(fmt.Sprint(value), "}"), "${var.")
		if v := d.Variable[variable]; !ok || v["sensitive"] != true || writeOnly && v["ephemeral"] != true {
			t.Errorf("secret version %s has the value %s, want a sensitive variable, and an ephemeral one in secret_string_wo", name, value)
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
		for _, route := range d.Resource["aws_route"] { // or separate resources
			if slices.Contains(addressesIn(route["route_table_id"]), tables[0]) {
				managed = true
				if route["nat_gateway_id"] != nil {
					routes = append(routes, map[string]any{"nat_gateway_id": route["nat_gateway_id"]})
				}
			}
		}
		if !managed || len(routes) == 0 && len(d.Resource["aws_nat_gateway"]) > 0 {
			t.Errorf("the route table %s of aws_subnet.%s has no route", name, subnet)
		}
		for _, route := range routes {
			for key, target := range object(t, route) {
				if internet := strings.HasPrefix(fmt.Sprint(target), "${aws_internet_gateway."); internet {
					t.Errorf("aws_subnet.%s routes to %s %v", subnet, key, target)
				}
			}
		}
	}
}

// checkWaits: where a failed deployment is reported or rolled back, a service
// waits for all that lets its tasks start.
func checkWaits(t *testing.T, d document) {
	for name, service := range d.Resource["aws_ecs_service"] {
		if service["deployment_circuit_breaker"] == nil && service["wait_for_steady_state"] == nil && d.Resource["aws_cloudwatch_metric_alarm"] == nil {
			continue
		}
		_, task, _ := strings.Cut(only(t, addressesIn(service["task_definition"])), ".")
		role := strings.Join(addressesIn(d.Resource["aws_ecs_task_definition"][task]["execution_role_arn"]), " ") // "" is one that exists
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
// alone, and of no other. What AWS deletes with a scalable target is created
// again with it, and by every Terraform that the stack admits.
func checkScaling(t *testing.T, d document) {
	for _, kind := range []string{"aws_appautoscaling_policy", "aws_appautoscaling_scheduled_action"} {
		for name, resource := range d.Resource[kind] {
			lifecycle, _ := resource["lifecycle"].(map[string]any)
			want := only(t, addressesIn(resource["resource_id"])) + ".id"
			if got := list(lifecycle["replace_triggered_by"]); !slices.Equal(got, []string{want}) {
				t.Errorf("%s.%s is replaced with %v, want it with %s", kind, name, got, want)
			}
			if admitted := version.MustConstraints(version.NewConstraint(d.Terraform.RequiredVersion)); admitted.Check(version.Must(version.NewVersion("1.1.9"))) {
				t.Errorf("required_version %s admits a Terraform before 1.2, which does not know replace_triggered_by", d.Terraform.RequiredVersion)
			}
		}
	}
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

// checkAlarms: every alarm says what silence means, and a topic that is created is
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

// TestAddresses keeps the list of what sections create, by which resources can be
// renamed, true to what is created.
func TestAddresses(t *testing.T) {
	made := map[string]map[string]bool{settings.KindWorker: {}, settings.KindStateBackend: {}, settings.KindGitHubActions: {}, settings.KindCrashEvents: {}}
	eachCase(t, func(t *testing.T, test string, data []byte) {
		d := parse(t, data)
		if test == "renamed" || test == "design" || test == "partition" {
			return // other names
		}
		kind, withoutWorker := settings.KindWorker, func(name string) string { return name }
		switch {
		case d.Resource["aws_s3_bucket"] != nil:
			kind = settings.KindStateBackend
		case d.Resource["aws_iam_role"]["plan"] != nil:
			kind = settings.KindGitHubActions
		case d.Resource["aws_ecs_service"] == nil:
			kind = settings.KindCrashEvents
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
		for _, address := range want {
			if !made[kind][address] {
				t.Errorf("%s is in a section's tag makes or perWorker, but no case makes it", address)
			}
			delete(made[kind], address)
		}
		for _, address := range slices.Sorted(maps.Keys(made[kind])) {
			t.Errorf("%s is made, but no section names it; add it to the tag makes of the section's field _ in package settings", address)
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
