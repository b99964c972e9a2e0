package settings

import (
	"fmt"
	"net/netip"
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
)

// Parts of ARNs.
const (
	arnPrefix        = `arn:aws(-[a-z]+)*:`
	regionExpression = `[a-z]{2,4}(-[a-z]+)+-[0-9]+`
	secretExpression = arnPrefix + `secretsmanager:` + regionExpression + `:[0-9]{12}:secret:[0-9A-Za-z/_+=.@-]+-[0-9A-Za-z]{6}(:[^:]*:[^:]*:[^:]*)?`
	parameterARN     = arnPrefix + `ssm:` + regionExpression + `:[0-9]{12}:parameter/[A-Za-z0-9_./-]+`
	secretARNWanted  = "a secret's whole ARN, arn:aws:secretsmanager:<region>:<12 digits>:secret:<name>-<6 characters>, or that with :json-key:stage:version"
	nameExpression   = `[\p{L}\p{Z}\p{N}_.:/=+@-]+`
	sgExpression     = `[A-Za-z0-9 ._:/()#,@\[\]+=&;{}!$*-]+`
	apiURLWanted     = "https://api.prefect.cloud/api/accounts/<account>/workspaces/<workspace> or http(s)://<host>:4200/api"
	kmsKeyExpression = arnPrefix + `kms:` + regionExpression + `:[0-9]{12}:key/(mrk-)?[0-9a-f-]+`
	cronExpression   = `cron\([^()]*\)`

	tfNameExpression   = `[A-Za-z_][A-Za-z0-9_-]*`
	resourceExpression = tfNameExpression + `\.` + tfNameExpression
	keyExpression      = `(\[([0-9]+|"([^"\\]|\\.)*")\])?`
	modulesExpression  = `(module\.` + tfNameExpression + keyExpression + `\.)*`
)

// ImageWanted is what an image must look like.
const ImageWanted = "an image such as 123456789012.dkr.ecr.us-east-1.amazonaws.com/flows:1.4.2"

// ClusterWanted is what ECS takes as a name.
const ClusterWanted = "1 to 255 letters, digits, _ or -"

// jsNames are the properties that every object of JavaScript has; CDKTF's own
// maps lose them or mistake them for its own.
var jsNames = []string{"__proto__", "constructor", "hasOwnProperty", "isPrototypeOf", "propertyIsEnumerable", "toLocaleString", "toString", "valueOf",
	"__defineGetter__", "__defineSetter__", "__lookupGetter__", "__lookupSetter__"}

var (
	notJavaScript = Refusal{Expression: `^(` + strings.Join(jsNames, "|") + `)$`, Wanted: "another name: JavaScript, in which CDKTF is written, reserves this one"}
	notData       = []Refusal{{Expression: `(^|\.)data\.`, Wanted: "a resource: a state keeps nothing of a data source"}}
	notAWS        = Refusal{Expression: `^(sg-|[aA][wW][sS]:)`, Wanted: "a name that begins with neither sg- nor aws:, which AWS reserves"}
)

// Rules are the rules that tags name. Where AWS's page does not say otherwise,
// the expression is the one of its API.
var Rules = compiled(map[string]*Rule{
	"region": {Expression: regionExpression, Max: 63, Wanted: "an AWS region such as us-east-1"},
	"uuid": {Expression: `[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}`, Max: 36,
		Wanted: "a UUID such as 9b649228-0419-40e1-9e0d-44954b5c0ab6 (Prefect Cloud shows it in its address bar)"},
	"stackName": {Expression: `[A-Za-z0-9][A-Za-z0-9_-]*`, Max: 128, Wanted: "letters, digits, _ or -, beginning with a letter or digit", Refused: []Refusal{notJavaScript}},
	// A tag's value may have 256 characters; 200 leave room for suffixes.
	"nameTag":  {Expression: nameExpression, Max: 200, Wanted: "1 to 200 letters, digits, spaces or _.:/=+@-, not beginning with sg- or aws:", Refused: []Refusal{notAWS}},
	"tagValue": {Expression: nameExpression, Max: 256, Wanted: "1 to 256 letters, digits, spaces or _.:/=+@-"},
	"tagKey": {Expression: nameExpression, Max: 128, Wanted: "1 to 128 letters, digits, spaces or _.:/=+@-", Refused: []Refusal{
		{Expression: `^Name$`, Wanted: "another key: every resource has a Name of its own; set nameTag"},
		{Expression: `^[aA][wW][sS]:`, Wanted: "another key: AWS reserves those that begin with aws:"},
	}},

	// Terraform.
	"tfName": {Expression: `[A-Za-z_][A-Za-z0-9_-]*`, Max: 255, Wanted: "a Terraform name: letters, digits, _ or -, not beginning with a digit",
		Refused: []Refusal{{Expression: `^_$`, Wanted: "a name other than _, which Terraform reserves"}, notJavaScript}},
	// https://developer.hashicorp.com/terraform/language/values/variables
	"variableName": {Expression: `[A-Za-z_][A-Za-z0-9_-]*`, Max: 255, Wanted: "a Terraform name: letters, digits, _ or -, not beginning with a digit", Refused: []Refusal{
		{Expression: `^(source|version|providers|count|for_each|lifecycle|depends_on|locals|_)$`, Wanted: "another name: Terraform reserves this one"}, notJavaScript}},
	// https://developer.hashicorp.com/terraform/cli/state/resource-addressing
	"importAddress": {Expression: modulesExpression + resourceExpression + keyExpression, Max: 1024, Check: address,
		Refused: append([]Refusal{{Expression: `^(module\.[^.]+\.?)+$`, Wanted: "a resource's address: a module is no object that could be imported"}}, notData...),
		Wanted:  "a resource's address such as aws_vpc.prefect, aws_subnet.private[0] or module.prefect.aws_ecs_service.worker[\"a\"]"},
	"movedAddress": {Expression: modulesExpression + `(` + resourceExpression + `|module\.` + tfNameExpression + `)` + keyExpression, Max: 1024, Refused: notData, Check: address,
		Wanted: "an address such as aws_vpc.prefect, module.prefect or module.prefect.aws_subnet.private[0]"},
	"removedAddress": {Expression: `(module\.` + tfNameExpression + `\.)*(` + resourceExpression + `|module\.` + tfNameExpression + `)`, Max: 1024, Check: address,
		Refused: append([]Refusal{{Expression: `\[`, Wanted: "an address without a key: Terraform removes all instances of a resource or none"}}, notData...),
		Wanted:  "an address without a key, such as aws_vpc.prefect, module.prefect or module.prefect.aws_ecs_service.worker"},
	// Terraform 1.5 takes an expression for an ID in JSON as it is written, a newer one evaluates it.
	"importID": {Expression: `[^\x00-\x1f]+`, Max: 2048, Wanted: "an object's ID as the provider's page of the resource shows it under Import",
		Refused: []Refusal{{Expression: `[$%]\{`, Wanted: "an ID without an expression; a block import in a file beside this one takes one"}}},
	// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
	"accountID":   {Expression: `[0-9]{12}`, Max: 12, Wanted: "an account's 12 digits, in quotes"},
	"externalID":  {Expression: `[A-Za-z0-9_+=,.@:/-]{2,}`, Max: 1224, Wanted: "2 to 1224 letters, digits or _+=,.@:/-"},
	"sessionName": {Expression: `[A-Za-z0-9_+=,.@-]{2,}`, Max: 64, Wanted: "2 to 64 letters, digits or _+=,.@-"},
	"awsProfile":  {Expression: `[^\s\[\]#;"'][^\[\]#;"'\r\n]*`, Max: 255, Wanted: "a profile's name as in ~/.aws/config"},
	"anyTagKey":   {Expression: nameExpression, Max: 128, Wanted: "1 to 128 letters, digits, spaces or _.:/=+@-"},
	"version":     {Max: 100, Wanted: `a version constraint such as ">= 1.2.0"`, Check: versionConstraint},
	"statePath":   {Expression: `[A-Za-z0-9._/-]+`, Max: 255, Wanted: "a path inside the project's folder such as terraform.dev.tfstate", Check: statePath},
	// https://developer.hashicorp.com/terraform/language/backend/s3#key
	"stateKey": {Expression: `[A-Za-z0-9!_.*'()-](?:[A-Za-z0-9!_.*'()/-]*[A-Za-z0-9!_.*'()-])?`, Max: 1024,
		Wanted: "an object key such as dev/terraform.tfstate, without / at its ends", Refused: []Refusal{{Expression: `//`, Wanted: "an object key without //, which Terraform refuses"}}},
	// https://developer.hashicorp.com/terraform/language/backend/http
	"stateAddress": {Expression: `https?://[^\s/"?#]+(/[^\s"#]*)?`, Max: 2048, Wanted: "an address such as https://gitlab.example.com/api/v4/projects/42/terraform/state/dev", Refused: []Refusal{
		{Expression: `://[^/\s]*@`, Wanted: "an address without user and password, which everybody could read: give them as TF_HTTP_USERNAME and TF_HTTP_PASSWORD", Hidden: true},
		{Expression: `[?&][^=&]*([tT]oken|[pP]assword|[sS]ecret|[sS]ig)[^=&]*=`, Wanted: "an address without a token, which everybody could read: give it as TF_HTTP_PASSWORD", Hidden: true},
	}},
	"httpMethod": {Expression: `[A-Z]+`, Max: 20, Wanted: "an HTTP method in capitals such as POST"},
	// https://developer.hashicorp.com/terraform/cloud-docs/api-docs/workspaces#request-body
	"hostname":     {Expression: dnsExpression + `(:[0-9]{1,5})?`, Max: 253, Wanted: "a host such as app.terraform.io, without https://"},
	"organization": {Expression: `[A-Za-z0-9_-]{3,40}`, Max: 40, Wanted: "an organization's name: 3 to 40 letters, digits, _ or -"},
	"workspace":    {Expression: `[A-Za-z0-9_-]{1,90}`, Max: 90, Wanted: "a workspace's name: 1 to 90 letters, digits, _ or -"},
	"cloudProject": {Expression: `[A-Za-z0-9_-][A-Za-z0-9 _-]+[A-Za-z0-9_-]`, Max: 40, Wanted: "a project's name: 3 to 40 letters, digits, spaces, _ or -"},
	"keyPrefix":    {Expression: `[A-Za-z0-9!_.*'()/-]+`, Max: 1024, Wanted: "a prefix of object keys such as terraform-state/"},
	"tableName":    {Expression: `[A-Za-z0-9_.-]{3,}`, Max: 255, Wanted: "3 to 255 letters, digits or _.-"},
	// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucketnamingrules.html
	"bucket": {Expression: `[a-z0-9][a-z0-9.-]+[a-z0-9]`, Max: 63, Wanted: "3 to 63 lower-case letters, digits, . or -, beginning and ending with a letter or digit", Refused: []Refusal{
		{Expression: `^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$`, Wanted: "a name that is no IP address"},
		{Expression: `\.\.`, Wanted: "no two dots in a row"},
		{Expression: `^xn--`, Wanted: "a name that does not begin with xn--, which AWS reserves"},
		{Expression: `^sthree-`, Wanted: "a name that does not begin with sthree-, which AWS reserves"},
		{Expression: `^amzn-s3-demo-`, Wanted: "a name that does not begin with amzn-s3-demo-, which AWS reserves"},
		{Expression: `(-s3alias|--ol-s3|\.mrap|--x-s3|--table-s3)$`, Wanted: "a name that does not end with -s3alias, --ol-s3, .mrap, --x-s3 or --table-s3, which AWS reserves"},
	}},

	// Network.
	// https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html
	"vpcCIDRBlock": {Wanted: "an IPv4 range such as 10.0.0.0/16", Check: vpcCIDRBlock, Conditions: []Condition{
		{`can(cidrnetmask(%[1]s))`, `got "${%[1]s}", want an IPv4 range such as 10.0.0.0/16`},
		{`!can(regex("^(0|127|169\\.254|22[4-9]|2[3-5][0-9])\\.", %[1]s))`, `got "${%[1]s}", which is reserved, want a range of a private network such as 10.0.0.0/16`},
		{`try(cidrsubnet(%[1]s, 0, 0) == %[1]s, true)`, `got "${%[1]s}", which has host bits set, want ${try(cidrsubnet(%[1]s, 0, 0), "")}`},
	}},
	"ipv4Range": {Wanted: "an IPv4 range without host bits", Check: func(s string) error { return ipRange(s, netip.Addr.Is4, "IPv4") }},
	"ipv6Range": {Wanted: "an IPv6 range without host bits", Check: func(s string) error { return ipRange(s, netip.Addr.Is6, "IPv6") }},
	// An id has 8 hexadecimal digits, or 17 since 2018.
	// https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/resource-ids.html
	"vpcID": awsID("vpc"), "subnetID": awsID("subnet"), "prefixListID": awsID("pl"), "securityGroupID": awsID("sg"), "allocationID": awsID("eipalloc"),
	"transitGatewayID": awsID("tgw"), "vpcPeeringConnectionID": awsID("pcx"), "networkInterfaceID": awsID("eni"), "vpcEndpointID": awsID("vpce"), "vpnGatewayID": awsID("vgw"),
	"zoneID": {Expression: `[a-z0-9]+-az[0-9]+`, Max: 63,
		Wanted: "a zone's id such as use1-az3, which aws ec2 describe-availability-zones shows; a name such as us-east-1a may mean another zone in each account"},
	"endpointService": {Choices: strings.Fields("athena batch ec2 ecr.api ecr.dkr ecs ecs-agent ecs-telemetry elasticfilesystem events glue kinesis-streams kms lambda logs monitoring " +
		"rds-data redshift-data sagemaker.api sagemaker.runtime secretsmanager sns sqs ssm ssmmessages states sts xray"),
		Refused: []Refusal{{Expression: `^s3$`, Wanted: "network.endpoints.s3: true: ECR works with the gateway endpoint only, which is free"}}},
	// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html
	"securityGroupName": {Once: &Once{What: "security group", Where: InVPC}, Expression: sgExpression, Max: 255, Wanted: "1 to 255 letters, digits, spaces or ._-:/()#,@[]+=&;{}!$*", Refused: []Refusal{
		{Expression: `^sg-`, Wanted: "a name that does not begin with sg-"},
		{Expression: `^[dD][eE][fF][aA][uU][lL][tT]$`, Wanted: "a name other than default, which every VPC's own group has"},
	}},
	"securityGroupText": {Expression: sgExpression, Max: 255, Wanted: "1 to 255 letters, digits, spaces or ._-:/()#,@[]+=&;{}!$*"},

	// Logs, alarms, events.
	// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateLogGroup.html
	"logGroupName": {Once: &Once{What: "log group", Where: InRegion}, Expression: `[.\-_/#A-Za-z0-9]+`, Max: 512, Wanted: "1 to 512 letters, digits or .-_/#", Refused: []Refusal{{Expression: `^aws/`, Wanted: "a name that does not begin with aws/"}}},
	// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
	"retention": {Choices: strings.Fields("0 1 3 5 7 14 30 60 90 120 150 180 365 400 545 731 1096 1827 2192 2557 2922 3288 3653"),
		Wanted: "one of [0 1 3 5 7 14 30 60 90 120 150 180 365 400 545 731 1096 1827 2192 2557 2922 3288 3653] (0 keeps logs forever)"},
	"logStreamPrefix": {Expression: `[A-Za-z0-9._/-]+`, Max: 255, Wanted: "1 to 255 letters, digits or ._/-"},
	"filterPattern":   {Expression: `[\s\S]+`, Max: 1024, Wanted: "1 to 1024 characters"},
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html
	"metricNamespace": {Expression: `[0-9A-Za-z._/#-][0-9A-Za-z._/#:-]*`, Max: 255, Wanted: "1 to 255 letters, digits or ._/#:-, not beginning with :"},
	"metricName":      {Expression: `[\x20-\x7e]+`, Max: 255, Wanted: "1 to 255 ASCII characters"},
	"dimensionName":   {Expression: `[\x21-\x39\x3b-\x7e][\x21-\x7e]*`, Max: 255, Wanted: "1 to 255 ASCII characters without spaces, not beginning with :"},
	"dimensionValue":  {Expression: `[\x20-\x7e]+`, Max: 1024, Wanted: "1 to 1024 ASCII characters"},
	"alarmName":       {Expression: `[\x20-\x7e]+`, Max: 255, Wanted: "1 to 255 ASCII characters"},
	// https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutRule.html
	"ruleName": {Expression: `[A-Za-z0-9._-]+`, Max: 64, Wanted: "1 to 64 letters, digits or ._-"},
	// https://docs.aws.amazon.com/lambda/latest/api/API_CreateFunction.html
	"functionName": {Once: &Once{What: "function", Where: InRegion}, Expression: `[A-Za-z0-9_-]+`, Max: 64, Wanted: "1 to 64 letters, digits, _ or -"},
	// https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutDashboard.html
	"dashboardName": {Once: &Once{What: "dashboard", Where: InRegion}, Expression: `[A-Za-z0-9_-]+`, Max: 255, Wanted: "1 to 255 letters, digits, _ or -"},
	"queryName":     {Once: &Once{What: "alarm", Where: InRegion}, Expression: `[^:*]+`, Max: 240, Wanted: "1 to 240 characters without : and *"},
	// https://docs.aws.amazon.com/sns/latest/api/API_CreateTopic.html
	"topicName":    {Once: &Once{What: "topic", Where: InRegion}, Expression: `[A-Za-z0-9_-]+`, Max: 256, Wanted: "1 to 256 letters, digits, _ or -; a FIFO topic supports neither e-mail nor events"},
	"topicARN":     {Expression: arnPrefix + `sns:` + regionExpression + `:[0-9]{12}:[A-Za-z0-9_-]+`, Max: 2048, Wanted: "a topic's ARN, arn:aws:sns:<region>:<12 digits>:<name>"},
	"email":        {Expression: `[^\s@:]+@[^\s@:]+\.[^\s@.:]+`, Max: 320, Wanted: "an e-mail address such as oncall@example.com"},
	"subscription": {Expression: arnPrefix + `(sqs|lambda):\S+|https://\S+`, Max: 2048, Wanted: "the ARN of an SQS queue or a Lambda function, or an https:// address", Refused: []Refusal{credentialsInURL}},
	// EventBridge's rule of this name takes 64 characters, SQS 80.
	"queueName": {Once: &Once{What: "queue", Where: InRegion}, Expression: `[A-Za-z0-9_-]+`, Max: 64, Wanted: "1 to 64 letters, digits, _ or -"},

	// Identity.
	"roleName":             {Once: &Once{What: "role", Where: InAccount, AnyCase: true}, Expression: `[A-Za-z0-9_+=,.@-]+`, Max: 64, Wanted: "1 to 64 letters, digits or _+=,.@-"},
	"policyName":           {Expression: `[A-Za-z0-9_+=,.@-]+`, Max: 128, Wanted: "1 to 128 letters, digits or _+=,.@-"},
	"rolePath":             {Expression: `/(?:[!-~]+/)*`, Max: 512, Wanted: "a path that begins and ends with /, such as /prefect/"},
	"roleARN":              {Expression: arnPrefix + `iam::[0-9]{12}:role/(?:[!-~]*/)?[A-Za-z0-9_+=,.@-]{1,64}`, Max: 2048, Wanted: "a role's ARN, arn:aws:iam::<12 digits>:role/<name>"},
	"policyARN":            {Expression: arnPrefix + `iam::(?:aws|[0-9]{12}):policy/[!-~]+`, Max: 2048, Wanted: "a managed policy's ARN, arn:aws:iam::<12 digits or aws>:policy/<name>"},
	"action":               {Expression: `\*|[a-z0-9-]+:[A-Za-z0-9*?]+`, Max: 128, Wanted: "an action such as s3:GetObject"},
	"secretsManagerAction": {Expression: `secretsmanager:[A-Za-z*]+`, Max: 128, Wanted: "an action such as secretsmanager:GetSecretValue"},
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
	"resource": {Expression: `\*|arn:[a-z*?-]+:[a-z0-9*?-]+:[a-z0-9*?-]*:([0-9*?]{1,12}|aws)?:[!-~]+`, Max: 2048,
		Wanted: "an ARN, arn:<partition>:<service>:<region>:<account>:<resource>, or * for actions without resource-level permissions"},
	"sid":               {Expression: `[A-Za-z0-9]+`, Max: 100, Wanted: "letters and digits"},
	"conditionOperator": {Expression: conditionOperators, Wanted: "one of IAM's condition operators, such as StringEquals or ForAllValues:StringLike"},
	"conditionKey":      {Expression: `[A-Za-z0-9-]+:[!-~]+`, Max: 512, Wanted: "a condition key such as aws:SourceAccount"},
	"kmsKeyARN":         {Expression: kmsKeyExpression, Max: 2048, Wanted: "a key's ARN, arn:aws:kms:<region>:<12 digits>:key/<id>; an alias is not accepted"},
	"topicKeyARN": {Expression: kmsKeyExpression, Max: 2048, Wanted: "a key's ARN, arn:aws:kms:<region>:<12 digits>:key/<id>; an alias is not accepted", Refused: []Refusal{
		{Expression: `alias/`, Wanted: "a key's own ARN, or nothing for a new key; the AWS managed key alias/aws/sns lets neither CloudWatch nor EventBridge publish"},
	}},
	"kmsAlias": {Once: &Once{What: "key alias", Where: InRegion}, Expression: `[A-Za-z0-9/_-]+`, Max: 250, Wanted: "1 to 250 letters, digits or /_-, without alias/ in front",
		Refused: []Refusal{{Expression: `^aws/`, Wanted: "an alias that does not begin with aws/, which AWS reserves"}}},
	"secretName": {Once: &Once{What: "secret", Where: InRegion}, Expression: `[0-9A-Za-z/_+=.@-]+`, Max: 512, Wanted: "1 to 512 letters, digits or /_+=.@-"},
	"secretARN": {Expression: secretExpression + "|" + parameterARN, Max: 2048, Hidden: true, Wanted: secretARNWanted + ", or a parameter's, arn:aws:ssm:<region>:<12 digits>:parameter/<name>",
		// A variable is for a secret alone: what reads a parameter is decided without it.
		Conditions: []Condition{{`%[1]s == "" || (can(regex(` + whole(secretExpression) + `, %[1]s)) && length(%[1]s) <= 2048)`, `got "${%[1]s}", want nothing, or ` + secretARNWanted}}},
	"secretValue": {Check: func(string) error {
		return fmt.Errorf("got a value, want none: a secret must never be in a file; give it as the Terraform variable, e.g. TF_VAR_prefect_api_key")
	}, Conditions: []Condition{}},

	// Images and repositories.
	// https://github.com/distribution/reference
	"image": {Expression: `([A-Za-z0-9.-]+(:[0-9]+)?/)?[a-z0-9]+([._-]+[a-z0-9]+)*(/[a-z0-9]+([._-]+[a-z0-9]+)*)*(:[A-Za-z0-9_][A-Za-z0-9_.-]*)?(@sha256:[0-9a-f]{64})?`, Max: 255,
		Wanted: ImageWanted},
	"repositoryName": {Once: &Once{What: "repository", Where: InRegion}, Expression: `(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*`, Max: 256, Wanted: "2 to 256 lower-case letters, digits or ._-/", Check: atLeastTwo},
	"repositoryARN": {Expression: arnPrefix + `ecr:(?:\*|` + regionExpression + `):[0-9]{12}:repository/[a-z0-9._/*-]+`, Max: 2048,
		Wanted: "a repository's ARN, arn:aws:ecr:<region>:<12 digits>:repository/<name>"},
	// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_CreatePullThroughCacheRule.html
	"cachePrefix": {Once: &Once{What: "pull through cache", Where: InRegion}, Expression: `(?:[a-z0-9]+(?:[._-][a-z0-9]+)*/)*[a-z0-9]+(?:[._-][a-z0-9]+)*/?|ROOT`, Max: 30, Wanted: "2 to 30 lower-case letters, digits or ._-/, or ROOT", Check: atLeastTwo},
	"wholeSecretARN": {Expression: arnPrefix + `secretsmanager:` + regionExpression + `:[0-9]{12}:secret:[0-9A-Za-z/_+=.@-]+-[0-9A-Za-z]{6}`, Max: 2048, Hidden: true,
		Wanted: "a secret's whole ARN, arn:aws:secretsmanager:<region>:<12 digits>:secret:<name>-<6 characters>"},

	// ECS and Prefect.
	// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CreateCluster.html
	"clusterName": {Once: &Once{What: "cluster", Where: InRegion}, Expression: `[A-Za-z0-9_-]{1,255}`, Max: 255, Wanted: ClusterWanted},
	"clusterARN":  {Expression: arnPrefix + `ecs:` + regionExpression + `:[0-9]{12}:cluster/[A-Za-z0-9_-]{1,255}`, Max: 2048, Wanted: "a cluster's ARN, arn:aws:ecs:<region>:<12 digits>:cluster/<name>"},
	"ecsName":     {Expression: `[A-Za-z0-9_-]{1,255}`, Max: 255, Wanted: ClusterWanted},
	"workerName":  {Expression: `[A-Za-z][A-Za-z0-9_-]*`, Max: 200, Wanted: "1 to 200 letters, digits, _ or -, beginning with a letter", Refused: []Refusal{notJavaScript}},
	"envName":     {Expression: `[A-Za-z_][A-Za-z0-9_]*`, Max: 255, Wanted: "letters, digits or _, not beginning with a digit"},
	// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
	"containerUser": {Expression: containerUser, Max: 255, Wanted: "a user, or user:group, by number or name, such as 1000:1000",
		Refused: []Refusal{{Expression: `^(0+|root)(:|$)`, Wanted: "a user other than root such as 1000:1000, or nothing to leave it to the image"}}},
	// https://docs.aws.amazon.com/efs/latest/ug/API_CreateAccessPoint.html
	"fileSystemID":  awsID("fs"),
	"accessPointID": awsID("fsap"),
	"rootDirectory": {Expression: `/[!-~]*`, Max: 100, Wanted: "an absolute path such as /flows"},
	"exitCode":      {Expression: `[0-9]|[1-9][0-9]|1[0-9][0-9]|2[0-4][0-9]|25[0-5]`, Max: 3, Wanted: "an exit code, 0 to 255"},
	// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_EnvironmentFile.html
	"environmentFileARN": {Expression: arnPrefix + `s3:::[a-z0-9][a-z0-9.-]+[a-z0-9]/[A-Za-z0-9!_.*'()/-]+\.env`, Max: 2048, Wanted: "the ARN of an object that ends in .env, arn:aws:s3:::<bucket>/<key>.env"},
	"sidecarUser":        {Expression: containerUser, Max: 255, Wanted: "a user, or user:group, by number or name, such as 1000:1000"},
	"containerPath":      {Expression: `/[!-~]+`, Max: 4096, Wanted: "the absolute path of a folder such as /data, not /", Refused: []Refusal{{Expression: `:`, Wanted: "a path without a colon"}}},
	// https://github.com/PrefectHQ/prefect/blob/main/src/prefect/server/api/workers.py
	"workPool": {Expression: `[^-/%&<>\s][^/%&<>]*`, Max: 255, Wanted: `a work pool's name: not beginning with -, without / % & < >`,
		Refused: []Refusal{{Expression: `^[pP][rR][eE][fF][eE][cC][tT]`, Wanted: "a name that does not begin with prefect, which Prefect's server reserves"}}},
	"workQueue": {Expression: `[^-/%&<>\s][^/%&<>]*`, Max: 255, Wanted: "a work queue's name: not beginning with -, without / % & < >"},
	"apiURL": {Expression: `https?://[^\s/"]+(/[^\s"]*)?/api(/[^\s"]*)?`, Max: 2048, Wanted: apiURLWanted, Refused: []Refusal{
		credentialsInURL,
		{Expression: `://app\.prefect\.cloud|/account/|/workspace/`, Wanted: "the API's address, not the user interface's: " + apiURLWanted},
		{Expression: `/accounts/(/|$)|/workspaces/(/|$)`, Wanted: "an account's and a workspace's id in it: " + apiURLWanted},
	}},
	// https://docs.aws.amazon.com/cloud-map/latest/api/API_CreatePrivateDnsNamespace.html
	"namespace": {Expression: dnsExpression, Max: 253, Wanted: "a DNS name such as prefect.local", Check: dnsLabels},
	// https://docs.aws.amazon.com/cloud-map/latest/api/API_CreateService.html
	"discoveryName": {Expression: dnsExpression, Max: 127, Wanted: "a DNS name such as prefect.local", Check: dnsLabels},
	"discoveryText": {Expression: `[\s\S]*`, Max: 1024, Wanted: "at most 1024 characters"},
	// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_PutScheduledAction.html
	"actionName": {Expression: `[^\x00-\x1f\x7f-\x9f:/| ](?:[^\x00-\x1f\x7f-\x9f:/|]*[^\x00-\x1f\x7f-\x9f:/| ])?`, Max: 256, Wanted: "1 to 256 characters without : / |, and without spaces at the ends"},
	"schedule":   {Max: 1600, Wanted: scheduleWanted, Check: schedule},

	// State backend and GitHub Actions.
	// https://docs.aws.amazon.com/aws-backup/latest/devguide/API_CreateBackupVault.html
	"vaultName":      {Once: &Once{What: "backup vault", Where: InRegion}, Expression: `[A-Za-z0-9_-]{2,}`, Max: 50, Wanted: "2 to 50 letters, digits, - or _"},
	"backupSchedule": {Expression: cronExpression, Max: 256, Wanted: "a schedule of six fields, hourly at most, such as cron(0 3 * * ? *)", Check: backupSchedule},
	"repository": {Expression: `[A-Za-z0-9][A-Za-z0-9-]*(/[A-Za-z0-9._-]+|@[0-9]+/[A-Za-z0-9._-]+@[0-9]+)`, Max: 255,
		Wanted: "owner/name, or owner@<owner id>/name@<repository id>", Refused: []Refusal{noWildcard}},
	"branch": {Expression: `[A-Za-z0-9._/-]+`, Max: 255, Wanted: "a branch such as main", Refused: []Refusal{noWildcard}},
	// GitHub writes a colon in it as %3A.
	"githubEnvironment": {Expression: `[A-Za-z0-9 ._/-]+`, Max: 255, Wanted: "an environment of letters, digits, spaces or ._/-", Refused: []Refusal{noWildcard}},
	"oidcProviderARN": {Expression: arnPrefix + `iam::[0-9]{12}:oidc-provider/token\.actions\.githubusercontent\.com`, Max: 2048,
		Wanted: "arn:aws:iam::<12 digits>:oidc-provider/token.actions.githubusercontent.com"},
	"namePrefix": {Expression: `[A-Za-z0-9_.-]{3,}`, Max: 40, Wanted: "3 to 40 letters, digits or _.-, without a wildcard"},
})

const (
	containerUser = `[a-zA-Z0-9_][a-zA-Z0-9_.-]*(?::[a-zA-Z0-9_][a-zA-Z0-9_.-]*)?`
	dnsExpression = `[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)*`

	// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
	conditionOperators = `(ForAllValues:|ForAnyValue:)?(String(Not)?Equals(IgnoreCase)?|String(Not)?Like|Numeric(Not)?Equals|Numeric(Less|Greater)Than(Equals)?|` +
		`Date(Not)?Equals|Date(Less|Greater)Than(Equals)?|Bool|BinaryEquals|(Not)?IpAddress|Arn(Not)?(Equals|Like))(IfExists)?|Null`
)

// noWildcard: what a role trusts is one repository, branch and environment.
var noWildcard = Refusal{Expression: `[*?]`, Wanted: "no wildcard: whoever can make a match could take the role"}

var credentialsInURL = Refusal{Expression: `://[^/\s]*@`, Wanted: "an address without user and password, which everybody could read: give them as a secret", Hidden: true}

// bufferSize is a size in bytes as Docker's log drivers take it.
var bufferSize = regexp.MustCompile(`^[1-9][0-9]*[kmg]?$`)

func compiled(rules map[string]*Rule) map[string]*Rule {
	for name, r := range rules {
		if r.Name = name; r.Wanted == "" && r.Expression != "" {
			panic("the rule " + name + " does not say what is Wanted")
		}
		if r.Expression != "" {
			r.re = expression(`^(?:` + r.Expression + `)$`)
		}
		for i := range r.Refused {
			r.Refused[i].re = expression(r.Refused[i].Expression)
		}
	}
	return rules
}

// expression is compiled when it is first used: a run uses few of all there are, and
// all of them take as long as reading every file.
func expression(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}

func awsID(prefix string) *Rule {
	return &Rule{Expression: prefix + `-([0-9a-f]{8}|[0-9a-f]{17})`, Max: 255, Wanted: "an id such as " + prefix + "-0123456789abcdef0"}
}

func atLeastTwo(value string) error {
	if len(value) == 1 {
		return fmt.Errorf("got %q, want at least 2 characters", value)
	}
	return nil
}

func dnsLabels(value string) error {
	for _, label := range strings.Split(value, ".") {
		if len(label) > 63 {
			return fmt.Errorf("got %s with a label of %d characters, want at most 63 between two dots", Got(value), len(label))
		}
	}
	return nil
}

// statePath keeps a state inside the project: a path of one machine in the
// synthesized JSON would be another's mistake.
func statePath(value string) error {
	if filepath.IsAbs(value) || !filepath.IsLocal(value) {
		return fmt.Errorf("got %q, want a path inside the project's folder such as terraform.dev.tfstate", value)
	}
	return nil
}

// ReservedRanges are those that EC2 takes for no VPC: this network, loopback,
// link-local and multicast addresses and above.
var ReservedRanges = []string{"0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/3"}

func vpcCIDRBlock(value string) error {
	prefix, err := netip.ParsePrefix(value)
	switch {
	case err != nil || !prefix.Addr().Is4():
		return fmt.Errorf("got %s, want an IPv4 range such as 10.0.0.0/16", Got(value))
	case prefix.Masked() != prefix:
		return fmt.Errorf("got %s, which has host bits set, want %s", value, prefix.Masked())
	case prefix.Bits() < 16 || prefix.Bits() > 28:
		return fmt.Errorf("got %s, want a range between /16 and /28", value)
	}
	for _, reserved := range ReservedRanges {
		if netip.MustParsePrefix(reserved).Overlaps(prefix) {
			return fmt.Errorf("got %s, in %s, which is reserved; want a range of a private network such as 10.0.0.0/16", value, reserved)
		}
	}
	return nil
}

func address(value string) error { _, err := ParseAddress(value); return err }

func ipRange(value string, family func(netip.Addr) bool, name string) error {
	prefix, err := netip.ParsePrefix(value)
	if err != nil || !family(prefix.Addr()) || prefix.Masked() != prefix {
		return fmt.Errorf("got %s, want an %s range without host bits", Got(value), name)
	}
	return nil
}

// APIPort is the port of the Prefect API; Prefect Cloud's is 443.
func APIPort(address string) int {
	u, err := url.Parse(address)
	if err != nil {
		return 443 // reported already
	}
	if port := u.Port(); port != "" && len(port) < 6 {
		return number(port)
	}
	if u.Scheme == "http" {
		return 80
	}
	return 443
}
