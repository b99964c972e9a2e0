package iamtest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// operator says whether a value of the request fits one of the policy.
type operator func(got, want string) bool

// operators are those that this project's policies use, and their opposites.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
var operators = map[string]operator{
	"StringEquals": func(got, want string) bool { return got == want },
	"StringLike":   func(got, want string) bool { return wildcard(want).MatchString(got) },
	"ArnEquals":    arnLike, // the two are alike
	"ArnLike":      arnLike,
	"Bool":         strings.EqualFold,
}

var opposites = map[string]string{"StringNotEquals": "StringEquals", "StringNotLike": "StringLike", "ArnNotEquals": "ArnEquals", "ArnNotLike": "ArnLike"}

// conditions says whether all of a statement's conditions hold.
func (s statement) conditions(context map[string][]string) (bool, error) {
	all := true
	for name, keys := range s.Condition {
		for key, wanted := range keys {
			holds, err := holds(name, key, wanted, context)
			if err != nil {
				return false, err
			}
			all = all && holds
		}
	}
	return all, nil
}

func holds(name, key string, wanted values, context map[string][]string) (bool, error) {
	got, given := lookUp(context, key)
	given = given && len(got) > 0
	if name == "Null" {
		return slices.Contains(wanted, strconv.FormatBool(!given)), nil
	}
	base, ifExists := strings.CutSuffix(name, "IfExists")
	quantifier, unquantified, quantified := strings.Cut(base, ":")
	if quantified {
		base = unquantified
	}
	opposite, negated := opposites[base]
	if negated {
		base = opposite
	}
	compare, known := operators[base]
	if !known || quantified && quantifier != "ForAllValues" && quantifier != "ForAnyValue" {
		return false, fmt.Errorf("condition operator %s: not known here, add it to internal/iamtest", name)
	}
	if !given {
		return ifExists || quantifier == "ForAllValues" || negated && !quantified, nil
	}
	if !quantified && len(got) > 1 {
		return false, fmt.Errorf("%s: got %d values for the key %s, want one, or ForAllValues or ForAnyValue", name, len(got), key)
	}
	one := func(value string) bool {
		matches := slices.ContainsFunc(wanted, func(want string) bool {
			want, ok := substituted(want, context)
			return ok && compare(value, want)
		})
		return matches != negated
	}
	if quantifier == "ForAllValues" {
		return !slices.ContainsFunc(got, func(v string) bool { return !one(v) }), nil
	}
	return slices.ContainsFunc(got, one), nil
}

// arnLike compares the six parts of two ARNs one by one.
func arnLike(got, want string) bool {
	parts, patterns := strings.SplitN(got, ":", 6), strings.SplitN(want, ":", 6)
	if len(parts) != 6 || len(patterns) != 6 {
		return false
	}
	for i := range parts {
		if !wildcard(patterns[i]).MatchString(parts[i]) {
			return false
		}
	}
	return true
}
