package constructs

import (
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecrlifecyclepolicy"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecrpullthroughcacherule"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/ecrrepository"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// RepositoryProps are the settings of an ECR repository.
type RepositoryProps struct {
	settings.Repository // required: Name. PullThroughCache is its own construct
}

// NewRepository creates an ECR repository for flow images.
func NewRepository(scope constructs.Construct, id string, p RepositoryProps) Resource[ecrrepository.EcrRepository] {
	g := newGroup(scope, "NewRepository", id)
	g.require(prop{"Name", p.Name, "the name of the repository"})
	fill(g, &p.Repository)
	config := &ecrrepository.EcrRepositoryConfig{Name: &p.Name, ForceDelete: p.ForceDelete, ImageTagMutability: optional(p.ImageTagMutability)}
	if p.ScanOnPush {
		config.ImageScanningConfiguration = &ecrrepository.EcrRepositoryImageScanningConfiguration{ScanOnPush: jsii.Bool(true)}
	}
	if p.EncryptionType != "" {
		config.EncryptionConfiguration = []*ecrrepository.EcrRepositoryEncryptionConfiguration{{EncryptionType: &p.EncryptionType, KmsKey: optional(p.KMSKeyARN)}}
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
	if p.Lifecycle == nil {
		return nil
	}
	var rules []any
	rule := func(description string, selection map[string]any) {
		rules = append(rules, map[string]any{"rulePriority": len(rules) + 1, "description": description, "selection": selection, "action": map[string]any{"type": "expire"}})
	}
	if days := p.Lifecycle.ExpireUntaggedAfterDays; days > 0 {
		rule("Images without a tag", map[string]any{"tagStatus": "untagged", "countType": "sinceImagePushed", "countUnit": "days", "countNumber": days})
	}
	if p.Lifecycle.KeepLast > 0 {
		rule("All but the newest images", map[string]any{"tagStatus": "any", "countType": "imageCountMoreThan", "countNumber": p.Lifecycle.KeepLast})
	}
	return rules
}

// PullThroughCacheProps are the settings of a cache of another registry.
type PullThroughCacheProps struct {
	settings.PullThroughCache // required: Registry, Prefix
}

// NewPullThroughCache keeps images of another registry in the account's ECR.
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/pull-through-cache.html
func NewPullThroughCache(scope constructs.Construct, id string, p PullThroughCacheProps) Resource[ecrpullthroughcacherule.EcrPullThroughCacheRule] {
	g := newGroup(scope, "NewPullThroughCache", id)
	g.require(prop{"Registry", settings.Registries[p.Registry].URL, "one of " + strings.Join(settings.RegistryNames(), ", ")}, prop{"Prefix", p.Prefix, "what the cached repositories' names begin with"})
	return add(g, "aws_ecr_pull_through_cache_rule.prefect", ecrpullthroughcacherule.NewEcrPullThroughCacheRule,
		&ecrpullthroughcacherule.EcrPullThroughCacheRuleConfig{
			EcrRepositoryPrefix: &p.Prefix,
			UpstreamRegistryUrl: jsii.String(settings.Registries[p.Registry].URL),
			CredentialArn:       optional(p.CredentialSecretARN),
		})
}
