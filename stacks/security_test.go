package stacks_test

import (
	"os"
	"path/filepath"

	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// The faults of the documented deployment, which adopting it must keep.
const (
	openIngress      = "ingress from everywhere"
	literalPartition = "literal partition"
)

// kept says which of the faults a case's settings ask for: rules and partition
// of a documented preset that it does not override. Nothing else may add one,
// and the production preset has none to begin with.
func kept(t *testing.T, name string) map[string]bool {
	t.Helper()
	for _, e := range cases()[name].Environments {
		if e.Stack != "environment" || e.Preset == "production" {
			continue
		}
		open := slices.ContainsFunc(e.SecurityGroup.Ingress, func(r settings.SecurityGroupRule) bool { return slices.Contains(r.CIDRBlocks, "0.0.0.0/0") })
		return map[string]bool{openIngress: open, literalPartition: e.Partition != "" && e.TaskExecutionRole.Permissions != settings.LeastPrivilege}
	}
	return nil
}

func TestSecurity(t *testing.T) {
	eachCase(t, func(t *testing.T, name string, data []byte) {
		d := parse(t, data)
		kept := kept(t, name)
		found := map[string][]string{openIngress: openToTheWorld(d), literalPartition: literalPartitions(t, name, d)}
		for _, fault := range []string{openIngress, literalPartition} {
			switch at := found[fault]; {
			case !kept[fault] && len(at) > 0:
				t.Errorf("%s: %s", fault, strings.Join(at, ", "))
			case kept[fault] && len(at) == 0:
				t.Errorf("%s: asked for by the settings but not there", fault)
			}
		}
		checkRetention(t, d)
	})
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

var literalARN = regexp.MustCompile(`arn:aws[a-z-]*:[^"\s,\]}]*`)

// literalPartitions lists the ARNs that name a partition, unless the case's
// own settings have them.
func literalPartitions(t *testing.T, name string, d document) []string {
	t.Helper()
	var own []string
	files, _ := filepath.Glob(filepath.Join("testdata", name, "*.yaml"))
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		own = append(own, literalARN.FindAllString(string(data), -1)...)
	}
	var all []string
	find := func(path, value string) {
		for _, arn := range literalARN.FindAllString(value, -1) {
			// A policy has the ARN without ":json-key:stage:version", and of a file its bucket's too.
			if !slices.ContainsFunc(own, func(given string) bool {
				return given == arn || strings.HasPrefix(given, arn+":") || strings.HasPrefix(given, arn+"/") && strings.Contains(arn, ":s3:::")
			}) {
				all = append(all, path+": "+arn)
			}
		}
	}
	walk(d.Resource, find)
	walk(d.Locals, find)
	return all
}

// checkRetention: logs are not kept, and paid for, forever.
func checkRetention(t *testing.T, d document) {
	for name, group := range d.Resource["aws_cloudwatch_log_group"] {
		if days, ok := group["retention_in_days"].(float64); !ok || days == 0 {
			t.Errorf("aws_cloudwatch_log_group.%s: no retention", name)
		}
	}
}
