// Package iamtest decides what IAM policies allow, for tests: as AWS documents
// it, without AWS. What a policy has that this package does not know is an
// error, never a guess.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
package iamtest

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// Policy is a policy document.
type Policy struct{ statements []statement }

type statement struct {
	Effect                string
	Action, NotAction     values
	Resource, NotResource values
	Principal             principals
	Condition             map[string]map[string]values
	Sid                   string
}

// values are one text or a list; a bool is its text, as in Bool and Null.
type values []string

func (v *values) UnmarshalJSON(data []byte) error {
	var read any
	if err := json.Unmarshal(data, &read); err != nil {
		return err
	}
	list, ok := read.([]any)
	if !ok {
		list = []any{read}
	}
	for _, item := range list {
		switch item.(type) {
		case string, bool:
			*v = append(*v, fmt.Sprint(item))
		default:
			return fmt.Errorf("got %s, want a text or a list of texts", data)
		}
	}
	return nil
}

// principals are "*" or lists by kind: AWS, Service, Federated.
type principals map[string]values

func (p *principals) UnmarshalJSON(data []byte) error {
	if string(data) == `"*"` {
		*p = principals{"AWS": {"*"}}
		return nil
	}
	var all map[string]values
	err := json.Unmarshal(data, &all)
	*p = all
	return err
}

// Parse reads a policy document, with its expressions resolved. An element
// that is not known here is an error.
func Parse(document any) (Policy, error) {
	text, err := json.Marshal(document)
	if err != nil {
		return Policy{}, err
	}
	var read struct {
		Version, ID string
		Statement   json.RawMessage
	}
	if err := strict(text, &read); err != nil {
		return Policy{}, err
	}
	if !strings.HasPrefix(string(read.Statement), "[") {
		read.Statement = slices.Concat([]byte("["), read.Statement, []byte("]"))
	}
	var p Policy
	if err := strict(read.Statement, &p.statements); err != nil {
		return Policy{}, err
	}
	for i, s := range p.statements {
		if s.Effect != "Allow" && s.Effect != "Deny" || len(s.Action)+len(s.NotAction) == 0 {
			return Policy{}, fmt.Errorf("statement %d: got effect %q and %d actions, want Allow or Deny, and actions", i, s.Effect, len(s.Action)+len(s.NotAction))
		}
	}
	return p, nil
}

func strict(text []byte, to any) error {
	d := json.NewDecoder(strings.NewReader(string(text)))
	d.DisallowUnknownFields()
	return d.Decode(to)
}

// Request is one call as IAM sees it.
type Request struct {
	Action    string // service:Operation
	Resource  string // an ARN; "*" where the action takes none
	Context   map[string][]string
	Principal string // who calls, for a resource's or a trust policy: an ARN, or a service such as ecs-tasks.amazonaws.com
}

// Decision is what becomes of a request.
type Decision string

// The decisions.
const (
	Allowed      Decision = "allowed"
	ImplicitDeny Decision = "not allowed by any statement"
	ExplicitDeny Decision = "denied by a statement"
)

// Policies are all that apply to a request.
type Policies struct {
	Identity []Policy // of the caller
	Boundary *Policy  // of the caller; nil: none. Without its own statement it allows nothing
	Resource []Policy // of the resource
}

// Decide is AWS's logic within one account: a denial anywhere wins; then the
// resource's policy may allow, or the caller's, as far as its boundary does.
// The boundary is not applied to what a resource's policy allows, which is so on
// AWS for a session by its own ARN only.
func (p Policies) Decide(r Request) (Decision, error) {
	allowed := func(policies []Policy, byPrincipal bool) (bool, bool, error) {
		allow, deny := false, false
		for _, policy := range policies {
			for i, s := range policy.statements {
				matches, err := s.matches(r, byPrincipal)
				if err != nil {
					return false, false, fmt.Errorf("statement %d: %w", i, err)
				}
				allow = allow || matches && s.Effect == "Allow"
				deny = deny || matches && s.Effect == "Deny"
			}
		}
		return allow, deny, nil
	}
	identity, denied, err := allowed(p.Identity, false)
	if err != nil {
		return "", err
	}
	resource, deniedThere, err := allowed(p.Resource, true)
	if err != nil {
		return "", err
	}
	if p.Boundary != nil {
		within, beyond, err := allowed([]Policy{*p.Boundary}, false)
		if err != nil {
			return "", err
		}
		identity, denied = identity && within, denied || beyond
	}
	switch {
	case denied || deniedThere:
		return ExplicitDeny, nil
	case identity || resource:
		return Allowed, nil
	}
	return ImplicitDeny, nil
}

func (s statement) matches(r Request, byPrincipal bool) (bool, error) {
	// Conditions first: an operator that is not known must not hide behind an action.
	conditions, err := s.conditions(r.Context)
	if err != nil {
		return false, err
	}
	action := func(pattern string) bool {
		return pattern == "*" || wildcard(strings.ToLower(pattern)).MatchString(strings.ToLower(r.Action))
	}
	resource := func(pattern string) bool {
		pattern, ok := substituted(pattern, r.Context)
		return ok && wildcard(pattern).MatchString(r.Resource)
	}
	if s.NotAction == nil && !slices.ContainsFunc(s.Action, action) || slices.ContainsFunc(s.NotAction, action) {
		return false, nil
	}
	switch {
	case s.NotResource != nil && slices.ContainsFunc(s.NotResource, resource),
		s.Resource != nil && !slices.ContainsFunc(s.Resource, resource): // a trust policy has neither
		return false, nil
	}
	if byPrincipal && !s.Principal.match(r.Principal) {
		return false, nil
	}
	return conditions, nil
}

// match: an account's root stands for no role here, for it leaves the decision
// to the account's own policies.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
func (p principals) match(principal string) bool {
	for _, list := range p {
		if slices.Contains(list, principal) || slices.Contains(list, "*") {
			return true
		}
	}
	return false
}

var variable = regexp.MustCompile(`\$\{([^}]+)\}`)

// substituted fills a policy's variables; one without a value matches nothing.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
func substituted(text string, context map[string][]string) (string, bool) {
	ok := true
	text = variable.ReplaceAllStringFunc(text, func(v string) string {
		name := v[2 : len(v)-1]
		if name == "*" || name == "?" || name == "$" {
			return name
		}
		value, given := lookUp(context, name)
		if !given || len(value) != 1 {
			ok = false
			return v
		}
		return value[0]
	})
	return text, ok
}

// lookUp finds a key whatever its case.
func lookUp(context map[string][]string, key string) ([]string, bool) {
	for name, value := range context {
		if strings.EqualFold(name, key) {
			return value, true
		}
	}
	return nil, false
}

// wildcard is a pattern with * and ?.
func wildcard(pattern string) *regexp.Regexp {
	quoted := regexp.QuoteMeta(pattern)
	quoted = strings.ReplaceAll(strings.ReplaceAll(quoted, `\*`, `.*`), `\?`, `.`)
	return regexp.MustCompile(`^(?s:` + quoted + `)$`)
}
