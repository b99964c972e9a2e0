package stacks_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/iamtest"
)

// translated are the resources that cfn-lint looks at, as CloudFormation has
// them. A name that is not CloudFormation's is here; the others are the
// provider's in another spelling, cpu_architecture for CpuArchitecture.
var translated = map[string]struct {
	kind    string
	renamed map[string]string // of the resource's own arguments; "": Terraform's alone
}{
	"aws_ecs_task_definition": {"AWS::ECS::TaskDefinition", map[string]string{"volume": "Volumes"}},
	"aws_ecs_service": {"AWS::ECS::Service", map[string]string{"name": "ServiceName", "enable_ecs_managed_tags": "EnableECSManagedTags",
		"deployment_maximum_percent": "MaximumPercent", "deployment_minimum_healthy_percent": "MinimumHealthyPercent", "wait_for_steady_state": "", "force_new_deployment": "", "triggers": "", "timeouts": "", "sigint_rollback": ""}},
	"aws_cloudwatch_metric_alarm":         {"AWS::CloudWatch::Alarm", map[string]string{"metric_query": "Metrics", "ok_actions": "OKActions"}},
	"aws_appautoscaling_target":           {"AWS::ApplicationAutoScaling::ScalableTarget", nil},
	"aws_appautoscaling_policy":           {"AWS::ApplicationAutoScaling::ScalingPolicy", map[string]string{"name": "PolicyName"}},
	"aws_appautoscaling_scheduled_action": {"AWS::ApplicationAutoScaling::ScalableTarget", map[string]string{"name": "ScheduledActionName"}},
}

// Terraform's own arguments, and tags, which are a map here and a list there.
var notTranslated = []string{"//", "container_definitions", "count", "depends_on", "for_each", "lifecycle", "provider", "tags", "skip_destroy"}

// TestCloudFormation: cfn-lint finds nothing in the task definitions, services,
// alarms and scaling of any case, translated into CloudFormation.
func TestCloudFormation(t *testing.T) {
	python := needJudges(t)
	resources, from := map[string]any{}, map[string]string{}
	seen := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(cases())) {
		s := stackOf(t, synthesized(t, name))
		for _, kind := range slices.Sorted(maps.Keys(translated)) {
			for _, local := range slices.Sorted(maps.Keys(s.Resource[kind])) {
				translation := translator{t, s, kind}.resource(s.Resource[kind][local])
				text, err := json.Marshal(translation)
				if err != nil {
					t.Fatal(err)
				}
				if !seen[string(text)] { // most cases have most resources in common
					seen[string(text)] = true
					id := fmt.Sprintf("R%d", len(resources))
					resources[id], from[id] = translation, name+" "+kind+"."+local
				}
			}
		}
	}
	const bad = "Bad" // that something is found at all
	resources[bad] = map[string]any{"Type": "AWS::ECS::TaskDefinition", "Properties": map[string]any{
		"RequiresCompatibilities": []any{"FARGATE"}, "NetworkMode": "awsvpc", "Cpu": "256", "Memory": "4096", "ContainerDefinitions": []any{map[string]any{"Name": "x", "Image": "x"}}}}
	findings, err := iamtest.Lint(t.Context(), python, resources)
	if err != nil {
		t.Fatal(err)
	}
	found := false
	for _, f := range findings {
		if f.Name == bad {
			found = true
			continue
		}
		t.Errorf("%s: %s", from[f.Name], f.Finding)
	}
	if !found {
		t.Error("nothing is found in 4096 MiB with a quarter vCPU")
	}
	t.Logf("%d different resources", len(resources))
}

type translator struct {
	t    *testing.T
	s    *iamtest.Stack
	kind string
}

func (tr translator) resource(config map[string]any) map[string]any {
	properties := map[string]any{}
	for name, v := range config {
		renamed, known := translated[tr.kind].renamed[name]
		switch {
		case slices.Contains(notTranslated, name) || known && renamed == "" || v == nil:
		case known:
			properties[renamed] = tr.value(v)
		default:
			maps.Copy(properties, tr.value(map[string]any{name: v}).(map[string]any))
		}
	}
	move := func(to string, names ...string) {
		inner, _ := properties[to].(map[string]any)
		if inner == nil {
			inner = map[string]any{}
		}
		for _, name := range names {
			if v, ok := properties[name]; ok {
				inner[name] = v
				delete(properties, name)
			}
		}
		if len(inner) > 0 {
			properties[to] = inner
		}
	}
	switch tr.kind {
	case "aws_ecs_task_definition":
		local := regexp.MustCompile(`local\.(\w+)`).FindStringSubmatch(fmt.Sprint(config["container_definitions"]))[1]
		properties["ContainerDefinitions"] = tr.containers(tr.s.Locals[local])
		volumes, _ := properties["Volumes"].([]any)
		for _, v := range volumes {
			volume := v.(map[string]any)
			efs, ok := volume["EfsVolumeConfiguration"].(map[string]any)
			if !ok {
				continue
			}
			delete(volume, "EfsVolumeConfiguration")
			volume["EFSVolumeConfiguration"] = efs
			efs["FilesystemId"] = efs["FileSystemId"]
			delete(efs, "FileSystemId")
			if authorization, ok := efs["AuthorizationConfig"].(map[string]any); ok {
				authorization["IAM"] = authorization["Iam"]
				delete(authorization, "Iam")
			}
		}
	case "aws_ecs_service":
		move("DeploymentConfiguration", "Alarms", "DeploymentCircuitBreaker", "MaximumPercent", "MinimumHealthyPercent")
		if network, ok := properties["NetworkConfiguration"].(map[string]any); ok {
			network["AssignPublicIp"] = map[any]string{true: "ENABLED", false: "DISABLED"}[network["AssignPublicIp"]]
			properties["NetworkConfiguration"] = map[string]any{"AwsvpcConfiguration": network}
		}
		if registries, ok := properties["ServiceRegistries"].(map[string]any); ok {
			properties["ServiceRegistries"] = []any{registries}
		}
	case "aws_cloudwatch_metric_alarm":
		metrics, _ := properties["Metrics"].([]any)
		for _, m := range metrics {
			query := m.(map[string]any)
			metric, ok := query["Metric"].(map[string]any)
			if !ok {
				continue
			}
			stat := map[string]any{"Period": metric["Period"], "Stat": metric["Stat"]}
			delete(metric, "Period")
			delete(metric, "Stat")
			stat["Metric"] = metric
			delete(query, "Metric")
			query["MetricStat"] = stat
		}
	case "aws_appautoscaling_scheduled_action":
		action := map[string]any{}
		for _, name := range []string{"ScheduledActionName", "Schedule", "Timezone", "ScalableTargetAction"} {
			if v, ok := properties[name]; ok {
				action[name] = v
				delete(properties, name)
			}
		}
		properties["ScheduledActions"], properties["MinCapacity"], properties["MaxCapacity"] = []any{action}, 1, 2
	}
	return map[string]any{"Type": translated[tr.kind].kind, "Properties": properties}
}

// value is a value with CloudFormation's names, and with plausible texts for
// expressions.
func (tr translator) value(v any) any {
	switch v := v.(type) {
	case map[string]any:
		all := map[string]any{}
		for name, inner := range v {
			renamed := ""
			for word := range strings.SplitSeq(name, "_") {
				renamed += strings.ToUpper(word[:1]) + word[1:]
			}
			switch {
			case inner == nil:
			case name == "dimensions":
				all[renamed] = tr.dimensions(inner)
			case name == "size_in_gib":
				all["SizeInGiB"] = tr.value(inner)
			default:
				all[renamed] = tr.value(inner)
			}
		}
		return all
	case []any:
		all := []any{}
		for _, inner := range v {
			all = append(all, tr.value(inner))
		}
		return all
	case string:
		return tr.text(v)
	}
	return v
}

// dimensions are a map in Terraform, and in a scaling policy already a list.
func (tr translator) dimensions(v any) []any {
	all := []any{}
	dimensions, ok := v.(map[string]any)
	if !ok {
		return tr.value(v).([]any)
	}
	for _, name := range slices.Sorted(maps.Keys(dimensions)) {
		all = append(all, map[string]any{"Name": name, "Value": tr.value(dimensions[name])})
	}
	return all
}

// containers have the API's names, whose first letter is a small one; the keys
// of a map such as options are the user's.
func (tr translator) containers(v any) any {
	switch v := v.(type) {
	case map[string]any:
		all := map[string]any{}
		for name, inner := range v {
			if name == "options" || name == "dockerLabels" {
				all[strings.ToUpper(name[:1])+name[1:]] = tr.texts(inner)
				continue
			}
			all[strings.ToUpper(name[:1])+name[1:]] = tr.containers(inner)
		}
		return all
	case []any:
		all := []any{}
		for _, inner := range v {
			all = append(all, tr.containers(inner))
		}
		return all
	case string:
		text := tr.text(v)
		if _, ok := text.(string); !ok { // an expression's own containers or secrets
			return tr.containers(text)
		}
		return text
	}
	return v
}

func (tr translator) texts(v any) map[string]any {
	all := map[string]any{}
	for name, inner := range v.(map[string]any) {
		all[name] = tr.text(fmt.Sprint(inner))
	}
	return all
}

// attributes stand for what AWS chooses, and for what the elements of a loop
// have, by the expression.
var attributes = []struct {
	expression string
	value      any
}{
	{`\.resource_id}`, "service/cluster/service"}, {`\.scalable_dimension}`, "ecs:service:DesiredCount"}, {`\.service_namespace}`, "ecs"},
	{`aws_subnet\.\w+\[\*\]\.id}`, []any{"subnet-0123456789abcdef0"}},
	{`aws_security_group\.\w+\.id}`, "sg-0123456789abcdef0"},
	{`each\.key}`, "morning"}, {`each\.value\.schedule}`, "cron(0 7 ? * MON-FRI *)"}, {`each\.value\.timezone}`, "Europe/Berlin"},
	{`min_capacity, null\)}`, 1}, {`max_capacity, null\)}`, 2},
}

func (tr translator) text(v string) any {
	if resolved, err := tr.s.Resolve(v); err == nil {
		return resolved
	}
	for _, a := range attributes {
		if strings.HasPrefix(v, "${") && regexp.MustCompile(a.expression+"$").MatchString(v) {
			return a.value
		}
	}
	return regexp.MustCompile(`\$\{[^}]*\}`).ReplaceAllString(v, "x")
}
