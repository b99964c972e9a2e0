package main

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/cost"
)

// TestComparePrices compares the committed prices with a list that has them, then
// with one that has another price, and takes it.
func TestComparePrices(t *testing.T) {
	data, err := os.ReadFile("../../cost/prices.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var committed float64
	for _, p := range cost.CommittedPrices().Prices {
		if p.Name == "nat-gateway" {
			committed = p.USD[cost.Fallback]
		}
	}
	gateway, gone := committed, ""
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == gone {
			w.WriteHeader(http.StatusForbidden)
			return
		}
		parts := strings.Split(r.URL.Path, "/") // /offers/v1.0/aws/<offer>/current/<region>/index.json
		offer, region := parts[4], parts[6]
		if region == "index.json" {
			region = cost.Fallback
		}
		var products, terms []string
		for _, p := range cost.CommittedPrices().Prices {
			usd, ok := p.USD[region]
			if !ok || p.Offer != offer {
				continue
			}
			if p.Name == "nat-gateway" && region == cost.Fallback {
				usd = gateway
			}
			products = append(products, fmt.Sprintf(`%q:{"productFamily":%q,"attributes":{"usagetype":"USE1-%s"}}`, p.Name, p.Family, p.UsageTypes[0]))
			terms = append(terms, fmt.Sprintf(`%q:{"T":{"effectiveDate":"2026-12-01T00:00:00Z","priceDimensions":{"D":{"beginRange":"%v","pricePerUnit":{"USD":"%.12f"}}}}}`, p.Name, p.Tier, usd/p.Per))
		}
		fmt.Fprintf(w, `{"products":{%s},"terms":{"OnDemand":{%s}}}`, strings.Join(products, ","), strings.Join(terms, ","))
	}))
	defer server.Close()
	t.Setenv("AWS_PRICE_LIST_URL", server.URL)
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	file := filepath.Join(t.TempDir(), "prices.yaml")
	if err := os.WriteFile(file, data, 0o644); err != nil {
		t.Fatal(err)
	}
	compare := func(region string, update, want bool, words string) {
		t.Helper()
		var out strings.Builder
		same, err := comparePrices(t.Context(), &out, io.Discard, file, region, update)
		if err != nil {
			out.WriteString(err.Error())
		}
		if same != want || !strings.Contains(out.String(), words) {
			t.Errorf("got %v:\n%swant %v and %q", same, out.String(), want, words)
		}
	}
	compare("", false, true, "the committed prices of us-east-1, us-east-2,")
	gone = "/offers/v1.0/aws/AmazonECR/current/us-east-1/index.json"
	compare("us-east-1", false, false, "images in us-east-1: AWS's list has no file "+server.URL+gone+" (403): correct offer in prices.yaml")
	gone = "/offers/v1.0/aws/AmazonEC2/current/us-east-1/index.json" // the first one
	compare("us-east-1", false, false, "AWS's price list at "+server.URL+" cannot be read")
	gone, gateway = "", 123.5
	compare("", false, false, fmt.Sprintf("nat-gateway in us-east-1: committed is $%v, AWS's list has $123.5 since 2026-12-01\n1 difference; to take AWS's: make prices UPDATE=1\n", committed))
	compare("us-east-2", false, true, "the committed prices of us-east-2 are AWS's")
	compare("mars-1", false, false, `REGION: got "mars-1", want one of us-east-1, us-east-2`)
	compare("us-east-2", true, false, "UPDATE=1 with REGION=us-east-2: got one region, want all of them")
	if after, err := os.ReadFile(file); err != nil || string(after) != string(data) {
		t.Fatalf("the file was changed: %v", err)
	}
	compare("", true, true, "wrote "+file)
	after, err := os.ReadFile(file)
	if err != nil || !strings.Contains(string(after), "usd: {us-east-1: 123.5, ") {
		t.Errorf("got %v:\n%s", err, after)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(file), "*")); !slices.Equal(left, []string{file}) {
		t.Errorf("got %v, want the file alone", left)
	}
	compare("", false, true, "the committed prices")
	server.Close()
	compare("", true, false, "cannot be read")
	if again, err := os.ReadFile(file); err != nil || string(again) != string(after) {
		t.Errorf("the file was changed without a price list: %v", err)
	}
}
