package constructs

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/dataawssubnets"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// ExistingNetworkProps say which VPC and subnets to use.
type ExistingNetworkProps struct {
	settings.ExistingNetwork // required: VPCID, PrivateSubnetIDs (or PublicSubnetIDs)
}

// NewExistingNetwork refers to a VPC and subnets that somebody else looks
// after. That the subnets are the VPC's own is checked by the plan: ECS would
// refuse the service only in the middle of an apply.
func NewExistingNetwork(scope constructs.Construct, id string, p ExistingNetworkProps) *Network {
	g := newGroup(scope, "NewExistingNetwork", id)
	subnets := slices.Concat(p.PrivateSubnetIDs, p.PublicSubnetIDs)
	g.require(prop{"VPCID", p.VPCID, "the id of the VPC"}, prop{"PrivateSubnetIDs", strings.Join(subnets, ""), "the ids of its subnets, or PublicSubnetIDs"})
	data(g, "aws_subnets.existing", dataawssubnets.NewDataAwsSubnets, &dataawssubnets.DataAwsSubnetsConfig{
		Filter: []*dataawssubnets.DataAwsSubnetsFilter{
			{Name: jsii.String("vpc-id"), Values: jsii.Strings(p.VPCID)},
			{Name: jsii.String("subnet-id"), Values: strs(subnets)},
		},
		Lifecycle: &cdktf.TerraformResourceLifecycle{Postcondition: &[]*cdktf.Postcondition{{
			Condition: fmt.Sprintf("${length(self.ids) == %d}", len(subnets)),
			ErrorMessage: jsii.String(fmt.Sprintf("Of the %d subnets that were given %s has these: [${join(\", \", sort(self.ids))}]. "+
				"Give the ids of subnets of that VPC, in the region of this stack.", len(subnets), p.VPCID)),
		}}},
	})
	list := func(name string, ids []string) string {
		if len(ids) == 0 {
			return ""
		}
		return "${" + g.local(name, ids) + "}"
	}
	return &Network{
		VPCID:            p.VPCID,
		PublicSubnetIDs:  list("public_subnet_ids", p.PublicSubnetIDs),
		PrivateSubnetIDs: list("private_subnet_ids", p.PrivateSubnetIDs),
	}
}
