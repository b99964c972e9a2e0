package restore

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	for _, tt := range []struct {
		name, content string
		want          State
		err           string
	}{
		{"counts instances of managed resources", `{"serial": 7, "lineage": "l", "resources": [
			{"mode": "managed", "instances": [{}, {}]}, {"mode": "data", "instances": [{}]}, {"mode": "managed", "instances": []}]}`, State{7, "l", 2}, ""},
		{"reads an emptied state", string(Empty(State{Serial: 7, Lineage: "l"})), State{8, "l", 0}, ""},
		{"refuses what is no JSON", "", State{}, "not a state: unexpected end of JSON input"},
		{"refuses other JSON", `{"resources": []}`, State{}, "not a state: it has no lineage"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parse([]byte(tt.content))
			if got != tt.want || err == nil != (tt.err == "") || err != nil && err.Error() != tt.err {
				t.Errorf("got %+v, %v, want %+v, %s", got, err, tt.want, tt.err)
			}
		})
	}
}

func TestWithSerial(t *testing.T) {
	for _, tt := range []struct{ name, content, want, err string }{
		{"as Terraform formats it", "{\n  \"version\": 4,\n  \"serial\": 7,\n  \"lineage\": \"l\"\n}\n", "{\n  \"version\": 4,\n  \"serial\": 1234,\n  \"lineage\": \"l\"\n}\n", ""},
		{"in one line", `{"serial":7,"n":1.50}`, `{"serial":1234,"n":1.50}`, ""},
		{"in the last place, with spaces", "{\"a\":[{\"serial\":7}] , \"serial\" : 7 }", "{\"a\":[{\"serial\":7}] , \"serial\" : 1234 }", ""},
		{"not that of a resource", `{"resources":[{"serial":7}],"outputs":{"serial":{"value":"\"serial\":7"}},"serial":7}`,
			`{"resources":[{"serial":7}],"outputs":{"serial":{"value":"\"serial\":7"}},"serial":1234}`, ""},
		{"none", `{"lineage":"l"}`, "", "not a state: it has no serial number"},
		{"nothing", "", "", "not a state: EOF"},
		{"half of one", `{"lineage":"l`, "", "not a state: unexpected EOF"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got, err := withSerial([]byte(tt.content), 1234)
			if string(got) != tt.want || err == nil != (tt.err == "") || err != nil && err.Error() != tt.err {
				t.Errorf("got %s, %v\nwant %s, %s", got, err, tt.want, tt.err)
			}
		})
	}
}

// TestLockInfo: force-unlock asks for a UUID, and Terraform shows these fields.
func TestLockInfo(t *testing.T) {
	s := &Store{Backend: Backend{Bucket: "b", Key: "dev/terraform.tfstate"}}
	text, err := json.Marshal(s.newLockInfo("restore"))
	if err != nil {
		t.Fatal(err)
	}
	want := regexp.MustCompile(`^\{"ID":"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}","Operation":"restore","Info":"",` +
		`"Who":"[^"]+@[^"]*","Version":"[^"]+","Created":"[0-9T:.-]+Z","Path":"b/dev/terraform.tfstate"\}$`)
	if !want.Match(text) {
		t.Errorf("got %s", text)
	}
}

// TestDigest: what Terraform wrote for a state of this content.
func TestDigest(t *testing.T) {
	if got := Digest([]byte("{}\n")); got != "8a80554c91d9fca8acb82f023de02f11" {
		t.Errorf("got %s, want what md5sum says", got)
	}
}

func TestBackendOf(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct{ name, text, want string }{
		{"wants a synthesized stack", "", "synthesize first: make synth"},
		{"wants a state in S3", `{"terraform": {"backend": {"local": {}}}}`, "its state is not in S3"},
		{"says where an http backend keeps versions", `{"terraform": {"backend": {"http": {"address": "https://gitlab.example.com/state/dev"}}}}`,
			"its state is not in S3 but at https://gitlab.example.com/state/dev: restore a version there"},
		{"says where HCP Terraform keeps versions", `{"terraform": {"cloud": {"hostname": "app.terraform.io", "organization": "acme", "workspaces": {"name": "dev"}}}}`,
			"its state is not in S3 but in workspace dev of acme on app.terraform.io: roll back there"},
		{"reads Terraform's words", `{"terraform": {"backend": {"s3": {"bucket": "b", "dynamodb_table": "t"}}}}`, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.text != "" {
				if err := os.WriteFile(filepath.Join(dir, "cdk.tf.json"), []byte(tt.text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			b, err := BackendOf(dir)
			if tt.want == "" && (err != nil || b != Backend{Bucket: "b", DynamoDBTable: "t"}) {
				t.Errorf("got %+v, %v", b, err)
			}
			if tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}
