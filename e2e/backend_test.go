//go:build e2e

package e2e

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// stateServer keeps one state as GitLab does: GET, POST and DELETE at its address,
// POST and DELETE of the lock below it, with a user and a password.
// https://docs.gitlab.com/api/terraform/
type stateServer struct {
	*httptest.Server
	mutex       sync.Mutex
	state, lock []byte
	locks       int // taken and given back
}

func newStateServer(t *testing.T) *stateServer {
	s := &stateServer{}
	s.Server = httptest.NewServer(s)
	t.Cleanup(s.Close)
	return s
}

func (s *stateServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	body, err := io.ReadAll(r.Body)
	user, password, _ := r.BasicAuth()
	var holder struct{ ID string }
	json.Unmarshal(s.lock, &holder)
	switch at := r.Method + " " + r.URL.Path; {
	case err != nil || user != "me" || password != "not-a-key":
		w.WriteHeader(http.StatusUnauthorized)
	case at == "GET /state/gitlab" && s.state == nil:
		w.WriteHeader(http.StatusNoContent)
	case at == "GET /state/gitlab":
		w.Write(s.state)
	case at == "POST /state/gitlab" && r.URL.Query().Get("ID") == holder.ID:
		s.state = body
	case at == "POST /state/gitlab/lock" && s.lock == nil:
		s.lock = body
	case at == "POST /state/gitlab/lock", at == "POST /state/gitlab":
		w.WriteHeader(http.StatusLocked)
		w.Write(s.lock)
	case at == "DELETE /state/gitlab/lock":
		s.lock = nil
		s.locks++
	default:
		w.WriteHeader(http.StatusMethodNotAllowed)
	}
}

// stateOverHTTP keeps a state with a server that locks it.
func (p *project) stateOverHTTP() {
	p.t.Helper()
	server := newStateServer(p.t)
	address := server.URL + "/state/{stack}"
	p.synth(map[string]string{"gitlab.yaml": "preset: readme\nnameTag: gitlab\nterraform:\n  backend:\n    s3: null\n    http: {address: \"" + address + "\", lockAddress: \"" + address + "/lock\", unlockAddress: \"" + address +
		"/lock\", lockMethod: POST, unlockMethod: DELETE, retryMax: 0}\n"})
	in := *p
	in.env = append(in.env, "TF_HTTP_USERNAME=me", "TF_HTTP_PASSWORD=not-a-key")
	s := in.stack("gitlab", nil)
	one := []string{"-input=false", "-target=aws_cloudwatch_log_group.prefect"}
	s.must(s.terraform(append([]string{"apply", "-auto-approve"}, one...)...))
	if state := string(server.state); !strings.Contains(state, ":log-group:") || server.lock != nil || server.locks == 0 {
		p.t.Errorf("after an apply the server has %d locks given back, the lock %q, and the state:\n%s", server.locks, server.lock, state)
	}
	for _, file := range []string{"cdk.tf.json", filepath.Join(".terraform", "terraform.tfstate")} {
		if strings.Contains(readFile(p.t, filepath.Join(s.dir, file)), "not-a-key") {
			p.t.Errorf("%s has the password", file)
		}
	}

	server.lock = []byte(`{"ID": "5b1ae6a8-8f0d-4b1c-9d4e-1f6f3f0a7c11", "Who": "somebody"}`)
	if out, err := s.terraform(append([]string{"plan"}, one...)...); err == nil || !strings.Contains(unwrapped(out), "state already locked: ID=5b1ae6a8") {
		p.t.Errorf("while somebody has the lock: got %v, want a refusal:\n%s", err, out)
	}
	server.lock = nil
	s.env = p.env
	if out, err := s.terraform(append([]string{"plan"}, one...)...); err == nil || !strings.Contains(unwrapped(out), "requires auth") {
		p.t.Errorf("without a password: got %v, want a refusal:\n%s", err, out)
	}
}

// stateInCloud asks a Terraform Enterprise for the stack's workspace, which is as
// far as it gets here: the server knows no organization. That a workspace is made,
// planned and applied in was not seen.
func (p *project) stateInCloud() {
	p.t.Helper()
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = append(asked, r.Method+" "+r.URL.Path+" "+r.Header.Get("Authorization"))
		w.Header().Set("TFP-API-Version", "2.6")
		if r.URL.Path != "/api/v2/ping" {
			w.WriteHeader(http.StatusNotFound)
		}
	}))
	p.t.Cleanup(server.Close)
	p.synth(map[string]string{"hcp.yaml": "preset: readme\nnameTag: hcp\nterraform:\n  requiredVersion: \">= 1.6.0\"\n  backend:\n    s3: null\n" +
		"    cloud: {hostname: tfe.example.com, organization: acme, workspaces: {name: \"prefect-{stack}\", project: Data platform}}\n"})
	s := &stack{p, filepath.Join(p.dir, "cdktf.out", "stacks", "hcp"), nil}
	config := filepath.Join(p.dir, "hcp.tfrc")
	for _, setting := range tools.Env() {
		if file, ok := strings.CutPrefix(setting, "TF_CLI_CONFIG_FILE="); ok {
			copyFile(p.t, file, config)
		}
	}
	f, err := os.OpenFile(config, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		p.t.Fatal(err)
	}
	if _, err := f.WriteString("\nhost \"tfe.example.com\" {\n  services = {\"tfe.v2\" = \"" + server.URL + "/api/v2/\"}\n}\n"); err != nil {
		p.t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		p.t.Fatal(err)
	}
	out, err := s.exec(s.dir, []string{"TF_CLI_CONFIG_FILE=" + config, "TF_TOKEN_tfe_example_com=not-a-key"}, tools.Terraform.Path, "init", "-input=false", "-no-color")
	if want := `organization "acme" at host tfe.example.com not found`; err == nil || !strings.Contains(unwrapped(out), want) {
		p.t.Errorf("init: got %v, want %s in:\n%s\nthe server was asked for:\n%s", err, want, out, strings.Join(asked, "\n"))
	}
}
