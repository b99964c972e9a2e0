package doctor

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/hashicorp/go-version"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
)

// Program is a program that a deployment needs.
type Program struct {
	Name    string   // as findings call it
	Paths   []string // the first that is there is meant
	Args    []string // that print its version
	Want    string   // a version constraint
	Install string   // how to get it
	Missing Level    // how bad it is where it is not there
}

var versionText = regexp.MustCompile(`\d+(\.\d+)+`)

// Look finds the program and its version.
func (p Program) Look(ctx context.Context) []Finding {
	for _, name := range p.Paths {
		path, err := exec.LookPath(name)
		if err != nil {
			continue
		}
		out, err := process.Output(ctx, process.Command{Path: path, Args: p.Args})
		if err != nil {
			return []Finding{{Problem, p.Name, path + " does not say its version: " + oneLine(err), p.Install}}
		}
		text := terraformVersion(out)
		if text == "" {
			text = versionText.FindString(string(out))
		}
		got, err := version.NewVersion(text)
		if err != nil {
			return []Finding{{Problem, p.Name, path + " does not say its version", p.Install}}
		}
		want, err := version.NewConstraint(p.Want)
		if err == nil && !want.Check(got.Core()) {
			return []Finding{{Problem, p.Name, fmt.Sprintf("got %s at %s, want %s", got, path, p.Want), p.Install}}
		}
		return []Finding{ok(p.Name, "%s, want %s (%s)", got, p.Want, path)}
	}
	return []Finding{{p.Missing, p.Name, "not on PATH, want " + p.Want, p.Install}}
}

// terraformVersion reads what terraform version -json prints.
func terraformVersion(out []byte) string {
	var v struct {
		Version string `json:"terraform_version"`
	}
	_ = json.Unmarshal(out, &v) // of another program: not JSON
	return v.Version
}

// CLI looks for the CDKTF CLI of the checkout.
func CLI(root string) Check {
	return func(context.Context) []Finding {
		bin := filepath.Join("node_modules", ".bin", "cdktf")
		if _, err := os.Stat(filepath.Join(root, bin)); err != nil {
			return []Finding{{Warning, "CDKTF CLI", "not installed in this checkout", "npm ci, for npx cdktf deploy; terraform alone works without"}}
		}
		return []Finding{ok("CDKTF CLI", "%s", bin)}
	}
}

// Files reports what config.Load found wrong, line by line.
func Files(folder string, stacks []string, err error) Check {
	return func(context.Context) []Finding {
		if err == nil {
			return []Finding{ok("environment files", "%s", strings.Join(stacks, ", "))}
		}
		var all []Finding
		for _, line := range strings.Split(err.Error(), "\n") {
			all = append(all, Finding{Problem, "environment files", line, "correct it in " + folder})
		}
		return all
	}
}
