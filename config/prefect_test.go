package config

import "testing"

func TestWorkPoolManagement(t *testing.T) {
	managed := func(lines string) string {
		return "preset: readme\nprefect: {workPoolManagement: true}\nworker:\n  image: prefecthq/prefect-aws:0.7.12-python3.12\n" + lines
	}
	image := func(image string) string {
		return "preset: readme\nprefect: {workPoolManagement: true}\nworker: {type: ecs, image: \"" + image + "\"}\n"
	}
	const old = ` with prefect.workPoolManagement true, want Prefect 3.6.23 or newer in it, whose workers can leave pools to the stack, such as prefecthq/prefect-aws:0.7.12-python3.12`
	for _, tt := range []struct{ name, text, want string }{
		{"takes pools of both types", managed("  type: ecs\nadditionalWorkers:\n  - {name: local, type: process, workPool: local}\n  - {name: more}\n"), ""},
		{"rejects a pool of no type", managed("additionalWorkers:\n  - {name: more}\n"),
			"dev.yaml:3: worker.type: got no value, want ecs or process: prefect.workPoolManagement makes the pool of it"},
		{"rejects a pool of two types", managed("  type: ecs\nadditionalWorkers:\n  - {name: local, type: process}\n"),
			`dev.yaml:7: additionalWorkers[0].type: got "process" with the work pool ecs-work-pool, which another worker makes of type ecs; want a workPool of its own`},
		{"rejects a worker that cannot start what its pool is for", managed("  type: ecs\n  permissions: none\nadditionalWorkers:\n  - {name: more}\n"),
			"dev.yaml:6: worker.permissions: got none with prefect.workPoolManagement true, whose flow runs a worker of type ecs starts with a task role; set worker.permissions: least-privilege"},
		{"rejects two containers of one name", managed("  type: ecs\n  containerName: prepare-work-pool\n"),
			`dev.yaml:6: worker.containerName: got "prepare-work-pool" with prefect.workPoolManagement true, whose container has that name; want another`},
		{"rejects an image whose worker makes pools", image("prefecthq/prefect-aws:0.7.6-python3.12-prefect3.6.22"), `dev.yaml:3: worker.image: got "prefecthq/prefect-aws:0.7.6-python3.12-prefect3.6.22"` + old},
		{"rejects one of Prefect 2", image("docker.io/prefecthq/prefect:2-latest"), `dev.yaml:3: worker.image: got "docker.io/prefecthq/prefect:2-latest"` + old},
		{"rejects one of a minor version before", image("prefecthq/prefect:3.5-python3.12"), `dev.yaml:3: worker.image: got "prefecthq/prefect:3.5-python3.12"` + old},
		{"takes the first image that does not", image("prefecthq/prefect-aws:0.7.7-python3.12-prefect3.6.23"), ""},
		{"takes a tag that moves with the minor version", image("prefecthq/prefect:3.6-python3.12"), ""},
		{"takes a tag of another repository, which says nothing", image("123456789012.dkr.ecr.us-east-1.amazonaws.com/worker:2.1"), ""},
		{"says once what an additional worker has from the first", image("prefecthq/prefect:3.6.1-python3.12") + "additionalWorkers:\n  - {name: more}\n",
			`dev.yaml:3: worker.image: got "prefecthq/prefect:3.6.1-python3.12"` + old},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := load(t, map[string]string{"dev.yaml": tt.text}); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}
