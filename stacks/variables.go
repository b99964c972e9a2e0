package stacks

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
)

// variable is what a setting becomes when terraform.variables exposes it.
type variable struct {
	kind        string // string, number or bool
	description string
	value       any // default; nil: must be given
	sensitive   bool
	checks      []check
}

// check is a validation. Both texts use %[1]s for the variable ("var.region").
// Only what Terraform 1.2 knows is used: a condition refers to its own variable
// alone, and neither || nor && stops early, hence try and can.
type check struct{ condition, message string }

// matches checks text against one of config's expressions and lengths; an empty
// value is the documented default of most variables.
func matches(expression string, max int, wanted string, emptyAllowed bool) check {
	condition := fmt.Sprintf("can(regex(%s, %%[1]s)) && length(%%[1]s) <= %d", strings.ReplaceAll(strconv.Quote("^("+expression+")$"), "%", "%%"), max)
	if emptyAllowed {
		condition = `%[1]s == "" || (` + condition + ")"
		wanted = "nothing, or " + wanted
	}
	return check{condition, `got "${%[1]s}", want ` + strings.ReplaceAll(wanted, "%", "%%")}
}

// variables describes every setting that can be exposed. The descriptions are
// the documents' own.
func variables(e *config.Environment) map[string]variable {
	vpcMax := 28 - e.Network.SubnetNewBits
	text := func(value, description string, checks ...check) variable {
		return variable{kind: "string", description: description, value: value, checks: checks}
	}
	nameTag := text(e.NameTag, "Common name tag used for all AWS resources.",
		matches(config.NameTagExpression, config.NameTagMax, config.NameTagWanted, false),
		check{`!can(regex("^(sg-|[aA][wW][sS]:)", %[1]s))`, `got "${%[1]s}", want a name that begins with neither sg- nor aws:, which AWS reserves`})
	if strings.Contains(e.SecurityGroup.Name, "{nameTag}") {
		// A tag's value may have any letter, a security group's name ASCII alone.
		nameTag.checks = append(nameTag.checks, check{`can(regex("^[ -~]*$", %[1]s))`, `got "${%[1]s}", want ASCII letters: the security group is named by it`})
	}
	all := map[string]variable{
		"region": text(e.Region, "Region in which all AWS resources are deployed.",
			matches(config.RegionExpression, 63, config.RegionWanted, false)),
		"nameTag": nameTag,
		"network.cidrBlock": text(e.Network.CIDRBlock, "IP address range of the VPC.",
			check{`can(cidrnetmask(%[1]s))`, `got "${%[1]s}", want an IPv4 range such as 10.0.0.0/16`},
			check{`!can(regex("^(0|127|169\\.254|22[4-9]|2[3-5][0-9])\\.", %[1]s))`, `got "${%[1]s}", which is reserved, want a range of a private network such as 10.0.0.0/16`},
			check{`try(cidrsubnet(%[1]s, 0, 0) == %[1]s, true)`, `got "${%[1]s}", which has host bits set, want ${try(cidrsubnet(%[1]s, 0, 0), "")}`},
			check{fmt.Sprintf(`try(tonumber(split("/", %%[1]s)[1]) >= 16 && tonumber(split("/", %%[1]s)[1]) <= %d, true)`, vpcMax),
				fmt.Sprintf(`got "${%%[1]s}", want a range between /16 and /%d: the VPC is cut into subnets that are %d bits smaller, and AWS takes /28 at the smallest`, vpcMax, e.Network.SubnetNewBits)}),
		"cluster.name": text(e.Cluster.Name, "Name of the ECS cluster where the Prefect worker is deployed.",
			matches(config.ClusterExpression, 255, config.ClusterWanted, false)),
		"prefect.workPool": text(e.Prefect.WorkPool, "Prefect work pool from which the worker fetches and executes flows.",
			matches(config.WorkPoolExpression, 255, config.WorkPoolWanted, false)),
		"worker.image": text(e.Worker.Image, "Docker image of the Prefect worker, typically in ECR (Elastic Container Registry).",
			matches(config.ImageExpression, 255, config.ImageWanted, false)),
		"worker.desiredCount": {kind: "number", description: "How many Prefect ECS worker tasks run concurrently.", value: e.Worker.DesiredCount,
			checks: append([]check{{
				fmt.Sprintf(`%%[1]s >= 0 && %%[1]s <= %d && floor(%%[1]s) == %%[1]s`, config.DesiredCountMax),
				fmt.Sprintf(`got ${%%[1]s}, want a whole number from 0 to %d`, config.DesiredCountMax)}}, deploymentRoom(e)...)},
		"secret.create": {kind: "bool", description: "Whether Terraform creates a new Secrets Manager secret for the Prefect API key, or an existing secret ARN is used.", value: e.Secret.Create,
			checks: []check{{`%[1]s != null`, `got null, want true or false`}}},
		"secret.value": apiKey(e),
		"secret.arn": text(e.Secret.ARN, "ARN (Amazon Resource Name) of an existing Prefect API key secret, if not creating one with Terraform.",
			matches(config.SecretARNExpression, 2048, config.SecretARNWanted, true)),
		"prefect.apiUrl": apiURL(e),
		"prefect.accountId": text(e.Prefect.AccountID, "Account ID from Prefect Cloud.",
			matches(config.UUIDExpression, 36, config.UUIDWanted, true)),
		"prefect.workspaceId": text(e.Prefect.WorkspaceID, "Workspace ID from Prefect Cloud.",
			matches(config.UUIDExpression, 36, config.UUIDWanted, true)),
	}
	return all
}

// apiKey must be given where the secret is always made from it.
func apiKey(e *config.Environment) variable {
	v := variable{
		kind: "string", description: "Prefect Cloud API key, stored in Secrets Manager when a new secret is created.", value: "", sensitive: true,
		checks: []check{{`try(%[1]s == trimspace(%[1]s), true)`, `the key has spaces or a line break before or after it, want the key alone`}},
	}
	if e.Secret.Create && e.Variable("secret.create") == "" {
		v.value = nil
		v.checks = append(v.checks, check{`try(length(%[1]s) > 0, false)`, `got no key, want a Prefect API key: the secret is made from it`})
	}
	return v
}

// apiURL must be given where the environment has no value for it.
func apiURL(e *config.Environment) variable {
	const userInterface = `length(regexall("://app\\.prefect\\.cloud|/account/|/workspace/", %[1]s)) == 0`
	v := variable{
		kind: "string", description: "URL of your Prefect API endpoint. Usually left empty for Prefect Cloud; used only for custom/self-hosted setups.",
		checks: []check{
			matches(config.APIURLExpression, 2048, config.APIURLWanted, e.Prefect.APIURL != nil),
			{userInterface, `got "${%[1]s}", want the API's address, not the user interface's: ` + config.APIURLWanted},
		},
	}
	v.checks = append(v.checks, reachable(e.SecurityGroup.TCPEgress())...)
	if e.Prefect.APIURL == nil {
		v.description = "URL of the Prefect API: https://api.prefect.cloud/api/accounts/<account>/workspaces/<workspace> or a self-hosted server's."
	} else {
		v.value = *e.Prefect.APIURL
	}
	return v
}

// reachable checks that the security group lets the worker reach a URL's port:
// otherwise it would only log timeouts. What is no URL is another check's.
func reachable(ports []config.PortRange) []check {
	if slices.Contains(ports, config.AllPorts) {
		return nil
	}
	const (
		urls = `for url in regexall("^(https?)://[^/]*?(?::([0-9]+))?/", %[1]s)`
		port = `coalesce(url[1], url[0] == "http" ? "80" : "443")`
	)
	var ranges, words []string
	for _, r := range ports {
		ranges = append(ranges, fmt.Sprintf("[%d, %d]", r[0], r[1]))
		words = append(words, r.String())
	}
	return []check{{
		`try(alltrue([` + urls + ` : anytrue([for ports in [` + strings.Join(ranges, ", ") + `] : ` + port + ` >= ports[0] && ` + port + ` <= ports[1]])]), true)`,
		`got "${%[1]s}" on port ${join("", [` + urls + ` : ` + port + `])}, want one of the TCP ports that securityGroup.egress opens (` + strings.Join(words, ", ") +
			`); add a rule for the server's port to it in the environment file`,
	}}
}

// addVariables declares the variables of an environment.
func addVariables(stack cdktf.TerraformStack, s settings) {
	all := variables(s.env)
	for _, setting := range slices.Sorted(maps.Keys(s.variables)) {
		name, v := s.variables[setting], all[setting]
		var validations []*cdktf.TerraformVariableValidationConfig
		for _, c := range v.checks {
			ref := "var." + name
			validations = append(validations, &cdktf.TerraformVariableValidationConfig{
				Condition:    "${" + fmt.Sprintf(c.condition, ref) + "}",
				ErrorMessage: jsii.String(name + ": " + fmt.Sprintf(c.message+"%[2]s", ref, "")),
			})
		}
		config := &cdktf.TerraformVariableConfig{
			Type:        jsii.String(v.kind),
			Description: jsii.String(v.description),
			Default:     v.value,
			Validation:  &validations,
		}
		if v.kind != "bool" { // whose validation is that it is not null
			config.Nullable = jsii.Bool(false)
		}
		if v.sensitive {
			config.Sensitive = jsii.Bool(true)
		}
		cdktf.NewTerraformVariable(stack, jsii.String("var."+name), config).OverrideLogicalId(&name)
	}
}
