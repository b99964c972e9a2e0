package newenv

import (
	"net"
	"net/url"
	"os"
	"slices"
	"strings"

	"github.com/apparentlymart/go-cidr/cidr"
	"go.yaml.in/yaml/v3"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
)

// Question is about a setting that each stack has its own value for.
type Question struct {
	Setting  string // by its path
	Ask      string // what is asked, for people
	Wanted   string // what is missing in a file without it
	Example  string // stands in for an answer while others are judged; only where there may be no default
	Optional bool   // an empty answer is one
	Default  func(*Draft) string
}

// questions are those of the preset, in the order in which they are asked: what
// later defaults are made of comes first.
func (d *Draft) questions() []Question {
	is := func(value string) func(*Draft) string { return func(*Draft) string { return value } }
	slug := strings.Trim(strings.ReplaceAll(strings.ToLower(d.Stack), "_", "-"), "-")
	if slug == "" {
		slug = "worker"
	}
	all := []Question{
		{"region", "AWS region", "an AWS region", "", false, is(d.region())},
		{"nameTag", "prefix for the names of roles, secret and queues", "a name", "", false, is(slug)},
		{"cluster.name", "name of the new ECS cluster", "a name", "", false, func(d *Draft) string { a, _ := d.answer("nameTag"); return a }},
		{"network.cidrBlock", "IPv4 range of the new VPC", "an IPv4 range", "10.0.0.0/16", false, is(d.freeRange())},
		{apiURL, "URL of the Prefect API: https://api.prefect.cloud/api/accounts/<account>/workspaces/<workspace>, or http(s)://<host>:4200/api of your own server",
			"the Prefect API's URL", "https://api.prefect.cloud/api/accounts/9b649228-0419-40e1-9e0d-44954b5c0ab6/workspaces/96bd3cf8-85c9-4545-9713-b4e3c3e03466", false, is(d.apiURL())},
		{"prefect.workPool", "name of the new work pool", "a work pool", "", false, is("ecs-" + slug)},
		{secretARN, "secret with the Prefect API key: empty for a new one, in which make put-secret-value stores the key; or the ARN of an existing secret; or none, for a self-hosted server without authentication",
			"", "", true, is("")},
		{image, "image of the worker: Prefect 3 with prefect-aws", "an image", "", false, is(presetValue(d.presets["production"], image))},
		{repository, "name of the new ECR repository for the images of your flows, or none", "a name", "", false, is(slug + "-flows")},
	}
	if d.Preset == "production" {
		all = append(all, Question{emails, "e-mail addresses for alarms, separated by commas", "an e-mail address", "oncall@example.com", false, is(d.shared(func(e *config.Environment) string {
			if e.Monitoring == nil || e.Monitoring.Topic == nil {
				return ""
			}
			return strings.Join(e.Monitoring.Topic.Emails, ", ")
		}, emails))})
	}
	ask := Question{bucket, "S3 bucket for the Terraform state; bucket names must be globally unique", "your S3 bucket", "acme-terraform-state", false, is(d.shared(func(e *config.Environment) string {
		if e.Terraform.Backend.S3 == nil {
			return ""
		}
		return e.Terraform.Backend.S3.Bucket
	}, bucket))}
	if d.Preset == "design" { // whose state is a file, as documented
		ask.Ask, ask.Optional = ask.Ask+"; empty to keep the state in a file", true
	}
	return append(all, ask,
		Question{bucketRegion, "region of the bucket", "an AWS region", "us-east-1", false, func(d *Draft) string {
			name, _ := d.answer(bucket)
			for _, e := range d.others.Environments {
				if b := e.Terraform.Backend.S3; b != nil && b.Bucket == name {
					d.origin[bucketRegion] = d.fileOf(e.Stack)
					return b.Region
				}
			}
			delete(d.origin, bucketRegion)
			region, _ := d.answer("region")
			return region
		}})
}

// Asked says whether a question is to be asked: without a bucket there is no
// region of it.
func (d *Draft) Asked(q *Question) bool {
	if q.Setting != bucketRegion {
		return true
	}
	name, missing := d.answer(bucket)
	return name != "" || missing
}

// shared is the value that the other stacks have in common, if they do. What a
// preset has is nobody's choice.
func (d *Draft) shared(of func(*config.Environment) string, path string) string {
	var all []string
	file := ""
	for _, e := range d.others.Environments {
		if v := of(e); v != "" && v != presetValue(d.presets[e.Preset], path) && !slices.Contains(all, v) {
			all = append(all, v)
			file = d.fileOf(e.Stack)
		}
	}
	if len(all) != 1 {
		return ""
	}
	d.origin[path] = file
	return all[0]
}

// fromEnvironment is a variable of the shell.
func (d *Draft) fromEnvironment(path, name string) string {
	value := os.Getenv(name)
	if value != "" {
		d.origin[path] = name + " of this shell"
	}
	return value
}

// Taken says, one line for each origin, what is in the file that nobody gave: what
// other files or the shell have.
func (d *Draft) Taken() []string {
	var origins []string
	values := map[string][]string{}
	for i := range d.Questions {
		q := &d.Questions[i]
		from := d.origin[q.Setting]
		if _, given := d.answers[q.Setting]; given || from == "" || !d.Asked(q) {
			continue
		}
		answer, _ := d.answer(q.Setting)
		if !slices.Contains(origins, from) {
			origins = append(origins, from)
		}
		values[from] = append(values[from], q.Setting+" "+answer)
	}
	var lines []string
	for _, from := range origins {
		lines = append(lines, "taken from "+from+": "+strings.Join(values[from], ", "))
	}
	return lines
}

func presetValue(preset *yaml.Node, path string) string {
	if node := at(preset, path); node != nil {
		return node.Value
	}
	return ""
}

func (d *Draft) region() string {
	if shared := d.shared(func(e *config.Environment) string { return e.Region }, "region"); shared != "" {
		return shared
	}
	for _, name := range []string{"AWS_REGION", "AWS_DEFAULT_REGION"} {
		if region := d.fromEnvironment("region", name); region != "" {
			return region
		}
	}
	return presetValue(d.presets[d.Preset], "region")
}

// apiURL is the one that the user's own prefect command uses, unless that is on
// this machine, else what the other stacks have in common.
func (d *Draft) apiURL() string {
	u, err := url.Parse(os.Getenv("PREFECT_API_URL"))
	if err == nil && u.Host != "" && u.Hostname() != "localhost" && !net.ParseIP(u.Hostname()).IsLoopback() {
		return d.fromEnvironment(apiURL, "PREFECT_API_URL")
	}
	return d.shared(func(e *config.Environment) string { return text(e.Prefect.APIURL) }, apiURL)
}

// overlap warns of a range that is another new VPC's: AWS takes it, but the two can
// never be peered or routed to each other.
func (d *Draft) overlap() []finding {
	block, _ := d.answer("network.cidrBlock")
	_, mine, err := net.ParseCIDR(block)
	if err != nil {
		return nil
	}
	for _, s := range d.more {
		if strings.HasPrefix(s.path, "network.existing") {
			return nil
		}
	}
	var all []finding
	for _, e := range d.others.Environments {
		if _, n, err := net.ParseCIDR(e.Network.CIDRBlock); e.Network.Existing == nil && err == nil && (n.Contains(mine.IP) || mine.Contains(n.IP)) {
			all = append(all, finding{"network.cidrBlock", "network.cidrBlock: " + block + " overlaps with " + n.String() + " of " + d.fileOf(e.Stack) + "; the two VPCs could not be connected; unused is " + d.freeRange()})
		}
	}
	return all
}

// freeRange is the first /16 of the private ranges that no VPC of another file has.
func (d *Draft) freeRange() string {
	var taken []*net.IPNet
	take := func(block string) {
		if _, n, err := net.ParseCIDR(block); err == nil {
			taken = append(taken, n)
		}
	}
	for _, e := range d.others.Environments {
		if e.Network.Existing == nil {
			take(e.Network.CIDRBlock)
		}
	}
	for _, name := range d.LeftOut { // such as a file that is still to be filled in
		var document yaml.Node
		if data, err := config.ReadRegular(name); err == nil && yaml.Unmarshal(data, &document) == nil && document.Kind == yaml.DocumentNode {
			take(presetValue(&document, "network.cidrBlock"))
		}
	}
	for _, first := range []string{"10.0.0.0/8", "172.16.0.0/12"} {
		_, all, err := net.ParseCIDR(first)
		if err != nil {
			continue
		}
		ones, _ := all.Mask.Size()
		for i := range 1 << (16 - ones) {
			n, err := cidr.Subnet(all, 16-ones, i)
			if err == nil && !slices.ContainsFunc(taken, func(t *net.IPNet) bool { return t.Contains(n.IP) || n.Contains(t.IP) }) {
				return n.String()
			}
		}
	}
	return ""
}

func text(p *string) string {
	if p == nil {
		return ""
	}
	return *p
}
