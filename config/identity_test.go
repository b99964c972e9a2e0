package config

import (
	"fmt"
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

const (
	testKMSKey    = "arn:aws:kms:us-east-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
	testParameter = "arn:aws:ssm:us-east-1:123456789012:parameter/prefect/api-key"

	// noVariables removes the variables of preset readme that decide on the secret.
	noVariables = "terraform:\n  variables: {create_secret: \"\", prefect_api_key: \"\", prefect_secret_arn: \"\"}\n"
	testRole    = "arn:aws:iam::123456789012:role/team/worker"
	selfHosted  = "prefect:\n  apiUrl: http://prefect.internal:4200/api\n"
	ecsWorker   = "worker:\n  type: ecs\n  permissions: least-privilege\n"
)

func TestIdentity(t *testing.T) {
	checkOverReadme(t, []overReadme{
		{"takes a path and a boundary", "iam:\n  rolePath: /prefect/dev/\n  permissionsBoundaryArn: arn:aws-us-gov:iam::123456789012:policy/team/boundary\n  restrictTrust: true\n", ""},
		{"rejects a path without a slash at its end", "iam:\n  rolePath: /prefect\n",
			`dev.yaml:3: iam.rolePath: got "/prefect", want a path that begins and ends with /, such as /prefect/`},
		{"rejects a boundary that is a role", "iam:\n  permissionsBoundaryArn: arn:aws:iam::123456789012:role/x\n",
			`dev.yaml:3: iam.permissionsBoundaryArn: got "arn:aws:iam::123456789012:role/x", want a managed policy's ARN, arn:aws:iam::<12 digits or aws>:policy/<name>`},

		{"takes a worker's role of its own", ecsWorker + "taskRole:\n  name: \"{nameTag}-worker\"\n", ""},
		{"rejects a worker's role without its type", "worker:\n  permissions: least-privilege\n",
			"dev.yaml:3: worker.permissions: got least-privilege without a type, which says what the role must allow; set worker.type: ecs"},
		{"rejects a worker's role without a name", ecsWorker,
			`dev.yaml: taskRole: missing, want at least its name, such as taskRole: {name: "{nameTag}-worker"}`},
		{"checks what the role's name becomes", ecsWorker + "nameTag: team a\nsecret:\n  name: x\ntaskRole:\n  name: \"{nameTag}-worker\"\n",
			`dev.yaml:9: taskRole.name: "{nameTag}-worker" becomes "team a-worker": got "team a-worker", want 1 to 64 letters, digits or _+=,.@-`},
		{"rejects a passed role that is a user", ecsWorker + "taskRole:\n  name: w\n  passRoleArns: [\"arn:aws:iam::123456789012:user/x\"]\n",
			`dev.yaml:7: taskRole.passRoleArns[0]: got "arn:aws:iam::123456789012:user/x", want a role's ARN, arn:aws:iam::<12 digits>:role/<name>`},
		{"rejects every role to be passed", ecsWorker + "taskRole:\n  name: w\n  passRoleArns: [\"*\"]\n",
			`dev.yaml:7: taskRole.passRoleArns[0]: got "*", want a role's ARN, arn:aws:iam::<12 digits>:role/<name>`},
		{"rejects a worker that runs flows in a role nobody gave", "worker:\n  type: process\n  permissions: least-privilege\n",
			"dev.yaml:4: worker.permissions: got least-privilege with type process, which runs flows in its own task, and no flowRunRole, which would be its role"},
		{"rejects a flow run's role that no task gets", "worker:\n  type: process\n  permissions: none\nflowRunRole:\n  name: x\n",
			"dev.yaml:4: worker.permissions: got none with type process and a flowRunRole, which its flows would not get; set worker.permissions: least-privilege"},
		{"rejects a flow run's role made and given", "flowRunRole:\n  arn: arn:aws:iam::123456789012:role/x\n  name: y\n",
			"dev.yaml:4: flowRunRole.name: set with flowRunRole.arn, an existing role, which is left as it is; remove one of them"},
		{"takes a worker's role with permissions besides", ecsWorker + "taskRole:\n  name: w\n  managedPolicyArns: [arn:aws:iam::aws:policy/A]\n  inlinePolicyStatements:\n    - {effect: Deny, actions: [\"*\"], resources: [\"*\"], conditions: {StringNotEquals: {\"aws:RequestedRegion\": [us-east-1]}}}\n", ""},
		{"takes a worker's role that exists", ecsWorker + "taskRole:\n  arn: " + testRole + "\n", ""},
		{"rejects policies for a role that exists", ecsWorker + "taskRole:\n  arn: " + testRole + "\n  managedPolicyArns: [arn:aws:iam::aws:policy/A]\n  passRoleArns: [" + testRole + "]\n",
			`dev.yaml:7: taskRole.managedPolicyArns: set with taskRole.arn, an existing role, which is left as it is; remove one of them
dev.yaml:8: taskRole.passRoleArns: set with taskRole.arn, an existing role, which is left as it is; remove one of them`},
		{"rejects a role's name for its ARN", ecsWorker + "taskRole:\n  arn: worker\n",
			`dev.yaml:6: taskRole.arn: got "worker", want a role's ARN, arn:aws:iam::<12 digits>:role/<name>`},
		{"rejects a role of another account", ecsWorker + "taskRole:\n  arn: " + testRole + "\nterraform:\n  provider: {allowedAccountIds: [\"210987654321\"]}\n",
			"dev.yaml:6: taskRole.arn: got a role of account 123456789012, want one of terraform.provider.allowedAccountIds (210987654321): ECS accepts only roles of its own account"},
		{"rejects a worker's role that none has", "taskRole:\n  name: w\n  managedPolicyArns: [arn:aws:iam::aws:policy/A]\n",
			"dev.yaml:4: taskRole.managedPolicyArns: set, but no worker has this role; set worker.type: ecs with worker.permissions: least-privilege, or with type process flowRunRole.managedPolicyArns"},
		{"rejects statements of one name", ecsWorker + "taskRole:\n  name: w\n  inlinePolicyStatements:\n    - {sid: A, actions: [s3:GetObject], resources: [\"*\"]}\n    - {sid: A, actions: [s3:PutObject], resources: [\"*\"]}\n",
			`dev.yaml:9: taskRole.inlinePolicyStatements[1].sid: got "A" twice, want a sid once in a policy`},
		{"rejects an invalid effect", ecsWorker + "taskRole:\n  name: w\n  inlinePolicyStatements:\n    - {effect: allow, actions: [s3:GetObject], resources: [\"*\"]}\n",
			`dev.yaml:8: taskRole.inlinePolicyStatements[0].effect: got "allow", did you mean "Allow"? (allowed: Allow, Deny)`},
		{"rejects a role that may do nothing", ecsWorker + "taskRole:\n  name: w\n  inlinePolicyStatements:\n    - {effect: Deny, actions: [\"*\"], resources: [\"*\"]}\n",
			"dev.yaml:8: taskRole.inlinePolicyStatements[0]: denies every action on everything, so the role could do nothing; want actions, resources or conditions"},
		{"rejects a principal", ecsWorker + "taskRole:\n  name: w\n  inlinePolicyStatements:\n    - {principal: \"*\", actions: [s3:GetObject], resources: [\"*\"]}\n",
			"dev.yaml:8: taskRole.inlinePolicyStatements[0].principal: unknown setting, known here: sid, effect, actions, resources, conditions"},
		{"rejects more policy than a role takes", ecsWorker + "taskRole:\n  name: w\n  inlinePolicyStatements:\n    - {actions: [s3:GetObject], resources: [" + buckets(110) + "]}\n",
			"dev.yaml:7: taskRole.inlinePolicyStatements: got 7916 characters of policy, want at most 7168: IAM takes 10240 in all inline policies of a role, and the worker's own statements need 3072; put the rest into a managed policy"},
		{"rejects a flow run's role without a name", "flowRunRole:\n  nameTag: x\n",
			"dev.yaml:2: flowRunRole.name: got no value, want 1 to 64 letters, digits or _+=,.@-"},
		{"rejects a managed policy given twice", "flowRunRole:\n  name: x\n  managedPolicyArns: [arn:aws:iam::aws:policy/A, arn:aws:iam::aws:policy/A]\n",
			`dev.yaml:4: flowRunRole.managedPolicyArns[1]: got "arn:aws:iam::aws:policy/A" twice`},
		{"rejects more managed policies than a role takes", "flowRunRole:\n  name: x\n  managedPolicyArns: [" + policies(11) + "]\n",
			"dev.yaml:4: flowRunRole.managedPolicyArns: got 11, want at most 10"},
		{"rejects a statement about nothing", "flowRunRole:\n  name: x\n  inlinePolicyStatements:\n    - sid: a-b\n",
			`dev.yaml:5: flowRunRole.inlinePolicyStatements[0].sid: got "a-b", want letters and digits
dev.yaml:5: flowRunRole.inlinePolicyStatements[0].actions: got none, want at least one such as s3:GetObject
dev.yaml:5: flowRunRole.inlinePolicyStatements[0].resources: got none, want at least one ARN`},
		{"rejects an action without its service", "flowRunRole:\n  name: x\n  inlinePolicyStatements:\n    - {actions: [GetObject], resources: [bucket]}\n",
			`dev.yaml:5: flowRunRole.inlinePolicyStatements[0].actions[0]: got "GetObject", want an action such as s3:GetObject
dev.yaml:5: flowRunRole.inlinePolicyStatements[0].resources[0]: got "bucket", want an ARN, arn:<partition>:<service>:<region>:<account>:<resource>, or * for actions without resource-level permissions`},
		{"rejects a statement that allows everything", "flowRunRole:\n  name: x\n  inlinePolicyStatements:\n    - {actions: [\"*\"], resources: [\"*\"]}\n",
			"dev.yaml:5: flowRunRole.inlinePolicyStatements[0]: allows every action on everything, want the actions that the flows need"},

		{"takes an execution role with permissions besides", "taskExecutionRole:\n  managedPolicyArns: [arn:aws:iam::123456789012:policy/A]\n  secretArns: [\"" + secretExample + "\", " + testParameter + "]\n  kmsKeyArns: [" + testKMSKey + "]\nterraform:\n  variables: {region: \"\"}\n", ""},
		{"takes an execution role that exists", "taskExecutionRole:\n  arn: " + testRole + "\n", ""},
		{"rejects secrets for an execution role that exists", "taskExecutionRole:\n  arn: " + testRole + "\n  secretArns: [" + testParameter + "]\n",
			"dev.yaml:4: taskExecutionRole.secretArns: set with taskExecutionRole.arn, an existing role, which is left as it is; remove one of them"},
		{"rejects a policy that is attached already", "taskExecutionRole:\n  managedPolicyArns: [arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly]\n",
			"dev.yaml:3: taskExecutionRole.managedPolicyArns[0]: got arn:aws:iam::aws:policy/AmazonEC2ContainerRegistryReadOnly, which permissions or attachEcrReadOnlyPolicy attaches already; remove it"},
		{"rejects a policy beside least privilege", noVariables + "secret:\n  arn: " + testParameter + "\ntaskExecutionRole:\n  permissions: least-privilege\n  attachEcrReadOnlyPolicy: false\n  managedPolicyArns: [arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy]\n",
			"dev.yaml:9: taskExecutionRole.managedPolicyArns[0]: got arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy with permissions least-privilege, which it would undo; remove it, or set permissions: managed"},
		{"rejects more policies than an execution role takes", "taskExecutionRole:\n  managedPolicyArns: [" + policies(9) + "]\n",
			"dev.yaml:3: taskExecutionRole.managedPolicyArns: got 9, want at most 8: a role can have 10, and permissions and attachEcrReadOnlyPolicy attach 2"},
		{"rejects a secret's name for its ARN", "taskExecutionRole:\n  secretArns: [warehouse]\n",
			"dev.yaml:3: taskExecutionRole.secretArns[0]: got a value that is not repeated here, as it may be a secret, want " + settings.Rules["secretARN"].Wanted},
		{"rejects a key of nothing", "taskExecutionRole:\n  kmsKeyArns: [" + testKMSKey + "]\nterraform:\n  variables: {region: \"\"}\n",
			"dev.yaml:3: taskExecutionRole.kmsKeyArns: set, but the role reads no secret that they could encrypt: neither secretArns nor worker.secrets; remove them, or for the section secret set secret.kmsKeyArn"},
		{"takes a private registry", "worker:\n  image: registry.acme.dev/worker:1.4.2\n  repositoryCredentials: {credentialsParameter: \"" + secretExample + "\"}\n", ""},
		{"rejects a parameter for a private registry", "worker:\n  image: registry.acme.dev/worker:1.4.2\n  repositoryCredentials: {credentialsParameter: \"" + testParameter + "\"}\n",
			`dev.yaml:4: worker.repositoryCredentials.credentialsParameter: got "` + testParameter + `", want a secret's whole ARN, arn:aws:secretsmanager:<region>:<12 digits>:secret:<name>-<6 characters>`},
		{"rejects credentials for ECR", "worker:\n  image: 123456789012.dkr.ecr.us-east-1.amazonaws.com/worker:1.4.2\n  repositoryCredentials: {credentialsParameter: \"" + secretExample + "\"}\nterraform:\n  variables: {container_image: \"\"}\n",
			"dev.yaml:4: worker.repositoryCredentials: set for 123456789012.dkr.ecr.us-east-1.amazonaws.com/worker:1.4.2, which is in ECR, where ECS logs in with the task execution role; remove it"},

		{"rejects unknown permissions", "taskExecutionRole:\n  permissions: minimal\n",
			`dev.yaml:3: taskExecutionRole.permissions: got "minimal", want one of: managed, least-privilege`},
		{"rejects a managed policy that undoes least privilege", noVariables + "secret:\n  arn: " + testParameter + "\ntaskExecutionRole:\n  permissions: least-privilege\n",
			"dev.yaml: taskExecutionRole.attachEcrReadOnlyPolicy (from preset readme): got true with permissions least-privilege, which it would undo; set it to false"},
		{"rejects least privilege on no secret in particular", "taskExecutionRole:\n  permissions: least-privilege\n  attachEcrReadOnlyPolicy: false\n",
			`dev.yaml:3: taskExecutionRole.permissions: got least-privilege with variables that may leave the stack without a secret, and then the role reads every one; say which secret it is here: terraform.variables: {create_secret: "", prefect_secret_arn: ""}`},
		{"rejects repositories that nothing uses", "taskExecutionRole:\n  repositoryArns: [arn:aws:ecr:us-east-1:123456789012:repository/flows]\n",
			"dev.yaml:3: taskExecutionRole.repositoryArns: set, but only permissions least-privilege uses it"},
		{"rejects an image for a repository", noVariables + "secret:\n  arn: " + testParameter + "\ntaskExecutionRole:\n  permissions: least-privilege\n  attachEcrReadOnlyPolicy: false\n  repositoryArns: [\"123456789012.dkr.ecr.us-east-1.amazonaws.com/flows\"]\n",
			`dev.yaml:9: taskExecutionRole.repositoryArns[0]: got "123456789012.dkr.ecr.us-east-1.amazonaws.com/flows", want a repository's ARN, arn:aws:ecr:<region>:<12 digits>:repository/<name>`},
	})
}

func TestSecret(t *testing.T) {
	checkOverReadme(t, []overReadme{
		{"takes a secret whose value comes from outside", noVariables + "secret:\n  create: true\n  valueManagedBy: outside\n  recoveryWindowInDays: 0\n  kmsKeyArn: " + testKMSKey + "\n", ""},
		{"rejects an unknown manager of the value", "secret:\n  valueManagedBy: vault\n", `dev.yaml:3: secret.valueManagedBy: got "vault", want one of: terraform, write-only, outside`},
		{"rejects a value from outside and from a variable", "secret:\n  create: true\n  valueManagedBy: outside\n",
			`dev.yaml:4: secret.valueManagedBy: got outside with variables for a value from Terraform; remove them: terraform.variables: {prefect_api_key: "", create_secret: ""}`},
		{"takes a write-only value with what knows it", "secret:\n  valueManagedBy: write-only\n  valueVersion: 2\nterraform:\n  requiredVersion: \"~> 1.11\"\n  awsProviderVersion: \">= 5.88.0, < 7.0.0\"\n  variables: {key_version: secret.valueVersion}\n", ""},
		{"rejects a write-only value that something older would be sent", "secret:\n  valueManagedBy: write-only\nterraform:\n  requiredVersion: \">= 1.10\"\n  awsProviderVersion: \">= 5.87.0, < 7.0.0\"\n",
			`dev.yaml:5: terraform.requiredVersion: got ">= 1.10" with secret.valueManagedBy write-only, want at least ">= 1.11.0": an older Terraform or OpenTofu has no write-only arguments
dev.yaml:6: terraform.awsProviderVersion: got ">= 5.87.0, < 7.0.0" with secret.valueManagedBy write-only, want at least ">= 5.88.0, < 7.0.0": an older provider has no secret_string_wo`},
		{"rejects a write-only value for a given secret", "secret:\n  arn: arn:aws:secretsmanager:us-east-1:123456789012:secret:prefect-AbCdEf\n  valueManagedBy: write-only\n" +
			"terraform:\n  requiredVersion: \">= 1.11\"\n  awsProviderVersion: \">= 6.26\"\n  variables: {create_secret: \"\", prefect_api_key: \"\", prefect_secret_arn: \"\"}\n",
			"dev.yaml:4: secret.valueManagedBy: got write-only with secret.create false: a given secret's value is never touched; remove it"},
		{"rejects a number of a value that Terraform keeps", "secret:\n  valueVersion: 2\n",
			"dev.yaml:3: secret.valueVersion: got 2 with valueManagedBy terraform, which uses none; remove it, or set valueManagedBy: write-only"},
		{"rejects a variable for the number of a value that Terraform keeps", "terraform:\n  variables: {key_version: secret.valueVersion}\n",
			"dev.yaml:3: terraform.variables.key_version: got secret.valueVersion with valueManagedBy terraform, which uses none; remove it, or set secret.valueManagedBy: write-only"},
		{"rejects no value's number", "secret:\n  valueVersion: 0\n", "dev.yaml:3: secret.valueVersion: got 0, want 1 to 1000000"},
		{"rejects a value from outside for a given secret", noVariables + "secret:\n  arn: arn:aws:secretsmanager:us-east-1:123456789012:secret:prefect-AbCdEf\n  valueManagedBy: outside\n",
			"dev.yaml:6: secret.valueManagedBy: got outside with secret.create false: a given secret's value is never touched; remove it"},
		{"rejects a recovery window that AWS does not have", "secret:\n  recoveryWindowInDays: 3\n", "dev.yaml:3: secret.recoveryWindowInDays: got 3, want 7 to 30, or 0"},
		{"rejects a key's alias", "secret:\n  kmsKeyArn: arn:aws:kms:us-east-1:123456789012:alias/prefect\n",
			`dev.yaml:3: secret.kmsKeyArn: got "arn:aws:kms:us-east-1:123456789012:alias/prefect", want a key's ARN, arn:aws:kms:<region>:<12 digits>:key/<id>; an alias is not accepted`},
		{"rejects a key of another region", "region: eu-west-1\nsecret:\n  kmsKeyArn: " + testKMSKey + "\nterraform:\n  variables: {region: \"\"}\n",
			`dev.yaml:4: secret.kmsKeyArn: got "` + testKMSKey + `" of region us-east-1, want one of eu-west-1, where the stack is`},
		{"takes an SSM parameter", noVariables + "secret:\n  arn: " + testParameter + "\n", ""},
		{"rejects a parameter's name", noVariables + "secret:\n  arn: \"arn:aws:ssm:us-east-1:parameter/prefect\"\n",
			`dev.yaml:5: secret.arn: got "arn:aws:ssm:us-east-1:parameter/prefect", want a secret's whole ARN, arn:aws:secretsmanager:<region>:<12 digits>:secret:<name>-<6 characters>, or that with :json-key:stage:version, or a parameter's, arn:aws:ssm:<region>:<12 digits>:parameter/<name>`},
		{"rejects a parameter as a variable's default", "secret:\n  arn: " + testParameter + "\n",
			`dev.yaml:3: secret.arn: got an SSM parameter with variables for a secret of Secrets Manager; remove them: terraform.variables: {prefect_secret_arn: "", create_secret: ""}`},
		{"takes a self-hosted server's authentication", selfHosted + "secret:\n  environmentName: PREFECT_API_AUTH_STRING\n", ""},
		{"rejects another setting", "secret:\n  environmentName: PREFECT_KEY\n",
			`dev.yaml:3: secret.environmentName: got "PREFECT_KEY", did you mean "PREFECT_API_KEY"? (allowed: PREFECT_API_KEY, PREFECT_API_AUTH_STRING)`},
		{"rejects a server's authentication for Prefect Cloud", "prefect:\n  apiUrl: https://api.prefect.cloud/api/accounts/a/workspaces/b\nsecret:\n  environmentName: PREFECT_API_AUTH_STRING\nterraform:\n  variables: {prefect_api_url: \"\"}\n",
			"dev.yaml:5: secret.environmentName: got PREFECT_API_AUTH_STRING with Prefect Cloud, which takes PREFECT_API_KEY; set prefect.apiUrl to the self-hosted server, or remove it"},
		{"takes a self-hosted server without authentication", noVariables + selfHosted, ""},
		{"rejects Prefect Cloud without authentication", noVariables,
			"dev.yaml: secret (from preset readme): got neither create nor arn: the worker could not authenticate; set secret.create: true or secret.arn"},
		{"rejects a command for a value that Terraform sets", "terraform:\n  outputs: [put_secret_value_command]\n",
			`dev.yaml:3: terraform.outputs[0]: got "put_secret_value_command", but Terraform sets the secret's value or the secret is a given one; remove it, or set secret.create: true and secret.valueManagedBy: outside`},
		{"rejects the address of no repository", "repository: null\nterraform:\n  outputs: [repository_url]\n",
			`dev.yaml:4: terraform.outputs[0]: got "repository_url", but repository is null; remove one of them`},
		{"rejects outputs of what there is not", "network:\n  natGateways: none\nworker: {assignPublicIp: true}\nterraform:\n  outputs:\n    - nat_public_ips\n    - task_role_arn\n    - flow_run_role_arn\n    - flow_run_log_group_name\n    - crash_events_queue_url\n    - topic_arn\n",
			`dev.yaml:7: terraform.outputs[0]: got "nat_public_ips" with network.natGateways none; remove it
dev.yaml:8: terraform.outputs[1]: got "task_role_arn", but no worker has the role taskRole; remove it, or set worker.type: ecs with worker.permissions: least-privilege
dev.yaml:9: terraform.outputs[2]: got "flow_run_role_arn", but flowRunRole is null; remove one of them
dev.yaml:10: terraform.outputs[3]: got "flow_run_log_group_name", but flowRunLogGroup is null, and flow runs log to log_group_name; remove one of them
dev.yaml:11: terraform.outputs[4]: got "crash_events_queue_url", but crashEvents is null; remove one of them
dev.yaml:12: terraform.outputs[5]: got "topic_arn", but there is no monitoring.topic; remove one of them`},
		{"rejects outputs of what a network that exists does not say", "network:\n  existing: {vpcId: vpc-0123456789abcdef0, privateSubnetIds: [subnet-0a11111111111111a]}\nterraform:\n  variables: {vpc_cidr: \"\"}\n  outputs:\n    - vpc_id\n    - private_subnets\n    - public_subnets\n    - private_route_table_ids\n",
			`dev.yaml:9: terraform.outputs[2]: got "public_subnets", but network.existing names none; remove it
dev.yaml:10: terraform.outputs[3]: got "private_route_table_ids" with network.existing, of which only VPC and subnets are known; remove it`},
		{"rejects a work pool's variables for another kind of pool", "worker:\n  type: process\nterraform:\n  outputs: [work_pool_variables]\n",
			`dev.yaml:5: terraform.outputs[0]: got "work_pool_variables" with worker.type process, whose work pool takes none of them; remove it`},
	})
}

func TestRepository(t *testing.T) {
	const cache = "repository:\n  pullThroughCache:\n    "
	checkOverReadme(t, []overReadme{
		{"rejects an unknown mutability", "repository:\n  imageTagMutability: immutable\n",
			`dev.yaml:3: repository.imageTagMutability: got "immutable", did you mean "IMMUTABLE"? (allowed: MUTABLE, IMMUTABLE)`},
		{"rejects an unknown encryption", "repository:\n  encryptionType: aws\n", `dev.yaml:3: repository.encryptionType: got "aws", want one of: AES256, KMS`},
		{"rejects a key that nothing uses", "repository:\n  kmsKeyArn: " + testKMSKey + "\n", "dev.yaml:3: repository.kmsKeyArn: set, but only encryptionType KMS uses it"},
		{"rejects a lifecycle without a rule", "repository:\n  lifecycle: {}\n",
			"dev.yaml:3: repository.lifecycle: got no rule, want expireUntaggedAfterDays or keepLast; remove it to keep every image"},
		{"rejects days below none", "repository:\n  lifecycle: {expireUntaggedAfterDays: -1}\n", "dev.yaml:3: repository.lifecycle.expireUntaggedAfterDays: got -1, want 0 to 3650"},
		{"takes a cache without credentials", cache + "registry: ecr-public\n    prefix: ecr-public\n", ""},
		{"rejects an unknown registry", cache + "registry: dockerhub\n    prefix: hub\n",
			`dev.yaml:4: repository.pullThroughCache.registry: got "dockerhub", did you mean "docker-hub"? (allowed: docker-hub, ecr-public, github-container-registry, gitlab-container-registry, k8s, quay)`},
		{"rejects a prefix that is too long", cache + "registry: quay\n    prefix: " + strings.Repeat("q", 31) + "\n",
			`dev.yaml:5: repository.pullThroughCache.prefix: got 31 characters ("` + strings.Repeat("q", 31) + `"…), want at most 30`},
		{"rejects Docker Hub without credentials", cache + "registry: docker-hub\n    prefix: hub\n",
			"dev.yaml:3: repository.pullThroughCache.credentialSecretArn: got none, want a secret whose name begins with ecr-pullthroughcache/: ECR pulls from docker-hub with credentials only"},
		{"rejects credentials that ECR would not find", cache + "registry: docker-hub\n    prefix: hub\n    credentialSecretArn: arn:aws:secretsmanager:us-east-1:123456789012:secret:hub-AbCdEf\n",
			`dev.yaml:6: repository.pullThroughCache.credentialSecretArn: got "arn:aws:secretsmanager:us-east-1:123456789012:secret:hub-AbCdEf", want a secret whose name begins with ecr-pullthroughcache/, which ECR demands`},
		{"rejects credentials for a registry without", cache + "registry: quay\n    prefix: quay\n    credentialSecretArn: arn:aws:secretsmanager:us-east-1:123456789012:secret:ecr-pullthroughcache/q-AbCdEf\n",
			"dev.yaml:6: repository.pullThroughCache.credentialSecretArn: set, but ECR pulls from quay without credentials; remove it"},
	})
}

func TestCrashEvents(t *testing.T) {
	checkOverReadme(t, []overReadme{
		{"takes a name alone", "crashEvents:\n  queueName: \"{nameTag}-ecs-events\"\n", ""},
		{"rejects a missing name", "crashEvents: {}\n", "dev.yaml:2: crashEvents.queueName: missing, want 1 to 64 letters, digits, _ or -"},
		{"rejects a name that EventBridge does not take for the rule", "crashEvents:\n  queueName: " + strings.Repeat("q", 65) + "\n",
			`dev.yaml:3: crashEvents.queueName: got 65 characters ("` + strings.Repeat("q", 40) + `"…), want at most 64`},
		{"rejects what SQS does not take", "crashEvents: {queueName: q, visibilityTimeoutSeconds: 43201, messageRetentionSeconds: 59, maxReceiveCount: 1001}\n",
			`dev.yaml:2: crashEvents.visibilityTimeoutSeconds: got 43201, want 1 to 43200
dev.yaml:2: crashEvents.messageRetentionSeconds: got 59, want 60 to 1209600
dev.yaml:2: crashEvents.maxReceiveCount: got 1001, want 1 to 1000`},
		{"rejects a queue that nobody reads", "crashEvents: {queueName: q}\nworker:\n  type: process\n",
			"dev.yaml:2: crashEvents: set, but a worker of type process starts no tasks and would never read the queue; set crashEvents: null, or worker.type: ecs"},
		{"rejects a queue that the worker may not read", "crashEvents: {queueName: q}\nworker:\n  permissions: none\n",
			"dev.yaml:4: worker.permissions: got none with crashEvents, whose queue the worker reads with a task role; set worker.permissions: least-privilege"},
		{"rejects another queue in the environment", "crashEvents: {queueName: q}\nworker:\n  environment: {" + settings.QueueNameVariable + ": r}\n",
			"dev.yaml:4: worker.environment." + settings.QueueNameVariable + ": set here, want only crashEvents.queueName: the worker would watch another queue"},
	})
}

func TestCrashEventsWarnings(t *testing.T) {
	for _, tt := range []struct{ name, text, want string }{
		{"says what is missed without the queue", ecsWorker + "taskRole: {name: w}\n",
			"crashEvents: off: a flow run whose task stops before it reaches Prefect stays Pending, and prefect-aws 0.6 or newer logs that it may not read its queue; set crashEvents: {queueName: \"{nameTag}-ecs-events\"}"},
		{"says that an image is too old", "crashEvents: {queueName: q}\nworker:\n  image: prefecthq/prefect-aws:0.5.10-python3.12\n",
			"worker.image: prefecthq/prefect-aws:0.5.10-python3.12 does not read crashEvents, which prefect-aws supports since 0.6; use a newer image"},
		{"says that a pool's name is no task family", "prefect:\n  workPool: my pool\nworker:\n  type: ecs\n",
			`prefect.workPool: "my pool" becomes part of the flow runs' task family, where ECS accepts 1 to 255 letters, digits, _ or -; rename the pool, or set family in it`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c, err := load(t, map[string]string{"dev.yaml": "preset: readme\n" + tt.text})
			if err != "" {
				t.Fatal(err)
			}
			if got := strings.Join(warningsOf(c), "\n"); !strings.Contains(got, tt.want) {
				t.Errorf("no %q in:\n%s", tt.want, got)
			}
		})
	}
}

// overReadme is a file over preset readme and the whole error it wants.
type overReadme struct{ name, text, want string }

func checkOverReadme(t *testing.T, rows []overReadme) {
	t.Helper()
	for _, tt := range rows {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := load(t, map[string]string{"dev.yaml": "preset: readme\n" + tt.text}); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

func policies(n int) string {
	var all []string
	for i := range n {
		all = append(all, "arn:aws:iam::aws:policy/P"+string(rune('A'+i)))
	}
	return strings.Join(all, ", ")
}

// buckets are ARNs of 60 characters and more.
func buckets(n int) string {
	var all []string
	for i := range n {
		all = append(all, fmt.Sprintf("%q", fmt.Sprintf("arn:aws:s3:::%s-%02d/*", strings.Repeat("b", 50), i)))
	}
	return strings.Join(all, ", ")
}

// twoTeams is an environment whose second worker has what the entry says.
func twoTeams(entry ...string) string {
	return "preset: production\nprefect: {apiUrl: \"http://prefect.internal/api\"}\nsecurityGroup: {egress: [{protocol: \"-1\", cidrBlocks: [0.0.0.0/0]}]}\nadditionalWorkers:\n  - name: ml\n    autoScaling: null\n    " + strings.Join(entry, "\n    ") + "\n"
}

func TestTwoTeams(t *testing.T) {
	const (
		pool   = "workPool: ml-pool"
		secret = "secret: {name: ml-key}"
		role   = "taskExecutionRole: {name: ml-execution}"
		worker = "taskRole: {name: ml-worker}"
	)
	for _, tt := range []struct{ name, text, want string }{
		{"takes a team with all of its own", twoTeams(pool, secret, role, worker, "flowRunRole: {name: ml-flow-run}", "securityGroup: {name: ml}"), ""},
		{"takes a given secret", twoTeams(pool, "secret: {arn: \""+secretExample+"\"}", role, worker), ""},
		{"takes a security group alone", twoTeams(pool, "securityGroup: {}"), ""},
		{"takes a task role alone", twoTeams(worker), ""},
		{"rejects a secret that a shared role would read", twoTeams(pool, secret, worker),
			`dev.yaml:5: additionalWorkers[0].taskExecutionRole: missing, want at least its name, such as taskExecutionRole: {name: "{nameTag}-ml-execution"}: a shared role would read this secret for all workers`},
		{"rejects a role that a shared role would pass", twoTeams(pool, role),
			`dev.yaml:5: additionalWorkers[0].taskRole: missing, want at least its name, such as taskRole: {name: "{nameTag}-ml-worker"}: a shared role could pass this worker's other roles for all workers`},
		{"rejects a task role that no task has", twoTeams(worker, "type: process", pool, "capacityProviderStrategy: []"),
			`dev.yaml:7: additionalWorkers[0].taskRole: got it with permissions least-privilege and type "process", want permissions least-privilege with type ecs: nothing else uses this role`},
		{"rejects a secret without name and ARN", twoTeams(pool, "secret: {}", role, worker),
			"dev.yaml:8: additionalWorkers[0].secret.name: got no value, want " + settings.Rules["secretName"].Wanted},
		{"rejects no secret", twoTeams(pool, "secret: {create: false}", role, worker),
			"dev.yaml:8: additionalWorkers[0].secret: got neither create nor arn: the worker could not authenticate; set name to create it, or arn"},
		{"rejects a secret made and given", twoTeams(pool, "secret: {create: true, name: ml-key, arn: \""+secretExample+"\"}", role, worker),
			`dev.yaml:8: additionalWorkers[0].secret.arn: got "` + secretExample + `" with secret.create true, want one: remove the ARN, or set secret.create: false to use it`},
		{"rejects a value that Terraform would have to know", twoTeams(pool, "secret: {name: ml-key, valueManagedBy: terraform}", role, worker),
			"dev.yaml:8: additionalWorkers[0].secret.valueManagedBy: got terraform with the worker's own secret, want outside: no variable has its value; store it with make put-secret-value STACK=dev WORKER=ml"},
		{"rejects a secret beside a role that may read every one", "preset: readme\nadditionalWorkers:\n  - name: ml\n    secret: {name: ml-key}\n    taskExecutionRole: {name: ml-execution}\n    workPool: ml-pool\n",
			`dev.yaml:4: additionalWorkers[0].secret: got its own secret with variables that may leave the stack without one, and then the first worker's role can read every secret, this one too; say which secret the stack has: terraform.variables: {create_secret: "", prefect_secret_arn: ""}`},
		{"rejects a role that may read every secret", "preset: readme\nadditionalWorkers:\n  - name: ml\n    taskExecutionRole: {name: ml-execution, permissions: least-privilege, attachEcrReadOnlyPolicy: false}\n    workPool: ml-pool\n",
			`dev.yaml:4: additionalWorkers[0].taskExecutionRole.permissions: got least-privilege with variables that may leave the stack without a secret, and then the role reads every one; say which secret it is here: terraform.variables: {create_secret: "", prefect_secret_arn: ""}`},
		{"rejects a role without a name", twoTeams(pool, "taskExecutionRole: {}", worker),
			"dev.yaml:8: additionalWorkers[0].taskExecutionRole.name: got no value, want 1 to 64 letters, digits or _+=,.@-"},
		{"rejects the name of another role", twoTeams(pool, secret, "taskExecutionRole: {name: prefect-prod-task-execution}", worker),
			`dev.yaml:9: additionalWorkers[0].taskExecutionRole.name: got "prefect-prod-task-execution", the name of taskExecutionRole.name too; AWS allows one role of a name, want another`},
		{"rejects two teams in one pool", twoTeams(secret, role, worker),
			"dev.yaml:5: additionalWorkers[0].workPool: got the work pool ecs-work-pool with its own secret, roles or security group, but worker polls it too, and a pool gives all of its flow runs the same; want a separate workPool"},
		{"rejects a group through which nothing is reached", twoTeams(pool, "securityGroup: {egress: []}"),
			"dev.yaml:8: additionalWorkers[0].securityGroup.egress: no rule lets the worker reach tcp 443, through which it gets its image and its key and writes its logs; add {protocol: tcp, fromPort: 443, toPort: 443, cidrBlocks: [0.0.0.0/0]}"},
		{"rejects scaling by what is not counted", strings.Replace(twoTeams(pool, secret, role, worker), "    autoScaling: null\n", "", 1),
			"dev.yaml:5: additionalWorkers[0].autoScaling.queueDepth: got no metric with the worker's own secret, whose pool ml-pool lateRuns does not count: it reads only the stack's secret; want namespace and metricName of one that you publish, or autoScaling: null"},
		{"rejects the name that a renamed resource has", twoTeams(pool, "securityGroup: {}") + "terraform: {resourceNames: {aws_security_group.prefect_sg: ml_prefect_sg}}\n",
			`dev.yaml:9: terraform.resourceNames.aws_security_group.prefect_sg: got "ml_prefect_sg", which aws_security_group.prefect_sg of worker ml has already`},
		{"rejects the secret's variable given twice", twoTeams(pool, "secret: {name: ml-key, environmentName: PREFECT_API_AUTH_STRING}", role, worker, "secrets: {PREFECT_API_AUTH_STRING: \""+secretExample+"\"}"),
			"dev.yaml:11: additionalWorkers[0].secrets.PREFECT_API_AUTH_STRING: set here, want the section secret: the task definition would have it twice"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if _, got := load(t, map[string]string{"dev.yaml": tt.text}); got != tt.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, tt.want)
			}
		})
	}
}

// TestTwoTeamsBegin: what a section of a worker's own leaves out is the stack's,
// but for what it may do and is known by.
func TestTwoTeamsBegin(t *testing.T) {
	c, err := load(t, map[string]string{"dev.yaml": twoTeams("workPool: ml-pool", "secret: {name: ml-key}", "taskExecutionRole: {name: ml-execution}", "taskRole: {name: ml-worker}",
		"flowRunRole: {name: ml-flow-run}", "securityGroup: {}") +
		"taskRole: {passRoleArns: [\"arn:aws:iam::123456789012:role/x\"]}\nflowRunRole: {managedPolicyArns: [\"arn:aws:iam::aws:policy/A\"]}\nworker: {secrets: {T: \"" + secretExample + "\"}}\n"})
	if err != "" {
		t.Fatal(err)
	}
	e := c.Environments[0]
	a := e.AdditionalWorkers[0]
	if s := a.Secret; !s.Create.Value || !s.ValueOutside() || s.RecoveryWindowInDays == nil || *s.RecoveryWindowInDays != 7 {
		t.Errorf("secret: got %+v, want one that is made as the stack's is", s)
	}
	if r := a.TaskExecutionRole; r.Permissions != settings.LeastPrivilege || r.SecretsPolicy.Name != e.TaskExecutionRole.SecretsPolicy.Name {
		t.Errorf("taskExecutionRole: got %+v, want the stack's permissions", r)
	}
	if len(a.TaskRole.PassRoleARNs)+len(a.FlowRunRole.ManagedPolicyARNs)+len(a.Secrets) > 0 {
		t.Errorf("got roles to pass %v, policies %v and secrets %v of the first worker's, want none", a.TaskRole.PassRoleARNs, a.FlowRunRole.ManagedPolicyARNs, a.Secrets)
	}
	if g := a.SecurityGroup; g.Name != "" || len(g.Egress) != 1 || g.NameTag != "{nameTag}-ml" {
		t.Errorf("securityGroup: got %+v, want the stack's rules and another name", g)
	}
}

func TestTwoTeamsWarnings(t *testing.T) {
	teams := twoTeams("workPool: ml-pool", "secret: {name: ml-key}", "taskExecutionRole: {name: ml-execution}", "taskRole: {name: ml-worker}")
	const counted = "dev.yaml:8: additionalWorkers[0].secret: lateRuns reads the stack's secret alone and does not count the work pool ml-pool: there is neither a metric nor an alarm of its late runs"
	const plain = "dev.yaml:8: additionalWorkers[0].secret: without prefect.workPoolManagement the worker writes this key into its flow runs' tasks, where the other workers of the cluster can read it, until the work pool ml-pool has the output ml_work_pool_variables"
	for text, want := range map[string]string{
		teams: counted,
		strings.Replace(teams, "prefect: {", "prefect: {workPoolManagement: false, ", 1): plain + "\n" + counted,
	} {
		c, err := load(t, map[string]string{"dev.yaml": text})
		if err != "" {
			t.Fatal(err)
		}
		var got []string
		for _, w := range c.Warnings() {
			if strings.Contains(w.Text, "].secret: ") {
				got = append(got, w.Text[strings.Index(w.Text, "dev.yaml"):])
			}
		}
		if strings.Join(got, "\n") != want {
			t.Errorf("got:\n%s\nwant:\n%s", strings.Join(got, "\n"), want)
		}
	}
}
