package stacks_test

import (
	"maps"
	"reflect"
	"slices"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// notInComplete are what the case complete leaves off, each with the reason.
var notInComplete = map[string]string{
	"cluster.existing":                          "in place of a cluster that is made",
	"logGroup.existing":                         "in place of a group that is made",
	"network.existing":                          "in place of a network that is made",
	"network.privateSubnetCidrBlocks":           "in place of ranges by number",
	"network.publicSubnetCidrBlocks":            "the same",
	"network.mapPublicIpOnLaunch":               "the preset production turns it off",
	"repository.forceDelete":                    "the same",
	"taskExecutionRole.attachEcrReadOnlyPolicy": "the role has least privilege",
	"securityGroup.ingress[].ipv6CidrBlocks":    "with network.existing alone",
	"securityGroup.additionalIds":               "groups of a network that exists",
	"terraform.backend.cloud":                   "one backend: s3",
	"terraform.backend.http":                    "the same",
	"terraform.backend.local":                   "the same",
	"terraform.backend.s3.assumeRole":           "who runs Terraform is the account's own",
	"terraform.provider.assumeRole":             "the same",
	"terraform.promptForVariables":              "asks on a terminal",
	"terraform.import":                          "a plan would want what it names",
	"terraform.moved":                           "nothing was anywhere before",
	"terraform.removed":                         "the same",
	"terraform.resourceNames":                   "the names are the app's",
	"worker.sigintRollback":                     "needs AWS provider 6.11",
	"worker.extraArgs":                          "--base-job-template is what the pool is made of without prefect.workPoolManagement",
	"worker.assignPublicIp":                     "the workers have NAT gateways",
}

// TestCompleteTurnsEverythingOn: what can be on beside everything else is on in
// the case complete: each optional section, list, mapping and switch, in one
// section of its kind.
func TestCompleteTurnsEverythingOn(t *testing.T) {
	on := map[string]bool{} // by the struct's field: an additional worker has the first one's
	var visit func(section reflect.Value)
	visit = func(section reflect.Value) {
		for _, f := range settings.Fields(section.Type()) {
			value := f.Of(section)
			if isOn(value) {
				on[f.Struct.String()+"."+f.Name] = true
			}
			switch {
			case sectionIn(f.Type) == nil || value.Kind() == reflect.Pointer && value.IsNil():
			case value.Kind() == reflect.Slice:
				for i := range value.Len() {
					visit(value.Index(i))
				}
			default:
				visit(reflect.Indirect(value))
			}
		}
	}
	synthesized(t, "complete")
	for _, e := range cases()["complete"].Environments {
		visit(reflect.ValueOf(e.Environment))
	}
	off, seen := map[string]bool{}, map[string]bool{}
	var declared func(section reflect.Type, path string)
	declared = func(section reflect.Type, path string) {
		for _, f := range settings.Fields(section) {
			at, field := path+f.Key, f.Struct.String()+"."+f.Name
			if seen[field] {
				continue
			}
			seen[field] = true
			if canBeOn(f.Type) && !on[field] {
				off[at] = true
				if notInComplete[at] == "" {
					t.Errorf("%s: off in the case complete, want it on in stacks/testdata/complete/environment.yaml, or in notInComplete with the reason", at)
				}
			} else if inner := sectionIn(f.Type); inner != nil {
				declared(inner, at+brackets(f.Type)+".")
			}
		}
	}
	declared(reflect.TypeFor[settings.Environment](), "")
	for _, path := range slices.Sorted(maps.Keys(notInComplete)) {
		if !off[path] {
			t.Errorf("%s: on in the case complete, or no such setting; want it no longer in notInComplete", path)
		}
	}
}

func canBeOn(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Bool, reflect.Slice, reflect.Map:
		return true
	case reflect.Pointer:
		return sectionIn(t) != nil
	}
	return t == reflect.TypeFor[settings.Switch]()
}

func isOn(value reflect.Value) bool {
	if s, ok := value.Interface().(settings.Switch); ok {
		return s.Value
	}
	if k := value.Kind(); k == reflect.Slice || k == reflect.Map {
		return value.Len() > 0
	}
	return !value.IsZero()
}
