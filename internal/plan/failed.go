package plan

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/review"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
)

// Failed is an error of Terraform's: what it says, where what it speaks of comes
// from, and what to do.
type Failed struct {
	stack       *Stack
	diagnostics []tfjson.Diagnostic
	text        string // what Terraform printed otherwise
	err         error
}

func (e *events) failed(err error, stderr string) *Failed {
	f := &Failed{stack: e.stack, err: err, text: strings.TrimSpace(strings.Join(append(e.other, stderr), "\n"))}
	for _, d := range e.diagnostics {
		if d.Severity == tfjson.DiagnosticSeverityError {
			f.diagnostics = append(f.diagnostics, d)
		}
	}
	return f
}

// failedInit reads the errors that terraform init prints, which has no JSON for them
// in all versions.
func failedInit(s *Stack, out string, err error) *Failed {
	f := &Failed{stack: s, err: err}
	for _, part := range strings.Split("\n"+out, "\nError: ")[1:] {
		summary, detail, _ := strings.Cut(part, "\n")
		f.diagnostics = append(f.diagnostics, tfjson.Diagnostic{Severity: tfjson.DiagnosticSeverityError, Summary: summary, Detail: strings.TrimSpace(detail)})
	}
	if f.diagnostics == nil {
		f.text = strings.TrimSpace(out)
	}
	return f
}

var asksForInit = regexp.MustCompile(`(terraform|tofu) init`)

// wantsInit says whether init would help.
func (f *Failed) wantsInit() bool {
	return slices.ContainsFunc(f.diagnostics, func(d tfjson.Diagnostic) bool { return says(d, asksForInit) }) || asksForInit.MatchString(f.text)
}

func says(d tfjson.Diagnostic, text *regexp.Regexp) bool {
	return text.MatchString(d.Summary + "\n" + d.Detail)
}

// Error has a paragraph for each of Terraform's errors.
func (f *Failed) Error() string {
	hide := f.stack.secrets()
	if f.diagnostics == nil {
		text := f.text
		if text == "" {
			text = f.err.Error()
		}
		return fmt.Sprintf("Terraform failed: %s\n  next: %s", hide(text), f.stack.doctor())
	}
	var all []string
	told := map[string]bool{}
	for _, d := range f.diagnostics {
		// Terraform says in two ways that there are no credentials, or no bucket.
		if detail, next := f.stack.next(d); detail != d.Detail || says(d, noBucket) {
			if told[next] {
				continue
			}
			told[next] = true
		}
		if one := hide(f.stack.paragraph(d)); !slices.Contains(all, one) {
			all = append(all, one)
		}
	}
	return strings.Join(all, "\n\n")
}

// Text is what Terraform warns of, in a paragraph.
func (s *Stack) Text(d tfjson.Diagnostic) string { return s.secrets()(s.paragraph(d)) }

func (s *Stack) paragraph(d tfjson.Diagnostic) string {
	detail, next := strings.TrimSpace(d.Detail), ""
	if d.Severity == tfjson.DiagnosticSeverityError {
		detail, next = s.next(d)
	}
	kind := "Error"
	if d.Severity == tfjson.DiagnosticSeverityWarning {
		kind = "Warning"
	}
	lines := []string{kind + ": " + d.Summary}
	for line := range strings.SplitSeq(detail, "\n") {
		if line = strings.TrimRight(line, " \r"); line != "" {
			lines = append(lines, "  "+line)
		}
	}
	if at := s.at(d); at != "" {
		lines = append(lines, "  at: "+at)
	}
	if next != "" {
		lines = append(lines, "  next: "+next)
	}
	return review.Visible(strings.Join(lines, "\n"))
}

// at says where what an error speaks of comes from.
func (s *Stack) at(d tfjson.Diagnostic) string {
	var all []string
	if d.Address != "" {
		all = append(all, d.Address)
		if s.Where != nil {
			if where := s.Where(d.Address); where != "" {
				all = append(all, where)
			}
		}
	}
	if d.Range != nil && d.Range.Filename != "" {
		file := d.Range.Filename
		switch {
		case file == synthesized.FileName && len(all) > 1: // the setting says more
			file = ""
		case s.Beside != "" && file != synthesized.FileName:
			if beside := filepath.Join(s.Beside, file); isFile(beside) {
				file = beside
				break
			}
			fallthrough
		case !filepath.IsAbs(file):
			file = filepath.Join(s.Dir, file)
		}
		if file != "" {
			all = append(all, fmt.Sprintf("%s:%d", file, d.Range.Start.Line))
		}
	}
	return strings.Join(all, ", ")
}

func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

func (s *Stack) doctor() string { return "make doctor STACK=" + s.Name + " looks at what a plan needs" }

// command is one of Terraform's for the stack's folder, as a user types it.
func (s *Stack) command(args string) string {
	return fmt.Sprintf("%s -chdir=%s %s", filepath.Base(s.Terraform), s.Dir, args)
}

var (
	lockInfo = regexp.MustCompile(`(?m)^\s*(ID|Operation|Who|Created):\s*(\S.*?)\s*$`)
	variable = regexp.MustCompile(`[Vv]ariable "([^"]+)"`)
	noBucket = regexp.MustCompile(`(?i)bucket .*does not exist|NoSuchBucket`)
)

// ofVariable is how the errors of this app's validations begin.
var ofVariable = regexp.MustCompile(`^([A-Za-z_][A-Za-z0-9_-]*): `)

// setting is where the environment file gives a variable its value, or "".
func (s *Stack) setting(variable string) string {
	if s.Setting == nil {
		return ""
	}
	return s.Setting(variable)
}

// step is what to do about an error that says something.
type step struct {
	says *regexp.Regexp
	next func(s *Stack, d tfjson.Diagnostic) (detail, next string)
}

var stateLock = regexp.MustCompile(`acquiring the state lock`)

var steps = []step{
	{regexp.MustCompile(`EC2 IMDS|[Nn]o valid credential sources|get credentials: .*no providers`), func(s *Stack, _ tfjson.Diagnostic) (string, string) {
		return "There are no AWS credentials: neither the environment, nor a profile, nor a role of this machine has any.",
			"aws sso login, or export AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY; for the local AWS: eval \"$(make -s emulator)\""
	}},
	{regexp.MustCompile(`ExpiredToken|RequestExpired|token (has )?expired|session has expired|InvalidClientTokenId|InvalidAccessKeyId|UnrecognizedClientException|InvalidGrantException|failed to get shared config profile|SignatureDoesNotMatch`),
		asSaid("renew the credentials the way you got them (aws sso login), or name others (AWS_PROFILE); make doctor STACK=%s shows whose they are")},
	{regexp.MustCompile(`Backend configuration changed|Backend type changed|Backend configuration block has changed|migrat(e|ing) (the )?(state|existing)`), func(s *Stack, d tfjson.Diagnostic) (string, string) {
		return "The state was kept elsewhere when this folder was initialized.",
			s.command("init -reconfigure") + ", which leaves the state where it was; or, to move it, " + s.command("init -migrate-state") + "; then make plan STACK=" + s.Name
	}},
	{noBucket, func(s *Stack, d tfjson.Diagnostic) (string, string) {
		if s.Maker != "" {
			return d.Detail, "create the bucket: npx cdktf deploy " + s.Maker
		}
		return d.Detail, "create the bucket, or correct terraform.backend.s3.bucket in the environment file"
	}},
	{regexp.MustCompile(`ResourceNotFoundException.*[Tt]able|[Tt]able.*ResourceNotFoundException|Requested resource not found`), func(s *Stack, d tfjson.Diagnostic) (string, string) {
		if s.Maker != "" {
			return d.Detail, "create the lock table: npx cdktf deploy " + s.Maker
		}
		return d.Detail, "create the lock table, or correct terraform.backend.s3.dynamodbTable in the environment file"
	}},
	{regexp.MustCompile(`No value for required variable`), func(s *Stack, d tfjson.Diagnostic) (string, string) {
		name := "name"
		if m := variable.FindStringSubmatch(d.Detail); m != nil {
			name = m[1]
		}
		file := "terraform.tfvars"
		if s.UnreadValues != "" {
			file = s.UnreadValues
		}
		next := fmt.Sprintf("make plan STACK=%s VAR_FILE=%s with %s in that file, or export TF_VAR_%s", s.Name, file, name, name)
		if setting := s.setting(name); setting != "" {
			next = "set " + setting + "; or " + next
		}
		return d.Detail, next
	}},
	{regexp.MustCompile(`Invalid value for (input )?variable`), func(s *Stack, d tfjson.Diagnostic) (string, string) {
		if m := ofVariable.FindStringSubmatch(d.Detail); m != nil && s.setting(m[1]) != "" {
			return d.Detail, fmt.Sprintf("set %s, or correct %s in the file that VAR_FILE names or in TF_VAR_%[2]s; make plan STACK=%s", s.setting(m[1]), m[1], s.Name)
		}
		return d.Detail, "correct the value, in the file that VAR_FILE names or in TF_VAR_…; make plan STACK=" + s.Name
	}},
	{regexp.MustCompile(`Unsupported Terraform Core version|Unsupported OpenTofu Core version`), asSaid("install a version that the stack allows, or name one: TERRAFORM_BINARY_NAME=/path/to/terraform make plan STACK=%s")},
	{regexp.MustCompile(`query available provider packages|[Cc]ould not connect to|Failed to install provider|registry\.(terraform\.io|opentofu\.org)`), asSaid("docs/closed-network.md says where a provider comes from without the registry; make doctor STACK=%s")},
	{regexp.MustCompile(`AccessDenied|UnauthorizedOperation|not authorized to perform|StatusCode: 403|Forbidden`), asSaid("allow the identity in the message that action, or use other credentials; make doctor STACK=%s shows whose they are")},
	{regexp.MustCompile(`no such host|connection refused|i/o timeout|dial tcp|TLS handshake|deadline exceeded`), func(s *Stack, d tfjson.Diagnostic) (string, string) {
		if url := os.Getenv("AWS_ENDPOINT_URL"); url != "" {
			return d.Detail, fmt.Sprintf("AWS_ENDPOINT_URL is %s: start the local AWS, eval \"$(make -s emulator)\", or, for AWS itself, open a new shell", url)
		}
		return d.Detail, "see whether this machine is online and whether a proxy is set; " + s.doctor()
	}},
}

func asSaid(next string) func(*Stack, tfjson.Diagnostic) (string, string) {
	return func(s *Stack, d tfjson.Diagnostic) (string, string) { return d.Detail, fmt.Sprintf(next, s.Name) }
}

// next says what an error means, where Terraform does not, and what to do.
func (s *Stack) next(d tfjson.Diagnostic) (detail, next string) {
	if stateLock.MatchString(d.Summary) {
		return locked(s, d)
	}
	return s.step(d)
}

func (s *Stack) step(d tfjson.Diagnostic) (detail, next string) {
	for _, step := range steps {
		if says(d, step.says) {
			return step.next(s, d)
		}
	}
	if says(d, asksForInit) {
		return d.Detail, s.command("init") + ", then make plan STACK=" + s.Name
	}
	return d.Detail, s.doctor()
}

// locked says who holds the lock. The rest of what Terraform says is about the call
// that found it held.
func locked(s *Stack, d tfjson.Diagnostic) (detail, next string) {
	info := map[string]string{}
	for _, m := range lockInfo.FindAllStringSubmatch(d.Detail, -1) {
		info[m[1]] = m[2]
	}
	if info["ID"] == "" {
		return s.step(d) // it is not held, but cannot be reached
	}
	detail = fmt.Sprintf("%s holds it since %s (%s).", info["Who"], info["Created"], info["Operation"])
	return detail, "wait until that has ended; if it no longer runs: " + s.command("force-unlock "+info["ID"])
}
