package pricelist

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/cost"
)

// Difference is a price that is another one in AWS's list, or that is not there.
type Difference struct {
	Name, What, Region string
	Committed, Current float64 // 0: there is none.
	Since              string  // The day from which AWS takes the current price.
	Problem            string  // Why there is no current price, "" where there is one.
}

func (d Difference) String() string {
	at := d.Name + " in " + d.Region + ": "
	switch {
	case d.Problem != "":
		return at + d.Problem + ", committed is " + dollars(d.Committed)
	case d.Committed == 0:
		return at + "none is committed, AWS's list has " + dollars(d.Current) + " since " + d.Since
	}
	return at + "committed is " + dollars(d.Committed) + ", AWS's list has " + dollars(d.Current) + " since " + d.Since
}

func dollars(usd float64) string {
	if usd == 0 {
		return "none"
	}
	return "$" + strconv.FormatFloat(usd, 'f', -1, 64)
}

// File is one file of the price list, with the prices that are looked up in it.
type File struct {
	Offer, Region string // Of no region: ""
	Prices        []cost.Price
}

// committed is the region whose committed prices a file is compared with.
func (f File) committed() string { return cmp.Or(f.Region, cost.Fallback) }

// Files are those that have the prices of the regions.
func Files(prices *cost.Prices, regions []string) []File {
	var all []File
	add := func(p cost.Price, region string) {
		i := slices.IndexFunc(all, func(f File) bool { return f.Offer == p.Offer && f.Region == region })
		if i < 0 {
			all = append(all, File{Offer: p.Offer, Region: region})
			i = len(all) - 1
		}
		all[i].Prices = append(all[i].Prices, p)
	}
	for _, p := range prices.Prices {
		if p.Global {
			add(p, "")
			continue
		}
		for _, region := range regions {
			add(p, region)
		}
	}
	return all
}

// Compare finds what differs in one file.
func (l *List) Compare(ctx context.Context, file File) ([]Difference, error) {
	list, err := l.read(ctx, Path(file.Offer, file.Region), file.Prices)
	if err != nil {
		return nil, err
	}
	region := file.committed()
	var all []Difference
	for _, p := range file.Prices {
		d := Difference{Name: p.Name, What: p.What, Region: region, Committed: p.USD[region]}
		current, since, err := choose(list[p.Name], p)
		switch {
		case err != nil:
			d.Problem = err.Error()
			if d.Committed == 0 {
				continue // it is neither here nor there
			}
		case same(current, d.Committed):
			continue
		default:
			d.Current, d.Since = current, since
		}
		all = append(all, d)
	}
	return all, nil
}

// NoFile are the differences of a file that AWS's list does not have, which S3
// answers by 403 or 404.
func NoFile(file File, err error) []Difference {
	var s status
	if !errors.As(err, &s) || s.code != http.StatusForbidden && s.code != http.StatusNotFound {
		return nil
	}
	region := file.committed()
	var all []Difference
	for _, p := range file.Prices {
		if p.USD[region] > 0 {
			all = append(all, Difference{Name: p.Name, What: p.What, Region: region, Committed: p.USD[region],
				Problem: fmt.Sprintf("AWS's list has no file %s (%d): correct offer in prices.yaml", s.url, s.code)})
		}
	}
	return all
}

// same allows for what arithmetic with fractions loses.
func same(a, b float64) bool { return math.Abs(a-b) <= 1e-9*math.Max(a, b) }

// choose finds the price for one of our units.
func choose(products []found, p cost.Price) (usd float64, since string, err error) {
	var skus, others []string
	prices := 0
	for _, f := range products {
		at := slices.IndexFunc(f.tiers, func(t tier) bool { return t.begin == p.Tier })
		if at < 0 {
			for _, t := range f.tiers {
				others = append(others, strconv.FormatFloat(t.begin, 'f', -1, 64))
			}
			continue
		}
		current := f.tiers[at].usd * p.Per
		if current == 0 {
			continue // free tiers have products of their own
		}
		if prices == 0 || !same(current, usd) {
			prices++
			usd, since = current, f.effective
			skus = append(skus, f.sku)
		}
	}
	types := strings.Join(p.UsageTypes, " or ")
	switch {
	case prices == 1:
		// As many digits as AWS gives.
		usd, _ = strconv.ParseFloat(strconv.FormatFloat(usd, 'g', 9, 64), 64)
		return usd, since, nil
	case prices > 1:
		return 0, "", fmt.Errorf("several products have the usage type %s at other prices, %s: narrow it in prices.yaml by family", types, strings.Join(skus, " and "))
	case len(others) > 0:
		return 0, "", fmt.Errorf("the usage type %s has no tier from %s, but from %s: correct tier in prices.yaml", types, strconv.FormatFloat(p.Tier, 'f', -1, 64), strings.Join(others, ", "))
	}
	return 0, "", fmt.Errorf("AWS's list has no product of the usage type %s any more: look for its successor at %s", types, p.Page)
}

// Unreachable says in one line that the list cannot be had, and what to do.
func Unreachable(base string, err error) error {
	var s status
	var u *url.Error
	cause := err.Error()
	switch {
	case errors.As(err, &s):
	case errors.As(err, &u):
		cause = u.Err.Error()
		if u.Timeout() {
			cause = "no answer in time"
		}
		var dns *net.DNSError
		if errors.As(err, &dns) {
			cause = "no such host is known here"
		}
	}
	return fmt.Errorf("AWS's price list at %s cannot be read (%s); nothing was changed. Run it where that address can be reached, or name a mirror: AWS_PRICE_LIST_URL=https://… make prices", base, cause)
}
