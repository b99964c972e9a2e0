package settings

//go:generate go run ../internal/cmd/reference

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"sync"
)

// Field is one setting, as the tags of its struct field declare it:
//
//	yaml      its key in the environment file
//	alias     the key it had before; still read, with a warning
//	default   its value where neither the file nor the preset has one, as YAML
//	rule      which values it may have, then options, separated by commas:
//	          a name of [Rules], "range 1 100" or "oneof a b c"; then
//	            optional   "" or 0 is allowed too
//	            region     an ARN must be of the stack's region
//	            unique     no element of a list twice
//	            max 10     elements of a list or a map
//	          In lists and maps the rule is for each value.
//	keys      the rule for a map's keys
//	braces    "{nameTag}" and the like are replaced: "names" checks what the
//	          text becomes, "values" also puts no variable in, where Terraform takes
//	          none, "number" also knows {number}, which counts from 1, and
//	          "text" leaves braces around anything else alone
//	variable  the description of the Terraform variable that may expose it
//	hide      its values are never repeated in an error
//
// Its doc comment says what it means.
type Field struct {
	Key, Alias, Default string
	Type                reflect.Type
	Rule                *Rule // nil: anything of its type
	Keys                *Rule // of a map
	Optional            bool
	Region              bool
	Unique              bool
	Max                 int // elements; 0: any number
	Braces              string
	Variable            string
	Hide                bool
	Name                string // of the struct field
	Struct              reflect.Type
	index               []int
}

// Of is the field's value in a section.
func (f *Field) Of(section reflect.Value) reflect.Value { return section.FieldByIndex(f.index) }

var fields sync.Map // reflect.Type → []Field

// Fields lists the settings of a section, those of embedded sections too.
func Fields(section reflect.Type) []Field {
	if known, ok := fields.Load(section); ok {
		return known.([]Field)
	}
	var all []Field
	for i := range section.NumField() {
		f := section.Field(i)
		switch key := f.Tag.Get("yaml"); key {
		case "":
		case ",inline":
			for _, inner := range Fields(f.Type) {
				inner.index = append([]int{i}, inner.index...)
				all = append(all, inner)
			}
		default:
			all = append(all, declared(section, f))
		}
	}
	fields.Store(section, all)
	return all
}

func declared(section reflect.Type, f reflect.StructField) Field {
	tag := f.Tag
	d := Field{
		Key: tag.Get("yaml"), Alias: tag.Get("alias"), Default: tag.Get("default"), Type: f.Type, Braces: tag.Get("braces"),
		Variable: tag.Get("variable"), Hide: tag.Get("hide") != "", Name: f.Name, Struct: section, index: f.Index,
	}
	if keys := tag.Get("keys"); keys != "" {
		d.Keys = named(keys)
	}
	words := strings.Split(tag.Get("rule"), ",")
	for i, word := range words {
		name, rest, _ := strings.Cut(word, " ")
		switch {
		case word == "":
		case name == "optional":
			d.Optional = true
		case name == "region":
			d.Region = i > 0
			if i == 0 {
				d.Rule = named(name)
			}
		case name == "unique":
			d.Unique = true
		case name == "max":
			d.Max = number(rest)
		case name == "range":
			low, high, _ := strings.Cut(rest, " ")
			d.Rule = &Rule{Range: &[2]int{number(low), number(high)}, Wanted: low + " to " + high}
		case name == "oneof":
			d.Rule = &Rule{Choices: strings.Fields(rest), Wanted: "one of [" + rest + "]"}
		default:
			d.Rule = named(word)
		}
	}
	return d
}

func number(text string) int {
	n, err := strconv.Atoi(text)
	if err != nil {
		panic(err) // a tag of ours
	}
	return n
}

func named(name string) *Rule {
	rule, ok := Rules[name]
	if !ok {
		panic(fmt.Sprintf("a tag names the rule %q, which settings.Rules does not have", name))
	}
	return rule
}

// Number is a whole number, made by [Count], or the expression of one:
// "${var.desired_count}". The zero Number has no value.
type Number struct {
	Value      int
	Expression string // "": Value
	given      bool
}

// Switch is true or false, or the expression of a boolean.
type Switch struct {
	Value      bool
	Expression string // "": Value
}

// OneOrMore is a list that may be written as its only element.
type OneOrMore []string

// Checker takes what a section's Check finds. A setting is named by the
// pointer to its field, an entry of a map by the map's and the key.
type Checker interface {
	// Fail reports a setting; the text says what was got, what is allowed and
	// how to fix it.
	Fail(field any, format string, args ...any)
	FailKey(field any, key string, format string, args ...any)
	FailIndex(field any, index int, format string, args ...any)

	// Wrong says whether a setting was reported already.
	Wrong(field any) bool

	// Own says whether the file itself has a setting, not its preset alone: what a
	// preset has is no mistake, the file has no line of it to remove.
	Own(field any) bool

	// Path is how an error names a setting.
	Path(field any) string
}
