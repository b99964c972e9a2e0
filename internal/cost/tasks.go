package cost

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// freeStorageGiB is the ephemeral storage that a task has for nothing.
const freeStorageGiB = 20

// size is what one task of Fargate reserves.
type size struct {
	vCPU, memoryGB, storageGiB float64
	arm                        bool
}

func (s size) String() string {
	architecture := "X86_64"
	if s.arm {
		architecture = "ARM64"
	}
	return fmt.Sprintf("%s vCPU, %s GB, %s", number(s.vCPU), number(s.memoryGB), architecture)
}

// strategy is a capacity provider strategy, or all on demand.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html
type strategy []provider

type provider struct {
	spot         bool
	base, weight float64
}

// split says how many of n tasks run on demand, and how many on Spot: the base
// first, and then each task where the share of the weights lacks it most.
func (s strategy) split(n int) (onDemand, spot float64) {
	if len(s) == 0 {
		return float64(n), 0
	}
	placed := make([]float64, len(s))
	weights, rest := 0.0, float64(n)
	for i, p := range s {
		weights += p.weight
		placed[i] = min(p.base, rest)
		rest -= placed[i]
	}
	beyond := make([]float64, len(s))
	for k := 1.0; k <= rest; k++ {
		most := 0
		for i, p := range s {
			if p.weight*k/weights-beyond[i] > s[most].weight*k/weights-beyond[most]+1e-9 {
				most = i
			}
		}
		if weights == 0 {
			break
		}
		beyond[most]++
	}
	for i, p := range s {
		if p.spot {
			spot += placed[i] + beyond[i]
		} else {
			onDemand += placed[i] + beyond[i]
		}
	}
	return onDemand, spot
}

// spotShare is what part of many tasks runs on Spot.
func (s strategy) spotShare() float64 {
	spot, all := 0.0, 0.0
	for _, p := range s {
		all += p.weight
		if p.spot {
			spot += p.weight
		}
	}
	if all == 0 {
		return 0
	}
	return spot / all
}

// parseStrategy reads blocks.
func parseStrategy(blocks []cty.Value) strategy {
	var all strategy
	for _, b := range blocks {
		base, _ := strconv.ParseFloat(synthesized.Text(synthesized.Get(b, "base")), 64)
		weight, _ := strconv.ParseFloat(synthesized.Text(synthesized.Get(b, "weight")), 64)
		all = append(all, provider{spot: synthesized.Text(synthesized.Get(b, "capacity_provider")) == settings.FargateSpot, base: base, weight: weight})
	}
	return all
}

// tasksOf are a service's tasks.
type tasksOf struct {
	address, name string
	size          size
	strategy      strategy
	running       []synthesized.Container // those that do not end by themselves
	publicIP      bool
	least, most   counts // how many tasks run in how many hours of a month
	scaled        string // why least and most differ: "2 to 6 tasks"
	pool          string // JSON of the work pool's variables, "" where they are not known
	flows         string // where flow runs run: process in the worker's own task
}

// counts are hours of a month by the number of tasks that run in them.
type counts map[int]float64

func (c counts) average() float64 {
	all := 0.0
	for n, hours := range c {
		all += float64(n) * hours
	}
	return all / Hours
}

func constant(n int) counts { return counts{n: Hours} }

// tasks are those of all services of the stack.
func (e *estimator) tasks() []tasksOf {
	if e.read == nil {
		e.read = e.readTasks()
	}
	return e.read
}

func (e *estimator) readTasks() []tasksOf {
	all := []tasksOf{}
	for _, service := range e.of("aws_ecs_service") {
		t := tasksOf{address: service.Address(), name: service.Text("name"), publicIP: service.Text("network_configuration", "assign_public_ip") == "true"}
		definition, ok := e.refersTo(service.Resource, "aws_ecs_task_definition", "task_definition")
		desired, err := strconv.Atoi(service.Text("desired_count"))
		if !ok || err != nil {
			e.note("how many tasks of which size the service runs is not known before an apply", service.Address())
			continue
		}
		if t.size, err = sizeOf(definition); err != nil {
			e.note(err.Error(), definition.Address())
			continue
		}
		t.strategy = parseStrategy(service.List("capacity_provider_strategy"))
		if len(t.strategy) == 0 && service.Text("launch_type") == "" {
			for _, c := range e.of("aws_ecs_cluster_capacity_providers") {
				t.strategy = parseStrategy(c.List("default_capacity_provider_strategy"))
			}
		}
		t.containers(definition)
		t.least, t.most = constant(desired), constant(desired)
		e.scale(&t, service)
		all = append(all, t)
	}
	return all
}

func sizeOf(definition synthesized.Instance) (size, error) {
	cpu, err := strconv.ParseFloat(definition.Text("cpu"), 64)
	if err != nil {
		return size{}, fmt.Errorf("the task's size is not known before an apply")
	}
	memory, err := strconv.ParseFloat(definition.Text("memory"), 64)
	if err != nil {
		return size{}, fmt.Errorf("the task's size is not known before an apply")
	}
	storage, _ := strconv.ParseFloat(definition.Text("ephemeral_storage", "size_in_gib"), 64)
	return size{vCPU: cpu / 1024, memoryGB: memory / 1024, storageGiB: storage, arm: definition.Text("runtime_platform", "cpu_architecture") == "ARM64"}, nil
}

// containers reads what a task runs.
func (t *tasksOf) containers(definition synthesized.Instance) {
	for _, c := range definition.Containers() {
		if c.Essential == nil || *c.Essential {
			t.running = append(t.running, c)
		}
		if at := slices.Index(c.Command, "--type"); at >= 0 && at+1 < len(c.Command) {
			t.flows = c.Command[at+1]
		}
		if c.Name == settings.WorkPoolContainer {
			t.pool = c.Command[len(c.Command)-1]
		}
	}
}

// scale gives the tasks the range of autoscaling, with the hours of its schedules.
func (e *estimator) scale(t *tasksOf, service synthesized.Instance) {
	for _, target := range e.of("aws_appautoscaling_target") {
		at, ok := e.refersTo(target.Resource, "aws_ecs_service", "resource_id")
		low, lowErr := strconv.Atoi(target.Text("min_capacity"))
		high, highErr := strconv.Atoi(target.Text("max_capacity"))
		if !ok || at.Address() != service.Address() || lowErr != nil || highErr != nil {
			continue
		}
		t.least, t.most, t.scaled = constant(low), constant(high), fmt.Sprintf("%d to %d tasks", low, high)
		var actions []action
		for _, i := range e.of("aws_appautoscaling_scheduled_action") {
			if of, ok := e.refersTo(i.Resource, "aws_appautoscaling_target", "resource_id"); !ok || of.Address() != target.Address() {
				continue
			}
			s, err := parseSchedule(i.Text("schedule"), i.Text("timezone"))
			if err != nil {
				e.note("the schedule is not estimated: "+err.Error(), i.Address())
				continue
			}
			actions = append(actions, action{schedule: s, low: i.Text("scalable_target_action", "min_capacity"), high: i.Text("scalable_target_action", "max_capacity")})
		}
		if len(actions) > 0 {
			t.least, t.most = scheduled(low, high, actions)
			t.scaled += ", by schedule"
		}
	}
}

// services are billed by the size and the hours of their tasks.
func (e *estimator) services([]synthesized.Instance) {
	for _, t := range e.tasks() {
		leastOnDemand, leastSpot := hours(t.least, t.strategy)
		mostOnDemand, mostSpot := hours(t.most, t.strategy)
		detail := t.size.String()
		if t.scaled != "" {
			detail += ", " + t.scaled
		}
		e.add(Line{Key: "task on demand " + t.address, Group: Tasks, Name: t.name + " on demand: " + detail, Addresses: []string{t.address},
			Quantity: leastOnDemand, Most: mostOnDemand, Unit: "hours", Price: e.taskHour(t.size)})
		if leastSpot+mostSpot > 0 {
			e.add(Line{Key: "task on Spot " + t.address, Group: Tasks, Name: t.name + " on Spot: " + detail, Addresses: []string{t.address},
				Quantity: leastSpot, Most: mostSpot, Unit: "hours", Price: e.taskHour(t.size) * e.spot()})
		}
		if beyond := t.size.storageGiB - freeStorageGiB; beyond > 0 {
			e.add(Line{Key: "storage " + t.address, Group: Tasks, Name: fmt.Sprintf("%s: %s GB of storage beyond %d", t.name, number(beyond), freeStorageGiB), Addresses: []string{t.address},
				Quantity: beyond * t.least.average() * Hours, Most: beyond * t.most.average() * Hours, Unit: "GB-hours", Price: e.price("fargate-storage")})
		}
		if t.publicIP {
			e.add(Line{Key: "ipv4 " + t.address, Group: Network, Name: "Public IPv4 address of each task of " + t.name, Addresses: []string{t.address},
				Quantity: t.least.average() * Hours, Most: t.most.average() * Hours, Unit: "hours", Price: e.price("public-ipv4")})
		}
	}
}

// hours are a month's, of all tasks together.
func hours(c counts, s strategy) (onDemand, spot float64) {
	for n, h := range c {
		o, s := s.split(n)
		onDemand, spot = onDemand+o*h, spot+s*h
	}
	return onDemand, spot
}

// taskHour is the price of one hour of one task on demand.
func (e *estimator) taskHour(s size) float64 {
	if s.arm {
		return s.vCPU*e.price("fargate-arm-vcpu") + s.memoryGB*e.price("fargate-arm-memory")
	}
	return s.vCPU*e.price("fargate-vcpu") + s.memoryGB*e.price("fargate-memory")
}

// spot is the part of the price on demand that is left on Spot.
func (e *estimator) spot() float64 { return 1 - e.assume("spot-discount")/100 }

// flowRuns are separate tasks, where a worker is not one that runs flows
// itself. Each pool has the same part of the assumed hours.
func (e *estimator) flowRuns() {
	var pools []tasksOf
	for _, t := range e.tasks() {
		if t.flows != settings.TypeProcess {
			pools = append(pools, t)
		}
	}
	if len(pools) == 0 {
		return
	}
	price := e.taskHour(size{vCPU: e.assume("flow-run-vcpu"), memoryGB: e.assume("flow-run-gb")})
	for _, t := range pools {
		var variables struct {
			Strategy []struct {
				Provider string  `json:"capacityProvider"`
				Base     float64 `json:"base"`
				Weight   float64 `json:"weight"`
			} `json:"capacity_provider_strategy"`
			Network struct {
				Public string `json:"assignPublicIp"`
			} `json:"network_configuration"`
		}
		_ = json.Unmarshal([]byte(t.pool), &variables) // none where the pool is not managed here
		var s strategy
		for _, p := range variables.Strategy {
			s = append(s, provider{spot: p.Provider == settings.FargateSpot, base: p.Base, weight: p.Weight})
		}
		all := e.assume("flow-run-hours") / float64(len(pools))
		at := []string{t.address}
		by := "by flow-run-hours, flow-run-vcpu and flow-run-gb"
		e.add(Line{Key: "flow runs on demand", Group: FlowRuns, Name: "Tasks of flow runs on demand", Addresses: at,
			Quantity: all * (1 - s.spotShare()), Unit: "hours", Price: price, Usage: true, Assumption: by})
		if s.spotShare() > 0 {
			e.add(Line{Key: "flow runs on Spot", Group: FlowRuns, Name: "Tasks of flow runs on Spot", Addresses: at,
				Quantity: all * s.spotShare(), Unit: "hours", Price: price * e.spot(), Usage: true, Assumption: strings.Replace(by, "by ", "by spot-discount, ", 1)})
		}
		if t.publicIP || variables.Network.Public == "ENABLED" {
			e.add(Line{Key: "ipv4 of flow runs", Group: Network, Name: "Public IPv4 address of each flow run", Addresses: at,
				Quantity: all, Unit: "hours", Price: e.price("public-ipv4"), Usage: true, Assumption: stated("flow-run-hours")})
		}
	}
}
