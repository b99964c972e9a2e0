package reference

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/schematest"
)

const root = "../.."

func TestFilesAreCurrent(t *testing.T) {
	r, err := Read(root)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range r.Files() {
		if got, err := os.ReadFile(filepath.Join(root, name)); err != nil {
			t.Error(err)
		} else if !bytes.Equal(got, want) {
			t.Errorf("%s is not what the settings say; run: make generate", name)
		}
	}
}

func TestSettingWithoutCommentIsRefused(t *testing.T) {
	r, err := Read(root)
	if err != nil {
		t.Fatal(err)
	}
	delete(r.comments, "Alarm.Threshold")
	const want = "settings.Alarm.Threshold has no doc comment, want one that says what the setting means"
	if err := r.check(); err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

// TestSchemaTakesEveryFile also wants each to name the schema, by which an
// editor finds it. What the schema refuses is tested in package config.
func TestSchemaTakesEveryFile(t *testing.T) {
	schema, err := schematest.Open(filepath.Join(root, "settings", "schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	files, _ := filepath.Glob(root + "/environments/*.yaml")
	cases, _ := filepath.Glob(root + "/stacks/testdata/*/*.yaml")
	peers, _ := filepath.Glob(root + "/examples/peers/*.yaml")
	if len(files) == 0 || len(cases) == 0 || len(peers) == 0 {
		t.Fatal("no files")
	}
	for _, name := range slices.Concat(files, cases, peers) {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		if refused, err := schema.Refused(string(data)); err != nil || len(refused) > 0 {
			t.Errorf("%s: the schema refuses %q (%v)", name, refused, err)
		}
		path, _ := filepath.Rel(filepath.Dir(name), root+"/settings/schema.json")
		if want := "# yaml-language-server: $schema=" + path + "\n"; !strings.HasPrefix(string(data), want) {
			t.Errorf("%s: the first line is not %s", name, want)
		}
	}
}

// TestExpressionsAreJavaScript: Go's expressions are not all an editor's.
func TestExpressionsAreJavaScript(t *testing.T) {
	data, err := os.ReadFile(filepath.Join(root, "settings", "schema.json"))
	if err != nil {
		t.Fatal(err)
	}
	var expressions []string
	for _, m := range regexp.MustCompile(`"pattern":("(?:[^"\\]|\\.)*")`).FindAllSubmatch(data, -1) {
		var expression string
		if err := json.Unmarshal(m[1], &expression); err != nil {
			t.Fatal(err)
		}
		expressions = append(expressions, expression)
	}
	if len(expressions) < 100 {
		t.Fatalf("got %d expressions", len(expressions))
	}
	list, _ := json.Marshal(expressions)
	script := fmt.Sprintf(`for (const e of %s) try { new RegExp(e, "u") } catch (problem) { console.log(problem.message) }`, list)
	if out, err := exec.Command("node", "-e", script).CombinedOutput(); err != nil || len(out) > 0 {
		t.Errorf("%v\n%s", err, out)
	}
}
