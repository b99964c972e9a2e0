package config

import (
	"strings"
	"testing"
)

func TestCommand(t *testing.T) {
	file := func(n int) string { return "arn:aws:s3:::acme-config/worker" + strings.Repeat("r", n) + ".env" }
	files := func(n int) string {
		var all []string
		for i := range n {
			all = append(all, file(i))
		}
		return strings.Join(all, ", ")
	}
	for _, tt := range []struct{ name, text, want string }{
		{"takes a command's parts", worker("extraArgs: [--base-job-template, /opt/template.json]", "installPolicy: if-not-present", "entryPoint: [/vault-env]", "workingDirectory: /opt/prefect",
			"environmentFiles: ["+file(0)+"]", "initProcessEnabled: true", "restartPolicy: {ignoredExitCodes: [0, 143], restartAttemptPeriodSeconds: 60}"), ""},
		{"rejects arguments that settings make", worker("extraArgs: [--pool, etl, --type=ecs, -qhigh, -l, 5, --prefetch-seconds=5, --with-healthcheck, --install-policy, never, --no-create-pool-if-not-found]"),
			`dev.yaml:3: worker.extraArgs[0]: got --pool, want prefect.workPool, or workPool of an additional worker
dev.yaml:3: worker.extraArgs[2]: got --type, want worker.type
dev.yaml:3: worker.extraArgs[3]: got -q, want worker.workQueues
dev.yaml:3: worker.extraArgs[4]: got -l, want worker.limit
dev.yaml:3: worker.extraArgs[6]: got --prefetch-seconds, want worker.prefetchSeconds
dev.yaml:3: worker.extraArgs[7]: got --with-healthcheck, want worker.healthCheck
dev.yaml:3: worker.extraArgs[8]: got --install-policy, want worker.installPolicy
dev.yaml:3: worker.extraArgs[10]: got --no-create-pool-if-not-found, want prefect.workPoolManagement`},
		{"rejects a name for all tasks", worker("extraArgs: [--name, etl]"), "dev.yaml:3: worker.extraArgs[0]: got --name, want no name: two tasks of one service, as in every deployment, would share one record in Prefect"},
		{"rejects a worker that ends", worker("extraArgs: [--run-once]"), "dev.yaml:3: worker.extraArgs[0]: got --run-once, want no such argument: ECS starts a worker that has ended again"},
		{"rejects a template for a pool that is made before", "preset: readme\nprefect: {workPoolManagement: true}\nworker:\n  image: prefecthq/prefect-aws:0.7.12-python3.12-prefect3.9.1\n  type: process\n  extraArgs: [--base-job-template=/t.json]\n",
			"dev.yaml:6: worker.extraArgs[0]: got --base-job-template with prefect.workPoolManagement true, whose container creates the pool before the worker starts; remove one of them"},
		{"rejects a policy that asks", worker("installPolicy: prompt"), `dev.yaml:3: worker.installPolicy: got "prompt", want one of: always, if-not-present, never`},
		{"rejects installing into a read-only container", worker("installPolicy: always", "readonlyRootFilesystem: true"),
			`dev.yaml:3: worker.installPolicy: got "always" with readonlyRootFilesystem or user, want never and an image that has the package: it cannot be installed as the container starts`},
		{"rejects a relative working directory", worker("workingDirectory: flows"), `dev.yaml:3: worker.workingDirectory: got "flows", want the absolute path of a folder such as /data, not /`},
		{"rejects an environment file of another name", worker("environmentFiles: [\"arn:aws:s3:::acme-config/worker.txt\"]"),
			`dev.yaml:3: worker.environmentFiles[0]: got "arn:aws:s3:::acme-config/worker.txt", want the ARN of an object that ends in .env, arn:aws:s3:::<bucket>/<key>.env`},
		{"rejects more environment files than ECS reads", worker("environmentFiles: [" + files(11) + "]"), "dev.yaml:3: worker.environmentFiles: got 11, want at most 10"},
		{"rejects a second init process", worker("initProcessEnabled: true", "enableExecuteCommand: true"), "dev.yaml:3: worker.initProcessEnabled: got true with enableExecuteCommand true, which has one already; remove it"},
		{"rejects a restart policy beyond AWS's", worker("restartPolicy: {ignoredExitCodes: [256], restartAttemptPeriodSeconds: 30}"),
			`dev.yaml:3: worker.restartPolicy.ignoredExitCodes[0]: got "256", want an exit code, 0 to 255
dev.yaml:3: worker.restartPolicy.restartAttemptPeriodSeconds: got 30, want 60 to 1800`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := load(t, map[string]string{"dev.yaml": tt.text}); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

func TestCommandWarnings(t *testing.T) {
	for _, tt := range []struct{ lines, want string }{
		{"entryPoint: [/vault-env]", "dev.yaml:6: worker.entryPoint: replaces the image's own, which installs EXTRA_PIP_PACKAGES; call /opt/prefect/entrypoint.sh in it, or remove one of them"},
		{"entryPoint: [/vault-env, /opt/prefect/entrypoint.sh]", ""},
	} {
		c, err := load(t, map[string]string{"dev.yaml": worker("image: prefecthq/prefect:3.9.1", "environment:", "  EXTRA_PIP_PACKAGES: prefect-aws", tt.lines)})
		if err != "" {
			t.Fatal(err)
		}
		got := ""
		for _, w := range warningsOf(c) {
			if strings.Contains(w, "worker.entryPoint") {
				got = w
			}
		}
		if got != tt.want {
			t.Errorf("%s: got %q, want %q", tt.lines, got, tt.want)
		}
	}
	c, err := load(t, map[string]string{"dev.yaml": worker("image: prefecthq/prefect:3.9.1", "type: ecs", "installPolicy: if-not-present")})
	if err != "" {
		t.Fatal(err)
	}
	if all := strings.Join(warningsOf(c), "\n"); strings.Contains(all, "does not contain prefect-aws") {
		t.Errorf("warns of a package that is installed:\n%s", all)
	}
}
