package config

import (
	"strings"
	"testing"
)

// TestRegionWarnings: a region that AWS most likely does not have is accepted, since
// AWS opens new ones, and warned of.
func TestRegionWarnings(t *testing.T) {
	const asks = "; if AWS has it, it needs an AWS provider that knows it"
	for region, want := range map[string]string{
		"eu-central-2":   "",
		"us-gov-west-1":  "",
		"eusc-de-east-1": "",
		"us-east-9":      `got "us-east-9", which is not a known region, want one such as us-east-1 or us-east-2` + asks,
		"eu-cental-1":    `got "eu-cental-1", which is not a known region, did you mean "eu-central-1"?` + asks,
		"us-esat-1":      `got "us-esat-1", which is not a known region, did you mean "us-east-1"?` + asks, // as near to us-west-1 but for the letters' order
		"xy-nowhere-1":   `got "xy-nowhere-1", which is not a known region` + asks,
	} {
		got := warnings(t, "region: "+region+"\npartition: \"\"\n")
		if want != "" {
			want = "dev.yaml:2: region: " + want
		}
		if got != want {
			t.Errorf("%s: got %s, want %s", region, got, want)
		}
	}
	c, err := load(t, map[string]string{
		"dev.yaml":   "preset: readme\nterraform: {backend: {s3: {bucket: acme, region: us-east-9}}}\n",
		"state.yaml": "kind: state-backend\nstacks: dev\n",
	})
	if err != "" {
		t.Fatal(err)
	}
	said := 0
	for _, w := range warningsOf(c) {
		if strings.Contains(w, "terraform.backend.s3.region: got") {
			said++
		}
	}
	if said != 1 {
		t.Errorf("got %q, want one warning of the bucket's region", warningsOf(c))
	}
}
