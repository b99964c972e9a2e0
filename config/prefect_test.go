package config

import (
	"strings"
	"testing"
)

func TestWorkPoolManagement(t *testing.T) {
	managed := func(lines string) string {
		return "preset: readme\nprefect: {workPoolManagement: true}\nworker:\n  image: prefecthq/prefect-aws:0.7.12-python3.12-prefect3.9.1\n" + lines
	}
	image := func(image string) string {
		return "preset: readme\nprefect: {workPoolManagement: true}\nworker: {type: ecs, image: \"" + image + "\"}\n"
	}
	const old = ` with prefect.workPoolManagement true, want Prefect 3.6.23 or newer in it, whose workers can leave pools to the stack, such as prefecthq/prefect-aws:0.7.12-python3.12-prefect3.9.1`
	for _, tt := range []struct{ name, text, want string }{
		{"takes pools of both types", managed("  type: ecs\nadditionalWorkers:\n  - {name: local, type: process, workPool: local}\n  - {name: more}\n"), ""},
		{"rejects a pool of no type", managed("additionalWorkers:\n  - {name: more}\n"),
			"dev.yaml:3: worker.type: got no value, want ecs or process: prefect.workPoolManagement creates the pool with it"},
		{"rejects a pool of two types", managed("  type: ecs\nadditionalWorkers:\n  - {name: local, type: process}\n"),
			`dev.yaml:7: additionalWorkers[0].type: got "process" with the work pool ecs-work-pool, which another worker creates with type ecs; want a separate workPool`},
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

// TestAPIURLWarnings: a variable that is empty by default leaves the worker without an API.
func TestAPIURLWarnings(t *testing.T) {
	const id = "9b649228-0419-40e1-9e0d-44954b5c0ab6"
	const ids = "prefect: {accountId: " + id + ", workspaceId: " + id + "}\n"
	for _, tt := range []struct{ name, text, want string }{
		{"of a preset without a URL", "preset: production\n", "dev.yaml: prefect.apiUrl: no API URL by default: set prefect.apiUrl in this file, or give -var prefect_api_url=…"},
		{"of a preset whose ids are empty", "preset: readme\n", "dev.yaml: prefect.apiUrl (from preset readme): no API URL by default: set prefect.apiUrl in this file, or give -var prefect_api_url=…, or -var prefect_account_id=… -var prefect_workspace_id=…"},
		{"of one id alone", "preset: readme\nprefect: {accountId: " + id + "}\n", "dev.yaml: prefect.apiUrl (from preset readme): no API URL by default: set prefect.apiUrl in this file, or give -var prefect_api_url=…, or -var prefect_account_id=… -var prefect_workspace_id=…"},
		{"not where the file has it", "preset: production\nprefect: {apiUrl: \"https://prefect.example.com/api\"}\n", ""},
		{"not where the file has both ids", "preset: readme\n" + ids, ""},
		{"not where Terraform asks for it", "preset: production\nterraform: {promptForVariables: true}\n", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, problem := load(t, map[string]string{"dev.yaml": tt.text})
			if problem != "" {
				t.Fatal(problem)
			}
			got := ""
			for _, w := range warningsOf(c) {
				if strings.Contains(w, "API URL") {
					got += w
				}
			}
			if got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

// TestAPIURLChecks: no URL has an empty account or workspace in it, unless the
// file says nothing of it and the preset is as documented.
func TestAPIURLChecks(t *testing.T) {
	const id = "9b649228-0419-40e1-9e0d-44954b5c0ab6"
	const bothIDs = `${var.prefect_api_url != "" || (var.prefect_account_id != "" && var.prefect_workspace_id != "")}`
	const cloud = "preset: production\nprefect: {apiUrl: \"\"}\nterraform: {variables: {account: prefect.accountId, workspace: prefect.workspaceId, prefect_api_url: "
	for _, tt := range []struct{ name, text, want, condition string }{
		{"takes the documented variables", "preset: readme\n", "", ""},
		{"wants the other id at the plan", "preset: readme\nprefect: {accountId: " + id + "}\n", "", bothIDs},
		{"wants the other id in the file where no variable has it", "preset: readme\nprefect: {accountId: " + id + "}\nterraform: {variables: {prefect_workspace_id: \"\"}}\n",
			"dev.yaml: prefect.workspaceId (from preset readme): got no value, want a UUID such as " + id + " (Prefect Cloud shows it in its address bar)", ""},
		{"wants both ids of another preset, or a URL", cloud + "prefect.apiUrl}}\n", "", `${var.prefect_api_url != "" || (var.account != "" && var.workspace != "")}`},
		{"wants both ids where no variable has the URL", cloud + "\"\"}}\n", "", `${var.account != "" && var.workspace != ""}`},
		{"takes a URL", "preset: production\nprefect: {apiUrl: \"https://api.prefect.cloud/api/accounts/" + id + "/workspaces/" + id + "\"}\n", "", ""},
		{"rejects a URL of Prefect Cloud without ids", "preset: production\nprefect: {apiUrl: \"https://api.prefect.cloud/api\"}\n",
			`dev.yaml:2: prefect.apiUrl: got "https://api.prefect.cloud/api", want an account's and a workspace's id in it: https://api.prefect.cloud/api/accounts/<account>/workspaces/<workspace>`, ""},
		{"rejects one with an account alone", "preset: production\nprefect: {apiUrl: \"https://api.prefect.cloud/api/accounts/" + id + "\"}\n",
			`dev.yaml:2: prefect.apiUrl: got "https://api.prefect.cloud/api/accounts/` + id + `", want an account's and a workspace's id in it: https://api.prefect.cloud/api/accounts/<account>/workspaces/<workspace>`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, got := load(t, map[string]string{"dev.yaml": tt.text})
			if got != tt.want {
				t.Fatalf("got:\n%s\nwant:\n%s", got, tt.want)
			}
			condition := ""
			if c != nil && got == "" {
				for _, check := range c.Environments[0].Resolve().APIURLChecks {
					condition += check.Condition
				}
			}
			if condition != tt.condition {
				t.Errorf("got the check %q, want %q", condition, tt.condition)
			}
		})
	}
}
