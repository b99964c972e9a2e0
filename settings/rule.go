package settings

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/hbollon/go-edlib"
)

// Rule says which values a setting may have. The loader, the JSON Schema and
// the validation of a Terraform variable are all made from it, so that they
// cannot disagree.
type Rule struct {
	Name    string
	Wanted  string    // the words of the error: what is allowed
	Choices []string  // text, or whole numbers in decimal: one of these
	Range   *[2]int   // whole numbers, both ends allowed
	Max     int       // characters of text
	Refused []Refusal // text that Expression matches and is still wrong

	// Expression is what a text must match as a whole, in RE2: Go's and
	// Terraform's syntax.
	Expression string

	// Check is what no expression can say, and Conditions the same for
	// Terraform, which replaces Expression there.
	Check      func(value string) error
	Conditions []Condition

	// Hidden values are never repeated in an error, unless they are ARNs: they
	// may be a secret that was put into the wrong place.
	Hidden bool

	// Once says what AWS knows by such a name, where it takes each once.
	Once *Once

	re func() *regexp.Regexp
}

// Once is a kind of resource of which AWS takes a name once. Each setting with
// a rule that has one names a resource that the section creates, unless the
// section's method Makes says otherwise.
type Once struct {
	What    string // "role"
	Where   string // InAccount, InRegion or InVPC
	AnyCase bool   // names that differ in case alone are one
}

// Where AWS takes a name once.
const (
	InAccount = "account"
	InRegion  = "region"
	InVPC     = "VPC"
)

// Refusal is a form that AWS, Prefect or Terraform refuses.
type Refusal struct {
	Expression, Wanted string
	Hidden             bool // the value may be a secret
	re                 func() *regexp.Regexp
}

// Condition is a Terraform validation; both texts have %[1]s for the variable
// ("var.region"). Only what Terraform 1.2 knows is used: a condition refers to
// its own variable alone, and neither || nor && stops early, hence try and can.
type Condition struct{ Condition, Message string }

// Text says what is wrong with a value, or nothing.
func (r *Rule) Text(value string) error {
	for _, refused := range r.Refused {
		if refused.re().MatchString(value) {
			return fmt.Errorf("got %s, want %s", r.shown(value, refused.Hidden), refused.Wanted)
		}
	}
	switch {
	case r.Choices != nil:
		if !slices.Contains(r.Choices, value) {
			return errors.New(NotOneOf(value, r.Choices))
		}
		return nil
	case value == "":
		return fmt.Errorf("got no value, want %s", r.Wanted)
	case r.Max > 0 && utf8.RuneCountInString(value) > r.Max:
		return fmt.Errorf("got %d characters (%s…), want at most %d", utf8.RuneCountInString(value), r.shown(firstRunes(value, 40), false), r.Max)
	case r.re != nil && !r.re().MatchString(value):
		return fmt.Errorf("got %s, want %s", r.shown(value, false), r.Wanted)
	case r.Check != nil:
		return r.Check(value)
	}
	return nil
}

// Missing says that a setting which must be given is left out.
func (r *Rule) Missing() error {
	switch {
	case r.Choices != nil:
		return errors.New("missing, want one of: " + strings.Join(r.Choices, ", "))
	case r.Range != nil:
		return fmt.Errorf("missing, want %d to %d", r.Range[0], r.Range[1])
	}
	return errors.New("missing, want " + r.Wanted)
}

// Number says what is wrong with a whole number, or nothing.
func (r *Rule) Number(value int) error {
	switch {
	case r.Choices != nil && !slices.Contains(r.Choices, fmt.Sprint(value)):
		return fmt.Errorf("got %d, want %s", value, r.Wanted)
	case r.Range != nil && (value < r.Range[0] || value > r.Range[1]):
		return fmt.Errorf("got %d, want %d to %d", value, r.Range[0], r.Range[1])
	}
	return nil
}

func (r *Rule) shown(value string, hidden bool) string {
	if hidden || r.Hidden && !strings.HasPrefix(value, "arn:") {
		return "a value that is not repeated here, as it may be a secret"
	}
	return Got(value)
}

// Got shows a value the way it would be written in YAML.
func Got(value string) string {
	if n := utf8.RuneCountInString(value); n > 200 {
		return fmt.Sprintf("%q… (%d characters)", firstRunes(value, 200), n)
	}
	return fmt.Sprintf("%q", value)
}

func firstRunes(s string, n int) string {
	for i := range s {
		if n == 0 {
			return s[:i]
		}
		n--
	}
	return s
}

// NotOneOf says what was got, what is nearest and what is allowed.
func NotOneOf(value string, allowed []string) string {
	if n := Nearest(value, allowed); n != "" {
		return fmt.Sprintf("got %s, did you mean %q? (allowed: %s)", Got(value), n, strings.Join(allowed, ", "))
	}
	return fmt.Sprintf("got %s, want one of: %s", Got(value), strings.Join(allowed, ", "))
}

// Nearest is the known word closest to word, or "" when none is close, or two are.
func Nearest(word string, known []string) string {
	best, score, next := "", 0.0, 0.0
	for _, k := range slices.Sorted(slices.Values(known)) {
		// Two letters in the wrong order are one mistake: us-esat-1 is nearer to us-east-1 than to us-west-1.
		distance := edlib.OSADamerauLevenshteinDistance(strings.ToLower(word), strings.ToLower(k))
		if s := 1 - float64(distance)/float64(max(utf8.RuneCountInString(word), utf8.RuneCountInString(k))); s > score {
			best, score, next = k, s, score
		} else {
			next = max(next, s)
		}
	}
	if score < 0.5 || score == next || utf8.RuneCountInString(word) < shortWord && score < 1 {
		return ""
	}
	return best
}

// shortWord has so few letters that another word is not near it: "one" is no "none".
const shortWord = 4

// Validations are the rule as Terraform checks a variable's value; an empty
// one is the documented default of most variables.
func (r *Rule) Validations(emptyAllowed bool) []Condition {
	if r.Conditions != nil {
		return r.Conditions
	}
	condition, wanted := fmt.Sprintf("can(regex(%s, %%[1]s)) && length(%%[1]s) <= %d", whole(r.Expression), r.Max), r.Wanted
	if emptyAllowed {
		condition, wanted = `%[1]s == "" || (`+condition+")", "nothing, or "+wanted
	}
	all := []Condition{{condition, `got "${%[1]s}", want ` + strings.ReplaceAll(wanted, "%", "%%")}}
	for _, refused := range r.Refused {
		got := `got "${%[1]s}"`
		if refused.Hidden {
			got = "got a value that is not repeated here"
		}
		all = append(all, Condition{fmt.Sprintf("!can(regex(%s, %%[1]s))", escaped(refused.Expression)), got + ", want " + strings.ReplaceAll(refused.Wanted, "%", "%%")})
	}
	return all
}

// whole writes an expression that must match as a whole as Terraform reads it.
func whole(expression string) string { return escaped("^(" + expression + ")$") }

func escaped(expression string) string {
	return strings.ReplaceAll(strconv.Quote(expression), "%", "%%")
}
