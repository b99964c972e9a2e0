package cost

import (
	"bytes"
	_ "embed"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"go.yaml.in/yaml/v3"
)

// Fallback is the region whose prices stand in for those that are not committed.
const Fallback = "us-east-1"

// never is when prices were compared that never were.
const never = "never"

//go:embed prices.yaml
var pricesYAML []byte

var prices = must(ParsePrices(pricesYAML))

func must(p *Prices, err error) *Prices {
	if err != nil {
		panic("prices.yaml: " + err.Error())
	}
	return p
}

// Prices are the committed ones.
type Prices struct {
	Compared string // A day, or never.
	Regions  []string
	Prices   []Price
}

// Price is what one unit of something costs. The head of prices.yaml says what each
// field means.
type Price struct {
	Name, What, Unit string
	Offer, Family    string
	UsageTypes       []string `yaml:"usageTypes"`
	Tier, Per        float64
	Global           bool
	Page, Date       string
	USD              map[string]float64
}

// CommittedPrices are those of prices.yaml.
func CommittedPrices() *Prices { return prices }

// ParsePrices reads and checks a file of prices.
func ParsePrices(data []byte) (*Prices, error) {
	var all Prices
	decoder := yaml.NewDecoder(bytes.NewReader(data))
	decoder.KnownFields(true)
	if err := decoder.Decode(&all); err != nil {
		return nil, err
	}
	if _, err := time.Parse(time.DateOnly, all.Compared); err != nil && all.Compared != never {
		return nil, fmt.Errorf("compared: got %q, want a day such as 2026-11-28, or %s", all.Compared, never)
	}
	for i := range all.Prices {
		p := &all.Prices[i]
		if p.Per == 0 {
			p.Per = 1
		}
		if err := p.check(all.Prices[:i], all.Regions); err != nil {
			return nil, fmt.Errorf("%s: %w", p.Name, err)
		}
	}
	return &all, nil
}

// check says what is wrong with a price that stands after others in its file.
func (p Price) check(others []Price, regions []string) error {
	_, fallback := p.USD[Fallback]
	_, err := time.Parse(time.DateOnly, p.Date)
	switch {
	case p.Name == "" || p.What == "" || p.Unit == "" || p.Offer == "" || len(p.UsageTypes) == 0 || p.Page == "":
		return fmt.Errorf("want name, what, unit, offer, usageTypes and page")
	case slices.ContainsFunc(others, func(o Price) bool { return o.Name == p.Name }):
		return fmt.Errorf("is listed twice")
	case !fallback:
		return fmt.Errorf("has no price in %s", Fallback)
	case err != nil:
		return fmt.Errorf("date: got %q, want one such as 2026-11-28", p.Date)
	}
	for _, region := range slices.Sorted(maps.Keys(p.USD)) {
		if !slices.Contains(regions, region) {
			return fmt.Errorf("%s is not one of the file's regions", region)
		}
		if p.USD[region] <= 0 {
			return fmt.Errorf("got %v in %s, want a price above 0", p.USD[region], region)
		}
	}
	return nil
}

// named is a price that the estimates use.
func (p *Prices) named(name string) Price {
	i := slices.IndexFunc(p.Prices, func(p Price) bool { return p.Name == name })
	if i < 0 {
		panic("prices.yaml has no price " + name)
	}
	return p.Prices[i]
}

// regionPrefix is what AWS puts before a usage type in a region: USE2-, EU-, and for
// keys us-east-1-.
var regionPrefix = regexp.MustCompile(`^([A-Z]{2,4}[0-9]?|[a-z]{2}(-[a-z]+)+-[0-9])-`)

// Matches says whether a product of the price list is the one that is paid for.
func (p Price) Matches(family, usageType string) bool {
	if p.Family != "" && p.Family != family {
		return false
	}
	return slices.Contains(p.UsageTypes, usageType) || slices.Contains(p.UsageTypes, regionPrefix.ReplaceAllString(usageType, ""))
}
