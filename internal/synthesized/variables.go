package synthesized

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/hcl/v2/hclparse"
)

// TakeVariables gives the variables the values that Terraform would find: those of
// the environment, TF_VAR_…, and over them those of terraform.tfvars in the checkout,
// which the CDKTF CLI reads for every stack.
func (s *Stack) TakeVariables(root string) error {
	for _, pair := range os.Environ() {
		if name, value, ok := strings.Cut(pair, "="); ok && strings.HasPrefix(name, "TF_VAR_") {
			s.SetVariable(strings.TrimPrefix(name, "TF_VAR_"), value)
		}
	}
	file := filepath.Join(root, "terraform.tfvars")
	if _, err := os.Stat(file); err != nil {
		return nil
	}
	parsed, diagnostics := hclparse.NewParser().ParseHCLFile(file)
	if diagnostics.HasErrors() {
		return fmt.Errorf("terraform.tfvars: %s", diagnostics[0].Summary)
	}
	attributes, _ := parsed.Body.JustAttributes()
	for name, a := range attributes {
		if v, diagnostics := a.Expr.Value(nil); !diagnostics.HasErrors() {
			s.SetVariable(name, Text(v))
		}
	}
	return nil
}
