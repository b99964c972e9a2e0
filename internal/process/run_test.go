package process

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

func TestRunShowsTheLastLinesOfAFailure(t *testing.T) {
	err := Run(t.Context(), Command{Path: "sh", Args: []string{"-c", "echo no such thing >&2; exit 3"}})
	if err == nil || !strings.Contains(err.Error(), "no such thing") || !strings.Contains(err.Error(), "exit status 3") {
		t.Errorf("got %v", err)
	}
}

func TestCancelledRunLeavesNoProcess(t *testing.T) {
	dir := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		for range 100 {
			if _, err := os.Stat(filepath.Join(dir, "started")); err == nil {
				break
			}
			time.Sleep(20 * time.Millisecond)
		}
		cancel()
	}()
	// A background job of a shell ignores interrupts.
	began := time.Now()
	err := Run(ctx, Command{Path: "sh", Args: []string{"-c", "sleep 60 & echo $! >pid; touch started; wait"}, Dir: dir})
	if !errors.Is(err, context.Canceled) || time.Since(began) > 20*time.Second {
		t.Errorf("got %v after %s", err, time.Since(began))
	}
	text, err := os.ReadFile(filepath.Join(dir, "pid"))
	if err != nil {
		t.Fatal(err)
	}
	if pid, _ := strconv.Atoi(strings.TrimSpace(string(text))); strings.Contains(CommandLine(pid), "sleep") {
		t.Errorf("process %d still runs", pid)
	}
}

func TestMergeEnvReplaces(t *testing.T) {
	got := MergeEnv([]string{"A=1", "B=2", "A=3"}, "A=4", "C=5=6")
	if want := []string{"B=2", "A=4", "C=5=6"}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if got := unset([]string{"TF_VAR_a=1", "TF_LOG=x", "PATH=p"}, []string{"TF_VAR_*", "TF_LOG"}); !slices.Equal(got, []string{"PATH=p"}) {
		t.Errorf("got %v", got)
	}
}
