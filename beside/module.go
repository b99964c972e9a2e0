package beside

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hbollon/go-edlib"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/gocty"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// synthesized is what cdk.tf.json is called in a range.
const synthesized = "cdk.tf.json"

// module is a Terraform module, as far as its files show it.
type module struct {
	*check
	declared map[string]*declaration // by address: aws_vpc.prefect, var.region, provider.aws.west
	calls    map[string]*module      // its module blocks; nil: what is in it is not known
	blocks   []block
	renamed  map[string]string // terraform.resourceNames of the stack

	calledModule bool // it is not the stack itself
}

// declaration is where a module declares something.
type declaration struct {
	where    string // "the stack", or file and line
	repeated string // count, for_each or "": there is one
	count    int    // instances of a count that is a number; -1: not known
}

// block is a block in a file.
type block struct {
	*hcl.Block
	file     string
	override bool
}

// rootSchema has the blocks of a Terraform file, with their labels.
// https://developer.hashicorp.com/terraform/language/syntax/configuration
var rootSchema = &hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
	{Type: "resource", LabelNames: []string{"type", "name"}}, {Type: "data", LabelNames: []string{"type", "name"}},
	{Type: "ephemeral", LabelNames: []string{"type", "name"}}, {Type: "action", LabelNames: []string{"type", "name"}},
	{Type: "variable", LabelNames: []string{"name"}}, {Type: "output", LabelNames: []string{"name"}}, {Type: "module", LabelNames: []string{"name"}},
	{Type: "provider", LabelNames: []string{"name"}}, {Type: "check", LabelNames: []string{"name"}},
	{Type: "locals"}, {Type: "terraform"}, {Type: settings.Moved}, {Type: settings.Import}, {Type: settings.Removed},
}}

// check collects what is wrong.
type check struct {
	parser *hclparse.Parser
	found  []problem
	seen   map[string]bool

	modules map[string]*module // by their folders, as seen from the stack's; nil: being read
}

type problem struct {
	file string
	line int
	text string
}

func (c *check) add(r hcl.Range, format string, args ...any) {
	p := problem{r.Filename, r.Start.Line, fmt.Sprintf(format, args...)}
	if key := fmt.Sprint(p); !c.seen[key] {
		c.seen[key] = true
		c.found = append(c.found, p)
	}
}

func (c *check) err() error {
	slices.SortStableFunc(c.found, func(a, b problem) int {
		if a.file != b.file {
			return strings.Compare(a.file, b.file)
		}
		return a.line - b.line
	})
	var errs []error
	for _, p := range c.found {
		errs = append(errs, fmt.Errorf("%s:%d: %s", p.file, p.line, p.text))
	}
	return errors.Join(errs...)
}

// check checks the folder's files and the environment file's statements against
// the stack as it was synthesized; out is where Terraform runs.
func (f *folder) check(made []byte, out string) error {
	c := newCheck()
	m := c.newModule()
	m.renamed = f.ResourceNames
	m.read(synthesized, made)
	if len(c.found) > 0 {
		return c.err() // a mistake of ours
	}
	m.declare(m.blocks)
	m.blocks = nil
	m.readFiles(f.dir, filesOf(f.files, "."))
	if len(c.found) > 0 {
		return c.err() // what else is wrong may follow from it
	}
	m.declare(m.blocks)
	m.readCalls(f.dir, f.files, out, ".")
	m.checkBlocks(f.Terraform.Statements(f)...)
	return errors.Join(f.Err(), c.err())
}

func newCheck() *check {
	return &check{parser: hclparse.NewParser(), seen: map[string]bool{}, modules: map[string]*module{".": nil}}
}

func (c *check) newModule() *module {
	return &module{check: c, declared: map[string]*declaration{}, calls: map[string]*module{}}
}

// filesOf are the Terraform files of a folder among the files that are copied.
// OpenTofu reads x.tofu in place of x.tf.
func filesOf(all []file, dir string) []file {
	var files []file
	for _, f := range all {
		base := path.Base(f.name)
		tofu := strings.ReplaceAll(base, ".tf", ".tofu")
		if path.Dir(f.name) != dir || !slices.ContainsFunc([]string{".tf", ".tf.json", ".tofu", ".tofu.json"}, func(end string) bool { return strings.HasSuffix(base, end) }) ||
			tofu != base && slices.ContainsFunc(all, func(other file) bool { return other.name == path.Join(dir, tofu) }) {
			continue
		}
		files = append(files, file{name: base, data: f.data})
	}
	return files
}

func (m *module) readFiles(dir string, files []file) {
	for _, f := range files {
		m.read(filepath.Join(dir, f.name), f.data)
	}
}

// read reads a file's blocks.
func (m *module) read(name string, data []byte) {
	var parsed *hcl.File
	var diagnostics hcl.Diagnostics
	if strings.HasSuffix(name, ".json") {
		parsed, diagnostics = m.parser.ParseJSON(data, name)
	} else {
		parsed, diagnostics = m.parser.ParseHCL(data, name)
	}
	if m.refuse(diagnostics, name) {
		return
	}
	if body, ok := parsed.Body.(*hclsyntax.Body); ok && m.refuseUnknown(body) {
		return
	}
	content, _, diagnostics := parsed.Body.PartialContent(rootSchema)
	if m.refuse(diagnostics, name) {
		return
	}
	base := strings.TrimSuffix(filepath.Base(name), ".json")
	base = strings.TrimSuffix(base, filepath.Ext(base))
	for _, b := range content.Blocks {
		m.blocks = append(m.blocks, block{b, name, base == "override" || strings.HasSuffix(base, "_override")})
	}
}

// refuse reports what the parser says, the first of each line: the others follow from it.
func (m *module) refuse(diagnostics hcl.Diagnostics, name string) bool {
	lines := map[int]bool{}
	for _, d := range diagnostics {
		at := hcl.Range{Filename: name, Start: hcl.Pos{Line: 1}}
		if d.Subject != nil {
			at = *d.Subject
		}
		if d.Severity == hcl.DiagError && !lines[at.Start.Line] {
			detail, _, _ := strings.Cut(d.Detail, "\n")
			m.add(at, "not Terraform: %s: %s", d.Summary, detail)
			lines[at.Start.Line] = true
		}
	}
	return diagnostics.HasErrors()
}

// refuseUnknown reports what is no block of Terraform's, where it looks like one:
// a newer Terraform may have others.
func (m *module) refuseUnknown(body *hclsyntax.Body) bool {
	var known []string
	for _, b := range rootSchema.Blocks {
		known = append(known, b.Type)
	}
	before := len(m.found)
	for _, b := range body.Blocks {
		near := settings.Nearest(b.Type, known)
		if d := edlib.OSADamerauLevenshteinDistance(b.Type, near); d > 0 && d < 3 && b.Type != "list" {
			m.add(b.TypeRange, "%s: not a block of Terraform, did you mean %q?", b.Type, near)
		}
	}
	for name, a := range body.Attributes {
		m.add(a.NameRange, "%s: got an argument outside of a block, want it in one", name)
	}
	return len(m.found) > before
}

// address is what a block declares, or "".
func (b *block) address() string {
	switch b.Type {
	case "resource":
		return strings.Join(b.Labels, ".")
	case "data", "ephemeral", "action", "output", "module", "check":
		return b.Type + "." + strings.Join(b.Labels, ".")
	case "variable":
		return "var." + b.Labels[0]
	case "provider":
		if a := attributes(b.Body)["alias"]; a != nil {
			if v, diagnostics := a.Expr.Value(nil); !diagnostics.HasErrors() && v.Type() == cty.String && v.IsKnown() && !v.IsNull() {
				return "provider." + b.Labels[0] + "." + v.AsString()
			}
		}
		return "provider." + b.Labels[0]
	}
	return ""
}

// declare notes what blocks declare, those of override files last.
func (m *module) declare(blocks []block) {
	for _, override := range []bool{false, true} {
		for i := range blocks {
			b := &blocks[i]
			if b.override != override {
				continue
			}
			attrs := attributes(b.Body)
			if address := b.address(); address != "" {
				m.declareOne(b, address, b.DefRange, attrs)
			}
			switch b.Type {
			case "locals":
				for _, name := range names(attrs) {
					m.declareOne(b, "local."+name, attrs[name].NameRange, nil)
				}
			case "check":
				for _, inner := range blocksIn(b.Body, hcl.BlockHeaderSchema{Type: "data", LabelNames: []string{"type", "name"}}) {
					m.declareOne(b, "data."+strings.Join(inner.Labels, "."), inner.DefRange, nil)
				}
			case "terraform":
				m.declareTerraform(b)
			}
		}
	}
}

func (m *module) declareOne(b *block, address string, at hcl.Range, attrs hcl.Attributes) {
	d, known := m.declared[address]
	switch {
	case b.override && !known:
		m.add(at, "%s: got an override of something that is not in %s%s", address, m.place(), m.didYouMean(address))
		return
	case b.override:
	case known && d.where == "the stack":
		other := "another name"
		if b.Type == "provider" {
			other = "an alias"
		}
		m.add(at, "%s: the stack has it already; want %s, or a file whose name ends in _override.tf to change the stack's", address, other)
		return
	case known:
		m.add(at, "%s: declared twice, first at %s; remove one", address, d.where)
		return
	default:
		d = &declaration{where: fmt.Sprintf("%s:%d", at.Filename, at.Start.Line)}
		if at.Filename == synthesized {
			d.where = "the stack"
		}
		m.declared[address] = d
	}
	for _, meta := range []string{"count", "for_each"} {
		if a := attrs[meta]; a != nil {
			d.repeated, d.count = meta, -1
			if v, diagnostics := a.Expr.Value(nil); meta == "count" && !diagnostics.HasErrors() {
				if gocty.FromCtyValue(v, &d.count) != nil {
					d.count = -1
				}
			}
		}
	}
}

// declareTerraform refuses what a module has once and the stack has.
func (m *module) declareTerraform(b *block) {
	if b.file == synthesized || b.override {
		return
	}
	for _, inner := range blocksIn(b.Body, hcl.BlockHeaderSchema{Type: "backend", LabelNames: []string{"type"}}, hcl.BlockHeaderSchema{Type: "cloud"}, hcl.BlockHeaderSchema{Type: "required_providers"}) {
		switch {
		case m.calledModule: // of its own
		case inner.Type == "required_providers":
			m.add(inner.DefRange, "required_providers: the stack has it already, and Terraform accepts only one; put it in a file whose name ends in _override.tf, which adds to the stack's")
		default:
			m.add(inner.DefRange, "%s: the stack has it already, by terraform.backend of its environment file; set it there", inner.Type)
		}
	}
}

// readCalls reads the modules that are called, where they are on this machine.
func (m *module) readCalls(dir string, files []file, out, at string) {
	for i := range m.blocks {
		b := &m.blocks[i]
		if b.Type != "module" {
			continue
		}
		a := attributes(b.Body)["source"]
		if a == nil {
			continue
		}
		v, diagnostics := a.Expr.Value(nil)
		if diagnostics.HasErrors() || v.Type() != cty.String || !v.IsKnown() || v.IsNull() {
			continue
		}
		source := v.AsString()
		if !strings.HasPrefix(source, "./") && !strings.HasPrefix(source, "../") {
			continue // a registry's, or a repository
		}
		below := path.Join(at, source)
		if known, read := m.modules[below]; read {
			if m.calls[b.Labels[0]] = known; known == nil {
				m.add(a.Expr.Range(), "source of module.%s: got %q, a module that contains this one, and would call itself endlessly", b.Labels[0], source)
			}
			continue
		}
		sub := m.newModule()
		sub.calledModule = true
		var local []file
		if where := filepath.Join(dir, filepath.FromSlash(below)); !strings.HasPrefix(below, "..") {
			if local = filesOf(files, below); len(local) == 0 {
				m.add(a.Expr.Range(), "source of module.%s: got %q, want a folder with Terraform files: %s has none", b.Labels[0], source, where)
				continue
			}
			sub.readFiles(where, local)
		} else if local = sub.readElsewhere(filepath.Join(out, filepath.FromSlash(below))); len(local) == 0 {
			m.add(a.Expr.Range(), "source of module.%s: got %q, want a folder with Terraform files, as seen from %s, where Terraform runs: the project's own folder is ../../..", b.Labels[0], source, out)
			continue
		}
		m.modules[below] = nil // until all that it calls is read
		sub.declare(sub.blocks)
		sub.readCalls(dir, files, out, below)
		if !strings.HasPrefix(below, "..") {
			sub.checkBlocks()
		}
		m.modules[below], m.calls[b.Labels[0]] = sub, sub
	}
}

// readElsewhere reads a module outside of the folder, without a word to what is
// wrong in it.
func (m *module) readElsewhere(dir string) []file {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	modules := m.modules
	m.check = newCheck()
	m.modules = modules
	var all []file
	for _, e := range entries {
		if data, err := config.ReadRegular(filepath.Join(dir, e.Name())); err == nil {
			all = append(all, file{name: e.Name(), data: data})
		}
	}
	all = filesOf(all, ".")
	m.readFiles(dir, all)
	return all
}

// attributes are a body's arguments, in either syntax.
func attributes(body hcl.Body) hcl.Attributes {
	if native, ok := body.(*hclsyntax.Body); ok {
		all := hcl.Attributes{}
		for name, a := range native.Attributes {
			all[name] = a.AsHCLAttribute()
		}
		return all
	}
	all, _ := body.JustAttributes() // in JSON a block is an argument too
	return all
}

func blocksIn(body hcl.Body, headers ...hcl.BlockHeaderSchema) hcl.Blocks {
	content, _, _ := body.PartialContent(&hcl.BodySchema{Blocks: headers})
	return content.Blocks
}

func names[V any](m map[string]V) []string {
	var all []string
	for name := range m {
		all = append(all, name)
	}
	slices.Sort(all)
	return all
}
