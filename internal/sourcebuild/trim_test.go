package sourcebuild

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A provider in miniature: ecs imports iam, sqs is not wanted; the client of
// tags is used by a package that is not a service.
var miniature = map[string]string{
	"go.mod":  "module github.com/hashicorp/terraform-provider-aws\n\ngo 1.23\n\ngodebug tlskyber=0\n\nrequire x v1.0.0\n",
	"main.go": "package main\n\nimport \"github.com/hashicorp/terraform-provider-aws/internal/provider\"\n\nfunc main() { provider.New() }\n",
	"internal/provider/provider.go": "package provider\n\nimport \"github.com/hashicorp/terraform-provider-aws/internal/conns\"\n\n" +
		"func New() { conns.New(nil).TagsClient(nil) }\n",
	servicePackagesGen[0]: `package sdkv2

import (
	"context"

	"github.com/hashicorp/terraform-provider-aws/internal/service/ecs"
	"github.com/hashicorp/terraform-provider-aws/internal/service/iam"
	"github.com/hashicorp/terraform-provider-aws/internal/service/sqs"
)

func servicePackages(ctx context.Context) []any {
	v := []any{
		ecs.ServicePackage(ctx),
		iam.ServicePackage(ctx),
		sqs.ServicePackage(ctx),
	}
	return v
}
`,
	"internal/conns/conns.go": "package conns\n\nfunc New(any) *AWSClient { return nil }\n",
	awsClientGen: `package conns

import (
	"example.com/sdk/ecs"
	"example.com/sdk/iam"
	"example.com/sdk/sqs"
	"example.com/sdk/tags"
)

type AWSClient struct{}

func (c *AWSClient) ECSClient(ctx any) *ecs.Client   { return nil }
func (c *AWSClient) IAMClient(ctx any) *iam.Client   { return nil }
func (c *AWSClient) SQSClient(ctx any) *sqs.Client   { return nil }
func (c *AWSClient) TagsClient(ctx any) *tags.Client { return nil }
`,
	"internal/service/ecs/ecs.go": "package ecs\n\nimport _ \"github.com/hashicorp/terraform-provider-aws/internal/service/iam\"\n\n" +
		"func read(c interface{ ECSClient(any) any }) { c.ECSClient(nil) }\n",
	"internal/service/ecs/ecs_test.go": "package ecs\n\nimport _ \"github.com/hashicorp/terraform-provider-aws/internal/service/sqs\"\n",
	"internal/service/iam/iam.go":      "package iam\n\nfunc read(c interface{ IAMClient(any) any }) { c.IAMClient(nil) }\n",
	"internal/service/sqs/sqs.go":      "package sqs\n\nfunc read(c interface{ SQSClient(any) any }) { c.SQSClient(nil) }\n",
}

func writeMiniature(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range miniature {
		file := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestTrimKeepsTheWantedServicesAndWhatTheyImport(t *testing.T) {
	dir := writeMiniature(t)
	services, err := trimProvider(dir, []string{"ecs"})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{"ecs", "iam"}; !slices.Equal(services, want) {
		t.Errorf("services: got %v, want %v", services, want)
	}
	for file, check := range map[string]struct{ has, hasNot []string }{
		servicePackagesGen[0]: {[]string{"ecs.ServicePackage", "service/iam"}, []string{"sqs"}},
		awsClientGen:          {[]string{"ECSClient", "IAMClient", "TagsClient", "sdk/tags", "type AWSClient"}, []string{"SQSClient", "sdk/sqs"}},
		"go.mod":              {[]string{"go 1.23", "require x"}, []string{"godebug"}},
	} {
		text, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range check.has {
			if !strings.Contains(string(text), s) {
				t.Errorf("%s lacks %q:\n%s", file, s, text)
			}
		}
		for _, s := range check.hasNot {
			if strings.Contains(string(text), s) {
				t.Errorf("%s still has %q:\n%s", file, s, text)
			}
		}
	}
}

func TestTrimRefusesAServiceThatDoesNotExist(t *testing.T) {
	_, err := trimProvider(writeMiniature(t), []string{"ecss"})
	if err == nil || !strings.Contains(err.Error(), `service "ecss": not in the provider's source`) {
		t.Errorf("got %v", err)
	}
}
