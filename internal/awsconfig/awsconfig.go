// Package awsconfig reaches AWS as a stack's Terraform does: with the profile
// and the role that the synthesized stack names.
package awsconfig

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/cachedir"
)

// Role is a role to assume, in Terraform's words.
type Role struct {
	ARN         string `json:"role_arn"`
	ExternalID  string `json:"external_id"`
	SessionName string `json:"session_name"`
}

// Load finds region and credentials as the AWS CLI does, unless an option says
// otherwise, and takes on a role with them. nil: none.
func Load(ctx context.Context, region string, role *Role, options ...func(*config.LoadOptions) error) (aws.Config, error) {
	// What the SDK tries on its way to credentials is no news.
	if err := cachedir.Stopped(); err != nil && len(options) == 0 {
		return aws.Config{}, err
	}
	c, err := config.LoadDefaultConfig(ctx, append(options, config.WithRegion(region), config.WithLogger(logging.Nop{}))...)
	if err != nil || role == nil {
		return c, Explain(err)
	}
	assumed := stscreds.NewAssumeRoleProvider(sts.NewFromConfig(c), role.ARN, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = role.SessionName // "": one that the SDK makes
		if role.ExternalID != "" {
			o.ExternalID = &role.ExternalID
		}
	})
	c.Credentials = aws.NewCredentialsCache(assumed)
	return c, nil
}
