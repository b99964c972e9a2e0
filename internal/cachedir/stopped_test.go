package cachedir

import (
	"net"
	"os"
	"path/filepath"
	"testing"
)

// TestStopped: the shell's settings outlive the emulator, as a file that is gone or as
// an address at which nobody answers.
func TestStopped(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "prefect-ecs-worker", "emulators", "x")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	there, gone := filepath.Join(dir, "config"), filepath.Join(dir, "gone")
	if err := os.WriteFile(there, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	answers := "http://" + l.Addr().String()
	try := func(name, file, endpoint string, want bool) {
		t.Setenv("AWS_CONFIG_FILE", file)
		t.Setenv("AWS_ENDPOINT_URL", endpoint)
		if err := Stopped(); (err != nil) != want {
			t.Errorf("%s: got %v", name, err)
		}
	}
	try("it runs", there, answers, false)
	try("no emulator's file", filepath.Join(t.TempDir(), "config"), "", false)
	try("none", "", "", false)
	try("its folder is gone", gone, answers, true)
	l.Close()
	try("nobody answers", there, answers, true)
}
