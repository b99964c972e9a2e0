package settings

// SecretChanges is a function that has the stack's services start new tasks when the secret gets a
// new value, by hand or by rotation: a task keeps the value it started with. Workers with their own
// secret are not restarted. Secrets Manager sends the event to EventBridge even without a
// CloudTrail trail.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/event-detail-secret-label-updated-secretsmanager.html
type SecretChanges struct {
	_ struct{} `makes:"aws_cloudwatch_event_rule.secret_changes aws_cloudwatch_event_target.secret_changes aws_cloudwatch_log_group.secret_changes aws_iam_role.secret_changes aws_iam_role_policy.secret_changes_policy aws_lambda_function.secret_changes aws_lambda_function_event_invoke_config.secret_changes aws_lambda_permission.secret_changes"`

	// FunctionName is the name of the Lambda function, and of the rule that
	// invokes it; its log group is /aws/lambda/<functionName>, with logGroup's
	// retention and key.
	FunctionName string `yaml:"functionName" default:"{nameTag}-secret-changes" rule:"functionName" braces:"names"`

	RoleName string `yaml:"roleName" default:"{nameTag}-secret-changes" rule:"roleName" braces:"names"` // Of the role with which it runs.
	NameTag  string `yaml:"nameTag" rule:"tagValue,optional" braces:"names"`                            // Name tag.
}
