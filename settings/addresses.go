package settings

import (
	"reflect"
	"slices"
	"strings"
)

// Resources are what a section of an environment file makes, under the names
// this app gives them; the tags of a field _ say it. Those of a worker stack are
// a contract with every state there is: one that changes needs a moved block
// and a line in CHANGELOG. A test compares them with what the cases create.
type Resources struct {
	Section   string   // its path; "" is the file itself
	Addresses []string // that a stack has once
	PerWorker []string // that each worker has its own of: an additional worker's begin with its name
}

// Made lists the resources of each kind of stack, by section.
var Made = map[string][]Resources{
	KindWorker:        resources(reflect.TypeFor[Environment](), ""),
	KindStateBackend:  resources(reflect.TypeFor[StateBackend](), ""),
	KindGitHubActions: resources(reflect.TypeFor[GitHubActions](), ""),
	KindCrashEvents:   resources(reflect.TypeFor[CrashEventsStack](), ""),
}

func resources(section reflect.Type, path string) []Resources {
	var all []Resources
	if f, ok := section.FieldByName("_"); ok {
		all = append(all, Resources{path, strings.Fields(f.Tag.Get("makes")), strings.Fields(f.Tag.Get("perWorker"))})
	}
	for _, f := range Fields(section) {
		inner, at := f.Type, f.Key
		if path != "" {
			at = path + "." + f.Key
		}
		if inner.Kind() == reflect.Pointer || inner.Kind() == reflect.Slice {
			inner = inner.Elem()
		}
		// Additional workers create what the worker does.
		if inner.Kind() == reflect.Struct && inner != reflect.TypeFor[AdditionalWorker]() {
			all = append(all, resources(inner, at)...)
		}
	}
	return all
}

// Addresses are the resources of a worker stack, by which resourceNames
// renames them.
var Addresses = addresses(func(r Resources) []string { return slices.Concat(r.Addresses, r.PerWorker) })

// WorkerAddresses are those that each worker has its own of.
var WorkerAddresses = addresses(func(r Resources) []string { return r.PerWorker })

func addresses(of func(Resources) []string) []string {
	var all []string
	for _, r := range Made[KindWorker] {
		all = append(all, of(r)...)
	}
	slices.Sort(all)
	return all
}
