// Package prefect runs a Prefect server on the loopback and asks its API.
package prefect

import (
	"bytes"
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
)

//go:embed server.py
var program []byte

// startTimeout is generous: the server takes 5 seconds, on a busy machine 30.
const startTimeout = 2 * time.Minute

// Settings are what a server is started with.
type Settings struct {
	Python   string // an interpreter that has Prefect
	Database string // an empty SQLite database with all migrations, copied
	Auth     string // user:password that clients must send; "": none
	Services bool   // schedule deployments, mark late runs, and the like
	EndsWith int    // the process with which the server ends
}

// Server is a running Prefect server.
type Server struct {
	Dir  string // its state, data and log
	PID  int
	Port int

	auth  string
	ended chan struct{}
}

// Start starts a server without any data. dir is made.
func Start(ctx context.Context, dir string, s Settings) (*Server, error) {
	home := filepath.Join(dir, "home")
	if err := os.MkdirAll(home, 0o700); err != nil {
		return nil, err
	}
	file := filepath.Join(dir, "server.py")
	if err := os.WriteFile(file, program, 0o600); err != nil {
		return nil, err
	}
	database, err := os.ReadFile(s.Database)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(home, "prefect.db"), database, 0o600); err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(dir, "prefect.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close()
	srv := &Server{Dir: dir, auth: s.Auth}
	args := []string{file, srv.stateFile(), strconv.Itoa(s.EndsWith)}
	if s.Services {
		args = append(args, "--services")
	}
	cmd := exec.Command(s.Python, args...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, log, log
	cmd.Env = environment(home, s.Auth)
	if srv.ended, err = process.Detach(cmd); err != nil {
		return nil, fmt.Errorf("start the Prefect server: %w", err)
	}
	srv.PID = cmd.Process.Pid
	if err := srv.await(ctx); err != nil {
		_ = srv.Stop()
		return nil, err
	}
	return srv, nil
}

// environment is the server's own: the user's profile, database and account
// are none of its business.
func environment(home, auth string) []string {
	env := []string{"PREFECT_HOME=" + home, "HOME=" + home, "DO_NOT_TRACK=1", "PREFECT_SERVER_ANALYTICS_ENABLED=false",
		"PREFECT_API_BLOCKS_REGISTER_ON_START=false", "NO_PROXY=127.0.0.1,localhost"}
	for _, name := range []string{"PATH", "TMPDIR", "LANG"} {
		if value, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+value)
		}
	}
	if auth != "" {
		env = append(env, "PREFECT_SERVER_API_AUTH_STRING="+auth)
	}
	return env
}

func (s *Server) stateFile() string { return filepath.Join(s.Dir, "state.json") }

func (s *Server) await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	for {
		if text, err := os.ReadFile(s.stateFile()); err == nil {
			return json.Unmarshal(text, s)
		}
		select {
		case <-s.ended:
			log, _ := os.ReadFile(filepath.Join(s.Dir, "prefect.log"))
			return fmt.Errorf("the Prefect server ended while starting:\n%s", log)
		case <-ctx.Done():
			return fmt.Errorf("start the Prefect server: %w", ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// Stop ends the server and returns when it is gone.
func (s *Server) Stop() error {
	if !strings.Contains(process.CommandLine(s.PID), s.stateFile()) {
		return nil
	}
	if err := syscall.Kill(s.PID, syscall.SIGTERM); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("end the Prefect server, process %d: %w", s.PID, err)
	}
	select {
	case <-s.ended:
		return nil
	case <-time.After(10 * time.Second):
		return syscall.Kill(s.PID, syscall.SIGKILL)
	}
}

// UI is the address for a browser.
func (s *Server) UI() string { return fmt.Sprintf("http://127.0.0.1:%d", s.Port) }

// API is the address for clients.
func (s *Server) API() string { return s.UI() + "/api" }

// direct ignores proxies: the server is on the loopback.
var direct = &http.Client{Transport: &http.Transport{Proxy: nil}}

// Call asks the API: in is sent as JSON, the answer is read into out. Like
// Prefect's own client it asks again where the server is busy: SQLite takes one
// writer at a time, and the server answers 503 to who has waited too long.
func (s *Server) Call(ctx context.Context, method, path string, in, out any) error {
	var body []byte
	if in != nil {
		var err error
		if body, err = json.Marshal(in); err != nil {
			return err
		}
	}
	for tries := 0; ; tries++ {
		status, text, err := s.ask(ctx, method, path, body)
		switch {
		case err != nil:
			return err
		case status == http.StatusServiceUnavailable && tries < busyTries:
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(time.Second):
			}
		case status/100 != 2:
			return fmt.Errorf("%s %s: got status %d %s, want 2xx: %s", method, s.API()+path, status, http.StatusText(status), text)
		case out == nil:
			return nil
		default:
			return json.Unmarshal(text, out)
		}
	}
}

// busyTries is how often a busy server is asked again, as often as Prefect's own client does.
// https://docs.prefect.io/v3/api-ref/settings-ref (client.max_retries)
const busyTries = 5

func (s *Server) ask(ctx context.Context, method, path string, body []byte) (status int, text []byte, err error) {
	req, err := http.NewRequestWithContext(ctx, method, s.API()+path, bytes.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Content-Type", "application/json")
	if user, password, ok := strings.Cut(s.auth, ":"); ok {
		req.SetBasicAuth(user, password)
	}
	resp, err := direct.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer resp.Body.Close()
	text, err = io.ReadAll(resp.Body)
	return resp.StatusCode, text, err
}
