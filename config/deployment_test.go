package config

import (
	"strings"
	"testing"
)

func TestDeployment(t *testing.T) {
	with := func(provider string, lines ...string) string {
		return "serviceDiscovery: null\nterraform: {awsProviderVersion: \"" + provider + "\"}\n" + worker(lines...)
	}
	for _, tt := range []struct{ name, text, want string }{
		{"takes blue/green", with(">= 6.5.0, < 7.0.0", "deployment: {strategy: BLUE_GREEN, bakeTimeMinutes: 0}"), ""},
		{"takes a long bake time with a longer timeout", with(">= 6.5.0, < 7.0.0", "deployment: {strategy: BLUE_GREEN, bakeTimeMinutes: 20}", "waitForSteadyState: true", "timeouts: {updateMinutes: 40}"), ""},
		{"rejects blue/green with a name for the tasks", "terraform: {awsProviderVersion: \">= 6.5.0\"}\n" + worker("deployment: {strategy: BLUE_GREEN}"),
			"dev.yaml:4: worker.deployment.strategy: got BLUE_GREEN with serviceDiscovery, which ECS does not accept together; want serviceDiscovery: null (a worker only polls), or ROLLING"},
		{"rejects a strategy that needs a load balancer", with(">= 6.21.0", "deployment: {strategy: CANARY}"), `dev.yaml:5: worker.deployment.strategy: got "CANARY", want one of: ROLLING, BLUE_GREEN`},
		{"rejects a strategy with an older provider", with(">= 5.82.0, < 7.0.0", "deployment: {strategy: ROLLING}"),
			`dev.yaml:2: terraform.awsProviderVersion: got ">= 5.82.0, < 7.0.0" with worker.deployment.strategy, want at least ">= 6.5.0, < 7.0.0": an older provider has no deployment_configuration, or waits for what never comes`},
		{"rejects a bake time beyond AWS's", with(">= 6.5.0", "deployment: {strategy: BLUE_GREEN, bakeTimeMinutes: 1441}"), "dev.yaml:5: worker.deployment.bakeTimeMinutes: got 1441, want 0 to 1440"},
		{"rejects a bake time of nothing", worker("deployment: {bakeTimeMinutes: 5}"), `dev.yaml:3: worker.deployment.bakeTimeMinutes: set with strategy "", want BLUE_GREEN: only that keeps the old tasks for a while`},
		{"rejects an apply that gives up before the end", with(">= 6.5.0", "deployment: {strategy: BLUE_GREEN, bakeTimeMinutes: 20}", "waitForSteadyState: true"),
			"dev.yaml:5: worker.deployment.bakeTimeMinutes: got 20 with waitForSteadyState true, want less than the 20 minutes that an apply waits for the end of the deployment; raise timeouts.updateMinutes"},
		{"rejects a rollback of nothing", with(">= 6.11.0", "sigintRollback: true"), "dev.yaml:5: worker.sigintRollback: got true with waitForSteadyState false, want both: an apply that waits for no deployment rolls none back"},
		{"rejects a rollback with an older provider", with(">= 6.5.0", "sigintRollback: true", "waitForSteadyState: true"),
			`dev.yaml:2: terraform.awsProviderVersion: got ">= 6.5.0" with worker.sigintRollback, want at least ">= 6.11.0, < 7.0.0": an older provider has no sigint_rollback`},
		{"rejects a timeout of more than a day", worker("timeouts: {deleteMinutes: 1441}"), "dev.yaml:3: worker.timeouts.deleteMinutes: got 1441, want 1 to 1440, or 0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := load(t, map[string]string{"dev.yaml": tt.text}); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

func TestDeploymentWarnings(t *testing.T) {
	c, err := load(t, map[string]string{"dev.yaml": "terraform: {awsProviderVersion: \">= 6.11.0, < 7.0.0\"}\n" +
		worker("waitForSteadyState: true", "sigintRollback: true", "ignoreTaskDefinitionChanges: true") + "additionalWorkers:\n  - name: ml\n"})
	if err != "" {
		t.Fatal(err)
	}
	want := []string{
		"dev.yaml:6: worker.ignoreTaskDefinitionChanges: what changes in the task definition, work pool variables too, reaches no task until something deploys the revision: aws ecs update-service --cluster prefect-cluster --service dev-worker --task-definition dev-worker",
		"dev.yaml:5: worker.sigintRollback: AWS provider 6.53.0 and some later ones roll back every deployment with it; pin another version with make lock, or in terraform.awsProviderVersion",
	}
	var got []string
	for _, w := range warningsOf(c) {
		if strings.Contains(w, "sigintRollback") || strings.Contains(w, "ignoreTaskDefinitionChanges") {
			got = append(got, w)
		}
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
