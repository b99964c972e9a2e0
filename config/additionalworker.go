package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// AdditionalWorker is a worker beside the first one, with any of its settings.
// What is left out is the first worker's, except what must differ: service
// name, family, container name and log stream prefix are the name, the Name
// tags "{nameTag}-<name>"; deployment.alarmNames are none, for the first
// worker's alarms tell nothing of this one.
type AdditionalWorker struct {
	Name     string `yaml:"name"`     // prefix of its Terraform names: part of the contract
	WorkPool string `yaml:"workPool"` // empty: prefect.workPool
	Worker   `yaml:",inline"`

	node *yaml.Node // laid over the first worker once that is known
}

// UnmarshalYAML keeps the settings until the first worker's are known.
func (a *AdditionalWorker) UnmarshalYAML(node *yaml.Node) error {
	a.node = node
	return nil
}

// layAdditionalWorkers gives each additional worker its settings.
func (e *Environment) layAdditionalWorkers() error {
	first, err := yaml.Marshal(e.Worker)
	if err != nil {
		return err
	}
	for i := range e.AdditionalWorkers {
		if err := e.AdditionalWorkers[i].layOver(first); err != nil {
			return syntaxError(e.file.name, err)
		}
	}
	return nil
}

// layOver decodes the settings over a deep copy of the first worker's.
func (a *AdditionalWorker) layOver(first []byte) error {
	type plain AdditionalWorker
	if err := yaml.Unmarshal(first, &a.Worker); err != nil {
		return err
	}
	name := scalarOf(a.node, "name")
	a.ServiceName, a.Family, a.ContainerName, a.LogStreamPrefix = name, name, name, name
	a.ServiceNameTag, a.TaskDefinitionNameTag = "{nameTag}-"+name, "{nameTag}-"+name
	if a.Deployment != nil {
		a.Deployment.AlarmNames = nil
	}
	return a.node.Decode((*plain)(a))
}

// own says whether a setting stands in the file, not in the first worker's.
func (a *AdditionalWorker) own(setting string) bool { return scalarOf(a.node, setting) != "" }

// View is the environment as one of its workers sees it: Worker is that
// worker, and Prefect.WorkPool the pool it polls.
type View struct {
	*Environment
	ID   string // "" for the first, else the additional worker's name
	Path string // of its settings
}

// Views lists the environment's workers, the first one first.
func (e *Environment) Views() []View {
	views := []View{{e, "", "worker"}}
	for i := range e.AdditionalWorkers {
		a := &e.AdditionalWorkers[i]
		views = append(views, View{e.seenBy(a), a.Name, fmt.Sprintf("additionalWorkers[%d]", i)})
	}
	return views
}

// seenBy replaces what an additional worker has of its own. A variable exposes
// the first worker's setting, and so only what is left out.
func (e *Environment) seenBy(a *AdditionalWorker) *Environment {
	view := *e
	view.Worker = a.Worker
	view.Terraform.Variables = maps.Clone(e.Terraform.Variables)
	maps.DeleteFunc(view.Terraform.Variables, func(_, setting string) bool {
		return setting == "worker.image" && a.own("image") ||
			setting == "worker.desiredCount" && a.own("desiredCount") ||
			setting == "prefect.workPool" && a.own("workPool")
	})
	if a.WorkPool != "" {
		view.Prefect.WorkPool = a.WorkPool
	}
	return &view
}

func (e *Environment) anyWorker(is func(*Worker) bool) bool {
	return slices.ContainsFunc(e.Views(), func(v View) bool { return is(&v.Worker) })
}

func (e *Environment) checkAdditionalWorkers(c checker) {
	views := e.Views()
	for i, v := range views[1:] {
		c.text(v.Path+".name", v.ID, workerName)
		if v.ID == "" {
			continue // all that is derived from it would be wrong too
		}
		c.text(v.Path+".workPool", e.AdditionalWorkers[i].WorkPool, orEmpty(workPool))
		// A fault that is inherited is reported once, where it stands.
		mine := c
		mine.silent = func(path string) bool {
			return !c.file.has(path) && c.wrong["worker"+strings.TrimPrefix(path, v.Path)]
		}
		v.checkWorkerAt(mine, v.Path)
		for _, unique := range []struct {
			setting string
			of      func(View) string
		}{
			{"name", func(v View) string { return v.ID }},
			{"serviceName", func(v View) string { return v.Worker.ServiceName }},
			{"family", func(v View) string { return v.Worker.Family }},
			{"logStreamPrefix", func(v View) string { return v.Worker.LogStreamPrefix }},
		} {
			for _, other := range views[:i+1] {
				if unique.of(other) == unique.of(v) {
					c.fail(v.Path+"."+unique.setting, fmt.Errorf("got %q, which %s has already", unique.of(v), other.Path))
				}
			}
		}
	}
}

// workerName begins Terraform names and is an ECS name.
var workerName = pattern(`[A-Za-z][A-Za-z0-9_-]*`, 200, "1 to 200 letters, digits, _ or -, beginning with a letter")

var workerAddresses []string
