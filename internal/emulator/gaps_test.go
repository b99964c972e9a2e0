package emulator

import (
	"encoding/json"
	"slices"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
)

func TestChanges(t *testing.T) {
	gap := []Gap{{Type: "aws_x", Attribute: "rule.days", Read: "", Planned: "7", Reason: "test"}}
	anyValue := []Gap{{Type: "aws_x", Attribute: "rule.days", Read: "", Reason: "test"}}
	update := func(before, after, unknown string) string {
		return `{"address":"aws_x.a","type":"aws_x","change":{"actions":["update"],"before":` + before + `,"after":` + after + `,"after_unknown":` + unknown + `}}`
	}
	for name, tc := range map[string]struct {
		change string
		gaps   []Gap
		want   []string
	}{
		"nothing to do":                 {`{"address":"aws_x.a","type":"aws_x","change":{"actions":["no-op"]}}`, nil, nil},
		"a new resource":                {`{"address":"aws_x.a","type":"aws_x","change":{"actions":["create"]}}`, gap, []string{"aws_x.a: create"}},
		"a replacement":                 {`{"address":"aws_x.a","type":"aws_x","change":{"actions":["delete","create"]}}`, gap, []string{"aws_x.a: delete, create"}},
		"a changed value":               {update(`{"n":1,"same":true}`, `{"n":2,"same":true}`, `{}`), gap, []string{"aws_x.a: n: 1 -> 2"}},
		"a known gap":                   {update(`{"rule":[{"days":""}]}`, `{"rule":[{"days":"7"}]}`, `{"rule":[{}]}`), gap, nil},
		"a gap and a change beside it":  {update(`{"n":1,"rule":[{"days":""}]}`, `{"n":2,"rule":[{"days":"7"}]}`, `{}`), gap, []string{"aws_x.a: n: 1 -> 2"}},
		"a gap with another value":      {update(`{"rule":[{"days":""}]}`, `{"rule":[{"days":"8"}]}`, `{}`), gap, []string{`aws_x.a: rule.days: "" -> "8"`}},
		"a gap for every planned value": {update(`{"rule":[{"days":""}]}`, `{"rule":[{"days":"8"}]}`, `{}`), anyValue, nil},
		"a gap that was read after all": {update(`{"rule":[{"days":"6"}]}`, `{"rule":[{"days":"7"}]}`, `{}`), anyValue, []string{`aws_x.a: rule.days: "6" -> "7"`}},
		"a gap of another type": {
			`{"address":"aws_y.a","type":"aws_y","change":{"actions":["update"],"before":{"rule":[{"days":""}]},"after":{"rule":[{"days":"7"}]}}}`,
			gap, []string{`aws_y.a: rule.days: "" -> "7"`},
		},
		"a value known after apply": {update(`{"rule":[{"days":""}]}`, `{"rule":[{}]}`, `{"rule":[{"days":true}]}`), anyValue, []string{`aws_x.a: rule.days: "" -> (known after apply)`}},
		"a list that grows":         {update(`{"rule":[]}`, `{"rule":[{"days":"7"}]}`, `{}`), gap, []string{`aws_x.a: rule: []interface {}{} -> []interface {}{map[string]interface {}{"days":"7"}}`}},
		"a moved resource":          {`{"address":"aws_x.b","previous_address":"aws_x.a","type":"aws_x","change":{"actions":["no-op"]}}`, nil, []string{"aws_x.b: moved from aws_x.a"}},
	} {
		t.Run(name, func(t *testing.T) {
			rc := &tfjson.ResourceChange{}
			if err := json.Unmarshal([]byte(tc.change), rc); err != nil {
				t.Fatal(err)
			}
			if got := Changes(&tfjson.Plan{ResourceChanges: []*tfjson.ResourceChange{rc}}, tc.gaps); !slices.Equal(got, tc.want) {
				t.Errorf("got  %q\nwant %q", got, tc.want)
			}
		})
	}
}

func TestOutputChangesCount(t *testing.T) {
	plan := &tfjson.Plan{OutputChanges: map[string]*tfjson.Change{
		"same": {Actions: tfjson.Actions{tfjson.ActionNoop}},
		"new":  {Actions: tfjson.Actions{tfjson.ActionCreate}},
	}}
	if got, want := Changes(plan, Gaps), []string{"output new: create"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestEveryGapHasAReason(t *testing.T) {
	for _, g := range Gaps {
		if g.Type == "" || g.Attribute == "" || g.Reason == "" {
			t.Errorf("incomplete: %+v", g)
		}
	}
}
