package stacks_test

import (
	"fmt"
	"regexp"
	"slices"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

var jsonOf = regexp.MustCompile(`^\$\{jsonencode\(local\.([A-Za-z0-9_-]+)\)\}$`)

// checkTasks: what a task definition's containers refer to is in it, and a
// service asks for capacity in one way.
func checkTasks(t *testing.T, d document) {
	for name, task := range d.Resource["aws_ecs_task_definition"] {
		m := jsonOf.FindStringSubmatch(fmt.Sprint(task["container_definitions"]))
		if m == nil {
			t.Errorf("%s: container_definitions are %v, want a local's JSON", name, task["container_definitions"])
			continue
		}
		containers, ok := d.Locals[m[1]].([]any)
		if !ok {
			t.Errorf("local.%s is %v, want a list of containers", m[1], d.Locals[m[1]])
			continue
		}
		checkContainers(t, name, containers, namesIn(task["volume"], "name"))
	}
	for name, service := range d.Resource["aws_ecs_service"] {
		_, launchType := service["launch_type"]
		_, strategy := service["capacity_provider_strategy"]
		if launchType == strategy {
			t.Errorf("%s: launch_type %v, capacity_provider_strategy %v, want one of them", name, launchType, strategy)
		}
	}
}

// helpers are the containers that settings other than sidecars add.
var helpers = []string{settings.OpenTelemetryContainer, settings.PrepareVolumeContainer, settings.WorkPoolContainer}

func checkContainers(t *testing.T, task string, containers []any, volumes []string) {
	names := namesIn(containers, "name")
	for i, container := range containers {
		c := object(t, container)
		at := task + " " + names[i]
		if slices.Contains(names[:i], names[i]) {
			t.Errorf("%s: two containers of one name", at)
		}
		own := i > 0 && !slices.Contains(helpers, names[i]) // a sidecar of the settings
		if (c["essential"] == true) != (i == 0) && !own {
			t.Errorf("%s: essential is %v, want the worker to be, and none of what helps it", at, c["essential"])
		}
		if c["logConfiguration"] == nil {
			t.Errorf("%s: its output is lost", at)
		}
		if !own && c["readonlyRootFilesystem"] != object(t, containers[0])["readonlyRootFilesystem"] {
			t.Errorf("%s: its root file system is not as the worker's", at)
		}
		for _, volume := range namesIn(c["mountPoints"], "sourceVolume") {
			if !slices.Contains(volumes, volume) {
				t.Errorf("%s: mounts %s, which the task does not have", at, volume)
			}
		}
		for _, other := range namesIn(c["dependsOn"], "containerName") {
			if other == names[i] || !slices.Contains(names, other) {
				t.Errorf("%s: waits for %s, which the task does not have", at, other)
			}
		}
		variables := slices.Concat(namesIn(c["environment"], "name"), namesIn(c["secrets"], "name"))
		if slices.Sort(variables); len(slices.Compact(slices.Clone(variables))) != len(variables) {
			t.Errorf("%s: a variable is set twice: %v", at, variables)
		}
	}
}

// namesIn lists one key of every object in a list; of anything else nothing.
func namesIn(list any, key string) []string {
	var names []string
	objects, _ := list.([]any)
	for _, element := range objects {
		object, _ := element.(map[string]any)
		names = append(names, fmt.Sprint(object[key]))
	}
	return names
}
