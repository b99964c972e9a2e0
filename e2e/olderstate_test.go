//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/emulator"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/toolchain"
)

// TestOlderState: in a state that the oldest supported provider wrote the newest
// changes nothing on AWS. The states in testdata are what make compat UPDATE=1 kept of
// an apply with that provider, which is not built here for minutes. The ids in
// it are replaced by those of the same resources that this test makes.
func TestOlderState(t *testing.T) {
	t.Parallel()
	for stack, vars := range map[string]map[string]string{"dev": nil, "design": designVars} {
		t.Run(stack, func(t *testing.T) {
			p := newProject(t, nil)
			s := p.local(stack, vars)
			s.apply()
			file := filepath.Join(s.dir, "terraform.tfstate")
			older := readText(t, "e2e/testdata/states-"+toolchain.OldestProviderVersion+"/"+stack+".json")
			was, is := idsIn(t, older), idsIn(t, readFile(t, file))
			for address, id := range is {
				if was[address] == "" {
					t.Errorf("the kept state has no %s; write it again: make compat UPDATE=1", address)
				}
				older = strings.ReplaceAll(older, `"`+was[address]+`"`, `"`+id+`"`)
			}
			if err := os.WriteFile(file, []byte(older), 0o600); err != nil {
				t.Fatal(err)
			}
			for _, change := range emulator.Changes(s.plan()) {
				if !natGatewayLearns.MatchString(change) {
					t.Errorf("the plan changes what it should not: %s", change)
				}
			}
			s.apply()
			s.unchanged()
		})
	}
}

// natGatewayLearns is what provider 6.24 and newer plan for a NAT gateway in a
// state of an older one: to read attributes that are new to it. Nothing changes
// on AWS, and no configuration that both providers take keeps it away.
// https://github.com/hashicorp/terraform-provider-aws/issues/46242
var natGatewayLearns = regexp.MustCompile(`^aws_nat_gateway\.\w+: (regional_nat_gateway_address|secondary_allocation_ids): <nil> -> \(known after apply\)$`)

// idsIn are the ids in a state, by address.
func idsIn(t *testing.T, text string) map[string]string {
	t.Helper()
	var state struct {
		Resources []struct {
			Mode, Type, Name string
			Instances        []struct {
				Key        any `json:"index_key"`
				Attributes struct{ ID string }
			}
		}
	}
	if err := json.Unmarshal([]byte(text), &state); err != nil {
		t.Fatal(err)
	}
	ids := map[string]string{}
	for _, r := range state.Resources {
		for _, i := range r.Instances {
			if r.Mode == "managed" {
				ids[fmt.Sprint(r.Type, ".", r.Name, i.Key)] = i.Attributes.ID
			}
		}
	}
	return ids
}
