package emulator

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
)

// The emulator accepts any credentials; these are the customary ones. The
// account it answers as is 123456789012.
const (
	accessKey = "test"
	secretKey = "test"
	region    = "us-east-1"
)

// SDK are options with which the AWS SDK reaches the emulator.
func (e *Emulator) SDK() config.LoadOptionsFunc {
	return func(o *config.LoadOptions) error {
		o.BaseEndpoint = e.Endpoint()
		o.Credentials = credentials.NewStaticCredentialsProvider(accessKey, secretKey, "")
		return nil
	}
}

// Env returns KEY=VALUE pairs with which any AWS client reaches the emulator
// and nothing else: what the user's own environment holds for real AWS is
// overridden, whether it is set now or not.
func (e *Emulator) Env() []string {
	env := map[string]string{
		"AWS_ENDPOINT_URL":      e.Endpoint(),
		"AWS_ACCESS_KEY_ID":     accessKey,
		"AWS_SECRET_ACCESS_KEY": secretKey,
		"AWS_SESSION_TOKEN":     "",
		"AWS_REGION":            region,
		"AWS_DEFAULT_REGION":    region,
		// An empty AWS_PROFILE is an error to some clients, so the profile is one of ours.
		"AWS_PROFILE":                 "default",
		"AWS_CONFIG_FILE":             awsConfigFile(e.Dir),
		"AWS_SHARED_CREDENTIALS_FILE": awsCredentialsFile(e.Dir),
		"AWS_EC2_METADATA_DISABLED":   "true",
		// Failures here are final. (The AWS provider has its own number, 25, which
		// this does not change; see refuse_what_fails in local_aws.)
		"AWS_MAX_ATTEMPTS":                    "2",
		"AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": "false",
		// S3 Control, of which AWS provider 6 asks a bucket's tags, puts the account's
		// number in front of the host: 123456789012.127.0.0.1, which only a proxy
		// finds. The loopback itself is reached without it.
		"HTTP_PROXY": e.Endpoint(),
		"NO_PROXY":   withLoopback(os.Getenv("NO_PROXY")),
		"no_proxy":   withLoopback(os.Getenv("no_proxy")),
	}
	for _, pair := range os.Environ() {
		name, value, _ := strings.Cut(pair, "=")
		switch {
		case strings.HasPrefix(name, "AWS_ENDPOINT_URL_") && value != "":
			env[name] = e.Endpoint() // a service's own address would win over the common one
		case name == "AWS_USE_FIPS_ENDPOINT" || name == "AWS_USE_DUALSTACK_ENDPOINT":
			env[name] = "false"
		}
	}
	var pairs []string
	for _, name := range slices.Sorted(maps.Keys(env)) {
		pairs = append(pairs, name+"="+env[name])
	}
	return pairs
}

// withLoopback adds the loopback to a list of hosts reached without a proxy.
func withLoopback(list string) string {
	hosts := strings.FieldsFunc(list, func(r rune) bool { return r == ',' })
	for _, host := range []string{"127.0.0.1", "localhost"} {
		if !slices.Contains(hosts, host) {
			hosts = append(hosts, host)
		}
	}
	return strings.Join(hosts, ",")
}

func awsConfigFile(dir string) string      { return filepath.Join(dir, "aws-config") }
func awsCredentialsFile(dir string) string { return filepath.Join(dir, "aws-credentials") }

// writeAWSFiles writes the files that stand in for the user's ~/.aws.
func writeAWSFiles(dir string) error {
	config := "[default]\nregion = " + region + "\n"
	if err := os.WriteFile(awsConfigFile(dir), []byte(config), 0o600); err != nil {
		return err
	}
	credentials := "[default]\naws_access_key_id = " + accessKey + "\naws_secret_access_key = " + secretKey + "\n"
	return os.WriteFile(awsCredentialsFile(dir), []byte(credentials), 0o600)
}
