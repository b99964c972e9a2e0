package review

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
)

// grant is something that a policy allows, or denies.
type grant struct {
	owner     string // Whose it is: a role's address, or that of what a policy is for.
	trust     bool   // Who may be the role.
	denies    bool
	action    string
	resource  string
	principal string
	condition string
}

// grants is what all policies of a stack allow, with the resource that says so.
type grants struct {
	all    map[grant]string
	titles map[string]string
}

// attachedPolicy stands for an action that a whole policy allows.
const attachedPolicy = "policy "

// unknownActions stands for those of a policy that is known only after the apply.
const unknownActions = "what its policy says, which is known after the apply"

// resourcePolicies are the types whose policy says who may use something, with what
// it is for.
var resourcePolicies = map[string]string{
	"aws_sqs_queue_policy": "queue_url", "aws_sns_topic_policy": "arn", "aws_kms_key_policy": "key_id", "aws_s3_bucket_policy": "bucket", "aws_ecr_repository_policy": "repository",
	"aws_secretsmanager_secret_policy": "secret_arn", "aws_sqs_queue": "", "aws_sns_topic": "", "aws_kms_key": "", "aws_s3_bucket": "", "aws_vpc_endpoint": "", "aws_secretsmanager_secret": "",
}

var policyTargets = []string{"aws_sqs_queue", "aws_sns_topic", "aws_kms_key", "aws_s3_bucket", "aws_ecr_repository", "aws_secretsmanager_secret"}

func (v *view) grants() grants {
	g := grants{map[grant]string{}, map[string]string{}}
	for _, r := range v.all {
		switch r.Type {
		case "aws_iam_role":
			g.titles[r.Address] = r.title()
			g.document(grant{owner: r.Address, trust: true}, r.values["assume_role_policy"], r.Address)
			for _, inline := range listOf(r.values["inline_policy"]) {
				g.document(grant{owner: r.Address}, at(inline, "policy"), r.Address)
			}
			for _, arn := range listOf(r.values["managed_policy_arns"]) {
				if arn := textOf(arn); arn != "" {
					g.all[grant{owner: r.Address, action: attachedPolicy + arn}] = r.Address
				}
			}
		case "aws_iam_role_policy", "aws_iam_role_policy_attachment":
			role, ok := v.find(r.values["role"], "aws_iam_role")
			owner := role.Address
			if !ok {
				owner = cmp.Or(textOf(r.values["role"]), r.Address)
				g.titles[owner] = "IAM role " + owner
			}
			if r.Type == "aws_iam_role_policy" {
				g.document(grant{owner: owner}, r.values["policy"], r.Address)
				continue
			}
			arn := textOf(r.values["policy_arn"])
			if own, ok := v.find(r.values["policy_arn"], "aws_iam_policy"); ok {
				g.document(grant{owner: owner}, own.values["policy"], own.Address)
				continue
			}
			g.all[grant{owner: owner, action: attachedPolicy + arn}] = r.Address
		case "aws_lambda_permission":
			g.titles[r.Address] = "Lambda function " + textOf(r.values["function_name"])
			if f, ok := v.find(r.values["function_name"], "aws_lambda_function"); ok {
				g.titles[r.Address] = f.title()
			}
			g.all[grant{owner: r.Address, action: textOf(r.values["action"]), principal: textOf(r.values["principal"]), condition: textOf(r.values["source_arn"])}] = r.Address
		default:
			key, ok := resourcePolicies[r.Type]
			if !ok || empty(r.values["policy"]) {
				continue
			}
			owner, title := r.Address, r.title()
			if target, ok := v.find(r.values[key], policyTargets...); ok && key != "" {
				owner, title = target.Address, target.title()
			}
			g.titles[owner] = title
			g.document(grant{owner: owner}, r.values["policy"], r.Address)
		}
	}
	return g
}

// document adds what the statements of a policy allow.
func (g grants) document(of grant, policy any, address string) {
	policy = document(policy)
	if u, ok := policy.(synthesized.Unknown); ok {
		of.action = unknownActions
		of.resource = u.Expression
		g.all[of] = address
		return
	}
	for _, s := range listOf(at(policy, "Statement")) {
		statement := of
		statement.denies = at(s, "Effect") == "Deny"
		statement.condition = conditions(at(s, "Condition"))
		actions, not := listOf(at(s, "Action")), ""
		if n := at(s, "NotAction"); n != nil {
			actions, not = listOf(n), "all but "
		}
		resources, notResource := listOf(at(s, "Resource")), ""
		if n := at(s, "NotResource"); n != nil {
			resources, notResource = listOf(n), "all but "
		}
		if len(resources) == 0 {
			resources = []any{""}
		}
		for _, principal := range principals(s) {
			for _, action := range actions {
				for _, resource := range resources {
					statement.action, statement.resource, statement.principal = not+show(action), notResource+show(resource), principal
					g.all[statement] = address
				}
			}
		}
	}
}

// conditions are a statement's in one line: aws:SourceAccount StringEquals 123456789012.
func conditions(v any) string {
	operators, _ := v.(map[string]any)
	var all []string
	for _, operator := range slices.Sorted(maps.Keys(operators)) {
		keys, _ := operators[operator].(map[string]any)
		for _, key := range slices.Sorted(maps.Keys(keys)) {
			all = append(all, key+" "+operator+" "+show(elements(listOf(keys[key]))))
		}
	}
	return strings.Join(all, " and ")
}

func principals(statement any) []string {
	p, not := at(statement, "Principal"), ""
	if n := at(statement, "NotPrincipal"); n != nil {
		p, not = n, "anybody but "
	}
	var all []string
	switch p := p.(type) {
	case map[string]any:
		for _, key := range slices.Sorted(maps.Keys(p)) {
			for _, one := range listOf(p[key]) {
				all = append(all, not+show(one))
			}
		}
	case nil:
		return []string{""}
	default:
		all = append(all, not+show(p))
	}
	return all
}

// permissions are what roles may do, who may be them, and who may use what has a policy.
func (s *facts) permissions() {
	before, after := s.before.grants(), s.after.grants()
	s.conditions(before, after)
	s.granted(after, before, true)
	s.granted(before, after, false)
	for _, r := range s.after.of("aws_iam_role") {
		was, existed := s.before.at(r.Address)
		switch old, now := textOf(was.values["permissions_boundary"]), textOf(r.values["permissions_boundary"]); {
		case existed && old != "" && now == "":
			s.about(true, r.Address, "IAM role", r.called(), "", "has no permissions boundary any more: nothing limits what its policies give", Attribute{Path: "permissions_boundary", Before: old})
		case existed && old == "" && now != "":
			s.about(false, r.Address, "IAM role", r.called(), "", "gets a permissions boundary", Attribute{Path: "permissions_boundary", After: now})
		case existed && old != now:
			s.about(true, r.Address, "IAM role", r.called(), "", "has another permissions boundary", Attribute{Path: "permissions_boundary", Before: old, After: now})
		}
	}
}

// conditions finds what is still allowed, but under another condition, and takes it out
// of both sides.
func (s *facts) conditions(before, after grants) {
	without := func(side, other grants) map[grant][]grant {
		all := map[grant][]grant{}
		for g := range side.all {
			if _, ok := other.all[g]; !ok {
				key := g
				key.condition = ""
				all[key] = append(all[key], g)
			}
		}
		return all
	}
	type change struct{ owner, principal, before, after string }
	actions, addresses := map[change][]string{}, map[change][]string{}
	changes := map[change]grant{}
	were := without(before, after)
	for key, is := range without(after, before) {
		was := were[key]
		if len(was) != 1 || len(is) != 1 {
			continue
		}
		c := change{key.owner, key.principal, was[0].condition, is[0].condition}
		changes[c] = key
		actions[c], addresses[c] = append(actions[c], key.action), append(addresses[c], after.all[is[0]])
		delete(before.all, was[0])
		delete(after.all, is[0])
	}
	for _, c := range slices.SortedFunc(maps.Keys(changes), func(a, b change) int {
		return cmp.Or(strings.Compare(a.owner, b.owner), strings.Compare(a.principal, b.principal), strings.Compare(a.before+a.after, b.before+b.after))
	}) {
		g := changes[c]
		slices.Sort(actions[c])
		what := "is allowed " + list(slices.Compact(actions[c]), 4)
		switch {
		case g.trust:
			what = "can be assumed by " + principal(g.principal)
		case g.denies:
			what = "is denied " + list(slices.Compact(actions[c]), 4)
		}
		under, widens := " under another condition", true
		switch {
		case c.before == "":
			under, widens = " only under a condition now", g.denies
		case c.after == "":
			under, widens = " without the condition that it had", !g.denies
		}
		s.line(widens, addresses[c], after.titles[g.owner]+" "+what+under, Attribute{Path: "condition", Before: c.before, After: c.after})
		s.because(g.stands(addresses[c][0]))
	}
}

// granted says what one side allows and the other does not.
func (s *facts) granted(side, other grants, gained bool) {
	type entry struct {
		grant
		actions, resources []string
		addresses          []string
	}
	same := map[string]*entry{} // by all but the action and the resource
	for g, address := range side.all {
		if _, ok := other.all[g]; ok {
			continue
		}
		if _, ok := s.after.at(address); !ok && !gained {
			if _, still := s.after.at(g.owner); !still {
				continue // It goes with its role.
			}
		}
		key := fmt.Sprint(g.owner, g.trust, g.denies, g.principal, g.condition, g.resource)
		if same[key] == nil {
			same[key] = &entry{grant: g}
		}
		e := same[key]
		if e.actions = append(e.actions, g.action); !slices.Contains(e.addresses, address) {
			e.addresses = append(e.addresses, address)
		}
	}
	// Statements with the same actions on several resources are one.
	merged := map[string]*entry{}
	for _, key := range slices.Sorted(maps.Keys(same)) {
		e := same[key]
		slices.Sort(e.actions)
		at := fmt.Sprint(e.owner, e.trust, e.denies, e.principal, e.condition, e.actions)
		if merged[at] == nil {
			merged[at] = e
		}
		m := merged[at]
		if e.resource != "" {
			m.resources = append(m.resources, e.resource)
		}
		m.addresses = append(m.addresses, e.addresses...)
	}
	byOwner := map[string][]*entry{}
	for _, at := range slices.Sorted(maps.Keys(merged)) {
		byOwner[merged[at].owner] = append(byOwner[merged[at].owner], merged[at])
	}
	for _, owner := range slices.Sorted(maps.Keys(byOwner)) {
		title := side.titles[owner]
		owned, _ := s.after.at(owner)
		if owned.Action == Create && gained && owned.Type != "aws_iam_role" {
			// What is new and serves AWS's own services alone is no news.
			byOwner[owner] = slices.DeleteFunc(byOwner[owner], func(e *entry) bool {
				return e.denies || strings.HasSuffix(e.principal, ".amazonaws.com") || strings.HasSuffix(e.principal, ":root")
			})
		}
		if owned.Type == "aws_lambda_permission" && gained && len(byOwner[owner]) > 0 && strings.HasSuffix(byOwner[owner][0].principal, ".amazonaws.com") {
			if f, ok := s.after.find(owned.values["function_name"], "aws_lambda_function"); ok && f.Action == Create {
				continue
			}
		}
		if owned.Action == Create && gained && owned.Type == "aws_iam_role" {
			// A new role: one line.
			var attributes []Attribute
			var addresses, may, trusted []string
			for _, e := range byOwner[owner] {
				attributes, addresses = append(attributes, attribute(e.grant, e.actions, e.resources, true)), append(addresses, e.addresses...)
				switch {
				case e.trust:
					trusted = append(trusted, principal(e.principal))
				case !e.denies:
					may = append(may, e.actions...)
				}
			}
			slices.Sort(may)
			may = slices.Compact(may)
			text := "the new " + title
			if len(may) > 0 {
				text += " is allowed " + list(may, 6)
			}
			if len(trusted) > 0 {
				if len(may) > 0 {
					text += "; " + list(trusted, 3) + " can assume it"
				} else {
					text += " can be assumed by " + list(trusted, 3)
				}
			}
			if len(may)+len(trusted) > 0 {
				s.line(true, append(addresses, owner), text, attributes...)
			}
			continue
		}
		for _, e := range byOwner[owner] {
			s.line(gained != e.denies, e.addresses, e.words(title, e.actions, e.resources, gained), attribute(e.grant, e.actions, e.resources, gained))
			s.because(e.stands(e.addresses[0]))
		}
	}
}

// stands is the attribute in which a grant stands, "" where it is the resource.
func (g grant) stands(address string) string {
	switch {
	case g.trust:
		return "assume_role_policy"
	case strings.HasPrefix(address, "aws_iam_role_policy_attachment."), strings.HasPrefix(address, "aws_lambda_permission."), strings.HasPrefix(address, "aws_iam_role."):
		return ""
	}
	return "policy"
}

// words says what is allowed now, or no longer.
func (g grant) words(title string, actions, resources []string, gained bool) string {
	now := map[bool]string{true: "now ", false: "no longer "}[gained]
	if g.trust {
		text := title + " can " + now + "be assumed by " + principal(g.principal)
		if g.condition != "" {
			text += " under a condition"
		}
		return text
	}
	who, verb := title, " is "+now+"allowed "
	if g.principal != "" {
		who = principal(g.principal)
	}
	if g.denies {
		verb = " is " + now + "denied "
	}
	text := who + verb + list(actions, 6)
	switch {
	case strings.HasPrefix(actions[0], attachedPolicy):
		text = title + map[bool]string{true: " gets ", false: " loses "}[gained] + "the managed " + list(actions, 4)
	case slices.Contains(actions, unknownActions):
		return title + " gets a policy that is known only after the apply"
	case slices.Contains(actions, "*"):
		text = who + verb + "everything"
	}
	switch {
	case len(resources) == 0:
	case slices.Contains(resources, "*") && g.principal == "":
		text += " on every resource (*)"
	case slices.Contains(resources, "*"):
	default:
		text += " on " + list(resources, 2)
	}
	if g.principal != "" {
		text += " in " + title
	}
	if g.condition != "" {
		text += ", under a condition"
	}
	return text
}

func principal(p string) string {
	switch {
	case p == "*":
		return "anybody in AWS (*)"
	case p == "":
		return "somebody"
	}
	return p
}

func list(all []string, most int) string {
	if len(all) > most+1 {
		return strings.Join(all[:most], ", ") + fmt.Sprintf(" and %d more", len(all)-most)
	}
	return strings.Join(all, ", ")
}

// attribute is all of what is allowed.
func attribute(g grant, actions, resources []string, gained bool) Attribute {
	text := strings.Join(actions, ", ")
	if len(resources) > 0 {
		text += " on " + strings.Join(resources, ", ")
	}
	if g.condition != "" {
		text += " if " + g.condition
	}
	path := "allows"
	switch {
	case g.trust:
		path, text = "trusts", g.principal+strings.TrimPrefix(text, strings.Join(actions, ", "))
	case g.denies:
		path = "denies"
	case g.principal != "":
		path += " " + g.principal
	}
	if gained {
		return Attribute{Path: path, After: text}
	}
	return Attribute{Path: path, Before: text}
}
