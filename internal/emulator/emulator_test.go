package emulator

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestEnvKeepsTheUsersAWSOut(t *testing.T) {
	t.Setenv("AWS_PROFILE", "production")
	t.Setenv("AWS_SESSION_TOKEN", "secret")
	t.Setenv("AWS_ENDPOINT_URL_S3", "https://s3.example.com")
	t.Setenv("HTTPS_PROXY", "http://proxy.example.com:3128")
	t.Setenv("NO_PROXY", "example.com")
	env := (&Emulator{Dir: "/d", Port: 4566}).Env()
	for _, want := range []string{
		"AWS_ENDPOINT_URL=http://127.0.0.1:4566",
		"AWS_ENDPOINT_URL_S3=http://127.0.0.1:4566",
		"AWS_PROFILE=default",
		"AWS_SESSION_TOKEN=",
		"AWS_SHARED_CREDENTIALS_FILE=/d/aws-credentials",
		"AWS_EC2_METADATA_DISABLED=true",
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
	// The test's own process number, as after a reboot that gave it away anew.
	state := `{"pid":` + strconv.Itoa(os.Getpid()) + `,"port":1}`
	if err := os.WriteFile(stateFile(dir), []byte(state), 0o600); err != nil {
		t.Fatal(err)
	}
	if Running(dir) != nil {
		t.Error("Running: got an emulator, want none")
	}
	ran, err := Stop(dir)
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
		if Running(dir) != nil {
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
