package reference

import (
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// below is what a section's settings have beneath them, which decides on what
// must be given.
type below int

const (
	preset  below = iota // a preset, which may have given anything
	nothing              // what is neither given nor has a default is missing
	first                // the first worker, of which an additional worker has what it leaves out
)

// atLeastOne are the lists that the sections' Check methods refuse when empty.
var atLeastOne = []string{
	"SecretsPolicy.Actions", "PolicyStatement.Actions", "PolicyStatement.Resources",
	"StateBackend.Stacks", "GitHubActions.Stacks", "GitHubActions.NamePrefixes",
}

// Schema is the JSON Schema of an environment file.
func (r *Reference) Schema() []byte {
	other := func(kind string) *schema {
		return &schema{Properties: []property{{"kind", &schema{Const: kind}}}, Required: []string{"kind"}}
	}
	root := &schema{
		Schema:      "https://json-schema.org/draft/2020-12/schema",
		Title:       "Environment file",
		Description: "One stack: a worker over a preset, or with kind: state-backend, github-actions or crash-events what such a stack needs. Generated from package settings by make generate.",
		Defs:        definitions(),
		Type:        []string{"object"},
		If:          other(settings.KindStateBackend), Then: r.section(reflect.TypeFor[settings.StateBackend](), "", nothing),
		Else: &schema{
			If: other(settings.KindGitHubActions), Then: r.section(reflect.TypeFor[settings.GitHubActions](), "", nothing),
			Else: &schema{
				If: other(settings.KindCrashEvents), Then: r.section(reflect.TypeFor[settings.CrashEventsStack](), "", nothing),
				Else: r.section(reflect.TypeFor[settings.Environment](), "", preset),
			},
		},
	}
	return []byte(root.text("") + "\n")
}

// section describes the settings of a section.
func (r *Reference) section(t reflect.Type, path string, on below) *schema {
	s := &schema{Type: []string{"object"}, AdditionalProperties: false}
	fields := settings.Fields(t)
	for i := range fields {
		f := &fields[i]
		on := on
		if t == reflect.TypeFor[settings.AdditionalWorker]() && f.Struct != t {
			on = first
		}
		child := strings.TrimPrefix(path+"."+f.Key, ".")
		own := r.setting(f, child, on)
		s.Properties = append(s.Properties, property{f.Key, own})
		if f.Alias != "" && !slices.ContainsFunc(fields, func(other settings.Field) bool { return other.Key == f.Alias }) {
			old := *own
			old.Description, old.Deprecated, old.DeprecationMessage = "The old name of "+f.Key+".", true, f.Alias+" is now called "+f.Key
			s.Properties = append(s.Properties, property{f.Alias, &old})
			s.AllOf = append(s.AllOf, refuse(&schema{Type: []string{"object"}, Required: []string{f.Key, f.Alias}}, fmt.Sprintf("%s is the old name of %s; give one of them", f.Alias, f.Key)))
		}
		switch {
		case !r.required(f, on):
		case f.Alias != "" && t != reflect.TypeFor[settings.AdditionalWorker]():
			s.AnyOf = append(s.AnyOf, &schema{Required: []string{f.Key}}, &schema{Required: []string{f.Alias}})
		default:
			s.Required = append(s.Required, f.Key)
		}
	}
	return s
}

// required says whether a setting that is left out is an error for certain.
func (r *Reference) required(f *settings.Field, on below) bool {
	name := f.Struct.Name() + "." + f.Name
	switch {
	case name == "Environment.Preset":
		return true
	case on != nothing || f.Default != "" || f.Key == "stack": // the file's name
		return false
	case slices.Contains(atLeastOne, name):
		return true
	case f.Rule == nil || f.Optional:
		return false
	case f.Type.Kind() == reflect.String:
		return f.Rule.Text("") != nil
	}
	return f.Type.Kind() == reflect.Int && f.Rule.Number(0) != nil
}

func (r *Reference) setting(f *settings.Field, path string, on below) *schema {
	t, nullable := f.Type, f.Type.Kind() == reflect.Pointer
	if nullable {
		t = t.Elem()
		if on == preset && !r.inAnyPreset(path) {
			on = nothing
		}
	}
	s := r.value(f, t, path, on)
	s.Description = strings.TrimSpace(r.comments.of(f).text + " " + takes(f) + " " + r.comments.of(f).link)
	if nullable {
		s.Type = append(s.Type, "null")
	}
	if on != first && f.Default != "" {
		s.Default = defaultValue(f, t)
	}
	return s
}

// takes says what a text must look like.
func takes(f *settings.Field) string {
	switch {
	case f.Rule == nil || f.Rule.Wanted == "" || f.Rule.Choices != nil || f.Rule.Range != nil:
		return ""
	case f.Type.Kind() == reflect.Slice || f.Type.Kind() == reflect.Map:
		return "Each is " + f.Rule.Wanted + "."
	}
	return "Takes " + f.Rule.Wanted + "."
}

func (r *Reference) value(f *settings.Field, t reflect.Type, path string, on below) *schema {
	switch {
	case path == "preset":
		return &schema{Enum: choices(config.PresetNames(), false, false)}
	case t == reflect.TypeFor[settings.Number]() || t.Kind() == reflect.Int:
		return number(f)
	case t == reflect.TypeFor[settings.Switch]() || t.Kind() == reflect.Bool:
		return &schema{Type: []string{"boolean"}}
	case t.Kind() == reflect.String:
		return text(f, f.Rule)
	case t.Kind() == reflect.Struct:
		return r.section(t, path, on)
	case t == reflect.TypeFor[settings.OneOrMore]():
		s := text(f, f.Rule)
		s.Items = text(f, f.Rule)
		s.Type = append(s.Type, "array")
		return list(f, s)
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
		return list(f, &schema{Type: []string{"array"}, Items: r.section(t.Elem(), path+"[]", nothing)})
	case t.Kind() == reflect.Slice:
		return list(f, &schema{Type: []string{"array"}, Items: text(f, f.Rule)})
	case t.Kind() == reflect.Map:
		s := &schema{Type: []string{"object"}, MaxProperties: f.Max, AdditionalProperties: mapped(f, t)}
		if f.Keys != nil {
			s.PropertyNames = text(&settings.Field{Hide: true}, f.Keys)
		}
		switch path {
		case "terraform.variables":
			s.AdditionalProperties = &schema{Enum: choices(r.exposable(), true, false)}
		case "terraform.resourceNames":
			s.PropertyNames = &schema{Enum: choices(settings.Addresses, false, false)}
		}
		return s
	}
	panic(fmt.Sprintf("%s is a %s, which the schema cannot say", path, t)) // of a declaration
}

func list(f *settings.Field, s *schema) *schema {
	s.MaxItems, s.UniqueItems = f.Max, f.Unique
	if slices.Contains(atLeastOne, f.Struct.Name()+"."+f.Name) {
		s.MinItems = 1
	}
	return s
}

// mapped describes a map's values: text, or the conditions of a policy.
func mapped(f *settings.Field, t reflect.Type) *schema {
	switch t = t.Elem(); t.Kind() {
	case reflect.Map:
		return &schema{Type: []string{"object"}, AdditionalProperties: mapped(f, t)}
	case reflect.Slice:
		return &schema{Type: []string{"array"}, Items: &schema{Type: scalars}}
	}
	return text(f, f.Rule)
}

func number(f *settings.Field) *schema {
	s := &schema{Type: []string{"integer"}}
	switch r := f.Rule; {
	case r == nil:
	case r.Choices != nil:
		s.Type, s.Enum = nil, choices(r.Choices, false, true)
	default:
		s.Minimum, s.Maximum = &r.Range[0], &r.Range[1]
		if f.Optional && r.Range[0] > 0 {
			s.Minimum, s.AnyOf = nil, []*schema{{Const: 0, ErrorMessage: "want " + numbers(f)}, {Minimum: &r.Range[0]}}
		}
	}
	return s
}

// scalars are what the loader takes for text: an account's id of digits is
// still an id.
var scalars = []string{"string", "number", "boolean"}

// numbersAndBooleans are some that YAML does not read as text.
var numbersAndBooleans = strings.Fields("0 1 9 12 123 123456789012 -1 1.5 1e3 true false")

// text describes a text by its rule. A keyword for strings says nothing of a
// number.
func text(f *settings.Field, r *settings.Rule) *schema {
	switch {
	case r == nil && f.Braces == "" && !f.Hide:
		return &schema{Type: scalars, AllOf: []*schema{{Ref: "#/$defs/literal"}}}
	case r == nil:
		return &schema{Type: scalars}
	case r.Name == "secretValue":
		return &schema{Enum: []any{""}, ErrorMessage: "want no value: a secret must never be in a file; give it as the Terraform variable"}
	case r.Choices != nil:
		return &schema{Enum: choices(r.Choices, f.Optional, false)}
	}
	s := &schema{Type: []string{"string"}}
	if f.Braces != "" || slices.ContainsFunc(numbersAndBooleans, func(value string) bool { return r.Text(value) == nil }) {
		s.Type = scalars
	}
	switch {
	case r.Expression == "" && !f.Optional:
		s.MinLength = 1
	case r.Expression == "":
	case f.Optional:
		s.Pattern, s.PatternErrorMessage = "^(?:"+r.Expression+")?$", "want "+r.Wanted+", or nothing"
	default:
		s.Pattern, s.PatternErrorMessage = "^(?:"+r.Expression+")$", "want "+r.Wanted
	}
	if f.Braces == "" {
		s.MaxLength = r.Max
	} else { // what the text becomes is only known to the loader
		s.Pattern += `|\{`
		s.AnyOf = []*schema{{MaxLength: r.Max}, {Pattern: `\{`}}
		s.AllOf = append(s.AllOf, &schema{Ref: "#/$defs/" + f.Braces})
	}
	if f.Braces == "" && !f.Hide && r.Text("{stack}") == nil {
		s.AllOf = append(s.AllOf, &schema{Ref: "#/$defs/literal"})
	}
	for _, refused := range r.Refused {
		s.AllOf = append(s.AllOf, refuse(&schema{Type: []string{"string"}, Pattern: refused.Expression}, "want "+refused.Wanted))
	}
	return s
}

// refuse is the schema's not, with which no editor shows a message of ours.
func refuse(s *schema, message string) *schema {
	return &schema{If: s, Then: &schema{Const: "", ErrorMessage: message}}
}

// definitions say what braces may be in a text, by the tag braces; literal is
// text without the tag, in which they would not be replaced.
func definitions() map[string]*schema {
	names := strings.ReplaceAll(strings.Join(config.Referable, "|"), ".", `\.`)
	wanted := "want each brace to be part of a {setting}: " + strings.Join(config.Referable, ", ")
	return map[string]*schema{
		"names":   {Pattern: `^(?:[^{}]|\{(?:` + names + `)\})*$`, PatternErrorMessage: wanted},
		"values":  {Ref: "#/$defs/names"},
		"number":  {Pattern: `^(?:[^{}]|\{(?:number|` + names + `)\})*$`, PatternErrorMessage: wanted + ", number"},
		"literal": refuse(&schema{Type: []string{"string"}, Pattern: `\{(?:number|` + names + `)\}`}, "want no {setting}: braces are not replaced here"),
	}
}

// choices lists what may be given; a text of digits may be given as a number.
func choices(all []string, empty, numbers bool) []any {
	var list []any
	for _, choice := range all {
		n, err := strconv.Atoi(choice)
		if !numbers {
			list = append(list, choice)
		}
		if err == nil {
			list = append(list, n)
		}
	}
	if empty {
		list = append(list, "")
	}
	return list
}

func defaultValue(f *settings.Field, t reflect.Type) any {
	if t.Kind() == reflect.String {
		return f.Default
	}
	var value any
	if err := yaml.Unmarshal([]byte(f.Default), &value); err != nil {
		panic(fmt.Sprintf("the default of %s.%s: %v", f.Struct, f.Name, err)) // of a declaration
	}
	return value
}
