package awsconfig

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/smithy-go"
)

// SignIn is what to do without credentials.
const SignIn = "sign in, for example: aws sso login --profile NAME && export AWS_PROFILE=NAME (https://docs.aws.amazon.com/cli/latest/userguide/cli-chap-authentication.html)"

// refused are the codes with which AWS refuses credentials, whatever they may do.
var refused = []string{"ExpiredToken", "ExpiredTokenException", "InvalidClientTokenId", "InvalidAccessKeyId", "SignatureDoesNotMatch", "UnrecognizedClientException", "InvalidToken", "AuthFailure"}

// Explain is an error of AWS in one line, without what the SDK puts around it,
// and with what to do. It unwraps to the error itself.
func Explain(err error) error {
	if err == nil || errors.Is(err, context.Canceled) {
		return err
	}
	var api smithy.APIError
	var profile config.SharedConfigProfileNotExistError
	next := ""
	switch {
	case errors.As(err, &profile):
		next = "list the profiles with: aws configure list-profiles"
	case errors.As(err, &api) && slices.Contains(refused, api.ErrorCode()), missing(err):
		next = SignIn
	case errors.As(err, &api) && api.ErrorCode() == "NoSuchBucket":
		next = "correct terraform.backend.s3.bucket, or create the bucket: docs/state.md"
	case errors.As(err, &api) && (api.ErrorCode() == "PermanentRedirect" || api.ErrorCode() == "AuthorizationHeaderMalformed" || api.ErrorCode() == "IllegalLocationConstraintException"):
		next = "the bucket is in another region: correct terraform.backend.s3.region, or REGION="
	case errors.As(err, &api) && denied(api.ErrorCode()):
		next = "have the action allowed, or sign in with an identity that is allowed it: aws sts get-caller-identity shows who you are"
	case errors.As(err, &api):
	case errors.As(err, new(*net.OpError)), errors.As(err, new(*net.DNSError)):
		next = "try again where AWS can be reached; a proxy is set with HTTPS_PROXY"
	}
	what := Cause(err)
	if api == nil && profile.Profile == "" && missing(err) {
		what = "AWS credentials: " + what
	}
	return &explained{what, next, err}
}

type explained struct {
	cause, next string
	err         error
}

func (e *explained) Error() string {
	if e.next == "" {
		return e.cause
	}
	return e.cause + "; " + e.next
}

func (e *explained) Unwrap() error { return e.err }

func denied(code string) bool {
	return strings.Contains(code, "Denied") || strings.Contains(code, "Unauthorized") || code == "Forbidden"
}

// missing says whether there are no credentials. What the SDK says of a machine
// without a role is about its metadata service, which most have never heard of.
func missing(err error) bool {
	text := err.Error()
	return strings.Contains(text, "EC2 IMDS") || strings.Contains(text, "get credentials") || strings.Contains(text, "failed to refresh cached credentials")
}

// Cause is AWS's own code and message of an error, or what is wrong with the
// network or the credentials, in one line.
func Cause(err error) string {
	var api smithy.APIError
	if errors.As(err, &api) {
		return api.ErrorCode() + ": " + strings.Join(strings.Fields(api.ErrorMessage()), " ")
	}
	var unreachable *net.OpError
	var unknown *net.DNSError
	var profile config.SharedConfigProfileNotExistError
	switch {
	case errors.As(err, &profile):
		return "AWS_PROFILE: got " + profile.Profile + ", which ~/.aws/config does not have"
	case strings.Contains(err.Error(), "EC2 IMDS"):
		return "none were found: neither the environment, nor a profile, nor a role of this machine has any"
	case errors.As(err, &unknown):
		return unknown.Name + " is not known here: is this machine online?"
	case errors.As(err, &unreachable):
		return "not reachable from here: " + unreachable.Error()
	}
	return strings.Join(strings.Fields(err.Error()), " ")
}
