//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/emulator"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/iamtest"
)

// calls are those that were recorded since the last time.
func (p *project) calls() []emulator.Call {
	p.t.Helper()
	calls, err := p.emulator.Calls()
	if err != nil {
		p.t.Fatal(err)
	}
	return calls
}

// mayApply: whatever Terraform has called to make, read and destroy a stack, the
// apply role of GitHub Actions may call, on these resources; what it only read, the
// plan role too. changes are what the stack must have for that role: without its
// own key, whose calls are left out here.
func (p *project) mayApply(name, changes string) {
	p.t.Helper()
	roles := p.in(p.t)
	roles.dir = p.t.TempDir()
	text, err := os.ReadFile(filepath.Join(root, "environments", name+".yaml"))
	if err != nil {
		p.t.Fatal(err)
	}
	roles.synth(map[string]string{name + ".yaml": string(text) + changes, "github.yaml": strings.NewReplacer("stateOf: dev", "stacks: "+name).Replace(githubActions)})
	data, err := os.ReadFile(filepath.Join(roles.dir, "cdktf.out", "stacks", "github", "cdk.tf.json"))
	if err != nil {
		p.t.Fatal(err)
	}
	var github iamtest.Stack
	if err := json.Unmarshal(data, &github); err != nil {
		p.t.Fatal(err)
	}
	of := func(role string) (all iamtest.Policies) {
		for _, local := range slices.Sorted(maps.Keys(github.Locals)) {
			if strings.HasPrefix(local, role+"_") && strings.HasSuffix(local, "_policy") {
				policy, err := github.Policy(local)
				if err != nil {
					p.t.Fatal(err)
				}
				all.Identity = append(all.Identity, policy)
			}
		}
		return all
	}
	apply, plan := of("apply"), of("plan")
	decided, roots := map[string]bool{}, rights{}
	for _, call := range p.calls() {
		for _, request := range roots.of(call) {
			key := fmt.Sprint(request)
			if decided[key] || changes != "" && strings.HasPrefix(request.Action, "kms:") && !read(request.Action) {
				continue
			}
			decided[key] = true
			p.decide("apply", apply, request)
			if read(request.Action) {
				p.decide("plan", plan, request)
			}
		}
	}
	for _, want := range []string{"ecs:CreateService", "ecs:DeleteService", "iam:PassRole", "iam:DeleteRole", "logs:DeleteLogGroup"} {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(decided)), func(key string) bool { return strings.HasPrefix(key, "{"+want+" ") }) {
			p.t.Errorf("no call of %s was recorded", want)
		}
	}
	p.t.Logf("%d different requests", len(decided))
}

func (p *project) decide(role string, policies iamtest.Policies, request iamtest.Request) {
	p.t.Helper()
	got, err := policies.Decide(request)
	if err != nil {
		p.t.Fatal(err)
	}
	if got != iamtest.Allowed {
		p.t.Errorf("Terraform calls %s on %s %v, which the %s role may not: constructs/githubpolicy.go", request.Action, request.Resource, request.Context, role)
	}
}

func read(action string) bool {
	_, operation, _ := strings.Cut(action, ":")
	return strings.HasPrefix(operation, "Describe") || strings.HasPrefix(operation, "Get") || strings.HasPrefix(operation, "List")
}

// rights tells what a call asks IAM for. It keeps what later calls do not say: a
// role's path.
type rights map[string]string

// of are the requests that IAM decides for a call: it itself, and those for the
// tags and the roles that it brings.
func (r rights) of(c emulator.Call) []iamtest.Request {
	if c.Service == "sts" { // GetCallerIdentity needs no permission
		return nil
	}
	action, resource, more := c.Service+":"+c.Operation, r.resource(c), map[string][]string{}
	switch c.Service {
	case "s3":
		action = "s3:" + map[string]string{"HeadObject": "GetObject", "HeadBucket": "ListBucket", "ListObjectsV2": "ListBucket", "ListObjects": "ListBucket"}[c.Operation]
		if action == "s3:" {
			action += c.Operation
		}
	case "dynamodb":
		for _, item := range []string{"Key", "Item"} {
			if attributes, ok := c.Params[item].(map[string]any); ok {
				id, _ := attributes["LockID"].(map[string]any)
				more["dynamodb:LeadingKeys"] = []string{fmt.Sprint(id["S"])}
			}
		}
	case "application-autoscaling":
		more["application-autoscaling:service-namespace"] = []string{param(c, "ServiceNamespace")}
	case "iam":
		if arn := param(c, "PolicyArn"); arn != "" {
			more["iam:PolicyARN"] = []string{arn}
		}
		if name := param(c, "AWSServiceName"); name != "" {
			more["iam:AWSServiceName"] = []string{name}
		}
	}
	more["aws:RequestedRegion"] = []string{c.Region}
	all := []iamtest.Request{{Action: action, Resource: resource, Context: more}}
	if tags(c) && !strings.Contains(c.Operation, "Tag") {
		tag := map[string]string{"ec2": "CreateTags", "iam": "TagRole", "sqs": "TagQueue"}[c.Service]
		if tag == "" {
			tag = "TagResource"
		}
		all = append(all, iamtest.Request{Action: c.Service + ":" + tag, Resource: resource, Context: more})
	}
	for name, service := range map[string]string{"taskRoleArn": "ecs-tasks", "executionRoleArn": "ecs-tasks", "DeliverLogsPermissionArn": "vpc-flow-logs"} {
		if arn := param(c, name); arn != "" {
			all = append(all, iamtest.Request{Action: "iam:PassRole", Resource: arn, Context: map[string][]string{"iam:PassedToService": {service + ".amazonaws.com"}}})
		}
	}
	if c.Service == "lambda" && param(c, "Role") != "" {
		all = append(all, iamtest.Request{Action: "iam:PassRole", Resource: param(c, "Role"), Context: map[string][]string{"iam:PassedToService": {"lambda.amazonaws.com"}}})
	}
	return all
}

// resource is the ARN on which IAM decides a call, or * where none of the call's
// parameters names one, as for what lists and what EC2 makes.
func (r rights) resource(c emulator.Call) string {
	in := func(service, resource string) string {
		return "arn:aws:" + service + ":" + c.Region + ":" + iamtest.Account + ":" + resource
	}
	for _, name := range []string{"resourceArn", "ResourceArn", "ResourceARN", "TopicArn", "SubscriptionArn"} {
		if arn := param(c, name); arn != "" {
			return arn
		}
	}
	first := func(params ...string) string {
		for _, name := range params {
			if value := param(c, name); value != "" {
				return value[strings.LastIndex(value, "/")+1:]
			}
		}
		return ""
	}
	switch c.Service {
	case "ecs":
		cluster, service := first("cluster", "clusterName"), first("serviceName", "service")
		switch {
		case param(c, "family") != "":
			return in("ecs", "task-definition/"+param(c, "family")+":*")
		case service != "":
			return in("ecs", "service/"+cluster+"/"+service)
		case cluster != "":
			return in("ecs", "cluster/"+cluster)
		}
	case "logs":
		if name := param(c, "logGroupName"); name != "" {
			return in("logs", "log-group:"+name)
		}
	case "ecr":
		if name := param(c, "repositoryName"); name != "" {
			return in("ecr", "repository/"+name)
		}
	case "sqs":
		return in("sqs", first("QueueName", "QueueUrl"))
	case "sns":
		return in("sns", param(c, "Name"))
	case "events":
		return in("events", "rule/"+first("Rule", "Name"))
	case "secretsmanager":
		id := param(c, "SecretId")
		if strings.HasPrefix(id, "arn:") {
			return id
		}
		return in("secretsmanager", "secret:"+id+param(c, "Name")+"-AbCdEf")
	case "cloudwatch":
		if name := first("AlarmName", "AlarmNames"); name != "" {
			return in("cloudwatch", "alarm:"+name)
		}
		return "arn:aws:cloudwatch::" + iamtest.Account + ":dashboard/" + first("DashboardName", "DashboardNames")
	case "application-autoscaling":
		return in("application-autoscaling", "scalable-target/0ec5")
	case "servicediscovery":
		if strings.Contains(c.Operation, "Namespace") || param(c, "NamespaceId") != "" {
			return in("servicediscovery", "namespace/ns-1")
		}
		return in("servicediscovery", "service/srv-1")
	case "iam":
		name := param(c, "RoleName")
		if path := param(c, "Path"); c.Operation == "CreateRole" {
			r[name] = path
		}
		switch {
		case name != "":
			path := r[name]
			if path == "" {
				path = "/"
			}
			return "arn:aws:iam::" + iamtest.Account + ":role" + path + name
		case param(c, "AWSServiceName") != "":
			return "arn:aws:iam::" + iamtest.Account + ":role/aws-service-role/" + param(c, "AWSServiceName") + "/x"
		}
	case "lambda":
		if name := param(c, "FunctionName"); name != "" {
			return in("lambda", "function:"+name[strings.LastIndex(name, ":")+1:])
		}
	case "s3":
		if key := param(c, "Key"); key != "" {
			return "arn:aws:s3:::" + param(c, "Bucket") + "/" + key
		}
		return "arn:aws:s3:::" + param(c, "Bucket")
	case "dynamodb":
		return in("dynamodb", "table/"+param(c, "TableName"))
	case "kms":
		if id := first("KeyId", "TargetKeyId"); id != "" {
			return in("kms", "key/"+id)
		}
	}
	return "*"
}

// param is a parameter that is a text, or a list's first.
func param(c emulator.Call, name string) string {
	switch v := c.Params[name].(type) {
	case string:
		return v
	case []any:
		if len(v) > 0 {
			return fmt.Sprint(v[0])
		}
	}
	return ""
}

func tags(c emulator.Call) bool {
	for _, name := range []string{"tags", "Tags", "TagSpecifications"} {
		switch v := c.Params[name].(type) {
		case []any:
			if len(v) > 0 {
				return true
			}
		case map[string]any:
			if len(v) > 0 {
				return true
			}
		}
	}
	return false
}
