package config

import (
	"fmt"
	"maps"
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// A rule checks one value and says what it got and what is allowed.
type rule func(value string) error

// pattern is a rule for text: at most max characters that match as a whole.
// An empty value is too short.
func pattern(expression string, max int, allowed string) rule {
	re := regexp.MustCompile(`^(?:` + expression + `)$`)
	return func(value string) error {
		switch {
		case value == "":
			return fmt.Errorf("got no value, want %s", allowed)
		case len(value) > max:
			return fmt.Errorf("got %d characters (%.40q…), want at most %d", len(value), value, max)
		case !re.MatchString(value):
			return fmt.Errorf("got %q, want %s", value, allowed)
		}
		return nil
	}
}

// orEmpty lets a rule pass an empty value, which turns the setting off.
func orEmpty(r rule) rule {
	return func(value string) error {
		if value == "" {
			return nil
		}
		return r(value)
	}
}

// The expressions that Terraform's validation blocks check too, exported so
// that a variable and its setting cannot disagree. They are RE2, which both use.
const (
	RegionExpression     = `[a-z]{2}(-[a-z]+)+-[0-9]+`
	UUIDExpression       = `[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}`
	ClusterExpression    = `[A-Za-z0-9_-]{1,255}`
	ImageExpression      = `[A-Za-z0-9][A-Za-z0-9._:/@#-]*`
	NameTagExpression    = `[\p{L}\p{Z}\p{N}_.:/=+@-]+`
	SecretARNExpression  = `arn:aws(-[a-z]+)*:secretsmanager:[a-z]{2}(-[a-z]+)+-[0-9]+:[0-9]{12}:secret:[0-9A-Za-z/_+=.@-]+-[0-9A-Za-z]{6}(:[^:]*:[^:]*:[^:]*)?`
	WorkPoolExpression   = `[^-/%&<>\s][^/%&<>]*`
	APIURLExpression     = `https?://[^\s/"]+(/[^\s"]*)?/api(/[^\s"]*)?`
	SecretNameExpression = `[0-9A-Za-z/_+=.@-]+`
	NameTagMax           = 200 // leaves room for the suffixes: a tag's value is at most 256
	DesiredCountMax      = 5000
)

// The words of the errors, shared for the same reason.
const (
	RegionWanted     = "an AWS region such as us-east-1"
	UUIDWanted       = "a UUID such as 9b649228-0419-40e1-9e0d-44954b5c0ab6 (Prefect Cloud shows it in its address bar)"
	ClusterWanted    = "1 to 255 letters, digits, _ or -"
	ImageWanted      = "an image such as 123456789012.dkr.ecr.us-east-1.amazonaws.com/flows:1.4.2"
	NameTagWanted    = "1 to 200 letters, digits, spaces or _.:/=+@-, not beginning with sg- or aws:"
	SecretARNWanted  = "a secret's whole ARN, arn:aws:secretsmanager:<region>:<12 digits>:secret:<name>-<6 characters>, or that with :json-key:stage:version"
	WorkPoolWanted   = `a work pool's name: not beginning with -, without / % & < >`
	APIURLWanted     = "https://api.prefect.cloud/api/accounts/<account>/workspaces/<workspace> or http(s)://<host>:4200/api"
	SecretNameWanted = "1 to 512 letters, digits or /_+=.@-"
)

var (
	region     = pattern(RegionExpression, 63, RegionWanted)
	uuid       = pattern(UUIDExpression, 36, UUIDWanted)
	ecsName    = pattern(ClusterExpression, 255, ClusterWanted) // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html
	image      = pattern(ImageExpression, 255, ImageWanted)     // https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
	tagValue   = pattern(NameTagExpression, 256, "1 to 256 letters, digits, spaces or _.:/=+@-")
	secretName = pattern(SecretNameExpression, 512, SecretNameWanted)
	roleName   = pattern(`[A-Za-z0-9_+=,.@-]+`, 64, "1 to 64 letters, digits or _+=,.@-")
	policyName = pattern(`[A-Za-z0-9_+=,.@-]+`, 128, "1 to 128 letters, digits or _+=,.@-")
	logGroup   = pattern(`[.\-_/#A-Za-z0-9]+`, 512, "1 to 512 letters, digits or .-_/#")
	logPrefix  = pattern(`[A-Za-z0-9._/-]+`, 255, "1 to 255 letters, digits or ._/-")
	tableName  = pattern(`[A-Za-z0-9_.-]{3,}`, 255, "3 to 255 letters, digits or _.-")
	repository = pattern(`(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*`, 256, "2 to 256 lower-case letters, digits or ._-/")
	dnsName    = pattern(`[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)*`, 253, "a DNS name such as prefect.local")
	sgName     = pattern(`[A-Za-z0-9 ._:/()#,@\[\]+=&;{}!$*-]+`, 255, "1 to 255 letters, digits, spaces or ._-:/()#,@[]+=&;{}!$*")
	sgText     = pattern(`[A-Za-z0-9 ._:/()#,@\[\]+=&;{}!$*-]+`, 255, "1 to 255 letters, digits, spaces or ._-:/()#,@[]+=&;{}!$*")
	stackName  = pattern(`[A-Za-z0-9][A-Za-z0-9_-]*`, 128, "letters, digits, _ or -, beginning with a letter or digit")
	tfName     = pattern(`[A-Za-z_][A-Za-z0-9_-]*`, 255, "a Terraform name: letters, digits, _ or -, not beginning with a digit")
	stateKey   = pattern(`[A-Za-z0-9!_.*'()-](?:[A-Za-z0-9!_.*'()/-]*[A-Za-z0-9!_.*'()-])?`, 1024, "an object key such as dev/terraform.tfstate, without / at its ends")
	keyPrefix  = pattern(`[A-Za-z0-9!_.*'()/-]+`, 1024, "a prefix of object keys such as terraform-state/")
	action     = pattern(`secretsmanager:[A-Za-z*]+`, 128, "an action such as secretsmanager:GetSecretValue")
	version    = pattern(` *(?:(?:>=|<=|!=|~>|=|>|<)? *[0-9]+(?:\.[0-9]+){0,2}(?:-[0-9A-Za-z.-]+)?)(?: *, *(?:>=|<=|!=|~>|=|>|<)? *[0-9]+(?:\.[0-9]+){0,2}(?:-[0-9A-Za-z.-]+)?)* *`, 100, `a version constraint such as ">= 1.2.0"`)
	envName    = pattern(`[A-Za-z_][A-Za-z0-9_]*`, 255, "letters, digits or _, not beginning with a digit")
	kmsKeyARN  = pattern(`arn:aws(-[a-z]+)*:kms:[a-z]{2}(-[a-z]+)+-[0-9]+:[0-9]{12}:key/(mrk-)?[0-9a-f-]+`, 2048, "a key's ARN, arn:aws:kms:<region>:<12 digits>:key/<id>; an alias is not taken")
	workPool   = pattern(WorkPoolExpression, 255, WorkPoolWanted)
)

func nameTag(value string) error {
	if strings.HasPrefix(value, "sg-") || strings.HasPrefix(strings.ToLower(value), "aws:") {
		return fmt.Errorf("got %q, want %s", value, NameTagWanted)
	}
	return pattern(NameTagExpression, NameTagMax, NameTagWanted)(value)
}

// securityGroupName: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
func securityGroupName(value string) error {
	if strings.HasPrefix(value, "sg-") {
		return fmt.Errorf("got %q, want a name that does not begin with sg-", value)
	}
	return sgName(value)
}

// logGroupName: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
func logGroupName(value string) error {
	if strings.HasPrefix(value, "aws/") {
		return fmt.Errorf("got %q, want a name that does not begin with aws/", value)
	}
	return logGroup(value)
}

// apiURL catches the addresses that people take from Prefect Cloud's user
// interface by mistake.
func apiURL(value string) error {
	switch {
	case strings.Contains(value, "://app.prefect.cloud"):
		return fmt.Errorf("got %q, the address of the user interface; want %s", value, APIURLWanted)
	case strings.Contains(value, "/account/") || strings.Contains(value, "/workspace/"):
		return fmt.Errorf("got %q, want accounts/ and workspaces/: %s", value, APIURLWanted)
	}
	return pattern(APIURLExpression, 2048, APIURLWanted)(value)
}

func secretARN(value string) error {
	return pattern(SecretARNExpression, 2048, SecretARNWanted)(value)
}

// bucketName: https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
func bucketName(value string) error {
	const wanted = "3 to 63 lower-case letters, digits, . or -, beginning and ending with a letter or digit"
	if err := pattern(`[a-z0-9][a-z0-9.-]+[a-z0-9]`, 63, wanted)(value); err != nil {
		return err
	}
	if _, err := netip.ParseAddr(value); err == nil {
		return fmt.Errorf("got %q, an IP address; want %s", value, wanted)
	}
	if strings.Contains(value, "..") {
		return fmt.Errorf("got %q, want no two dots in a row", value)
	}
	for _, prefix := range []string{"xn--", "sthree-", "amzn-s3-demo-"} {
		if strings.HasPrefix(value, prefix) {
			return fmt.Errorf("got %q, want a name that does not begin with %s, which AWS reserves", value, prefix)
		}
	}
	for _, suffix := range []string{"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"} {
		if strings.HasSuffix(value, suffix) {
			return fmt.Errorf("got %q, want a name that does not end with %s, which AWS reserves", value, suffix)
		}
	}
	return nil
}

// sortedKeys lists a map's keys in order: map order must not reach a person.
func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
