package stacks_test

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The faults of the documented deployment, which adopting it must keep.
const (
	openIngress      = "ingress from everywhere"
	literalPartition = "literal partition"
)

// faults are the cases that keep documented faults, each for a reason. A case
// that is not listed has none; one that is listed has each of its faults.
var faults = map[string]struct {
	reason string
	kept   []string
}{
	"readme":       {"the documented deployment itself", []string{openIngress, literalPartition}},
	"renamed":      {"the documented deployment under other names", []string{openIngress, literalPartition}},
	"given-secret": {"the documented deployment with an existing secret", []string{openIngress, literalPartition}},
	"literal":      {"the documented deployment without variables", []string{openIngress, literalPartition}},
	"overrides":    {"changes much of the documented deployment, but not its partition", []string{literalPartition}},
	"lock-s3":      {"the documented deployment with another lock and without ingress", []string{literalPartition}},
	"design":       {"the documented design itself", []string{literalPartition}},
}

func TestSecurity(t *testing.T) {
	for name, data := range cases() {
		t.Run(name, func(t *testing.T) {
			d := parse(t, data)
			found := map[string][]string{openIngress: openToTheWorld(d), literalPartition: literalPartitions(t, name, d)}
			for _, fault := range []string{openIngress, literalPartition} {
				kept := slices.Contains(faults[name].kept, fault)
				switch at := found[fault]; {
				case !kept && len(at) > 0:
					t.Errorf("%s: %s", fault, strings.Join(at, ", "))
				case kept && len(at) == 0:
					t.Errorf("%s is listed in faults but not there any more", fault)
				}
			}
			checkRetention(t, d)
			checkPassRole(t, d)
		})
	}
}

// openToTheWorld lists the ingress rules that every address passes.
func openToTheWorld(d document) []string {
	var all []string
	world := func(at string, rule any) {
		walk(rule, func(path, value string) {
			if value == "0.0.0.0/0" || value == "::/0" {
				all = append(all, at+path)
			}
		})
	}
	for name, group := range d.Resource["aws_security_group"] {
		world("aws_security_group."+name+".ingress", group["ingress"])
	}
	for name, rule := range d.Resource["aws_vpc_security_group_ingress_rule"] {
		world("aws_vpc_security_group_ingress_rule."+name, rule)
	}
	for name, rule := range d.Resource["aws_security_group_rule"] {
		if rule["type"] == "ingress" {
			world("aws_security_group_rule."+name, rule)
		}
	}
	return all
}

var literalARN = regexp.MustCompile(`arn:aws[a-z-]*:[^"\s]*`)

// literalPartitions lists the ARNs that name a partition, unless the case's
// own settings have them.
func literalPartitions(t *testing.T, name string, d document) []string {
	t.Helper()
	var settings strings.Builder
	files, _ := filepath.Glob(filepath.Join("testdata", name, "*.yaml"))
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		settings.Write(data)
	}
	var all []string
	find := func(path, value string) {
		for _, arn := range literalARN.FindAllString(value, -1) {
			if !strings.Contains(settings.String(), arn) {
				all = append(all, path+": "+arn)
			}
		}
	}
	walk(d.Resource, find)
	walk(d.Locals, find)
	return all
}

// checkRetention: logs are not kept, and paid for, for ever.
func checkRetention(t *testing.T, d document) {
	for name, group := range d.Resource["aws_cloudwatch_log_group"] {
		if days, ok := group["retention_in_days"].(float64); !ok || days == 0 {
			t.Errorf("aws_cloudwatch_log_group.%s: no retention", name)
		}
	}
}

// checkPassRole: whoever may pass any role to any service has every role's
// permissions.
func checkPassRole(t *testing.T, d document) {
	for name, local := range d.Locals {
		document, _ := local.(map[string]any)
		statements, _ := document["Statement"].([]any)
		for i, statement := range statements {
			s, _ := statement.(map[string]any)
			if s["Effect"] != "Allow" || !passesRoles(s["Action"]) {
				continue
			}
			if fmt.Sprint(s["Resource"]) == "*" || fmt.Sprint(s["Resource"]) == "[*]" {
				t.Errorf("local.%s.Statement[%d]: iam:PassRole on every role", name, i)
			}
			if !strings.Contains(fmt.Sprint(s["Condition"]), "iam:PassedToService") {
				t.Errorf("local.%s.Statement[%d]: iam:PassRole to every service", name, i)
			}
		}
	}
}

func passesRoles(action any) bool {
	found := false
	walk([]any{action}, func(_, value string) {
		found = found || value == "*" || value == "iam:*" || strings.HasPrefix(value, "iam:Pass")
	})
	return found
}
