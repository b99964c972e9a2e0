package adopt

import (
	"cmp"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// graph finds resources by what refers to them, never by their names.
type graph struct{ all []*Resource }

// find is the first resource of a type for which something is so, or nil.
func (g graph) find(kind string, is func(*Resource) bool) *Resource {
	for _, r := range g.all {
		if r.Type == kind && is(r) {
			return r
		}
	}
	return nil
}

func (g graph) every(kind string, is func(*Resource) bool) []*Resource {
	var all []*Resource
	for _, r := range g.all {
		if r.Type == kind && is(r) {
			all = append(all, r)
		}
	}
	return all
}

// by is the resource of a type one of whose attributes has a value.
func (g graph) by(kind, attribute, value string) *Resource {
	if value == "" {
		return nil
	}
	return g.find(kind, func(r *Resource) bool { return r.text(attribute) == value })
}

// service is a service with what it refers to; nil is what the state does not manage.
type service struct {
	*Resource
	task       *Resource
	cluster    *Resource
	containers []map[string]any // of the task
	worker     map[string]any   // the container that runs the worker
	id         string           // of the additional worker; "": it is the first
}

// services are those on Fargate whose task definition the state has.
func (g graph) services() []*service {
	var all []*service
	for _, r := range g.every("aws_ecs_service", func(*Resource) bool { return true }) {
		s := &service{Resource: r}
		definition := r.text("task_definition")
		s.task = g.find("aws_ecs_task_definition", func(t *Resource) bool {
			family := t.text("family")
			return slices.Contains([]string{t.text("arn"), t.text("arn_without_revision"), family + ":" + t.text("revision"), family}, definition)
		})
		s.cluster = g.find("aws_ecs_cluster", func(c *Resource) bool {
			return slices.Contains([]string{c.text("arn"), c.text("name")}, r.text("cluster"))
		})
		if s.task == nil || r.text("launch_type") == "EC2" || r.text("launch_type") == "EXTERNAL" {
			continue
		}
		if json.Unmarshal([]byte(s.task.text("container_definitions")), &s.containers) != nil || len(s.containers) == 0 {
			continue
		}
		s.worker = workerContainer(s.containers)
		all = append(all, s)
	}
	return all
}

// workerContainer is the container that starts a worker, else the first essential one.
func workerContainer(all []map[string]any) map[string]any {
	for _, is := range []func(map[string]any) bool{runsWorker, essential, func(map[string]any) bool { return true }} {
		if i := slices.IndexFunc(all, is); i >= 0 {
			return all[i]
		}
	}
	return nil
}

func essential(c map[string]any) bool { v, given := c["essential"].(bool); return !given || v }

var startsWorker = regexp.MustCompile(`\bprefect (worker|agent) start\b`)

func runsWorker(c map[string]any) bool {
	return startsWorker.MatchString(strings.Join(append(texts(c["entryPoint"]), texts(c["command"])...), " "))
}

// network is the first block of a service's network configuration.
func (s *service) network() map[string]any {
	if all := s.blocks("network_configuration"); len(all) > 0 {
		return all[0]
	}
	return map[string]any{}
}

func (s *service) subnets() []string       { return texts(s.network()["subnets"]) }
func (s *service) groups() []string        { return texts(s.network()["security_groups"]) }
func (s *service) assignPublicIP() bool    { return textOf(s.network()["assign_public_ip"]) == "true" }
func (s *service) role(kind string) string { return s.task.text(kind) }

// arnPart is one of the six parts of an ARN: arn, partition, service, region,
// account, resource.
func arnPart(arn string, i int) string {
	parts := strings.SplitN(arn, ":", 6)
	if len(parts) < 6 {
		return ""
	}
	return parts[i]
}

// order puts instances of a resource in the order of their numbers, others in
// that of their availability zones.
func order(subnets []*Resource) {
	numbers := func() bool {
		return !slices.ContainsFunc(subnets, func(r *Resource) bool { _, err := strconv.Atoi(strings.Trim(r.Key, "[]")); return err != nil })
	}()
	slices.SortStableFunc(subnets, func(a, b *Resource) int {
		if numbers && a.Whole() == b.Whole() && a.Module == b.Module {
			x, _ := strconv.Atoi(strings.Trim(a.Key, "[]"))
			y, _ := strconv.Atoi(strings.Trim(b.Key, "[]"))
			return cmp.Compare(x, y)
		}
		return cmp.Compare(a.text("availability_zone"), b.text("availability_zone"))
	})
}
