package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize/english"
	"github.com/google/renameio/v2"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/cost"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/cost/pricelist"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/progress"
)

// comparePrices prints every difference between a file of prices and AWS's list,
// and says whether there is none. With update it writes the list's prices.
func comparePrices(ctx context.Context, w, log io.Writer, file, region string, update bool) (same bool, err error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return false, err
	}
	prices, err := cost.ParsePrices(data)
	if err != nil {
		return false, fmt.Errorf("%s: %w", file, err)
	}
	regions := prices.Regions
	if region != "" {
		if !slices.Contains(regions, region) {
			return false, fmt.Errorf("REGION: got %q, want one of %s; add it to the regions of internal/cost/prices.yaml to have its prices", region, strings.Join(regions, ", "))
		}
		if update {
			return false, fmt.Errorf("UPDATE=1 with REGION=%s: got one region, want all of them, for a price has one date for all; leave REGION out", region)
		}
		regions = []string{region}
	}
	base := os.Getenv("AWS_PRICE_LIST_URL")
	if base == "" {
		base = pricelist.Default
	}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	transport.ResponseHeaderTimeout = 30 * time.Second
	list := &pricelist.List{URL: base, Client: &http.Client{Transport: transport}, Wait: time.Second}
	steps := progress.New(log)
	var all []pricelist.Difference
	files := pricelist.Files(prices, regions)
	for n, f := range files {
		at := f.Region
		if at == "" {
			at = "all regions"
		}
		step := steps.Start(progress.Task{What: fmt.Sprintf("reading AWS's prices %d of %d: %s, %s", n+1, len(files), f.Offer, at), Key: "prices " + f.Offer + at})
		list.Reading = func(bytes int64) { step.Detail("%d MB", bytes>>20) }
		differences, err := list.Compare(ctx, f)
		err = step.Done(err)
		if missing := pricelist.NoFile(f, err); n > 0 && len(missing) > 0 {
			differences, err = missing, nil // the list can be read, for there was another file
		}
		if err != nil {
			return false, pricelist.Unreachable(base, err)
		}
		all = append(all, differences...)
	}
	for _, d := range all {
		fmt.Fprintln(w, d)
	}
	switch {
	case len(all) == 0 && !update:
		fmt.Fprintf(w, "the committed prices of %s are AWS's: %s in %s\n", strings.Join(regions, ", "), english.Plural(len(prices.Prices), "price", ""), english.Plural(len(files), "file", ""))
		return true, nil
	case !update:
		fmt.Fprintf(w, "%s; to take AWS's: make prices UPDATE=1\n", english.Plural(len(all), "difference", ""))
		return false, nil
	}
	text, err := pricelist.Update(data, prices.Regions, all, time.Now().UTC().Format(time.DateOnly))
	if err != nil {
		return false, err
	}
	if err := renameio.WriteFile(file, text, 0o644); err != nil {
		return false, err
	}
	fmt.Fprintf(w, "wrote %s; the estimates changed too: make generate update-golden\n", file)
	return !slices.ContainsFunc(all, func(d pricelist.Difference) bool { return d.Problem != "" }), nil
}
