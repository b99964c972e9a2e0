package reference

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestPeersAreChecked(t *testing.T) {
	const head = "peer: x\nversion: 1\ndate: 2026-11-28\nsource: x\ncounted: x\ninputs:\n"
	for _, row := range []struct{ name, inputs, want string }{
		{"takes each outcome", `
  - {names: [cpu], settings: [worker.cpu]}
  - {names: [port], settings: ["securityGroup.ingress[].fromPort"]}
  - {names: [queue], settings: [prefect.workPool], different: Prefect's}
  - {names: [pid], beside: an override}
  - {names: [class], missing: nobody asks}
  - {names: [gpu], inapplicable: not on Fargate}`, ""},
		{"a setting that does not exist", "  - {names: [cpu], settings: [worker.cpus]}", "[cpu]: got the setting worker.cpus, which does not exist"},
		{"what is in no section", "  - {names: [cpu], settings: [worker.cpu.units]}", "[cpu]: got the setting worker.cpu.units, which does not exist"},
		{"an input twice", "  - {names: [cpu, cpu], settings: [worker.cpu]}", "cpu: got it twice, want each input once"},
		{"no outcome", "  - {names: [cpu]}", "[cpu]: want settings, or different (with or without settings), or beside, missing or inapplicable"},
		{"two outcomes", "  - {names: [cpu], settings: [worker.cpu], missing: x}", "[cpu]: want settings, or different"},
		{"two reasons", "  - {names: [cpu], beside: x, missing: x}", "[cpu]: want settings, or different"},
		{"an unknown key", "  - {names: [cpu], setting: [worker.cpu]}", "field setting not found"},
	} {
		t.Run(row.name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, "x.yaml"), []byte(head+strings.TrimPrefix(row.inputs, "\n")), 0o600); err != nil {
				t.Fatal(err)
			}
			switch _, err := readPeers(dir); {
			case row.want == "" && err != nil:
				t.Error(err)
			case row.want != "" && (err == nil || !strings.Contains(err.Error(), row.want)):
				t.Errorf("got %v, want %s", err, row.want)
			}
		})
	}
}
