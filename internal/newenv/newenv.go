// Package newenv writes the environment file of a new stack: short, commented,
// and such that the stack can be deployed beside the others of its folder. What
// an answer must look like it asks package config, which judges the file as it
// will be.
package newenv

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/template"

	"go.yaml.in/yaml/v3"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/program"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

//go:embed templates
var templates embed.FS

// Settings that decide more than their own value.
const (
	apiURL       = "prefect.apiUrl"
	secretARN    = "secret.arn"
	nameTag      = "nameTag"
	bucket       = "terraform.backend.s3.bucket"
	bucketRegion = "terraform.backend.s3.region"
	emails       = "monitoring.topic.emails"
	image        = "worker.image"
	repository   = "repository.name"

	none = "none" // an answer: the stack has no such thing
)

// Draft is a file that is not written yet.
type Draft struct {
	Dir, Stack, Preset string
	Questions          []Question

	LeftOut []string // files that are wrong, and are not compared with

	files   []string       // the other files
	others  *config.Config // what they are
	schema  string         // its path from the folder, or ""
	presets map[string]*yaml.Node
	answers map[string]string
	origin  map[string]string // where a default comes from that is not made here, by setting
	root    string            // the checkout
	more    []setting         // that no question is about
	before  []finding         // what is said of the file as it is; nil: not asked yet
	trial   bool              // what is missing has its question's example
}

type setting struct {
	path  string
	value yaml.Node
}

// New begins the file of a stack in a folder. root is the checkout. It refuses a
// name that is taken.
func New(root, dir, stack, preset string) (*Draft, error) {
	if stack == "" {
		return nil, errors.New("NAME: got none, want a name for the stack: make new-env NAME=etl")
	}
	if err := settings.Rules["stackName"].Text(stack); err != nil {
		return nil, fmt.Errorf("NAME: %w", err)
	}
	presets, err := config.Presets()
	if err != nil {
		return nil, err
	}
	if presets[preset] == nil {
		return nil, fmt.Errorf("PRESET: %s", settings.NotOneOf(preset, config.PresetNames()))
	}
	if err := free(dir, stack); err != nil {
		return nil, err
	}
	d := &Draft{Dir: dir, Stack: stack, Preset: preset, answers: map[string]string{}, origin: map[string]string{}, root: root, presets: map[string]*yaml.Node{}}
	for name, text := range presets {
		d.presets[name] = &yaml.Node{}
		if err := yaml.Unmarshal(text, d.presets[name]); err != nil {
			return nil, err
		}
	}
	if err := d.readOthers(); err != nil {
		return nil, err
	}
	schema := filepath.Join(root, "settings", "schema.json")
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return nil, err
	}
	if from, err := filepath.Rel(root, absolute); err == nil && filepath.IsLocal(from) {
		if d.schema, err = filepath.Rel(absolute, schema); err != nil {
			return nil, err
		}
	}
	d.Questions = d.questions()
	return d, nil
}

// readOthers reads the other files, without those that are wrong.
func (d *Draft) readOthers() (err error) {
	if d.files, err = config.Files(d.Dir); err != nil {
		return err
	}
	text := []byte("preset: " + d.Preset + "\n")
	for {
		d.others, err = config.LoadWith(d.file(), text, d.files...)
		wrong := func(name string) bool {
			return slices.ContainsFunc(flat(err), func(e error) bool { return strings.HasPrefix(e.Error(), name+":") })
		}
		if err == nil || !slices.ContainsFunc(d.files, wrong) {
			break
		}
		d.LeftOut = append(d.LeftOut, slices.DeleteFunc(slices.Clone(d.files), func(name string) bool { return !wrong(name) })...)
		d.files = slices.DeleteFunc(d.files, wrong)
	}
	if err != nil {
		return err
	}
	d.others.Environments = slices.DeleteFunc(d.others.Environments, func(e *config.Environment) bool { return e.Stack == d.Stack })
	return nil
}

// fileOf is the file of another stack.
func (d *Draft) fileOf(stack string) string {
	for _, name := range d.files {
		if strings.TrimSuffix(filepath.Base(name), filepath.Ext(name)) == stack {
			return name
		}
	}
	return stack
}

func (d *Draft) file() string { return filepath.Join(d.Dir, d.Stack+".yaml") }

// free refuses a name that is taken: by a file, or by a folder, whose Terraform
// would become a part of the stack.
func free(dir, stack string) error {
	entries, err := os.ReadDir(dir)
	if os.IsNotExist(err) {
		return fmt.Errorf("%s: no such folder; create it first: mkdir -p %[1]s", dir)
	} else if err != nil {
		return err
	}
	for _, entry := range entries {
		for _, name := range []string{stack + ".yaml", stack + ".yml", stack} {
			if strings.EqualFold(entry.Name(), name) { // stacks differ in more than case
				return fmt.Errorf("%s exists already and is not overwritten; give another name: NAME=%s-2", filepath.Join(dir, entry.Name()), stack)
			}
		}
	}
	return nil
}

// Set takes a value for a setting, by its path as docs/settings.md has it. A
// value for a setting that no question is about is YAML.
func (d *Draft) Set(path, value string) error {
	d.before = nil
	if d.question(path) != nil {
		d.answers[path] = value
		return nil
	}
	s := setting{path: path}
	var document yaml.Node
	if err := yaml.Unmarshal([]byte(value), &document); err != nil || len(document.Content) != 1 {
		return fmt.Errorf("SET: %s: got %s, want a value in YAML", path, settings.Got(value))
	}
	s.value = *document.Content[0]
	d.more = append(d.more, s)
	return nil
}

// Answered says whether a question has its answer.
func (d *Draft) Answered(q *Question) bool { _, ok := d.answers[q.Setting]; return ok }

func (d *Draft) question(path string) *Question {
	at := slices.IndexFunc(d.Questions, func(q Question) bool { return q.Setting == path })
	if at < 0 {
		return nil
	}
	return &d.Questions[at]
}

// answer is what was answered or, while it was not, the default. missing is true
// where there is neither.
func (d *Draft) answer(path string) (answer string, missing bool) {
	if answer, ok := d.answers[path]; ok {
		return answer, false
	}
	q := d.question(path)
	if q == nil {
		return "", false
	}
	answer = q.Default(d)
	missing = answer == "" && !q.Optional
	if missing && d.trial {
		return q.Example, false
	}
	return answer, missing
}

// Missing are the questions that have neither an answer nor a default.
func (d *Draft) Missing() []*Question {
	var all []*Question
	for i := range d.Questions {
		if _, missing := d.answer(d.Questions[i].Setting); missing {
			all = append(all, &d.Questions[i])
		}
	}
	return all
}

// Text is the file. What is missing is written as <…>, which config rejects.
func (d *Draft) Text() ([]byte, error) {
	t := template.New("").Funcs(template.FuncMap{
		"value":  d.value,
		"given":  func(path string) bool { a, missing := d.answer(path); return a != "" || missing },
		"answer": func(path string) string { a, _ := d.answer(path); return a },
	})
	t, err := t.ParseFS(templates, "templates/*")
	if err != nil {
		return nil, err
	}
	url, missing := d.answer(apiURL)
	data := struct {
		Stack, Preset, Schema, NoVariables, Outputs string
		Missing, SelfHosted, OwnImage               bool
		Port                                        int
	}{Stack: d.Stack, Preset: d.Preset, Schema: d.schema, NoVariables: d.noVariables(), Outputs: d.outputs(), Missing: len(d.Missing()) > 0}
	pinned, _ := d.answer(image)
	data.OwnImage = pinned != presetValue(d.presets[d.Preset], image)
	if p := (settings.Prefect{APIURL: &url}); !missing {
		data.SelfHosted = p.SelfHosted()
		if port := settings.APIPort(url); port != 443 {
			data.Port = port
		}
	}
	var text bytes.Buffer
	if err := t.ExecuteTemplate(&text, d.Preset+".yaml", data); err != nil {
		return nil, err
	}
	return d.withMore(text.Bytes())
}

// trialText is the file with examples in place of what is missing.
func (d *Draft) trialText() ([]byte, error) {
	d.trial = true
	defer func() { d.trial = false }()
	return d.Text()
}

// value is a setting's value in YAML.
func (d *Draft) value(path string) (string, error) {
	answer, missing := d.answer(path)
	var v any = answer
	switch {
	case missing && path == emails:
		v = []string{"<" + d.question(path).Wanted + ">"}
	case missing:
		v = "<" + d.question(path).Wanted + ">"
	case path == emails:
		v = strings.FieldsFunc(answer, func(r rune) bool { return r == ',' || r == ' ' })
	}
	var node yaml.Node
	if err := node.Encode(v); err != nil {
		return "", err
	}
	node.Style = yaml.FlowStyle
	text, err := yaml.Marshal(&node)
	return strings.TrimSpace(string(text)), err
}

// noVariables removes all of the preset's variables.
func (d *Draft) noVariables() string {
	var names []string
	if all := at(d.presets[d.Preset], "terraform.variables"); all != nil {
		for i := 0; i < len(all.Content); i += 2 {
			names = append(names, all.Content[i].Value+`: ""`)
		}
	}
	return "{" + strings.Join(names, ", ") + "}"
}

// outputs are those that the stack can have; "" are the preset's.
func (d *Draft) outputs() string {
	var all []string
	if d.Preset == "production" {
		for _, output := range at(d.presets[d.Preset], "terraform.outputs").Content {
			all = append(all, output.Value)
		}
	} else {
		all = []string{"ecs_cluster_arn", "ecs_service_name", "prefect_secret_arn", "work_pool_variables", "put_secret_value_command", "redeploy_command"}
	}
	secret, _ := d.answer(secretARN)
	own, _ := d.answer(repository)
	kept := slices.DeleteFunc(slices.Clone(all), func(output string) bool {
		return secret != "" && output == "put_secret_value_command" || secret == none && output == "prefect_secret_arn" || own == none && output == "repository_url"
	})
	if d.Preset == "production" && len(kept) == len(all) {
		return ""
	}
	return "[" + strings.Join(kept, ", ") + "]"
}

// withMore merges the settings that no question is about into the text.
func (d *Draft) withMore(text []byte) ([]byte, error) {
	if len(d.more) == 0 {
		return text, nil
	}
	var document yaml.Node
	if err := yaml.Unmarshal(text, &document); err != nil {
		return nil, err
	}
	for _, s := range d.more {
		put(document.Content[0], strings.Split(s.path, "."), s.value)
	}
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(&document); err != nil {
		return nil, err
	}
	return b.Bytes(), e.Close()
}

func put(section *yaml.Node, path []string, value yaml.Node) {
	if section.Kind != yaml.MappingNode { // null, or a text where there are sections below it
		*section = yaml.Node{Kind: yaml.MappingNode}
	}
	for i := 0; i < len(section.Content); i += 2 {
		if section.Content[i].Value != path[0] {
			continue
		}
		if child := section.Content[i+1]; len(path) > 1 {
			put(child, path[1:], value)
		} else {
			value.LineComment = child.LineComment
			*child = value
		}
		return
	}
	child := &value
	if len(path) > 1 {
		child = &yaml.Node{Kind: yaml.MappingNode}
		put(child, path[1:], value)
	}
	section.Content = append(section.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: path[0]}, child)
}

// at finds a setting of a document, or nil.
func at(document *yaml.Node, path string) *yaml.Node {
	node := document
	if node.Kind == yaml.DocumentNode {
		node = node.Content[0]
	}
	for _, key := range strings.Split(path, ".") {
		var child *yaml.Node
		for i := 0; i+1 < len(node.Content); i += 2 {
			if node.Content[i].Value == key {
				child = node.Content[i+1]
			}
		}
		if child == nil {
			return nil
		}
		node = child
	}
	return node
}

// finding is what config says of a setting.
type finding struct{ setting, text string }

// judge reads the file as it would be, beside the others.
func (d *Draft) judge() (errs []finding, warnings []finding, err error) {
	text, err := d.trialText()
	if err != nil {
		return nil, nil, err
	}
	c, wrong := config.LoadWith(d.file(), text, d.files...)
	if wrong != nil {
		for _, e := range flat(wrong) {
			errs = append(errs, found(e.Error(), d.file()))
		}
		return errs, nil, nil
	}
	for _, w := range c.Warnings() {
		if w.Stack == d.Stack || strings.Contains(w.Text, d.file()) {
			warnings = append(warnings, found(w.Text, d.file()))
		}
	}
	return nil, append(warnings, d.overlap()...), nil
}

var where = regexp.MustCompile(`^(?::\d+)?: ([A-Za-z][A-Za-z0-9_.\[\]]*)(?: \([^)]*\))?: `)

// found takes an error apart. One of another file stays whole.
func found(text, file string) finding {
	rest, mine := strings.CutPrefix(text, file)
	if m := where.FindStringSubmatch(rest); mine && m != nil {
		return finding{m[1], m[1] + ": " + rest[len(m[0]):]}
	}
	return finding{"", text}
}

// flat are the errors that were joined.
func flat(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, flat(e)...)
	}
	return all
}

// Try says what is wrong with an answer: what config says of the file with it,
// and does not say without. note is what config would warn of.
func (d *Draft) Try(q *Question, answer string) (note string, wrong error) {
	if d.before == nil {
		errs, warnings, err := d.judge()
		if err != nil {
			return "", err
		}
		d.before = append(append([]finding{}, errs...), warnings...)
	}
	had, was := d.answers[q.Setting]
	defer func() {
		if delete(d.answers, q.Setting); was {
			d.answers[q.Setting] = had
		}
	}()
	d.answers[q.Setting] = answer
	if answer == "" && !q.Optional {
		return "", fmt.Errorf("got no value, want %s", q.Wanted)
	}
	errs, warnings, err := d.judge()
	if err != nil {
		return "", err
	}
	isNew := func(f finding) bool { return !slices.Contains(d.before, f) }
	own := func(f finding) bool { return isNew(f) && strings.HasPrefix(f.setting, q.Setting) }
	for _, is := range []func(finding) bool{own, isNew} {
		if i := slices.IndexFunc(errs, is); i >= 0 {
			if q.Setting == nameTag && !own(errs[i]) {
				return "", fmt.Errorf("got %q, with which names begin: %s", answer, errs[i].text)
			}
			return "", errors.New(strings.TrimPrefix(errs[i].text, q.Setting+": "))
		}
		if i := slices.IndexFunc(warnings, is); i >= 0 {
			text := strings.ReplaceAll(warnings[i].text, d.Dir+string(filepath.Separator), "")
			return strings.TrimPrefix(text, q.Setting+": "), nil
		}
	}
	return "", nil
}

// Answer takes an answer that Try found right.
func (d *Draft) Answer(q *Question, answer string) { d.answers[q.Setting], d.before = answer, nil }

// Check says what is wrong with the whole file, besides what is missing, one line
// each, and what config warns of.
func (d *Draft) Check() (warnings []string, err error) {
	errs, warned, err := d.judge()
	if err != nil {
		return nil, err
	}
	var wrong []error
	for _, f := range errs {
		wrong = append(wrong, errors.New(f.text))
	}
	for _, f := range warned {
		warnings = append(warnings, f.text)
	}
	return warnings, errors.Join(wrong...)
}

// Write writes the complete file in one step, unless it exists by now.
func (d *Draft) Write() (file string, err error) {
	text, err := d.Text()
	if err != nil {
		return "", err
	}
	tmp, err := os.CreateTemp(d.Dir, ".new-env-")
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, os.Remove(tmp.Name())) }()
	if _, err = tmp.Write(text); err != nil {
		tmp.Close()
		return "", err
	}
	if err := errors.Join(tmp.Chmod(0o644), tmp.Close()); err != nil {
		return "", err
	}
	file = d.file()
	if err := os.Link(tmp.Name(), file); errors.Is(err, os.ErrExist) {
		return "", fmt.Errorf("%s exists already and is not overwritten", file)
	} else if err != nil {
		return "", err
	}
	return file, nil
}

// Next are the steps from the file to a worker that runs.
func (d *Draft) Next() []string {
	var steps []string
	named := program.Named(d.Dir, d.Stack)
	if missing := d.Missing(); len(missing) > 0 {
		var paths []string
		for _, q := range missing {
			paths = append(paths, q.Setting)
		}
		steps = append(steps, "fill in "+strings.Join(paths, ", ")+" in "+d.file())
	}
	steps = append(steps, "make synth STACK="+named)
	if _, err := os.Stat(filepath.Join(d.root, "node_modules", ".bin", "cdktf")); err != nil {
		steps = append(steps, "npm ci")
	}
	if step := d.nextState(); step != "" {
		steps = append(steps, step)
	}
	steps = append(steps, "make doctor STACK="+named)
	if arn, _ := d.answer(secretARN); arn == "" {
		steps = append(steps, "make put-secret-value STACK="+named)
	}
	return append(steps, program.MakePlan(d.Dir, d.Stack), program.Deploy(d.Dir, d.Stack))
}

// nextState is what is still to be done for the state's bucket and lock table, or "".
func (d *Draft) nextState() string {
	if !d.Asked(d.question(bucketRegion)) {
		return ""
	}
	name, missing := d.answer(bucket)
	for _, s := range d.others.StateBackends {
		if s.For.Bucket != name {
			continue
		}
		if table := d.lockTable(); table != "" && table != s.For.DynamoDBTable {
			return fmt.Sprintf("add %s to stacks: in %s, which does not create the lock table %s yet; then %s", d.Stack, d.fileOf(s.Stack), table, program.Deploy(d.Dir, s.Stack))
		}
		return ""
	}
	var stacks []string
	for _, e := range d.others.Environments {
		if b := e.Terraform.Backend.S3; b != nil && b.Bucket == name {
			stacks = append(stacks, e.Stack)
		}
	}
	stacks = append(stacks, d.Stack)
	state, list := stacks[0]+"-state", d.Stack
	if len(stacks) > 1 {
		list = "[" + strings.Join(stacks, ", ") + "]"
	}
	which := "the bucket " + name
	if missing {
		which = "the state's bucket"
	}
	return fmt.Sprintf(`unless %s exists: write %s with the lines "kind: state-backend" and "stacks: %s", then %s`,
		which, filepath.Join(d.Dir, state+".yaml"), list, program.Deploy(d.Dir, state))
}

// lockTable is the DynamoDB table that the stack's state is locked by, or "".
func (d *Draft) lockTable() string {
	text, err := d.trialText()
	if err != nil {
		return ""
	}
	c, err := config.LoadWith(d.file(), text, d.files...)
	if err != nil {
		return ""
	}
	for _, e := range c.Environments {
		if b := e.Terraform.Backend.S3; e.Stack == d.Stack && b != nil {
			return b.LockTable()
		}
	}
	return ""
}

// Suggested is what Enter takes: the answer that was given before, or the default.
func (d *Draft) Suggested(q *Question) string {
	if a, ok := d.answers[q.Setting]; ok {
		return a
	}
	return q.Default(d)
}

// Shown is a question's answer for people.
func (d *Draft) Shown(q *Question) string {
	if a, _ := d.answer(q.Setting); a != "" {
		return a
	}
	return "(empty)"
}
