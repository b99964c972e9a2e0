package awsconfig

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"
)

// TestExplain: one line, what is wrong and what to do.
func TestExplain(t *testing.T) {
	api := func(code string) error {
		return fmt.Errorf("operation error S3: %w", &smithy.GenericAPIError{Code: code, Message: "no\nway"})
	}
	for _, tt := range []struct {
		err  error
		want string
	}{
		{api("ExpiredToken"), "ExpiredToken: no way; sign in, for example: aws sso login"},
		{api("AccessDenied"), "AccessDenied: no way; have the action allowed"},
		{api("NoSuchBucket"), "NoSuchBucket: no way; correct terraform.backend.s3.bucket"},
		{api("PermanentRedirect"), "PermanentRedirect: no way; the bucket is in another region"},
		{api("Throttling"), "Throttling: no way"},
		{fmt.Errorf("x: %w", &net.DNSError{Name: "s3.amazonaws.com"}), "s3.amazonaws.com is not known here: is this machine online?; try again where AWS can be reached"},
		{&net.OpError{Op: "dial", Err: errors.New("refused")}, "not reachable from here: dial: refused; try again"},
	} {
		got := Explain(tt.err)
		if !strings.HasPrefix(got.Error(), tt.want) || strings.Contains(got.Error(), "\n") || !errors.Is(got, tt.err) {
			t.Errorf("got %q, want %q", got, tt.want)
		}
	}
	if Explain(nil) != nil || Explain(context.Canceled) != context.Canceled {
		t.Error("what is no error of AWS is changed")
	}
}

// TestWithoutCredentials: no word of a metadata service, whether the machine has one
// or not, and nothing besides the error.
func TestWithoutCredentials(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	defer server.Close()
	for _, disabled := range []string{"true", ""} {
		for name, value := range map[string]string{"AWS_EC2_METADATA_DISABLED": disabled, "AWS_EC2_METADATA_SERVICE_ENDPOINT": server.URL, "AWS_ACCESS_KEY_ID": "", "AWS_SECRET_ACCESS_KEY": "", "AWS_SESSION_TOKEN": "",
			"AWS_PROFILE": "", "AWS_REGION": "us-east-1", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI": "", "AWS_CONTAINER_CREDENTIALS_FULL_URI": "", "AWS_WEB_IDENTITY_TOKEN_FILE": "",
			"AWS_CONFIG_FILE": os.DevNull, "AWS_SHARED_CREDENTIALS_FILE": os.DevNull, "HTTP_PROXY": "", "NO_PROXY": "127.0.0.1"} {
			t.Setenv(name, value)
		}
		stderr := os.Stderr
		read, write, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		os.Stderr = write
		c, err := Load(t.Context(), "", nil)
		if err == nil {
			_, err = sts.NewFromConfig(c).GetCallerIdentity(t.Context(), nil)
		}
		os.Stderr = stderr
		write.Close()
		said := make([]byte, 1024)
		n, _ := read.Read(said)
		got := Explain(err).Error()
		if !strings.HasPrefix(got, "AWS credentials: none were found: neither the environment") || !strings.Contains(got, "; sign in") || strings.Contains(got, "IMDS") || n > 0 {
			t.Errorf("AWS_EC2_METADATA_DISABLED=%s: got %q and printed %q", disabled, got, said[:n])
		}
	}
	t.Setenv("AWS_PROFILE", "nobody")
	if _, err := Load(t.Context(), "", nil); err == nil || !strings.HasPrefix(err.Error(), "AWS_PROFILE: got nobody, which ~/.aws/config does not have; list") {
		t.Errorf("got %v", err)
	}
}
