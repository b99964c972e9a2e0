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
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/awsconfig"
)

// Store is where a stack's state lies.
type Store struct {
	Backend
	s3       *s3.Client
	dynamodb *dynamodb.Client
}

// Open reaches the backend as Terraform does: with its profile and role, or the
// credentials that the AWS CLI would use, unless an option says otherwise.
func Open(ctx context.Context, b Backend, options ...func(*config.LoadOptions) error) (*Store, error) {
	if b.Profile != "" {
		options = append(options, config.WithSharedConfigProfile(b.Profile))
	}
	c, err := awsconfig.Load(ctx, b.Region, b.AssumeRole, options...)
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
	Content  []byte
}

// State summarizes a state's content.
type State struct {
	Serial    int
	Lineage   string // the same in all versions of one state
	Resources int
}

// Versions lists up to n versions of the state, the newest first.
func (s *Store) Versions(ctx context.Context, n int) (all []Version, err error) {
	err = s.eachVersion(ctx, func(v Version) bool {
		all = append(all, v)
		return len(all) < n
	})
	return all, err
}

// eachVersion reads the versions of the state, the newest first, until more
// returns false.
func (s *Store) eachVersion(ctx context.Context, more func(Version) bool) error {
	pages := s3.NewListObjectVersionsPaginator(s.s3, &s3.ListObjectVersionsInput{Bucket: &s.Bucket, Prefix: &s.Key})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, v := range page.Versions {
			if *v.Key != s.Key { // the prefix also finds the lock beside the state
				return nil // keys come in order, the state's is the first
			}
			version := Version{ID: *v.VersionId, Modified: *v.LastModified, Current: *v.IsLatest}
			if version.Content, err = s.get(ctx, version.ID); err != nil {
				return fmt.Errorf("version %s: %w", version.ID, err)
			}
			version.State, _ = parse(version.Content) // a damaged version is listed too
			if !more(version) {
				return nil
			}
		}
	}
	return nil
}

// parse reads a state, and fails for anything else.
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

// Restore writes the content of a version as a new one, under the lock that
// Terraform takes, and the digest by which Terraform knows it. Its serial number
// is one that no version has had: a run that knows a later state than this one
// then notices. The versions in between stay: a restore can be undone by another.
func (s *Store) Restore(ctx context.Context, id string) (err error) {
	unlock, err := s.Lock(ctx, "restore")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	var found *Version
	highest := 0
	err = s.eachVersion(ctx, func(v Version) bool {
		if v.ID == id {
			found = &v
		}
		highest = max(highest, v.State.Serial)
		return true
	})
	if err != nil {
		return err
	}
	if found == nil {
		return fmt.Errorf("VERSION: got %q, want one of those listed; nothing was changed", id)
	}
	if _, err := parse(found.Content); err != nil {
		return fmt.Errorf("version %s: %w", id, err)
	}
	content, err := withSerial(found.Content, highest+1)
	if err != nil {
		return fmt.Errorf("version %s: %w", id, err)
	}
	ctx, cancel := finishing(ctx) // a state without its digest would be refused
	defer cancel()
	return s.Put(ctx, content)
}

// withSerial changes a state's serial number, and not one other byte.
func withSerial(content []byte, serial int) ([]byte, error) {
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.UseNumber()
	if _, err := decoder.Token(); err != nil { // the opening brace
		return nil, fmt.Errorf("not a state: %w", err)
	}
	for decoder.More() {
		name, err := decoder.Token()
		if err != nil {
			return nil, fmt.Errorf("not a state: %w", err)
		}
		var value json.RawMessage
		if err := decoder.Decode(&value); err != nil {
			return nil, fmt.Errorf("not a state: %w", err)
		}
		if name != "serial" {
			continue
		}
		end := int(decoder.InputOffset())
		return slices.Concat(content[:end-len(value)], strconv.AppendInt(nil, int64(serial), 10), content[end:]), nil
	}
	return nil, errors.New("not a state: it has no serial number")
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
	_, err := s.s3.PutObject(ctx, s.putInput(s.Key, content))
	return err
}

// putInput stores an object encrypted as the backend does it.
func (s *Store) putInput(key string, content []byte) *s3.PutObjectInput {
	input := &s3.PutObjectInput{Bucket: &s.Bucket, Key: &key, Body: bytes.NewReader(content), ContentType: aws.String("application/json")}
	switch {
	case s.KMSKeyID != "":
		input.ServerSideEncryption, input.SSEKMSKeyId = s3types.ServerSideEncryptionAwsKms, &s.KMSKeyID
	case s.Encrypt:
		input.ServerSideEncryption = s3types.ServerSideEncryptionAes256
	}
	return input
}

// Digest is what Terraform keeps in the lock table to notice a stale state.
func Digest(content []byte) string {
	sum := md5.Sum(content)
	return hex.EncodeToString(sum[:])
}

// Empty is a state of the same lineage without resources, as a run against the
// wrong folder would leave it.
func Empty(after State) []byte {
	return fmt.Appendf(nil, `{"version":4,"terraform_version":"1.11.0","serial":%d,"lineage":%q,"outputs":{},"resources":[]}`, after.Serial+1, after.Lineage)
}
