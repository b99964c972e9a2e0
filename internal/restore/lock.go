package restore

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/user"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	dynamotypes "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	s3types "github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
)

// lockInfo is what Terraform writes into a lock, and shows of one that it meets.
// https://github.com/hashicorp/terraform/blob/v1.11.4/internal/states/statemgr/locker.go
type lockInfo struct {
	ID        string
	Operation string
	Info      string
	Who       string
	Version   string
	Created   time.Time
	Path      string
}

// Lock takes the locks that Terraform would take for this backend: the object
// beside the state, the item in the table, or both. An interrupt does not keep
// unlock from giving them back.
func (s *Store) Lock(ctx context.Context, operation string) (unlock func() error, err error) {
	info, err := json.Marshal(s.newLockInfo(operation))
	if err != nil {
		return nil, err
	}
	var held []func(context.Context, []byte) error
	unlock = func() error {
		ctx, cancel := finishing(ctx)
		defer cancel()
		var errs []error
		for _, release := range held {
			errs = append(errs, release(ctx, info))
		}
		return errors.Join(errs...)
	}
	for _, l := range []struct {
		configured    bool
		take, release func(context.Context, []byte) error
		holder        func(context.Context) ([]byte, error)
	}{
		{s.UseLockfile, s.takeObject, s.releaseObject, s.objectHolder},
		{s.DynamoDBTable != "", s.takeItem, s.releaseItem, s.itemHolder},
	} {
		if !l.configured || err != nil {
			continue
		}
		err = l.take(ctx, info)
		if refused(err) { // by our own lock, when the answer was lost and the SDK has tried again?
			if holder, holderErr := l.holder(ctx); holderErr == nil && bytes.Equal(holder, info) {
				err = nil
			}
		}
		if !refused(err) { // after any other error it may have been taken all the same
			held = append(held, l.release)
		}
	}
	if err == nil {
		return unlock, nil
	}
	if refused(err) {
		err = s.lockedError(ctx)
	}
	return nil, errors.Join(err, unlock())
}

func (s *Store) newLockInfo(operation string) lockInfo {
	name := "unknown"
	if u, err := user.Current(); err == nil {
		name = u.Username
	}
	host, _ := os.Hostname()
	return lockInfo{ID: newID(), Operation: operation, Who: name + "@" + host, Version: "prefect-ecs-worker",
		Created: time.Now().UTC(), Path: s.lockID()}
}

// newID is a UUID: terraform force-unlock asks for the lock's ID.
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// finishing is a context for what must be done even after an interrupt.
func finishing(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
}

// refused reports whether a lock was not taken because there is one.
func refused(err error) bool {
	var api smithy.APIError
	if !errors.As(err, &api) {
		return false
	}
	switch api.ErrorCode() {
	case "PreconditionFailed", "ConditionalRequestConflict", "ConditionalCheckFailedException":
		return true
	}
	return false
}

func (s *Store) takeObject(ctx context.Context, info []byte) error {
	input := s.putInput(s.lockKey(), info)
	input.IfNoneMatch = aws.String("*")
	_, err := s.s3.PutObject(ctx, input)
	return err
}

func (s *Store) releaseObject(ctx context.Context, info []byte) error {
	if holder, err := s.objectHolder(ctx); err != nil || !bytes.Equal(holder, info) {
		return err // somebody has unlocked it by force
	}
	_, err := s.s3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &s.Bucket, Key: aws.String(s.lockKey())})
	return err
}

func (s *Store) takeItem(ctx context.Context, info []byte) error {
	_, err := s.dynamodb.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: &s.DynamoDBTable,
		Item: map[string]dynamotypes.AttributeValue{
			"LockID": &dynamotypes.AttributeValueMemberS{Value: s.lockID()},
			"Info":   &dynamotypes.AttributeValueMemberS{Value: string(info)},
		},
		ConditionExpression: aws.String("attribute_not_exists(LockID)"),
	})
	return err
}

func (s *Store) releaseItem(ctx context.Context, info []byte) error {
	_, err := s.dynamodb.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName:                 &s.DynamoDBTable,
		Key:                       map[string]dynamotypes.AttributeValue{"LockID": &dynamotypes.AttributeValueMemberS{Value: s.lockID()}},
		ConditionExpression:       aws.String("Info = :info"),
		ExpressionAttributeValues: map[string]dynamotypes.AttributeValue{":info": &dynamotypes.AttributeValueMemberS{Value: string(info)}},
	})
	if refused(err) {
		return nil // somebody has unlocked it by force
	}
	return err
}

// Holder says who holds a lock, or "".
func (s *Store) Holder(ctx context.Context) (string, error) {
	var holder []byte
	var err error
	if s.UseLockfile {
		holder, err = s.objectHolder(ctx)
	}
	if holder == nil && err == nil && s.DynamoDBTable != "" {
		holder, err = s.itemHolder(ctx)
	}
	return string(holder), err
}

func (s *Store) objectHolder(ctx context.Context) ([]byte, error) {
	out, err := s.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.Bucket, Key: aws.String(s.lockKey())})
	var missing *s3types.NoSuchKey
	if errors.As(err, &missing) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer out.Body.Close()
	return io.ReadAll(out.Body)
}

func (s *Store) itemHolder(ctx context.Context) ([]byte, error) {
	out, err := s.dynamodb.GetItem(ctx, &dynamodb.GetItemInput{TableName: &s.DynamoDBTable, ConsistentRead: aws.Bool(true),
		Key: map[string]dynamotypes.AttributeValue{"LockID": &dynamotypes.AttributeValueMemberS{Value: s.lockID()}}})
	if err != nil || out.Item == nil {
		return nil, err
	}
	if info, ok := out.Item["Info"].(*dynamotypes.AttributeValueMemberS); ok {
		return []byte(info.Value), nil
	}
	return []byte(s.lockID()), nil
}

func (s *Store) lockedError(ctx context.Context) error {
	holder, err := s.Holder(ctx)
	if err != nil {
		return err
	}
	if holder == "" {
		return errors.New("the state was locked by a run that has just ended; try again")
	}
	return fmt.Errorf("the state is locked: %s; let that run end, or terraform force-unlock it", holder)
}

// lockID is the name under which Terraform keeps a state's items in the table.
func (s *Store) lockID() string { return s.Bucket + "/" + s.Key }

// lockKey is the object with which Terraform locks a state in S3.
func (s *Store) lockKey() string { return s.Key + ".tflock" }
