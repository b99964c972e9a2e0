package config

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/schematest"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// beyondSchema are the errors that settings/schema.json cannot say: what the
// loader does there that a schema cannot, and the words of such an error.
var beyondSchema = []*loaderAlone{
	only("reads addresses and calculates", `^network\.(cidrBlock|publicSubnetOffset|privateSubnetOffset|(public|private)SubnetCidrBlocks(\[\d\])?|privateRoutes\[\d\]\.destinationCidrBlock): got `),
	only("reads schedules and time zones", `\.(schedule|timezone): got `),
	only("reads addresses of Terraform", `^terraform\.(import|moved|removed)\[\d+\]\.(to|from): got `),
	only("reads version constraints", `^terraform\.requiredVersion: `),
	only("reads a path", `\.path: got "\.\./x\.tfstate"`),
	only("reads YAML in a text", `\.configuration: got `),
	only("counts documents", `^: got more than one YAML document`),
	only("looks for what CDKTF takes for its own", `\{TfToken\[`),
	only("keeps to itself what JavaScript does", `\.__proto__: `),
	only("does not repeat what may be a secret", `\(a Prefect API key\)`),
	only("knows what a text with braces becomes", ` becomes "`),
	only("knows what names are made of a prefix", `^monitoring\.namePrefix: got \d+ characters`),
	only("knows what the preset has", `: (missing|got no value|got 0), want `),
	only("counts NAT gateways", `^network\.eipAllocationIds: got `),
	only("compares elements of a list or a map", ` (twice(,|$)|has already|but entry 0 has|differ only in case)`),
	only("compares files", ` for the bucket |^(stacks|namePrefixes|bucket\.accessLogs\.targetBucket)(\[\d\])?: `),
	only("compares regions", ` (of region|in the bucket's region)\b`),
	only("knows whose API it is", `^prefect\.apiUrl: got "https://api\.prefect\.cloud/`),
	only("compares numbers", `\.(memoryMiB|cpu|autoScaling|minCapacity|threshold|periodSeconds|evaluationPeriods|datapointsToAlarm|fromPort|toPort): got `),
	only("knows which variables the container gets", `^worker\.(sidecars\[\d\]\.)?(environment|secrets)\.\w+: `),
	only("knows the options of a log driver", `\.(options|secretOptions)\.[\w-]+: `),
	only("knows Prefect's arguments", `\.extraArgs\[\d+\]: got -`),
	only("reads numbers in a list of text", `\.ignoredExitCodes\[\d\]: got "\d+"`),
	only("reads a health check's command", `\.healthCheck\.command: got `),
	only("knows the task's containers and volumes", `\.(containerName: got "\w+", did you mean|dependsOn: got containers|containerPath: got "[^"]+", where|sourceVolume: got )`),
	only("knows what is reached without a NAT gateway", `^network\.(natGateways|endpoints)|\bsecurityGroup\.egress: no rule|, which is (not )?in ECR`),
	only("knows which registries take credentials", `\.credentialSecretArn: (got none|got "arn:|set,)`),
	only("wants one of several settings", `: (got n(othing|either|one)|got \d (destinations|targets)|got no (metric|rule|weight|monitoring\.topic)|got (s3|http) and )\b`),
	only("compares accounts", `: got a role of account `),
	only("adds up policies", `: a role can have 10, and permissions`),
	only("counts characters of policies", `\.inlinePolicyStatements: got \d+ characters`),
	only("knows which tags are set", `^tags\.\w+: set here and ignored|: got the tag Name\b`),
	only("compares settings", `: (got ("[^"]*"|\[[^]]*\]|[^",\s]+( [^",\s]+){0,4}?),? (with|without|above|below|the|which|but)|set,? (but|with)|left out with|set without|needs (Container Insights|crashEvents|the section lateRuns), |got an SSM parameter, want|(allows|denies) every action|its container is named)\b`),
}

type loaderAlone struct {
	does  string
	words *regexp.Regexp // of "path: message"
	met   bool           // in some test
}

func only(does, words string) *loaderAlone {
	return &loaderAlone{does, regexp.MustCompile(words), false}
}

// TestMain runs the tests, after which an entry of beyondSchema that none of
// them needed is to be removed.
func TestMain(m *testing.M) {
	code := m.Run()
	passed := code == 0
	some := flag.Lookup("test.run").Value.String() + flag.Lookup("test.skip").Value.String()
	for _, b := range beyondSchema {
		if !b.met && passed && some == "" {
			fmt.Fprintf(os.Stderr, "no error needs the entry %q of beyondSchema; remove it\n", b.does)
			code = 1
		}
	}
	os.Exit(code)
}

var (
	schema   = sync.OnceValues(func() (*schematest.Schema, error) { return schematest.Open("../settings/schema.json") })
	anError  = regexp.MustCompile(`^([a-z]+\.yaml)(?::\d+)?: (?:(\S+?)(?: \(from preset [a-z]+\))?: )?(.*)$`)
	oldNames = strings.NewReplacer("worker.taskRole", "worker.permissions")
)

// checkSchema holds what the loader says of files against the schema: what is
// taken it takes, and what is refused it refuses in the same place, unless it
// is of a kind that it cannot say.
func checkSchema(t *testing.T, files map[string]string, found string) {
	t.Helper()
	s, err := schema()
	if err != nil {
		t.Fatal(err)
	}
	refused := map[string][]string{}
	for name, text := range files {
		paths, err := s.Refused(text)
		if err != nil {
			continue // duplicate keys, say, which an editor says without a schema
		}
		if found == "" && len(paths) > 0 {
			t.Errorf("%s is taken, but settings/schema.json refuses %q", name, paths)
		}
		refused[name] = paths
	}
	for _, line := range strings.Split(found, "\n") {
		m := anError.FindStringSubmatch(line)
		if m == nil {
			continue // no error, or one of no file
		}
		file, path, message := m[1], m[2], m[2]+": "+m[3]
		paths, isYAML := refused[file]
		here := func(p string) bool {
			key, ofMap := strings.CutPrefix(p, "*")
			if strings.Contains(message, ": given twice") {
				return strings.HasPrefix(path, p+".") // two names of one setting
			}
			return oldNames.Replace(p) == path || strings.HasPrefix(path, p+"[") || ofMap && strings.HasSuffix(path, key)
		}
		if !isYAML || slices.ContainsFunc(paths, here) {
			continue
		}
		i := slices.IndexFunc(beyondSchema, func(b *loaderAlone) bool { return b.words.MatchString(message) })
		if i < 0 {
			t.Errorf("settings/schema.json takes what the loader refuses: %s\nlet internal/reference/schema.go say it: atLeastOne, or takes; what a schema cannot say has an entry in beyondSchema, in this file", line)
			continue
		}
		beyondSchema[i].met = true
	}
}

// TestEveryRuleCompiles: an expression is compiled when a value is first held
// against it, and panics if it is invalid: not for the first time at a user's.
func TestEveryRuleCompiles(t *testing.T) {
	for name, rule := range settings.Rules {
		t.Run(name, func(*testing.T) { _ = rule.Text("x") })
	}
}
