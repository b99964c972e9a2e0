package newenv

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
)

const (
	root  = "../.."
	cloud = "https://api.prefect.cloud/api/accounts/9b649228-0419-40e1-9e0d-44954b5c0ab6/workspaces/96bd3cf8-85c9-4545-9713-b4e3c3e03466"
	arn   = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:prefect-AbCdEf"
)

// folder has the checkout's own environments.
func folder(t *testing.T) string {
	t.Helper()
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION", "PREFECT_API_URL"} {
		t.Setenv(name, "")
	}
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(filepath.Join(root, "environments"))); err != nil {
		t.Fatal(err)
	}
	return dir
}

func draft(t *testing.T, dir, stack, preset string, set ...string) *Draft {
	t.Helper()
	d, err := New(root, dir, stack, preset)
	if err != nil {
		t.Fatal(err)
	}
	if preset == "production" {
		set = append(set, emails+"=oncall@example.com, second@example.com")
	}
	for _, s := range append([]string{apiURL + "=" + cloud, bucket + "=acme-state"}, set...) {
		path, value, _ := strings.Cut(s, "=")
		if err := d.Set(path, value); err != nil {
			t.Fatal(err)
		}
	}
	return d
}

func write(t *testing.T, d *Draft) {
	t.Helper()
	warnings, err := d.Check()
	if err != nil || len(warnings) > 0 || len(d.Missing()) > 0 {
		t.Errorf("%s: got %v, %q, want no error and no warning", d.Stack, err, warnings)
	}
	if _, err := d.Write(); err != nil {
		t.Fatal(err)
	}
}

// TestTwoOfEachPreset: two stacks of each preset, beside the checkout's own, share
// no name, range or state, and nothing is to be warned of.
func TestTwoOfEachPreset(t *testing.T) {
	dir := folder(t)
	var mine []string
	for _, preset := range config.PresetNames() {
		for _, n := range []string{"a", "b"} {
			d := draft(t, dir, preset+"_"+n, preset)
			mine = append(mine, d.Stack)
			write(t, d)
		}
	}
	c, err := config.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range c.Warnings() {
		if slices.Contains(mine, w.Stack) || strings.Contains(w.Text, "AWS accepts each once") {
			t.Error(w.Text)
		}
	}
	ranges := map[string]string{}
	for _, e := range c.Environments {
		if !slices.Contains(mine, e.Stack) {
			continue
		}
		if other := ranges[e.Network.CIDRBlock]; other != "" || e.Network.CIDRBlock == "10.0.0.0/16" {
			t.Errorf("%s: got %s, which %s has too", e.Stack, e.Network.CIDRBlock, other)
		}
		ranges[e.Network.CIDRBlock] = e.Stack
		for name, setting := range e.Terraform.Variables {
			if setting != "" && e.Preset != "production" {
				t.Errorf("%s: got variable %s, which another stack's terraform.tfvars sets", e.Stack, name)
			}
		}
	}
}

// TestVariants: each way in which a stack may differ is a file without a warning.
func TestVariants(t *testing.T) {
	for _, preset := range config.PresetNames() {
		for i, set := range [][]string{
			{secretARN + "=" + arn, "region=eu-central-1"},
			{apiURL + "=http://prefect.internal:4200/api"},
			{apiURL + "=http://prefect.internal:4200/api", secretARN + "=none"},
			{apiURL + "=https://prefect.acme.example/api", secretARN + "=" + arn, "region=eu-central-1"},
			{repository + "=none", image + "=123456789012.dkr.ecr.us-east-1.amazonaws.com/workers:1.4.2"},
			{"worker.cpu=1024", "worker.memoryMiB=2048", "tags={Team: data}", "network.natGateways=single", "secret.recoveryWindowInDays=7"},
		} {
			t.Run(fmt.Sprint(preset, i), func(t *testing.T) {
				if i == 5 && preset == "design" {
					set = append(set, bucket+"=")
				}
				d := draft(t, folder(t), "etl", preset, set...)
				write(t, d)
				c, err := config.LoadFiles(d.file())
				if err != nil {
					t.Fatal(err)
				}
				if e := c.Environments[0]; i == 5 && (e.Worker.CPU != 1024 || e.Tags["Team"] != "data") {
					text, _ := d.Text()
					t.Errorf("SET is not in the file:\n%s", text)
				}
			})
		}
	}
}

// TestMissing: what is not given is in the file, and config refuses exactly that.
func TestMissing(t *testing.T) {
	for preset, want := range map[string][]string{
		"production": {apiURL, emails, bucket}, "readme": {apiURL, bucket}, "design": {apiURL},
	} {
		dir := folder(t)
		d, err := New(root, dir, "etl", preset)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := d.Check(); err != nil {
			t.Error(err)
		}
		file, err := d.Write()
		if err != nil {
			t.Fatal(err)
		}
		_, err = config.Load(dir)
		if err == nil {
			t.Fatalf("%s: got no error", preset)
		}
		errs := flat(err)
		for i, setting := range want {
			if i >= len(errs) || !strings.HasPrefix(found(errs[i].Error(), file).setting, setting) || !strings.Contains(errs[i].Error(), `got "<`) {
				t.Errorf("%s: got %v, want an error of %s", preset, errs, setting)
			}
		}
		if len(errs) != len(want) {
			t.Errorf("%s: got %v, want errors of %v alone", preset, errs, want)
		}
	}
}

// TestDefaults are made of the other files.
func TestDefaults(t *testing.T) {
	dir := folder(t)
	write(t, draft(t, dir, "first", "production", "region=eu-central-1", "network.cidrBlock=10.1.0.0/18"))
	if err := os.WriteFile(filepath.Join(dir, "unfinished.yaml"), []byte("preset: readme\nregion: <region>\nnetwork: {cidrBlock: 10.2.0.0/16}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := New(root, dir, "Second_one", "production")
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"region": "eu-central-1", "nameTag": "second-one", "cluster.name": "second-one", "network.cidrBlock": "10.3.0.0/16", apiURL: cloud,
		"prefect.workPool": "ecs-second-one", bucket: "acme-state", bucketRegion: "eu-central-1", emails: "oncall@example.com, second@example.com",
	} {
		if got, missing := d.answer(path); got != want || missing {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
	if want := []string{filepath.Join(dir, "unfinished.yaml")}; !slices.Equal(d.LeftOut, want) {
		t.Errorf("left out: got %v, want %v", d.LeftOut, want)
	}
	if steps := strings.Join(d.Next(), "\n"); !strings.Contains(steps, `"stacks: [first, Second_one]"`) || !strings.Contains(steps, "make synth STACK=Second_one ENVIRONMENTS="+dir) || !strings.Contains(steps, "npx cdktf deploy Second_one --app") {
		t.Errorf("got %s, want the bucket of both stacks, and the folder", steps)
	}
	if err := d.Set("nameTag", "mine"); err != nil {
		t.Fatal(err)
	}
	want := "taken from " + filepath.Join(dir, "first.yaml") + ": region eu-central-1, " + apiURL + " " + cloud + ", " + emails + " oncall@example.com, second@example.com, " + bucket + " acme-state, " + bucketRegion + " eu-central-1"
	if got := d.Taken(); !slices.Equal(got, []string{want}) {
		t.Errorf("got %q, want %q", got, want)
	}
	for _, path := range []string{"region", apiURL, emails, bucket} {
		answer, _ := d.answer(path)
		if err := d.Set(path, answer); err != nil {
			t.Fatal(err)
		}
	}
	if got := strings.Join(d.Taken(), ""); strings.Contains(got, "acme-state") {
		t.Errorf("got %q, want nothing that was given", got)
	}
	// The shell's API goes before other files', unless it is on this machine.
	for own, want := range map[string]string{"http://prefect.internal:4200/api": "http://prefect.internal:4200/api", "http://127.0.0.1:4200/api": cloud} {
		t.Setenv("PREFECT_API_URL", own)
		d, err := New(root, dir, "third", "production")
		if err != nil {
			t.Fatal(err)
		}
		if got, _ := d.answer(apiURL); got != want || strings.Contains(strings.Join(d.Taken(), "\n"), "PREFECT_API_URL of this shell: "+apiURL) != (want == own) {
			t.Errorf("%s: got %s and %q", own, got, d.Taken())
		}
	}
}

// TestNextState: a bucket that another stack's state backend creates needs no step, unless
// it makes no lock table yet.
func TestNextState(t *testing.T) {
	dir := folder(t)
	for name, text := range map[string]string{
		"a.yaml":       "preset: production\nterraform: {backend: {s3: {bucket: acme-a}}}\n",
		"a-state.yaml": "kind: state-backend\nstacks: a\n",
		"c.yaml":       "preset: production\nnameTag: c\nterraform: {backend: {s3: {bucket: acme-c}}}\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, tt := range []struct{ preset, bucket, want string }{
		{"production", "acme-a", ""},
		{"readme", "acme-a", "add etl to stacks: in " + filepath.Join(dir, "a-state.yaml") + ", which does not create the lock table terraform-lock yet; then npx cdktf deploy a-state"},
		{"production", "acme-b", "unless the bucket acme-b exists: write " + filepath.Join(dir, "etl-state.yaml") + ` with the lines "kind: state-backend" and "stacks: etl", then npx cdktf deploy etl-state`},
		{"production", "acme-c", "unless the bucket acme-c exists: write " + filepath.Join(dir, "c-state.yaml") + ` with the lines "kind: state-backend" and "stacks: [c, etl]", then npx cdktf deploy c-state`},
	} {
		got := draft(t, dir, "etl", tt.preset, bucket+"="+tt.bucket, "region=us-east-1").nextState()
		if !strings.HasPrefix(got, tt.want) || got != "" && tt.want == "" {
			t.Errorf("%+v: got %q", tt, got)
		}
	}
}

// TestTry: config's own words, of the setting that is asked for.
func TestTry(t *testing.T) {
	dir := folder(t)
	d, err := New(root, dir, "etl", "production")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ setting, answer, wrong, note string }{
		{"region", "eu-central", `got "eu-central", want an AWS region such as us-east-1`, ""},
		{"region", "eu-central-1", "", ""},
		{"network.cidrBlock", "10.0.0.1/16", "host bits", ""},
		{"network.cidrBlock", "10.0.0.0/16", "", "10.0.0.0/16 overlaps with 10.0.0.0/16 of d"},
		{"nameTag", "a b", `got "a b", with which names begin: cluster.name: got "a b"`, ""},
		{"cluster.name", "prefect-prod", "", "has the same names ("},
		{apiURL, "https://app.prefect.cloud/account/x", "want the API's address", ""},
		{apiURL, "", "got no value, want the Prefect API's URL", ""},
		{apiURL, "http://prefect.internal:4200/api", "", ""},
		{emails, "oncall@example.com, nobody", `monitoring.topic.emails[1]: got "nobody"`, ""},
		{secretARN, "arn:aws:x", "want a secret's whole ARN", ""},
		{secretARN, "none", "neither create nor arn", ""},
		{secretARN, "", "", ""},
		{bucket, "Acme", "lower-case", ""},
		{bucketRegion, "x", "want an AWS region", ""},
	} {
		note, err := d.Try(d.question(tt.setting), tt.answer)
		if (err == nil) != (tt.wrong == "") || err != nil && !strings.Contains(err.Error(), tt.wrong) || !strings.Contains(note, tt.note) || tt.note == "" && note != "" {
			t.Errorf("%s = %q: got %v and %q, want %q and %q", tt.setting, tt.answer, err, note, tt.wrong, tt.note)
		}
		if _, answered := d.answers[tt.setting]; answered {
			t.Errorf("%s: trying an answer gave it", tt.setting)
		}
	}
}

func TestTakenNames(t *testing.T) {
	dir := folder(t)
	if err := os.Mkdir(filepath.Join(dir, "terraform"), 0o700); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ name, preset, want string }{
		{"", "production", "NAME: got none"},
		{"../x", "production", `NAME: got "../x", want letters`},
		{"dev", "production", "dev.yaml exists already"},
		{"terraform", "production", "terraform exists already"},
		{"DEV", "production", "dev.yaml exists already"},
		{"etl", "prod", `PRESET: got "prod", want one of: design, production, readme`},
	} {
		_, err := New(root, dir, tt.name, tt.preset)
		if err == nil || !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s, %s: got %v, want one line with %s", tt.name, tt.preset, err, tt.want)
		}
	}
	if _, err := New(root, filepath.Join(dir, "none"), "etl", "readme"); err == nil || !strings.Contains(err.Error(), "mkdir -p") {
		t.Errorf("a folder that is not there: got %v", err)
	}
	// Nor is a file that somebody makes meanwhile.
	d := draft(t, dir, "etl", "readme")
	if err := os.WriteFile(d.file(), []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := d.Write(); err == nil || !strings.Contains(err.Error(), "is not overwritten") {
		t.Errorf("got %v", err)
	}
	if text, err := os.ReadFile(d.file()); err != nil || string(text) != "mine" {
		t.Errorf("got %q, %v", text, err)
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".*")); err != nil || len(left) > 0 {
		t.Errorf("left %v, %v", left, err)
	}
}
