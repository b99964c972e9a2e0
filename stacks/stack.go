// Package stacks wires constructs into Terraform stacks: provider, backend,
// variables, resources and outputs. What it gets is resolved and checked: every
// text is a Terraform template already.
package stacks

import (
	"maps"
	"slices"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/provider"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// Add adds a stack to the app for each environment, in order of their files.
func Add(app cdktf.App, c *config.Config) {
	for _, e := range c.Environments {
		newWorkerStack(app, e.Resolve())
	}
	for _, s := range c.StateBackends {
		newStateBackend(app, s)
	}
	for _, g := range c.GitHubActions {
		newGitHubActions(app, g)
	}
	for _, s := range c.CrashEvents {
		newCrashEvents(app, s.Resolve())
	}
}

// Warn adds warnings to the stacks that Add has made. The CDKTF CLI prints each
// as one, with its stack; what an app prints itself it shows as an error.
func Warn(app cdktf.App, warnings []config.Warning) {
	for _, w := range warnings {
		cdktf.Annotations_Of(app.Node().FindChild(&w.Stack)).AddWarning(&w.Text)
	}
}

// configure says whose account the provider works in.
func configure(aws *provider.AwsProviderConfig, p settings.AWSProvider) {
	if len(p.AllowedAccountIDs) > 0 {
		aws.AllowedAccountIds = jsii.PtrSlice(p.AllowedAccountIDs...)
	}
	if r := p.AssumeRole; r != nil {
		aws.AssumeRole = []*provider.AwsProviderAssumeRole{{RoleArn: &r.RoleARN, ExternalId: optional(r.ExternalID), SessionName: optional(r.SessionName)}}
	}
	if t := p.IgnoreTags; t != nil {
		ignore := &provider.AwsProviderIgnoreTags{}
		if len(t.Keys) > 0 {
			ignore.Keys = jsii.PtrSlice(t.Keys...)
		}
		if len(t.KeyPrefixes) > 0 {
			ignore.KeyPrefixes = jsii.PtrSlice(t.KeyPrefixes...)
		}
		aws.IgnoreTags = []*provider.AwsProviderIgnoreTags{ignore}
	}
}

// optional is nil for a text that was left out.
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// newStack creates an empty stack with its provider and version constraints.
// Default tags go onto every resource that takes tags.
func newStack(app cdktf.App, name, region string, terraform settings.TerraformBlock, defaultTags map[string]string) cdktf.TerraformStack {
	stack := cdktf.NewTerraformStack(app, &name)
	aws := &provider.AwsProviderConfig{Region: &region}
	if len(defaultTags) > 0 {
		tags := map[string]*string{}
		for key, value := range defaultTags {
			tags[key] = &value
		}
		aws.DefaultTags = []*provider.AwsProviderDefaultTags{{Tags: &tags}}
	}
	configure(aws, terraform.Provider)
	provider.NewAwsProvider(stack, jsii.String("aws"), aws)
	// The binding asks for exactly the provider it was generated from; the
	// range also admits the versions that a team has locked already.
	stack.AddOverride(jsii.String("terraform"), map[string]any{
		"required_version":   terraform.RequiredVersion,
		"required_providers": map[string]any{"aws": map[string]any{"source": "hashicorp/aws", "version": terraform.AWSProviderVersion}},
	})
	addStatements(stack, terraform)
	return stack
}

// addStatements writes the blocks import, moved and removed, which CDKTF has for
// its own constructs alone.
func addStatements(stack cdktf.TerraformStack, t settings.TerraformBlock) {
	blocks := map[string][]any{}
	for _, b := range t.Import {
		blocks[settings.Import] = append(blocks[settings.Import], map[string]any{"to": b.To, "id": b.ID})
	}
	for _, b := range t.Moved {
		blocks[settings.Moved] = append(blocks[settings.Moved], map[string]any{"from": b.From, "to": b.To})
	}
	for _, b := range t.Removed {
		blocks[settings.Removed] = append(blocks[settings.Removed], map[string]any{"from": b.From, "lifecycle": map[string]any{"destroy": false}})
	}
	for _, kind := range slices.Sorted(maps.Keys(blocks)) {
		stack.AddOverride(&kind, blocks[kind])
	}
}
