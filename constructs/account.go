package constructs

import (
	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawspartition"
)

// Account is what the ARNs of an account have in common; templates.
type Account struct {
	Partition string // aws, aws-cn, aws-us-gov
	DNSSuffix string // amazonaws.com, amazonaws.com.cn
	Region    string
	ID        string // 12 digits
}

// NewPartition is the partition of the account, and the DNS suffix of its
// services. The data source is made once in a stack, whoever asks.
func NewPartition(scope constructs.Construct) (partition, dnsSuffix string) {
	const address = "aws_partition.current"
	g := newGroup(scope, "", nil)
	if g.stack.Node().TryFindChild(jsii.String("data."+address)) == nil {
		data(g, address, dataawspartition.NewDataAwsPartition, &dataawspartition.DataAwsPartitionConfig{})
	}
	r := Resource{Address: "data." + address}
	return r.Attr("partition"), r.Attr("dns_suffix")
}

// arn is an ARN of this account and region.
func (a Account) arn(service, resource string) string {
	return "arn:" + a.Partition + ":" + service + ":" + a.Region + ":" + a.ID + ":" + resource
}
