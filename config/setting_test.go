package config

import (
	"fmt"
	"strings"
	"testing"
)

func TestSettings(t *testing.T) {
	var got []string
	var visit func(s *Setting)
	visit = func(s *Setting) {
		hidden := ""
		if s.Hide {
			hidden = " hidden"
		}
		got = append(got, fmt.Sprintf("%s:%d%s", s.Path, s.Line, hidden))
		for _, inner := range s.Inner {
			visit(inner)
		}
	}
	whole, err := Settings("e.yaml", []byte("preset: readme\nworker:\n  cpu: &n 512\n  memoryMiB: *n\n  secrets: {A: b}\n  environment: {B: c, db_password: d, B_TOKEN: true}\nsecret:\n  create: true\n  name: a\nterraform: {outputs: [x]}\nunknown: {a: 1}\n"))
	if err != nil {
		t.Fatal(err)
	}
	visit(whole)
	want := ":1 preset:1 worker:2 worker.cpu:3 worker.memoryMiB:4 worker.secrets:5 hidden worker.secrets.A:5 hidden " +
		"worker.environment:6 worker.environment.B:6 worker.environment.db_password:6 hidden worker.environment.B_TOKEN:6 hidden " +
		"secret:7 hidden secret.create:8 secret.name:9 hidden terraform:10 terraform.outputs:10 terraform.outputs[0]:10 unknown:11 unknown.a:11"
	if strings.Join(got, " ") != want {
		t.Errorf("got  %s\nwant %s", strings.Join(got, " "), want)
	}
	old, err := Settings("b.yaml", []byte("kind: state-backend\nof: dev\n"))
	if err != nil || old.Inner[1].Path != "stacks" || old.Inner[1].Line != 2 {
		t.Errorf("got %v and %v, want the name that the setting has now", old, err)
	}
	if _, err := Settings("e.yaml", []byte("a: &a [1, 1]\nb: &b [*a, *a, *a, *a, *a, *a, *a, *a]\nc: &c [*b, *b, *b, *b, *b, *b, *b, *b, *b]\nd: &d [*c, *c, *c, *c, *c, *c, *c, *c, *c]\ne: [*d, *d, *d, *d, *d, *d, *d, *d, *d, *d]\n")); err == nil || !strings.Contains(err.Error(), "aliases") {
		t.Errorf("got %v, want an error of aliases that multiply", err)
	}
}

func TestExposed(t *testing.T) {
	c, problem := load(t, map[string]string{"dev.yaml": "preset: readme\n"})
	if problem != "" {
		t.Fatal(problem)
	}
	for variable, want := range map[string]string{"container_image": "worker.image in ", "prefect_api_key": "", "nope": ""} {
		if got := c.Exposed(variable); !strings.HasPrefix(got, want) || (want == "") != (got == "") {
			t.Errorf("%s: got %q, want %q and the file", variable, got, want)
		}
	}
}

func TestLoadLoosely(t *testing.T) {
	// Settings that Fargate and S3's lock refuse together.
	c, err := LoadLoosely(map[string][]byte{"e.yaml": []byte("preset: readme\nworker: {cpu: 256, memoryMiB: 30720}\nterraform: {backend: {s3: {lock: s3}}}\ntags: {a.b: c}\n")})
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		"worker.cpu": "256", "worker.desiredCount": "1", "nameTag": "prefect-ecs", "tags.a.b": "c", "securityGroup.ingress[0].cidrBlocks": "[0.0.0.0/0]",
		"securityGroup.ingress[1].cidrBlocks[0]": "0.0.0.0/0", "securityGroup.ingress[9].protocol": "", "network.flowLogs.nameTag": "", "secret.create": "false", "worker": "", "nope": "",
	} {
		if got := c.Value("e.yaml", path); got != want {
			t.Errorf("%s: got %q, want %q", path, got, want)
		}
	}
	for _, text := range []string{"worker: {cpu: much}\npreset: readme\n", "preset: nope\n", "preset: readme\nworker: {cpux: 1}\n", "- a\n"} {
		if _, err := LoadLoosely(map[string][]byte{"e.yaml": []byte(text)}); err == nil {
			t.Errorf("%s: got no error, want one: it cannot be read", text)
		}
	}
}
