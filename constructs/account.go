package constructs

import (
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawscalleridentity"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawspartition"
)

// account is whom the stack's resources belong to, as templates.
type account struct{ partition, id string }

// arn is the ARN of something of this account.
func (a account) arn(service, region, resource string) string {
	return "arn:" + a.partition + ":" + service + ":" + region + ":" + a.id + ":" + resource
}

// account reads the account from AWS, once for all constructs of a stack.
func (g group) account() account {
	once(g, "aws_partition.current", dataawspartition.NewDataAwsPartition, &dataawspartition.DataAwsPartitionConfig{})
	once(g, "aws_caller_identity.current", dataawscalleridentity.NewDataAwsCallerIdentity, &dataawscalleridentity.DataAwsCallerIdentityConfig{})
	return account{"${data.aws_partition.current.partition}", "${data.aws_caller_identity.current.account_id}"}
}
