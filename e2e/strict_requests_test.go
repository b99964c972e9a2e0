//go:build e2e

package e2e

import (
	"fmt"
	"strings"
)

const (
	account = "123456789012"
	trust   = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole"}]}`
	allow   = `{"Version":"2012-10-17","Statement":[{"Sid":"A","Effect":"Allow","Action":"s3:GetObject","Resource":"*"},{"Sid":"B","Effect":"Allow","Action":"s3:PutObject","Resource":"*"}]}`

	tasksRole  = "arn:aws:iam::" + account + ":role/tasks"
	othersRole = "arn:aws:iam::" + account + ":role/others"
	strayRole  = "arn:aws:iam::" + account + ":role/stray"

	service  = `{"cluster":"main","serviceName":"worker","taskDefinition":"worker:1","desiredCount":1,"launchType":"FARGATE","platformVersion":"1.4.0","propagateTags":"SERVICE","deploymentConfiguration":{"minimumHealthyPercent":50,"maximumPercent":200,"deploymentCircuitBreaker":{"enable":true,"rollback":true}},"networkConfiguration":{"awsvpcConfiguration":{"subnets":["$subnet"],"securityGroups":["$sg"],"assignPublicIp":"DISABLED"}}}`
	task     = `{"family":"worker","networkMode":"awsvpc","requiresCompatibilities":["FARGATE"],"cpu":"512","memory":"1024","executionRoleArn":"` + tasksRole + `","taskRoleArn":"` + tasksRole + `","ephemeralStorage":{"sizeInGiB":30},"runtimePlatform":{"cpuArchitecture":"ARM64","operatingSystemFamily":"LINUX"},"containerDefinitions":[{"name":"worker","image":"flows:1","essential":true,"memory":512,"stopTimeout":120,"environment":[{"name":"A","value":"1"}],"secrets":[{"name":"KEY","valueFrom":"` + secretARN + `"}],"healthCheck":{"command":["CMD-SHELL","true"],"interval":30,"timeout":5,"retries":3,"startPeriod":60},"logConfiguration":{"logDriver":"awslogs","options":{"awslogs-group":"/ecs/x","awslogs-region":"us-east-1","awslogs-stream-prefix":"w"}}},{"name":"collector","image":"collector:1","essential":false,"cpu":64,"memory":256}]}`
	strategy = `[{"capacityProvider":"FARGATE","base":1,"weight":1},{"capacityProvider":"FARGATE_SPOT","weight":3}]`
)

// goodRequests are what AWS takes, in an order in which they can be made.
var goodRequests = []request{
	{"iam", "CreateRole", "RoleName=tasks\nPath=/\nAssumeRolePolicyDocument=" + trust + "\nTags.member.1.Key=Team\nTags.member.1.Value=データ"},
	{"iam", "CreateRole", "RoleName=others\nAssumeRolePolicyDocument=" + strings.Replace(trust, "ecs-tasks", "lambda", 1)},
	{"iam", "CreateRole", "RoleName=stray\nAssumeRolePolicyDocument=" + trust},
	{"iam", "CreateRole", "RoleName=restricted\nAssumeRolePolicyDocument=" + strings.Replace(trust, `"Action"`, `"Condition":{"StringEquals":{"aws:SourceAccount":"`+account+`"},"ArnLike":{"aws:SourceArn":"arn:aws:ecs:us-east-1:`+account+`:*"}},"Action"`, 1)},
	{"iam", "PutRolePolicy", "RoleName=tasks\nPolicyName=p\nPolicyDocument=" + allow},
	{"iam", "AttachRolePolicy", "RoleName=tasks\nPolicyArn=arn:aws:iam::aws:policy/ReadOnlyAccess"},
	{"ec2", "CreateVpc", "CidrBlock=10.0.0.0/16"},
	{"ec2", "ModifyVpcAttribute", "VpcId=$vpc\nEnableDnsHostnames.Value=true"},
	{"ec2", "CreateSubnet", "VpcId=$vpc\nCidrBlock=10.0.1.0/24"},
	{"ec2", "CreateSecurityGroup", "VpcId=$vpc\nGroupName=workers\nGroupDescription=for workers"},
	{"ec2", "AuthorizeSecurityGroupIngress", "GroupId=$sg\nIpPermissions.1.IpProtocol=tcp\nIpPermissions.1.FromPort=443\nIpPermissions.1.ToPort=443\nIpPermissions.1.IpRanges.1.CidrIp=10.0.0.0/8\nIpPermissions.1.IpRanges.1.Description=the office"},
	{"ec2", "CreateVpcEndpoint", "VpcId=$vpc\nServiceName=com.amazonaws.us-east-1.s3\nVpcEndpointType=Gateway"},
	{"ec2", "DescribeSubnets", "SubnetId.1=$subnet"},
	{"ecs", "CreateCluster", `{"clusterName":"main","capacityProviders":["FARGATE","FARGATE_SPOT"],"settings":[{"name":"containerInsights","value":"enhanced"}],"configuration":{"executeCommandConfiguration":{"logging":"OVERRIDE","logConfiguration":{"cloudWatchLogGroupName":"exec"}}}}`},
	{"ecs", "RegisterTaskDefinition", task},
	{"ecs", "RegisterTaskDefinition", strings.Replace(task, `"family":"worker"`, `"family":"old"`, 1)},
	{"ecs", "RegisterTaskDefinition", strings.NewReplacer(`"family":"worker"`, `"family":"stray"`, tasksRole, strayRole).Replace(task)},
	{"ecs", "RegisterTaskDefinition", strings.NewReplacer(`"family":"worker"`, `"family":"restricted"`, tasksRole, "arn:aws:iam::"+account+":role/restricted").Replace(task)},
	{"ecs", "DeregisterTaskDefinition", `{"taskDefinition":"old:1"}`},
	{"iam", "UpdateAssumeRolePolicy", "RoleName=stray\nPolicyDocument=" + strings.Replace(trust, "ecs-tasks", "lambda", 1)},
	{"ecs", "CreateService", service},
	{"ecs", "UpdateService", `{"cluster":"main","service":"worker","taskDefinition":"worker:1","desiredCount":2}`},
	{"ecs", "PutClusterCapacityProviders", `{"cluster":"main","capacityProviders":["FARGATE","FARGATE_SPOT"],"defaultCapacityProviderStrategy":` + strategy + `}`},
	{"ecs", "RunTask", `{"cluster":"main","taskDefinition":"worker","launchType":"FARGATE","networkConfiguration":{"awsvpcConfiguration":{"subnets":["$subnet"],"securityGroups":["$sg"]}}}`},
	{"logs", "CreateLogGroup", `{"logGroupName":"/ecs/x","tags":{"Team":"組"}}`},
	{"logs", "PutRetentionPolicy", `{"logGroupName":"/ecs/x","retentionInDays":7}`},
	{"logs", "PutMetricFilter", `{"logGroupName":"/ecs/x","filterName":"errors","filterPattern":"ERROR","metricTransformations":[{"metricName":"errors","metricNamespace":"P","metricValue":"1","defaultValue":0}]}`},
	{"monitoring", "PutMetricAlarm", "AlarmName=cpu\nNamespace=AWS/ECS\nMetricName=CPUUtilization\nStatistic=Average\nPeriod=300\nEvaluationPeriods=3\nDatapointsToAlarm=2\nThreshold=80\nComparisonOperator=GreaterThanThreshold\nDimensions.member.1.Name=ClusterName\nDimensions.member.1.Value=main"},
	{"monitoring", "PutDashboard", `DashboardName=workers` + "\n" + `DashboardBody={"widgets":[]}`},
	{"events", "PutRule", `{"Name":"stopped","EventPattern":"{\"source\":[\"aws.ecs\"],\"detail\":{\"stopCode\":[{\"prefix\":\"Task\"},{\"anything-but\":[\"UserInitiated\"]}]}}"}`},
	{"events", "PutTargets", `{"Rule":"stopped","Targets":[{"Id":"queue","Arn":"arn:aws:sqs:us-east-1:` + account + `:events"}]}`},
	{"application-autoscaling", "RegisterScalableTarget", `{"ServiceNamespace":"ecs","ResourceId":"service/main/worker","ScalableDimension":"ecs:service:DesiredCount","MinCapacity":1,"MaxCapacity":4}`},
	{"application-autoscaling", "PutScalingPolicy", `{"ServiceNamespace":"ecs","ResourceId":"service/main/worker","ScalableDimension":"ecs:service:DesiredCount","PolicyName":"cpu","PolicyType":"TargetTrackingScaling","TargetTrackingScalingPolicyConfiguration":{"TargetValue":60,"PredefinedMetricSpecification":{"PredefinedMetricType":"ECSServiceAverageCPUUtilization"}}}`},
	{"application-autoscaling", "PutScheduledAction", `{"ServiceNamespace":"ecs","ResourceId":"service/main/worker","ScalableDimension":"ecs:service:DesiredCount","ScheduledActionName":"morning","Schedule":"cron(0 7 ? * MON-FRI *)","Timezone":"Europe/Berlin","ScalableTargetAction":{"MinCapacity":2,"MaxCapacity":4}}`},
	{"sqs", "CreateQueue", `{"QueueName":"dead"}`},
	{"sqs", "CreateQueue", `{"QueueName":"events","Attributes":{"VisibilityTimeout":"300","MessageRetentionPeriod":"604800","RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:` + account + `:dead\",\"maxReceiveCount\":3}"}}`},
	{"sns", "CreateTopic", "Name=alerts"},
	{"sns", "Subscribe", "TopicArn=arn:aws:sns:us-east-1:" + account + ":alerts\nProtocol=email\nEndpoint=oncall@example.com"},
	{"secretsmanager", "CreateSecret", `{"Name":"prefect/api","SecretString":"not-a-key","ClientRequestToken":"0d990263-018e-4e65-a703-eff731de951e"}`},
	{"secretsmanager", "DeleteSecret", `{"SecretId":"prefect/api","RecoveryWindowInDays":7}`},
	{"kms", "CreateKey", `{"Description":"state","KeyUsage":"ENCRYPT_DECRYPT"}`},
	{"ecr", "CreateRepository", `{"repositoryName":"flows","imageTagMutability":"IMMUTABLE","encryptionConfiguration":{"encryptionType":"AES256"}}`},
	{"ecr", "PutLifecyclePolicy", `{"repositoryName":"flows","lifecyclePolicyText":"{\"rules\":[{\"rulePriority\":1,\"selection\":{\"tagStatus\":\"any\",\"countType\":\"imageCountMoreThan\",\"countNumber\":10},\"action\":{\"type\":\"expire\"}}]}"}`},
	{"servicediscovery", "CreatePrivateDnsNamespace", `{"Name":"prefect.local","Vpc":"$vpc","CreatorRequestId":"1"}`},
	{"ssm", "PutParameter", `{"Name":"/prefect/key","Value":"x","Type":"String"}`},
	{"dynamodb", "CreateTable", `{"TableName":"lock","BillingMode":"PAY_PER_REQUEST","AttributeDefinitions":[{"AttributeName":"LockID","AttributeType":"S"}],"KeySchema":[{"AttributeName":"LockID","KeyType":"HASH"}]}`},
	{"s3", "PUT /prefect-state", ""},
	{"s3", "PUT /prefect-state?versioning", "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>"},
	{"s3", "PUT /prefect-state?policy", strings.ReplaceAll(allow, `"Effect"`, `"Principal":"*","Effect"`)},
	{"s3", "PUT /prefect-state/dev/terraform.tfstate", "state"},
	{"backup", "PUT /backup-vaults/state", `{"BackupVaultTags":{"Team":"data"}}`},
	{"backup", "PUT /backup/plans", `{"BackupPlan":{"BackupPlanName":"state","Rules":[{"RuleName":"daily","TargetBackupVaultName":"state","ScheduleExpression":"cron(0 3 * * ? *)","Lifecycle":{"DeleteAfterDays":30}}]}}`},
	{"sts", "AssumeRole", "RoleArn=" + tasksRole + "\nRoleSessionName=test"},
	{"sts", "GetCallerIdentity", ""},
}

// badRequests are the kinds of what the models forbid, then the rules.
var badRequests = []badRequest{
	{"a text for a number, in JSON", "ecs", "UpdateService", []string{`desiredCount="two"`}, "SerializationException", "STRING_VALUE can not be converted to integer at 'desiredCount'"},
	{"a number for a text, in JSON", "logs", "CreateLogGroup", []string{`logGroupName=1`}, "SerializationException", "NUMBER_VALUE can not be converted to string at 'logGroupName'"},
	{"a text for a list, in JSON", "ecs", "CreateCluster", []string{`capacityProviders="FARGATE"`}, "SerializationException", "can not be converted to list at 'capacityProviders'"},
	{"a text for a number, in a query", "monitoring", "PutMetricAlarm", []string{"Period=five"}, "ValidationError", "at 'period'"},
	{"a text for a number, for EC2", "ec2", "AuthorizeSecurityGroupIngress", []string{"IpPermissions.1.FromPort=https"}, "InvalidParameterValue", "Value (https) for parameter fromPort is invalid"},
	{"a missing member, in JSON", "logs", "PutRetentionPolicy", []string{"logGroupName="}, "InvalidParameterException", "Value null at 'logGroupName' failed to satisfy constraint: Member must not be null"},
	{"a missing member, in a query", "iam", "CreateRole", []string{"RoleName="}, "ValidationError", "Value null at 'roleName' failed to satisfy constraint: Member must not be null"},
	{"a missing member, for EC2", "ec2", "CreateSecurityGroup", []string{"GroupName="}, "MissingParameter", "The request must contain the parameter groupName"},
	{"a missing member, for SQS", "sqs", "CreateQueue", []string{"QueueName="}, "MissingParameter", "at 'queueName'"},
	{"a missing member of a list's element", "ecs", "CreateService", []string{`capacityProviderStrategy=[{"weight":1}]`, "launchType="}, "InvalidParameterException", "Value null at 'capacityProviderStrategy.1.member.capacityProvider'"},
	{"an unknown member, in JSON", "ecs", "RegisterTaskDefinition", []string{`containerDefinitions.0.memoryMiB=512`}, "InvalidParameterException", "at 'containerDefinitions.1.member.memoryMiB' failed to satisfy constraint: Member is not known"},
	{"an unknown member, in a query", "iam", "CreateRole", []string{"RoleName=new", "Color=red"}, "ValidationError", "at 'Color'"},
	{"an unknown member, for EC2", "ec2", "CreateVpc", []string{"Color=red"}, "UnknownParameter", "The parameter Color is not recognized"},
	{"an unknown member, in XML", "s3", "PUT /prefect-state?versioning", []string{"<VersioningConfiguration><Color>red</Color></VersioningConfiguration>"}, "MalformedXML", "Color"},
	{"a body that is no XML", "s3", "PUT /prefect-state?versioning", []string{"<VersioningConfiguration>"}, "MalformedXML", "not well formed"},
	{"an unknown member, in REST's JSON", "backup", "PUT /backup/plans", []string{`BackupPlan.Color="red"`}, "InvalidParameterValueException", "at 'backupPlan.Color'"},
	{"an enum, in JSON", "ecs", "CreateService", []string{`propagateTags="CLUSTER"`}, "InvalidParameterException", "Value 'CLUSTER' at 'propagateTags' failed to satisfy constraint: Member must satisfy enum value set: ["},
	{"an enum, in a query", "monitoring", "PutMetricAlarm", []string{"ComparisonOperator=Above"}, "ValidationError", "Member must satisfy enum value set"},
	{"an enum, for EC2", "ec2", "CreateVpcEndpoint", []string{"VpcEndpointType=Portal"}, "InvalidParameterValue", "Value (Portal) for parameter vpcEndpointType is invalid"},
	{"an enum, in XML", "s3", "PUT /prefect-state?versioning", []string{"<VersioningConfiguration><Status>On</Status></VersioningConfiguration>"}, "InvalidArgument", "enum value set"},
	{"a text that is too long", "iam", "CreateRole", []string{"RoleName=" + strings.Repeat("r", 65)}, "ValidationError", "Member must have length less than or equal to 64"},
	{"a text that is too short", "ecr", "CreateRepository", []string{`repositoryName="x"`}, "InvalidParameterException", "Member must have length greater than or equal to 2"},
	{"a list that is too long", "monitoring", "PutMetricAlarm", dimensions(31), "ValidationError", "at 'dimensions' failed to satisfy constraint: Member must have length less than or equal to 30"},
	{"a number that is too small", "monitoring", "PutMetricAlarm", []string{"EvaluationPeriods=0"}, "ValidationError", "Member must have value greater than or equal to 1"},
	{"a number that is too large", "ecs", "CreateService", []string{`capacityProviderStrategy=[{"capacityProvider":"FARGATE","weight":1001}]`, "launchType="}, "InvalidParameterException", "less than or equal to 1000"},
	{"a pattern", "events", "PutRule", []string{`Name="a b"`}, "ValidationException", `Member must satisfy regular expression pattern: [\.\-_A-Za-z0-9]+`},
	{"a pattern that Python's re does not know", "logs", "CreateLogGroup", []string{`logGroupName="new"`, `tags.Team="a|b"`}, "InvalidParameterException", `Member must satisfy regular expression pattern`},
	{"a pattern in REST's path", "backup", "PUT /backup-vaults/state", []string{"path=PUT /backup-vaults/the%20vault"}, "InvalidParameterValueException", "at 'backupVaultName'"},
	{"several at once", "iam", "CreateRole", []string{"RoleName=a b", "Path=x"}, "ValidationError", "2 validation errors detected"},
	{"a secret's value is not repeated", "secretsmanager", "CreateSecret", []string{`Name="new"`, fmt.Sprintf(`SecretString="%s"`, strings.Repeat("k", 65537))}, "ValidationException", "detected: Value at 'secretString' failed"},

	{"4 GiB with a quarter vCPU", "ecs", "RegisterTaskDefinition", []string{`cpu="256"`, `memory="4096"`}, "ClientException", "No Fargate configuration exists for given values: 256 CPU, 4096 memory"},
	{"a cpu that Fargate does not have", "ecs", "RegisterTaskDefinition", []string{`cpu="300"`}, "ClientException", "No Fargate configuration exists for given values: 300 CPU"},
	{"no cpu", "ecs", "RegisterTaskDefinition", []string{`cpu=`}, "ClientException", "'cpu' be defined at the task level"},
	{"another network mode", "ecs", "RegisterTaskDefinition", []string{`networkMode="bridge"`}, "ClientException", "Fargate only supports network mode 'awsvpc'"},
	{"a container larger than its task", "ecs", "RegisterTaskDefinition", []string{`containerDefinitions.1.memory=2048`}, "ClientException", "Invalid 'memory' setting"},
	{"containers larger than their task", "ecs", "RegisterTaskDefinition", []string{`containerDefinitions.1.cpu=1024`}, "ClientException", "Invalid 'cpu' setting"},
	{"a reservation above the limit", "ecs", "RegisterTaskDefinition", []string{`containerDefinitions.1.memoryReservation=512`}, "ClientException", "'memoryReservation' must be less"},
	{"two containers of one name", "ecs", "RegisterTaskDefinition", []string{`containerDefinitions.1.name="worker"`}, "ClientException", "should be unique"},
	{"an image with a space", "ecs", "RegisterTaskDefinition", []string{`containerDefinitions.0.image="an image"`}, "ClientException", "Container.image"},
	{"a family with a space", "ecs", "RegisterTaskDefinition", []string{`family="my family"`}, "ClientException", "Family contains invalid characters"},
	{"a stop timeout beyond Fargate's", "ecs", "RegisterTaskDefinition", []string{`containerDefinitions.0.stopTimeout=121`}, "ClientException", "between 2 and 120"},
	{"a health check's interval", "ecs", "RegisterTaskDefinition", []string{`containerDefinitions.0.healthCheck.interval=301`}, "ClientException", "interval must be between 5 and 300"},
	{"a health check's timeout", "ecs", "RegisterTaskDefinition", []string{`containerDefinitions.0.healthCheck.timeout=1`}, "ClientException", "timeout must be between 2 and 60"},
	{"a health check's retries", "ecs", "RegisterTaskDefinition", []string{`containerDefinitions.0.healthCheck.retries=11`}, "ClientException", "retries must be between 1 and 10"},
	{"a health check's start", "ecs", "RegisterTaskDefinition", []string{`containerDefinitions.0.healthCheck.startPeriod=301`}, "ClientException", "startPeriod must be between 0 and 300"},
	{"a health check without CMD", "ecs", "RegisterTaskDefinition", []string{`containerDefinitions.0.healthCheck.command=["true"]`}, "ClientException", "CMD, CMD-SHELL or NONE"},
	{"the free disk by its size", "ecs", "RegisterTaskDefinition", []string{`ephemeralStorage.sizeInGiB=20`}, "ClientException", "between 21 and 200"},
	{"a task definition over 64 KiB", "ecs", "RegisterTaskDefinition", []string{fmt.Sprintf(`containerDefinitions.0.environment=[{"name":"A","value":"%s"}]`, strings.Repeat("x", 65536))}, "ClientException", "Max allowed length is '65536' bytes"},
	{"a secret with a variable's name", "ecs", "RegisterTaskDefinition", []string{`containerDefinitions.0.environment=[{"name":"KEY","value":"x"}]`}, "ClientException", "The secret name must be unique"},
	{"a secret of another service", "ecs", "RegisterTaskDefinition", []string{`containerDefinitions.0.secrets.0.valueFrom="arn:aws:s3:::secrets"`}, "ClientException", "valueFrom must be the ARN"},
	{"secrets without a role to read them", "ecs", "RegisterTaskDefinition", []string{`executionRoleArn=`, `containerDefinitions.0.logConfiguration=`}, "ClientException", "execution role ARN to support secrets"},
	{"awslogs without a group", "ecs", "RegisterTaskDefinition", []string{`containerDefinitions.0.logConfiguration.options.awslogs-group=`}, "ClientException", "Log driver awslogs requires options"},
	{"awslogs without a region", "ecs", "RegisterTaskDefinition", []string{`containerDefinitions.0.logConfiguration.options.awslogs-region=`}, "ClientException", "Missing: awslogs-region"},
	{"an option that awslogs does not have", "ecs", "RegisterTaskDefinition", []string{`containerDefinitions.0.logConfiguration.options.awslogs-color="red"`}, "ClientException", "disallows options: awslogs-color"},
	{"a dependency on nobody", "ecs", "RegisterTaskDefinition", []string{`containerDefinitions.0.dependsOn=[{"containerName":"x","condition":"START"}]`}, "ClientException", "no other container"},
	{"a mount of no volume", "ecs", "RegisterTaskDefinition", []string{`containerDefinitions.0.mountPoints=[{"sourceVolume":"tmp","containerPath":"/tmp"}]`}, "ClientException", "Unknown volume 'tmp'"},
	{"a role that ECS cannot assume", "ecs", "RegisterTaskDefinition", []string{`taskRoleArn="` + othersRole + `"`}, "ClientException", "ECS was unable to assume the role"},
	{"a role that is not there", "ecs", "RegisterTaskDefinition", []string{`taskRoleArn="` + othersRole + `x"`}, "ClientException", "Role is not valid"},

	{"a service of an inactive task definition", "ecs", "CreateService", []string{`taskDefinition="old:1"`}, "ClientException", "TaskDefinition is inactive"},
	{"an update to an inactive task definition", "ecs", "UpdateService", []string{`taskDefinition="old:1"`}, "ClientException", "TaskDefinition is inactive"},
	{"a task of an inactive task definition", "ecs", "RunTask", []string{`taskDefinition="old:1"`}, "InvalidParameterException", "TaskDefinition is inactive"},
	{"a service whose role ECS can no longer assume", "ecs", "CreateService", []string{`taskDefinition="stray:1"`}, "ClientException", "ECS was unable to assume the role"},
	{"a task whose role ECS can no longer assume", "ecs", "RunTask", []string{`taskDefinition="stray:1"`}, "ClientException", "ECS was unable to assume the role"},
	{"a task that overrides a role", "ecs", "RunTask", []string{`overrides.taskRoleArn="` + othersRole + `"`}, "ClientException", "ECS was unable to assume the role"},
	{"a cluster's name with a space", "ecs", "CreateCluster", []string{`clusterName="my cluster"`}, "InvalidParameterException", "up to 255 letters"},
	{"insights that nobody knows", "ecs", "CreateCluster", []string{`settings.0.value="full"`}, "InvalidParameterException", "Valid values are enabled"},
	{"a launch type and a strategy", "ecs", "CreateService", []string{`capacityProviderStrategy=` + strategy}, "InvalidParameterException", "both a launch type and capacity provider strategy"},
	{"two bases", "ecs", "PutClusterCapacityProviders", []string{`defaultCapacityProviderStrategy.1.base=1`}, "InvalidParameterException", "more than one capacity provider with a base"},
	{"no weight", "ecs", "PutClusterCapacityProviders", []string{`defaultCapacityProviderStrategy=[{"capacityProvider":"FARGATE","base":1}]`}, "InvalidParameterException", "weight greater than 0"},
	{"one provider twice", "ecs", "PutClusterCapacityProviders", []string{`defaultCapacityProviderStrategy.1.capacityProvider="FARGATE"`}, "InvalidParameterException", "more than once"},
	{"a provider that the cluster lacks", "ecs", "CreateService", []string{`launchType=`, `capacityProviderStrategy=[{"capacityProvider":"mine","weight":1}]`}, "InvalidParameterException", "not associated with the cluster"},
	{"a provider that is not there", "ecs", "CreateCluster", []string{`clusterName="new"`, `capacityProviders=["mine"]`}, "InvalidParameterException", "was not found"},
	{"a deployment that can never move", "ecs", "CreateService", []string{`deploymentConfiguration.minimumHealthyPercent=100`, `deploymentConfiguration.maximumPercent=100`}, "InvalidParameterException", "will block deployments"},
	{"percents beyond AWS's", "ecs", "CreateService", []string{`deploymentConfiguration.minimumHealthyPercent=101`}, "InvalidParameterException", "minimumHealthyPercent must be from 0 to 100"},
	{"a breaker that is off and rolls back", "ecs", "CreateService", []string{`deploymentConfiguration.deploymentCircuitBreaker.enable=false`}, "InvalidParameterException", "must be enabled to use rollback"},
	{"rebalancing without room", "ecs", "CreateService", []string{`availabilityZoneRebalancing="ENABLED"`, `deploymentConfiguration.maximumPercent=100`}, "InvalidParameterException", "maximumPercent greater than 100"},
	{"a negative count", "ecs", "CreateService", []string{`desiredCount=-1`}, "InvalidParameterException", "from 0 to 5000"},
	{"an old platform", "ecs", "CreateService", []string{`platformVersion="1.1.0"`}, "PlatformUnknownException", "no longer available"},
	{"awsvpc without a network", "ecs", "CreateService", []string{`networkConfiguration=`}, "InvalidParameterException", "Network Configuration must be provided when networkMode 'awsvpc' is specified"},
	{"a subnet that is not there", "ecs", "CreateService", []string{`networkConfiguration.awsvpcConfiguration.subnets=["subnet-0123456789abcdef0"]`}, "InvalidParameterException", "does not exist"},
	{"a security group that is not there", "ecs", "CreateService", []string{`networkConfiguration.awsvpcConfiguration.securityGroups=["sg-0123456789abcdef0"]`}, "InvalidParameterException", "does not exist"},
	{"a log of sessions without a place", "ecs", "CreateCluster", []string{`clusterName="new"`, `configuration.executeCommandConfiguration.logConfiguration=`}, "InvalidParameterException", "if and only if logging is OVERRIDE"},

	{"a retention that CloudWatch does not take", "logs", "PutRetentionPolicy", []string{`retentionInDays=6`}, "InvalidParameterException", "Value '6' at 'retentionInDays'"},
	{"a log group of AWS", "logs", "CreateLogGroup", []string{`logGroupName="aws/flows"`}, "InvalidParameterException", "reserved for AWS"},
	{"a log group that exists", "logs", "CreateLogGroup", nil, "ResourceAlreadyExistsException", "already exists"},
	{"a key's alias for logs", "logs", "CreateLogGroup", []string{`logGroupName="new"`, `kmsKeyId="alias/logs"`}, "InvalidParameterException", "KMS key"},
	{"a metric with dimensions and a default", "logs", "PutMetricFilter", []string{`metricTransformations.0.dimensions={"a":"$.a"}`}, "InvalidParameterException", "mutually exclusive"},
	{"a period of 90 seconds", "monitoring", "PutMetricAlarm", []string{"Period=90"}, "ValidationError", "a multiple of 60"},
	{"more than a day of minutes", "monitoring", "PutMetricAlarm", []string{"Period=60", "EvaluationPeriods=1441"}, "ValidationError", "more than a day"},
	{"more than a week of hours", "monitoring", "PutMetricAlarm", []string{"Period=3600", "EvaluationPeriods=169"}, "ValidationError", "more than a week"},
	{"more points than periods", "monitoring", "PutMetricAlarm", []string{"DatapointsToAlarm=4"}, "ValidationError", "DatapointsToAlarm"},
	{"an alarm of nothing", "monitoring", "PutMetricAlarm", []string{"MetricName="}, "ValidationError", "either MetricName"},
	{"a dashboard's name with a space", "monitoring", "PutDashboard", []string{"DashboardName=my workers"}, "InvalidParameterValue", "dashboard name"},
	{"a dashboard that is no JSON", "monitoring", "PutDashboard", []string{"DashboardBody=none"}, "InvalidParameterInput", "DashboardBody"},

	{"a pattern that is no JSON", "events", "PutRule", []string{`EventPattern="{"`}, "InvalidEventPatternException", "Event pattern is not valid"},
	{"a pattern's value outside a list", "events", "PutRule", []string{`EventPattern="{\"source\":\"aws.ecs\"}"`}, "InvalidEventPatternException", `"source" must be an object or an array`},
	{"a pattern of an unknown operator", "events", "PutRule", []string{`EventPattern="{\"source\":[{\"begins\":\"aws\"}]}"`}, "InvalidEventPatternException", "Unrecognized match type begins"},
	{"a rule without pattern and schedule", "events", "PutRule", []string{`EventPattern=`}, "ValidationException", "EventPattern or ScheduleExpression must be specified"},
	{"a rule's schedule", "events", "PutRule", []string{`ScheduleExpression="rate(1 hours)"`}, "ValidationException", "ScheduleExpression is not valid"},
	{"no target", "events", "PutTargets", []string{`Targets=[]`}, "ValidationException", "greater than or equal to 1"},

	{"capacities the wrong way round", "application-autoscaling", "RegisterScalableTarget", []string{`MinCapacity=5`}, "ValidationException", "Maximum capacity cannot be less than minimum capacity"},
	{"a negative capacity", "application-autoscaling", "RegisterScalableTarget", []string{`MinCapacity=-1`}, "ValidationException", "must not be negative"},
	{"nothing to follow", "application-autoscaling", "PutScalingPolicy", []string{`TargetTrackingScalingPolicyConfiguration.PredefinedMetricSpecification=`}, "ValidationException", "Exactly one of"},
	{"no target value", "application-autoscaling", "PutScalingPolicy", []string{`TargetTrackingScalingPolicyConfiguration.TargetValue=0`}, "ValidationException", "TargetValue must be greater than 0"},
	{"an action that changes nothing", "application-autoscaling", "PutScheduledAction", []string{`ScalableTargetAction={}`}, "ValidationException", "At least one of MinCapacity and MaxCapacity"},
	{"an action past its limit", "application-autoscaling", "PutScheduledAction", []string{`ScalableTargetAction.MinCapacity=5`}, "ValidationException", "Maximum capacity cannot be less"},
	{"a zone that is none", "application-autoscaling", "PutScheduledAction", []string{`Timezone="Berlin"`}, "ValidationException", "Invalid timezone: Berlin"},
	{"an action's name with a colon", "application-autoscaling", "PutScheduledAction", []string{`ScheduledActionName="a:b"`}, "ValidationException", "regular expression pattern"},

	{"a trust policy over 2048 characters", "iam", "CreateRole", []string{"RoleName=new", "AssumeRolePolicyDocument=" + strings.Replace(trust, "sts:AssumeRole", "sts:AssumeRole"+`","Sid":"`+strings.Repeat("S", 2048), 1)}, "LimitExceeded", "Cannot exceed quota for ACLSizePerRole: 2048"},
	{"a trust policy that trusts nobody", "iam", "CreateRole", []string{"RoleName=new", "AssumeRolePolicyDocument=" + allow}, "MalformedPolicyDocument", "who it trusts"},
	{"a trust policy of no service", "iam", "CreateRole", []string{"RoleName=new", "AssumeRolePolicyDocument=" + strings.Replace(trust, "ecs-tasks.amazonaws.com", "ecs-tasks", 1)}, "MalformedPolicyDocument", "Invalid service principal"},
	{"a role's name in another case", "iam", "CreateRole", []string{"RoleName=Tasks"}, "EntityAlreadyExists", "already exists"},
	{"tag keys that differ in case alone", "iam", "CreateRole", []string{"RoleName=new", "Tags.member.2.Key=team", "Tags.member.2.Value=b"}, "InvalidInput", "Tag keys are case insensitive"},
	{"a tag of AWS", "iam", "CreateRole", []string{"RoleName=new", "Tags.member.1.Key=aws:team"}, "InvalidParameterValue", "reserved for internal use"},
	{"a path without a slash", "iam", "CreateRole", []string{"RoleName=new", "Path=/prefect"}, "ValidationError", "at 'path'"},
	{"inline policies over 10240 characters", "iam", "PutRolePolicy", []string{"PolicyName=q", "PolicyDocument=" + strings.Replace(allow, `"s3:GetObject"`, `["s3:GetObject`+strings.Repeat(`","s3:GetObjectVersion`, 500)+`"]`, 1)}, "LimitExceeded", "Maximum policy size of 10240 bytes exceeded for role tasks"},
	{"one sid twice", "iam", "PutRolePolicy", []string{"PolicyDocument=" + strings.Replace(allow, `"Sid":"B"`, `"Sid":"A"`, 1)}, "MalformedPolicyDocument", "must be unique"},
	{"an action without its service", "iam", "PutRolePolicy", []string{"PolicyDocument=" + strings.Replace(allow, "s3:GetObject", "GetObject", 1)}, "MalformedPolicyDocument", "prefaced by a vendor"},
	{"a statement about nothing", "iam", "PutRolePolicy", []string{"PolicyDocument=" + strings.Replace(allow, `"s3:GetObject"`, `[]`, 1)}, "MalformedPolicyDocument", "must contain actions"},
	{"an ARN that is none", "iam", "PutRolePolicy", []string{"PolicyDocument=" + strings.Replace(allow, `"Resource":"*"`, `"Resource":"arn:s3:::bucket"`, 1)}, "MalformedPolicyDocument", "must be in ARN format"},
	{"a condition operator that IAM does not have", "iam", "PutRolePolicy", []string{"PolicyDocument=" + strings.Replace(allow, `"Resource":"*"`, `"Resource":"*","Condition":{"StringEqual":{"aws:x":"y"}}`, 1)}, "MalformedPolicyDocument", "Invalid Condition type : StringEqual"},

	{"a security group's name that begins with sg-", "ec2", "CreateSecurityGroup", []string{"GroupName=sg-workers"}, "InvalidParameterValue", "may not be in the format sg-*"},
	{"a security group named default", "ec2", "CreateSecurityGroup", []string{"GroupName=Default"}, "InvalidParameterValue", "reserved security group name"},
	{"a security group that is no ASCII", "ec2", "CreateSecurityGroup", []string{"GroupName=équipe"}, "InvalidParameterValue", "beyond ASCII"},
	{"a security group's name in use", "ec2", "CreateSecurityGroup", nil, "InvalidGroup.Duplicate", "already exists"},
	{"a port below another", "ec2", "AuthorizeSecurityGroupIngress", []string{"IpPermissions.1.ToPort=80"}, "InvalidParameterValue", "Invalid TCP port range (443:80)"},
	{"an ICMP type that is none", "ec2", "AuthorizeSecurityGroupIngress", []string{"IpPermissions.1.IpProtocol=icmp", "IpPermissions.1.FromPort=256", "IpPermissions.1.ToPort=-1"}, "InvalidParameterValue", "ICMP code"},
	{"an ICMP code of every type", "ec2", "AuthorizeSecurityGroupIngress", []string{"IpPermissions.1.IpProtocol=icmp", "IpPermissions.1.FromPort=-1", "IpPermissions.1.ToPort=3"}, "InvalidParameterValue", "ICMP code"},
	{"a rule for nobody", "ec2", "AuthorizeSecurityGroupIngress", []string{"IpPermissions.1.IpRanges.1.CidrIp=", "IpPermissions.1.IpRanges.1.Description="}, "MissingParameter", "source or destination"},
	{"a rule's description that is no ASCII", "ec2", "AuthorizeSecurityGroupIngress", []string{"IpPermissions.1.IpRanges.1.Description=naïve"}, "InvalidParameterValue", "Invalid rule description"},
	{"a rule twice", "ec2", "AuthorizeSecurityGroupIngress", nil, "InvalidPermission.Duplicate", "already exists"},
	{"a VPC larger than AWS takes", "ec2", "CreateVpc", []string{"CidrBlock=10.0.0.0/8"}, "InvalidVpc.Range", "10.0.0.0/8"},
	{"a VPC of a reserved range", "ec2", "CreateVpc", []string{"CidrBlock=127.0.0.0/16"}, "InvalidVpc.Range", "127.0.0.0/16"},
	{"a subnet smaller than AWS takes", "ec2", "CreateSubnet", []string{"CidrBlock=10.0.2.0/29"}, "InvalidSubnet.Range", "10.0.2.0/29"},
	{"a subnet outside its VPC", "ec2", "CreateSubnet", []string{"CidrBlock=10.1.0.0/24"}, "InvalidSubnet.Range", "10.1.0.0/24"},
	{"a subnet over another", "ec2", "CreateSubnet", []string{"CidrBlock=10.0.1.128/25"}, "InvalidSubnet.Conflict", "10.0.1.128/25"},
	{"an endpoint to nothing", "ec2", "CreateVpcEndpoint", []string{"ServiceName=s3"}, "InvalidServiceName", "does not exist"},
	{"an id that is none", "ec2", "DescribeSubnets", []string{"SubnetId.1=subnet-main"}, "InvalidSubnetID.NotFound", "subnet-main"},

	{"a queue's retention", "sqs", "CreateQueue", []string{`Attributes={"MessageRetentionPeriod":"59"}`}, "InvalidAttributeValue", "Invalid value for the parameter MessageRetentionPeriod"},
	{"a queue's visibility timeout", "sqs", "CreateQueue", []string{`Attributes={"VisibilityTimeout":"43201"}`}, "InvalidAttributeValue", "Invalid value for the parameter VisibilityTimeout"},
	{"a queue's receives", "sqs", "CreateQueue", []string{`Attributes={"RedrivePolicy":"{\"deadLetterTargetArn\":\"arn:aws:sqs:us-east-1:` + account + `:dead\",\"maxReceiveCount\":1001}"}`}, "InvalidAttributeValue", "Invalid value for maxReceiveCount: 1001"},
	{"a queue's name with a space", "sqs", "CreateQueue", []string{`QueueName="a b"`}, "InvalidParameterValue", "alphanumeric characters, hyphens, or underscores"},
	{"a topic's name with a space", "sns", "CreateTopic", []string{"Name=a b"}, "InvalidParameter", "Topic Name"},
	{"an address that is none", "sns", "Subscribe", []string{"Endpoint=oncall"}, "InvalidParameter", "email endpoint"},
	{"an unknown protocol", "sns", "Subscribe", []string{"Protocol=pigeon"}, "InvalidParameter", "Does not support this protocol"},
	{"a stream that needs a role", "sns", "Subscribe", []string{"Protocol=firehose", "Endpoint=arn:aws:firehose:us-east-1:" + account + ":deliverystream/a"}, "InvalidParameter", "SubscriptionRoleArn is required"},

	{"a secret's name with a space", "secretsmanager", "CreateSecret", []string{`Name="team a"`}, "ValidationException", "Invalid name"},
	{"a recovery window that AWS does not have", "secretsmanager", "DeleteSecret", []string{`RecoveryWindowInDays=3`}, "InvalidParameterException", "between 7 and 30"},
	{"a key for AES256", "ecr", "CreateRepository", []string{`repositoryName="new"`, `encryptionConfiguration.kmsKey="k"`}, "InvalidParameterException", "kmsKey is for the encryption type KMS"},
	{"a repository in upper case", "ecr", "CreateRepository", []string{`repositoryName="Flows"`}, "InvalidParameterException", "regular expression pattern"},
	{"a lifecycle without a rule", "ecr", "PutLifecyclePolicy", []string{`lifecyclePolicyText="{\"rules\":[]` + strings.Repeat(" ", 100) + `}"`}, "InvalidParameterException", "Lifecycle policy validation failure"},
	{"a DNS label over 63", "servicediscovery", "CreatePrivateDnsNamespace", []string{`Name="` + strings.Repeat("x", 64) + `.local"`}, "InvalidInput", "from 1 to 63 characters"},
	{"a table's short name", "dynamodb", "CreateTable", []string{`TableName="tf"`}, "ValidationException", "Invalid table name"},
	{"a bucket that AWS reserves", "s3", "PUT /prefect-state", []string{"path=PUT /xn--state"}, "InvalidBucketName", "not valid"},
	{"backups more than hourly", "backup", "PUT /backup/plans", []string{`BackupPlan.Rules.0.ScheduleExpression="cron(*/5 * * * ? *)"`}, "InvalidParameterValueException", "at least one hour"},
	{"backups that are never kept", "backup", "PUT /backup/plans", []string{`BackupPlan.Rules.0.Lifecycle.DeleteAfterDays=0`}, "InvalidParameterValueException", "at least 1"},
}

// dimensions are changes that give an alarm n dimensions.
func dimensions(n int) []string {
	var changes []string
	for i := range n {
		changes = append(changes, fmt.Sprintf("Dimensions.member.%d.Name=d%d", i+1, i), fmt.Sprintf("Dimensions.member.%d.Value=x", i+1))
	}
	return changes
}

// schedules that AWS does not take, of config's tests; each is an action's and
// a backup's.
func init() {
	for _, schedule := range []string{
		"0 7 * * *", "cron(0 7 * * 1-5)", "cron(0 7 * * MON *)", "cron(0 7 ? * ? *)", "cron(60 7 ? * MON *)", "cron(0 7 ? * 0 *)", "cron(0 7 32 * ? *)",
		"cron(0/0 7 1 * ? *)", "at(2027-02-30T07:00:00)", "at(2027-01-31T07:00:00Z)", "rate(1 hours)", "rate(0 days)",
	} {
		badRequests = append(badRequests, badRequest{schedule, "application-autoscaling", "PutScheduledAction", []string{`Schedule="` + schedule + `"`},
			"ValidationException", "Invalid schedule expression"})
	}
}
