package cost

import (
	"fmt"
	"math"
	"strings"
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
	return fmt.Sprintf("%s$%s.%02d", sign, thousands(fmt.Sprint(n/100)), n%100)
}

// signed is "+$1.00", "-$1.00" or "$0.00".
func signed(usd float64) string {
	if cents(usd) > 0 {
		return "+" + money(usd)
	}
	return money(usd)
}

// Signed is a difference: "+$1.00", or "-$1.00 to +$2.00".
func (r Range) Signed() string {
	if cents(r.From) == cents(r.To) {
		return signed(r.From)
	}
	return signed(r.From) + " to " + signed(r.To)
}

// String is "$10.00", or "$10.00 to $30.00".
func (r Range) String() string {
	if cents(r.From) == cents(r.To) {
		return money(r.From)
	}
	return money(r.From) + " to " + money(r.To)
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
	text := fmt.Sprintf("%.2f", n)
	switch {
	case n < 0.1:
		text = fmt.Sprintf("%.4f", n)
	case n >= 100:
		text = fmt.Sprintf("%.0f.0", n)
	}
	whole, fraction, _ := strings.Cut(text, ".")
	return strings.TrimRight(strings.TrimRight(thousands(whole)+"."+fraction, "0"), ".")
}

// thousands puts commas between the digits of a whole number.
func thousands(digits string) string {
	for i := len(digits) - 3; i > 0; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
