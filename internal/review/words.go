package review

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// words says in one sentence what happens to a resource, or to so many that one
// declaration makes.
func words(c ResourceChange, n int) string {
	if c.Type == "" {
		return around1(c)
	}
	k := kindOf(c.Type)
	what, is := k.singular(), "is"
	if n > 1 {
		what, is = c.several(n), "are"
	} else if name := c.name(); name != "" {
		what += " " + name
	} else if label := c.label(); label != "" && label != "this" {
		what += " " + strings.ReplaceAll(label, "_", " ") + instance(c.Address)
	}
	its := func(meaning string) string {
		if meaning == "" {
			return ""
		}
		if n > 1 {
			meaning = strings.NewReplacer("its ", "their ", " one in use", " those in use", "used it ", "used them ", "use it ", "use them ", "through it", "through them", " in it", " in them").Replace(meaning)
		}
		return ": " + meaning
	}
	switch c.Action {
	case Create:
		if c.Previous != "" && n == 1 {
			return sentence(what + " is created, or moved from " + c.Previous + " if the state has that")
		}
		return sentence(what + " " + is + " created")
	case Destroy:
		return sentence(what + " " + is + " destroyed" + its(destroys(c, k)))
	case Forget:
		return sentence(what + " leaves the state and stays in AWS: Terraform no longer manages it")
	case Import:
		text := what + " " + is + " imported: Terraform takes over what exists already"
		if n == 1 && c.ImportID != "" {
			text += ", " + c.ImportID
		}
		if len(c.Attributes) > 0 {
			text += ", and changes " + changed(c.Attributes)
		}
		return sentence(text)
	case Move:
		text := what + " " + is + " moved in the state"
		if n == 1 {
			text += " from " + c.Previous
		}
		return sentence(text + "; nothing happens in AWS")
	case Replace:
		if c.Type == "aws_ecs_task_definition" {
			return sentence(what + " gets a new revision: " + changed(c.Attributes))
		}
		text := sentence(what + " " + is + " replaced" + forcing(c.Attributes, n))
		if meaning := strings.TrimPrefix(its(k.replaces), ": "); meaning != "" {
			text += " " + sentence(meaning)
		}
		return text
	}
	verb := "changes"
	if n > 1 {
		verb = "change"
	}
	text := what + " " + verb + ": " + changed(c.Attributes)
	if c.Type == "aws_cloudwatch_dashboard" {
		text = what + map[bool]string{true: " are updated", false: " is updated"}[n > 1]
	}
	if c.Previous != "" && n == 1 {
		text += "; its address was " + c.Previous
	}
	return sentence(text)
}

// several is what a reader calls so many of one declaration.
func (c ResourceChange) several(n int) string {
	what := fmt.Sprintf("%d %s", n, kindOf(c.Type).plural())
	if label := c.label(); label != "" {
		what += " (" + strings.ReplaceAll(label, "_", " ") + ")"
	}
	return what
}

func instance(address string) string { return strings.TrimPrefix(address, base(address)) }

// destroys is what a destruction means for this one.
func destroys(c ResourceChange, k kind) string {
	if c.Protected {
		return "Terraform refuses to (prevent_destroy), so the apply stops here"
	}
	switch c.Type {
	case "aws_secretsmanager_secret":
		switch days := textOf(at(c.before, "recovery_window_in_days")); days {
		case "0":
			return "its value is lost at once (recovery_window_in_days is 0)"
		case "":
			return "its value can be restored for 30 days, then it is lost"
		default:
			return "its value can be restored for " + days + " days, then it is lost"
		}
	case "aws_ecr_repository":
		if textOf(at(c.before, "force_delete")) != "true" {
			return "AWS refuses while there are images in it"
		}
	case "aws_s3_bucket":
		if textOf(at(c.before, "force_destroy")) == "true" {
			return "its objects are deleted"
		}
	case "aws_kms_key":
		if days := textOf(at(c.before, "deletion_window_in_days")); days != "" {
			return "after " + days + " days what it encrypts can no longer be read"
		}
	}
	return k.destroys
}

// forcing says which changes are the reason for a replacement.
func forcing(all []Attribute, n int) string {
	var forcing []Attribute
	var follows []string
	for _, a := range all {
		if !a.Replaces {
			continue
		}
		if _, of, ok := strings.Cut(a.short(), " names the new "); ok {
			if !slices.Contains(follows, of) {
				follows = append(follows, of)
			}
			continue
		}
		forcing = append(forcing, a)
	}
	switch {
	case len(forcing) == 0 && len(follows) == 0:
		return ""
	case len(forcing) == 0:
		return " because " + strings.Join(follows, " and ") + map[bool]string{true: " is", false: " are"}[len(follows) == 1] + ", on which it depends"
	}
	if len(forcing) == 1 {
		its := map[bool]string{true: "its ", false: "their "}[n == 1]
		text := " because " + its + forcing[0].name() + " changes"
		return text + with(strings.TrimPrefix(strings.TrimPrefix(forcing[0].short(), forcing[0].name()), " "))
	}
	return " because these change: " + changed(forcing)
}

// shown is how many changes a sentence has; the line's attributes have all.
const shown = 3

// changed says what changes in a few words, the most telling first.
func changed(all []Attribute) string {
	var parts []string
	if rest := slices.DeleteFunc(slices.Clone(all), Attribute.isTag); len(rest) > 0 {
		all = rest
	}
	for _, telling := range []bool{true, false} {
		for _, a := range all {
			if name := a.name(); slices.Contains(first, name[strings.LastIndex(name, " ")+1:]) == telling {
				if part := a.short(); !slices.Contains(parts, part) {
					parts = append(parts, part)
				}
			}
		}
	}
	if len(parts) > shown+1 {
		parts = append(parts[:shown], fmt.Sprintf("and %d more", len(parts)-shown))
	}
	return strings.Join(parts, ", ")
}

// first is what a reader asks about first.
var first = []string{"image", "cpu", "memory", "desired_count", "name"}

var inContainer = regexp.MustCompile(`^container_definitions\[[^\]]*\]\.(.+)$`)

var wholeContainer = regexp.MustCompile(`^container_definitions\[([^\]]*)\]$`)

// root is the resource's attribute that this one is in.
func (a Attribute) root() string {
	if end := strings.IndexAny(a.Path, ".["); end >= 0 {
		return a.Path[:end]
	}
	return a.Path
}

// isTag says whether an attribute is a tag.
func (a Attribute) isTag() bool {
	return a.Path == "tags" || a.Path == "tags_all" || strings.HasPrefix(a.Path, "tags.") || strings.HasPrefix(a.Path, "tags_all.")
}

// onlyTags says whether nothing but tags changes.
func onlyTags(all []Attribute) bool {
	return len(all) > 0 && !slices.ContainsFunc(all, func(a Attribute) bool { return !a.isTag() })
}

// name is an attribute's path as a sentence has it.
func (a Attribute) name() string {
	if m := inContainer.FindStringSubmatch(a.Path); m != nil {
		return m[1]
	}
	if _, key, ok := strings.Cut(a.Path, "."); ok && a.isTag() {
		return "tag " + key
	}
	return a.Path
}

// short is an attribute's change in a few words.
func (a Attribute) short() string {
	name, before, after := a.name(), cut(a.Before), cut(a.After)
	if m := wholeContainer.FindStringSubmatch(a.Path); m != nil {
		switch {
		case a.Before == "":
			return "container " + m[1] + " is new"
		case a.After == "":
			return "container " + m[1] + " is gone"
		}
	}
	switch {
	case a.After == KnownAfterApply && strings.HasPrefix(a.Before, "aws_"):
		return name + " names the new " + a.Before[:strings.LastIndex(a.Before, ".")]
	case before != a.Before || after != a.After, a.After == KnownAfterApply, a.After == Sensitive:
		return name
	case a.Before == "":
		return name + " " + a.After
	case a.After == "":
		return name + " " + a.Before + " removed"
	}
	return name + " " + a.Before + " → " + a.After
}

// told says whether a sentence has all of a change.
func (a Attribute) told(sentence string) bool {
	short := a.short()
	if a.Before != "" && a.After != "" && strings.Contains(sentence, a.Before+" → "+a.After) {
		return true
	}
	if strings.HasPrefix(a.Path, "dashboard_body") {
		return true // It is what a dashboard shows, at length.
	}
	return (short != a.name() || a.After == KnownAfterApply || a.After == Sensitive) && strings.Contains(sentence, short)
}

// longest is the longest value that a sentence has.
const longest = 70

func cut(text string) string {
	if len(text) > longest || strings.Contains(text, "\n") {
		return ""
	}
	return text
}

// around1 is the sentence of a variable, an output or a setting of Terraform's.
func around1(c ResourceChange) string {
	prefix, name, _ := strings.Cut(c.Address, ".")
	value := func(of map[string]any) string {
		if text := cut(show(of["value"])); text != "" && text != KnownAfterApply {
			return text
		}
		return ""
	}
	before, after := value(c.before), value(c.after)
	if before == "" && !empty(c.before["value"]) || after == "" && !empty(c.after["value"]) {
		before, after = "", "" // Too long for a sentence: the attribute has it.
	}
	switch prefix {
	case "variable":
		switch {
		case c.Action == Create && c.after["value"] == nil:
			return "Variable " + name + " is new and has no default: every plan must set it."
		case c.Action == Create:
			return sentence("variable " + name + " is new" + with(after))
		case c.Action == Destroy:
			return "Variable " + name + " is gone: setting it now causes a warning or an error."
		}
		return sentence("variable " + name + " has another default" + with(arrow(before, after)))
	case "module":
		verb := map[Action]string{Create: "is new", Destroy: "is gone"}[c.Action]
		if verb == "" {
			verb = "changes: " + changed(c.Attributes)
		}
		return "Module " + name + " " + verb + ". Only a plan shows what is in it."
	case "output":
		switch c.Action {
		case Create:
			return sentence("output " + name + " is new")
		case Destroy:
			return sentence("output " + name + " is gone: whatever reads it no longer finds it")
		}
		return sentence("output " + name + " changes" + with(arrow(before, after)))
	}
	switch {
	case name == "backend":
		return "The backend changes: " + changed(c.Attributes) + ". Before the next plan, run terraform init -migrate-state in the stack's folder."
	case name == "required_version":
		return sentence("the stack needs another Terraform: " + arrow(before, after))
	case strings.HasPrefix(name, "required_providers"):
		return sentence("the stack needs other providers: " + changed(c.Attributes))
	case c.region() != nil:
		r := c.region()
		return fmt.Sprintf("The region changes: %s → %s. Nothing moves there: every resource is created again, and what is in %s is destroyed by AWS provider 6, or left behind by an older one.", r.Before, r.After, r.Before)
	case c.Action == Update && !slices.ContainsFunc(c.Attributes, func(a Attribute) bool { return !strings.HasPrefix(a.Path, "default_tags.tags.") }):
		return "Every resource's tags change: " + strings.ReplaceAll(changed(c.Attributes), "default_tags.tags.", "") + "."
	case c.Action == Update:
		return sentence("provider " + strings.TrimPrefix(name, "provider.") + " changes: " + changed(c.Attributes))
	}
	return sentence(name + ": " + changed(c.Attributes))
}

// region is the change of the region that the stack is in, nil for none.
func (c ResourceChange) region() *Attribute {
	if c.Address != "terraform.provider.aws" || c.Action != Update {
		return nil
	}
	i := slices.IndexFunc(c.Attributes, func(a Attribute) bool { return a.Path == "region" && a.Before != "" && a.After != "" })
	if i < 0 {
		return nil
	}
	return &c.Attributes[i]
}

func with(text string) string {
	if text == "" {
		return ""
	}
	return ": " + text
}

func arrow(before, after string) string {
	if before == "" && after == "" {
		return ""
	}
	return cmp.Or(before, "none") + " → " + cmp.Or(after, "none")
}
