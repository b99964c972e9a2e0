package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/dustin/go-humanize/english"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/awsconfig"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/restore"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
)

// Place looks at where a stack's state is kept: the bucket, the lock table and
// whoever holds the lock. It reads which resources the state has, and nothing else
// of it. dir is the folder of the synthesized stack.
func Place(ctx context.Context, dir, stack, stateBackend string) (State, []Finding) {
	if file, ok := localState(dir); ok {
		return readLocal(file)
	}
	b, err := restore.BackendOf(dir)
	if err != nil { // kept by its own server, such as GitLab's
		return State{}, []Finding{{Unknown, "state", "it is not in S3, so it is not checked", "terraform init in cdktf.out/stacks/" + stack + " tells whether it can be reached"}}
	}
	var options []func(*config.LoadOptions) error
	if b.Profile != "" {
		options = append(options, config.WithSharedConfigProfile(b.Profile))
	}
	c, err := awsconfig.Load(ctx, b.Region, b.AssumeRole, options...)
	if err != nil {
		return State{}, []Finding{{Problem, "state", awsconfig.Cause(err), "see AWS credentials"}}
	}
	if _, err := c.Credentials.Retrieve(ctx); err != nil {
		return State{}, []Finding{{Unknown, "state", "skipped: no AWS credentials (see below)", ""}}
	}
	make := "create it: npx cdktf deploy " + stateBackend
	if stateBackend == "" {
		make = "create it, or correct terraform.backend.s3 in the environment file"
	}
	client := s3.NewFromConfig(c, func(o *s3.Options) { o.DisableLogOutputChecksumValidationSkipped = true })
	where := fmt.Sprintf("s3://%s/%s", b.Bucket, b.Key)
	all := bucket(ctx, client, b, make)
	if len(all) > 0 && all[0].Level != Warning {
		return State{}, all
	}
	if b.DynamoDBTable != "" {
		if _, err := dynamodb.NewFromConfig(c).DescribeTable(ctx, &dynamodb.DescribeTableInput{TableName: &b.DynamoDBTable}); err != nil {
			if exists, err := found(err, "ResourceNotFoundException"); err == nil && !exists {
				return State{}, []Finding{{Problem, "state", fmt.Sprintf("there is no table %s in %s to lock it with", b.DynamoDBTable, b.Region), make}}
			}
			return State{}, []Finding{unreadable("state", err, "dynamodb:DescribeTable")}
		}
	}
	if store, err := restore.Open(ctx, b); err == nil {
		if holder, err := store.Holder(ctx); err == nil && holder != "" {
			all = append(all, held(holder, stack))
		}
	}
	object, err := client.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.Bucket, Key: &b.Key})
	var missing *s3types.NoSuchKey
	switch {
	case errors.As(err, &missing):
		return State{Known: true}, append(all, ok("state", "%s: none yet, the stack is new", where))
	case err != nil:
		return State{}, append(all, unreadable("state", err, "s3:GetObject"))
	}
	defer object.Body.Close()
	data, err := io.ReadAll(object.Body)
	if err != nil {
		return State{}, append(all, unreadable("state", err, "s3:GetObject"))
	}
	state, finding := read(where, data)
	return state, append(all, finding)
}

// bucket looks at the bucket; nil where all is well.
func bucket(ctx context.Context, client *s3.Client, b restore.Backend, make string) []Finding {
	_, err := client.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &b.Bucket})
	var api smithy.APIError
	switch {
	case err == nil:
	case errors.As(err, &api) && (api.ErrorCode() == "NotFound" || api.ErrorCode() == "NoSuchBucket"):
		return []Finding{{Problem, "state", fmt.Sprintf("there is no bucket %s", b.Bucket), make}}
	case errors.As(err, &api) && (api.ErrorCode() == "Forbidden" || api.ErrorCode() == "AccessDenied"):
		return []Finding{{Problem, "state", fmt.Sprintf("the bucket %s is not yours, or you may not list it", b.Bucket), "set terraform.backend.s3.bucket to your own; bucket names must be globally unique"}}
	case errors.As(err, &api) && (api.ErrorCode() == "MovedPermanently" || api.ErrorCode() == "PermanentRedirect"):
		return []Finding{{Problem, "state", fmt.Sprintf("the bucket %s is not in %s", b.Bucket, b.Region), "set terraform.backend.s3.region to the bucket's region"}}
	default:
		return []Finding{unreadable("state", err, "s3:ListBucket")}
	}
	versioning, err := client.GetBucketVersioning(ctx, &s3.GetBucketVersioningInput{Bucket: &b.Bucket})
	if err == nil && versioning.Status != s3types.BucketVersioningStatusEnabled {
		return []Finding{{Warning, "state", fmt.Sprintf("the bucket %s keeps no old versions: a lost state cannot be restored", b.Bucket), "enable versioning: aws s3api put-bucket-versioning --bucket " + b.Bucket + " --versioning-configuration Status=Enabled"}}
	}
	return nil
}

// held says who holds the lock.
func held(holder, stack string) Finding {
	var info struct {
		ID, Operation, Who string
		Created            time.Time
	}
	_ = json.Unmarshal([]byte(holder), &info) // of another tool: without details
	return Finding{Warning, "state lock", fmt.Sprintf("%s holds it since %s (%s)", info.Who, info.Created.Format(time.RFC3339), info.Operation),
		fmt.Sprintf("wait; if nobody is running Terraform any more: terraform -chdir=cdktf.out/stacks/%s force-unlock %s", stack, info.ID)}
}

// localState is the file of a local backend.
func localState(dir string) (string, bool) {
	data, err := os.ReadFile(filepath.Join(dir, synthesized.FileName))
	if err != nil {
		return "", false
	}
	var stack struct {
		Terraform struct {
			Backend struct{ Local *struct{ Path string } }
		}
	}
	if json.Unmarshal(data, &stack) != nil || stack.Terraform.Backend.Local == nil {
		return "", false
	}
	file := stack.Terraform.Backend.Local.Path
	if !filepath.IsAbs(file) {
		file = filepath.Join(dir, file)
	}
	return file, true
}

func readLocal(file string) (State, []Finding) {
	data, err := os.ReadFile(file)
	if errors.Is(err, os.ErrNotExist) {
		return State{Known: true}, []Finding{ok("state", "%s: none yet, the stack is new", file)}
	} else if err != nil {
		return State{}, []Finding{{Problem, "state", oneLine(err), "make it readable"}}
	}
	state, f := read(file, data)
	return state, []Finding{f}
}

// read is which resources a state has.
func read(where string, data []byte) (State, Finding) {
	var content struct {
		Version   int
		Resources []struct {
			Mode, Type, Name string
			Instances        []any
		}
	}
	if err := json.Unmarshal(data, &content); err != nil || content.Version == 0 {
		return State{}, Finding{Problem, "state", where + " is not a state", "restore an older version: make restore-drill STACK=…"}
	}
	s := State{Known: true, Has: map[string]bool{}}
	n := 0
	for _, r := range content.Resources {
		if r.Mode == "managed" {
			s.Has[r.Type+"."+r.Name] = true
			n += len(r.Instances)
		}
	}
	return s, ok("state", "%s: %s", where, english.Plural(n, "resource", ""))
}
