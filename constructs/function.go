package constructs

import (
	"strings"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatcheventrule"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatcheventtarget"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lambdafunction"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lambdafunctioneventinvokeconfig"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lambdapermission"
)

// functionMemoryMiB: boto3 loads in 128 MiB too, but takes seconds. CPU comes with memory.
const functionMemoryMiB = 256

// function is a Lambda function of one Python file, which a rule of EventBridge
// invokes: with its own log group, and a role that may write it.
type function struct {
	name        string // of what is created in the stack: aws_lambda_function.<name>
	description string
	file        string // with a function handler
	code        string
	variables   map[string]*string
	vpc         *lambdafunction.LambdaFunctionVpcConfig

	timeoutSeconds int

	rule        cloudwatcheventrule.CloudwatchEventRuleConfig // its schedule or pattern, and description
	statementID string                                        // of the permission that the rule has

	// What EventBridge cannot hand over, and what the function fails at, is tried
	// again so often, and while it is no older.
	attempts, ageSeconds int

	functionName, roleName, nameTag, kmsKeyARN string
	retentionInDays                            int
	defaults                                   RoleDefaults
}

// newFunction creates a function whose role may write its log group, and what
// statements allow.
func (g group) newFunction(f function, statements ...any) Resource[lambdafunction.LambdaFunction] {
	logs := g.logGroup("aws_cloudwatch_log_group."+f.name, "/aws/lambda/"+f.functionName, f.retentionInDays, f.kmsKeyARN, f.nameTag)
	// No condition against the confused deputy: a function's role is of its own account.
	made := g.newRole("aws_iam_role."+f.name, f.roleName, f.nameTag, trustStatement("lambda.amazonaws.com"), f.defaults)
	statements = append([]any{allow([]string{"logs:CreateLogStream", "logs:PutLogEvents"}, logs.Attr("arn")+":*")}, statements...)
	role := Role{made, g.rolePolicy("aws_iam_role_policy."+f.name+"_policy", strings.ReplaceAll(f.name, "_", "-"), made, statements)}
	code := g.archive(f.name, f.file, f.code)
	module, _ := strings.CutSuffix(f.file, ".py")
	lambda := add(g, "aws_lambda_function."+f.name, lambdafunction.NewLambdaFunction, &lambdafunction.LambdaFunctionConfig{
		FunctionName:   &f.functionName,
		Description:    &f.description,
		Role:           jsii.String(role.Attr("arn")),
		Filename:       &code.Path,
		SourceCodeHash: &code.Hash,
		Handler:        jsii.String(module + ".handler"),
		Runtime:        jsii.String("python3.13"), // the newest that version 5.82 of the provider knows
		Architectures:  jsii.Strings("arm64"),     // a fifth cheaper
		MemorySize:     jsii.Number(functionMemoryMiB),
		Timeout:        jsii.Number(f.timeoutSeconds),
		Environment:    &lambdafunction.LambdaFunctionEnvironment{Variables: &f.variables},
		VpcConfig:      f.vpc,
		Tags:           nameTag(f.nameTag),
		DependsOn:      DependsOn(append(role.Ready, logs.Any())...),
	})
	g.invokedByRule(f, lambda)
	return lambda
}

// invokedByRule invokes the function by a rule of EventBridge, which needs no role
// of its own, as EventBridge Scheduler would.
func (g group) invokedByRule(f function, lambda Resource[lambdafunction.LambdaFunction]) {
	f.rule.Name, f.rule.Tags = &f.functionName, nameTag(f.nameTag)
	rule := add(g, "aws_cloudwatch_event_rule."+f.name, cloudwatcheventrule.NewCloudwatchEventRule, &f.rule)
	age, attempts := jsii.Number(f.ageSeconds), jsii.Number(f.attempts)
	add(g, "aws_cloudwatch_event_target."+f.name, cloudwatcheventtarget.NewCloudwatchEventTarget, &cloudwatcheventtarget.CloudwatchEventTargetConfig{
		Rule: jsii.String(rule.Attr("name")), TargetId: jsii.String("function"), Arn: jsii.String(lambda.Attr("arn")),
		RetryPolicy: &cloudwatcheventtarget.CloudwatchEventTargetRetryPolicy{MaximumEventAgeInSeconds: age, MaximumRetryAttempts: attempts},
	})
	add(g, "aws_lambda_permission."+f.name, lambdapermission.NewLambdaPermission, &lambdapermission.LambdaPermissionConfig{
		StatementId: &f.statementID, Action: jsii.String("lambda:InvokeFunction"), FunctionName: jsii.String(lambda.Attr("function_name")),
		Principal: jsii.String("events.amazonaws.com"), SourceArn: jsii.String(rule.Attr("arn")),
	})
	add(g, "aws_lambda_function_event_invoke_config."+f.name, lambdafunctioneventinvokeconfig.NewLambdaFunctionEventInvokeConfig,
		&lambdafunctioneventinvokeconfig.LambdaFunctionEventInvokeConfigConfig{
			FunctionName: jsii.String(lambda.Attr("function_name")), MaximumEventAgeInSeconds: age, MaximumRetryAttempts: attempts,
		})
}
