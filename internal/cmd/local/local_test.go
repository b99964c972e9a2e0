package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestExportsSurviveAShell(t *testing.T) {
	value := `it's "quoted" $HOME \ and spaced`
	var out strings.Builder
	if err := printExports(&out, []string{"NAME=" + value, "EMPTY=", "PAIR=a=b"}); err != nil {
		t.Fatal(err)
	}
	got, err := exec.Command("sh", "-c", out.String()+`printf '%s|%s|%s' "$NAME" "$EMPTY" "$PAIR"`).Output()
	if err != nil {
		t.Fatal(err)
	}
	if want := value + "||a=b"; string(got) != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWorkspaceKeepsAllSettingsButTheApp(t *testing.T) {
	dir := t.TempDir()
	from, to := filepath.Join(dir, "a.json"), filepath.Join(dir, "b.json")
	if err := os.WriteFile(from, []byte(`{"language":"go","app":"go run .","context":{"k":"v"}}`), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := copySettings(from, to, "./app"); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(to)
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if got["app"] != "./app" || got["language"] != "go" || got["context"].(map[string]any)["k"] != "v" {
		t.Errorf("got %s", text)
	}
}

func TestAnUnknownCommandNamesTheKnownOnes(t *testing.T) {
	err := run(t.Context(), []string{"emulate"})
	if err == nil || !strings.Contains(err.Error(), `got "emulate", want one of [tools lint-tools emulator emulator-stop test demo compat adopt lock put-secret-value restore-drill]`) {
		t.Errorf("got %v", err)
	}
}

// TestPageShowsTheDemosEnvironment: the page has the file word for word.
func TestPageShowsTheDemosEnvironment(t *testing.T) {
	page, err := os.ReadFile(filepath.Join("..", "..", "..", "docs", "local-aws.md"))
	if err != nil {
		t.Fatal(err)
	}
	environment, err := demoFiles.ReadFile("demo/demo.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(page), "```yaml\n"+string(environment)+"```\n") {
		t.Errorf("docs/local-aws.md lacks the demo's environment; copy it from internal/cmd/local/demo/demo.yaml:\n%s", environment)
	}
	if !strings.Contains(string(environment), documentedAPI) {
		t.Errorf("the demo's environment lacks %s, in whose place comes the server's address", documentedAPI)
	}
}

// TestRestoreDrillWantsAStack: without one it would drill on the emulator, and say that all is well.
func TestRestoreDrillWantsAStack(t *testing.T) {
	for _, args := range [][]string{{"-version", "abc"}, {"-confirm", "dev"}} {
		err := run(t.Context(), append([]string{"restore-drill"}, args...))
		if err == nil || !strings.Contains(err.Error(), "make restore-drill STACK=dev") {
			t.Errorf("%v: got %v, want an error that says what to type", args, err)
		}
	}
}

func TestPutSecretValueWantsAStack(t *testing.T) {
	err := run(t.Context(), []string{"put-secret-value", "-stack", ""})
	if err == nil || !strings.Contains(err.Error(), "make put-secret-value STACK=prod") {
		t.Errorf("got %v, want an error that says what to type", err)
	}
}
