package adopt

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
)

// State is a Terraform state, format 4, as Terraform keeps it.
type State struct {
	FormatVersion    int               `json:"version"`
	TerraformVersion string            `json:"terraform_version"`
	Serial           int               `json:"serial"`
	Lineage          string            `json:"lineage"`
	Outputs          map[string]Output `json:"outputs"`
	Resources        []*stored         `json:"resources"`
	CheckResults     json.RawMessage   `json:"check_results"`

	Shown bool `json:"-"` // it was made of what terraform show -json says
}

// Output is an output's value in a state.
type Output struct {
	Value     any             `json:"value"`
	Type      json.RawMessage `json:"type,omitempty"`
	Sensitive bool            `json:"sensitive,omitempty"`
}

// stored is a resource of a state with its instances.
type stored struct {
	Module    string      `json:"module,omitempty"`
	Mode      string      `json:"mode"`
	Type      string      `json:"type"`
	Name      string      `json:"name"`
	Each      string      `json:"each,omitempty"`
	Provider  string      `json:"provider"`
	Instances []*instance `json:"instances"`
}

type instance struct {
	IndexKey            any             `json:"index_key,omitempty"`
	Status              string          `json:"status,omitempty"`
	Deposed             string          `json:"deposed,omitempty"`
	SchemaVersion       json.Number     `json:"schema_version"`
	Attributes          map[string]any  `json:"attributes"`
	SensitiveAttributes json.RawMessage `json:"sensitive_attributes,omitempty"`
	Identity            json.RawMessage `json:"identity,omitempty"`
	IdentityVersion     json.RawMessage `json:"identity_schema_version,omitempty"`
	Private             string          `json:"private,omitempty"`
	Dependencies        []string        `json:"dependencies,omitempty"`
	CreateBefore        bool            `json:"create_before_destroy,omitempty"`
}

// ParseState reads a state, or what terraform show -json says of one. Numbers
// stay as they are written.
func ParseState(data []byte) (*State, error) {
	var head struct {
		Version          *json.Number    `json:"version"`
		FormatVersion    string          `json:"format_version"`
		EncryptedData    json.RawMessage `json:"encrypted_data"`
		Values           json.RawMessage `json:"values"`
		PlannedValues    json.RawMessage `json:"planned_values"`
		TerraformVersion string          `json:"terraform_version"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, errors.New("is not a Terraform state: it is not JSON; want the file that terraform state pull prints")
	}
	s := &State{}
	switch {
	case head.EncryptedData != nil:
		return nil, errors.New("is encrypted by OpenTofu; want the text that tofu state pull prints")
	case head.PlannedValues != nil:
		return nil, errors.New("is a plan, not a state; want the file that terraform state pull prints")
	case head.FormatVersion != "" && head.Values != nil:
		if err := s.fromShow(data); err != nil {
			return nil, err
		}
	case head.Version == nil:
		return nil, errors.New("is not a Terraform state: it has no version; want the file that terraform state pull prints")
	case head.Version.String() != "4":
		return nil, fmt.Errorf("is a state of format %s, want 4; have Terraform 0.12 or newer write it again: terraform apply -refresh-only", head.Version)
	default:
		decoder := json.NewDecoder(bytes.NewReader(data))
		decoder.UseNumber()
		if err := decoder.Decode(s); err != nil {
			return nil, fmt.Errorf("is not a readable state: %w", err)
		}
	}
	return s, nil
}

// fromShow creates a state of what terraform show -json says.
func (s *State) fromShow(data []byte) error {
	shown := &tfjson.State{}
	shown.UseJSONNumber(true)
	if err := shown.UnmarshalJSON(data); err != nil {
		return fmt.Errorf("is not a readable state: %w", err)
	}
	*s = State{Shown: true, FormatVersion: 4, TerraformVersion: shown.TerraformVersion, Serial: 1, Lineage: "adopted", Outputs: map[string]Output{}}
	for name, o := range shown.Values.Outputs {
		kind, err := json.Marshal(o.Type)
		if err != nil {
			kind = nil
		}
		s.Outputs[name] = Output{o.Value, kind, o.Sensitive}
	}
	var add func(m *tfjson.StateModule)
	add = func(m *tfjson.StateModule) {
		known := map[string]*stored{}
		for _, r := range m.Resources {
			key := string(r.Mode) + "." + r.Type + "." + r.Name
			if known[key] == nil {
				known[key] = &stored{Module: m.Address, Mode: string(r.Mode), Type: r.Type, Name: r.Name, Provider: "provider[" + strconv.Quote(r.ProviderName) + "]"}
				s.Resources = append(s.Resources, known[key])
			}
			known[key].Instances = append(known[key].Instances, &instance{IndexKey: r.Index, SchemaVersion: json.Number(strconv.FormatUint(r.SchemaVersion, 10)),
				Attributes: r.AttributeValues, Deposed: r.DeposedKey})
		}
		for _, child := range m.ChildModules {
			add(child)
		}
	}
	if shown.Values.RootModule != nil {
		add(shown.Values.RootModule)
	}
	return nil
}

// Resource is one object that Terraform manages.
type Resource struct {
	Address  string // as the state has it
	Module   string // "" for the root module
	Type     string
	Name     string
	Key      string // [0], ["a"] or ""
	Provider string // provider["registry.terraform.io/hashicorp/aws"], and .alias after it
	Values   map[string]any

	siblings int // how many instances the resource has in the state
}

// at is the address that the state has it at.
func (r *Resource) at() string {
	address := r.Type + "." + r.Name + r.Key
	if r.Module != "" {
		address = r.Module + "." + address
	}
	return address
}

// Whole is the address without its key, and without the keys of its modules.
func (r *Resource) Whole() string {
	whole := r.Type + "." + r.Name
	if r.Module != "" {
		whole = withoutKeys(r.Module) + "." + whole
	}
	return whole
}

// withoutKeys removes [0] and ["a.b"] from a module's address.
func withoutKeys(module string) string {
	var b strings.Builder
	depth, quoted := 0, false
	for i, c := range module {
		switch {
		case depth > 0 && c == '"' && module[i-1] != '\\':
			quoted = !quoted
		case c == '[' && !quoted:
			depth++
		case c == ']' && !quoted:
			depth--
		case depth == 0:
			b.WriteRune(c)
		}
	}
	return b.String()
}

// managed lists what the state manages, in its order.
func (s *State) managed() []*Resource {
	var all []*Resource
	for _, r := range s.Resources {
		if r.Mode != "managed" {
			continue
		}
		current := 0
		for _, i := range r.Instances {
			if i.Deposed == "" {
				current++
			}
		}
		for _, i := range r.Instances {
			if i.Attributes == nil {
				continue
			}
			of := &Resource{Module: r.Module, Type: r.Type, Name: r.Name, Key: indexKey(i.IndexKey), Provider: r.Provider, Values: i.Attributes, siblings: current}
			of.Address = of.at()
			all = append(all, of)
		}
	}
	return all
}

// data lists the values of the state's data sources of a type.
func (s *State) data(kind string) []map[string]any {
	var all []map[string]any
	for _, r := range s.Resources {
		if r.Mode == "data" && r.Type == kind {
			for _, i := range r.Instances {
				all = append(all, i.Attributes)
			}
		}
	}
	return all
}

func indexKey(key any) string {
	switch k := key.(type) {
	case nil:
		return ""
	case string:
		return "[" + quoted(k) + "]"
	default:
		return fmt.Sprintf("[%v]", k)
	}
}

// text is an attribute that is a text, or "".
func (r *Resource) text(name string) string { return textOf(r.Values[name]) }

func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64)
	case bool:
		return strconv.FormatBool(v)
	}
	return ""
}

func (r *Resource) number(name string) int { return numberOf(r.Values[name]) }

func numberOf(v any) int {
	n, _ := strconv.Atoi(textOf(v))
	return n
}

func (r *Resource) is(name string) bool { return textOf(r.Values[name]) == "true" }

// blocks are the blocks of a type, or an attribute that is a list of objects.
func (r *Resource) blocks(name string) []map[string]any { return objects(r.Values[name]) }

func objects(v any) []map[string]any {
	var all []map[string]any
	switch v := v.(type) {
	case []any:
		for _, e := range v {
			if m, ok := e.(map[string]any); ok {
				all = append(all, m)
			}
		}
	case map[string]any:
		all = append(all, v)
	}
	return all
}

func texts(v any) []string {
	var all []string
	if list, ok := v.([]any); ok {
		for _, e := range list {
			all = append(all, textOf(e))
		}
	}
	return all
}

func (r *Resource) texts(name string) []string { return texts(r.Values[name]) }

// tag is the value of a tag, or "".
func (r *Resource) tag(key string) string {
	tags, _ := r.Values["tags"].(map[string]any)
	return textOf(tags[key])
}
