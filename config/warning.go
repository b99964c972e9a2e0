package config

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// Warnings says what AWS and Prefect accept but the environment's owner should
// know before paying for it, one line each.
func (c *Config) Warnings() []string {
	var all []string
	take := func(f *file, warnings []problem) {
		for _, p := range slices.Concat(f.renamed, warnings) {
			all = append(all, p.text)
		}
	}
	for _, e := range c.Environments {
		take(e.file, e.warnings())
	}
	for _, s := range c.StateBackends {
		var w []problem
		for i, name := range s.Stacks {
			at := slices.IndexFunc(c.Environments, func(e *Environment) bool { return e.Stack == name })
			if b := c.Environments[at].Terraform.Backend.S3; s.KMSKey != nil && b.Encrypt && b.KMSKeyARN == "" {
				w = append(w, s.problem(s.indexed(&s.Stacks, i), "%s asks for S3's own encryption (encrypt: true without kmsKeyArn), so its state is not under kmsKey; set terraform.backend.s3.kmsKeyArn in it, or encrypt: false to leave it to the bucket", name))
			}
		}
		take(s.file, w)
	}
	for _, g := range c.GitHubActions {
		take(g.file, nil)
	}
	return all
}

// A doubt is one thing to warn of: a pointer to the setting, or a path, and what.
type doubt func(field any, format string, args ...any)

func (e *Environment) warnings() []problem {
	var all []problem
	warn := func(field any, format string, args ...any) {
		path, ok := field.(string)
		if !ok {
			path = e.Path(field)
		}
		all = append(all, e.problem(path, format, args...))
	}
	if ports := e.SecurityGroup.OpenToTheWorld(); len(ports) > 0 {
		warn(&e.SecurityGroup.Ingress, "open to the whole internet on %s; a worker only polls outbound and needs no ingress: []", strings.Join(ports, ", "))
	}
	e.warnOfNetwork(warn)
	if e.FlowRunLogGroup != nil && !e.AnyWorker(func(w *settings.Worker) bool { return w.Type != settings.TypeProcess }) {
		warn(&e.FlowRunLogGroup, "nothing writes to it: workers of type process run flows in their own tasks, which log to logGroup; set flowRunLogGroup: null")
	}
	for _, w := range e.Workers() {
		e.warnOfWorker(w, warn)
	}
	if e.makesTaskRole() && e.CrashEvents == nil {
		warn(&e.CrashEvents, "off: a flow run whose task stops before it reaches Prefect stays Pending, and prefect-aws 0.6 or newer logs that it may not read its queue; set crashEvents: {queueName: \"{nameTag}-ecs-events\"}")
	}
	for _, w := range e.Workers() {
		e.warnOfFlowRuns(w, warn)
	}
	if v := e.variable(&e.Secret.Create); v != "" && !e.Secret.Create.Value && e.Secret.ARN == "" {
		warn(&e.Secret, "no key by default: give -var %s=true with TF_VAR_%s, or the ARN of an existing secret, or the worker cannot authenticate against Prefect Cloud", v, e.variable(&e.Secret.Value))
	}
	e.warnOfMonitoring(warn)
	if b := e.Terraform.Backend.S3; b != nil && b.LockTable() == "" && !b.LockFile() {
		warn(&e.Terraform.Backend.S3, "no lock: two runs at a time can lose each other's changes; set lock: s3, or dynamodbTable")
	}
	return all
}

// warnOfNetwork says what a variable decides, and what costs money for nothing.
func (e *Environment) warnOfNetwork(warn doubt) {
	n, workers := &e.Network, e.withoutNAT()
	if v := e.variable(&e.Prefect.APIURL); v != "" && len(workers) > 0 && !e.Prefect.SelfHosted() {
		warn(&n.NATGateways, "none leaves no way to Prefect Cloud: the worker runs only with a server inside the network in -var %s=http://<host>:4200/api", v)
	}
	for _, w := range workers {
		if v := e.variable(&w.Image); v != "" && !ecrImage.MatchString(w.Image) {
			warn(&n.NATGateways, "none leaves no way to other registries than ECR: %s runs only with an image of ECR in -var %s, not %s", e.Path(w.Worker), v, w.Image)
		}
	}
	inPrivate := func(w *settings.Worker) bool { return !w.AssignPublicIP }
	if n.Existing == nil && n.NATGateways != settings.NATNone && !e.AnyWorker(inPrivate) {
		warn(&e.Worker.AssignPublicIP, "the worker does not use the NAT gateway, which costs by the hour; set network.natGateways: none, unless flow runs use it")
	}
	if v, url := e.variable(&e.Prefect.APIURL), e.Prefect.APIURL; v != "" && url != nil {
		if port := settings.APIPort(*url); !e.SecurityGroup.Reaches(port) {
			warn(&e.SecurityGroup.Egress, "no rule lets the worker reach tcp %d, the port in the default of variable %s", port, v)
		}
	}
}

// warnOfWorker says what is doubtful about a worker. What an additional worker
// has from the first one is said once.
func (e *Environment) warnOfWorker(w settings.NamedWorker, warn doubt) {
	path := e.Path(w.Worker)
	own := func(field any) bool { return w.ID == "" || e.has(e.Path(field)) }
	if tag := mutableTag(w.Image); tag != "" && own(&w.Image) {
		warn(&w.Image, "the tag %s can change under a running service; pin a version or a digest", tag)
	}
	if w.Type == settings.TypeECS && withoutPrefectAWS(w.Image) && w.Environment["EXTRA_PIP_PACKAGES"] == "" && own(&w.Image) {
		warn(&w.Image, "%s does not contain prefect-aws, so a worker of type ecs exits at start; use prefecthq/prefect-aws, or set %s.environment.EXTRA_PIP_PACKAGES", w.Image, path)
	}
	for _, name := range slices.Sorted(maps.Keys(w.Environment)) {
		if entry := path + ".environment." + name; credentialName.MatchString(name) && w.Environment[name] != "" && (w.ID == "" || e.has(entry)) {
			warn(entry, "looks like a credential, which everybody could read who may describe the task definition; give it by worker.secrets")
		}
	}
	if a := w.AutoScaling; a != nil && own(&w.AutoScaling) {
		if w.Type == settings.TypeProcess {
			warn(&w.AutoScaling, "scaling in stops a task of type process together with the flow runs in it, 120 seconds after SIGTERM at the latest; use type ecs, whose flow runs are tasks of their own, or runs that can be retried")
		}
		if a.MinCapacity == 0 && a.Tracks() {
			warn(&a.MinCapacity, "got 0: a service without tasks has no CPU, memory or work per task, so target tracking never starts the first one; only a scheduled action does")
		}
	}
	if d := w.Deployment; d != nil {
		for i, name := range d.AlarmNames {
			if e.makesAlarm(name) {
				warn(e.indexed(&d.AlarmNames, i), "%s is an alarm of this stack's own monitoring: on the first apply it does not exist yet and has no data; name it from the second apply on", name)
			}
		}
	}
	counted := w.AutoScaling == nil && !e.exposes(&w.DesiredCount)
	if w.DesiredCount.Value == 0 && counted {
		warn(&w.DesiredCount, "0: the service runs no worker, and its pool's flow runs stay scheduled")
	}
	e.warnOfSpot(w, counted, warn)
	if len(w.CapacityProviderStrategy) > 0 && e.Cluster.Existing {
		warn(&w.CapacityProviderStrategy, "the existing cluster %s must have these capacity providers already, or ECS refuses the service", e.Cluster.Name)
	}
}

func (e *Environment) warnOfSpot(w settings.NamedWorker, counted bool, warn doubt) {
	if !w.UsesSpot() {
		return
	}
	strategy := &w.CapacityProviderStrategy
	if w.Type == "" {
		warn(strategy, "FARGATE_SPOT with the work pool's own type: of a process pool, flow runs are lost when AWS takes the task back; set %s.type: ecs", e.Path(w.Worker))
	}
	if w.StopTimeoutSeconds < 120 {
		warn(&w.StopTimeoutSeconds, "less than the two minutes that Fargate Spot gives a worker to end; set 120")
	}
	if counted && slices.ContainsFunc(*strategy, func(p settings.CapacityProvider) bool {
		return p.CapacityProvider != settings.FargateSpot && p.Base > 0 && p.Base >= w.DesiredCount.Value
	}) {
		warn(strategy, "the base takes all of desiredCount %d, so FARGATE_SPOT is never used", w.DesiredCount.Value)
	}
}

// warnOfFlowRuns says what may keep a worker's flow runs from running.
func (e *Environment) warnOfFlowRuns(w settings.NamedWorker, warn doubt) {
	if e.CrashEvents != nil && beforeCrashEvents.MatchString(w.Image) {
		warn(&w.Image, "%s does not read crashEvents, which prefect-aws learned with 0.6; use a newer image", w.Image)
	}
	if w.Type == settings.TypeECS && !w.LeastPrivilege() {
		warn(&w.Permissions, "%s does not allow ecs:RunTask, with which a worker of type ecs starts flow runs; set least-privilege, unless the role gets it elsewhere", w.Permissions)
	}
	if w.Type == settings.TypeECS && settings.Rules["ecsName"].Text(w.WorkPool) != nil {
		warn(&e.Prefect.WorkPool, "%q becomes part of the flow runs' task family, where ECS takes %s; rename the pool, or set family in it", w.WorkPool, settings.ClusterWanted)
	}
	if w.LeastPrivilege() && w.Type == settings.TypeProcess && e.FlowRunRole.ARN != "" && (w.EnableExecuteCommand || w.OpenTelemetry != nil) {
		warn(&e.FlowRunRole.ARN, "the permissions that %s needs for ECS Exec or OpenTelemetry are not added to a given role; see docs/identity.md", e.Path(w.Worker))
	}
}

func (e *Environment) warnOfMonitoring(warn doubt) {
	m := e.Monitoring
	if m == nil {
		return
	}
	if t := m.Topic; t != nil && t.ExistingTopicARN == "" && len(t.Emails)+len(t.Subscriptions) == 0 {
		warn(&m.Topic, "nobody subscribes to it; add emails or subscriptions")
	}
	if m.Alarms.NoLogLines != nil && e.Worker.Environment[settings.WorkerLogLevelVariable] != "DEBUG" && e.Worker.Environment["PREFECT_LOGGING_LEVEL"] != "DEBUG" {
		warn(&m.Alarms.NoLogLines, "an idle worker logs nothing below DEBUG, so the alarm goes off when no flow runs; set worker.environment.%s: DEBUG, whose heartbeats are lines too", settings.WorkerLogLevelVariable)
	}
}

// makesAlarm says whether an alarm of this name is made by monitoring.
func (e *Environment) makesAlarm(name string) bool {
	if e.Monitoring == nil {
		return false
	}
	prefix, a := e.Expand(e.Monitoring.NamePrefix)+"-", e.Monitoring.Alarms
	made := map[string]*settings.Alarm{
		prefix + "error-lines": a.ErrorLines, prefix + "no-log-lines": a.NoLogLines,
		prefix + "dead-letters": a.DeadLetters, prefix + "nat-port-errors": a.NATPortErrors,
	}
	for _, w := range e.Workers() {
		service := prefix + w.ServiceName + "-"
		made[service+"running-tasks"], made[service+"cpu"], made[service+"memory"] = a.RunningTasks, a.CPU, a.Memory
	}
	return made[name] != nil
}

var credentialName = regexp.MustCompile(`(?i)(^|_)(PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_KEY|CREDENTIALS)$`)

// mutableTag is the tag of an image that is neither pinned by digest nor by a
// version: none, latest, or one that ends in -latest.
func mutableTag(image string) string {
	if strings.Contains(image, "@") {
		return ""
	}
	name := image[strings.LastIndexByte(image, '/')+1:]
	_, tag, ok := strings.Cut(name, ":")
	if !ok {
		return "latest (none is given)"
	}
	if tag == "latest" || strings.HasSuffix(tag, "-latest") {
		return tag
	}
	return ""
}

// beforeCrashEvents matches the images of prefect-aws that do not watch a queue.
// https://github.com/PrefectHQ/prefect/pull/18804
var beforeCrashEvents = regexp.MustCompile(`^(docker\.io/)?prefecthq/prefect-aws:0\.[0-5]\.`)

// withoutPrefectAWS: the prefecthq/prefect images hold Prefect alone; the ECS
// worker comes with prefecthq/prefect-aws.
// https://docs.prefect.io/integrations/prefect-aws
func withoutPrefectAWS(image string) bool {
	repository, _, _ := strings.Cut(strings.TrimPrefix(image, "docker.io/"), ":")
	return repository == "prefecthq/prefect"
}
