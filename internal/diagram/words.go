package diagram

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/dustin/go-humanize/english"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
)

// id is a text as D2 and Mermaid take it for an id.
func id(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, text)
}

func icon(id, icon, title string) *Box { return &Box{ID: id, Icon: icon, Title: title, Class: "icon"} }

func lines(all ...string) []string {
	return slices.DeleteFunc(all, func(l string) bool { return l == "" })
}

func addOnce(all []string, text string) []string {
	if text == "" || slices.Contains(all, text) {
		return all
	}
	return append(all, text)
}

// wrap breaks a text into lines at spaces.
func wrap(text string, width int) []string {
	var all []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && len(line)+1+len(word) > width {
			all, line = append(all, line), ""
		}
		line = strings.TrimSpace(line + " " + word)
	}
	return append(all, line)
}

// wrapped is a text with its lines broken at spaces.
func wrapped(text string, width int) string { return strings.Join(wrap(text, width), "\n") }

// size is what a task is given, and what it runs.
func size(task synthesized.Instance) []string {
	line := ""
	if cpu, err := strconv.ParseFloat(task.Text("cpu"), 64); err == nil {
		line = strconv.FormatFloat(cpu/1024, 'f', -1, 64) + " vCPU"
	}
	if memory, err := strconv.ParseFloat(task.Text("memory"), 64); err == nil {
		line += ", " + strconv.FormatFloat(memory/1024, 'f', -1, 64) + " GiB"
	}
	if architecture := task.Text("runtime_platform", "cpu_architecture"); architecture != "" {
		line += ", " + architecture
	}
	all := lines(strings.TrimPrefix(line, ", "))
	if c := task.Containers(); len(c) > 0 {
		all = append(all, wrapped(c[0].Image, 40))
	}
	return all
}

// tasks says how many tasks run, and on what.
func (b *builder) tasks(service synthesized.Instance) []string {
	n, _ := strconv.Atoi(service.Text("desired_count"))
	tasks := english.Plural(n, "task", "")
	for _, target := range b.stack.OfType("aws_appautoscaling_target") {
		if slices.Contains(target.Refers("resource_id"), service.Address()) {
			tasks = one(target).Text("min_capacity") + " to " + one(target).Text("max_capacity") + " tasks"
			b.belong(service.Address(), target)
		}
	}
	var providers []string
	for _, p := range service.List("capacity_provider_strategy") {
		providers = append(providers, synthesized.Text(synthesized.Get(p, "capacity_provider")))
	}
	if len(providers) == 0 {
		providers = lines(service.Text("launch_type"))
	}
	return []string{tasks + " on " + strings.Join(providers, ", ")}
}

// securityGroups says, at an arrow, what a service's security groups let in.
func (b *builder) securityGroups(service synthesized.Resource, arrow string) string {
	var in []string
	for _, group := range b.stack.OfType("aws_security_group") {
		if !slices.Contains(service.Refers("network_configuration", "security_groups"), group.Address()) {
			continue
		}
		b.belong(arrow, group)
		for _, rule := range one(group).List("ingress") {
			for _, cidr := range synthesized.List(synthesized.Get(rule, "cidr_blocks")) {
				in = append(in, ports(synthesized.Text(synthesized.Get(rule, "from_port")), synthesized.Text(synthesized.Get(rule, "to_port")))+" from "+synthesized.Text(cidr))
			}
		}
		for _, rule := range b.stack.OfType("aws_vpc_security_group_ingress_rule") {
			if !slices.Contains(rule.Refers("security_group_id"), group.Address()) {
				continue
			}
			b.belong(arrow, rule)
			for _, i := range rule.Instances() {
				from := cmp.Or(i.Text("cidr_ipv4"), i.Text("cidr_ipv6"), i.Text("prefix_list_id"), i.Text("referenced_security_group_id"))
				in = append(in, ports(i.Text("from_port"), i.Text("to_port"))+" from "+from)
			}
		}
	}
	if len(in) == 0 {
		return "tasks, no ingress"
	}
	return "tasks, ingress " + strings.Join(in, ", ")
}

// host is where an API URL points.
func host(api string) string {
	u, err := url.Parse(api)
	if err != nil || u.Host == "" {
		return ""
	}
	return u.Host
}

// plural says what one is, or how many there are of it.
func plural(n int, of string) string {
	if n == 1 {
		return strings.ToUpper(of[:1]) + of[1:]
	}
	return english.Plural(n, of, "")
}

// ports is a range of ports, or the one port that it is.
func ports(from, to string) string {
	switch {
	case from == "":
		return "every port"
	case from == to:
		return from
	}
	return from + "–" + to
}
