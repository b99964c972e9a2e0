package config

import (
	"strings"
	"testing"
)

func TestFlowRunLogGroup(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"takes nothing said", "flowRunLogGroup: {}\n", ""},
		{"takes a key", "flowRunLogGroup:\n  kmsKeyArn: arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab\n", ""},
		{"rejects the name of the workers' group", "logGroup: {name: /ecs/prefect}\ncluster: {name: prefect}\nflowRunLogGroup:\n  name: /ecs/{cluster.name}\n",
			`dev.yaml:5: flowRunLogGroup.name: got "/ecs/{cluster.name}", the name of logGroup.name too; AWS allows one log group of a name, want another`},
		{"rejects what CloudWatch does not take", "flowRunLogGroup:\n  name: aws/flows\n  retentionInDays: 10\n  kmsKeyArn: alias/logs\n  nameTag: \"a*\"\n",
			`dev.yaml:3: flowRunLogGroup.name: got "aws/flows", want a name that does not begin with aws/
dev.yaml:4: flowRunLogGroup.retentionInDays: got 10, want one of [0 1 3 5 7 14 30 60 90 120 150 180 365 400 545 731 1096 1827 2192 2557 2922 3288 3653] (0 keeps logs forever)
dev.yaml:5: flowRunLogGroup.kmsKeyArn: got "alias/logs", want a key's ARN, arn:aws:kms:<region>:<12 digits>:key/<id>; an alias is not accepted
dev.yaml:6: flowRunLogGroup.nameTag: got "a*", want 1 to 256 letters, digits, spaces or _.:/=+@-`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := load(t, map[string]string{"dev.yaml": "preset: readme\n" + tt.text}); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

func TestFlowRunLogGroupWarnings(t *testing.T) {
	const want = "flowRunLogGroup: nothing writes to it: workers of type process run flows in their own tasks, which log to logGroup; set flowRunLogGroup: null"
	for text, warned := range map[string]bool{
		"flowRunLogGroup: {}\nworker: {type: process}\n": true,
		"flowRunLogGroup: {}\n":                          false,
		"worker: {type: process}\n":                      false,
	} {
		if got := warnings(t, text); strings.Contains(got, want) != warned {
			t.Errorf("%s: got:\n%s\nwarned: want %t", text, got, warned)
		}
	}
}
