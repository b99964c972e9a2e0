package cost

import (
	"fmt"
	"math"
	"strings"

	"github.com/dustin/go-humanize"
)

// cents rounds to whole ones.
func cents(usd float64) int { return int(math.Round(usd * 100)) }

// money is "$1,234.50".
func money(usd float64) string {
	n := cents(math.Abs(usd))
	sign := ""
	if usd < 0 && n > 0 {
		sign = "-"
	}
	return fmt.Sprintf("%s$%s.%02d", sign, humanize.Comma(int64(n/100)), n%100)
}

// signed is "+$1.00", "-$1.00" or "$0.00".
func signed(usd float64) string {
	if cents(usd) > 0 {
		return "+" + money(usd)
	}
	return money(usd)
}

// Signed is a difference: "+$1.00", or "-$1.00 to +$2.00".
func (r Range) Signed() string { return r.as(signed) }

// String is "$10.00", or "$10.00 to $30.00".
func (r Range) String() string { return r.as(money) }

func (r Range) as(text func(usd float64) string) string {
	if cents(r.From) == cents(r.To) {
		return text(r.From)
	}
	return text(r.From) + " to " + text(r.To)
}

// amount is a quantity with a unit: "1,460 hours", "1 month", "4.38 × 10,000".
func amount(n float64, unit string) string {
	switch {
	case unit[0] >= '0' && unit[0] <= '9':
		unit = "× " + unit
	case n == 1:
		unit = strings.TrimSuffix(unit, "s")
	}
	return quantity(n) + " " + unit
}

func quantity(n float64) string {
	if n >= 100 {
		return humanize.Comma(int64(math.RoundToEven(n)))
	}
	digits := 2
	if n < 0.1 {
		digits = 4
	}
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.*f", digits, n), "0"), ".")
}
