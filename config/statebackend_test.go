package config

import (
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

const stateKeyARN = "arn:aws:kms:us-east-1:123456789012:key/0d990263-018e-4e65-a703-eff731de951e"

func TestLock(t *testing.T) {
	const s3 = "preset: readme\nterraform:\n  requiredVersion: \">= 1.11\"\n  backend:\n    s3:\n      "
	for _, tt := range []struct{ name, text, want string }{
		{"takes S3's lock", s3 + "lock: s3\n", ""},
		{"takes both locks", s3 + "lock: both\n", ""},
		{"takes no lock", s3 + "dynamodbTable: \"\"\n", ""},
		{"takes a bound within a range", "preset: readme\nterraform:\n  requiredVersion: \"~> 1.12, != 1.12.1\"\n  backend:\n    s3:\n      lock: s3\n", ""},
		{"rejects another lock", s3 + "lock: dynamo\n", `dev.yaml:6: terraform.backend.s3.lock: got "dynamo", did you mean "dynamodb"? (allowed: dynamodb, s3, both)`},
		{"rejects a table's lock without a table", s3 + "lock: both\n      dynamodbTable: \"\"\n", "dev.yaml:6: terraform.backend.s3.lock: got both without a table, want dynamodbTable too, or lock: s3"},
		{"rejects a table that nothing uses", s3 + "lock: s3\n      dynamodbTable: tf-lock\n",
			`dev.yaml:7: terraform.backend.s3.dynamodbTable: got "tf-lock" with lock s3, which uses no table; remove it, or set lock: both`},
		{"rejects a Terraform without S3's lock", "preset: readme\nterraform:\n  backend:\n    s3:\n      lock: s3\n",
			`dev.yaml: terraform.requiredVersion (from preset readme): got ">= 1.2.0" with lock s3, want at least ">= 1.11.0": use_lockfile is new in Terraform 1.11 (an experiment in 1.10), and an older one refuses it`},
		{"rejects a Terraform that is pinned too low", "preset: readme\nterraform:\n  requiredVersion: \"~> 1.10.0\"\n  backend:\n    s3:\n      lock: both\n",
			`dev.yaml:3: terraform.requiredVersion: got "~> 1.10.0" with lock both, want at least ">= 1.11.0": use_lockfile is new in Terraform 1.11 (an experiment in 1.10), and an older one refuses it`},
		{"takes a key", s3 + "kmsKeyArn: " + stateKeyARN + "\n", ""},
		{"rejects an alias for a key", s3 + "kmsKeyArn: alias/state\n",
			`dev.yaml:6: terraform.backend.s3.kmsKeyArn: got "alias/state", want a key's ARN, arn:aws:kms:<region>:<12 digits>:key/<id>; an alias is not accepted`},
		{"rejects a key without encryption", s3 + "encrypt: false\n      kmsKeyArn: " + stateKeyARN + "\n",
			"dev.yaml:7: terraform.backend.s3.kmsKeyArn: got a key with encrypt false, which ignores it; set encrypt: true"},
		{"rejects a key of another region", s3 + "region: eu-west-1\n      kmsKeyArn: " + stateKeyARN + "\n",
			"dev.yaml:7: terraform.backend.s3.kmsKeyArn: got a key in us-east-1, want one in the bucket's region, eu-west-1"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := load(t, map[string]string{"dev.yaml": tt.text}); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

func TestStateBackend(t *testing.T) {
	const dev = "preset: readme\n"
	other := func(settings string) map[string]string {
		return map[string]string{"dev.yaml": dev, "etl.yaml": "preset: readme\nterraform:\n  requiredVersion: \">= 1.11\"\n  backend:\n    s3:\n      " + settings + "\n", "s.yaml": "kind: state-backend\nstacks: [dev, etl]\n"}
	}
	one := func(settings string) map[string]string {
		return map[string]string{"dev.yaml": dev, "s.yaml": "kind: state-backend\nstacks: dev\n" + settings}
	}
	for _, tt := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"takes one stack", one(""), ""},
		{"takes several stacks, of which one needs the table", other("lock: s3"), ""},
		{"rejects stacks of two buckets", other("bucket: etl-state"),
			`s.yaml:2: stacks[1]: got "etl" with bucket etl-state, want prefect-assessment-yasir-bucket as "dev" has: one state backend is one bucket and one table`},
		{"rejects stacks of two regions", other("region: eu-west-1"),
			`etl.yaml:6: terraform.backend.s3.region: got "eu-west-1" for the bucket prefect-assessment-yasir-bucket, which is in us-east-1 for dev.yaml; a bucket is in one region, want the same in both`},
		{"rejects two state backends of one bucket", map[string]string{"dev.yaml": dev, "etl.yaml": dev, "s.yaml": "kind: state-backend\nstacks: dev\n", "t.yaml": "kind: state-backend\nstacks: etl\n"},
			`t.yaml:2: stacks: got stacks with the bucket prefect-assessment-yasir-bucket, which s.yaml already creates; list all of its stacks there`},
		{"rejects stacks of two tables", other("dynamodbTable: etl-lock"),
			`s.yaml:2: stacks[1]: got "etl" with dynamodbTable etl-lock, want terraform-lock as "dev" has: one state backend is one bucket and one table`},
		{"rejects one stack twice", map[string]string{"dev.yaml": dev, "s.yaml": "kind: state-backend\nstacks: [dev, dev]\n"}, `s.yaml:2: stacks[1]: got "dev" twice`},
		{"rejects a mapping of stacks", map[string]string{"dev.yaml": dev, "s.yaml": "kind: state-backend\nstacks: {dev: true}\n"}, "s.yaml:2: stacks: got a mapping, want text or a list"},
		{"rejects an empty list", map[string]string{"dev.yaml": dev, "s.yaml": "kind: state-backend\nstacks: []\n"}, "s.yaml:2: stacks: missing, want the stack whose state this one holds, e.g. stacks: dev"},
		{"takes backups with defaults", one("backup: {}\nkmsKey: {}\n"), ""},
		{"rejects backups more than hourly", one("backup:\n  schedule: cron(*/5 * * * ? *)\n"),
			`s.yaml:4: backup.schedule: got "cron(*/5 * * * ? *)", want a schedule of six fields, hourly at most, such as cron(0 3 * * ? *)`},
		{"rejects backups that are never kept", one("backup:\n  deleteAfterDays: 0\n"), "s.yaml:4: backup.deleteAfterDays: got 0, want 1 to 36500"},
		{"rejects a vault's name", one("backup:\n  vaultName: the vault\n"), `s.yaml:4: backup.vaultName: got "the vault", want 2 to 50 letters, digits, - or _`},
		{"rejects an alias of a given key", one("kmsKey:\n  arn: " + stateKeyARN + "\n  alias: state\n"),
			`s.yaml:5: kmsKey.alias: got "state" with an existing key, want one of arn and alias: an alias is created with a key`},
		{"rejects a key deleted at once", one("kmsKey:\n  deletionWindowInDays: 1\n"), "s.yaml:4: kmsKey.deletionWindowInDays: got 1, want 7 to 30"},
		{"rejects logs of the bucket in the bucket", one("bucket:\n  accessLogs:\n    targetBucket: prefect-assessment-yasir-bucket\n"),
			`s.yaml:5: bucket.accessLogs.targetBucket: got "prefect-assessment-yasir-bucket", the state bucket itself, want another: every log written would be logged`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := load(t, tt.files); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

func TestStateBackendTakesOverWhatStacksHaveInCommon(t *testing.T) {
	files := map[string]string{"s.yaml": "kind: state-backend\nstacks: [a, b]\n"}
	for name, lock := range map[string]string{"a.yaml": settings.LockS3, "b.yaml": settings.LockBoth} {
		files[name] = "preset: readme\nterraform:\n  requiredVersion: \">= 1.11\"\n  backend:\n    s3:\n      lock: " + lock + "\n"
	}
	c, err := load(t, files)
	if err != "" {
		t.Fatal(err)
	}
	if got := c.StateBackends[0].For.DynamoDBTable; got != "terraform-lock" {
		t.Errorf("got table %q, want the one that b still locks by", got)
	}
	files["b.yaml"] = strings.ReplaceAll(files["b.yaml"], settings.LockBoth, settings.LockS3)
	if c, err = load(t, files); err != "" {
		t.Fatal(err)
	}
	if got := c.StateBackends[0].For.DynamoDBTable; got != "" {
		t.Errorf("got table %q, want none: every stack locks by S3", got)
	}
}

func TestStateWarnings(t *testing.T) {
	c, err := load(t, map[string]string{
		"dev.yaml": "preset: readme\nsecurityGroup: {ingress: []}\nworker: {image: \"flows:1\"}\nsecret: {create: true}\nterraform:\n  backend:\n    s3:\n      dynamodbTable: \"\"\nprefect: {apiUrl: \"http://prefect.internal:4200/api\"}\n",
		"s.yaml":   "kind: state-backend\nstacks: dev\nkmsKey: {}\n",
	})
	if err != "" {
		t.Fatal(err)
	}
	want := []string{
		"dev.yaml:7: terraform.backend.s3: no lock: two runs at a time can lose each other's changes; set lock: s3, or dynamodbTable",
		"s.yaml:2: stacks: dev asks for S3's own encryption (encrypt: true without kmsKeyArn), so its state is not encrypted with kmsKey; set terraform.backend.s3.kmsKeyArn in it, or encrypt: false to leave it to the bucket",
	}
	got := warningsOf(c)
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}
