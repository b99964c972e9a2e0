package cause

import (
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/review"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// block is one in a Terraform file beside the stack, or a local of such a file.
type block struct {
	file       string
	line       int
	text       string
	attributes map[string]attribute
	refers     []string // addresses that its expressions refer to, such as local.name
}

type attribute struct {
	line   int
	text   string
	refers []string
}

// besideSchema has the blocks that a plan shows, with their labels.
var besideSchema = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
	{Type: "resource", LabelNames: []string{"type", "name"}}, {Type: "data", LabelNames: []string{"type", "name"}},
	{Type: "variable", LabelNames: []string{"name"}}, {Type: "output", LabelNames: []string{"name"}}, {Type: "module", LabelNames: []string{"name"}},
	{Type: "provider", LabelNames: []string{"name"}}, {Type: "locals"}, {Type: "terraform"},
	{Type: settings.Moved}, {Type: settings.Import}, {Type: settings.Removed},
}}

// blocksOf are the blocks of Terraform files by what they declare. Several of an
// address are one and its overrides.
func blocksOf(files map[string][]byte) map[string][]block {
	found := map[string][]block{}
	for name, data := range files {
		var parsed *hcl.File
		var diagnostics hcl.Diagnostics
		switch {
		case strings.HasSuffix(name, ".tf.json"), strings.HasSuffix(name, ".tofu.json"):
			parsed, diagnostics = hclparse.NewParser().ParseJSON(data, name)
		case strings.HasSuffix(name, ".tf"), strings.HasSuffix(name, ".tofu"):
			parsed, diagnostics = hclparse.NewParser().ParseHCL(data, name)
		default:
			continue
		}
		if diagnostics.HasErrors() {
			continue // the synthesis says so
		}
		content, _, _ := parsed.Body.PartialContent(besideSchema)
		for _, b := range content.Blocks {
			add := func(address string, one block) { found[address] = append(found[address], one) }
			one := block{file: name, line: b.DefRange.Start.Line, text: b.Type + strings.Join(b.Labels, "."), attributes: map[string]attribute{}}
			note(&one, b.Body, data)
			switch b.Type {
			case "resource":
				add(strings.Join(b.Labels, "."), one)
			case "locals":
				for local, a := range one.attributes {
					add("local."+local, block{file: name, line: a.line, text: a.text, refers: a.refers})
				}
			default:
				add(strings.Join(append([]string{b.Type}, b.Labels...), "."), one)
			}
		}
	}
	return found
}

// note notes what is in a block, blocks in it as attributes.
func note(b *block, body hcl.Body, data []byte) {
	add := func(name string, line int, text string, refers []string) {
		a, ok := b.attributes[name]
		if !ok {
			a.line = line
		}
		b.attributes[name] = attribute{a.line, a.text + "\n" + text, append(a.refers, refers...)}
		b.refers = append(b.refers, refers...)
	}
	native, ok := body.(*hclsyntax.Body)
	if !ok {
		attributes, _ := body.JustAttributes()
		for _, name := range slices.Sorted(maps.Keys(attributes)) {
			a := attributes[name]
			add(name, a.Range.Start.Line, string(a.Range.SliceBytes(data)), references(a.Expr.Variables()))
		}
	} else {
		for _, name := range slices.Sorted(maps.Keys(native.Attributes)) {
			a := native.Attributes[name]
			add(name, a.SrcRange.Start.Line, tokens(a.SrcRange.SliceBytes(data)), references(a.Expr.Variables()))
		}
		for _, inner := range native.Blocks {
			add(inner.Type, inner.DefRange().Start.Line, tokens(inner.Range().SliceBytes(data)), references(variables(inner.Body)))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b.attributes)) {
		b.text += "\n" + name + b.attributes[name].text
	}
}

// variables are the traversals in a block.
func variables(body *hclsyntax.Body) []hcl.Traversal {
	var all []hcl.Traversal
	for _, a := range body.Attributes {
		all = append(all, a.Expr.Variables()...)
	}
	for _, b := range body.Blocks {
		all = append(all, variables(b.Body)...)
	}
	return all
}

// tokens is a text without comments and the space between its tokens.
func tokens(data []byte) string {
	var text []string
	all, _ := hclsyntax.LexConfig(data, "", hcl.InitialPos)
	for _, t := range all {
		if t.Type != hclsyntax.TokenComment {
			text = append(text, string(t.Bytes))
		}
	}
	return strings.Join(text, " ")
}

// references are what traversals refer to, as addresses.
func references(traversals []hcl.Traversal) []string {
	var found []string
	for _, t := range traversals {
		names := []string{}
		for _, step := range t {
			switch s := step.(type) {
			case hcl.TraverseRoot:
				names = append(names, s.Name)
			case hcl.TraverseAttr:
				names = append(names, s.Name)
			}
		}
		n := 2
		if names[0] == "data" {
			n = 3
		}
		if names[0] == "var" {
			names[0] = "variable"
		}
		if len(names) >= n {
			found = append(found, strings.Join(names[:n], "."))
		}
	}
	return found
}

// beside are the causes in Terraform files: what was added, changed or removed there.
// known says whether such a file has the address.
func (c *Causes) besideOf(address, path string) (causes []review.Cause, known bool) {
	if strings.HasPrefix(address, "module.") {
		address, path = strings.Join(strings.SplitN(strings.SplitN(address, "[", 2)[0], ".", 3)[:2], "."), ""
	}
	address = declaration(address)
	name := root(path)
	now, was := c.blocks[address], c.blocksBefore[address]
	for _, b := range now {
		same := func(other block) bool { return other.file == b.file }
		line, text, before, found := b.line, b.text, "", false
		if a, ok := b.attributes[name]; ok {
			line, text = a.line, a.text
		} else if name != "" && c.isStacks(address) {
			continue // an override of other attributes
		}
		if i := slices.IndexFunc(was, same); i >= 0 {
			before, found = was[i].text, true
			if a, ok := was[i].attributes[name]; ok {
				before = a.text
			}
		}
		if !found || before != text || !c.compared {
			causes = append(causes, review.Cause{File: b.file, Line: line, Text: "Terraform beside the stack"})
		}
		known = true
	}
	for _, b := range was {
		if !slices.ContainsFunc(now, func(other block) bool { return other.file == b.file }) {
			known = true
			causes = append(causes, review.Cause{File: b.file, Text: "removed from Terraform beside the stack"})
		}
	}
	return causes, known
}

// besideHas says whether a Terraform file of either version has an address.
func (c *Causes) besideHas(address string) bool {
	return c.blocks[address] != nil || c.blocksBefore[address] != nil
}

// besideRefers are what a block beside the stack refers to.
func (c *Causes) besideRefers(address, path string) []string {
	var found []string
	for _, b := range c.blocks[declaration(address)] {
		if a, ok := b.attributes[root(path)]; ok {
			found = append(found, a.refers...)
		} else {
			found = append(found, b.refers...)
		}
	}
	return found
}
