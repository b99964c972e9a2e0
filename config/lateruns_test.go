package config

import "testing"

func TestLateRuns(t *testing.T) {
	const inVPC = "lateRuns: {inVpc: true}\n"
	const cloud = "terraform: {variables: {prefect_api_url: \"\"}}\nprefect:\n  apiUrl: https://api.prefect.cloud/api/accounts/9b649228-0419-40e1-9e0d-44954b5c0ab6/workspaces/9b649228-0419-40e1-9e0d-44954b5c0ab6\n"
	const public = "network: {natGateways: none}\nworker: {assignPublicIp: true}\n"
	for _, tt := range []struct{ name, text, want string }{
		{"takes it without a setting", "preset: readme\nlateRuns: {}\n", ""},
		{"rejects a function's name with a dot", "preset: readme\nlateRuns: {functionName: late.runs}\n",
			`dev.yaml:2: lateRuns.functionName: got "late.runs", want 1 to 64 letters, digits, _ or -`},
		{"checks what the function's name becomes", "preset: readme\nnameTag: my etl\ntaskExecutionRole: {name: etl}\nsecret: {name: s}\nlateRuns: {roleName: late-runs}\n",
			`dev.yaml:5: lateRuns.functionName: "{nameTag}-late-runs" becomes "my etl-late-runs": got "my etl-late-runs", want 1 to 64 letters, digits, _ or -`},
		{"rejects a namespace that begins with a colon", "preset: readme\nlateRuns: {namespace: \":p\"}\n",
			`dev.yaml:2: lateRuns.namespace: got ":p", want 1 to 255 letters, digits or ._/#:-, not beginning with :`},
		{"rejects a pool that is no dimension", "preset: readme\nprefect: {workPool: größer}\nlateRuns: {}\n",
			`dev.yaml:3: lateRuns: got it with the work pool "größer", which cannot have a metric: CloudWatch accepts only ASCII characters in a dimension; rename the pool, or set lateRuns: null`},
		{"rejects a function that does not reach Prefect Cloud", "preset: readme\n" + cloud + public + inVPC,
			"dev.yaml:7: lateRuns.inVpc: got true with natGateways none and Prefect Cloud, which a function in the VPC does not reach: it has no public address; remove inVpc"},
		{"takes a function that reaches it through a NAT gateway", "preset: readme\n" + cloud + inVPC, ""},
		{"takes a function beside its server", "preset: readme\n" + public + "prefect: {apiUrl: \"http://prefect.internal:4200/api\"}\n" + inVPC, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := load(t, map[string]string{"dev.yaml": tt.text}); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

func TestLateRunsWarnings(t *testing.T) {
	for url, inside := range map[string]bool{
		"http://prefect.internal:4200/api": true, "http://10.0.1.7:4200/api": true, "http://prefect:4200/api": true,
		"https://prefect.example.com/api": false, "http://203.0.113.7:4200/api": false,
	} {
		server := "prefect: {apiUrl: \"" + url + "\"}\nsecurityGroup: {egress: [{protocol: \"-1\", cidrBlocks: [0.0.0.0/0]}]}\n"
		want := ""
		if inside {
			want = "dev.yaml:4: lateRuns.inVpc: false leaves the function outside of the network, where it does not reach " + url + "; set lateRuns.inVpc: true"
		}
		if got := warnings(t, server+"lateRuns: {}\n"); got != want {
			t.Errorf("%s: got:\n%s\nwant:\n%s", url, got, want)
		}
		if got := warnings(t, server+"lateRuns: {inVpc: true}\n"); got != "" {
			t.Errorf("%s with inVpc: got:\n%s\nwant no warning", url, got)
		}
	}
}
