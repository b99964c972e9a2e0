//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/prefect"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
)

// TestWorkPool runs constructs/workpool.py as a task's container does.
func TestWorkPool(t *testing.T) {
	parallel(t)
	p := startPrefect(t)
	script := readText(t, "constructs/workpool.py")
	variables := func(cluster string) string {
		return `{"cluster": "` + cluster + `", "task_role_arn": null, "network_configuration": {"subnets": ["subnet-1"], "assignPublicIp": "DISABLED"}}`
	}

	// Two tasks find no pool at the same time: one makes it, the other carries on.
	said, cloud := make([]string, 2), p.cloud(2)
	var tasks sync.WaitGroup
	for i := range said {
		tasks.Go(func() { said[i], _ = p.run(cloud, "-c", script, "etl", "ecs", variables("one")) })
	}
	tasks.Wait()
	slices.Sort(said)
	if want := []string{info + "etl: created\n", info + "etl: nothing to change\n"}; !slices.Equal(said, want) {
		t.Fatalf("two tasks at once: got %q, want %q", said, want)
	}
	made := p.pool("etl")
	if defaultOf(made, "cluster") != "one" || defaultOf(made, "task_role_arn") != nil || variablesOf(made)["image"] == nil {
		t.Errorf("the pool made: got %v, want the ECS worker's own with our values", made)
	}

	// What people change stays, and is not written again.
	job := made["base_job_template"].(map[string]any)["job_configuration"].(map[string]any)
	variablesOf(made)["cpu"].(map[string]any)["default"] = 1024
	variablesOf(made)["team"] = map[string]any{"type": "string", "default": "data"}
	job["labels"] = map[string]any{"team": "{{ team }}"}
	delete(variablesOf(made), "launch_type")
	job["task_run_request"].(map[string]any)["launchType"] = "FARGATE"
	p.api(http.MethodPatch, "/work_pools/etl", map[string]any{
		"description": "by hand", "concurrency_limit": 3, "is_paused": true, "base_job_template": made["base_job_template"],
	})
	edited := p.pool("etl")
	p.says(info+"etl: nothing to change\n", "etl", "ecs", variables("one"))
	if got := p.pool("etl"); !reflect.DeepEqual(got, edited) {
		t.Errorf("without a change of ours: got %v, want it as it was, its time too: %v", got, edited)
	}
	p.says(info+"etl: changed cluster\n", "etl", "ecs", variables("two"))
	got := p.pool("etl")
	variablesOf(edited)["cluster"].(map[string]any)["default"] = "two"
	delete(got, "updated")
	delete(edited, "updated")
	if !reflect.DeepEqual(got, edited) {
		t.Errorf("with a change of ours: got %v, want no other than the cluster's: %v", got, edited)
	}
	p.says("prepare-work-pool | WARNING | the base job template has no variable launch_type, so flow runs do not get it: add it, or delete the pool to have it created again\n"+
		info+"etl: nothing to change\n", "etl", "ecs", `{"launch_type": "FARGATE"}`)

	// A second pool, of the other type; and one that was made without a template.
	p.says(info+"local: created\n", "local", "process", "{}")
	p.api(http.MethodPost, "/work_pools/", map[string]any{"name": "bare", "type": "ecs"})
	p.says(info+"bare: changed cluster\n", "bare", "ecs", `{"cluster": "one"}`)
	if bare := p.pool("bare"); defaultOf(bare, "cluster") != "one" || variablesOf(bare)["image"] == nil {
		t.Errorf("the pool without a template: got %v, want the ECS worker's own with our value", bare)
	}

	page := serve(t, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>")) }))
	for _, tt := range []struct{ name, env, pool, kind, want string }{
		{"a wrong key", "PREFECT_API_AUTH_STRING=admin:wrong-secret", "etl", "ecs", "the API refuses the key: put the right one into the secret, then restart the workers ("},
		{"a key with a line break", "PREFECT_API_KEY=wrong-secret\n", "etl", "ecs", "the value of PREFECT_API_KEY has a space or line break around it: put it into the secret without, then restart the workers"},
		{"a server that does not answer", "PREFECT_API_URL=http://127.0.0.1:1/api", "etl", "ecs", "no Prefect API answers at http://127.0.0.1:1/api/: check the worker's API URL, and that its security group allows traffic to it ("},
		{"a server that is not Prefect's", "PREFECT_API_URL=" + page + "/api", "etl", "ecs", "no Prefect API answers at "},
		{"a wrong path", "PREFECT_API_URL=" + p.server.API() + "/api", "etl", "ecs", "there is no Prefect API at this address: correct the worker's API URL, or the account's and the workspace's id in it ("},
		{"a pool of another type", "", "etl", "process", "it is of type ecs, and the worker of type process: give the worker a pool of another name, or delete this one"},
		{"a reserved name", "", "Prefect-etl", "ecs", "the API forbids it: give the pool a name that does not begin with prefect, or the key's owner the right to edit work pools ("},
		{"an image without the worker", "", "etl", "kubernetes", "the image has no worker of type kubernetes: use an image of prefecthq/prefect-aws"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			out, err := p.prepare([]string{auth, tt.env}, tt.pool, tt.kind, "{}")
			if want := "prepare-work-pool | ERROR   | work pool " + tt.pool + ": " + tt.want; err == nil || !strings.HasPrefix(out, want) || strings.Count(out, "\n") != 1 {
				t.Errorf("got %v and\n%s\nwant it to fail with one line that begins with\n%s", err, out, want)
			}
			if strings.Contains(out, "wrong-secret") {
				t.Errorf("the secret is in\n%s", out)
			}
		})
	}
}

const (
	password = "not-a-password" // of the server
	auth     = "PREFECT_API_AUTH_STRING=" + authString
	key      = "not-a-key"
	info     = "prepare-work-pool | INFO    | work pool "
)

// prefectServer is a real Prefect server with basic authentication.
type prefectServer struct {
	t      *testing.T
	dir    string
	server *prefect.Server

	forks   *json.Encoder // see fork.py
	answers *json.Decoder
}

func startPrefect(t *testing.T) *prefectServer {
	t.Helper()
	return &prefectServer{t: t, dir: t.TempDir(), server: (&project{t: t}).prefect()}
}

func (p *prefectServer) env() []string {
	return []string{"PREFECT_HOME=" + filepath.Join(p.dir, "home"), "DO_NOT_TRACK=1", "PREFECT_SERVER_ANALYTICS_ENABLED=false",
		"PREFECT_API_URL=" + p.server.API(), "PREFECT_API_KEY=", "PREFECT_API_AUTH_STRING="}
}

// prepare runs the file in a fork of a process that has loaded Prefect, and
// returns what it says.
func (p *prefectServer) prepare(env []string, args ...string) (string, error) {
	p.t.Helper()
	if p.forks == nil {
		p.startForks()
	}
	environment := map[string]string{}
	for _, pair := range append(p.env(), env...) {
		if name, value, ok := strings.Cut(pair, "="); ok {
			environment[name] = value
		}
	}
	if err := p.forks.Encode(map[string]any{"arguments": args, "environment": environment}); err != nil {
		p.t.Fatal(err)
	}
	var answer struct {
		Code   int
		Output string
	}
	if err := p.answers.Decode(&answer); err != nil {
		p.t.Fatal(err)
	}
	if answer.Code != 0 {
		return answer.Output, fmt.Errorf("exit status %d", answer.Code)
	}
	return answer.Output, nil
}

func (p *prefectServer) startForks() {
	p.t.Helper()
	cmd := exec.Command(tools.Prefect, filepath.Join(root, "e2e", "testdata", "prefect", "fork.py"), filepath.Join(root, "constructs", "workpool.py"))
	cmd.Dir, cmd.Env, cmd.Stderr = p.dir, process.MergeEnv(os.Environ(), p.env()...), os.Stderr
	stdin, err := cmd.StdinPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() {
		stdin.Close()
		if err := cmd.Wait(); err != nil {
			p.t.Error(err)
		}
	})
	p.forks, p.answers = json.NewEncoder(stdin), json.NewDecoder(stdout)
}

// run runs Python as a container with Prefect.
func (p *prefectServer) run(env []string, args ...string) (string, error) {
	p.t.Helper()
	ctx, cancel := during(p.t)
	defer cancel()
	var out bytes.Buffer
	err := process.Run(ctx, process.Command{Path: tools.Prefect, Args: args, Dir: p.dir, Env: append(p.env(), env...), Stdout: &out, Stderr: &out})
	return out.String(), err
}

// says checks what it says where nothing is wrong.
func (p *prefectServer) says(want string, args ...string) {
	p.t.Helper()
	if got, err := p.prepare([]string{auth}, args...); got != want || err != nil {
		p.t.Errorf("%v: got %v and %q, want %q", args, err, got, want)
	}
}

// cloud is an API before the server that takes a key, as Prefect Cloud's does.
// Its first readers get their answers together.
func (p *prefectServer) cloud(readers int) []string {
	p.t.Helper()
	target, err := url.Parse(p.server.API())
	if err != nil {
		p.t.Fatal(err)
	}
	var together sync.WaitGroup
	together.Add(readers)
	var reads atomic.Int32
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = target.Scheme, target.Host
			if r.In.Header.Get("Authorization") == "Bearer "+key {
				r.Out.SetBasicAuth("admin", password)
			}
		},
		ModifyResponse: func(r *http.Response) error {
			if r.Request.Method == http.MethodGet && strings.Contains(r.Request.URL.Path, "/work_pools/") && int(reads.Add(1)) <= readers {
				together.Done()
				together.Wait()
			}
			return nil
		},
	}
	return []string{"PREFECT_API_URL=" + serve(p.t, proxy) + "/api", "PREFECT_API_KEY=" + key}
}

// serve is the address of a server that ends with the test.
func serve(t *testing.T, h http.Handler) string {
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

// api changes something by a call of the API.
func (p *prefectServer) api(method, path string, body any) {
	p.t.Helper()
	if err := p.server.Call(p.t.Context(), method, path, body, nil); err != nil {
		p.t.Fatal(err)
	}
}

func (p *prefectServer) pool(name string) map[string]any {
	p.t.Helper()
	return workPool(p.t, p.server, name)
}

// workPool is a work pool as the API knows it.
func workPool(t *testing.T, server *prefect.Server, name string) (pool map[string]any) {
	t.Helper()
	if err := server.Call(t.Context(), http.MethodGet, "/work_pools/"+name, nil, &pool); err != nil {
		t.Fatal(err)
	}
	return pool
}

// variablesOf are the variables of a pool's base job template.
func variablesOf(pool map[string]any) map[string]any {
	return pool["base_job_template"].(map[string]any)["variables"].(map[string]any)["properties"].(map[string]any)
}

// defaultOf is a variable's default; nil: it has none.
func defaultOf(pool map[string]any, name string) any {
	variable, _ := variablesOf(pool)[name].(map[string]any)
	return variable["default"]
}
