package settings

import (
	"fmt"
	"reflect"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Fill gives a section that was written in Go the defaults of what it leaves out:
// a setting is left out if zero is not one of its allowed values. A
// retention of 0 days keeps logs forever and stays; a memory of 0 MiB becomes
// 1024. An optional section without any setting, as in &HealthCheck{}, has all
// its defaults, like {} in a file. Optional sections and lists are copied: what
// the caller has may be used again. It returns an error for a number or a literal
// text that its setting's rule refuses, and for what an inner section leaves out
// although it has no default; of the section itself only its construct knows.
func Fill[T any](section *T) error {
	return fill(reflect.ValueOf(section).Elem(), "", "", false, true)
}

// FillChecked is Fill of a section whose numbers and texts a loader has checked.
func FillChecked[T any](section *T) error {
	return fill(reflect.ValueOf(section).Elem(), "", "", false, false)
}

// fill gives a section defaults, those of the field that it is in first: they
// are the settings' values as YAML. An empty section has no zero that was meant.
func fill(section reflect.Value, path, around string, empty, check bool) error {
	if around != "" {
		first := reflect.New(section.Type())
		if err := yaml.Unmarshal([]byte(around), first.Interface()); err != nil {
			panic(err) // a tag of ours
		}
		for i := range section.NumField() {
			if section.Field(i).IsZero() {
				section.Field(i).Set(first.Elem().Field(i))
			}
		}
	}
	for _, f := range Fields(section.Type()) {
		if err := f.fill(f.Of(section), path, empty, check); err != nil {
			return err
		}
	}
	return nil
}

func (f *Field) fill(v reflect.Value, path string, empty, check bool) error {
	at := path + f.Name
	kind := v.Kind()
	switch {
	case kind == reflect.Pointer && v.Type().Elem().Kind() == reflect.Struct:
		if v.IsNil() {
			return nil
		}
		filled := reflect.New(v.Type().Elem())
		filled.Elem().Set(v.Elem())
		v.Set(filled)
		return fill(filled.Elem(), at+".", f.Default, filled.Elem().IsZero(), check)
	case v.Type() == reflect.TypeFor[Number]():
		if n := v.Addr().Interface().(*Number); *n == (Number{}) && f.Default != "" {
			*n = Count(number(f.Default))
		}
	case v.Type() == reflect.TypeFor[Switch]():
	case kind == reflect.Struct:
		return fill(v, path, "", empty, check)
	case kind == reflect.Slice && v.Type().Elem().Kind() == reflect.Struct && v.Len() > 0:
		v.Set(reflect.AppendSlice(reflect.Zero(v.Type()), v))
		for i := range v.Len() {
			if err := fill(v.Index(i), fmt.Sprintf("%s[%d].", at, i), "", false, check); err != nil {
				return err
			}
		}
	case v.IsZero() && f.Default != "" && (empty && !f.inBraces() || f.refusesZero(kind)):
		if err := yaml.Unmarshal([]byte(f.Default), v.Addr().Interface()); err != nil {
			v.SetString(f.Default) // text that YAML would want in quotes
		}
	case v.IsZero() && path != "" && kind != reflect.Slice && f.refusesZero(kind):
		return fmt.Errorf("%s is missing; pass %s", at, f.Rule.Wanted)
	case kind == reflect.Int && check && !v.IsZero() && f.Rule != nil:
		if err := f.Rule.Number(int(v.Int())); err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
	case kind == reflect.String && f.Rule != nil && (check || f.Rule.Choices != nil):
		if err := f.Rule.Literal(v.String()); err != nil {
			return fmt.Errorf("%s: %w", at, err)
		}
	}
	return nil
}

// Literal is Text for a template that may be empty. What braces are replaced by,
// in an expression or a file, is not known.
func (r *Rule) Literal(template string) error {
	if template == "" || strings.Contains(template, "{") {
		return nil
	}
	return r.Text(template)
}

// refusesZero says whether zero is not one of the setting's allowed values.
func (f *Field) refusesZero(kind reflect.Kind) bool {
	switch {
	case f.Optional || f.Rule == nil || f.inBraces():
		return false
	case kind == reflect.String:
		return f.Rule.Text("") != nil
	case kind == reflect.Int:
		return f.Rule.Number(0) != nil
	}
	return kind == reflect.Slice
}

// inBraces says whether the default is made of an environment file's names.
func (f *Field) inBraces() bool { return strings.Contains(f.Default, "{") && f.Braces != "" }

// Count is a number of things.
func Count(n int) Number { return Number{Value: n, given: true} }
