package cost

import (
	"bytes"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v3"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/golden"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

const testdata = "../../stacks/testdata"

func read(t *testing.T, name string) *synthesized.Stack {
	t.Helper()
	s, err := synthesized.Read(filepath.Join(testdata, name))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func parse(t *testing.T, json string) *synthesized.Stack {
	t.Helper()
	s, err := synthesized.Parse([]byte(json))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestEverything: somebody decided on every type that a section or a golden makes,
// and on no other.
func TestEverything(t *testing.T) {
	made := map[string]bool{}
	for _, kind := range settings.Made {
		for _, r := range kind {
			for _, at := range slices.Concat(r.Addresses, r.PerWorker) {
				made[strings.Split(at, ".")[0]] = true
			}
		}
	}
	files, err := filepath.Glob(filepath.Join(testdata, "*", synthesized.FileName))
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		name := filepath.Base(filepath.Dir(f))
		stack := read(t, name)
		for _, r := range stack.Resources() {
			made[r.Type] = true
		}
		for _, n := range Of(stack).Notes {
			if strings.Contains(n.Text, "not known") {
				t.Errorf("%s: %s %v", name, n.Text, n.Addresses)
			}
		}
	}
	for kind := range made {
		if _, ok := decisions[kind]; !ok {
			t.Errorf("%s: got no decision, want one in internal/cost/decisions.go: lines, a sentence, or free", kind)
		}
	}
	for kind := range decisions {
		if !made[kind] {
			t.Errorf("%s: got a decision, but no stack makes it", kind)
		}
	}
}

// TestGolden compares the estimates.
//
// dev by hand, with the prices of November 2026: a NAT gateway 730 × 0.045 = 32.85, its address 730 × 0.005 = 3.65, a
// task 730 × (0.5 × 0.04048 + 1 × 0.004445) = 18.02, a private zone 0.50: 55.02 fixed.
// By use: 50 GB × 0.045 = 2.25, two zones' third of it between zones, there and back,
// 50 × 2/3 × 2 × 0.01 = 0.667, 100 hours × (0.04048 + 2 × 0.004445) = 4.937, logs
// 2 × 0.50 = 1.00 and 2 GB × 14/30 months × 0.03 = 0.028, images 2 × 0.10 = 0.20: 9.08.
// Together 64.10.
func TestGolden(t *testing.T) {
	for _, d := range deployments {
		var text bytes.Buffer
		Of(read(t, d.golden)).Write(&text, d.stack)
		golden.Check(t, filepath.Join("testdata", d.stack+".txt"), text.Bytes())
	}
	dev := Of(read(t, "readme"))
	task := 0.5*usd("fargate-vcpu") + usd("fargate-memory")
	fixed := 730*(usd("nat-gateway")+usd("public-ipv4")+task) + usd("hosted-zone")
	use := 50*usd("nat-gateway-data") + 50*2/3.*2*usd("zone-data") + 100*(usd("fargate-vcpu")+2*usd("fargate-memory")) +
		2*usd("logs") + 2*14/30.*usd("log-storage") + 2*usd("images")
	for _, sum := range []struct {
		got  Range
		want float64
	}{{dev.Fixed(), fixed}, {dev.Usage(), use}, {dev.Total(), fixed + use}} {
		if math.Abs(sum.got.From-sum.want) > 1e-9 || sum.got.From != sum.got.To {
			t.Errorf("dev: got %v, want %v", sum.got, sum.want)
		}
	}
}

// TestDeployments: the environments are the cases that are estimated in their place.
func TestDeployments(t *testing.T) {
	load := func(file string) (all map[string]any) {
		data, err := os.ReadFile(file)
		if err == nil {
			err = yaml.Unmarshal(data, &all)
		}
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	for _, d := range deployments {
		if d.stack == "complete" {
			continue // it is a case alone
		}
		got, want := load(filepath.Join("../../environments", d.stack+".yaml")), load(filepath.Join(testdata, d.golden, "environment.yaml"))
		if !reflect.DeepEqual(got, want) {
			t.Errorf("environments/%s.yaml is %v, but %s/environment.yaml %v: its estimate would be another's", d.stack, got, d.golden, want)
		}
	}
}

// TestPage: the page has the prices and the estimates of today.
func TestPage(t *testing.T) {
	want, err := WritePage("../..")
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join("../..", Page))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s is stale; run: make generate\n%s", Page, cmp.Diff(string(got), string(want)))
	}
}

// price is an amount of dollars in a page.
var price = regexp.MustCompile(`\$[0-9]|[0-9] (?:\$|USD\b)`)

// TestPricesStandOnce: prices stand on their page alone, where they are made from the
// file of prices.
func TestPricesStandOnce(t *testing.T) {
	files, err := filepath.Glob("../../docs/*.md")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	more, err := filepath.Glob("../../settings/*.go")
	if err != nil || len(more) == 0 {
		t.Fatal(more, err)
	}
	presets, err := filepath.Glob("../../config/presets/*.yaml")
	if err != nil || len(presets) == 0 {
		t.Fatal(presets, err)
	}
	for _, file := range slices.Concat(files, more, presets, []string{"../../README.md", "../../help"}) {
		if filepath.Base(file) == filepath.Base(Page) {
			continue
		}
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		output := false // a block of what a command printed: a sum, which is no price
		for n, line := range strings.Split(string(data), "\n") {
			if strings.HasPrefix(line, "```") {
				output = line == "```text"
			}
			if !output && price.MatchString(line) && !strings.Contains(line, "\"$1\"") {
				t.Errorf("%s:%d has a price; want a link to %s, which has each once:\n%s", strings.TrimPrefix(file, "../../"), n+1, Page, line)
			}
		}
	}
}

func TestSplit(t *testing.T) {
	onDemand, spot := provider{weight: 1}, provider{spot: true, weight: 3}
	based := provider{base: 1, weight: 1}
	for _, tt := range []struct {
		strategy       strategy
		n              int
		demanded, spot float64
	}{
		{nil, 3, 3, 0},
		{strategy{based, spot}, 1, 1, 0},
		{strategy{based, spot}, 2, 1, 1},
		{strategy{based, spot}, 6, 2, 4},
		{strategy{onDemand, spot}, 4, 1, 3},
		{strategy{{base: 2}, {spot: true, weight: 1}}, 5, 2, 3},
		{strategy{{spot: true, weight: 1}}, 2, 0, 2},
		{strategy{based, spot}, 0, 0, 0},
	} {
		if o, s := tt.strategy.split(tt.n); o != tt.demanded || s != tt.spot {
			t.Errorf("%v of %d tasks: got %v on demand and %v on Spot, want %v and %v", tt.strategy, tt.n, o, s, tt.demanded, tt.spot)
		}
	}
}

// TestSchedule counts the hours that scheduled actions leave.
func TestSchedule(t *testing.T) {
	at := func(text, zone string) schedule {
		t.Helper()
		s, err := parseSchedule(text, zone)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	// Five tasks from 7 to 19 on the five weekdays, one else.
	least, most := scheduled(1, 10, []action{{at("cron(0 7 ? * MON-FRI *)", "Europe/Berlin"), "5", ""}, {at("cron(0 19 ? * 2-6 *)", "Europe/Berlin"), "1", ""}})
	if got, want := least[5], Hours*60/168.; math.Abs(got-want) > 0.2 {
		t.Errorf("got five tasks for %v hours, want %v", got, want)
	}
	if got := least[1] + least[5]; math.Abs(got-Hours) > 0.001 || math.Abs(most[10]-Hours) > 0.001 {
		t.Errorf("got %v and %v hours a month", got, most)
	}
	// The last action of the year before decides about its beginning.
	if least, _ = scheduled(0, 3, []action{{at("cron(0 0 ? * 2 *)", ""), "3", ""}}); len(least) != 1 || math.Abs(least[3]-Hours) > 0.001 {
		t.Errorf("got %v, want three tasks in every hour", least)
	}
	for text, want := range map[string]float64{"rate(1 minute)": 43800, "rate(12 hours)": 60.83, "cron(0 7 * * ? *)": 30.42, "cron(0/15 * * * ? *)": 2920, "at(2027-01-31T07:00:00)": 0} {
		if got := at(text, "").perMonth(); math.Abs(got-want) > 0.01 {
			t.Errorf("%s: got %v times a month, want %v", text, got, want)
		}
	}
	for _, wrong := range []string{"", "cron(7)", "rate(x hours)", "rate()", "cron(a b c d e f)", "hourly"} {
		if _, err := parseSchedule(wrong, ""); err == nil {
			t.Errorf("%q was taken", wrong)
		}
	}
}

// TestLines are what a few resources cost, in JSON as Terraform has it.
func TestLines(t *testing.T) {
	const service = `"aws_ecs_service":{"w":{"name":"w","desired_count":2,"task_definition":"${aws_ecs_task_definition.w.arn}"%s}},
		"aws_ecs_task_definition":{"w":{"cpu":"1024","memory":"2048","container_definitions":"[{\"name\":\"w\",\"command\":[\"prefect\",\"worker\",\"start\",\"--type\",\"process\"]}]"%s}}`
	with := func(ofService, ofDefinition, more string) string {
		return strings.Replace(strings.Replace(service, "%s", ofService, 1), "%s", ofDefinition, 1) + more
	}
	twoTasks := 2 * 730 * (usd("fargate-vcpu") + 2*usd("fargate-memory"))
	for _, tt := range []struct {
		name, resources string
		want            map[string]float64 // US dollars by the lines' keys, all of them
	}{
		{"tasks", with("", "", ""), map[string]float64{"task on demand aws_ecs_service.w": twoTasks}},
		{"ARM64", with("", `,"runtime_platform":{"cpu_architecture":"ARM64"}`, ""), map[string]float64{"task on demand aws_ecs_service.w": 2 * 730 * (usd("fargate-arm-vcpu") + 2*usd("fargate-arm-memory"))}},
		{"storage", with("", `,"ephemeral_storage":{"size_in_gib":50}`, ""), map[string]float64{"task on demand aws_ecs_service.w": twoTasks, "storage aws_ecs_service.w": 2 * 730 * 30 * usd("fargate-storage")}},
		{"Spot by the cluster", with("", "", `,"aws_ecs_cluster_capacity_providers":{"c":{"default_capacity_provider_strategy":[{"capacity_provider":"FARGATE_SPOT","weight":1}]}}`),
			map[string]float64{"task on Spot aws_ecs_service.w": twoTasks * 0.3}},
		{"public addresses", with(`,"network_configuration":{"assign_public_ip":true}`, "", ""), map[string]float64{"task on demand aws_ecs_service.w": twoTasks, "ipv4 aws_ecs_service.w": 2 * 730 * usd("public-ipv4")}},
		{"a count", `"aws_secretsmanager_secret":{"s":{"count":3}}`, map[string]float64{"secrets": 3 * usd("secret")}},
		{"none", `"aws_secretsmanager_secret":{"s":{"count":0}},"aws_vpc":{"v":{}}`, map[string]float64{}},
		{"gateways with given addresses", `"aws_nat_gateway":{"n":{"count":2,"allocation_id":"eipalloc-1"}}`, map[string]float64{"nat": 2 * 730 * usd("nat-gateway"), "nat data": 50 * usd("nat-gateway-data"), "ipv4": 2 * 730 * usd("public-ipv4")}},
		{"a private gateway", `"aws_nat_gateway":{"n":{"connectivity_type":"private"}}`, map[string]float64{"nat": 730 * usd("nat-gateway"), "nat data": 50 * usd("nat-gateway-data")}},
		{"endpoints", `"aws_vpc_endpoint":{"i":{"for_each":"${toset([\"ecr.api\",\"logs\"])}","vpc_endpoint_type":"Interface","subnet_ids":["a","b","c"]},"s3":{"vpc_endpoint_type":"Gateway"}}`,
			map[string]float64{"endpoints": 6 * 730 * usd("endpoint"), "endpoint data": 50 * usd("endpoint-data")}},
		{"a flow log", `"aws_flow_log":{"f":{"log_destination":"${aws_cloudwatch_log_group.f.arn}"}},"aws_cloudwatch_log_group":{"f":{"retention_in_days":60}}`,
			map[string]float64{"flow logs": 5 * usd("flow-logs"), "logs kept": 5 * 2 * usd("log-storage")}},
		{"alarms", `"aws_cloudwatch_metric_alarm":{"one":{"metric_name":"x"},"two":{"metric_query":[{"expression":"a-b"},{"metric":{"metric_name":"a"}},{"metric":{"metric_name":"b"}}]}}`, map[string]float64{"alarms": 3 * usd("alarm-metric")}},
		{"Container Insights", `"aws_ecs_cluster":{"c":{"setting":[{"name":"containerInsights","value":"enabled"}]}},` + with("", "", ""),
			map[string]float64{"insights": (12 + 15 + 10) * usd("metric"), "task on demand aws_ecs_service.w": twoTasks}},
	} {
		e := Of(parse(t, `{"provider":{"aws":[{"region":"us-east-1"}]},"resource":{`+tt.resources+`}}`))
		got := map[string]float64{}
		for _, l := range e.Lines {
			got[l.Key] = l.USD().From
		}
		for key, want := range tt.want {
			if math.Abs(got[key]-want) > 1e-9 {
				t.Errorf("%s: %s: got $%v, want $%v", tt.name, key, got[key], want)
			}
			delete(got, key)
		}
		if len(got) > 0 || len(e.Notes) > 0 || len(e.Elsewhere) > 0 {
			t.Errorf("%s: got also %v %v %v", tt.name, got, e.Notes, e.Elsewhere)
		}
	}
}

// TestRegions: another region has its own prices, and what is not committed of it
// is said.
func TestRegions(t *testing.T) {
	of := func(region string) Estimate {
		return Of(parse(t, `{"provider":{"aws":[{"region":"`+region+`"}]},"resource":{"aws_nat_gateway":{"n":{}},"aws_cloudwatch_dashboard":{"d":{}},"aws_flow_log":{"f":{}}}}`))
	}
	elsewhere := "" // what is not committed of eu-central-1
	if _, ok := prices.named("flow-logs").USD["eu-central-1"]; !ok {
		elsewhere = "Priced as in us-east-1, because eu-central-1 has no committed price: VPC flow logs ingested."
	}
	for region, want := range map[string]struct {
		nat            float64
		source, caveat string
	}{
		"us-east-1":    {usd("nat-gateway"), "AWS's on-demand prices of us-east-1, dated 2", ""},
		"eu-central-1": {prices.named("nat-gateway").USD["eu-central-1"], "AWS's on-demand prices of eu-central-1, dated 2", elsewhere},
		"sa-east-1":    {usd("nat-gateway"), "AWS's on-demand prices of us-east-1, dated 2", "There are no committed prices of sa-east-1: it is estimated as us-east-1, and most regions cost more."},
		"":             {usd("nat-gateway"), "AWS's on-demand prices of us-east-1, dated 2", "The stack's region is not known before an apply: it is estimated as us-east-1."},
	} {
		e := of(region)
		if got := e.Lines[0].USD().From; math.Abs(got-730*want.nat) > 1e-9 || !strings.HasPrefix(e.Source(), want.source) || e.Caveat() != want.caveat {
			t.Errorf("%q: got $%v by %s. %s", region, got, e.Source(), e.Caveat())
		}
	}
}

// TestUnknown: what nobody decided on, or is not known before an apply, is said.
func TestUnknown(t *testing.T) {
	e := Of(parse(t, `{"resource":{"aws_rds_cluster":{"d":{}},"aws_ecs_service":{"w":{"desired_count":"${data.x.y.z}","task_definition":"w:1"}},
		"aws_dynamodb_table":{"t":{"billing_mode":"PROVISIONED"}},"aws_lambda_function":{"f":{"architectures":["x86_64"]}},
		"aws_cloudwatch_event_rule":{"r":{"schedule_expression":"rate(1 hour)"}},
		"aws_cloudwatch_event_target":{"r":{"arn":"${aws_lambda_function.f.arn}","rule":"${aws_cloudwatch_event_rule.r.name}"}}}}`))
	var notes []string
	for _, n := range e.Notes {
		notes = append(notes, n.Text+" "+strings.Join(n.Addresses, " "))
	}
	want := []string{
		"functions on x86_64 have no committed price aws_lambda_function.f",
		"how many tasks of which size the service runs is not known before an apply aws_ecs_service.w",
		"it is not known what resources of the type aws_rds_cluster cost aws_rds_cluster.d",
		"provisioned capacity of a table has no committed price aws_dynamodb_table.t",
	}
	if !slices.Equal(notes, want) || len(e.Lines) > 0 {
		t.Errorf("got %q and %v, want %q", notes, e.Lines, want)
	}
}

func TestAssumptions(t *testing.T) {
	a, err := ParseAssumptions("nat-gb=500, spot-discount=50 ")
	if err != nil || a["nat-gb"] != 500 || a["spot-discount"] != 50 || a["log-gb"] != 2 {
		t.Errorf("got %v, %v", a, err)
	}
	if got := a.Of(parse(t, `{"resource":{"aws_nat_gateway":{"n":{}}}}`)); math.Abs(got.Usage().From-500*usd("nat-gateway-data")) > 1e-9 || len(got.Assumptions) != 1 || got.Assumptions[0].Value != 500 {
		t.Errorf("got %v by %v", got.Usage(), got.Assumptions)
	}
	_, err = ParseAssumptions("nat=1 log-gb=many spot-discount=101 image-gb=-1")
	for _, want := range []string{"nat: unknown, want one of applies, endpoint-gb,", `log-gb: got "many", want a number such as log-gb=2`, "spot-discount: got 101, want a percentage, at most 100", `image-gb: got "-1"`} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
	}
}

// TestCompare: lines that appear, vanish or change, and nothing else.
func TestCompare(t *testing.T) {
	before := Of(parse(t, `{"resource":{"aws_nat_gateway":{"n":{}},"aws_kms_key":{"k":{}},"aws_secretsmanager_secret":{"s":{}}}}`))
	after := Of(parse(t, `{"resource":{"aws_nat_gateway":{"n":{"count":3}},"aws_secretsmanager_secret":{"s":{}},"aws_cloudwatch_dashboard":{"d":{}}}}`))
	c := Compare(before, after)
	var got []string
	for _, change := range c.Changes {
		got = append(got, change.String())
	}
	nat, ipv4 := 730*usd("nat-gateway"), 730*usd("public-ipv4")
	want := []string{
		"NAT gateways: 3 gateways: +" + money(2*nat) + " a month, " + money(3*nat) + " instead of " + money(nat),
		"Public IPv4 addresses of NAT gateways: +" + money(2*ipv4) + " a month, " + money(3*ipv4) + " instead of " + money(ipv4),
		"Dashboards: +" + money(usd("dashboard")) + " a month, new",
		"Customer-managed keys: -" + money(usd("key")) + " a month, no longer there",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	more := 2*(nat+ipv4) + usd("dashboard") - usd("key")
	if got, want := c.After.Total().Minus(c.Before.Total()).Signed(), "+"+money(more); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if c := Compare(after, after); len(c.Changes) > 0 {
		t.Errorf("got %v of twice the same", c.Changes)
	}
}

// TestPrices: a wrong file of prices is refused.
func TestPrices(t *testing.T) {
	const good = "compared: never\nregions: [us-east-1]\nprices:\n- {name: a, what: b, unit: c, offer: d, usageTypes: [e], page: f, date: 2026-11-28, usd: {us-east-1: 1}}\n"
	if _, err := ParsePrices([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ from, to, want string }{
		{"usd: {us-east-1: 1}", "usd: {eu-west-1: 1}", "a: has no price in us-east-1"},
		{"us-east-1: 1}", "us-east-1: 0}", "a: got 0 in us-east-1, want a price above 0"},
		{"us-east-1: 1}", "us-east-1: 1, mars-1: 1}", "a: mars-1 is not one of the file's regions"},
		{"2026-11-28", "yesterday", `a: date: got "yesterday", want one such as 2026-11-28`},
		{"unit: c, ", "", "a: want name, what, unit, offer, usageTypes and page"},
		{"what:", "which:", "field which not found"},
		{"compared: never", "compared: often", `compared: got "often", want a day such as 2026-11-28, or never`},
		{"}}\n", "}}\n- {name: a, what: b, unit: c, offer: d, usageTypes: [e], page: f, date: 2026-11-28, usd: {us-east-1: 1}}\n", "a: is listed twice"},
	} {
		if _, err := ParsePrices([]byte(strings.Replace(good, tt.from, tt.to, 1))); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: got %v, want %s", tt.to, err, tt.want)
		}
	}
}

func TestMoney(t *testing.T) {
	for want, got := range map[string]string{
		"$0.00": money(0.004), "$1,234,567.90": money(1234567.899), "-$12.00": money(-12), "+$0.01": signed(0.01), "$0.00 ": signed(-0.001) + " ",
		"$1.00 to $2.00": Range{1, 2}.String(), "$1.00": Range{1, 1.001}.String(), "-$1.00 to +$2.00": Range{-1, 2}.Signed(), "+$1.00": Range{1, 1}.Signed(),
		"1 month": amount(1, "months"), "1,460 hours": amount(1460, "hours"), "4.38 × 10,000": amount(4.38, "10,000"), "0.0438 million": amount(0.0438, "million"), "0.93 GB-months": amount(0.9333, "GB-months"),
		"0.0000133": unitPrice(0.0000133334), "3.00": unitPrice(3), "0.045": unitPrice(0.045), "0.50": unitPrice(0.5),
	} {
		if got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
