package emulator

import (
	"encoding/json"
	"slices"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
)

func TestChanges(t *testing.T) {
	update := func(before, after, unknown string) string {
		return `{"address":"aws_x.a","type":"aws_x","change":{"actions":["update"],"before":` + before + `,"after":` + after + `,"after_unknown":` + unknown + `}}`
	}
	for name, tc := range map[string]struct {
		change string
		want   []string
	}{
		"nothing to do":             {`{"address":"aws_x.a","type":"aws_x","change":{"actions":["no-op"]}}`, nil},
		"a new resource":            {`{"address":"aws_x.a","type":"aws_x","change":{"actions":["create"]}}`, []string{"aws_x.a: create"}},
		"a replacement":             {`{"address":"aws_x.a","type":"aws_x","change":{"actions":["delete","create"]}}`, []string{"aws_x.a: delete, create"}},
		"a changed value":           {update(`{"n":1,"same":true}`, `{"n":2,"same":true}`, `{}`), []string{"aws_x.a: n: 1 -> 2"}},
		"two changed values":        {update(`{"n":1,"rule":[{"days":""}]}`, `{"n":2,"rule":[{"days":"7"}]}`, `{}`), []string{"aws_x.a: n: 1 -> 2", `aws_x.a: rule.days: "" -> "7"`}},
		"a value in a list":         {update(`{"rule":[{"days":""}]}`, `{"rule":[{"days":"8"}]}`, `{}`), []string{`aws_x.a: rule.days: "" -> "8"`}},
		"a value known after apply": {update(`{"rule":[{"days":""}]}`, `{"rule":[{}]}`, `{"rule":[{"days":true}]}`), []string{`aws_x.a: rule.days: "" -> (known after apply)`}},
		"a list that grows":         {update(`{"rule":[]}`, `{"rule":[{"days":"7"}]}`, `{}`), []string{`aws_x.a: rule: []interface {}{} -> []interface {}{map[string]interface {}{"days":"7"}}`}},
		"a moved resource":          {`{"address":"aws_x.b","previous_address":"aws_x.a","type":"aws_x","change":{"actions":["no-op"]}}`, []string{"aws_x.b: moved from aws_x.a"}},
	} {
		t.Run(name, func(t *testing.T) {
			rc := &tfjson.ResourceChange{}
			if err := json.Unmarshal([]byte(tc.change), rc); err != nil {
				t.Fatal(err)
			}
			if got := Changes(&tfjson.Plan{ResourceChanges: []*tfjson.ResourceChange{rc}}); !slices.Equal(got, tc.want) {
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
	if got, want := Changes(plan), []string{"output new: create"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
