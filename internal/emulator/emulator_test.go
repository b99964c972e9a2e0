package emulator

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
)

// TestMain lets the test binary stand in for Python and the emulator.
func TestMain(m *testing.M) {
	if os.Getenv("EMULATOR_STAND_IN") == "1" {
		if err := standIn(os.Args[2]); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// standIn is a server that answers everything, and takes as long to start as
// it takes for a second one to be started meanwhile.
func standIn(state string) error {
	time.Sleep(500 * time.Millisecond)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	text := fmt.Sprintf(`{"pid":%d,"port":%d}`, os.Getpid(), l.Addr().(*net.TCPAddr).Port)
	if err := os.WriteFile(state+".new", []byte(text), 0o600); err != nil {
		return err
	}
	if err := os.Rename(state+".new", state); err != nil {
		return err
	}
	return http.Serve(l, http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
}

func executable(t *testing.T) string {
	t.Helper()
	t.Setenv("EMULATOR_STAND_IN", "1")
	file, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return file
}

func TestTwoThatStartAtOnceShareOneServer(t *testing.T) {
	python, dir := executable(t), filepath.Join(t.TempDir(), "emulator")
	type result struct {
		e       *Emulator
		started bool
		err     error
	}
	results := make(chan result)
	for range 2 {
		go func() {
			e, started, err := Ensure(t.Context(), python, dir)
			results <- result{e, started, err}
		}()
	}
	a, b := <-results, <-results
	children := process.Descendants(os.Getpid())
	t.Cleanup(func() {
		for _, p := range children {
			_ = syscall.Kill(p.PID, syscall.SIGKILL)
		}
	})
	if a.err != nil || b.err != nil {
		t.Fatalf("got %v and %v", a.err, b.err)
	}
	if a.e.PID != b.e.PID || a.started == b.started || len(children) != 1 {
		t.Errorf("got process %d, started: %v, and process %d, started: %v, of %d; want one, started once",
			a.e.PID, a.started, b.e.PID, b.started, len(children))
	}
	if ran, err := Stop(t.Context(), dir); !ran || err != nil {
		t.Errorf("Stop: got %v, %v, want true and no error", ran, err)
	}
	if slices.ContainsFunc(children, process.Process.Alive) {
		t.Error("a server still runs after Stop")
	}
}

func TestWaitingForAnotherStartCanBeInterrupted(t *testing.T) {
	python, dir := executable(t), filepath.Join(t.TempDir(), "emulator")
	unlock, err := lock(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, _, err := Ensure(ctx, python, dir); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("got %v, want %v", err, context.DeadlineExceeded)
	}
}

func TestAskingAServerCanBeInterrupted(t *testing.T) {
	asked := make(chan struct{})
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		if c, err := l.Accept(); err == nil { // and never answers
			defer c.Close()
			close(asked)
			<-t.Context().Done()
		}
	}()
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-asked; cancel() }()
	e := &Emulator{Dir: t.TempDir(), Port: l.Addr().(*net.TCPAddr).Port}
	if err := e.answers(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want %v", err, context.Canceled)
	}
}

func TestAFailedStartKeepsItsCause(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var requests atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		if requests.Add(1) == 2 { // the first one's failure is known by now
			cancel()
		}
		panic(http.ErrAbortHandler)
	}))
	defer server.Close()
	e := &Emulator{Dir: t.TempDir(), ended: make(chan struct{})}
	state := fmt.Sprintf(`{"pid":%d,"port":%d}`, os.Getpid(), server.Listener.Addr().(*net.TCPAddr).Port)
	if err := os.WriteFile(stateFile(e.Dir), []byte(state), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := e.await(ctx); !errors.Is(err, context.Canceled) || !errors.Is(err, io.EOF) {
		t.Errorf("got %v, want both %v and %v", err, context.Canceled, io.EOF)
	}
}

func TestEnvKeepsTheUsersAWSOut(t *testing.T) {
	t.Setenv("AWS_PROFILE", "production")
	t.Setenv("AWS_SESSION_TOKEN", "secret")
	t.Setenv("AWS_ENDPOINT_URL_S3", "https://s3.example.com")
	t.Setenv("HTTP_PROXY", "http://proxy.example.com:3128")
	t.Setenv("NO_PROXY", "example.com")
	env := (&Emulator{Dir: "/d", Port: 4566}).Env()
	for _, want := range []string{
		"AWS_ENDPOINT_URL=http://127.0.0.1:4566",
		"AWS_ENDPOINT_URL_S3=http://127.0.0.1:4566",
		"AWS_PROFILE=default",
		"AWS_SESSION_TOKEN=",
		"AWS_SHARED_CREDENTIALS_FILE=/d/aws-credentials",
		"AWS_EC2_METADATA_DISABLED=true",
		"HTTP_PROXY=http://127.0.0.1:4566",
		"NO_PROXY=example.com,127.0.0.1,localhost",
	} {
		if !slices.Contains(env, want) {
			t.Errorf("lacks %s", want)
		}
	}
	if !slices.IsSorted(env) {
		t.Errorf("not sorted: %q", env)
	}
}

func TestStopEndsNoProcessOfAnotherProgram(t *testing.T) {
	dir := t.TempDir()
	// The test's own process number, as after a reboot that gave it away again.
	state := `{"pid":` + strconv.Itoa(os.Getpid()) + `,"port":1}`
	if err := os.WriteFile(stateFile(dir), []byte(state), 0o600); err != nil {
		t.Fatal(err)
	}
	if Running(t.Context(), dir) != nil {
		t.Error("Running: got an emulator, want none")
	}
	ran, err := Stop(t.Context(), dir)
	if ran || err != nil {
		t.Errorf("got %v, %v, want false and no error", ran, err)
	}
}

func TestAStateFileThatIsNoneIsNoEmulator(t *testing.T) {
	dir := t.TempDir()
	for _, text := range []string{"", "{", `{"pid":1,"port":80}`, `{"pid":-1,"port":80}`} {
		if err := os.WriteFile(stateFile(dir), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if Running(t.Context(), dir) != nil {
			t.Errorf("state %q: got an emulator, want none", text)
		}
	}
}

func TestStartTellsWhatTheServerSaidLast(t *testing.T) {
	_, err := Start(t.Context(), "/bin/sh", t.TempDir()) // a shell cannot read Python
	if err == nil || !strings.Contains(err.Error(), "the emulator ended while starting") {
		t.Errorf("got %v", err)
	}
}
