package reference

import (
	"bytes"
	"encoding/json"
	"strings"
)

// schema is a JSON Schema, as far as a file of settings needs one.
// PatternErrorMessage, ErrorMessage and DeprecationMessage are not in the
// standard: editors show them instead of an expression.
// https://github.com/redhat-developer/yaml-language-server
type schema struct {
	Schema              string             `json:"$schema,omitempty"`
	Defs                map[string]*schema `json:"$defs,omitempty"`
	Ref                 string             `json:"$ref,omitempty"`
	Title               string             `json:"title,omitempty"`
	Description         string             `json:"description,omitempty"`
	Deprecated          bool               `json:"deprecated,omitempty"`
	DeprecationMessage  string             `json:"deprecationMessage,omitempty"`
	Type                []string           `json:"-"`
	OneType             any                `json:"type,omitempty"` // Type, as text where it is one
	Default             any                `json:"default,omitempty"`
	Const               any                `json:"const,omitempty"`
	Enum                []any              `json:"enum,omitempty"`
	Minimum             *int               `json:"minimum,omitempty"`
	Maximum             *int               `json:"maximum,omitempty"`
	MinLength           int                `json:"minLength,omitempty"`
	MaxLength           int                `json:"maxLength,omitempty"`
	Pattern             string             `json:"pattern,omitempty"`
	PatternErrorMessage string             `json:"patternErrorMessage,omitempty"`
	ErrorMessage        string             `json:"errorMessage,omitempty"`
	MinItems            int                `json:"minItems,omitempty"`
	MaxItems            int                `json:"maxItems,omitempty"`
	UniqueItems         bool               `json:"uniqueItems,omitempty"`
	MaxProperties       int                `json:"maxProperties,omitempty"`
	PropertyNames       *schema            `json:"propertyNames,omitempty"`
	AnyOf               []*schema          `json:"anyOf,omitempty"`
	AllOf               []*schema          `json:"allOf,omitempty"`
	Required            []string           `json:"required,omitempty"`
	If                  *schema            `json:"if,omitempty"`
	Then                *schema            `json:"then,omitempty"`
	Else                *schema            `json:"else,omitempty"`
	Items               *schema            `json:"items,omitempty"`

	AdditionalProperties any        `json:"additionalProperties,omitempty"`
	Properties           []property `json:"-"` // in the order of the declaration
}

type property struct {
	key    string
	schema *schema
}

// MarshalJSON keeps the order of properties.
func (s *schema) MarshalJSON() ([]byte, error) { return []byte(s.text("")), nil }

// text writes a schema with one property a line: a change of one setting is a
// change of one line.
func (s *schema) text(indent string) string {
	type plain schema // without MarshalJSON
	own := plain(*s)
	own.Items, own.Then, own.Else = nil, nil, nil
	if own.OneType = s.Type; len(s.Type) == 1 {
		own.OneType = s.Type[0]
	} else if len(s.Type) == 0 {
		own.OneType = nil
	}
	var parts []string
	if members := encode(own); members != "{}" {
		parts = append(parts, members[1:len(members)-1])
	}
	for _, sub := range []property{{"items", s.Items}, {"then", s.Then}, {"else", s.Else}} {
		if sub.schema != nil {
			parts = append(parts, encode(sub.key)+":"+sub.schema.text(indent))
		}
	}
	if s.Properties != nil {
		var all []string
		for _, p := range s.Properties {
			all = append(all, "\n  "+indent+encode(p.key)+": "+p.schema.text(indent+"  "))
		}
		parts = append(parts, `"properties": {`+strings.Join(all, ",")+"\n"+indent+"}")
	}
	return "{" + strings.Join(parts, ",") + "}"
}

func encode(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		panic(err) // of a declaration
	}
	return strings.TrimSuffix(b.String(), "\n")
}
