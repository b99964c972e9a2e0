package settings

import (
	"slices"
	"strings"
)

// RestartPolicy restarts the worker's container without replacing its task, once
// in each period and only after it has run for one.
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerRestartPolicy.html
type RestartPolicy struct {
	IgnoredExitCodes            []string `yaml:"ignoredExitCodes" rule:"exitCode,unique,max 50"`                 // Exit codes after which it is not restarted, and the task ends.
	RestartAttemptPeriodSeconds int      `yaml:"restartAttemptPeriodSeconds" default:"300" rule:"range 60 1800"` // How long it must have run.
}

// Installs says whether the worker installs packages as it starts.
func (w *Worker) Installs() bool {
	return w.InstallPolicy == "always" || w.InstallPolicy == "if-not-present"
}

// saidElsewhere are the arguments of prefect worker start that come from settings, and
// those with which a service does not work.
// https://docs.prefect.io/v3/api-ref/cli/worker
var saidElsewhere = []struct{ args, want string }{
	{"--pool -p", "prefect.workPool, or workPool of an additional worker"},
	{"--type -t", "worker.type"},
	{"--work-queue -q", "worker.workQueues"},
	{"--limit -l", "worker.limit"},
	{"--prefetch-seconds", "worker.prefetchSeconds"},
	{"--with-healthcheck", "worker.healthCheck"},
	{"--install-policy", "worker.installPolicy"},
	{"--create-pool-if-not-found --no-create-pool-if-not-found", "prefect.workPoolManagement"},
	{"--name -n", "no name: two tasks of one service, as in every deployment, would share one record in Prefect"},
	{"--run-once", "no such argument: ECS starts a worker that has ended again"},
	{"--help -h", "no such argument: ECS starts a worker that has ended again"},
}

func (w *Worker) checkCommand(c Checker) {
	for i, arg := range w.ExtraArgs {
		name, _, _ := strings.Cut(arg, "=")
		if strings.HasPrefix(name, "-") && !strings.HasPrefix(name, "--") && len(name) > 2 {
			name = name[:2] // -ppool
		}
		for _, said := range saidElsewhere {
			if slices.Contains(strings.Fields(said.args), name) {
				c.FailIndex(&w.ExtraArgs, i, "got %s, want %s", name, said.want)
			}
		}
	}
	if w.Installs() && (w.ReadonlyRootFilesystem || w.User != "") {
		c.Fail(&w.InstallPolicy, "got %q with readonlyRootFilesystem or user, want never and an image that has the package: it cannot be installed as the container starts", w.InstallPolicy)
	}
	if w.InitProcessEnabled && w.EnableExecuteCommand {
		c.Fail(&w.InitProcessEnabled, "got true with enableExecuteCommand true, which has one already; remove it")
	}
}
