package awsconfig

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

const answer = `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>ASSUMED</AccessKeyId><SecretAccessKey>x</SecretAccessKey><SessionToken>y</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration>
</Credentials></AssumeRoleResult></AssumeRoleResponse>`

// TestLoad: a role is assumed as the stack says, and only where it has one.
func TestLoad(t *testing.T) {
	asked := ""
	sts := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = fmt.Sprint(r.FormValue("Action"), " ", r.FormValue("RoleArn"), " ", r.FormValue("ExternalId"), " ", r.FormValue("RoleSessionName"))
		fmt.Fprint(w, answer)
	}))
	defer sts.Close()
	const arn = "arn:aws:iam::123456789012:role/terraform"
	for _, tt := range []struct {
		name             string
		role             *Role
		wantKey, wantAsk string
	}{
		{"without a role", nil, "OWN", ""},
		{"with a role", &Role{ARN: arn, ExternalID: "acme", SessionName: "restore"}, "ASSUMED", "AssumeRole " + arn + " acme restore"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			asked = ""
			c, err := Load(t.Context(), "eu-central-1", tt.role, config.WithBaseEndpoint(sts.URL),
				config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider("OWN", "x", "")))
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.Credentials.Retrieve(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if got.AccessKeyID != tt.wantKey || asked != tt.wantAsk {
				t.Errorf("got key %s after asking %q, want %s after %q", got.AccessKeyID, asked, tt.wantKey, tt.wantAsk)
			}
		})
	}
}
