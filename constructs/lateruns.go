package constructs

import (
	"cmp"
	_ "embed"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatcheventrule"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatcheventtarget"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatchloggroup"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lambdafunction"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lambdafunctioneventinvokeconfig"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lambdapermission"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// LateRunsProps are the settings of a function that counts flow runs.
type LateRunsProps struct {
	settings.LateRuns          // required: FunctionName. RoleName: by default the same; Namespace: Prefect
	WorkPools         []string // required: whose flow runs are counted
	APIURL            string   // required: of the Prefect API
	Secret            *Secret  // what the API wants, read each time; nil: nothing
	RetentionInDays   int      // of the function's log group; 0 keeps its lines for ever
	KMSKeyARN         string   // of the log group; "": CloudWatch's own key
	SubnetIDs         string   // required with InVPC: template of a list, such as network.PrivateSubnetIDs
	SecurityGroupID   string   // required with InVPC: of a group that lets the function out to the API and Secrets Manager

	Account  Account      // used with InVPC, with a key of the secret's own, and where a variable gives the secret; zero: as AWS says
	Defaults RoleDefaults // what all roles of the stack have in common
}

// LateRuns is the function, and where its metrics are.
type LateRuns struct {
	Function  Resource[lambdafunction.LambdaFunction] // its metric Errors counts the minutes that went wrong
	Namespace string                                  // of the metrics settings.LateRunsMetric and settings.RunningRunsMetric
}

//go:embed lateruns.py
var lateRunsCode string

// Late runs are counted once a minute, the period by which target tracking
// reads. An invocation ends before the next one begins.
const (
	lateRunsSchedule       = "rate(1 minute)"
	lateRunsTimeoutSeconds = 50
	lateRunsMemoryMiB      = 256 // boto3 loads in 128 MiB too, but takes seconds: CPU comes with memory
)

// NewLateRuns makes a Lambda function that counts the late and the running flow
// runs of work pools and their queues once a minute, with a role that may write
// its log group and read the secret. CloudWatch makes the metrics of its lines.
func NewLateRuns(scope constructs.Construct, id string, p LateRunsProps) *LateRuns {
	g := newGroup(scope, "NewLateRuns", id)
	g.require(prop{"FunctionName", p.FunctionName, "the name of the function"}, prop{"APIURL", p.APIURL, "the URL of the Prefect API"},
		prop{"WorkPools", strings.Join(p.WorkPools, ""), "the work pools whose flow runs are counted"})
	if p.InVPC {
		g.require(prop{"SubnetIDs", p.SubnetIDs, "network.PrivateSubnetIDs: a function has no public address"},
			prop{"SecurityGroupID", p.SecurityGroupID, "the id of a group that lets the function out"})
		g.list("SubnetIDs", p.SubnetIDs)
	}
	fill(g, &p.LateRuns)
	g.literal("APIURL", p.APIURL, "apiURL")
	p.RoleName, p.Namespace = cmp.Or(p.RoleName, p.FunctionName), cmp.Or(p.Namespace, "Prefect")
	if p.Secret == nil {
		p.Secret = &Secret{}
	}
	if p.InVPC || p.Secret.kmsKeyARN != "" || p.Secret.Optional {
		p.Account = p.Account.or(g)
	}
	logs := g.logGroup("aws_cloudwatch_log_group.late_runs", "/aws/lambda/"+p.FunctionName, p.RetentionInDays, p.KMSKeyARN, p.NameTag)
	function := g.lateRunsFunction(p, logs, g.lateRunsRole(p, logs))
	g.everyMinute(p, function)
	return &LateRuns{function, p.Namespace}
}

// lateRunsRole needs no condition against the confused deputy: a function's role
// is of its own account.
func (g group) lateRunsRole(p LateRunsProps, logs Resource[cloudwatchloggroup.CloudwatchLogGroup]) Role {
	role := g.newRole("aws_iam_role.late_runs", p.RoleName, p.NameTag, trustStatement("lambda.amazonaws.com"), p.Defaults)
	statements := []any{allow([]string{"logs:CreateLogStream", "logs:PutLogEvents"}, logs.Attr("arn")+":*")}
	statements = append(statements, p.Secret.documents([]string{"secretsmanager:GetSecretValue"}, p.Account, p.Account.noSecret())...)
	if p.InVPC {
		statements = append(statements, p.networkInterfaces()...)
	}
	return Role{role, g.rolePolicy("aws_iam_role_policy.late_runs_policy", "late-runs", role, statements)}
}

// networkInterfaces lets Lambda, by the function's role, put the function into
// subnets, and keeps the function's own code from doing the same.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
func (p LateRunsProps) networkInterfaces() []any {
	actions := []string{"ec2:AssignPrivateIpAddresses", "ec2:CreateNetworkInterface", "ec2:DeleteNetworkInterface", "ec2:DescribeNetworkInterfaces",
		"ec2:DescribeSubnets", "ec2:UnassignPrivateIpAddresses"}
	own := allowIf(actions, map[string]any{"ArnEquals": map[string]any{"lambda:SourceFunctionArn": p.Account.arn("lambda", "function:"+p.FunctionName)}}, "*")
	own["Effect"] = "Deny"
	return []any{allow(actions, "*"), own}
}

func (g group) lateRunsFunction(p LateRunsProps, logs Resource[cloudwatchloggroup.CloudwatchLogGroup], role Role) Resource[lambdafunction.LambdaFunction] {
	code := g.archive("late_runs", "lateruns.py", lateRunsCode)
	variables := map[string]*string{
		"PREFECT_API_URL": &p.APIURL,
		"NAMESPACE":       &p.Namespace,
		"WORK_POOLS":      g.json("late_runs_work_pools", p.WorkPools),
	}
	if arn := p.Secret.ARN; arn != "" {
		if p.Secret.Optional { // null where there is none
			arn = "${" + Expr(arn) + " != null ? " + Expr(arn) + ` : ""}`
		}
		variables["SECRET_ARN"], variables["SECRET_NAME"] = &arn, jsii.String(p.Secret.name())
	}
	config := &lambdafunction.LambdaFunctionConfig{
		FunctionName:   &p.FunctionName,
		Description:    jsii.String("Counts late and running Prefect flow runs"),
		Role:           jsii.String(role.Attr("arn")),
		Filename:       &code.Path,
		SourceCodeHash: &code.Hash,
		Handler:        jsii.String("lateruns.handler"),
		Runtime:        jsii.String("python3.13"), // the newest that version 5.82 of the provider knows
		Architectures:  jsii.Strings("arm64"),     // a fifth cheaper
		MemorySize:     jsii.Number(lateRunsMemoryMiB),
		Timeout:        jsii.Number(lateRunsTimeoutSeconds),
		Environment:    &lambdafunction.LambdaFunctionEnvironment{Variables: &variables},
		Tags:           nameTag(p.NameTag),
		DependsOn:      DependsOn(append(role.Ready, logs.Any())...),
	}
	if p.InVPC {
		config.VpcConfig = &lambdafunction.LambdaFunctionVpcConfig{
			SubnetIds: cdktf.Token_AsList(p.SubnetIDs, nil), SecurityGroupIds: jsii.Strings(p.SecurityGroupID),
		}
	}
	return add(g, "aws_lambda_function.late_runs", lambdafunction.NewLambdaFunction, config)
}

// everyMinute invokes the function by a rule of EventBridge, which needs no role
// of its own, as EventBridge Scheduler would. What could not be counted at its
// minute is not counted later: neither service tries again.
func (g group) everyMinute(p LateRunsProps, function Resource[lambdafunction.LambdaFunction]) {
	rule := add(g, "aws_cloudwatch_event_rule.late_runs", cloudwatcheventrule.NewCloudwatchEventRule, &cloudwatcheventrule.CloudwatchEventRuleConfig{
		Name:               &p.FunctionName,
		Description:        jsii.String("Has the late flow runs counted"),
		ScheduleExpression: jsii.String(lateRunsSchedule),
		Tags:               nameTag(p.NameTag),
	})
	add(g, "aws_cloudwatch_event_target.late_runs", cloudwatcheventtarget.NewCloudwatchEventTarget, &cloudwatcheventtarget.CloudwatchEventTargetConfig{
		Rule: jsii.String(rule.Attr("name")), TargetId: jsii.String("function"), Arn: jsii.String(function.Attr("arn")),
		RetryPolicy: &cloudwatcheventtarget.CloudwatchEventTargetRetryPolicy{MaximumEventAgeInSeconds: jsii.Number(60), MaximumRetryAttempts: jsii.Number(0)},
	})
	add(g, "aws_lambda_permission.late_runs", lambdapermission.NewLambdaPermission, &lambdapermission.LambdaPermissionConfig{
		StatementId: jsii.String("every-minute"), Action: jsii.String("lambda:InvokeFunction"), FunctionName: jsii.String(function.Attr("function_name")),
		Principal: jsii.String("events.amazonaws.com"), SourceArn: jsii.String(rule.Attr("arn")),
	})
	add(g, "aws_lambda_function_event_invoke_config.late_runs", lambdafunctioneventinvokeconfig.NewLambdaFunctionEventInvokeConfig,
		&lambdafunctioneventinvokeconfig.LambdaFunctionEventInvokeConfigConfig{
			FunctionName: jsii.String(function.Attr("function_name")), MaximumEventAgeInSeconds: jsii.Number(60), MaximumRetryAttempts: jsii.Number(0),
		})
}
