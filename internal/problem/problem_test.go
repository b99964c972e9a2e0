package problem

import (
	"errors"
	"fmt"
	"strings"
	"testing"
)

func TestPrint(t *testing.T) {
	err := errors.Join(errors.Join(errors.New("environments/dev.yaml:2: regoin: unknown setting"), errors.New("environments/dev.yaml: preset: missing")),
		errors.New("stack: got none"), fmt.Errorf("terraform: %w", errors.Join(errors.New("a"), errors.New("b"))), errors.New("environments/dev/a.tf:1: not Terraform"))
	var out strings.Builder
	Print(&out, err)
	const want = `environments/dev.yaml:2: regoin: unknown setting
environments/dev.yaml: preset: missing
error: stack: got none
error: terraform: a
b
environments/dev/a.tf:1: not Terraform
`
	if out.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", out.String(), want)
	}
}
