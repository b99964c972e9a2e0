package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/servicequotas"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/awsconfig"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
)

// Account is the account that a stack is deployed to.
type Account struct {
	stack  *synthesized.Stack // nil: none was named
	config aws.Config
	state  State
	Named  string // the stack as make takes it, after STACK=

	known chan struct{} // closed once the account is known, or that it is not
	id    string        // "" without credentials
}

// State is what the stack's state has already.
type State struct {
	Known bool            // It could be read; a new stack's is empty.
	Has   map[string]bool // addresses
}

// Deployed says whether there is more than the secret, which make put-secret-value
// creates before the first deployment.
func (s State) Deployed() bool {
	for address, has := range s.Has {
		if has && !strings.HasPrefix(address, "aws_secretsmanager_secret") {
			return true
		}
	}
	return false
}

// NewAccount reaches AWS with the credentials and the role that the stack's
// Terraform would use. Without a stack, with those of the AWS CLI.
func NewAccount(ctx context.Context, stack *synthesized.Stack, state State) (*Account, error) {
	a := &Account{stack: stack, state: state, known: make(chan struct{})}
	region := ""
	var role *awsconfig.Role
	if stack != nil {
		region = stack.Region()
		var roles []awsconfig.Role
		if err := json.Unmarshal(stack.Provider().AssumeRole, &roles); err == nil && len(roles) > 0 {
			role = &roles[0]
		}
	}
	var err error
	a.config, err = awsconfig.Load(ctx, region, role)
	return a, err
}

// Credentials says who would deploy, and whether it is the right account.
func (a *Account) Credentials(ctx context.Context) []Finding {
	defer close(a.known)
	if _, err := a.config.Credentials.Retrieve(ctx); err != nil {
		return []Finding{{Problem, "AWS credentials", awsconfig.Cause(err), awsconfig.SignIn}}
	}
	if a.config.Region == "" {
		return []Finding{{Problem, "AWS region", "none is set", "export AWS_REGION, or name a stack: make doctor STACK=dev"}}
	}
	who, err := sts.NewFromConfig(a.config).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return []Finding{{Problem, "AWS credentials", "AWS refuses them: " + awsconfig.Cause(err), awsconfig.SignIn}}
	}
	a.id = aws.ToString(who.Account)
	all := []Finding{ok("AWS account", "%s, as %s, in %s", a.id, aws.ToString(who.Arn), a.config.Region)}
	if a.stack != nil {
		if allowed := a.stack.Provider().AllowedAccountIDs; len(allowed) > 0 && !slices.Contains(allowed, a.id) {
			return []Finding{{Problem, "AWS account", fmt.Sprintf("got %s, want one of terraform.provider.allowedAccountIds: %s", a.id, strings.Join(allowed, ", ")), "sign in to that account, or correct the setting"}}
		}
	}
	return all
}

// after makes a check that waits for the account, and is skipped without.
func (a *Account) after(what string, check Check) Check {
	return func(ctx context.Context) []Finding {
		select {
		case <-a.known:
		case <-ctx.Done():
		}
		if a.stack == nil {
			return nil
		}
		if a.id == "" {
			return []Finding{{Unknown, what, "skipped: no AWS credentials (see above)", ""}}
		}
		return check(ctx)
	}
}

// Checks are those of the account that a stack is deployed to.
func (a *Account) Checks() []Check {
	return []Check{a.Credentials, a.after("availability zones", a.zones), a.after("names", a.names), a.after("quota", a.quotas)}
}

// unreadable is a finding on what AWS did not let be read.
func unreadable(what string, err error, action string) Finding {
	next := "try again, or look at it yourself"
	if text := awsconfig.Cause(err); strings.Contains(text, "Denied") || strings.Contains(text, "Unauthorized") || strings.Contains(text, "not authorized") {
		next = "allow " + action + " to look at it"
	}
	return Finding{Unknown, what, awsconfig.Cause(err), next + "; a deployment may work all the same"}
}

// zones counts the region's zones.
func (a *Account) zones(ctx context.Context) []Finding {
	want := map[string]bool{}
	for _, r := range a.stack.OfType("aws_subnet") {
		for _, i := range r.Instances() {
			want[i.Text("availability_zone")] = true
		}
	}
	if len(want) == 0 {
		return nil
	}
	var out struct {
		Zones []struct {
			State string `xml:"zoneState"`
			Type  string `xml:"zoneType"`
		} `xml:"availabilityZoneInfo>item"`
	}
	if err := ec2(ctx, a.config, "DescribeAvailabilityZones", &out); err != nil {
		return []Finding{unreadable("availability zones", err, "ec2:DescribeAvailabilityZones")}
	}
	got := 0
	for _, z := range out.Zones {
		if z.State == "available" && z.Type != "local-zone" {
			got++
		}
	}
	if got < len(want) {
		return []Finding{{Problem, "availability zones", fmt.Sprintf("%s has %d, want %d", a.config.Region, got, len(want)), "set network.availabilityZoneCount or another region"}}
	}
	return []Finding{ok("availability zones", "%d of %d in %s", len(want), got, a.config.Region)}
}

// named are the types of resources whose names AWS takes once.
var named = []struct {
	resource, what, name, action string
	exists                       func(ctx context.Context, c aws.Config, name string) (bool, error)
}{
	{"aws_ecs_cluster", "cluster", "name", "ecs:DescribeClusters", func(ctx context.Context, c aws.Config, name string) (bool, error) {
		out, err := ecs.NewFromConfig(c).DescribeClusters(ctx, &ecs.DescribeClustersInput{Clusters: []string{name}})
		return err == nil && len(out.Clusters) > 0 && aws.ToString(out.Clusters[0].Status) == "ACTIVE", err
	}},
	{"aws_iam_role", "role", "name", "iam:GetRole", func(ctx context.Context, c aws.Config, name string) (bool, error) {
		_, err := iam.NewFromConfig(c).GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
		return found(err, "NoSuchEntity")
	}},
	{"aws_cloudwatch_log_group", "log group", "name", "logs:DescribeLogGroups", func(ctx context.Context, c aws.Config, name string) (bool, error) {
		out, err := cloudwatchlogs.NewFromConfig(c).DescribeLogGroups(ctx, &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &name})
		if err != nil {
			return false, err
		}
		for _, g := range out.LogGroups {
			if aws.ToString(g.LogGroupName) == name {
				return true, nil
			}
		}
		return false, nil
	}},
	{"aws_ecr_repository", "repository", "name", "ecr:DescribeRepositories", func(ctx context.Context, c aws.Config, name string) (bool, error) {
		_, err := ecr.NewFromConfig(c).DescribeRepositories(ctx, &ecr.DescribeRepositoriesInput{RepositoryNames: []string{name}})
		return found(err, "RepositoryNotFoundException")
	}},
	{"aws_secretsmanager_secret", "secret", "name", "secretsmanager:DescribeSecret", func(ctx context.Context, c aws.Config, name string) (bool, error) {
		secret, err := secretsmanager.NewFromConfig(c).DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &name})
		if err == nil && secret.DeletedDate != nil {
			return false, &scheduled{*secret.DeletedDate}
		}
		return found(err, "ResourceNotFoundException")
	}},
	{"aws_sqs_queue", "queue", "name", "sqs:GetQueueUrl", func(ctx context.Context, c aws.Config, name string) (bool, error) {
		_, err := sqs.NewFromConfig(c).GetQueueUrl(ctx, &sqs.GetQueueUrlInput{QueueName: &name})
		return found(err, "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")
	}},
}

// found reads the answer to a question for one thing by its name.
func found(err error, missing ...string) (bool, error) {
	var api smithy.APIError
	if errors.As(err, &api) && slices.Contains(missing, api.ErrorCode()) {
		return false, nil
	}
	return err == nil, err
}

// scheduled says of a secret that it is to be deleted, and keeps its name until then.
type scheduled struct{ on time.Time }

func (s *scheduled) Error() string {
	return "scheduled for deletion"
}

func (s *scheduled) finding(region, name string) Finding {
	at := " --region " + region + " --secret-id " + name
	return Finding{Problem, "names", fmt.Sprintf("the secret %s is scheduled for deletion on %s, and AWS keeps its name until then", name, s.on.UTC().Format(time.DateOnly)),
		"get it back: aws secretsmanager restore-secret" + at + ", and take it over; or delete it now: aws secretsmanager delete-secret" + at + " --force-delete-without-recovery; docs/troubleshooting.md#destroy"}
}

// put is the command that stores a secret's value.
func (a *Account) put(r synthesized.Resource) string {
	worker := ""
	if own, is := strings.CutSuffix(r.Name, "_prefect_api"); is && slices.ContainsFunc(a.stack.OfType("aws_ecs_task_definition"), func(t synthesized.Resource) bool { return t.Name == own+"_prefect_worker" }) {
		worker = " WORKER=" + own
	}
	return "make put-secret-value STACK=" + a.Named + worker
}

// value looks whether a secret has the value that somebody has to store: without, no
// task starts.
func (a *Account) value(ctx context.Context, r synthesized.Resource, name string) Finding {
	secret, err := secretsmanager.NewFromConfig(a.config).DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: &name})
	if missing, readErr := found(err, "ResourceNotFoundException"); readErr != nil {
		return unreadable("secret", err, "secretsmanager:DescribeSecret")
	} else if !missing {
		return Finding{Problem, "secret", name + " is in the state, but AWS does not have it any more", "see what an apply would create again: make plan STACK=" + a.Named}
	}
	if secret.DeletedDate != nil {
		return (&scheduled{*secret.DeletedDate}).finding(a.config.Region, name)
	}
	for _, stages := range secret.VersionIdsToStages {
		if slices.Contains(stages, "AWSCURRENT") {
			return ok("secret", "%s has a value", name)
		}
	}
	return Finding{Todo, "secret", name + " has no value", a.put(r)}
}

// names finds what exists already and is not the stack's own.
func (a *Account) names(ctx context.Context) []Finding {
	var all []Finding
	looked, own := 0, 0
	for _, kind := range named {
		for _, r := range a.stack.OfType(kind.resource) {
			for _, i := range r.Instances() {
				name := i.Text(kind.name)
				if name == "" || strings.HasPrefix(name, "aws_") {
					continue // not known before an apply
				}
				secret := kind.resource == "aws_secretsmanager_secret" && len(a.stack.OfType("aws_secretsmanager_secret_version")) == 0 // else Terraform stores the value
				if a.state.Has[r.Address()] {
					if secret {
						all = append(all, a.value(ctx, r, name))
					}
					own++
					continue
				}
				exists, err := kind.exists(ctx, a.config, name)
				var going *scheduled
				switch {
				case errors.As(err, &going):
					all = append(all, going.finding(a.config.Region, name))
				case err != nil:
					all = append(all, unreadable("names", fmt.Errorf("%s %s: %s", kind.what, name, awsconfig.Cause(err)), kind.action))
				case exists && a.state.Known:
					all = append(all, Finding{Problem, "names", fmt.Sprintf("the %s %s exists already, and is not in this stack's state", kind.what, name),
						"give it another name in the environment file, take it over with terraform.import, or adopt the deployment that has it: make adopt"})
				case exists:
					all = append(all, Finding{Warning, "names", fmt.Sprintf("the %s %s exists; whether it is this stack's own is not known without its state", kind.what, name), "see state"})
				default:
					if secret && a.state.Known {
						all = append(all, Finding{Todo, "secret", name + " does not exist yet", a.put(r)})
					}
					looked++
				}
			}
		}
	}
	if !slices.ContainsFunc(all, func(f Finding) bool { return f.What == "names" }) {
		all = append(all, ok("names", "%d free, %d already owned by this stack", looked, own))
	}
	return all
}

// quotas compares what the stack creates again with what the account may have.
// https://docs.aws.amazon.com/general/latest/gr/aws-service-limits.html
func (a *Account) quotas(ctx context.Context) []Finding {
	var all []Finding
	for _, q := range []struct{ what, service, code, resource, action string }{
		{"VPCs", "vpc", "L-F678F1CE", "aws_vpc", "DescribeVpcs"},
		{"Elastic IP addresses", "ec2", "L-0263D0A3", "aws_eip", "DescribeAddresses"},
	} {
		want := a.newOnes(q.resource)
		if want == 0 {
			continue
		}
		var out struct {
			VPCs      []struct{} `xml:"vpcSet>item"`
			Addresses []struct{} `xml:"addressesSet>item"`
		}
		if err := ec2(ctx, a.config, q.action, &out); err != nil {
			all = append(all, unreadable("quota", err, "ec2:"+q.action))
			continue
		}
		used := len(out.VPCs) + len(out.Addresses)
		limit, err := a.quota(ctx, q.service, q.code)
		switch {
		case err != nil:
			all = append(all, unknownQuota(q.what, err))
		case used+want > limit:
			all = append(all, Finding{Problem, "quota", fmt.Sprintf("%s: %d of %d used, and this stack needs %d", q.what, used, limit, want), raise(a.config.Region, q.service, q.code)})
		default:
			all = append(all, ok("quota", "%s: %d of %d used, this stack needs %d more", q.what, used, limit, want))
		}
	}
	return append(all, a.fargate(ctx)...)
}

func raise(region, service, code string) string {
	return fmt.Sprintf("ask for more: https://%s.console.aws.amazon.com/servicequotas/home/services/%s/quotas/%s", region, service, code)
}

// newOnes counts the resources of a type that the state has not.
func (a *Account) newOnes(kind string) int {
	n := 0
	for _, r := range a.stack.OfType(kind) {
		if !a.state.Has[r.Address()] {
			n += len(r.Instances())
		}
	}
	return n
}

func (a *Account) quota(ctx context.Context, service, code string) (int, error) {
	client := servicequotas.NewFromConfig(a.config)
	out, err := client.GetServiceQuota(ctx, &servicequotas.GetServiceQuotaInput{ServiceCode: &service, QuotaCode: &code})
	if err == nil {
		return int(aws.ToFloat64(out.Quota.Value)), nil
	}
	// An account that has never asked for more has AWS's default.
	standard, defaultErr := client.GetAWSDefaultServiceQuota(ctx, &servicequotas.GetAWSDefaultServiceQuotaInput{ServiceCode: &service, QuotaCode: &code})
	if defaultErr != nil || standard.Quota == nil {
		return 0, err
	}
	return int(aws.ToFloat64(standard.Quota.Value)), nil
}

// unknownQuota is a finding on a quota that was not read.
func unknownQuota(what string, err error) Finding {
	if strings.Contains(err.Error(), "service is not available in the current Region") { // as a local AWS says
		return Finding{Unknown, "quota", what + ": not checked: this endpoint has no Service Quotas", ""}
	}
	return unreadable("quota", fmt.Errorf("%s: %s", what, awsconfig.Cause(err)), "servicequotas:GetServiceQuota")
}

// fargate compares the workers' vCPUs with what Fargate gives the account. Flow
// runs come on top.
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html#service-quotas-fargate
func (a *Account) fargate(ctx context.Context) []Finding {
	units := 0
	for _, service := range a.stack.OfType("aws_ecs_service") {
		for _, address := range service.Refers("task_definition") {
			for _, task := range a.stack.OfType("aws_ecs_task_definition") {
				if task.Address() != address {
					continue
				}
				cpu, _ := strconv.Atoi(task.Instances()[0].Text("cpu"))
				count, _ := strconv.Atoi(service.Instances()[0].Text("desired_count"))
				units += cpu * count
			}
		}
	}
	if units == 0 {
		return nil
	}
	limit, err := a.quota(ctx, "fargate", "L-3032A538")
	if err != nil {
		return []Finding{unknownQuota("Fargate vCPUs", err)}
	}
	if units > limit*1024 {
		return []Finding{{Problem, "quota", fmt.Sprintf("Fargate On-Demand vCPUs: %d, and the workers alone need %.2f", limit, float64(units)/1024), raise(a.config.Region, "fargate", "L-3032A538")}}
	}
	return []Finding{ok("quota", "Fargate On-Demand vCPUs: %d; the workers need %.2f, flow runs come on top", limit, float64(units)/1024)}
}
