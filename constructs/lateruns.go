package constructs

import (
	"cmp"
	_ "embed"
	"strings"

	"github.com/aws/constructs-go/constructs/v10"
	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/cloudwatcheventrule"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/lambdafunction"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// LateRunsProps are the settings of a function that counts flow runs.
type LateRunsProps struct {
	settings.LateRuns          // required: FunctionName. RoleName: by default the same; Namespace: Prefect
	WorkPools         []string // required: whose flow runs are counted
	APIURL            string   // required: of the Prefect API
	Secret            *Secret  // what the API wants, read each time; nil: nothing
	RetentionInDays   int      // of the function's log group; 0 keeps its lines forever
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
)

// NewLateRuns creates a Lambda function that counts the late and the running flow
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
	p.Secret = g.secretOrNone(p.Secret)
	if p.InVPC || p.Secret.kmsKeyARN != "" || p.Secret.Optional {
		p.Account = p.Account.or(g)
	}
	return &LateRuns{g.lateRunsFunction(p), p.Namespace}
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

func (g group) lateRunsFunction(p LateRunsProps) Resource[lambdafunction.LambdaFunction] {
	statements := p.Secret.documents([]string{"secretsmanager:GetSecretValue"}, p.Account, p.Account.noSecret())
	f := function{
		name: "late_runs", description: "Counts late and running Prefect flow runs", file: "lateruns.py", code: lateRunsCode,
		variables: map[string]*string{
			"PREFECT_API_URL": &p.APIURL,
			"NAMESPACE":       &p.Namespace,
			"WORK_POOLS":      g.json("late_runs_work_pools", p.WorkPools),
		},
		timeoutSeconds: lateRunsTimeoutSeconds,
		rule: cloudwatcheventrule.CloudwatchEventRuleConfig{
			Description: jsii.String("Starts the count of late flow runs"), ScheduleExpression: jsii.String(lateRunsSchedule),
		},
		statementID:  "every-minute",
		ageSeconds:   60, // what could not be counted at its minute is not counted later: nobody tries again
		functionName: p.FunctionName, roleName: p.RoleName, nameTag: p.NameTag,
		retentionInDays: p.RetentionInDays, kmsKeyARN: p.KMSKeyARN, defaults: p.Defaults,
	}
	if arn := p.Secret.ARN; arn != "" {
		if p.Secret.Optional { // null where there is none
			arn = "${" + Expr(arn) + " != null ? " + Expr(arn) + ` : ""}`
		}
		f.variables["SECRET_ARN"], f.variables["SECRET_NAME"] = &arn, jsii.String(p.Secret.name())
	}
	if p.InVPC {
		statements = append(statements, p.networkInterfaces()...)
		f.vpc = &lambdafunction.LambdaFunctionVpcConfig{
			SubnetIds: cdktf.Token_AsList(p.SubnetIDs, nil), SecurityGroupIds: jsii.Strings(p.SecurityGroupID),
		}
	}
	return g.newFunction(f, statements...)
}
