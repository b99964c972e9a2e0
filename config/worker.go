package config

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// checkWorkers keeps the workers' names apart, and the secret's variable.
func (e *Environment) checkWorkers() {
	workers := e.Workers()
	for i, w := range workers {
		e.checkRegistries(w)
		name := w.Own.Or(e.Identity()).Secret.Variable()
		if _, ok := w.Secrets[name]; ok && name != settings.APIKeyName && !e.Wrong(&w.Secrets) {
			e.FailKey(&w.Secrets, name, "set here, want the section secret: the task definition would have it twice")
		}
		if found := w.TooManyContainers(e.Prefect.WorkPoolManagement); found != "" && !e.Wrong(&w.Sidecars) {
			e.Fail(&w.Sidecars, "%s", found)
		}
		e.checkDeployment(w)
		e.checkFileSystems(w)
		if i := slices.IndexFunc(w.ExtraArgs, func(arg string) bool { return strings.HasPrefix(arg, "--base-job-template") }); i >= 0 && e.Prefect.WorkPoolManagement {
			e.FailIndex(&w.ExtraArgs, i, "got --base-job-template with prefect.workPoolManagement true, whose container creates the pool before the worker starts; remove one of them")
		}
		if i == 0 || w.ID == "" {
			continue // all that is derived from a missing name would be wrong too
		}
		a := &e.AdditionalWorkers[i-1]
		names := func(a *settings.AdditionalWorker) []*string {
			return []*string{&a.Name, &a.ServiceName, &a.Family, &a.LogStreamPrefix}
		}
		for at, mine := range names(a) {
			for _, other := range workers[:i] {
				if *names(&settings.AdditionalWorker{Name: other.ID, Worker: *other.Worker})[at] == *mine {
					e.Fail(mine, "got %q, which %s has already", *mine, e.Path(other.Worker))
				}
			}
		}
	}
}

func (e *Environment) checkDeployment(w settings.NamedWorker) {
	provider := &e.Terraform.AWSProviderVersion
	if d := w.Deployment; d != nil && d.Strategy != "" && !e.Wrong(&d.Strategy) {
		// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/blue-green-deployment-implementation.html
		if d.Strategy == settings.BlueGreen && e.ServiceDiscovery != nil && w.ID == "" {
			e.Fail(&d.Strategy, "got BLUE_GREEN with serviceDiscovery, which ECS does not accept together; want serviceDiscovery: null (a worker only polls), or ROLLING")
		}
		settings.AtLeast(e, provider, settings.StrategyProvider, ", < 7.0.0", e.Path(&d.Strategy), "an older provider has no deployment_configuration, or waits for what never comes")
	}
	if w.SigintRollback && !e.Wrong(&w.SigintRollback) {
		settings.AtLeast(e, provider, settings.SigintRollbackProvider, ", < 7.0.0", e.Path(&w.SigintRollback), "an older provider has no sigint_rollback")
	}
}

// warnOfWorker says what is doubtful about a worker. What an additional worker
// has from the first one is said once.
func (e *Environment) warnOfWorker(w settings.NamedWorker, warn doubt) {
	path := e.Path(w.Worker)
	own := e.ownOf(w)
	if tag := mutableTag(w.Image); tag != "" && own(&w.Image) {
		warn(&w.Image, "the tag %s can change under a running service; pin a version or a digest", tag)
	}
	if w.Type == settings.TypeECS && withoutPrefectAWS(w.Image) && w.Environment["EXTRA_PIP_PACKAGES"] == "" && !w.Installs() && own(&w.Image) {
		warn(&w.Image, "%s does not contain prefect-aws, so a worker of type ecs exits at start; use prefecthq/prefect-aws, or set %s.environment.EXTRA_PIP_PACKAGES", w.Image, path)
	}
	if w.Environment["EXTRA_PIP_PACKAGES"] != "" && len(w.EntryPoint) > 0 && !strings.Contains(strings.Join(w.EntryPoint, " "), "entrypoint") && own(&w.EntryPoint) {
		warn(&w.EntryPoint, "replaces the image's own, which installs EXTRA_PIP_PACKAGES; call /opt/prefect/entrypoint.sh in it, or remove one of them")
	}
	for _, name := range slices.Sorted(maps.Keys(w.Environment)) {
		if entry := path + ".environment." + name; credentialName.MatchString(name) && w.Environment[name] != "" && (w.ID == "" || e.has(entry)) {
			warn(entry, "looks like a credential, which everybody who may describe the task definition could read; pass it with worker.secrets")
		}
	}
	if w.IgnoreTaskDefinitionChanges && own(&w.IgnoreTaskDefinitionChanges) {
		warn(&w.IgnoreTaskDefinitionChanges, "what changes in the task definition, work pool variables too, reaches no task until something deploys the revision: aws ecs update-service --cluster %s --service %s --task-definition %s", e.Cluster.Name, w.ServiceName, w.Family)
	}
	// https://github.com/hashicorp/terraform-provider-aws/issues/49031
	if w.SigintRollback && own(&w.SigintRollback) && settings.Admits(e.Terraform.AWSProviderVersion, "6.53.0") {
		warn(&w.SigintRollback, "AWS provider 6.53.0 and some later ones roll back every deployment with it; pin another version with make lock, or in terraform.awsProviderVersion")
	}
	e.warnOfContainers(w, warn)
	if a := w.AutoScaling; a != nil && own(&w.AutoScaling) {
		if w.Type == settings.TypeProcess {
			warn(&w.AutoScaling, "scaling in stops a task of type process together with the flow runs in it, 120 seconds after SIGTERM at the latest; use type ecs, whose flow runs are separate tasks, or runs that can be retried")
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
		warn(strategy, "FARGATE_SPOT with the work pool's own type: of a process pool, flow runs are lost when AWS reclaims the task; set %s.type: ecs", e.Path(w.Worker))
	}
	if w.StopTimeoutSeconds < 120 {
		warn(&w.StopTimeoutSeconds, "less than the two minutes that Fargate Spot gives a worker to end; set 120")
	}
	if counted && slices.ContainsFunc(*strategy, func(p settings.CapacityProvider) bool {
		return p.CapacityProvider != settings.FargateSpot && p.Base > 0 && p.Base >= w.DesiredCount.Value
	}) {
		warn(strategy, "the base covers all of desiredCount %d, so FARGATE_SPOT is never used", w.DesiredCount.Value)
	}
}

// warnOfFlowRuns says what may keep a worker's flow runs from running.
func (e *Environment) warnOfFlowRuns(w settings.NamedWorker, warn doubt) {
	if e.CrashEvents != nil && beforeCrashEvents.MatchString(w.Image) {
		warn(&w.Image, "%s does not read crashEvents, which prefect-aws supports since 0.6; use a newer image", w.Image)
	}
	if w.Type == settings.TypeECS && !w.LeastPrivilege() {
		warn(&w.Permissions, "got %s, which does not allow ecs:RunTask: a worker of type ecs starts flow runs with that action; set least-privilege, unless the role gets it from elsewhere", w.Permissions)
	}
	if w.Type == settings.TypeECS && settings.Rules["ecsName"].Text(w.WorkPool) != nil {
		warn(&e.Prefect.WorkPool, "%q becomes part of the flow runs' task family, where ECS accepts %s; rename the pool, or set family in it", w.WorkPool, settings.ClusterWanted)
	}
}

var credentialName = regexp.MustCompile(`(?i)(^|_)(PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_KEY|CREDENTIALS)$`)

// mutableTag is the tag of an image that is neither pinned by digest nor by a
// version: none, latest, or one that ends in -latest.
func mutableTag(image string) string {
	_, tag, ok := strings.Cut(image[strings.LastIndexByte(image, '/')+1:], ":")
	switch {
	case strings.Contains(image, "@"):
		return ""
	case !ok:
		return "latest (none is given)"
	case tag == "latest" || strings.HasSuffix(tag, "-latest"):
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
