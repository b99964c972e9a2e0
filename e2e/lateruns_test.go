//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/prefect"
)

// TestLateRuns runs constructs/lateruns.py, by hand instead of by Lambda, against
// a Prefect server that marks runs late by itself. The secret is in the emulator.
func TestLateRuns(t *testing.T) {
	parallel(t)
	p := &project{t: t, dir: t.TempDir()}
	p.start()
	s := lateServer(t)
	authSecret, keySecret := p.secret("auth", authString), p.secret("key", key)
	withAuth := []string{"PREFECT_API_URL=" + s.server.API(), "SECRET_NAME=PREFECT_API_AUTH_STRING", "SECRET_ARN=" + authSecret}
	cloud := slices.Concat(s.cloud(0), []string{"SECRET_NAME=PREFECT_API_KEY", "SECRET_ARN=" + keySecret})

	t.Log("nothing has been started yet")
	s.api(http.MethodPost, "/work_pools/", map[string]any{"name": "etl pool", "type": "process"})
	s.api(http.MethodPost, "/work_pools/", map[string]any{"name": "reports", "type": "process"})
	s.api(http.MethodPost, "/work_pools/etl%20pool/queues", map[string]any{"name": "high"})
	p.counts(withAuth, "etl pool 0 late, 0 running; etl pool/default 0 late, 0 running; etl pool/high 0 late, 0 running; reports 0 late, 0 running; reports/default 0 late, 0 running")

	t.Log("two wait in one queue, one runs in the other, one waits in a queue of the same name in another pool, one waits for its time")
	s.flowRun("etl pool", "default", 0)
	s.flowRun("etl pool", "default", 0)
	s.flowRun("etl pool", "default", time.Hour)
	s.flowRun("reports", "default", 0)
	running := s.flowRun("etl pool", "high", 0)
	s.api(http.MethodPost, "/flow_runs/"+running+"/set_state", map[string]any{"state": map[string]any{"type": "RUNNING"}, "force": true})
	s.awaitLate(3)
	const all = "etl pool 2 late, 1 running; etl pool/default 2 late, 0 running; etl pool/high 0 late, 1 running; reports 1 late, 0 running; reports/default 1 late, 0 running"
	p.counts(withAuth, all)
	p.counts(cloud, all)
	parts := p.secret("parts", `{"prefect": "`+authString+`"}`)
	p.counts(append(withAuth, "SECRET_ARN="+parts+":prefect::"), all)
	p.counts(append(withAuth, "SECRET_ARN="+p.parameter("/prefect/auth", authString)), all)
	p.counts([]string{"PREFECT_API_URL=" + s.open(), "SECRET_ARN=", "AWS_ENDPOINT_URL=http://127.0.0.1:1"}, all) // nor is AWS asked

	const hint = "check the URL, and that the function can reach it: a server inside the VPC wants lateRuns.inVpc, and its port a rule of the security group ("
	const unknown = "arn:aws:secretsmanager:us-east-1:123456789012:secret:unknown-AbCdEf"
	for _, tt := range []struct{ name, env, want string }{
		{"a wrong key", "SECRET_ARN=" + p.secret("wrong", "wrong-secret"), "the API refuses the key: put the right one into the secret (401 "},
		{"a key with a line break", "SECRET_ARN=" + p.secret("broken", "wrong-secret\n"), "the secret's value has a space or line break around it: put it in without"},
		{"no secret", "SECRET_ARN=" + unknown, "the secret " + unknown + " cannot be read: give it a value, and let the function's role read it (An error occurred (ResourceNotFoundException)"},
		{"no such key in it", "SECRET_ARN=" + parts + ":wrong-secret::", "the secret " + parts + ":wrong-secret:: is no JSON object with the key wrong-secret: correct its value or the ARN"},
		{"no such parameter", "SECRET_ARN=arn:aws:ssm:us-east-1:123456789012:parameter/none", "there is no parameter arn:aws:ssm:us-east-1:123456789012:parameter/none: make it"},
		{"a server that does not answer", "PREFECT_API_URL=http://127.0.0.1:1/api", "no Prefect API answers at http://127.0.0.1:1/api/work_pools/etl%20pool/queues/filter: " + hint},
		{"a server that is not Prefect's", "PREFECT_API_URL=" + serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "<html>") })), "no Prefect API answers at "},
		{"a wrong path", "PREFECT_API_URL=" + s.server.API() + "/api", "there is no such work pool at this address: start its worker, which makes it, or correct the API's URL (404 "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, err := p.in(t).lateRuns(append(slices.Clone(withAuth), tt.env, `WORK_POOLS=["etl pool"]`))
			if want := "late-runs | ERROR   | work pool etl pool: " + tt.want; err == nil || !strings.HasPrefix(out, want) || strings.Count(out, "\n") != 1 {
				t.Errorf("got %v and\n%s\nwant it to fail with one line that begins with\n%s", err, out, want)
			}
			if !strings.Contains(tt.env, ":wrong-secret") && strings.Contains(out, "wrong-secret") {
				t.Errorf("the secret is in\n%s", out)
			}
		})
	}

	t.Log("a pool that is not there keeps none from being counted")
	out, err := p.lateRuns(append(slices.Clone(withAuth), `WORK_POOLS=["none", "reports"]`))
	if lines := strings.Split(out, "\n"); err == nil || len(lines) != 4 || !strings.Contains(lines[0], `"WorkPool": "reports"`) || !strings.HasPrefix(lines[2], "late-runs | ERROR   | work pool none: there is no such work pool") {
		t.Errorf("got %v and\n%s\nwant two lines of reports and one error", err, out)
	}
}

// lateServer is a real server with basic authentication that marks late runs.
func lateServer(t *testing.T) *prefectServer {
	t.Helper()
	dir := t.TempDir()
	server, err := prefect.Start(t.Context(), filepath.Join(dir, "prefect"), prefect.Settings{
		Python: tools.Prefect, Database: tools.PrefectDB, Auth: authString, Services: true, EndsWith: os.Getpid()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	return &prefectServer{t: t, dir: dir, server: server}
}

// flowRun schedules a flow run in a queue of a pool and returns its id.
func (p *prefectServer) flowRun(pool, queue string, in time.Duration) string {
	p.t.Helper()
	var flow, deployment, run struct{ ID string }
	call := func(path string, body map[string]any, out any) {
		if err := p.server.Call(p.t.Context(), http.MethodPost, path, body, out); err != nil {
			p.t.Fatal(err)
		}
	}
	call("/flows/", map[string]any{"name": "f"}, &flow)
	call("/deployments/", map[string]any{"name": pool + queue, "flow_id": flow.ID, "work_pool_name": pool, "work_queue_name": queue}, &deployment)
	call("/deployments/"+deployment.ID+"/create_flow_run", map[string]any{"state": map[string]any{
		"type": "SCHEDULED", "state_details": map[string]any{"scheduled_time": time.Now().Add(in)},
	}}, &run)
	return run.ID
}

// awaitLate waits until the server has marked that many runs late.
func (p *prefectServer) awaitLate(want int) {
	p.t.Helper()
	got := 0
	for range 120 {
		late := map[string]any{"flow_runs": map[string]any{"state": map[string]any{"name": map[string]any{"any_": []string{"Late"}}}}}
		if err := p.server.Call(p.t.Context(), http.MethodPost, "/flow_runs/count", late, &got); err != nil {
			p.t.Fatal(err)
		}
		if got == want {
			return
		}
		time.Sleep(time.Second)
	}
	p.t.Fatalf("got %d late runs after two minutes, want %d", got, want)
}

// open is an API before the server that wants no authentication.
func (p *prefectServer) open() string {
	p.t.Helper()
	target, err := url.Parse(p.server.UI())
	if err != nil {
		p.t.Fatal(err)
	}
	return serve(p.t, &httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		if got := r.In.Header.Get("Authorization"); got != "" {
			p.t.Errorf("got the authorization %q, want none without a secret", got)
		}
		r.SetURL(target)
		r.Out.SetBasicAuth("admin", password)
	}}) + "/api"
}

// secret puts a value into Secrets Manager and returns its ARN.
func (p *project) secret(name, value string) string {
	p.t.Helper()
	return strings.TrimSpace(p.must(p.exec(p.dir, nil, tools.Python, "-c",
		`import boto3, sys; print(boto3.client("secretsmanager").create_secret(Name=sys.argv[1], SecretString=sys.argv[2])["ARN"])`, name, value)))
}

// parameter puts a value into an SSM parameter and returns its ARN.
func (p *project) parameter(name, value string) string {
	p.t.Helper()
	p.must(p.exec(p.dir, nil, tools.Python, "-c",
		`import boto3, sys; boto3.client("ssm").put_parameter(Name=sys.argv[1], Value=sys.argv[2], Type="SecureString")`, name, value))
	return "arn:aws:ssm:us-east-1:123456789012:parameter" + name
}

// lateRuns runs the function's file once and returns what it says.
func (p *project) lateRuns(env []string) (string, error) {
	p.t.Helper()
	all := append([]string{"NAMESPACE=Prefect/test", `WORK_POOLS=["etl pool", "reports"]`}, env...)
	return p.exec(p.dir, all, tools.Python, filepath.Join(root, "constructs", "lateruns.py"))
}

// counts checks the metrics in what the function says.
func (p *project) counts(env []string, want string) {
	p.t.Helper()
	out := p.must(p.lateRuns(env))
	var all []string
	for line := range strings.Lines(out) {
		var m struct {
			AWS struct {
				Timestamp         int64
				CloudWatchMetrics []struct {
					Namespace  string
					Dimensions [][]string
					Metrics    []struct{ Name, Unit string }
				}
			} `json:"_aws"`
			WorkPool, WorkQueue   string
			LateRuns, RunningRuns int
		}
		if err := json.Unmarshal([]byte(line), &m); err != nil {
			p.t.Fatalf("%v in %s", err, out)
		}
		name, dimensions := m.WorkPool, []string{"WorkPool"}
		if m.WorkQueue != "" {
			name, dimensions = name+"/"+m.WorkQueue, append(dimensions, "WorkQueue")
		}
		all = append(all, fmt.Sprintf("%s %d late, %d running", name, m.LateRuns, m.RunningRuns))
		if got, want := fmt.Sprint(m.AWS.CloudWatchMetrics), fmt.Sprintf("[{Prefect/test [%v] [{LateRuns Count} {RunningRuns Count}]}]", dimensions); got != want {
			p.t.Errorf("got the metrics %s, want %s", got, want)
		}
		if since := time.Since(time.UnixMilli(m.AWS.Timestamp)); since < -time.Second || since > time.Minute {
			p.t.Errorf("got a metric of %v ago, want it of now", since)
		}
	}
	slices.Sort(all)
	if got := strings.Join(all, "; "); got != want {
		p.t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
}
