package settings

import (
	"maps"
	"slices"
	"strings"
)

// Repository is an ECR repository for flow images.
type Repository struct {
	_ struct{} `makes:"aws_ecr_repository.my_prefect_flow"`

	Name        string `yaml:"name" rule:"repositoryName"` // Name of the repository.
	ForceDelete bool   `yaml:"forceDelete"`                // Delete it with images in it.

	ScanOnPush         bool   `yaml:"scanOnPush"`                                                 // Basic scanning of each pushed image.
	ImageTagMutability string `yaml:"imageTagMutability" rule:"oneof MUTABLE IMMUTABLE,optional"` // IMMUTABLE: a pushed tag stays what it is. Empty: MUTABLE, AWS's default.
	EncryptionType     string `yaml:"encryptionType" rule:"oneof AES256 KMS,optional"`            // Empty: AES256, AWS's default.
	KMSKeyARN          string `yaml:"kmsKeyArn" rule:"kmsKeyARN,optional,region"`                 // With KMS; empty: AWS's own key.

	Lifecycle        *RepositoryLifecycle `yaml:"lifecycle"`        // Which images are removed.
	PullThroughCache *PullThroughCache    `yaml:"pullThroughCache"` // A cache of another registry.
}

// RepositoryLifecycle removes images automatically.
type RepositoryLifecycle struct {
	_ struct{} `makes:"aws_ecr_lifecycle_policy.my_prefect_flow"`

	ExpireUntaggedAfterDays int `yaml:"expireUntaggedAfterDays" rule:"range 0 3650"` // 0: never.
	KeepLast                int `yaml:"keepLast" rule:"range 0 100000"`              // How many of the newest images are kept, by the date of their push; 0: all.
}

// PullThroughCache keeps images of another registry in this account's ECR, so
// that pulls do not run into that registry's rate limits:
// <account>.dkr.ecr.<region>.amazonaws.com/<prefix>/prefecthq/prefect-aws:<tag>.
type PullThroughCache struct {
	_ struct{} `makes:"aws_ecr_pull_through_cache_rule.prefect aws_iam_role_policy.pull_through_cache_policy"`

	// Registry by ECR's name; registries whose address is the customer's own are
	// not among them.
	Registry string `yaml:"registry" rule:"oneof docker-hub ecr-public github-container-registry gitlab-container-registry k8s quay"`

	Prefix string `yaml:"prefix" rule:"cachePrefix"` // Of the cached repositories' names; ROOT: none.

	// CredentialSecretARN is a secret of this account and region whose name
	// begins with ecr-pullthroughcache/, with the keys username and accessToken.
	CredentialSecretARN string `yaml:"credentialSecretArn" rule:"wholeSecretARN,optional,region"`
}

// Registry is a registry that ECR can cache.
type Registry struct {
	URL         string
	Credentials bool // it does not let images be pulled without
}

// Registries are those that ECR caches, by ECR's name.
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreatePullThroughCacheRule.html
var Registries = map[string]Registry{
	"docker-hub":                {"registry-1.docker.io", true},
	"ecr-public":                {"public.ecr.aws", false},
	"github-container-registry": {"ghcr.io", true},
	"gitlab-container-registry": {"registry.gitlab.com", true},
	"k8s":                       {"registry.k8s.io", false},
	"quay":                      {"quay.io", false},
}

// RegistryNames lists them.
func RegistryNames() []string { return slices.Sorted(maps.Keys(Registries)) }

// Check finds a key that nothing uses.
func (r *Repository) Check(c Checker) {
	if r.KMSKeyARN != "" && r.EncryptionType != "KMS" && !c.Wrong(&r.EncryptionType) {
		c.Fail(&r.KMSKeyARN, "set, but only encryptionType KMS uses it")
	}
}

// Check wants a rule.
func (l *RepositoryLifecycle) Check(c Checker) {
	if l.ExpireUntaggedAfterDays == 0 && l.KeepLast == 0 {
		c.Fail(l, "got no rule, want expireUntaggedAfterDays or keepLast; remove it to keep every image")
	}
}

// Check wants credentials where the registry does.
func (p *PullThroughCache) Check(c Checker) {
	if c.Wrong(&p.Registry) || c.Wrong(&p.CredentialSecretARN) {
		return
	}
	switch registry := Registries[p.Registry]; {
	case registry.Credentials && p.CredentialSecretARN == "":
		c.Fail(&p.CredentialSecretARN, "got none, want a secret whose name begins with ecr-pullthroughcache/: ECR pulls from %s with credentials only", p.Registry)
	case !registry.Credentials && p.CredentialSecretARN != "":
		c.Fail(&p.CredentialSecretARN, "set, but ECR pulls from %s without credentials; remove it", p.Registry)
	case registry.Credentials && !strings.Contains(p.CredentialSecretARN, ":secret:ecr-pullthroughcache/"):
		c.Fail(&p.CredentialSecretARN, "got %q, want a secret whose name begins with ecr-pullthroughcache/, which ECR demands", p.CredentialSecretARN)
	}
}
