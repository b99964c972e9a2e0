package constructs

// StateAccess is one state that the roles use.
type StateAccess struct {
	Bucket    string // name
	Key       string // of the state in the bucket
	LockTable string // name; "": not locked by a table
	LockFile  bool   // locked by an object beside the state
	KMSKeyARN string // "": the bucket's own choice
}

// documents writes the policies of GitHubActions. Their actions are what the
// provider calls for the resources that package constructs makes.
type documents struct {
	GitHubActionsProps
	account Account
}

// state lets a role read and lock its states, and write them if it applies.
// https://developer.hashicorp.com/terraform/language/backend/s3#permissions-required
func (d documents) state(write bool) map[string]any {
	var all []any
	for _, s := range d.States {
		bucket := "arn:" + d.account.Partition + ":s3:::" + s.Bucket
		objects := []string{"s3:GetObject"}
		if write {
			objects = append(objects, "s3:PutObject")
		}
		all = append(all,
			allow([]string{"s3:ListBucket"}, bucket),
			allow(objects, bucket+"/"+s.Key))
		if s.LockFile {
			all = append(all, allow([]string{"s3:GetObject", "s3:PutObject", "s3:DeleteObject"}, bucket+"/"+s.Key+".tflock"))
		}
		if s.LockTable != "" {
			all = append(all, d.lockItems(s, write)...)
		}
		all = append(all, d.stateKey(s))
	}
	return policy(all...)
}

// lockItems limits a role to the items of its state in a table that many share.
func (d documents) lockItems(s StateAccess, write bool) []any {
	table := d.account.arnIn("dynamodb", d.Region, "table/"+s.LockTable)
	lock, digest := s.Bucket+"/"+s.Key, s.Bucket+"/"+s.Key+"-md5"
	keys := func(keys ...string) map[string]any {
		return map[string]any{"ForAllValues:StringEquals": map[string]any{"dynamodb:LeadingKeys": keys}}
	}
	written := []string{lock}
	if write {
		written = append(written, digest)
	}
	return []any{
		allow([]string{"dynamodb:DescribeTable"}, table),
		allowIf([]string{"dynamodb:GetItem"}, keys(lock, digest), table),
		allowIf([]string{"dynamodb:PutItem", "dynamodb:DeleteItem"}, keys(written...), table),
	}
}

// stateKey lets a role use the state's key, through S3 alone. A lock is
// written with it too, so that planning takes both actions.
func (d documents) stateKey(s StateAccess) any {
	key := s.KMSKeyARN
	if key == "" {
		key = d.account.arnIn("kms", d.Region, "key/*")
	}
	return allowIf([]string{"kms:Decrypt", "kms:GenerateDataKey"}, map[string]any{"StringEquals": map[string]any{"kms:ViaService": "s3." + d.Region + ".amazonaws.com"}}, key)
}

// read is what a refresh asks for.
func (d documents) read() map[string]any {
	all := []any{
		allow([]string{
			"application-autoscaling:Describe*", "application-autoscaling:ListTagsForResource",
			"cloudwatch:Describe*", "cloudwatch:GetDashboard", "cloudwatch:ListTagsForResource",
			"ec2:Describe*",
			"ecr:Describe*", "ecr:GetLifecyclePolicy", "ecr:GetRepositoryPolicy", "ecr:ListTagsForResource",
			"ecs:Describe*", "ecs:List*",
			"events:Describe*", "events:List*",
			"kms:DescribeKey", "kms:GetKeyPolicy", "kms:GetKeyRotationStatus", "kms:ListAliases", "kms:ListResourceTags",
			"lambda:GetFunction*", "lambda:GetPolicy", "lambda:List*",
			"logs:Describe*", "logs:ListTagsForResource",
			"route53:GetHostedZone", "route53:ListHostedZonesByName",
			"secretsmanager:DescribeSecret", "secretsmanager:GetResourcePolicy", "secretsmanager:ListSecretVersionIds",
			"servicediscovery:Get*", "servicediscovery:List*",
			"sns:GetSubscriptionAttributes", "sns:GetTopicAttributes", "sns:ListTagsForResource",
			"sqs:GetQueueAttributes", "sqs:GetQueueUrl", "sqs:ListQueueTags",
		}, "*"),
		allow([]string{"iam:GetRole", "iam:GetRolePolicy", "iam:ListAttachedRolePolicies", "iam:ListInstanceProfilesForRole", "iam:ListRolePolicies"}, d.roles()...),
	}
	if d.ReadSecretValues {
		all = append(all, allow([]string{"secretsmanager:GetSecretValue"}, d.prefixed("secretsmanager", "secret:")...))
	}
	return policy(all...)
}

// network is what a VPC is made and changed with. EC2 knows no names.
func (d documents) network() map[string]any {
	return policy(d.inRegion(
		"ec2:AllocateAddress", "ec2:AssociateRouteTable", "ec2:AttachInternetGateway", "ec2:AuthorizeSecurityGroupEgress",
		"ec2:AuthorizeSecurityGroupIngress", "ec2:CreateFlowLogs", "ec2:CreateInternetGateway", "ec2:CreateNatGateway", "ec2:CreateRoute",
		"ec2:CreateRouteTable", "ec2:CreateSecurityGroup", "ec2:CreateSubnet", "ec2:CreateTags", "ec2:CreateVpc", "ec2:CreateVpcEndpoint",
		"ec2:DeleteFlowLogs", "ec2:DeleteInternetGateway", "ec2:DeleteNatGateway", "ec2:DeleteNetworkInterface", "ec2:DeleteRoute", "ec2:DeleteRouteTable",
		"ec2:DeleteSecurityGroup", "ec2:DeleteSubnet", "ec2:DeleteTags", "ec2:DeleteVpc", "ec2:DeleteVpcEndpoints",
		"ec2:DetachInternetGateway", "ec2:DetachNetworkInterface", "ec2:DisassociateAddress", "ec2:DisassociateRouteTable", "ec2:ModifySecurityGroupRules",
		"ec2:ModifySubnetAttribute", "ec2:ModifyVpcAttribute", "ec2:ModifyVpcEndpoint", "ec2:ReleaseAddress", "ec2:ReplaceRoute",
		"ec2:ReplaceRouteTableAssociation", "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress",
	))
}

// services is what ECS and its neighbours are managed with, in one region.
func (d documents) services() map[string]any {
	return policy(
		d.inRegion(
			"application-autoscaling:DeleteScalingPolicy", "application-autoscaling:DeleteScheduledAction", "application-autoscaling:DeregisterScalableTarget",
			"application-autoscaling:PutScalingPolicy", "application-autoscaling:PutScheduledAction", "application-autoscaling:RegisterScalableTarget",
			"application-autoscaling:TagResource", "application-autoscaling:UntagResource",
			"cloudwatch:DeleteAlarms", "cloudwatch:DeleteDashboards", "cloudwatch:PutCompositeAlarm", "cloudwatch:PutDashboard", "cloudwatch:PutMetricAlarm",
			"cloudwatch:TagResource", "cloudwatch:UntagResource",
			"ecr:CreatePullThroughCacheRule", "ecr:CreateRepository", "ecr:DeleteLifecyclePolicy", "ecr:DeletePullThroughCacheRule", "ecr:DeleteRepository",
			"ecr:DeleteRepositoryPolicy", "ecr:PutImageScanningConfiguration", "ecr:PutImageTagMutability", "ecr:PutLifecyclePolicy",
			"ecr:SetRepositoryPolicy", "ecr:TagResource", "ecr:UntagResource",
			"ecs:CreateCluster", "ecs:CreateService", "ecs:DeleteCluster", "ecs:DeleteService", "ecs:DeregisterTaskDefinition", "ecs:PutClusterCapacityProviders",
			"ecs:RegisterTaskDefinition", "ecs:TagResource", "ecs:UntagResource", "ecs:UpdateCluster", "ecs:UpdateClusterSettings", "ecs:UpdateService",
			"logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:DeleteMetricFilter", "logs:DeleteQueryDefinition",
			"logs:DeleteRetentionPolicy", "logs:DisassociateKmsKey", "logs:PutMetricFilter", "logs:PutQueryDefinition", "logs:PutRetentionPolicy",
			"logs:TagResource", "logs:UntagResource",
			"servicediscovery:CreatePrivateDnsNamespace", "servicediscovery:CreateService", "servicediscovery:DeleteNamespace", "servicediscovery:DeleteService",
			"servicediscovery:TagResource", "servicediscovery:UntagResource", "servicediscovery:UpdatePrivateDnsNamespace", "servicediscovery:UpdateService",
		),
		// A private DNS namespace is a hosted zone; Route 53 has no regions.
		allow([]string{"route53:AssociateVPCWithHostedZone", "route53:ChangeResourceRecordSets", "route53:CreateHostedZone", "route53:DeleteHostedZone"}, "*"),
		// Secrets and repositories under a key of the team's own.
		allowIf([]string{"kms:CreateGrant", "kms:Decrypt", "kms:GenerateDataKey"}, map[string]any{"StringEquals": map[string]any{"kms:ViaService": []string{
			"ecr." + d.Region + ".amazonaws.com", "secretsmanager." + d.Region + ".amazonaws.com",
		}}}, d.account.arnIn("kms", d.Region, "key/*")),
	)
}

// keys is what the alert topic's key is managed with. A key has an ARN without
// a name, so its tag says that it is a topic's of one of the prefixes. IAM
// cannot tell the tag of a key being made from one put onto a key later: a key
// that no deployment may claim needs a policy of its own that says so.
// https://docs.aws.amazon.com/kms/latest/developerguide/tag-authorization.html
func (d documents) keys() map[string]any {
	var topics []string
	for _, prefix := range d.NamePrefixes {
		topics = append(topics, prefix+"*")
	}
	tagged := func(where string) map[string]any {
		return map[string]any{"StringLike": map[string]any{where + alertsKeyTag: topics}}
	}
	made := tagged("aws:RequestTag/")
	made["StringEquals"] = map[string]any{"aws:RequestedRegion": d.Region}
	keys := d.account.arnIn("kms", d.Region, "key/*")
	return policy(
		allowIf([]string{"kms:CreateKey", "kms:TagResource"}, made, "*"),
		// These must hold right after a key is made, while a tag takes up to five
		// minutes to count; no key is weaker for them.
		allow([]string{"kms:CreateAlias", "kms:DeleteAlias", "kms:UpdateAlias"}, append(d.prefixed("kms", "alias/"), keys)...),
		allow([]string{"kms:EnableKeyRotation"}, keys),
		allowIf([]string{"kms:DisableKeyRotation", "kms:PutKeyPolicy", "kms:ScheduleKeyDeletion", "kms:TagResource", "kms:UntagResource",
			"kms:UpdateKeyDescription"}, tagged("aws:ResourceTag/"), keys),
	)
}

// named is what has a name that begins with one of the prefixes.
func (d documents) named() map[string]any {
	roles := d.roles()
	all := []any{
		allow([]string{"secretsmanager:CreateSecret", "secretsmanager:DeleteSecret", "secretsmanager:PutSecretValue", "secretsmanager:TagResource",
			"secretsmanager:UntagResource", "secretsmanager:UpdateSecret"}, d.prefixed("secretsmanager", "secret:")...),
		allow([]string{"sqs:CreateQueue", "sqs:DeleteQueue", "sqs:SetQueueAttributes", "sqs:TagQueue", "sqs:UntagQueue"}, d.prefixed("sqs", "")...),
		allow([]string{"sns:CreateTopic", "sns:DeleteTopic", "sns:SetSubscriptionAttributes", "sns:SetTopicAttributes", "sns:Subscribe",
			"sns:TagResource", "sns:Unsubscribe", "sns:UntagResource"}, d.prefixed("sns", "")...),
		allow([]string{"events:DeleteRule", "events:PutRule", "events:PutTargets", "events:RemoveTargets", "events:TagResource", "events:UntagResource"}, d.prefixed("events", "rule/")...),
		allow([]string{"lambda:AddPermission", "lambda:CreateFunction", "lambda:DeleteFunction", "lambda:DeleteFunctionEventInvokeConfig",
			"lambda:PutFunctionEventInvokeConfig", "lambda:RemovePermission", "lambda:TagResource", "lambda:UntagResource", "lambda:UpdateFunctionCode",
			"lambda:UpdateFunctionConfiguration"}, d.prefixed("lambda", "function:")...),
		allow([]string{"iam:DeleteRole", "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole", "iam:UpdateRoleDescription"}, roles...),
		allowIf([]string{"iam:CreateRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"}, d.bounded(map[string]any{}), roles...),
		allowIf([]string{"iam:AttachRolePolicy"}, d.bounded(map[string]any{"ArnEquals": map[string]any{"iam:PolicyARN": append([]string{
			"arn:" + d.account.Partition + ":iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
			"arn:" + d.account.Partition + ":iam::aws:policy/AmazonEC2ContainerRegistryReadOnly",
		}, d.FlowRunPolicyARNs...)}}), roles...),
		allowIf([]string{"iam:PassRole"}, map[string]any{"StringEquals": map[string]any{"iam:PassedToService": []string{
			"ecs-tasks.amazonaws.com", "lambda.amazonaws.com", "vpc-flow-logs.amazonaws.com",
		}}}, roles...),
		allowIf([]string{"iam:CreateServiceLinkedRole"}, map[string]any{"StringEquals": map[string]any{"iam:AWSServiceName": []string{
			"ecs.amazonaws.com", "ecs.application-autoscaling.amazonaws.com", "pullthroughcache.ecr.amazonaws.com",
		}}}, d.account.arnIn("iam", "", "role/aws-service-role/*")),
	}
	return policy(all...)
}

// bounded adds the permissions boundary, where there is one, to a condition:
// a role without it can then be neither made nor given a policy.
func (d documents) bounded(condition map[string]any) map[string]any {
	if d.PermissionsBoundaryARN != "" {
		condition["StringEquals"] = map[string]any{"iam:PermissionsBoundary": d.PermissionsBoundaryARN}
	}
	return condition
}

// roles are the ARNs of the prefixes' roles, with a path and without.
func (d documents) roles() []string {
	var all []string
	for _, prefix := range d.NamePrefixes {
		all = append(all, d.account.arnIn("iam", "", "role/"+prefix+"*"), d.account.arnIn("iam", "", "role/*/"+prefix+"*"))
	}
	return all
}

// prefixed are the ARNs of whatever a service names with a prefix.
func (d documents) prefixed(service, kind string) []string {
	var all []string
	for _, prefix := range d.NamePrefixes {
		all = append(all, d.account.arnIn(service, d.Region, kind+prefix+"*"))
	}
	return all
}

func (d documents) inRegion(actions ...string) map[string]any {
	return allowIf(actions, map[string]any{"StringEquals": map[string]any{"aws:RequestedRegion": d.Region}}, "*")
}
