package constructs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecrlifecyclepolicy"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecrpullthroughcacherule"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecrrepository"
)

// RepositoryProps are the settings of an ECR repository.
type RepositoryProps struct {
	Name                    string
	ForceDelete             bool   // delete it with images in it
	ScanOnPush              bool   // basic scanning
	ImageTagMutability      string // "": MUTABLE
	EncryptionType          string // "": AES256
	KMSKeyARN               string // with KMS; "": AWS's own key
	ExpireUntaggedAfterDays int    // 0: never
	KeepLast                int    // images; 0: all
	Names                   Names
}

// NewRepository makes an ECR repository for flow images.
func NewRepository(scope constructs.Construct, id string, p RepositoryProps) Resource {
	g := newGroup(scope, id, p.Names)
	config := &ecrrepository.EcrRepositoryConfig{
		Name:               &p.Name,
		ForceDelete:        p.ForceDelete,
		ImageTagMutability: optional(p.ImageTagMutability),
	}
	if p.ScanOnPush {
		config.ImageScanningConfiguration = &ecrrepository.EcrRepositoryImageScanningConfiguration{ScanOnPush: jsii.Bool(true)}
	}
	if p.EncryptionType != "" {
		config.EncryptionConfiguration = []*ecrrepository.EcrRepositoryEncryptionConfiguration{
			{EncryptionType: &p.EncryptionType, KmsKey: optional(p.KMSKeyARN)},
		}
	}
	repository := add(g, "aws_ecr_repository.my_prefect_flow", ecrrepository.NewEcrRepository, config)
	if rules := p.lifecycleRules(); len(rules) > 0 {
		add(g, "aws_ecr_lifecycle_policy.my_prefect_flow", ecrlifecyclepolicy.NewEcrLifecyclePolicy, &ecrlifecyclepolicy.EcrLifecyclePolicyConfig{
			Repository: jsii.String(repository.Attr("name")),
			Policy:     g.json("repository_lifecycle_policy", map[string]any{"rules": rules}),
		})
	}
	return repository
}

// lifecycleRules remove images. The rule for any image must come last.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/LifecyclePolicies.html
func (p RepositoryProps) lifecycleRules() []any {
	var rules []any
	rule := func(description string, selection map[string]any) {
		rules = append(rules, map[string]any{
			"rulePriority": len(rules) + 1,
			"description":  description,
			"selection":    selection,
			"action":       map[string]any{"type": "expire"},
		})
	}
	if days := p.ExpireUntaggedAfterDays; days > 0 {
		rule("Images without a tag", map[string]any{"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": days})
	}
	if p.KeepLast > 0 {
		rule("All but the newest images", map[string]any{"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": p.KeepLast})
	}
	return rules
}

// PullThroughCacheProps are the settings of a cache of another registry.
type PullThroughCacheProps struct {
	RegistryURL   string
	Prefix        string // of the cached repositories' names
	CredentialARN string // of a secret; "": the registry wants none
	Names         Names
}

// NewPullThroughCache keeps images of another registry in the account's ECR.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html
func NewPullThroughCache(scope constructs.Construct, id string, p PullThroughCacheProps) Resource {
	return add(newGroup(scope, id, p.Names), "aws_ecr_pull_through_cache_rule.prefect", ecrpullthroughcacherule.NewEcrPullThroughCacheRule,
		&ecrpullthroughcacherule.EcrPullThroughCacheRuleConfig{
			EcrRepositoryPrefix: &p.Prefix,
			UpstreamRegistryUrl: &p.RegistryURL,
			CredentialArn:       optional(p.CredentialARN),
		})
}
