// Package restore makes an older version of a Terraform state in S3 the
// current one again.
package restore

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
)

// Store is where a stack's state lies.
type Store struct {
	Backend
	s3       *s3.Client
	dynamodb *dynamodb.Client
}

// Open reaches the backend with the credentials that the AWS CLI would use,
// unless an option says otherwise.
func Open(ctx context.Context, b Backend, options ...func(*config.LoadOptions) error) (*Store, error) {
	c, err := config.LoadDefaultConfig(ctx, append(options, config.WithRegion(b.Region))...)
	if err != nil {
		return nil, err
	}
	quiet := func(o *s3.Options) { o.DisableLogOutputChecksumValidationSkipped = true } // older versions have none
	return &Store{b, s3.NewFromConfig(c, quiet), dynamodb.NewFromConfig(c)}, nil
}

// Version is one version of the state.
type Version struct {
	ID       string
	Modified time.Time
	Current  bool
	State    State
	content  []byte
}

// State is what is told of a state's content.
type State struct {
	Serial    int
	Lineage   string // the same in all versions of one state
	Resources int
}

// Versions lists up to n versions of the state, the newest first.
func (s *Store) Versions(ctx context.Context, n int) ([]Version, error) {
	out, err := s.s3.ListObjectVersions(ctx, &s3.ListObjectVersionsInput{Bucket: &s.Bucket, Prefix: &s.Key})
	if err != nil {
		return nil, err
	}
	var all []Version
	for _, v := range out.Versions {
		if *v.Key != s.Key || len(all) == n { // the prefix also finds the lock beside the state
			continue
		}
		version := Version{ID: *v.VersionId, Modified: *v.LastModified, Current: *v.IsLatest}
		if version.content, err = s.get(ctx, version.ID); err != nil {
			return nil, fmt.Errorf("version %s: %w", version.ID, err)
		}
		version.State, _ = parse(version.content) // a damaged version is listed too
		all = append(all, version)
	}
	return all, nil
}

// parse reads a state; it fails for what is none.
func parse(content []byte) (State, error) {
	var state struct {
		Serial    int
		Lineage   string
		Resources []struct {
			Mode      string
			Instances []json.RawMessage
		}
	}
	if err := json.Unmarshal(content, &state); err != nil {
		return State{}, fmt.Errorf("not a state: %w", err)
	}
	if state.Lineage == "" {
		return State{}, errors.New("not a state: it has no lineage")
	}
	s := State{Serial: state.Serial, Lineage: state.Lineage}
	for _, r := range state.Resources {
		if r.Mode == "managed" {
			s.Resources += len(r.Instances)
		}
	}
	return s, nil
}

func (s *Store) get(ctx context.Context, version string) ([]byte, error) {
	out, err := s.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.Bucket, Key: &s.Key, VersionId: &version})
	if err != nil {
		return nil, err
	}
	defer out.Body.Close()
	return io.ReadAll(out.Body)
}

// Restore writes the content of a version as a new one, encrypted as the
// backend does it, and the digest by which Terraform knows it. The versions in
// between stay: a restore can be undone by another.
func (s *Store) Restore(ctx context.Context, versions []Version, id string) error {
	i := slices.IndexFunc(versions, func(v Version) bool { return v.ID == id })
	if i < 0 {
		return fmt.Errorf("version: got %q, want one of those listed", id)
	}
	if _, err := parse(versions[i].content); err != nil {
		return fmt.Errorf("version %s: %w", id, err)
	}
	if lock, err := s.Lock(ctx); err != nil || lock != "" {
		return errors.Join(err, lockedError(lock))
	}
	return s.Put(ctx, versions[i].content)
}

func lockedError(lock string) error {
	if lock == "" {
		return nil
	}
	return fmt.Errorf("the state is locked: %s; let that run end, or terraform force-unlock it", lock)
}

// Put makes content the current state and writes its digest.
func (s *Store) Put(ctx context.Context, content []byte) error {
	if err := s.PutObject(ctx, content); err != nil || s.DynamoDBTable == "" {
		return err
	}
	// Terraform refuses a state whose digest in the table differs.
	_, err := s.dynamodb.PutItem(ctx, &dynamodb.PutItemInput{TableName: &s.DynamoDBTable, Item: map[string]dynamotypes.AttributeValue{
		"LockID": &dynamotypes.AttributeValueMemberS{Value: s.lockID() + "-md5"},
		"Digest": &dynamotypes.AttributeValueMemberS{Value: Digest(content)},
	}})
	return err
}

// PutObject makes content the current state, and leaves its digest wrong.
func (s *Store) PutObject(ctx context.Context, content []byte) error {
	input := &s3.PutObjectInput{Bucket: &s.Bucket, Key: &s.Key, Body: bytes.NewReader(content), ContentType: aws.String("application/json")}
	switch {
	case s.KMSKeyID != "":
		input.ServerSideEncryption, input.SSEKMSKeyId = s3types.ServerSideEncryptionAwsKms, &s.KMSKeyID
	case s.Encrypt:
		input.ServerSideEncryption = s3types.ServerSideEncryptionAes256
	}
	_, err := s.s3.PutObject(ctx, input)
	return err
}

// Digest is what Terraform keeps in the lock table to notice a stale state.
func Digest(content []byte) string {
	sum := md5.Sum(content)
	return hex.EncodeToString(sum[:])
}

// Lock says who holds a lock, or "".
func (s *Store) Lock(ctx context.Context) (string, error) {
	if s.UseLockfile {
		out, err := s.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.Bucket, Key: aws.String(s.Key + ".tflock")})
		var missing *s3types.NoSuchKey
		if err == nil {
			defer out.Body.Close()
			info, err := io.ReadAll(out.Body)
			return string(info), err
		} else if !errors.As(err, &missing) {
			return "", err
		}
	}
	if s.DynamoDBTable == "" {
		return "", nil
	}
	out, err := s.dynamodb.GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.DynamoDBTable, ConsistentRead: aws.Bool(true),
		Key: map[string]dynamotypes.AttributeValue{"LockID": &dynamotypes.AttributeValueMemberS{Value: s.lockID()}}})
	if err != nil || out.Item == nil {
		return "", err
	}
	if info, ok := out.Item["Info"].(*dynamotypes.AttributeValueMemberS); ok {
		return info.Value, nil
	}
	return s.lockID(), nil
}

// lockID is the name under which Terraform keeps a state's items in the table.
func (s *Store) lockID() string { return s.Bucket + "/" + s.Key }

// Empty is a state of the same lineage without resources, as a run against the
// wrong folder would leave it.
func Empty(after State) []byte {
	return fmt.Appendf(nil, `{"version":4,"terraform_version":"1.11.0","serial":%d,"lineage":%q,"outputs":{},"resources":[]}`, after.Serial+1, after.Lineage)
}
