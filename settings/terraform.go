package settings

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/go-version"
)

// Terraform holds what goes into the terraform block and the contract around
// it: state, variables, outputs and addresses.
type Terraform struct {
	TerraformBlock `yaml:",inline"`

	Backend Backend `yaml:"backend"` // Where the state is kept: s3, http, cloud or local.

	// Variables maps a Terraform variable to the setting it exposes. The
	// setting's value is the variable's default; for a setting without a value,
	// the variable must be set. An empty string removes the preset's variable.
	Variables map[string]string `yaml:"variables" keys:"variableName"`

	// PromptForVariables leaves a variable that must be set without a default:
	// Terraform asks for it on a terminal, and without a terminal cdktf deploy
	// waits forever. false: it is empty by default, and the plan says that it
	// is missing.
	PromptForVariables bool `yaml:"promptForVariables"`

	// Outputs of the stack. An additional worker's own resources have separate
	// outputs, whose names begin with the worker's name.
	Outputs []string `yaml:"outputs" rule:"oneof ecs_cluster_arn ecs_service_name prefect_secret_arn secret_arn_local repository_url work_pool_variables put_secret_value_command redeploy_command vpc_id public_subnets private_subnets public_route_table_ids private_route_table_ids nat_public_ips security_group_id task_execution_role_arn task_role_arn flow_run_role_arn log_group_name flow_run_log_group_name crash_events_queue_url crash_events_queue_arn topic_arn,unique"`

	// ResourceNames renames resources: from the address this app gives
	// (aws_vpc.prefect) to the Terraform name a state already has (main).
	ResourceNames map[string]string `yaml:"resourceNames" rule:"tfName"`
}

// TerraformBlock is what stacks of every kind set of Terraform and its AWS
// provider.
type TerraformBlock struct {
	RequiredVersion    string `yaml:"requiredVersion" default:">= 1.2.0" rule:"version"`              // Version constraint on Terraform.
	AWSProviderVersion string `yaml:"awsProviderVersion" default:">= 5.82.0, < 7.0.0" rule:"version"` // Version constraint on hashicorp/aws.

	Provider AWSProvider `yaml:"provider"` // The AWS provider's account, role and ignored tags.

	// Blocks of Terraform's own that take over what exists. Addresses are those of
	// cdk.tf.json: what resourceNames renames has its new name.

	Import  []ImportBlock  `yaml:"import"`  // Existing objects that the next apply adds to the state; needs Terraform 1.5.
	Moved   []MovedBlock   `yaml:"moved"`   // Resources and modules that the state has at another address.
	Removed []RemovedBlock `yaml:"removed"` // What the next apply removes from the state without destroying it; needs Terraform 1.7, or OpenTofu 1.10.
}

// ImportBlock adds an existing object to the state.
// https://developer.hashicorp.com/terraform/language/block/import
type ImportBlock struct {
	To string `yaml:"to" rule:"importAddress"` // The resource, in the stack or in a file beside it.
	ID string `yaml:"id" rule:"importID"`      // The object's ID, as the provider's documentation of the resource shows it under Import.
}

// MovedBlock says that an object is now at another address.
// https://developer.hashicorp.com/terraform/language/block/moved
type MovedBlock struct {
	From string `yaml:"from" rule:"movedAddress"` // The old address, which is in the state and which nothing declares any more.
	To   string `yaml:"to" rule:"movedAddress"`   // The new address, in the stack or in a file beside it.
}

// RemovedBlock removes from the state what nothing declares any more, without
// destroying it. To destroy it, no block is needed.
// https://developer.hashicorp.com/terraform/language/block/removed
type RemovedBlock struct {
	From string `yaml:"from" rule:"removedAddress"` // A resource with all of its instances, or a module with all that is in it.
}

// The first Terraform that has each block, also in JSON, and the first that moves
// a resource to another type. OpenTofu has moved and import since its first
// version, and removed with lifecycle since 1.10.
// https://developer.hashicorp.com/terraform/language/block/moved
// https://github.com/opentofu/opentofu/blob/v1.10/CHANGELOG.md
const (
	movedTerraform     = "1.1.0"
	importTerraform    = "1.5.0"
	removedTerraform   = "1.7.0"
	movedTypeTerraform = "1.8.0"
)

// Check holds import, moved and removed to what Terraform takes, as far as they
// alone show it.
func (t *TerraformBlock) Check(c Checker) {
	all := t.Statements(c)
	for i := range all { // the newest first: one line says what all need
		if s := &all[i]; s.ChangesType() && movable[s.To.Type] == s.From.Type {
			AtLeast(c, &t.RequiredVersion, movedTypeTerraform, "", s.Where, "an older Terraform moves no resource to another type")
		}
	}
	needs := func(n int, least, name string) {
		if n > 0 {
			AtLeast(c, &t.RequiredVersion, least, "", "terraform."+name, "an older Terraform refuses the block "+name)
		}
	}
	needs(len(t.Removed), removedTerraform, Removed)
	needs(len(t.Import), importTerraform, Import)
	needs(len(t.Moved), movedTerraform, Moved)
	CheckStatements(all)
}

// Statements are the entries of import, moved and removed whose addresses can be
// read, and how to report them.
func (t *TerraformBlock) Statements(c Checker) []Statement {
	var all []Statement
	add := func(s Statement, fields map[string]*string) {
		var err error
		for argument, field := range fields {
			if c.Wrong(field) {
				return
			}
			a := &s.From
			if argument == "to" {
				a = &s.To
			}
			if *a, err = ParseAddress(*field); err != nil {
				return // its rule says so
			}
			s.Where = strings.TrimSuffix(c.Path(field), "."+argument)
		}
		s.Fail = func(argument, format string, arguments ...any) { c.Fail(fields[argument], format, arguments...) }
		all = append(all, s)
	}
	for i := range t.Import {
		add(Statement{Kind: Import}, map[string]*string{"to": &t.Import[i].To})
	}
	for i := range t.Moved {
		add(Statement{Kind: Moved}, map[string]*string{"from": &t.Moved[i].From, "to": &t.Moved[i].To})
	}
	for i := range t.Removed {
		add(Statement{Kind: Removed}, map[string]*string{"from": &t.Removed[i].From})
	}
	return all
}

// KeptTerraform is TerraformBlock with the stack's own backend.
type KeptTerraform struct {
	TerraformBlock `yaml:",inline"`

	Backend Backend `yaml:"backend"` // Where the state is kept: s3, http, cloud or local.
}

// Check wants a Terraform that knows what the backend uses.
func (t *KeptTerraform) Check(c Checker) {
	t.TerraformBlock.Check(c)
	t.Backend.checkVersion(c, &t.RequiredVersion)
}

// AWSProvider is the configuration of the AWS provider, except region and
// default_tags.
// https://registry.terraform.io/providers/hashicorp/aws/latest/docs#argument-reference
type AWSProvider struct {
	AllowedAccountIDs []string    `yaml:"allowedAccountIds" rule:"accountID,unique"` // The only accounts that may be planned for and applied to; empty: any.
	AssumeRole        *AssumeRole `yaml:"assumeRole"`                                // The role that Terraform assumes to manage the resources; null: Terraform's own credentials.
	IgnoreTags        *IgnoreTags `yaml:"ignoreTags"`                                // Tags that others set, which Terraform leaves as they are.
}

// AssumeRole is a role that Terraform assumes.
// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
type AssumeRole struct {
	RoleARN     string `yaml:"roleArn" rule:"roleARN"`                  // The role, which must trust the credentials that Terraform is run with.
	ExternalID  string `yaml:"externalId" rule:"externalID,optional"`   // What the role's trust policy asks for; empty: nothing.
	SessionName string `yaml:"sessionName" rule:"sessionName,optional"` // Name of the session, which CloudTrail shows; empty: one that Terraform chooses.
}

// IgnoreTags are tags that Terraform neither changes nor removes, on any
// resource of the stack.
type IgnoreTags struct {
	Keys        []string `yaml:"keys" rule:"anyTagKey,unique"`        // Exact keys.
	KeyPrefixes []string `yaml:"keyPrefixes" rule:"anyTagKey,unique"` // What their keys begin with.
}

// account is the account of a role's ARN.
func (r *AssumeRole) account() string { return strings.Split(r.RoleARN, ":")[4] }

// Check wants a role in an account that is allowed: no plan would succeed.
func (p *AWSProvider) Check(c Checker) {
	r := p.AssumeRole
	if r == nil || len(p.AllowedAccountIDs) == 0 || c.Wrong(&p.AllowedAccountIDs) || c.Wrong(&r.RoleARN) || slices.Contains(p.AllowedAccountIDs, r.account()) {
		return
	}
	c.Fail(&r.RoleARN, "got a role of account %s, want one of allowedAccountIds (%s): no plan would succeed", r.account(), strings.Join(p.AllowedAccountIDs, ", "))
}

// Check wants something to ignore.
func (t *IgnoreTags) Check(c Checker) {
	if len(t.Keys) == 0 && len(t.KeyPrefixes) == 0 {
		c.Fail(t, "got neither, want keys or keyPrefixes")
	}
}

// Ignores says whether Terraform leaves a tag as it is.
func (t *IgnoreTags) Ignores(key string) bool {
	return t != nil && (slices.Contains(t.Keys, key) || slices.ContainsFunc(t.KeyPrefixes, func(prefix string) bool { return strings.HasPrefix(key, prefix) }))
}

// Backend says where Terraform keeps the state: exactly one of its fields.
type Backend struct {
	S3    *S3Backend    `yaml:"s3"`    // Terraform's s3 backend.
	HTTP  *HTTPBackend  `yaml:"http"`  // Terraform's http backend: an address that keeps the state, as GitLab's does.
	Cloud *CloudBackend `yaml:"cloud"` // The block cloud: HCP Terraform or Terraform Enterprise.
	Local *LocalBackend `yaml:"local"` // A file.
}

// S3Backend is Terraform's s3 backend.
// https://developer.hashicorp.com/terraform/language/backend/s3
type S3Backend struct {
	Bucket        string `yaml:"bucket" rule:"bucket"`                                 // An existing bucket, or one that a state-backend stack creates.
	Key           string `yaml:"key" rule:"stateKey" braces:"values"`                  // The state's key in the bucket.
	Region        string `yaml:"region" rule:"region"`                                 // The bucket's region.
	DynamoDBTable string `yaml:"dynamodbTable" rule:"tableName,optional"`              // Lock table with the hash key LockID.
	Encrypt       bool   `yaml:"encrypt"`                                              // Ask S3 to encrypt the state; false leaves it to the bucket.
	KMSKeyARN     string `yaml:"kmsKeyArn" alias:"kmsKeyId" rule:"kmsKeyARN,optional"` // The key that encrypts the state; needs encrypt. Empty: S3's own (AES256).

	// Profile of the AWS configuration files with which the state is read and
	// written, on every machine that runs Terraform. Empty: as for the resources.
	Profile string `yaml:"profile" rule:"awsProfile,optional"`

	AssumeRole *AssumeRole `yaml:"assumeRole"` // The role with which the state is read and written; needs Terraform 1.6.

	// Lock is what keeps two runs apart: dynamodb (an item in dynamodbTable),
	// s3 (an object beside the state, Terraform 1.11 or newer), or both, the
	// step between the two.
	Lock string `yaml:"lock" default:"dynamodb" rule:"oneof dynamodb s3 both"`
}

// The values of terraform.backend.s3.lock.
const (
	LockDynamoDB = "dynamodb"
	LockS3       = "s3"
	LockBoth     = "both"
)

// LockTable is the table that locks the state, or "".
func (b *S3Backend) LockTable() string {
	if b.Lock == LockS3 {
		return ""
	}
	return b.DynamoDBTable
}

// LockFile says whether an object in the bucket locks the state.
func (b *S3Backend) LockFile() bool { return b.Lock == LockS3 || b.Lock == LockBoth }

// HTTPBackend is Terraform's http backend. User and password are not settings:
// Terraform reads TF_HTTP_USERNAME and TF_HTTP_PASSWORD.
// https://developer.hashicorp.com/terraform/language/backend/http
type HTTPBackend struct {
	Address      string `yaml:"address" rule:"stateAddress" braces:"values"` // Where the state is read (GET), written and deleted (DELETE).
	UpdateMethod string `yaml:"updateMethod" rule:"httpMethod,optional"`     // With which the state is written; empty: POST.

	// Where the state is locked; empty: no lock. GitLab's is the address with
	// /lock after it.
	LockAddress   string `yaml:"lockAddress" rule:"stateAddress,optional" braces:"values"`
	UnlockAddress string `yaml:"unlockAddress" rule:"stateAddress,optional" braces:"values"` // Where the lock is released: on most servers, lockAddress.
	LockMethod    string `yaml:"lockMethod" rule:"httpMethod,optional"`                      // Empty: LOCK. GitLab's is POST.
	UnlockMethod  string `yaml:"unlockMethod" rule:"httpMethod,optional"`                    // Empty: UNLOCK. GitLab's is DELETE.

	RetryMax            int `yaml:"retryMax" default:"2" rule:"range 0 100"`              // How often a failed request is repeated; 0: never.
	RetryWaitMinSeconds int `yaml:"retryWaitMinSeconds" default:"1" rule:"range 0 3600"`  // The first pause before a retry; 0: none.
	RetryWaitMaxSeconds int `yaml:"retryWaitMaxSeconds" default:"30" rule:"range 0 3600"` // The longest such pause; 0: none.
}

// CloudBackend is Terraform's block cloud. The token is not a setting:
// Terraform gets it from terraform login or TF_TOKEN_app_terraform_io.
// https://developer.hashicorp.com/terraform/language/block/terraform#cloud
type CloudBackend struct {
	Hostname     string         `yaml:"hostname" default:"app.terraform.io" rule:"hostname"` // HCP Terraform's host, or that of Terraform Enterprise.
	Organization string         `yaml:"organization" rule:"organization"`                    // An existing organization.
	Workspaces   CloudWorkspace `yaml:"workspaces"`                                          // The stack's workspace.
}

// CloudWorkspace is the one workspace of a stack; init creates it if it is
// missing. Tags, which choose among several workspaces, are not a setting: one
// file is one stack.
type CloudWorkspace struct {
	Name    string `yaml:"name" rule:"workspace" braces:"values"` // Its name.
	Project string `yaml:"project" rule:"cloudProject,optional"`  // The existing project in which it is created; empty: the default one. Needs Terraform 1.6.
}

// LocalBackend keeps the state in a file.
type LocalBackend struct {
	Path string `yaml:"path" rule:"statePath" braces:"values"` // Relative to the project's folder.
}

// Check wants one backend.
func (b *Backend) Check(c Checker) {
	var given []string
	for _, kind := range []struct {
		name  string
		given bool
	}{{"s3", b.S3 != nil}, {"http", b.HTTP != nil}, {"cloud", b.Cloud != nil}, {"local", b.Local != nil}} {
		if kind.given {
			given = append(given, kind.name)
		}
	}
	switch {
	case len(given) > 1:
		c.Fail(b, "got %s, want one; set the others to null", strings.Join(given, " and "))
	case len(given) == 0:
		c.Fail(b, "got none, want one of s3, http, cloud or local: without one the state would be lost")
	}
}

// Check wants a lock that is given back, and refuses what Terraform ignores.
func (b *HTTPBackend) Check(c Checker) {
	if b.LockAddress == "" {
		for _, ignored := range []struct {
			field *string
			name  string
		}{{&b.UnlockAddress, "an address"}, {&b.LockMethod, "a method"}, {&b.UnlockMethod, "a method"}} {
			if *ignored.field != "" {
				c.Fail(ignored.field, "got %s without lockAddress, without which nothing is locked; set it", ignored.name)
			}
		}
	} else if b.UnlockAddress == "" {
		c.Fail(&b.UnlockAddress, "got none with lockAddress: no lock would be released; set it, usually to the same address")
	}
	if b.RetryWaitMinSeconds > b.RetryWaitMaxSeconds && !c.Wrong(&b.RetryWaitMinSeconds) && !c.Wrong(&b.RetryWaitMaxSeconds) {
		c.Fail(&b.RetryWaitMinSeconds, "got %d, above the %d of retryWaitMaxSeconds", b.RetryWaitMinSeconds, b.RetryWaitMaxSeconds)
	}
}

// Check keeps lock and key to what Terraform and S3 take together: S3 takes its
// own key region only.
func (b *S3Backend) Check(c Checker) {
	if b.Lock == LockBoth && b.DynamoDBTable == "" {
		c.Fail(&b.Lock, "got both without a table, want dynamodbTable too, or lock: s3")
	}
	switch {
	case b.KMSKeyARN == "" || c.Wrong(&b.KMSKeyARN):
	case !b.Encrypt:
		c.Fail(&b.KMSKeyARN, "got a key with encrypt false, which ignores it; set encrypt: true")
	case strings.Split(b.KMSKeyARN, ":")[3] != b.Region:
		c.Fail(&b.KMSKeyARN, "got a key in %s, want one in the bucket's region, %s", strings.Split(b.KMSKeyARN, ":")[3], b.Region)
	}
}

// The first Terraform that has the block cloud, the first whose workspaces in it
// have a project, the first whose s3 backend has a block assume_role, and the first
// whose use_lockfile is no experiment.
// https://developer.hashicorp.com/terraform/language/v1.1.x/settings/terraform-cloud
// https://github.com/hashicorp/terraform/blob/v1.6/CHANGELOG.md
// https://developer.hashicorp.com/terraform/language/v1.6.x/upgrade-guides#s3-backend
// https://developer.hashicorp.com/terraform/language/upgrade-guides#s3-native-state-locking
const (
	cloudTerraform      = "1.1.0"
	projectTerraform    = "1.6.0"
	assumeRoleTerraform = "1.6.0"
	lockFileTerraform   = "1.11.0"
)

// The first Terraform and the first AWS provider with which secret.valueManagedBy
// may be write-only, and the first provider that refreshes such a secret without
// reading its value. OpenTofu has what it takes since 1.11 too.
// https://developer.hashicorp.com/terraform/language/v1.11.x/resources/ephemeral/write-only
// https://github.com/hashicorp/terraform-provider-aws/pull/41371
// https://github.com/hashicorp/terraform-provider-aws/pull/44876
const (
	WriteOnlyTerraform  = "1.11.0"
	WriteOnlyProvider   = "5.88.0"
	UnreadValueProvider = "6.26.0"
)

// Check wants a Terraform that knows what the backend uses.
func (t *Terraform) Check(c Checker) {
	t.TerraformBlock.Check(c)
	t.Backend.checkVersion(c, &t.RequiredVersion)
}

// checkVersion refuses a Terraform that lacks what the backend uses.
func (b *Backend) checkVersion(c Checker, required *string) {
	if cloud := b.Cloud; cloud != nil {
		if cloud.Workspaces.Project != "" {
			AtLeast(c, required, projectTerraform, "", "terraform.backend.cloud.workspaces.project", "an older Terraform refuses a project there")
		} else {
			AtLeast(c, required, cloudTerraform, "", "terraform.backend.cloud", "an older Terraform has no block cloud")
		}
	}
	s3 := b.S3
	if s3 == nil {
		return
	}
	if s3.AssumeRole != nil {
		AtLeast(c, required, assumeRoleTerraform, "", "terraform.backend.s3.assumeRole", "an older Terraform refuses the block assume_role")
	}
	if s3.LockFile() && !c.Wrong(&s3.Lock) {
		AtLeast(c, required, lockFileTerraform, "", "lock "+s3.Lock, "use_lockfile is new in Terraform 1.11 (an experiment in 1.10), and an older one refuses it")
	}
}

// AtLeast refuses a version constraint that admits a version before least, which
// a setting needs because of what it is told with. The constraint that the error
// proposes ends in upTo.
func AtLeast(c Checker, constraint *string, least, upTo, with, because string) {
	if !c.Wrong(constraint) && !Excludes(*constraint, least) {
		c.Fail(constraint, "got %q with %s, want at least %q: %s", *constraint, with, ">= "+least+upTo, because)
	}
}

// versionConstraint rejects what is not a constraint, and one that no version satisfies.
func versionConstraint(value string) error {
	constraints, err := version.NewConstraint(value)
	if err != nil || strings.Contains(value, "TfToken") {
		return fmt.Errorf("got %s, want a version constraint such as %q", Got(value), ">= 1.2.0")
	}
	if !slices.ContainsFunc(candidates(value), constraints.Check) {
		return fmt.Errorf("got %s, which no version satisfies, want a version constraint such as %q", Got(value), ">= 1.2.0")
	}
	return nil
}

// candidates are versions around the ones that a constraint names: where none
// of them satisfies it, none does.
func candidates(constraint string) []*version.Version {
	all := []*version.Version{version.Must(version.NewVersion("0.0.0")), version.Must(version.NewVersion("99999.0.0"))}
	for _, term := range strings.Split(constraint, ",") {
		v, err := version.NewVersion(strings.TrimLeft(strings.TrimSpace(term), "><=!~ "))
		if err != nil {
			continue
		}
		s := v.Core().Segments()
		all = append(all, v, v.Core())
		for i := range s {
			for _, step := range []int{-1, 1} {
				near := slices.Clone(s)
				near[i] += step
				if step < 0 && near[i] < 0 {
					continue
				}
				if step < 0 { // the last version below: 1.9.9999 is below 1.10
					for j := i + 1; j < len(near); j++ {
						near[j] = 99999
					}
				}
				all = append(all, version.Must(version.NewVersion(fmt.Sprintf("%d.%d.%d", near[0], near[1], near[2]))))
			}
		}
	}
	return all
}

// Admits says whether a version constraint takes a version.
func Admits(constraint, given string) bool {
	constraints, err := version.NewConstraint(constraint)
	return err == nil && constraints.Check(version.Must(version.NewVersion(given)))
}

// Excludes says whether a version constraint refuses every version before the
// given one.
func Excludes(constraint, before string) bool {
	constraints, err := version.NewConstraint(constraint)
	least := version.Must(version.NewVersion(before))
	return err == nil && !slices.ContainsFunc(candidates(constraint+", "+before), func(v *version.Version) bool {
		return v.LessThan(least) && constraints.Check(v)
	})
}
