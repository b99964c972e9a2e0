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
