//go:build e2e

package e2e

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/restore"
)

// small is dev without what takes long to make: its state is what is tested.
const small = `preset: readme
network:
  availabilityZoneCount: 2
serviceDiscovery: null
repository: null
terraform:
  requiredVersion: ">= 1.11.0"
  backend:
    s3:
      lock: `

// fullBackend has all that a state backend can have.
const fullBackend = `kind: state-backend
of: dev
bucket:
  preventDestroy: false
  forceDestroy: true
  accessLogs:
    targetBucket: access-logs
    targetPrefix: state/
lockTable:
  deletionProtection: false
kmsKey:
  alias: terraform-state
backup: {}
`

// TestState creates a state backend with everything and walks the documented
// path from DynamoDB's lock to S3's: no step changes a resource, each takes its
// locks, a lost state comes back under each, and the table goes last.
func TestState(t *testing.T) {
	lockBy := func(lock string) string { return small + lock + "\n      encrypt: false # the bucket's key\n" }
	p := newProject(t, map[string]string{"state-backend.yaml": fullBackend, "dev.yaml": lockBy("dynamodb")})
	p.makeLogBucket("access-logs")
	backend := p.stack("state-backend", nil)
	if got := backend.apply(); got != 17 {
		t.Errorf("added %d resources, want 17, 6 of them for backups", got)
	}
	backend.unchanged()
	p.stack("dev", nil).apply()
	for _, lock := range []string{"dynamodb", "both", "s3"} {
		p.synth(map[string]string{"state-backend.yaml": fullBackend, "dev.yaml": lockBy(lock)})
		dev := p.reconfigured("dev")
		dev.unchanged()
		dev.loseAndRestore()
		dev.listedByHand()
	}
	dev := p.reconfigured("dev")
	dev.must(dev.terraform("apply", "-input=false", "-auto-approve"))
	if out := backend.must(backend.terraform("plan", "-input=false")); !strings.Contains(out, "aws_dynamodb_table.lock will be destroyed") {
		t.Errorf("no stack locks by the table any more, want it to go, got:\n%s", out)
	}
	backend.destroy()
}

// reconfigured initializes a stack whose backend has other settings than
// before, for the same state.
func (p *project) reconfigured(name string) *stack {
	p.t.Helper()
	s := &stack{p, filepath.Join(p.dir, "cdktf.out", "stacks", name), nil}
	s.must(s.terraform("init", "-input=false", "-reconfigure"))
	return s
}

// loseAndRestore writes an empty state over the stack's and restores the one
// before. With a table Terraform notices the loss by the digest.
func (s *stack) loseAndRestore() {
	s.t.Helper()
	ctx := s.t.Context()
	backend, err := restore.BackendOf(s.dir)
	if err != nil {
		s.t.Fatal(err)
	}
	store, err := restore.Open(ctx, backend, s.emulator.SDK())
	if err != nil {
		s.t.Fatal(err)
	}
	versions, err := store.Versions(ctx, 2)
	if err != nil {
		s.t.Fatal(err)
	}
	if len(versions) == 0 {
		s.t.Fatal("the state has no versions")
	}
	good := versions[0]
	if err := store.PutObject(ctx, restore.Empty(good.State)); err != nil {
		s.t.Fatal(err)
	}
	out, err := s.terraform("plan", "-input=false")
	if backend.DynamoDBTable != "" && !strings.Contains(out, "does not have the expected content") {
		s.t.Errorf("lock by table: want a refusal because of the digest, got %v\n%s", err, out)
	}
	if backend.DynamoDBTable == "" && !strings.Contains(out, "0 to change, 0 to destroy") {
		s.t.Errorf("lock by S3: want a plan that creates everything again, got %v\n%s", err, out)
	}
	s.excludesTerraform(store, good.ID)
	if err := store.Restore(ctx, "none"); err == nil || err.Error() != `VERSION: got "none", want one of those listed; nothing was changed` {
		s.t.Errorf("a version that does not exist: got %v", err)
	}
	s.restoreAtOnce(store, good)
	s.unlocked(store)
	s.unchanged()
}

// listByHand asks what the page's commands ask, with the query of each that lists
// versions, and prints the ids. $key in a query is the shell's.
const listByHand = `import boto3, jmespath, re, sys
page, bucket, key = sys.argv[1:]
answer = boto3.client("s3", "us-east-1").list_object_versions(Bucket=bucket, Prefix=key)
queries = re.findall(r'list-object-versions .*?--query "(.*?)"', open(page).read(), re.DOTALL)
for query in queries:
    print("ids", *(row[0] for row in jmespath.search(query.replace("$key", key), answer) or []))`

// listedByHand: the commands of docs/state.md list the state's versions, not
// those of the lock beside it, of which each run leaves two.
func (s *stack) listedByHand() {
	s.t.Helper()
	backend, err := restore.BackendOf(s.dir)
	if err != nil {
		s.t.Fatal(err)
	}
	store, err := restore.Open(s.t.Context(), backend, s.emulator.SDK())
	if err != nil {
		s.t.Fatal(err)
	}
	versions, err := store.Versions(s.t.Context(), 100)
	if err != nil {
		s.t.Fatal(err)
	}
	want := "ids"
	for _, v := range versions {
		want += " " + v.ID
	}
	want += "\nids\n" // the object was never deleted
	got := s.must(s.exec(s.dir, nil, tools.Python, "-c", listByHand, filepath.Join(root, "docs", "state.md"), backend.Bucket, backend.Key))
	if got != want {
		s.t.Errorf("the page's commands list\n%s\nwant the %d versions of the state:\n%s", got, len(versions), want)
	}
}

// excludesTerraform: who holds the lock keeps Terraform and a second restore
// out, and gives it back even when interrupted.
func (s *stack) excludesTerraform(store *restore.Store, version string) {
	s.t.Helper()
	ctx, interrupt := context.WithCancel(s.t.Context())
	defer interrupt()
	unlock, err := store.Lock(ctx, "test")
	if err != nil {
		s.t.Fatal(err)
	}
	holder, err := store.Holder(ctx)
	if err != nil || !strings.Contains(holder, `"Operation":"test"`) {
		s.t.Errorf("holder: got %s, %v", holder, err)
	}
	out, err := s.terraform("plan", "-input=false")
	if err == nil || !strings.Contains(out, "Error acquiring the state lock") || !strings.Contains(out, "Operation: test") {
		s.t.Errorf("a plan while the lock is held: want a refusal that shows it, got %v\n%s", err, out)
	}
	err = store.Restore(ctx, version)
	if want := "the state is locked: " + holder + "; let that run end, or terraform force-unlock it"; err == nil || err.Error() != want {
		s.t.Errorf("a restore while the lock is held: got %v, want %s", err, want)
	}
	interrupt()
	if err := unlock(); err != nil {
		s.t.Error(err)
	}
	s.unlocked(store)
}

// restoreAtOnce restores in several programs at once. Those that find the state
// locked refuse; the others write what the version has, each with the next
// serial number.
func (s *stack) restoreAtOnce(store *restore.Store, version restore.Version) {
	s.t.Helper()
	const programs = 3
	before, err := store.Versions(s.t.Context(), 100)
	if err != nil {
		s.t.Fatal(err)
	}
	results := make(chan error)
	for range programs {
		go func() { results <- store.Restore(s.t.Context(), version.ID) }()
	}
	restored := 0
	for range programs {
		switch err := <-results; {
		case err == nil:
			restored++
		case !strings.Contains(err.Error(), "locked"):
			s.t.Error(err)
		}
	}
	after, err := store.Versions(s.t.Context(), 100)
	if err != nil {
		s.t.Fatal(err)
	}
	if len(after) != len(before)+restored || restored == 0 {
		s.t.Fatalf("%d of %d restored, and the %d versions became %d", restored, programs, len(before), len(after))
	}
	for i, v := range after[:restored] {
		serial := after[i+1].State.Serial + 1
		want := strings.Replace(string(version.Content), fmt.Sprintf(`"serial": %d,`, version.State.Serial), fmt.Sprintf(`"serial": %d,`, serial), 1)
		if v.State.Serial != serial || string(v.Content) != want {
			s.t.Errorf("version %s: got serial %d, want %d and else the same content", v.ID, v.State.Serial, serial)
		}
	}
}

// unlocked checks that nobody holds the lock.
func (s *stack) unlocked(store *restore.Store) {
	s.t.Helper()
	if holder, err := store.Holder(s.t.Context()); holder != "" || err != nil {
		s.t.Errorf("the lock was not given back: %s, %v", holder, err)
	}
}

// makeLogBucket creates the bucket for access logs that an account has already.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/enable-server-access-logging.html#grant-log-delivery-permissions-general
func (p *project) makeLogBucket(name string) {
	p.t.Helper()
	client := p.makeBucket(name)
	policy := aws.String(`{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"},
		"Action": "s3:PutObject", "Resource": "arn:aws:s3:::` + name + `/*"}]}`)
	if _, err := client.PutBucketPolicy(p.t.Context(), &s3.PutBucketPolicyInput{Bucket: &name, Policy: policy}); err != nil {
		p.t.Fatal(err)
	}
}

// makeBucket creates a bucket, and returns a client for what else it needs.
func (p *project) makeBucket(name string) *s3.Client {
	p.t.Helper()
	c, err := config.LoadDefaultConfig(p.t.Context(), config.WithRegion("us-east-1"), p.emulator.SDK())
	if err != nil {
		p.t.Fatal(err)
	}
	client := s3.NewFromConfig(c)
	if _, err := client.CreateBucket(p.t.Context(), &s3.CreateBucketInput{Bucket: &name}); err != nil {
		p.t.Fatal(err)
	}
	return client
}
