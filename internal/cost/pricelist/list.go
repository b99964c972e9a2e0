// Package pricelist compares the committed prices with AWS's public price list.
package pricelist

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/cost"
)

// Default is where AWS publishes the price list, for everybody.
// https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/using-the-aws-price-list-bulk-api.html
const Default = "https://pricing.us-east-1.amazonaws.com"

// List is AWS's price list, or a mirror of it.
type List struct {
	URL    string
	Client *http.Client
	Wait   time.Duration // before what failed is tried again, and twice as long before the third time

	// Reading is called with what has been read of a file so far, in bytes.
	Reading func(bytes int64)
}

const attempts = 3

// found is what a price list has for one of our prices in a region.
type found struct {
	sku       string
	tiers     []tier
	effective string
}

// tier is a price from a quantity on.
type tier struct{ begin, usd float64 }

// Path is a file's in the price list. A region of "" is the file of all regions,
// in which alone the products are that belong to none.
func Path(offer, region string) string {
	if region != "" {
		region += "/"
	}
	return "/offers/v1.0/aws/" + offer + "/current/" + region + "index.json"
}

// read finds prices in one file, by their names.
func (l *List) read(ctx context.Context, path string, wanted []cost.Price) (all map[string][]found, err error) {
	for try := range attempts {
		if try > 0 {
			select {
			case <-time.After(l.Wait << (try - 1)):
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		}
		if all, err = l.once(ctx, path, wanted); err == nil || ctx.Err() != nil || !passing(err) {
			break
		}
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return all, err
}

// status is an answer other than 200.
type status struct {
	url  string
	code int
}

func (s status) Error() string {
	return fmt.Sprintf("%s: got %d %s, want 200", s.url, s.code, http.StatusText(s.code))
}

// passing says whether an error may be gone when the file is asked for again. That a
// server cannot be reached at all is a closed network's answer.
func passing(err error) bool {
	var s status
	if op := (*net.OpError)(nil); errors.As(err, &op) && op.Op == "dial" {
		return false
	}
	if errors.As(err, &s) {
		return s.code >= 500 || s.code == http.StatusTooManyRequests
	}
	return true
}

func (l *List) once(ctx context.Context, path string, wanted []cost.Price) (map[string][]found, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(l.URL, "/")+path, nil)
	if err != nil {
		return nil, err
	}
	resp, err := l.Client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, status{req.URL.Redacted(), resp.StatusCode}
	}
	all, err := scan(&counter{r: resp.Body, count: l.Reading}, wanted)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", req.URL.Redacted(), err)
	}
	return all, nil
}

// counter tells how much was read.
type counter struct {
	r     io.Reader
	n     int64
	count func(int64)
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	if c.count != nil {
		c.count(c.n)
	}
	return n, err
}

// scan reads a file of the price list as it comes: that of EC2 has hundreds of
// megabytes. It ends after the prices on demand, which follow the products.
// https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/reading-service-price-list-file-for-services.html
func scan(r io.Reader, wanted []cost.Price) (map[string][]found, error) {
	d := json.NewDecoder(r)
	skus := map[string][]string{} // names of our prices by SKU
	all := map[string][]found{}
	products, terms := false, false
	err := object(d, func(key string) error {
		switch key {
		case "products":
			products = true
			return object(d, func(sku string) error {
				var p struct {
					ProductFamily string
					Attributes    struct{ UsageType string }
				}
				if err := d.Decode(&p); err != nil {
					return err
				}
				for _, price := range wanted {
					if price.Matches(p.ProductFamily, p.Attributes.UsageType) {
						skus[sku] = append(skus[sku], price.Name)
					}
				}
				return nil
			})
		case "terms":
			if !products {
				return fmt.Errorf("the terms stand before the products")
			}
			return object(d, func(kind string) error {
				if kind != "OnDemand" {
					return skip(d)
				}
				terms = true
				if err := object(d, func(sku string) error {
					names := skus[sku]
					if len(names) == 0 {
						return skip(d)
					}
					f, err := onDemand(d, sku)
					for _, name := range names {
						all[name] = append(all[name], f)
					}
					return err
				}); err != nil {
					return err
				}
				return errEnough
			})
		}
		return skip(d)
	})
	switch {
	case errors.Is(err, errEnough):
		return all, nil
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return nil, fmt.Errorf("the file ends too early, after %d bytes", d.InputOffset())
	case err != nil:
		return nil, fmt.Errorf("this is not a price list: %w", err)
	case !terms:
		return nil, fmt.Errorf("this is not a price list: it has no prices on demand")
	}
	return all, nil
}

var errEnough = errors.New("all prices on demand are read")

// object calls do for each key of an object; do reads the value.
func object(d *json.Decoder, do func(key string) error) error {
	begin, err := d.Token()
	if err != nil {
		return err
	}
	if begin != json.Delim('{') {
		return fmt.Errorf("got %v, want {", begin)
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		if err := do(key.(string)); err != nil { // the decoder knows no other keys
			return err
		}
	}
	_, err = d.Token()
	return err
}

func skip(d *json.Decoder) error {
	var ignored json.RawMessage
	return d.Decode(&ignored)
}

// onDemand reads a product's prices.
func onDemand(d *json.Decoder, sku string) (found, error) {
	f := found{sku: sku}
	var offers map[string]struct {
		EffectiveDate   string
		PriceDimensions map[string]struct {
			BeginRange   string
			PricePerUnit map[string]string
		}
	}
	if err := d.Decode(&offers); err != nil {
		return f, err
	}
	for _, offer := range offers {
		f.effective, _, _ = strings.Cut(offer.EffectiveDate, "T")
		for code, dimension := range offer.PriceDimensions {
			begin, beginErr := strconv.ParseFloat(dimension.BeginRange, 64)
			usd, usdErr := strconv.ParseFloat(dimension.PricePerUnit["USD"], 64)
			if err := errors.Join(beginErr, usdErr); err != nil {
				return f, fmt.Errorf("%s: %w", code, err)
			}
			f.tiers = append(f.tiers, tier{begin, usd})
		}
	}
	slices.SortFunc(f.tiers, func(a, b tier) int { return int(a.begin - b.begin) })
	return f, nil
}
