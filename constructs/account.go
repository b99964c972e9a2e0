package constructs

import (
	"cmp"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawscalleridentity"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawspartition"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawsregion"
)

// Account is what the ARNs of an account have in common; templates.
type Account struct {
	Partition string // aws, aws-cn, aws-us-gov
	DNSSuffix string // amazonaws.com, amazonaws.com.cn
	Region    string // empty in a stack whose ARNs name theirs
	ID        string // 12 digits
}

// NewPartition is the partition of the account, and the DNS suffix of its
// services. The data source is made once in a stack, whoever asks.
func NewPartition(scope constructs.Construct) (partition, dnsSuffix string) {
	return newGroup(scope, "NewPartition", "").partition()
}

func (g group) partition() (partition, dnsSuffix string) {
	r := once(g, "aws_partition.current", dataawspartition.NewDataAwsPartition, &dataawspartition.DataAwsPartitionConfig{})
	return r.Attr("partition"), r.Attr("dns_suffix")
}

// account reads the account from AWS, once for all constructs of a stack.
func (g group) account() Account {
	partition, suffix := g.partition()
	caller := once(g, "aws_caller_identity.current", dataawscalleridentity.NewDataAwsCallerIdentity, &dataawscalleridentity.DataAwsCallerIdentityConfig{})
	return Account{Partition: partition, DNSSuffix: suffix, ID: caller.Attr("account_id")}
}

// or is an account that was given; what is left out is that of the account that
// Terraform runs in.
func (a Account) or(g group) Account {
	if a.Partition == "" || a.DNSSuffix == "" || a.ID == "" {
		made := g.account()
		a.Partition, a.DNSSuffix, a.ID = cmp.Or(a.Partition, made.Partition), cmp.Or(a.DNSSuffix, made.DNSSuffix), cmp.Or(a.ID, made.ID)
	}
	if a.Region == "" {
		a.Region = g.region()
	}
	return a
}

// region is the provider's region, from AWS. Its attribute name is deprecated in
// version 6 of the provider.
func (g group) region() string {
	return once(g, "aws_region.current", dataawsregion.NewDataAwsRegion, &dataawsregion.DataAwsRegionConfig{}).Attr("id")
}

// arn is an ARN of this account and region.
func (a Account) arn(service, resource string) string { return a.arnIn(service, a.Region, resource) }

// arnIn is an ARN of this account in a region; "" where the service has none.
func (a Account) arnIn(service, region, resource string) string {
	return "arn:" + a.Partition + ":" + service + ":" + region + ":" + a.ID + ":" + resource
}
