package reference

import (
	"bytes"
	"cmp"
	"fmt"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

const introduction = `<!-- Written by make generate from package settings: change the comments and tags there. -->
# Settings

A file in ` + "`environments/`" + ` is one stack. Its ` + "`kind`" + ` says which of the tables below apply.

- **Presets.** A worker's file names a ` + "`preset`" + ` and overrides what differs: a mapping adds to the preset's, a list replaces it. The column
  *default* says what a setting is without a preset, then what each preset sets it to; the whole presets are in [config/presets](../config/presets).
- **null.** A section that may be ` + "`null`" + ` is off unless a file has it; ` + "`{}`" + ` turns it on with its defaults. ` + "`null`" + ` turns off a section of the preset.
- **Braces.** Where *{…}* is allowed, %s are replaced by those settings' values; the limits apply to the result.
- **Text.** Where text is expected, numbers and booleans are accepted as text, so an account's ID needs no quotes.
- **Variables.** *Variable* marks what ` + "`terraform.variables`" + ` can turn into a Terraform variable.

Editors that know [settings/schema.json](../settings/schema.json) complete and check all this while you type.
`

// page is docs/settings.md while it is written.
type page struct {
	*Reference
	contents, body bytes.Buffer
	anchors        map[string]int    // how often a heading has been written
	links          map[string]string // path of a section → its anchor
	kind           string
}

// Page describes every setting in Markdown.
func (r *Reference) Page() []byte {
	p := &page{Reference: r, anchors: map[string]int{}}
	for _, k := range kinds {
		p.kind, p.links = k.name, map[string]string{}
		fmt.Fprintf(&p.contents, "\n**[kind: %s](#%s)**\n", k.name, p.heading("##", "kind: "+k.name))
		on := nothing
		if k.name == settings.KindWorker {
			on = preset
		}
		p.section(&section{t: k.settings, on: on})
		fmt.Fprintln(&p.contents)
		body := linked.ReplaceAllStringFunc(p.body.String(), func(link string) string {
			path := link[3 : len(link)-1]
			return "(#" + cmp.Or(p.links[path], p.links[strings.TrimPrefix(path, "additionalWorkers[].")]) + ")"
		})
		p.body.Reset()
		p.body.WriteString(body)
	}
	var names []string
	for _, name := range config.Referable {
		names = append(names, "`{"+name+"}`")
	}
	return slices.Concat(fmt.Appendf(nil, introduction, and(names, "")), p.contents.Bytes(), p.body.Bytes())
}

// linked is a link to a section that may not have been written yet.
var linked = regexp.MustCompile(`\(\?#[^)]*\)`)

// heading writes a heading and returns the anchor that GitHub gives it.
func (p *page) heading(level, text string) string {
	fmt.Fprintf(&p.body, "\n%s %s\n\n", level, markdown(text))
	anchor := strings.ReplaceAll(regexp.MustCompile(`[^a-z0-9 _-]`).ReplaceAllString(strings.ToLower(text), ""), " ", "-")
	n := p.anchors[anchor]
	if p.anchors[anchor]++; n > 0 {
		anchor = fmt.Sprintf("%s-%d", anchor, n)
	}
	return anchor
}

// list adds a section to the contents, one line for each at the top.
func (p *page) list(path, anchor string) {
	top, inner, nested := strings.Cut(path, ".")
	if !nested {
		fmt.Fprintf(&p.contents, "\n- [%s](#%s)", markdown(top), anchor)
		return
	}
	fmt.Fprintf(&p.contents, ", [%s](#%s)", markdown(inner), anchor)
}

// section is a section to be written; those beside it of the same type are
// written with it.
type section struct {
	t        reflect.Type
	path     string
	alike    []string
	on       below
	defaults *settings.Field // the setting whose default has those of the section
}

func (p *page) section(s *section) {
	if s.path != "" {
		anchor := p.heading("###", s.path)
		p.list(s.path, anchor)
		for _, path := range append([]string{s.path}, s.alike...) {
			p.links[path] = anchor
		}
	}
	doc := p.comments[s.t.Name()]
	fmt.Fprintln(&p.body, strings.TrimSpace(prose(doc.text)+source(doc.link)))
	if len(s.alike) > 0 {
		fmt.Fprintf(&p.body, "\nThe same settings are in `%s`.\n", and(s.alike, "`"))
	}
	p.made(s.path)
	fmt.Fprint(&p.body, "\n| setting | value | default | meaning |\n|---|---|---|---|\n")
	fields := slices.DeleteFunc(slices.Clone(settings.Fields(s.t)), func(f settings.Field) bool {
		return s.t == reflect.TypeFor[settings.AdditionalWorker]() && f.Struct == reflect.TypeFor[settings.Worker]()
	})
	var inner []*section
	for i := range fields {
		f := &fields[i]
		path := strings.TrimPrefix(s.path+"."+f.Key, ".")
		in := &section{t: f.Type, path: path, on: s.on}
		if in.t.Kind() == reflect.Pointer {
			in.t = in.t.Elem()
			if f.Default != "" {
				in.defaults = f
			}
			if s.on == preset && !p.inAnyPreset(path) {
				in.on = nothing
			}
		}
		if in.t.Kind() == reflect.Slice {
			in.t, in.path, in.on = in.t.Elem(), path+"[]", nothing
		}
		isSection := in.t.Kind() == reflect.Struct && len(settings.Fields(in.t)) > 0
		p.row(f, path, s, isSection)
		if !isSection {
			continue
		}
		if f.Struct == reflect.TypeFor[settings.Identity]() { // the stack's section has the same settings
			continue
		}
		if same := slices.IndexFunc(inner, func(other *section) bool { return other.t == in.t }); same >= 0 {
			inner[same].alike = append(inner[same].alike, in.path)
			continue
		}
		inner = append(inner, in)
	}
	for _, in := range inner {
		p.section(in)
	}
}

// made lists what a section creates.
func (p *page) made(section string) {
	for _, r := range settings.Made[p.kind] {
		if r.Section != strings.TrimSuffix(section, "[]") {
			continue
		}
		fmt.Fprint(&p.body, "\nCreates")
		if len(r.Addresses) > 0 {
			fmt.Fprintf(&p.body, " %s", code(r.Addresses))
		}
		if len(r.Addresses) > 0 && len(r.PerWorker) > 0 {
			fmt.Fprint(&p.body, ";")
		}
		if len(r.PerWorker) > 0 {
			fmt.Fprintf(&p.body, " for each worker %s", code(r.PerWorker))
		}
		fmt.Fprintln(&p.body, ".")
	}
}

func (p *page) row(f *settings.Field, path string, in *section, isSection bool) {
	doc := p.comments.of(f)
	meaning := prose(doc.text) + source(doc.link)
	if f.Alias != "" {
		meaning += fmt.Sprintf(" Called `%s` before.", f.Alias)
	}
	if f.Variable != "" {
		meaning += " *Variable.*"
	}
	fmt.Fprintf(&p.body, "| `%s` | %s | %s | %s |\n", path, p.values(f, path), p.defaults(f, path, in, isSection), meaning)
}

// values says what a setting may be.
func (p *page) values(f *settings.Field, path string) string {
	t, or := f.Type, ""
	if t.Kind() == reflect.Pointer {
		t, or = t.Elem(), ", or `null`"
	}
	switch {
	case path == "preset":
		return code(config.PresetNames())
	case t == reflect.TypeFor[settings.Switch]() || t.Kind() == reflect.Bool:
		return "`true`, `false`" + or
	case t == reflect.TypeFor[settings.Number]() || t.Kind() == reflect.Int:
		return numbers(f) + or
	case t == reflect.TypeFor[settings.OneOrMore]():
		return "text, or a list; each " + texts(f, f.Rule) + elements(f)
	case t.Kind() == reflect.String:
		return texts(f, f.Rule) + or
	case t.Kind() == reflect.Struct:
		return "[mapping](?#" + path + ")" + or
	case t.Kind() == reflect.Slice && t.Elem().Kind() == reflect.Struct:
		return "[list of mappings](?#" + path + "[])"
	case t.Kind() == reflect.Slice && f.Rule != nil && f.Rule.Choices != nil:
		return "list of " + texts(f, f.Rule) + elements(f)
	case t.Kind() == reflect.Slice:
		return "list; each " + texts(f, f.Rule) + elements(f)
	}
	keys, value := "", texts(f, f.Rule)
	if f.Keys != nil {
		keys = "keys: " + texts(&settings.Field{}, f.Keys) + "; "
	}
	switch {
	case path == "terraform.variables":
		value = "a setting marked *variable*, or empty"
	case path == "terraform.resourceNames":
		keys = "keys: an address that a section creates; "
	case t.Elem().Kind() == reflect.Map:
		value = "condition keys, each with a list of text"
	}
	return "mapping; " + keys + "values: " + value + elements(f)
}

func elements(f *settings.Field) string {
	more := ""
	if f.Unique {
		more += "; none twice"
	}
	if f.Max > 0 {
		more += fmt.Sprintf("; at most %d", f.Max)
	}
	return more
}

func numbers(f *settings.Field) string {
	switch r := f.Rule; {
	case r == nil:
		return "whole number"
	case r.Choices != nil:
		return code(r.Choices)
	case f.Optional && r.Range[0] > 0:
		return fmt.Sprintf("0, or %d to %d", r.Range[0], r.Range[1])
	default:
		return fmt.Sprintf("%d to %d", r.Range[0], r.Range[1])
	}
}

func texts(f *settings.Field, r *settings.Rule) string {
	text := "text"
	switch {
	case r == nil:
	case r.Choices != nil:
		text = code(r.Choices)
	case r.Name == "secretValue":
		return "empty"
	default:
		text = prose(r.Wanted)
		if bounded := regexp.MustCompile(`such as|arn:|[0-9]`).MatchString(r.Wanted); r.Max > 0 && !bounded {
			text += fmt.Sprintf("; at most %d characters", r.Max)
		}
	}
	if f.Region {
		text += "; of the stack's region"
	}
	if f.Optional {
		text += ", or empty"
	}
	if f.Braces != "" {
		text += " *{…}*"
	}
	return text
}

func code(all []string) string { return "`" + strings.Join(all, "`, `") + "`" }

// defaults says what a setting is when it is left out: by itself, then with
// each preset that gives another value.
func (p *page) defaults(f *settings.Field, path string, in *section, isSection bool) string {
	own := p.withoutPreset(f, path, in, isSection)
	var values []string // that presets give
	givenBy, given := map[string][]string{}, 0
	for _, name := range config.PresetNames() {
		node := p.inPreset(name, path)
		if p.kind != settings.KindWorker || node == nil || path == "preset" || isSection && f.Type.Kind() == reflect.Struct {
			continue
		}
		value := "on"
		if !isSection || f.Type.Kind() == reflect.Slice {
			value = short(node)
		}
		if value == own {
			continue
		}
		if givenBy[value] == nil {
			values = append(values, value)
		}
		givenBy[value], given = append(givenBy[value], name), given+1
	}
	var parts []string
	if own != "" && given < len(config.PresetNames()) {
		parts = append(parts, own)
	}
	for _, value := range values {
		switch by := givenBy[value]; {
		case len(by) == len(config.PresetNames()):
			parts = append(parts, value)
		case value == "on":
			parts = append(parts, "on in "+and(by, ""))
		default:
			parts = append(parts, strings.Join(by, ", ")+": "+value)
		}
	}
	return strings.Join(parts, "; ")
}

// withoutPreset is what a setting is without a preset; "" goes without saying.
func (p *page) withoutPreset(f *settings.Field, path string, in *section, isSection bool) string {
	pointer := f.Type.Kind() == reflect.Pointer
	switch {
	case p.required(f, in.on):
		return "**required**"
	case in.defaults != nil && strings.Contains(in.defaults.Default, f.Key+":"):
		return "see above"
	case pointer && f.Default != "":
		return "off; when on `" + f.Default + "`"
	case f.Default != "":
		if strings.Contains(f.Default, "|") { // which would end the cell, in code too, even after a backslash
			return "<code>" + punctuation.ReplaceAllStringFunc(f.Default, func(c string) string { return fmt.Sprintf("&#%d;", c[0]) }) + "</code>"
		}
		return "`" + f.Default + "`"
	case pointer && isSection:
		return "off"
	case path == "stack":
		return "the file's name"
	case pointer:
		return "`null`"
	case f.Type.Kind() == reflect.Bool:
		return "`false`"
	case f.Type.Kind() == reflect.Int && (f.Rule == nil || f.Optional || f.Rule.Number(0) == nil):
		return "`0`"
	case f.Type.Kind() == reflect.String && (f.Rule == nil || f.Optional), f.Type.Kind() == reflect.Slice, f.Type.Kind() == reflect.Map:
		return "empty"
	}
	return ""
}

// short shows a preset's value, or how much of it there is.
func short(node *yaml.Node) string {
	switch {
	case node.Tag == "!!null":
		return "`null`"
	case node.Kind == yaml.ScalarNode && node.Value == "":
		return "empty"
	case node.Kind == yaml.ScalarNode && len(node.Value) > 40:
		return "`" + node.Value[:39] + "…`"
	case node.Kind == yaml.ScalarNode:
		return "`" + node.Value + "`"
	case len(node.Content) == 0:
		return "empty"
	case node.Kind == yaml.MappingNode:
		return entries(len(node.Content) / 2)
	}
	var all []string
	for _, element := range node.Content {
		all = append(all, element.Value)
	}
	if flow := "[" + strings.Join(all, ", ") + "]"; node.Content[0].Kind == yaml.ScalarNode && len(flow) <= 60 {
		return "`" + flow + "`"
	}
	return entries(len(node.Content))
}

func entries(n int) string {
	if n == 1 {
		return "1 entry"
	}
	return strconv.Itoa(n) + " entries"
}

func and(all []string, quote string) string {
	if len(all) < 2 {
		return strings.Join(all, "")
	}
	return strings.Join(all[:len(all)-1], quote+", "+quote) + quote + " and " + quote + all[len(all)-1]
}

// punctuation is what Markdown or a table may take for its own.
var punctuation = regexp.MustCompile(`[\\|*_<>&~\[\]\x60]`)

var escapes = strings.NewReplacer(`|`, `\|`, `<`, `&lt;`, `*`, `\*`, `_`, `\_`, "[", `\[`, "]", `\]`, "`", "\\`")

func markdown(text string) string { return escapes.Replace(text) }

// literal is what prose shows as code.
var literal = regexp.MustCompile(strings.Join([]string{
	`docs/[a-z-]+\.md`,
	`[^\s,;]*<[A-Za-z0-9 ]+>(?:<[^>]*>|\.?[^\s,;<.])*`, // arn:aws:kms:<region>:<12 digits>:key/<id>
	`\{[A-Za-z.]*\}`,                                        // {nameTag}
	`--[a-z-]+`,                                             // --work-queue
	`\b[\w-]+(?:\.[\w-]+)+/[\w./:-]*\w`,                     // 10.0.0.0/16
	`\b[\w-]+(?:/[\w-]+)+\.[a-z]+`,                          // dev/terraform.tfstate
	`\b[a-z][\w-]+(?:\.[a-z][\w-]+)+\b`,                     // worker.type
	`\b(?:[a-z0-9]+:)+[A-Za-z]\w*`, `(?::[a-z][a-z-]+){2,}`, // s3:GetObject
	`\b\w+_\w+\b`, `\b[a-z]{2,}[A-Z]\w*\b`, // PREFECT_API_KEY, desiredCount
	`[-+=.@/#:&!$*]*_(?:[-+=.@/#:()\[\]&{}!$*,;]*[-+=.@/#:&!$*])?`, // _.:/=+@-
}, "|"))

// prose is a text in Markdown: names are code, pages are links.
func prose(text string) string {
	var b strings.Builder
	last := 0
	for _, at := range literal.FindAllStringIndex(text, -1) {
		b.WriteString(markdown(text[last:at[0]]))
		if name := text[at[0]:at[1]]; strings.HasPrefix(name, "docs/") {
			fmt.Fprintf(&b, "[%s](%s)", name, strings.TrimPrefix(name, "docs/"))
		} else {
			b.WriteString("`" + strings.ReplaceAll(name, "|", `\|`) + "`")
		}
		last = at[1]
	}
	return b.String() + markdown(text[last:])
}

// source is where a comment takes its limits from.
func source(link string) string {
	if link == "" {
		return ""
	}
	u, err := url.Parse(link)
	if err != nil {
		panic(err) // of a comment
	}
	return fmt.Sprintf(" [%s](%s)", u.Host, link)
}
