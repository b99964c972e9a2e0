package restore

import (
	"os"
	"path/filepath"
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
