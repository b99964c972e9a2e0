package config

import (
	"strings"
	"testing"
)

// TestSharedNames: what two files of one account cannot both make is one line
// for each setting that is to change.
func TestSharedNames(t *testing.T) {
	const dev = "preset: readme\n"
	const own = dev + "nameTag: etl\ncluster: {name: etl}\ntaskExecutionRole: {name: etl}\nrepository: {name: etl}\n"
	const production = "preset: production\nnameTag: etl\ncluster: {name: etl}\nrepository: {name: etl}\n"
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  []string
	}{
		{"takes a file with names of its own", map[string]string{"dev.yaml": dev, "etl.yaml": own}, nil},
		{"takes the documented names of two presets", map[string]string{"dev.yaml": dev, "design.yaml": "preset: design\n"}, nil},
		{"takes names of another region, but roles", map[string]string{"dev.yaml": dev, "etl.yaml": dev + "region: eu-west-1\n"}, []string{
			"etl.yaml: taskExecutionRole.name (from preset readme): dev.yaml has the same names (role prefect-task-execution-role)",
		}},
		{"warns of two files from one preset, once for each cause", map[string]string{"dev.yaml": dev, "etl.yaml": dev}, []string{
			"etl.yaml: cluster.name (from preset readme): dev.yaml has the same names (log group /ecs/prefect-cluster/dev-worker, cluster prefect-cluster)",
			"etl.yaml: taskExecutionRole.name (from preset readme): dev.yaml has the same names (role prefect-task-execution-role)",
			"etl.yaml: repository.name (from preset readme): dev.yaml has the same names (repository my-prefect-flow)",
		}},
		{"warns of roles in any case of their letters", map[string]string{"dev.yaml": dev, "etl.yaml": own + "# of dev\ntaskRole: {name: PREFECT-task-execution-ROLE}\nworker: {type: ecs, permissions: least-privilege}\n"}, []string{
			"etl.yaml:7: taskRole.name: dev.yaml has the same names (role PREFECT-task-execution-ROLE)",
		}},
		{"warns of what one name tag makes", map[string]string{"a.yaml": production, "b.yaml": strings.ReplaceAll(production, ": etl}", ": other}")}, []string{
			"b.yaml:2: nameTag: a.yaml has the same names (log group /vpc/etl/flow-logs, role etl-flow-logs, role etl-task-execution, secret etl-prefect-api, role etl-worker, role etl-flow-run, queue etl-ecs-events, function etl-late-runs, role etl-late-runs)",
		}},
		{"takes what a file does not make", map[string]string{"dev.yaml": dev, "etl.yaml": own + "logGroup: {name: /ecs/prefect-cluster/dev-worker, existing: true}\n"}, nil},
		{"warns of security groups in one existing VPC", map[string]string{"a.yaml": inOneVPC("a"), "b.yaml": inOneVPC("b")}, []string{
			"b.yaml:9: securityGroup.name: a.yaml has the same names (security group workers)",
		}},
		{"warns of a role of another kind of stack", map[string]string{"dev.yaml": dev, "s.yaml": "kind: state-backend\nstacks: dev\nbackup: {roleName: prefect-task-execution-role}\n"}, []string{
			"s.yaml:3: backup.roleName: dev.yaml has the same names (role prefect-task-execution-role)",
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			c, err := loadFrom(t, dir, tt.files)
			if err != "" {
				t.Fatal(err)
			}
			var got []string
			for _, w := range c.Warnings() {
				if text, ok := strings.CutSuffix(w.Text, ", and AWS accepts each once; set others, unless the two are for different accounts"); ok {
					got = append(got, strings.ReplaceAll(text, dir+"/", ""))
				}
			}
			if strings.Join(got, "\n") != strings.Join(tt.want, "\n") {
				t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(tt.want, "\n"))
			}
		})
	}
}

// inOneVPC is a stack in a VPC that others are in too.
func inOneVPC(name string) string {
	return "preset: readme\nnameTag: " + name + "\ncluster: {name: " + name + "}\ntaskExecutionRole: {name: " + name + "}\nrepository: null\n" +
		"network: {existing: {vpcId: vpc-0123456789abcdef0, privateSubnetIds: [subnet-0a11111111111111a]}}\n" +
		"terraform: {variables: {vpc_cidr: \"\"}}\n" +
		"securityGroup:\n  name: workers\n"
}
