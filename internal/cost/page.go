package cost

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
)

// Page is the one page on which prices stand.
const Page = "docs/cost.md"

// deployments are the stacks that the page and the goldens show, by the case of
// stacks/testdata that is the same.
var deployments = []struct{ stack, golden string }{{"dev", "readme"}, {"design", "design"}, {"prod", "production"}, {"complete", "complete"}}

// WritePage gives the text of the page with its tables created again, from the
// checkout at root.
func WritePage(root string) ([]byte, error) {
	text, err := os.ReadFile(filepath.Join(root, Page))
	if err != nil {
		return nil, err
	}
	estimates := map[string]Estimate{}
	for _, d := range deployments {
		s, err := synthesized.Read(filepath.Join(root, "stacks", "testdata", d.golden))
		if err != nil {
			return nil, err
		}
		estimates[d.stack] = Of(s)
	}
	for _, block := range []struct{ name, table string }{
		{"sums", sumsTable(estimates)},
		{"dev", linesTable(estimates["dev"])},
		{"prod", linesTable(estimates["prod"])},
		{"ways-out", waysOutTable()},
		{"sizes", sizesTable()},
		{"monitoring", monitoringTable()},
		{"assumptions", assumptionsTable()},
		{"compared", compared()},
		{"prices", pricesTable()},
		{"sources", sourcesTable()},
	} {
		at := regexp.MustCompile(`(?s)(<!-- ` + block.name + ` -->\n).*?(<!-- /` + block.name + ` -->)`)
		if n := len(at.FindAll(text, -1)); n != 1 {
			return nil, fmt.Errorf("%s: got %d blocks %s, want one", Page, n, block.name)
		}
		text = at.ReplaceAll(text, []byte("${1}\n"+strings.ReplaceAll(block.table, "$", "$$")+"\n${2}"))
	}
	return text, nil
}

// rows is a table in Markdown.
func rows(head []string, right int, body [][]string) string {
	var text strings.Builder
	line := func(cells []string) { text.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	line(head)
	for i := range head {
		if i < right {
			text.WriteString("|---")
		} else {
			text.WriteString("|---:")
		}
	}
	text.WriteString("|\n")
	for _, cells := range body {
		line(cells)
	}
	return text.String()
}

func sumsTable(of map[string]Estimate) string {
	var body [][]string
	for _, d := range deployments[:3] {
		e := of[d.stack]
		body = append(body, []string{"`" + d.stack + "`", e.Fixed().String(), e.Usage().String(), "**" + e.Total().String() + "**"})
	}
	return rows([]string{"stack", "fixed", "by use, as assumed", "a month"}, 1, body) + "\n" + of["dev"].Source() + ". " + Secondary() + "\n"
}

func linesTable(e Estimate) string {
	var body [][]string
	for _, p := range e.parts() {
		body = append(body, []string{"**" + p.title + "**", "", "**" + p.sum.String() + "**"})
		for _, l := range p.lines {
			body = append(body, []string{l.Name, l.amount(), l.USD().String()})
		}
	}
	return rows([]string{"line", "units a month", "a month"}, 1, body)
}

// hourly is a price by the hour for a month.
func hourly(name string, n float64) float64 { return n * Hours * usd(name) }

func usd(name string) float64 { return prices.named(name).USD[Fallback] }

func waysOutTable() string {
	gateway := hourly("nat-gateway", 1) + hourly("public-ipv4", 1)
	data, endpoint := usd("nat-gateway-data"), usd("endpoint-data")
	first := rows([]string{"`network.natGateways`", "a month", "for one GB"}, 1, [][]string{
		{"`single`: a gateway and its address", money(gateway), fmt.Sprintf("%s, and %s more from another zone", plain(data), plain(2*usd("zone-data")))},
		{"`per-availability-zone`: three of them", money(3 * gateway), plain(data)},
		{"`none` with `worker.assignPublicIp`: the address of each running task", money(hourly("public-ipv4", 1)), "–"},
		{"`none` with six services in `endpoints.interface`, in three zones", money(hourly("endpoint", 18)), plain(endpoint)},
	})
	even := hourly("endpoint", 3) / (data - endpoint)
	return first + "\n" + fmt.Sprintf("One service in `endpoints.interface` costs %s in each zone and saves %s for each GB that no longer goes through NAT: three zones pay for themselves from %.0f GB a month. "+
		"`endpoints.s3` costs nothing and saves %s for each GB of image layers and S3 data.\n", money(hourly("endpoint", 1)), plain(data-endpoint), even, plain(data))
}

// plain is a price with all its digits.
func plain(usd float64) string { return "$" + unitPrice(usd) }

func sizesTable() string {
	var body [][]string
	spot := 1 - DefaultAssumptions()["spot-discount"]/100
	for _, s := range []struct {
		cpu, memory int
		use         string
	}{{256, 512, "one pool, few runs"}, {512, 1024, "the documented size"}, {1024, 2048, ""}, {2048, 4096, "process workers"}} {
		x86 := hourly("fargate-vcpu", float64(s.cpu)/1024) + hourly("fargate-memory", float64(s.memory)/1024)
		arm := hourly("fargate-arm-vcpu", float64(s.cpu)/1024) + hourly("fargate-arm-memory", float64(s.memory)/1024)
		name := fmt.Sprintf("`cpu: %d`, `memoryMiB: %d`", s.cpu, s.memory)
		if s.use != "" {
			name += ": " + s.use
		}
		body = append(body, []string{name, money(x86), money(arm), money(x86 * spot), money(arm * spot)})
	}
	return rows([]string{"one task, all month", "X86_64", "ARM64", "X86_64 on Spot", "ARM64 on Spot"}, 1, body)
}

func monitoringTable() string {
	each := usd("insights-metric")
	return rows([]string{"part", "a month"}, 1, [][]string{
		{"an alarm, for each metric that it reads: two for `runningTasks`, one for each NAT gateway, one for each of the others", money(usd("alarm-metric"))},
		{"a policy of `autoScaling`: the two alarms that AWS creates for it, with two metrics each for `queueDepth`", money(2*usd("alarm-metric")) + " or " + money(4*usd("alarm-metric"))},
		{"`errorLines`: the metric that its filter publishes", money(usd("metric"))},
		{"`lateRuns`: the metrics of a pool with one queue", money(4 * usd("metric"))},
		{"the dashboard", money(usd("dashboard"))},
		{"`cluster.containerInsights: enhanced`, the cluster", money(enhancedCluster * each)},
		{"the same, each service with a task of one container", money((enhancedService + enhancedFamily + enhancedTask + 2*enhancedContainer) * each)},
		{"the same, each task more", money((enhancedTask + enhancedContainer) * each)},
		{"a customer-managed key, and as much again after each of its first two rotations", money(usd("key"))},
		{"a secret", money(usd("secret"))},
		{"logs: one GB of lines that come in, such as the worker's `DEBUG` lines, and the same kept for a month", money(usd("logs")) + " and " + money(usd("log-storage"))},
		{"a query, saved or on the dashboard, for each GB that it reads", plain(usd("log-query"))},
	})
}

func assumptionsTable() string {
	var body [][]string
	for _, a := range assumptions {
		body = append(body, []string{"`" + a.Name + "`", number(a.Value), a.What})
	}
	return rows([]string{"name", "value", "what"}, 3, body)
}

func compared() string {
	if prices.Compared == never {
		return Secondary() + "\n"
	}
	return "All were compared with AWS's price list on " + prices.Compared + ".\n"
}

func pricesTable() string {
	head := append([]string{"for", "one"}, prices.Regions...)
	var body [][]string
	for _, p := range prices.Prices {
		cells := []string{p.What, p.Unit}
		for _, region := range prices.Regions {
			switch usd, ok := p.USD[region]; {
			case ok:
				cells = append(cells, unitPrice(usd))
			case p.Global:
				cells = append(cells, "the same")
			default:
				cells = append(cells, "–")
			}
		}
		body = append(body, cells)
	}
	return rows(head, 2, body)
}

func sourcesTable() string {
	var body [][]string
	for _, p := range prices.Prices {
		offer := p.Offer
		if p.Family != "" {
			offer += ", " + p.Family
		}
		body = append(body, []string{p.What, offer, "`" + strings.Join(p.UsageTypes, "`, `") + "`", fmt.Sprintf("[%s](%s)", strings.TrimSuffix(strings.TrimPrefix(p.Page, "https://aws.amazon.com/"), "/"), p.Page), p.Date})
	}
	return rows([]string{"for", "file of the price list, family", "usage type", "page", "last seen"}, 5, body)
}
