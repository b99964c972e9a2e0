package doctor

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
)

// said is what checks print, for comparison.
func said(t *testing.T, checks ...Check) string {
	t.Helper()
	var out bytes.Buffer
	Run(t.Context(), &out, checks...)
	var lines []string
	findings, had := strings.CutSuffix(out.String(), legend)
	if had != strings.Contains(findings, Unknown.String()+"   ") {
		t.Errorf("explains %s: %v, in\n%s", Unknown, had, &out)
	}
	for line := range strings.Lines(findings) {
		lines = append(lines, strings.Join(strings.Fields(line), " "))
	}
	return strings.Join(lines, "\n")
}

// TestRun: findings are in the order of their checks, however long these take.
func TestRun(t *testing.T) {
	second := make(chan struct{})
	got := said(t,
		func(context.Context) []Finding { <-second; return []Finding{ok("a", "1")} },
		func(context.Context) []Finding {
			close(second)
			return []Finding{{Problem, "b", "2", "do it"}, {Unknown, "c", "3", "look"}}
		},
	)
	if want := "ok a 1\nPROBLEM b 2\nnext: do it\n? c 3\nnext: look"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// TestLook: a program is found and its version compared.
func TestLook(t *testing.T) {
	dir := t.TempDir()
	program := func(name, prints string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("#!/bin/sh\necho '"+prints+"'\n"), 0o700); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, tt := range []struct{ name, prints, want, expect string }{
		{"node", "v20.20.2", ">= 20", "ok x 20.20.2, want >= 20"},
		{"go", "go version go1.26.8 linux/amd64", ">= 1.26", "ok x 1.26.8, want >= 1.26"},
		{"terraform", `{"terraform_version": "1.9.8", "platform": "linux_amd64"}`, ">= 1.11.0, < 2.0.0", "PROBLEM x got 1.9.8"},
		{"beta", `{"terraform_version": "1.11.0-beta1"}`, ">= 1.11.0", "ok x 1.11.0-beta1"},
		{"broken", "no version", ">= 1", "does not say its version"},
	} {
		path := program(tt.name, tt.prints)
		if got := said(t, Program{Name: "x", Paths: []string{path}, Want: tt.want, Install: "get it", Missing: Problem}.Look); !strings.Contains(got, tt.expect) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.expect)
		}
	}
	if got := said(t, Program{Name: "x", Paths: []string{"no-such-program"}, Want: ">= 1", Install: "get it", Missing: Warning}.Look); got != "warning x not on PATH, want >= 1\nnext: get it" {
		t.Errorf("got %q", got)
	}
}

// TestPrefect: what a server answers becomes a finding with a next step, and the
// key is never shown.
func TestPrefect(t *testing.T) {
	const key = "not-a-key-3f9a"
	for _, tt := range []struct {
		name       string
		key        string
		containers string
		answers    map[string]string // by path; "401" and the like are statuses
		want       []string
	}{
		{"all is well", key, "", map[string]string{"/admin/version": `"3.9.1"`, "/work_pools/etl": `{"type": "ecs", "is_paused": false}`},
			[]string{"version 3.9.1", "ok work pool etl, type ecs"}},
		{"a server that is older", key, "", map[string]string{"/admin/version": `"3.4.0"`, "/work_pools/etl": `{"type": "ecs"}`}, []string{"older than the 3.9.1 of the image"}},
		{"another type", key, "", map[string]string{"/admin/version": `"3.9.1"`, "/work_pools/etl": `{"type": "docker"}`}, []string{"PROBLEM work pool etl is of type docker, and the worker's is ecs"}},
		{"paused", key, "", map[string]string{"/admin/version": `"3.9.1"`, "/work_pools/etl": `{"type": "ecs", "is_paused": true}`}, []string{"next: prefect work-pool resume etl"}},
		{"no pool", key, "", map[string]string{"/admin/version": `"3.9.1"`, "/work_pools/etl": "404"}, []string{"warning work pool etl does not exist yet", "work-pool create etl --type ecs"}},
		{"no pool, which the task makes", key, `{"name": "prepare-work-pool"},`, map[string]string{"/admin/version": `"3.9.1"`, "/work_pools/etl": "404"}, []string{"ok work pool etl does not exist yet; the worker's task creates it"}},
		{"a wrong key", key, "", map[string]string{"/admin/version": "401"}, []string{"PROBLEM Prefect API", "refuses the key"}},
		{"no key", "", "", map[string]string{"/admin/version": "401"}, []string{"? Prefect API", "export PREFECT_API_KEY"}},
		{"no API", key, "", map[string]string{"/health": "404", "/admin/version": "404"}, []string{"is not a Prefect API"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("PREFECT_API_KEY", tt.key)
			t.Setenv("PREFECT_API_AUTH_STRING", "")
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				answer := tt.answers[strings.TrimPrefix(r.URL.Path, "/api")]
				if status := 0; len(answer) == 3 {
					fmt.Sscan(answer, &status)
					w.WriteHeader(status)
				}
				if r.Header.Get("Authorization") != "Bearer "+key && tt.key != "" {
					t.Errorf("got the header %q", r.Header.Get("Authorization"))
				}
				fmt.Fprint(w, answer)
			}))
			defer server.Close()
			got := said(t, Prefect(stackOf(t, `[`+tt.containers+`{"name": "worker", "image": "prefecthq/prefect-aws:0.7.12-python3.12-prefect3.9.1",
				"command": ["prefect", "worker", "start", "--pool", "etl", "--type", "ecs"], "environment": [{"name": "PREFECT_API_URL", "value": "`+server.URL+`/api"}]}]`)))
			for _, want := range tt.want {
				if !strings.Contains(got, want) {
					t.Errorf("got\n%s\nwant %q", got, want)
				}
			}
			if strings.Contains(got, key) {
				t.Errorf("the key is shown:\n%s", got)
			}
		})
	}
	nowhere := said(t, Prefect(stackOf(t, `[{"command": ["--pool", "etl"], "environment": [{"name": "PREFECT_API_URL", "value": "http://prefect.invalid:4200/api"}]}]`)))
	if want := "? Prefect API cannot resolve prefect.invalid from this machine\nnext: check prefect.apiUrl and your network; if the API is only reachable from the VPC, ignore this"; nowhere != want && os.Getenv("HTTP_PROXY")+os.Getenv("http_proxy") == "" {
		t.Errorf("got %q, want %q", nowhere, want)
	}
	if got := said(t, Prefect(stackOf(t, `[{"command": ["--pool", "etl"], "environment": [{"name": "PREFECT_API_URL", "value": ""}]}]`))); !strings.Contains(got, "TF_VAR_prefect_api_url") {
		t.Errorf("got %q", got)
	}
}

// TestPlan: what Prefect Cloud says of the account's plan, beside what the workers
// ask while they are idle. stackOf has four tasks.
func TestPlan(t *testing.T) {
	for _, tt := range []struct{ name, account, version, want string }{
		{"a plan with limits", `{"plan_type": "TEAM", "run_retention_days": 14}`, `"3.9.1"`,
			"ok Prefect plan TEAM, keeps runs for 14 days, takes 2,500 API requests and 8,000 logs and events a minute; idle, this stack's workers make about 32 requests"},
		{"custom limits", `{"plan_type": "ENTERPRISE"}`, `"3.9.1"`, "ok Prefect plan ENTERPRISE; its limits are under Account Settings > Rate Limits"},
		{"a key of a workspace alone", "403", `"3.9.1"`, "? Prefect plan this key may not read the account's plan\nnext: see Account Settings"},
		{"no more requests", `{}`, "429", "warning Prefect plan the API answers 429: the account's requests of this minute are used up\nnext: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				answer := map[string]string{"/api/accounts/a/": tt.account, "/api/accounts/a/workspaces/w/admin/version": tt.version,
					"/api/accounts/a/workspaces/w/work_pools/etl": `{"type": "ecs"}`}[r.URL.Path]
				if status := 0; len(answer) == 3 {
					fmt.Sscan(answer, &status)
					w.WriteHeader(status)
				}
				fmt.Fprint(w, answer)
			}))
			defer server.Close()
			got := said(t, Prefect(stackOf(t, `[{"name": "worker", "command": ["--pool", "etl"], "environment": [{"name": "PREFECT_API_URL", "value": "`+server.URL+`/api/accounts/a/workspaces/w"}]}]`)))
			if !strings.Contains(got, tt.want) {
				t.Errorf("got\n%s\nwant %q", got, tt.want)
			}
		})
	}
	if got := (api{url: "http://prefect.internal:4200/api"}).plan(t.Context(), 4); got != nil {
		t.Errorf("a server of its own: got %v", got)
	}
	found := planWith("HOBBY", 0, 50)
	if found.Level != Warning || !strings.Contains(found.Seen, "idle, this stack's 50 worker tasks make 400 requests a minute") {
		t.Errorf("got %+v", found)
	}
}

func stackOf(t *testing.T, containers string) *synthesized.Stack {
	t.Helper()
	s, err := synthesized.Parse([]byte(`{
		"provider": {"aws": [{"region": "us-east-1", "allowed_account_ids": ["123456789012"]}]},
		"locals": {"containers": ` + containers + `},
		"resource": {
			"aws_ecs_task_definition": {"w": {"cpu": "2048", "container_definitions": "${jsonencode(local.containers)}"}},
			"aws_ecs_service": {"w": {"desired_count": 4, "task_definition": "${aws_ecs_task_definition.w.arn}"}},
			"aws_subnet": {"p": {"count": 3, "availability_zone": "${element([\"a\", \"b\", \"c\"], count.index)}"}},
			"aws_vpc": {"v": {}}, "aws_eip": {"nat": {"count": 3}},
			"aws_secretsmanager_secret": {"s": {"name": "etl-key"}},
			"aws_iam_role": {"r": {"name": "etl-worker"}, "own": {"name": "etl-own"}}
		}}`))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestAccount: an AWS that answers as the case says.
func TestAccount(t *testing.T) {
	const denied = `<Response><Errors><Error><Code>UnauthorizedOperation</Code><Message>You are not authorized</Message></Error></Errors></Response>`
	well := map[string]string{
		"GetCallerIdentity":         `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account><Arn>arn:aws:iam::123456789012:user/ann</Arn></GetCallerIdentityResult></GetCallerIdentityResponse>`,
		"DescribeAvailabilityZones": `<r><availabilityZoneInfo><item><zoneState>available</zoneState><zoneType>availability-zone</zoneType></item><item><zoneState>available</zoneState></item><item><zoneState>available</zoneState></item><item><zoneState>available</zoneState><zoneType>local-zone</zoneType></item></availabilityZoneInfo></r>`,
		"DescribeVpcs":              `<r><vpcSet><item/></vpcSet></r>`,
		"DescribeAddresses":         `<r><addressesSet><item/><item/></addressesSet></r>`,
		"GetRole":                   `404<ErrorResponse><Error><Code>NoSuchEntity</Code><Message>none</Message></Error></ErrorResponse>`,
		"GetServiceQuota":           `{"Quota": {"Value": 5}}`,
		"DescribeSecret":            `400{"__type": "ResourceNotFoundException"}`,
	}
	for _, tt := range []struct {
		name    string
		answers map[string]string
		want    []string
	}{
		{"all is well", nil, []string{"ok AWS account 123456789012, as arn:aws:iam::123456789012:user/ann, in us-east-1", "ok availability zones 3 of 3",
			"to do secret etl-key does not exist yet\nnext: make put-secret-value STACK=etl\nok names 2 free, 1 already owned by this stack", "ok quota VPCs: 1 of 5 used, this stack needs 1 more", "ok quota Elastic IP addresses: 2 of 5"}},
		{"another account", map[string]string{"GetCallerIdentity": strings.ReplaceAll(well["GetCallerIdentity"], "123456789012", "210987654321")}, []string{"PROBLEM AWS account got 210987654321, want one of terraform.provider.allowedAccountIds: 123456789012"}},
		{"deployed, without a value", map[string]string{"DescribeSecret": `{"Name": "etl-key"}`}, []string{"to do secret etl-key has no value\nnext: make put-secret-value STACK=etl\nok names 1 free, 2 already owned by this stack"}},
		{"deployed, with a value", map[string]string{"DescribeSecret": `{"Name": "etl-key", "VersionIdsToStages": {"a": ["AWSCURRENT"]}}`}, []string{"ok secret etl-key has a value\nok names"}},
		{"deployed, and deleted since", nil, []string{"PROBLEM secret etl-key is in the state, but AWS does not have it any more"}},
		{"deployed, and scheduled for deletion", map[string]string{"DescribeSecret": `{"Name": "etl-key", "DeletedDate": 1800000000}`}, []string{"PROBLEM names the secret etl-key is scheduled for deletion"}},
		{"few zones", map[string]string{"DescribeAvailabilityZones": `<r><availabilityZoneInfo><item><zoneState>available</zoneState></item></availabilityZoneInfo></r>`}, []string{"PROBLEM availability zones us-east-1 has 1, want 3"}},
		{"a name that is taken", map[string]string{"GetRole": `<GetRoleResponse><GetRoleResult><Role><RoleName>etl-worker</RoleName></Role></GetRoleResult></GetRoleResponse>`}, []string{"PROBLEM names the role etl-worker exists already"}},
		{"no address left", map[string]string{"DescribeAddresses": `<r><addressesSet><item/><item/><item/></addressesSet></r>`}, []string{"PROBLEM quota Elastic IP addresses: 3 of 5 used, and this stack needs 3", "quotas/L-0263D0A3"}},
		{"no Service Quotas", map[string]string{"GetServiceQuota": `400{"__type": "NoSuchResourceException", "message": "This service is not available in the current Region. Choose a different Region or a different service."}`},
			[]string{"? quota VPCs: not checked: this endpoint has no Service Quotas\n? quota Elastic", "? quota Fargate vCPUs: not checked"}},
		{"a secret that is scheduled for deletion", map[string]string{"DescribeSecret": `{"Name": "etl-key", "DeletedDate": 1800000000}`},
			[]string{"PROBLEM names the secret etl-key is scheduled for deletion on 2027-01-15", "restore-secret --region us-east-1 --secret-id etl-key", "--force-delete-without-recovery; docs/troubleshooting.md#destroy"}},
		{"few vCPUs", map[string]string{"GetServiceQuota": `{"Quota": {"Value": 6}}`}, []string{"PROBLEM quota Fargate On-Demand vCPUs: 6, and the workers alone need 8.00"}},
		{"a right that is missing", map[string]string{"DescribeVpcs": "403" + denied}, []string{"? quota UnauthorizedOperation: You are not authorized", "allow ec2:DescribeVpcs"}},
		{"credentials that are refused", map[string]string{"GetCallerIdentity": `403<ErrorResponse><Error><Code>ExpiredToken</Code><Message>The token has expired</Message></Error></ErrorResponse>`}, []string{"PROBLEM AWS credentials AWS refuses them: ExpiredToken: The token has expired", "next: sign in"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				action := r.FormValue("Action")
				if target := r.Header.Get("X-Amz-Target"); target != "" {
					_, action, _ = strings.Cut(target, ".")
				}
				answer, ok := tt.answers[action]
				if !ok {
					answer = well[action]
				}
				if status := 0; len(answer) > 3 && answer[0] == '4' {
					fmt.Sscan(answer[:3], &status)
					w.WriteHeader(status)
					answer = answer[3:]
				}
				fmt.Fprint(w, answer)
			}))
			defer server.Close()
			for name, value := range map[string]string{"AWS_ENDPOINT_URL": server.URL, "AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y", "AWS_SESSION_TOKEN": "", "AWS_PROFILE": "",
				"AWS_MAX_ATTEMPTS": "1", "HTTP_PROXY": "", "AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull} {
				t.Setenv(name, value)
			}
			account, err := NewAccount(t.Context(), stackOf(t, "[]"), State{Known: true, Has: map[string]bool{"aws_iam_role.own": true, "aws_secretsmanager_secret.s": strings.HasPrefix(tt.name, "deployed")}})
			if err != nil {
				t.Fatal(err)
			}
			account.Named = "etl"
			got := said(t, account.Checks()...)
			for _, want := range tt.want {
				if !strings.Contains(got, want) {
					t.Errorf("got\n%s\nwant %q", got, want)
				}
			}
		})
	}
}

// TestNoCredentials: the error is a sentence, and nothing else is asked.
func TestNoCredentials(t *testing.T) {
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_WEB_IDENTITY_TOKEN_FILE"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	t.Setenv("AWS_CONFIG_FILE", os.DevNull)
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", os.DevNull)
	account, err := NewAccount(t.Context(), stackOf(t, "[]"), State{})
	if err != nil {
		t.Fatal(err)
	}
	got := said(t, account.Checks()...)
	if !strings.HasPrefix(got, "PROBLEM AWS credentials none were found: neither the environment, nor a profile, nor a role of this machine has any\nnext: sign in") || !strings.HasSuffix(got, "\n? availability zones skipped: no AWS credentials (see above)\n? names skipped: no AWS credentials (see above)\n? quota skipped: no AWS credentials (see above)") || strings.Count(got, "\n") != 4 {
		t.Errorf("got\n%s", got)
	}
}

func TestLocalState(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("cdk.tf.json", `{"terraform": {"backend": {"local": {"path": "x.tfstate"}}}}`)
	for _, tt := range []struct{ content, want string }{
		{"", "none yet, the stack is new"},
		{`{"version": 4, "resources": [{"mode": "managed", "type": "aws_vpc", "name": "v", "instances": [{}]}, {"mode": "data", "type": "d", "name": "n", "instances": [{}]}]}`, "1 resource"},
		{"{", "is not a state"},
	} {
		if tt.content != "" {
			write("x.tfstate", tt.content)
		}
		state, findings := Place(t.Context(), dir, "dev", "")
		if len(findings) != 1 || !strings.Contains(findings[0].Seen, tt.want) {
			t.Errorf("got %+v, want %q", findings, tt.want)
		}
		if strings.Contains(tt.want, "1 resource") && !state.Has["aws_vpc.v"] {
			t.Errorf("got %+v", state)
		}
	}
}

func TestDeployed(t *testing.T) {
	for _, tt := range []struct {
		name string
		has  map[string]bool
		want bool
	}{
		{"nothing", nil, false},
		{"only the secret, before the first deployment", map[string]bool{"aws_secretsmanager_secret.prefect_api": true}, false},
		{"a cluster, too", map[string]bool{"aws_secretsmanager_secret.prefect_api": true, "aws_ecs_cluster.prefect": true}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := (State{Known: true, Has: tt.has}).Deployed(); got != tt.want {
				t.Errorf("got %t, want %t", got, tt.want)
			}
		})
	}
}
