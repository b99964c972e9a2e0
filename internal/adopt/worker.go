package adopt

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// workerSections are worker, prefect, the roles of workers and additionalWorkers.
func (d *deployment) workerSections() {
	d.prefect()
	first := d.workerSettings(d.first)
	for _, role := range []string{"flowRunRole", "taskRole"} { // sections of the first worker's
		if of, ok := first[role]; ok {
			d.want.set(role, of)
			delete(first, role)
		}
	}
	d.want.set("worker", first)
	var additional []tree
	taken := map[string]bool{}
	for _, w := range d.workers[1:] {
		w.id = workerID(w.text("name"), taken)
		own := d.workerSettings(w)
		entry := tree{"name": w.id}
		c := parseCommand(texts(w.worker["command"]))
		if pool, _ := d.want.get("prefect.workPool"); c.pool != "" && c.pool != pool {
			entry["workPool"] = c.pool
		}
		// What is left out is the first worker's, but for what must differ.
		for key, value := range own {
			given, has := first[key]
			switch key {
			case "serviceName", "family", "containerName", "logStreamPrefix":
				given, has = w.id, true
			case "serviceNameTag", "taskDefinitionNameTag":
				name, _ := d.want.get("nameTag")
				given, has = textOf(name)+"-"+w.id, true
			}
			if !has || !equal(value, given, same) {
				entry[key] = value
			}
		}
		additional = append(additional, entry)
		d.match("aws_ecs_task_definition."+w.id+"_prefect_worker", "", w.task)
		d.match("aws_ecs_service."+w.id+"_prefect_service", "", w.Resource)
	}
	if additional != nil {
		d.want.set("additionalWorkers", additional)
	}
	d.match("aws_ecs_task_definition.prefect_worker", "", d.first.task)
	d.match("aws_ecs_service.prefect_service", "", d.first.Resource)
}

var notInName = regexp.MustCompile(`[^A-Za-z0-9_-]+`)

// workerID is a name for an additional worker, which begins its addresses.
func workerID(name string, taken map[string]bool) string {
	id := strings.Trim(notInName.ReplaceAllString(name, "-"), "-")
	if id == "" || !regexp.MustCompile(`^[A-Za-z]`).MatchString(id) {
		id = "worker-" + id
	}
	for taken[id] {
		id += "-2"
	}
	taken[id] = true
	return id
}

func (d *deployment) prefect() {
	c := parseCommand(texts(d.first.worker["command"]))
	if c.pool != "" && settings.Rules["workPool"].Text(c.pool) == nil {
		d.want.set("prefect.workPool", c.pool)
	}
	url := environment(d.first.worker)["PREFECT_API_URL"]
	if m := cloudURL.FindStringSubmatch(url); m != nil {
		d.want.set("prefect.apiUrl", "")
		d.want.set("prefect.accountId", m[1])
		d.want.set("prefect.workspaceId", m[2])
		return
	}
	if url == "" || strings.Contains(url, "/accounts//workspaces/") {
		d.apiByVariables()
		return
	}
	d.want.set("prefect.apiUrl", url)
}

// apiByVariables leaves the API to the documents' variables, which may be empty: the
// worker is told none, or one that this app takes for a mistake.
func (d *deployment) apiByVariables() {
	given, _ := d.want.get("terraform.variables")
	variables := map[string]string{"prefect_api_url": "prefect.apiUrl", "prefect_account_id": "prefect.accountId", "prefect_workspace_id": "prefect.workspaceId"}
	if own, ok := given.(map[string]string); ok {
		maps.Copy(variables, own)
	}
	d.want.set("terraform.variables", variables)
	for _, setting := range []string{"apiUrl", "accountId", "workspaceId"} {
		d.want.remove("prefect." + setting)
	}
	d.note("the worker is given no URL of Prefect's API by which this app could name account and workspace; set prefect.accountId and workspaceId, or apiUrl")
}

func (d *deployment) workerSettings(s *service) tree {
	c, t := s.worker, s.task
	w := tree{
		"serviceName": s.text("name"), "family": t.text("family"), "containerName": textOf(c["name"]), "image": textOf(c["image"]),
		"cpu": t.number("cpu"), "memoryMiB": t.number("memory"), "desiredCount": s.number("desired_count"),
		"serviceNameTag": s.tag("Name"), "taskDefinitionNameTag": t.tag("Name"),
	}
	w["permissions"] = d.permissions(s, w)
	command := parseCommand(texts(c["command"]))
	w["type"], w["limit"], w["prefetchSeconds"] = command.kind, command.limit, command.prefetch
	if command.kind != "" && command.kind != settings.TypeECS && command.kind != settings.TypeProcess {
		w["type"] = ""
	}
	w["workQueues"] = command.queues
	if _, options := logOptions(c); textOf(options["awslogs-stream-prefix"]) != "" {
		w["logStreamPrefix"] = textOf(options["awslogs-stream-prefix"])
	}
	variables := environment(c)
	delete(variables, "PREFECT_API_URL")
	maps.DeleteFunc(variables, isCredential) // those are in the override, as variables
	w["environment"] = variables
	given := secrets(c)
	maps.DeleteFunc(given, func(name, arn string) bool {
		return name == settings.APIKeyName || name == settings.AuthStringName || settings.Rules["secretARN"].Text(arn) != nil
	})
	w["secrets"] = given
	for _, p := range t.blocks("runtime_platform") {
		if a := textOf(p["cpu_architecture"]); a == "ARM64" || a == "X86_64" {
			w["cpuArchitecture"] = a
		}
	}
	for _, e := range t.blocks("ephemeral_storage") {
		w["ephemeralStorageGiB"] = numberOf(e["size_in_gib"])
	}
	if v := s.text("platform_version"); v == "1.4.0" {
		w["platformVersion"] = v
	}
	w["assignPublicIp"] = s.assignPublicIP()
	if checks := objects(c["healthCheck"]); len(checks) > 0 && command.healthCheck {
		h := tree{}
		for argument, setting := range map[string]string{"interval": "intervalSeconds", "timeout": "timeoutSeconds", "retries": "retries", "startPeriod": "startPeriodSeconds"} {
			if _, ok := checks[0][argument]; ok {
				h[setting] = numberOf(checks[0][argument])
			}
		}
		w["healthCheck"] = h
	}
	w["stopTimeoutSeconds"] = numberOf(c["stopTimeout"])
	w["enableExecuteCommand"] = s.is("enable_execute_command")
	w["enableEcsManagedTags"] = s.is("enable_ecs_managed_tags")
	w["waitForSteadyState"] = s.is("wait_for_steady_state")
	w["forceNewDeployment"] = s.is("force_new_deployment")
	if p := s.text("propagate_tags"); p == "SERVICE" || p == "TASK_DEFINITION" {
		w["propagateTags"] = p
	}
	if z := s.text("availability_zone_rebalancing"); z == "ENABLED" {
		w["availabilityZoneRebalancing"] = z
	}
	var strategy []tree
	for _, p := range s.blocks("capacity_provider_strategy") {
		strategy = append(strategy, tree{"capacityProvider": textOf(p["capacity_provider"]), "weight": numberOf(p["weight"]), "base": numberOf(p["base"])})
	}
	if strategy != nil {
		w["capacityProviderStrategy"] = strategy
	}
	d.deployment(s, w)
	return w
}

// deployment sets how ECS replaces tasks where that is not AWS's default.
func (d *deployment) deployment(s *service, w tree) {
	minimum, maximum := s.number("deployment_minimum_healthy_percent"), s.number("deployment_maximum_percent")
	breaker := s.blocks("deployment_circuit_breaker")
	enabled := len(breaker) > 0 && textOf(breaker[0]["enable"]) == "true"
	if minimum == 100 && maximum == 200 && !enabled || maximum < 100 {
		return
	}
	deployment := tree{"minimumHealthyPercent": minimum, "maximumPercent": maximum}
	if enabled {
		deployment["circuitBreaker"] = tree{"enable": true, "rollback": textOf(breaker[0]["rollback"]) == "true"}
	}
	w["deployment"] = deployment
}

// permissions are the worker's role. One that the state manages stays beside the
// file, with its policies.
func (d *deployment) permissions(s *service, w tree) string {
	role, execution := s.role("task_role_arn"), d.first.role("execution_role_arn")
	switch {
	case role == "":
		return settings.PermissionsNone
	case role == execution && s.role("execution_role_arn") == execution:
		return settings.PermissionsExecutionRole
	}
	switch parseCommand(texts(s.worker["command"])).kind {
	case settings.TypeProcess:
		w["flowRunRole"] = tree{"arn": role}
	case settings.TypeECS:
		w["taskRole"] = tree{"arn": role}
	default: // an override gives the task its role
		return settings.PermissionsNone
	}
	return settings.LeastPrivilege
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
