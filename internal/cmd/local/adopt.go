package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	"github.com/dustin/go-humanize/english"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/adopt/judge"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/awsconfig"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/toolchain"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// adoptState writes the environment file of a deployment from its state. All
// files are written at the end, and none that there is already.
func adoptState(ctx context.Context, root string, args []string) error {
	flags := flag.NewFlagSet("adopt", flag.ContinueOnError)
	from := flags.String("state", "", "the state: a file, or s3://bucket/key")
	name := flags.String("name", "", "the stack's name; default: the cluster's")
	region := flags.String("region", "", "region of the state's bucket; default: the AWS configuration's")
	if err := parse(flags, args); err != nil {
		return err
	}
	if *from == "" {
		return errors.New("STATE: got none, want a Terraform state: make adopt STATE=../deployment/terraform.tfstate, or STATE=s3://bucket/key")
	}
	if *name != "" {
		if err := settings.Rules["stackName"].Text(*name); err != nil {
			return fmt.Errorf("NAME: %w", err)
		}
		if err := free(root, *name); err != nil {
			return err
		}
	}
	source, err := openState(ctx, root, *from, *region)
	if err != nil {
		return fmt.Errorf("STATE: %w", err)
	}
	job := &judge.Job{State: source.content, Name: *name, Backend: source.backend, Log: os.Stderr}
	result, err := adoptJob(ctx, root, job)
	var parse *judge.StateError
	if errors.As(err, &parse) {
		return fmt.Errorf("STATE: %s %w", *from, err)
	}
	if err != nil {
		return withoutValue(err)
	}
	if err := source.unchanged(); err != nil {
		return err
	}
	if err := free(root, result.Name); err != nil {
		return err
	}
	if err := writeAll(ctx, filepath.Join(root, "environments"), result); err != nil {
		return err
	}
	printAdoption(os.Stdout, source, result)
	return nil
}

// adoptJob prepares what the job needs, and does it.
func adoptJob(ctx context.Context, root string, job *judge.Job) (*judge.Result, error) {
	name, err := job.Check() // before anything takes long
	if err != nil {
		return nil, err
	}
	if err := free(root, name); err != nil {
		return nil, err
	}
	part := toolchain.TerraformTools
	if os.Getenv("TF_CLI_CONFIG_FILE") != "" || os.Getenv("TF_REATTACH_PROVIDERS") != "" { // the user says where providers come from
		part = toolchain.TerraformAlone
	}
	tools, err := toolchain.Prepare(ctx, root, os.Stderr, part)
	if err != nil {
		return nil, err
	}
	w, err := newWorkspace(ctx, root)
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(w.dir)
	job.Synthesize = w.synthesizeIn
	job.Terraform, job.Env = tools.Terraform.Path, tools.Env()
	job.Removed = tools.Terraform.HasRemoved()
	job.AWS = hasCredentials(ctx)
	return job.Adopt(ctx)
}

var noValue = regexp.MustCompile(`The secret (\S+) has no value`)

// withoutValue adds to a plan's error, which names a command of the stack, what to do
// before there is that stack.
func withoutValue(err error) error {
	if found := noValue.FindStringSubmatch(err.Error()); found != nil {
		return fmt.Errorf("%w\n  next: the stack does not exist yet; store the value with aws secretsmanager put-secret-value --secret-id %s --secret-string …, then run make adopt again", err, found[1])
	}
	return err
}

// hasCredentials says whether AWS can be asked.
func hasCredentials(ctx context.Context) bool {
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	c, err := awsconfig.Load(ctx, "", nil)
	if err != nil {
		return false
	}
	_, err = c.Credentials.Retrieve(ctx)
	return err == nil
}

// free refuses a name that is taken.
func free(root, name string) error {
	for _, file := range []string{name + ".yaml", name + ".yml", name} {
		path := filepath.Join(root, "environments", file)
		if _, err := os.Lstat(path); err == nil {
			return fmt.Errorf("environments/%s exists already and is not overwritten; give another name: NAME=%s-adopted", file, name)
		}
	}
	return nil
}

// stateSource is a state that is only read.
type stateSource struct {
	name    string
	content []byte
	backend map[string]any
	file    string // "": it is in S3
	copyTo  string // where the stack expects a state that is a file
}

func openState(ctx context.Context, root, name, region string) (*stateSource, error) {
	if strings.HasPrefix(name, "s3://") {
		return openS3(ctx, name, region)
	}
	info, err := os.Stat(name)
	switch {
	case os.IsNotExist(err):
		return nil, fmt.Errorf("no such file: %s; want the file that terraform state pull prints, or s3://bucket/key", name)
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a file; want the state in it, such as %s", name, filepath.Join(name, "terraform.tfstate"))
	}
	content, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	s := &stateSource{name: name, content: content, file: name}
	absolute, err := filepath.Abs(name)
	if err != nil {
		return nil, err
	}
	path := "terraform.{stack}.tfstate"
	if inside, err := filepath.Rel(root, absolute); err == nil && settings.Rules["statePath"].Text(inside) == nil && filepath.IsLocal(inside) {
		path = inside
	} else {
		s.copyTo = path
	}
	s.backend = backend("local", map[string]any{"path": path})
	return s, nil
}

// backend is one place of the state, and none of the others that a preset may have.
func backend(kind string, arguments map[string]any) map[string]any {
	all := map[string]any{"s3": nil, "local": nil}
	all[kind] = arguments
	return all
}

// openS3 gets the object, and nothing else.
func openS3(ctx context.Context, name, region string) (*stateSource, error) {
	u, err := url.Parse(name)
	if err != nil || u.Host == "" || strings.Trim(u.Path, "/") == "" {
		return nil, fmt.Errorf("got %q, want s3://bucket/key", name)
	}
	c, err := awsconfig.Load(ctx, region, nil)
	if err != nil {
		return nil, err
	}
	if c.Region == "" {
		return nil, fmt.Errorf("got %s without a region; give the bucket's: REGION=us-east-1", name)
	}
	bucket, key := u.Host, strings.TrimPrefix(u.Path, "/")
	out, err := s3.NewFromConfig(c).GetObject(ctx, &s3.GetObjectInput{Bucket: &bucket, Key: &key})
	var api smithy.APIError
	switch {
	case errors.As(err, &api) && api.ErrorCode() == "NoSuchBucket":
		return nil, fmt.Errorf("no such bucket %s; the account's buckets: aws s3 ls", bucket)
	case errors.As(err, &api) && (api.ErrorCode() == "NoSuchKey" || api.ErrorCode() == "NotFound"):
		return nil, fmt.Errorf("no such object %s; what the bucket holds: aws s3 ls s3://%s --recursive", name, bucket)
	case err != nil:
		return nil, fmt.Errorf("%s in %s: %w", name, c.Region, awsconfig.Explain(err))
	}
	defer out.Body.Close()
	content, err := io.ReadAll(out.Body)
	if err != nil {
		return nil, err
	}
	// How the team locks it the object does not say, and a preset's table is not theirs.
	arguments := map[string]any{"bucket": bucket, "key": key, "region": c.Region, "encrypt": out.ServerSideEncryption != "", "dynamodbTable": "", "lock": settings.LockS3}
	return &stateSource{name: name, content: content, backend: backend("s3", arguments)}, nil
}

// unchanged makes sure that the file is as it was.
func (s *stateSource) unchanged() error {
	if s.file == "" {
		return nil
	}
	now, err := os.ReadFile(s.file)
	if err != nil {
		return err
	}
	if sha256.Sum256(now) != sha256.Sum256(s.content) {
		return fmt.Errorf("STATE: %s has changed meanwhile; nothing was written; run it again", s.name)
	}
	return nil
}

// writeAll writes all files or none.
func writeAll(ctx context.Context, environments string, result *judge.Result) (err error) {
	tmp, err := os.MkdirTemp(environments, ".adopt-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(tmp)) }()
	for name, text := range result.Files {
		file := filepath.Join(tmp, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, text, 0o644); err != nil {
			return err
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	folder := filepath.Join(environments, result.Name)
	if len(result.Files) > 1 {
		if err := os.Chmod(filepath.Join(tmp, result.Name), 0o755); err != nil {
			return err
		}
		if err := os.Rename(filepath.Join(tmp, result.Name), folder); err != nil {
			return err
		}
	}
	// A link does not overwrite what somebody made meanwhile.
	if err := os.Link(filepath.Join(tmp, result.Name+".yaml"), filepath.Join(environments, result.Name+".yaml")); err != nil {
		if len(result.Files) > 1 {
			err = errors.Join(err, os.RemoveAll(folder))
		}
		return err
	}
	return nil
}

func printAdoption(w io.Writer, source *stateSource, result *judge.Result) {
	var b bytes.Buffer
	for _, name := range slices.Sorted(maps.Keys(result.Files)) {
		fmt.Fprintf(&b, "wrote environments/%s\n", name)
	}
	if len(result.Report) > 0 {
		b.WriteByte('\n')
	}
	for _, line := range result.Report {
		fmt.Fprintln(&b, line)
	}
	b.WriteByte('\n')
	switch {
	case !result.Planned:
		fmt.Fprintln(&b, "There are no AWS credentials here, so there is no plan: the files match the state. With credentials, the plan below shows whether AWS has what the state says.")
	case result.Remaining == 0:
		fmt.Fprintln(&b, "The plan changes no resource.")
	default:
		fmt.Fprintf(&b, "The plan changes %s, as said above.\n", english.Plural(result.Remaining, "resource", ""))
	}
	if result.Left == 1 {
		fmt.Fprintln(&b, "1 resource leaves the state and stays in AWS, as said above.")
	} else if result.Left > 1 {
		fmt.Fprintf(&b, "What leaves the state and stays in AWS, as said above: %s.\n", english.Plural(result.Left, "resource", ""))
	}
	fmt.Fprintf(&b, "\nThe state was only read. Next:\n")
	switch {
	case source.file == "":
		fmt.Fprintf(&b, "  # the backend locks with a file beside the state (lock: s3, Terraform 1.11); a team that locks with a table sets dynamodbTable, and lock: both\n")
	case result.Shown:
		fmt.Fprintf(&b, "  terraform state pull > …/terraform.%s.tfstate   # in the folder of the old configuration: what terraform show prints is no state\n", result.Name)
	case source.copyTo != "":
		fmt.Fprintf(&b, "  cp %s %s\n", source.file, strings.ReplaceAll(source.copyTo, "{stack}", result.Name))
	}
	for _, name := range result.Variables {
		fmt.Fprintf(&b, "  export TF_VAR_%s=…   # the current value; with another one, the plan changes it\n", name)
	}
	fmt.Fprintf(&b, "  make synth STACK=%s\n", result.Name)
	chdir := "terraform -chdir=cdktf.out/stacks/" + result.Name
	fmt.Fprintf(&b, "  %s init\n  %[1]s plan\n  %[1]s apply   # once the plan is what you expect; do not use the old configuration after that\n", chdir)
	_, _ = w.Write(b.Bytes())
}
