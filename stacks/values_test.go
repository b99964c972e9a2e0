package stacks_test

import (
	"maps"
	"reflect"
	"regexp/syntax"
	"slices"
	"strconv"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// others are values of a setting that are not the one it has.
func others(f settings.Field, v reflect.Value) []reflect.Value {
	var all []reflect.Value
	add := func(value any) { all = append(all, reflect.ValueOf(value).Convert(v.Type())) }
	switch value := v.Interface().(type) {
	case string:
		for _, text := range texts(f.Rule, value) {
			add(text)
		}
	case *string:
		for _, text := range texts(f.Rule, "") {
			add(&text)
		}
	case int:
		for _, n := range numbers(f.Rule, value) {
			add(n)
		}
	case *int:
		for _, n := range numbers(f.Rule, 0) {
			add(&n)
		}
	case settings.Number:
		add(settings.Number{Value: value.Value + 1})
	case bool:
		add(!value)
	case settings.Switch:
		add(settings.Switch{Value: !value.Value})
	case []string:
		for _, text := range texts(f.Rule, value...) {
			add(append(slices.Clone(value), text))
		}
	case settings.OneOrMore:
		for _, text := range texts(f.Rule, value...) {
			add(append(slices.Clone(value), text))
		}
	case map[string]string:
		for _, key := range texts(f.Keys, slices.Collect(maps.Keys(value))...) {
			more := maps.Clone(value)
			if more == nil {
				more = map[string]string{}
			}
			more[key] = texts(f.Rule)[0]
			add(more)
		}
		for key := range value {
			changed := maps.Clone(value)
			changed[key] = texts(f.Rule, value[key])[0]
			add(changed)
		}
	case map[string]map[string][]string:
		for _, key := range texts(f.Keys, slices.Collect(maps.Keys(value))...) {
			add(map[string]map[string][]string{key: {"aws:probe": {"probe"}}})
		}
	}
	switch {
	case v.IsZero():
	case v.Kind() == reflect.Pointer:
		all = append(all, reflect.Zero(v.Type()))
	case v.Kind() == reflect.Slice && v.Len() > 0:
		all = append(all, v.Slice(0, v.Len()-1))
	}
	return all
}

// texts are some that a rule allows, but for those given.
func texts(r *settings.Rule, but ...string) []string {
	all := []string{"probe"}
	switch {
	case r == nil:
	case r.Choices != nil:
		all = r.Choices
	case r.Expression != "":
		re, err := syntax.Parse(r.Expression, syntax.Perl)
		if err != nil {
			panic(err) // it is compiled already
		}
		all = []string{example(re, 0), example(re, 1)}
	}
	return slices.DeleteFunc(slices.Clone(all), func(text string) bool { return slices.Contains(but, text) })
}

// example is a text that an expression matches: the nth where it has a choice.
func example(re *syntax.Regexp, n int) string {
	switch re.Op {
	case syntax.OpLiteral:
		return string(re.Rune)
	case syntax.OpCharClass:
		for _, r := range "pqrstuvwxyz0123456789" {
			if inClass(re.Rune, r+rune(n)) {
				return string(r + rune(n))
			}
		}
		return string(re.Rune[0])
	case syntax.OpAnyChar, syntax.OpAnyCharNotNL:
		return string(rune('p' + n))
	case syntax.OpPlus:
		return strings.Repeat(example(re.Sub[0], n), 4)
	case syntax.OpRepeat:
		return strings.Repeat(example(re.Sub[0], n), max(1, re.Min))
	case syntax.OpCapture:
		return example(re.Sub[0], n)
	case syntax.OpAlternate:
		return example(re.Sub[n%len(re.Sub)], n)
	case syntax.OpConcat:
		text := ""
		for _, sub := range re.Sub {
			text += example(sub, n)
		}
		return text
	}
	return "" // may be nothing
}

func inClass(class []rune, r rune) bool {
	for i := 0; i+1 < len(class); i += 2 {
		if class[i] <= r && r <= class[i+1] {
			return true
		}
	}
	return false
}

// numbers are some that a rule allows, but for the one given.
func numbers(r *settings.Rule, but int) []int {
	all := []int{but + 1, but - 1}
	switch {
	case r != nil && r.Choices != nil:
		all = nil
		for _, choice := range r.Choices {
			n, err := strconv.Atoi(choice)
			if err != nil {
				panic(err) // a rule for texts
			}
			all = append(all, n)
		}
	case r != nil && r.Range != nil && but+1 < r.Range[0]:
		all = []int{r.Range[0]}
	case r != nil && r.Range != nil && but+1 > r.Range[1]:
		all = []int{but - 1}
	}
	return slices.DeleteFunc(all, func(n int) bool { return n == but })
}
