package config

import (
	"fmt"
	"strings"
)

// Repository is an ECR repository for flow images.
type Repository struct {
	Name        string `yaml:"name"`
	ForceDelete bool   `yaml:"forceDelete"` // delete it with images in it

	ScanOnPush         bool   `yaml:"scanOnPush"`         // basic scanning of each pushed image
	ImageTagMutability string `yaml:"imageTagMutability"` // MUTABLE (default) or IMMUTABLE: a pushed tag stays what it is
	EncryptionType     string `yaml:"encryptionType"`     // AES256 (default) or KMS
	KMSKeyARN          string `yaml:"kmsKeyArn"`          // with KMS; empty: AWS's own key

	Lifecycle        *RepositoryLifecycle `yaml:"lifecycle"`
	PullThroughCache *PullThroughCache    `yaml:"pullThroughCache"`
}

// RepositoryLifecycle removes images by itself. A rule of 0 is left out.
type RepositoryLifecycle struct {
	ExpireUntaggedAfterDays int `yaml:"expireUntaggedAfterDays"`
	KeepLast                int `yaml:"keepLast"` // images, the newest by the date of their push
}

// PullThroughCache keeps images of another registry in this account's ECR, so
// that no pull meets that registry's rate limits: <account>.dkr.ecr.<region>
// .amazonaws.com/<prefix>/prefecthq/prefect-aws:<tag>.
type PullThroughCache struct {
	Registry string `yaml:"registry"` // by ECR's name, see Registries
	Prefix   string `yaml:"prefix"`   // of the cached repositories' names

	// CredentialSecretARN is a secret of this account and region whose name
	// begins with ecr-pullthroughcache/, with the keys username and accessToken.
	CredentialSecretARN string `yaml:"credentialSecretArn"`
}

// Registry is a registry that ECR can cache.
type Registry struct {
	URL         string
	Credentials bool // it does not let images be pulled without
}

// Registries are those that ECR caches, without the ones whose address is the
// customer's own.
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreatePullThroughCacheRule.html
var Registries = map[string]Registry{
	"docker-hub":                {"registry-1.docker.io", true},
	"ecr-public":                {"public.ecr.aws", false},
	"github-container-registry": {"ghcr.io", true},
	"gitlab-container-registry": {"registry.gitlab.com", true},
	"k8s":                       {"registry.k8s.io", false},
	"quay":                      {"quay.io", false},
}

var repositoryAddresses = []string{
	"aws_ecr_lifecycle_policy.my_prefect_flow",
	"aws_ecr_pull_through_cache_rule.prefect",
}

var cachePrefix = pattern(`(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*`, 30, "2 to 30 lower-case letters, digits or ._-/")

func (e *Environment) checkRepository(c checker) {
	r := e.Repository
	if r == nil {
		return
	}
	c.text("repository.name", r.Name, repository)
	if len(r.Name) == 1 {
		c.fail("repository.name", fmt.Errorf("got %q, want at least 2 characters", r.Name))
	}
	if r.ImageTagMutability != "" {
		c.choice("repository.imageTagMutability", r.ImageTagMutability, "MUTABLE", "IMMUTABLE")
	}
	if r.EncryptionType != "" {
		c.choice("repository.encryptionType", r.EncryptionType, "AES256", "KMS")
	}
	c.text("repository.kmsKeyArn", r.KMSKeyARN, orEmpty(kmsKeyARN))
	e.checkRegion(c, "repository.kmsKeyArn", r.KMSKeyARN)
	if r.KMSKeyARN != "" && r.EncryptionType != "KMS" {
		c.fail("repository.kmsKeyArn", fmt.Errorf("set, but only encryptionType KMS heeds it"))
	}
	if l := r.Lifecycle; l != nil {
		c.number("repository.lifecycle.expireUntaggedAfterDays", l.ExpireUntaggedAfterDays, 0, 3650)
		c.number("repository.lifecycle.keepLast", l.KeepLast, 0, 100000)
		if l.ExpireUntaggedAfterDays == 0 && l.KeepLast == 0 {
			c.fail("repository.lifecycle", fmt.Errorf("got no rule, want expireUntaggedAfterDays or keepLast; remove it to keep every image"))
		}
	}
	if r.PullThroughCache != nil {
		e.checkPullThroughCache(c, *r.PullThroughCache)
	}
}

func (e *Environment) checkPullThroughCache(c checker, p PullThroughCache) {
	const path = "repository.pullThroughCache."
	c.choice(path+"registry", p.Registry, sortedKeys(Registries)...)
	c.text(path+"prefix", p.Prefix, cachePrefix)
	if len(p.Prefix) == 1 {
		c.fail(path+"prefix", fmt.Errorf("got %q, want at least 2 characters", p.Prefix))
	}
	c.text(path+"credentialSecretArn", p.CredentialSecretARN, orEmpty(secretARN))
	switch registry, known := Registries[p.Registry]; {
	case !known || c.wrong[path+"credentialSecretArn"]:
	case registry.Credentials && p.CredentialSecretARN == "":
		c.fail(path+"credentialSecretArn", fmt.Errorf("got none, want a secret whose name begins with ecr-pullthroughcache/: ECR pulls from %s with credentials only", p.Registry))
	case !registry.Credentials && p.CredentialSecretARN != "":
		c.fail(path+"credentialSecretArn", fmt.Errorf("set, but ECR pulls from %s without credentials; remove it", p.Registry))
	case registry.Credentials && !strings.Contains(p.CredentialSecretARN, ":secret:ecr-pullthroughcache/"):
		c.fail(path+"credentialSecretArn", fmt.Errorf("got %q, want a secret whose name begins with ecr-pullthroughcache/, which ECR demands", p.CredentialSecretARN))
	}
	e.checkRegion(c, path+"credentialSecretArn", p.CredentialSecretARN)
}
