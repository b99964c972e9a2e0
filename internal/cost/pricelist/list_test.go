package pricelist

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/cost"
)

// nat is a file of AWS's price list, in its format and with AWS's products and
// prices of eu-west-1, published 2026-09-25; the SKUs are made up.
const nat = `{
  "formatVersion" : "v1.0",
  "disclaimer" : "This pricing list is for informational purposes only.",
  "offerCode" : "AmazonEC2",
  "version" : "20260925174521",
  "publicationDate" : "2026-09-25T17:45:21Z",
  "products" : {
    "AAAA1111BBBB2222" : {
      "sku" : "AAAA1111BBBB2222",
      "productFamily" : "NAT Gateway",
      "attributes" : {
        "servicecode" : "AmazonEC2", "location" : "EU (Ireland)", "locationType" : "AWS Region", "group" : "NGW:NatGateway",
        "groupDescription" : "Hourly charge for NAT Gateways", "usagetype" : "EU-NatGateway-Hours", "operation" : "NatGateway", "regionCode" : "eu-west-1"
      }
    },
    "CCCC3333DDDD4444" : {
      "sku" : "CCCC3333DDDD4444",
      "productFamily" : "NAT Gateway",
      "attributes" : { "servicecode" : "AmazonEC2", "usagetype" : "EU-RegionalNatGateway-Hours", "regionCode" : "eu-west-1" }
    },
    "EEEE5555FFFF6666" : {
      "sku" : "EEEE5555FFFF6666",
      "productFamily" : "Compute Instance",
      "attributes" : { "servicecode" : "AmazonEC2", "instanceType" : "m5.large", "vcpu" : "2", "usagetype" : "EU-BoxUsage:m5.large", "regionCode" : "eu-west-1" }
    }
  },
  "terms" : {
    "OnDemand" : {
      "EEEE5555FFFF6666" : { "EEEE5555FFFF6666.JRTCKXETXF" : { "offerTermCode" : "JRTCKXETXF", "priceDimensions" : { } } },
      "AAAA1111BBBB2222" : {
        "AAAA1111BBBB2222.JRTCKXETXF" : {
          "offerTermCode" : "JRTCKXETXF",
          "sku" : "AAAA1111BBBB2222",
          "effectiveDate" : "2026-09-01T00:00:00Z",
          "priceDimensions" : {
            "AAAA1111BBBB2222.JRTCKXETXF.6YS6EN2CT7" : {
              "rateCode" : "AAAA1111BBBB2222.JRTCKXETXF.6YS6EN2CT7",
              "description" : "$0.048 per NAT Gateway Hour",
              "beginRange" : "0", "endRange" : "Inf", "unit" : "Hrs",
              "pricePerUnit" : { "USD" : "0.0480000000" },
              "appliesTo" : [ ]
            }
          },
          "termAttributes" : { }
        }
      }
    },
    "Reserved" : { }
  },
  "attributesList" : { }
}`

// product is one of a small file.
type product struct {
	usageType, family string
	tiers             map[string]string // prices by where they begin
}

func file(products ...product) string {
	var skus, terms []string
	for i, p := range products {
		sku := fmt.Sprintf("SKU%d", i)
		skus = append(skus, fmt.Sprintf(`%q:{"sku":%q,"productFamily":%q,"attributes":{"usagetype":%q}}`, sku, sku, p.family, p.usageType))
		var dimensions []string
		for begin, usd := range p.tiers {
			dimensions = append(dimensions, fmt.Sprintf(`"%s.T.%s":{"beginRange":%q,"endRange":"Inf","unit":"X","pricePerUnit":{"USD":%q}}`, sku, begin, begin, usd))
		}
		terms = append(terms, fmt.Sprintf(`%q:{"%s.T":{"effectiveDate":"2026-10-01T00:00:00Z","priceDimensions":{%s}}}`, sku, sku, strings.Join(dimensions, ",")))
	}
	return `{"formatVersion":"v1.0","products":{` + strings.Join(skus, ",") + `},"terms":{"OnDemand":{` + strings.Join(terms, ",") + `}}}`
}

// serve answers each request for a path with the next of its answers, the last one
// again and again.
func serve(t *testing.T, answers map[string][]http.HandlerFunc) *List {
	t.Helper()
	var mu sync.Mutex
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		all := answers[r.URL.Path]
		if len(all) > 1 {
			answers[r.URL.Path] = all[1:]
		}
		mu.Unlock()
		if len(all) == 0 {
			http.NotFound(w, r)
			return
		}
		all[0](w, r)
	}))
	t.Cleanup(server.Close)
	return &List{URL: server.URL, Client: server.Client(), Wait: time.Millisecond}
}

func text(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, body) }
}

// cut ends the connection in the middle of what was announced.
func cut(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(body)))
		fmt.Fprint(w, body[:len(body)/2])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
}

func answer(code int) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
}

var gateway = cost.Price{Name: "nat-gateway", Offer: "AmazonEC2", UsageTypes: []string{"NatGateway-Hours"}, Family: "NAT Gateway", Per: 1, USD: map[string]float64{"eu-west-1": 0.048}, Page: "https://aws.amazon.com/vpc/pricing/"}

func TestCompare(t *testing.T) {
	with := func(change func(*cost.Price)) cost.Price {
		p := gateway
		change(&p)
		return p
	}
	natFamily := func(usageType, usd string) product {
		return product{usageType, "NAT Gateway", map[string]string{"0": usd}}
	}
	for _, tt := range []struct {
		name    string
		price   cost.Price
		answers []http.HandlerFunc
		want    string // the difference, or the error
	}{
		{"the same", gateway, []http.HandlerFunc{text(nat)}, ""},
		{"another price", with(func(p *cost.Price) { p.USD = map[string]float64{"eu-west-1": 0.05} }), []http.HandlerFunc{text(nat)},
			"nat-gateway in eu-west-1: committed is $0.05, AWS's list has $0.048 since 2026-09-01"},
		{"no price yet", with(func(p *cost.Price) { p.USD = nil }), []http.HandlerFunc{text(nat)},
			"nat-gateway in eu-west-1: none is committed, AWS's list has $0.048 since 2026-09-01"},
		{"a product that is gone", with(func(p *cost.Price) { p.UsageTypes = []string{"NatGateway-Days"} }), []http.HandlerFunc{text(nat)},
			"nat-gateway in eu-west-1: AWS's list has no product of the usage type NatGateway-Days any more: look for its successor at https://aws.amazon.com/vpc/pricing/, committed is $0.048"},
		{"a product that was never there", with(func(p *cost.Price) { p.UsageTypes, p.USD = []string{"NatGateway-Days"}, nil }), []http.HandlerFunc{text(nat)}, ""},
		{"another family's product", gateway, []http.HandlerFunc{text(file(product{"EU-NatGateway-Hours", "Load Balancer", map[string]string{"0": "1"}}, natFamily("EU-NatGateway-Hours", "0.048")))}, ""},
		{"tiers", gateway, []http.HandlerFunc{text(file(product{"EU-NatGateway-Hours", "NAT Gateway", map[string]string{"0": "0.0480000000", "10240": "0.0200000000"}}))}, ""},
		{"a later tier", with(func(p *cost.Price) { p.Tier = 25 }), []http.HandlerFunc{text(file(product{"EU-NatGateway-Hours", "NAT Gateway", map[string]string{"0": "0.0000000000", "25": "0.0480000000"}}))}, ""},
		{"a tier that is gone", with(func(p *cost.Price) { p.Tier = 25 }), []http.HandlerFunc{text(file(product{"EU-NatGateway-Hours", "NAT Gateway", map[string]string{"0": "0", "50": "0.048"}}))},
			"nat-gateway in eu-west-1: the usage type NatGateway-Hours has no tier from 25, but from 0, 50: correct tier in prices.yaml, committed is $0.048"},
		{"two products at one price", gateway, []http.HandlerFunc{text(file(natFamily("EU-NatGateway-Hours", "0.048"), natFamily("NatGateway-Hours", "0.0480000000")))}, ""},
		{"two products at two prices", gateway, []http.HandlerFunc{text(file(natFamily("EU-NatGateway-Hours", "0.048"), natFamily("NatGateway-Hours", "0.05")))},
			"several products have the usage type NatGateway-Hours at other prices, SKU0 and SKU1: narrow it in prices.yaml by family"},
		{"a million requests", with(func(p *cost.Price) {
			p.Name, p.Per, p.UsageTypes, p.Family, p.USD = "queue-requests", 1e6, []string{"Requests-Tier1", "Requests-RBP"}, "", map[string]float64{"eu-west-1": 0.4}
		}),
			[]http.HandlerFunc{text(file(product{"EU-Requests-RBP", "API Request", map[string]string{"0": "0.0000004000"}}))}, ""},
		{"a key", with(func(p *cost.Price) { p.UsageTypes, p.Family = []string{"KMS-Keys"}, "" }), []http.HandlerFunc{text(file(product{"eu-west-1-KMS-Keys", "Encryption Key", map[string]string{"0": "0.048"}}))}, ""},
		{"a download that broke once", gateway, []http.HandlerFunc{cut(nat), text(nat)}, ""},
		{"a download that breaks", gateway, []http.HandlerFunc{cut(nat)}, "the file ends too early, after "},
		{"a file that ends early", gateway, []http.HandlerFunc{text(nat[:len(nat)-300])}, "the file ends too early, after "},
		{"a server that was busy", gateway, []http.HandlerFunc{answer(503), answer(429), text(nat)}, ""},
		{"a server that is busy", gateway, []http.HandlerFunc{answer(503)}, "got 503 Service Unavailable, want 200"},
		{"a server that refuses", gateway, []http.HandlerFunc{answer(403), text(nat)}, "got 403 Forbidden, want 200"},
		{"a page of a closed network", gateway, []http.HandlerFunc{text("<html>Please log in</html>")}, "this is not a price list: invalid character '<'"},
		{"another document", gateway, []http.HandlerFunc{text(`{"products":{}}`)}, "this is not a price list: it has no prices on demand"},
	} {
		list := serve(t, map[string][]http.HandlerFunc{"/offers/v1.0/aws/AmazonEC2/current/eu-west-1/index.json": tt.answers})
		read := int64(0)
		list.Reading = func(bytes int64) { read = bytes }
		differences, err := list.Compare(t.Context(), File{Offer: "AmazonEC2", Region: "eu-west-1", Prices: []cost.Price{tt.price}})
		got := ""
		for _, d := range differences {
			got += d.String()
		}
		if err != nil {
			got = Unreachable(list.URL, err).Error()
		}
		if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("%s: got %q, want %q", tt.name, got, tt.want)
		}
		if err == nil && read == 0 {
			t.Errorf("%s: no progress was told", tt.name)
		}
	}
}

// TestUnreachable: one line, with the next step.
func TestUnreachable(t *testing.T) {
	server := httptest.NewServer(nil)
	server.Close()
	list := &List{URL: server.URL, Client: http.DefaultClient, Wait: time.Millisecond}
	_, err := list.Compare(t.Context(), File{Offer: "AmazonEC2", Region: "eu-west-1"})
	got := Unreachable(list.URL, err).Error()
	if strings.Contains(got, "\n") || !strings.Contains(got, "connection refused") || !strings.Contains(got, "AWS_PRICE_LIST_URL=https://… make prices") {
		t.Errorf("got %q", got)
	}
}

// TestInterrupted: Ctrl-C does not wait for the next try.
func TestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	list := serve(t, map[string][]http.HandlerFunc{"/offers/v1.0/aws/A/current/index.json": {func(w http.ResponseWriter, _ *http.Request) { cancel(); w.WriteHeader(503) }}})
	list.Wait = time.Hour
	if _, err := list.Compare(ctx, File{Offer: "A"}); !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestFiles: each file of the price list is read once, and what belongs to no
// region is in the file without one.
func TestFiles(t *testing.T) {
	paths := map[string]int{}
	for _, f := range Files(cost.CommittedPrices(), []string{"us-east-1", "eu-west-1"}) {
		path := Path(f.Offer, f.Region)
		if paths[path] != 0 {
			t.Errorf("%s is read twice", path)
		}
		paths[path] = len(f.Prices)
	}
	for path, want := range map[string]int{
		"/offers/v1.0/aws/AmazonECS/current/us-east-1/index.json":        5,
		"/offers/v1.0/aws/AmazonECS/current/eu-west-1/index.json":        5,
		"/offers/v1.0/aws/AmazonRoute53/current/index.json":              1,
		"/offers/v1.0/aws/AmazonCloudWatch/current/index.json":           1,
		"/offers/v1.0/aws/AmazonCloudWatch/current/eu-west-1/index.json": 7,
	} {
		if paths[path] != want {
			t.Errorf("%s: got %d prices, want %d", path, paths[path], want)
		}
	}
}

// TestUpdate writes the prices and the day, and leaves all else.
func TestUpdate(t *testing.T) {
	const before = `# What each field means.
compared: never
regions: [us-east-1, us-west-2, eu-west-1]
prices:
  - name: nat-gateway # per gateway
    what: NAT gateway
    unit: hour
    offer: AmazonEC2
    usageTypes: [NatGateway-Hours]
    page: https://aws.amazon.com/vpc/pricing/
    date: 2026-08-12
    usd: {us-east-1: 0.045, eu-west-1: 0.048}
  - name: key
    what: key
    unit: month
    offer: awskms
    usageTypes: [KMS-Keys]
    page: https://aws.amazon.com/kms/pricing/
    date: 2026-08-12
    usd: {us-east-1: 1}
`
	regions := []string{"us-east-1", "us-west-2", "eu-west-1"}
	text, err := Update([]byte(before), regions, []Difference{
		{Name: "nat-gateway", Region: "eu-west-1", Committed: 0.048, Current: 0.049},
		{Name: "nat-gateway", Region: "us-west-2", Current: 0.0000133334},
		{Name: "key", Region: "us-east-1", Committed: 1, Problem: "gone"},
	}, "2026-12-24")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer("compared: never", "compared: 2026-12-24", "pricing/\n    date: 2026-08-12\n    usd: {us-east-1: 0.045, eu-west-1: 0.048}",
		"pricing/\n    date: 2026-12-24\n    usd: {us-east-1: 0.045, us-west-2: 0.0000133334, eu-west-1: 0.049}").Replace(before)
	if diff := cmp.Diff(want, string(text)); diff != "" {
		t.Error(diff)
	}
	if _, err := Update([]byte(before), regions, []Difference{{Name: "key", Region: "us-east-1", Current: -1}}, "2026-12-24"); err == nil {
		t.Error("a price below 0 was written")
	}
}

// TestFileStays: an update changes no line of the committed file but those with a
// price or a day.
func TestFileStays(t *testing.T) {
	data, err := os.ReadFile("../prices.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text, err := Update(data, cost.CommittedPrices().Regions, nil, "2026-12-24")
	if err != nil {
		t.Fatal(err)
	}
	days := regexp.MustCompile(`(?m)^(compared|    date): .*$`)
	if diff := cmp.Diff(days.ReplaceAllString(string(data), "$1: 2026-12-24"), string(text)); diff != "" {
		t.Error(diff)
	}
}
