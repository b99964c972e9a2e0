package constructs

import (
	"slices"
	"strings"
)

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
	if len(d.Names.StoredSecrets) > 0 {
		var secrets []string
		for _, name := range d.Names.StoredSecrets {
			// Six characters are AWS's; "-*" would be every secret whose name goes on.
			secrets = append(secrets, d.account.arnIn("secretsmanager", d.Region, "secret:"+name+"-??????"))
		}
		all = append(all, allow([]string{"secretsmanager:GetSecretValue"}, secrets...))
	}
	return policy(all...)
}

// network is what a VPC is made and changed with, anywhere in the region: EC2
// knows no names, and not everything that the documented deployments have has a tag.
func (d documents) network() map[string]any {
	return policy(d.inRegion([]string{
		"ec2:AllocateAddress", "ec2:AssociateRouteTable", "ec2:AttachInternetGateway", "ec2:AuthorizeSecurityGroupEgress",
		"ec2:AuthorizeSecurityGroupIngress", "ec2:CreateFlowLogs", "ec2:CreateInternetGateway", "ec2:CreateNatGateway", "ec2:CreateRoute",
		"ec2:CreateRouteTable", "ec2:CreateSecurityGroup", "ec2:CreateSubnet", "ec2:CreateTags", "ec2:CreateVpc", "ec2:CreateVpcEndpoint",
		"ec2:DeleteFlowLogs", "ec2:DeleteInternetGateway", "ec2:DeleteNatGateway", "ec2:DeleteNetworkInterface", "ec2:DeleteRoute", "ec2:DeleteRouteTable",
		"ec2:DeleteSecurityGroup", "ec2:DeleteSubnet", "ec2:DeleteTags", "ec2:DeleteVpc", "ec2:DeleteVpcEndpoints",
		"ec2:DetachInternetGateway", "ec2:DetachNetworkInterface", "ec2:DisassociateAddress", "ec2:DisassociateRouteTable", "ec2:ModifySecurityGroupRules",
		"ec2:ModifySubnetAttribute", "ec2:ModifyVpcAttribute", "ec2:ModifyVpcEndpoint", "ec2:ReleaseAddress", "ec2:ReplaceRoute",
		"ec2:ReplaceRouteTableAssociation", "ec2:RevokeSecurityGroupEgress", "ec2:RevokeSecurityGroupIngress",
	}, "*"))
}

// services is what ECS and its neighbours are managed with: by name, where the
// action takes a resource that has one.
func (d documents) services() map[string]any {
	clusters := d.own("ecs", "cluster/", "", d.Names.Clusters)
	services := d.own("ecs", "service/", "/*", d.Names.Clusters)
	for _, service := range d.Names.Services {
		services = append(services, d.account.arnIn("ecs", d.Region, "service/"+service))
	}
	deployments := d.own("ecs", "service-deployment/", "/*", d.Names.Clusters)
	for _, service := range d.Names.Services {
		deployments = append(deployments, d.account.arnIn("ecs", d.Region, "service-deployment/"+service+"/*"))
	}
	families := d.own("ecs", "task-definition/", ":*", d.Names.Families)
	all := []any{
		d.inRegion([]string{"ecs:CreateCluster", "ecs:CreateService", "ecs:DeleteCluster", "ecs:DeleteService", "ecs:PutClusterCapacityProviders",
			"ecs:RegisterTaskDefinition", "ecs:TagResource", "ecs:UntagResource", "ecs:UpdateCluster", "ecs:UpdateClusterSettings", "ecs:UpdateService"},
			slices.Concat(clusters, services, families)...),
		d.inRegion([]string{"ecs:DeregisterTaskDefinition"}, "*"),         // takes no resource
		d.inRegion([]string{"ecs:StopServiceDeployment"}, deployments...), // sigint_rollback
		d.inRegion([]string{"cloudwatch:DeleteAlarms", "cloudwatch:DeleteDashboards", "cloudwatch:PutCompositeAlarm", "cloudwatch:PutDashboard",
			"cloudwatch:PutMetricAlarm", "cloudwatch:TagResource", "cloudwatch:UntagResource"},
			slices.Concat(d.own("cloudwatch", "alarm:", "-*", d.Names.AlarmPrefixes), d.dashboards())...),
		// A target has no name in its ARN; that it is of ECS is what there is to ask for.
		allowIf([]string{"application-autoscaling:DeleteScalingPolicy", "application-autoscaling:DeleteScheduledAction",
			"application-autoscaling:DeregisterScalableTarget", "application-autoscaling:PutScalingPolicy",
			"application-autoscaling:PutScheduledAction", "application-autoscaling:RegisterScalableTarget"},
			map[string]any{"StringEquals": map[string]any{"application-autoscaling:service-namespace": "ecs"}}, d.scalableTargets()),
		allow([]string{"application-autoscaling:TagResource", "application-autoscaling:UntagResource"}, d.scalableTargets()), // take no namespace
	}
	if d.Names.DNSNamespaces {
		all = append(all, d.namespaces()...)
	}
	return policy(all...)
}

// dashboards have no region in their ARN.
func (d documents) dashboards() []string {
	var all []string
	for _, arn := range d.own("cloudwatch", "dashboard/", "", d.Names.Dashboards) {
		all = append(all, strings.Replace(arn, ":"+d.Region+":", "::", 1))
	}
	return all
}

func (d documents) scalableTargets() string {
	return d.account.arnIn("application-autoscaling", d.Region, "scalable-target/*")
}

// namespaces are known to Cloud Map by ids. A private DNS namespace is a hosted
// zone, which Cloud Map makes and deletes in the role's name: no request of the
// role's own touches one.
// https://docs.aws.amazon.com/cloud-map/latest/dg/security_iam_service-with-iam.html
func (d documents) namespaces() []any {
	const servicediscovery = "servicediscovery"
	return []any{
		d.inRegion([]string{"servicediscovery:CreateService", "servicediscovery:DeleteNamespace", "servicediscovery:DeleteService",
			"servicediscovery:UpdatePrivateDnsNamespace", "servicediscovery:UpdateService"},
			d.account.arnIn(servicediscovery, d.Region, "namespace/*"), d.account.arnIn(servicediscovery, d.Region, "service/*")),
		d.inRegion([]string{"servicediscovery:CreatePrivateDnsNamespace", "servicediscovery:TagResource", "servicediscovery:UntagResource"}, "*"), // take no resource
		// Making a zone takes no resource, and the others' ids are not known before. Route 53 has no regions.
		allowIf([]string{"route53:AssociateVPCWithHostedZone", "route53:ChangeResourceRecordSets", "route53:CreateHostedZone", "route53:DeleteHostedZone"},
			map[string]any{"Bool": map[string]any{"aws:ViaAWSService": "true"}}, "*"),
	}
}

// stores are images and logs, and what both and the secrets are encrypted with.
func (d documents) stores() map[string]any {
	groups := append(d.own("logs", "log-group:", "", d.Names.LogGroups), d.own("logs", "log-group:", ":*", d.Names.LogGroups)...)
	all := []any{
		d.inRegion([]string{"ecr:CreateRepository", "ecr:DeleteLifecyclePolicy", "ecr:DeleteRepository", "ecr:DeleteRepositoryPolicy",
			"ecr:PutImageScanningConfiguration", "ecr:PutImageTagMutability", "ecr:PutLifecyclePolicy", "ecr:SetRepositoryPolicy",
			"ecr:TagResource", "ecr:UntagResource"}, d.own("ecr", "repository/", "", d.Names.Repositories)...),
		d.inRegion([]string{"logs:AssociateKmsKey", "logs:CreateLogGroup", "logs:DeleteLogGroup", "logs:DeleteMetricFilter", "logs:DeleteRetentionPolicy",
			"logs:DisassociateKmsKey", "logs:PutMetricFilter", "logs:PutRetentionPolicy", "logs:TagResource", "logs:UntagResource"}, groups...),
		d.inRegion([]string{"logs:DeleteQueryDefinition", "logs:PutQueryDefinition"}, "*"), // take no resource
	}
	if d.Names.ImageCaches {
		all = append(all, d.inRegion([]string{"ecr:CreatePullThroughCacheRule", "ecr:DeletePullThroughCacheRule"}, "*")) // take no resource
	}
	if len(d.Names.KMSKeyARNs) > 0 {
		all = append(all, allowIf([]string{"kms:CreateGrant", "kms:Decrypt", "kms:GenerateDataKey"}, map[string]any{"StringEquals": map[string]any{"kms:ViaService": []string{
			"ecr." + d.Region + ".amazonaws.com", "secretsmanager." + d.Region + ".amazonaws.com",
		}}}, d.Names.KMSKeyARNs...))
	}
	return policy(all...)
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
		allow([]string{"iam:TagRole", "iam:UntagRole"}, roles...), // take no boundary
		// Not PutRolePermissionsBoundary: whoever puts the boundary onto another's role has it for their own.
		allowIf([]string{"iam:CreateRole", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:PutRolePolicy",
			"iam:UpdateAssumeRolePolicy", "iam:UpdateRole", "iam:UpdateRoleDescription"}, d.bounded(map[string]any{}), roles...),
		allowIf([]string{"iam:AttachRolePolicy"}, d.bounded(map[string]any{"ArnEquals": map[string]any{"iam:PolicyARN": append([]string{
			"arn:" + d.account.Partition + ":iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy",
			"arn:" + d.account.Partition + ":iam::aws:policy/AmazonEC2ContainerRegistryReadOnly",
		}, d.RolePolicyARNs...)}}), roles...),
		allowIf([]string{"iam:PassRole"}, map[string]any{"StringEquals": map[string]any{"iam:PassedToService": []string{
			"ecs-tasks.amazonaws.com", "lambda.amazonaws.com", "vpc-flow-logs.amazonaws.com",
		}}}, roles...),
		allowIf([]string{"iam:CreateServiceLinkedRole"}, map[string]any{"StringEquals": map[string]any{"iam:AWSServiceName": []string{
			"ecs.amazonaws.com", "ecs.application-autoscaling.amazonaws.com", "pullthroughcache.ecr.amazonaws.com",
		}}}, d.account.arnIn("iam", "", "role/aws-service-role/*")),
	}
	if len(d.Names.PassedRoles) > 0 {
		all = append(all, allowIf([]string{"iam:PassRole"}, map[string]any{"StringEquals": map[string]any{"iam:PassedToService": "ecs-tasks.amazonaws.com"}}, d.Names.PassedRoles...))
	}
	return policy(all...)
}

// bounded adds the permissions boundary, where there is one, to a condition:
// a role without it can then be neither made, given a policy, taken over nor
// deleted.
func (d documents) bounded(condition map[string]any) map[string]any {
	if d.PermissionsBoundaryARN != "" {
		condition["StringEquals"] = map[string]any{"iam:PermissionsBoundary": d.PermissionsBoundaryARN}
	}
	return condition
}

// roles are the ARNs of the prefixes' roles at the stacks' paths.
func (d documents) roles() []string {
	paths := d.Names.RolePaths
	if len(paths) == 0 {
		paths = []string{"/"}
	}
	var all []string
	for _, path := range paths {
		for _, prefix := range d.NamePrefixes {
			all = append(all, d.account.arnIn("iam", "", "role"+path+prefix+"*"))
		}
	}
	return all
}

// prefixed are the ARNs of whatever a service names with a prefix.
func (d documents) prefixed(service, kind string) []string { return d.own(service, kind, "", nil) }

// own are the ARNs of what a service names with a prefix, and of the names that
// begin with none.
func (d documents) own(service, kind, rest string, names []string) []string {
	var all []string
	for _, prefix := range d.NamePrefixes {
		all = append(all, d.account.arnIn(service, d.Region, kind+prefix+"*"))
	}
	for _, name := range names {
		if !slices.ContainsFunc(d.NamePrefixes, func(prefix string) bool { return strings.HasPrefix(name, prefix) }) {
			all = append(all, d.account.arnIn(service, d.Region, kind+name+rest))
		}
	}
	return all
}

func (d documents) inRegion(actions []string, resources ...string) map[string]any {
	return allowIf(actions, map[string]any{"StringEquals": map[string]any{"aws:RequestedRegion": d.Region}}, resources...)
}
