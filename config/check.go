package config

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// checker applies the rules to settings that were read, and is what sections
// report to.
type checker struct {
	*file
	paths map[any]string  // pointer to a setting → its path
	wrong map[string]bool // settings reported already

	// partly leaves out what the file does not have itself, and rules that span
	// settings: of a file that could not be read completely, only what it says can be
	// judged.
	partly bool

	// doubtful are settings that braces refer to and that are wrong: what is created
	// of them would be wrong too, for the same reason.
	doubtful map[string]bool

	environment *Environment // nil: a stack of another kind
	stack       string       // its name, in braces
	sections    []interface{ Check(settings.Checker) }
}

// Path is how an error names a setting.
func (c *checker) Path(field any) string {
	path, ok := c.paths[field]
	if !ok {
		panic(fmt.Sprintf("%T is no pointer to a setting", field))
	}
	return path
}

// Fail reports a setting.
func (c *checker) Fail(field any, format string, args ...any) { c.fail(c.Path(field), format, args...) }

// FailKey reports an entry of a map.
func (c *checker) FailKey(field any, key string, format string, args ...any) {
	c.fail(c.Path(field)+"."+key, format, args...)
}

// FailIndex reports an element of a list; the only one may stand by itself.
func (c *checker) FailIndex(field any, index int, format string, args ...any) {
	c.fail(c.indexed(field, index), format, args...)
}

func (c *checker) indexed(field any, index int) string {
	path := c.Path(field)
	if element := fmt.Sprintf("%s[%d]", path, index); c.has(element) || !c.has(path) {
		return element
	}
	return path
}

// Wrong says whether a setting was reported already.
func (c *checker) Wrong(field any) bool { return c.wrong[c.Path(field)] }

// Own says whether the file itself has a setting.
func (c *checker) Own(field any) bool { return c.has(c.Path(field)) }

// ownOf says of a worker's settings whether they are its own: what an additional worker
// has from the first one is said once.
func (e *Environment) ownOf(w settings.NamedWorker) func(field any) bool {
	return func(field any) bool { return w.ID == "" || e.Own(field) }
}

func (c *checker) fail(path, format string, args ...any) {
	if c.inherited(path) {
		return
	}
	c.wrong[path] = true
	c.add(path, format, args...)
}

// inherited: what an additional worker has from the first one is reported once,
// where it stands.
func (c *checker) inherited(path string) bool {
	worker, setting, ok := strings.Cut(path, "].")
	return ok && strings.HasPrefix(worker, "additionalWorkers[") && !c.has(path) && (c.wrong["worker."+setting] || c.wrong[setting])
}

// check applies every rule to a document, then what spans settings.
func (c *checker) check(document any) {
	if e := c.environment; e != nil {
		for name, rule := range referable {
			c.doubtful[name] = c.wrong[name] || settings.Rules[rule].Text(e.setting(name)) != nil
		}
	}
	c.section(reflect.ValueOf(document).Elem(), at{})
	if c.partly {
		return
	}
	for _, s := range c.sections {
		s.Check(c)
	}
}

func (c *checker) section(v reflect.Value, a at) {
	c.register(v, a.path)
	fields := settings.Fields(v.Type())
	for i := range fields {
		f := &fields[i]
		child := a.child(f.Key, f)
		c.setting(f.Of(v), f, child)
	}
	if s, ok := v.Addr().Interface().(interface{ Check(settings.Checker) }); ok {
		c.sections = append(c.sections, s)
	}
}

// register notes where a section stands, under its embedded sections' pointers
// too.
func (c *checker) register(v reflect.Value, path string) {
	c.paths[v.Addr().Interface()] = path
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("yaml") == ",inline" {
			c.register(v.Field(i), path)
		}
	}
}

func (c *checker) setting(v reflect.Value, f *settings.Field, a at) {
	c.paths[v.Addr().Interface()] = a.path
	if c.partly && c.wrong[a.path] {
		return
	}
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return
		}
		v = v.Elem()
	}
	switch s := v.Addr().Interface().(type) {
	case *string:
		c.text(*s, f, a.path)
	case *int:
		c.number(*s, f, a.path)
	case *settings.Number:
		c.number(s.Value, f, a.path)
	case *bool, *settings.Switch, *map[string]map[string][]string:
	case *[]string:
		c.texts(*s, f, a)
	case *settings.OneOrMore:
		c.texts(*s, f, a)
	case *map[string]string:
		c.atMost(len(*s), f, a.path)
		for _, key := range slices.Sorted(maps.Keys(*s)) {
			path := a.path + "." + key
			if f.Keys != nil {
				c.report(path, f.Keys.Text(key))
			}
			c.text((*s)[key], f, path)
		}
		return
	default:
		c.sectionsIn(v, a)
	}
	if f.Keys != nil {
		for _, key := range v.MapKeys() {
			c.report(a.path+"."+key.String(), f.Keys.Text(key.String()))
		}
	}
}

func (c *checker) sectionsIn(v reflect.Value, a at) {
	switch v.Kind() {
	case reflect.Struct:
		c.section(v, a)
	case reflect.Slice:
		for i := range v.Len() {
			c.section(v.Index(i), a.element(i))
		}
	}
}

func (c *checker) texts(all []string, f *settings.Field, a at) {
	c.atMost(len(all), f, a.path)
	for i, text := range all {
		path := a.element(i).path
		if !c.has(path) && c.has(a.path) {
			path = a.path // a list of one, written as its element
		}
		c.text(text, f, path)
		if f.Unique && slices.Contains(all[:i], text) {
			c.fail(path, "got %q twice", text)
		}
	}
}

func (c *checker) atMost(n int, f *settings.Field, path string) {
	if f.Max > 0 && n > f.Max {
		c.fail(path, "got %d, want at most %d", n, f.Max)
	}
}

func (c *checker) number(value int, f *settings.Field, path string) {
	if f.Rule == nil || f.Optional && value == 0 {
		return
	}
	if err := f.Rule.Number(value); err != nil && value == 0 && c.leftOut(path) {
		c.report(path, f.Rule.Missing())
	} else if err != nil && f.Optional {
		c.report(path, fmt.Errorf("%w, or 0", err))
	} else {
		c.report(path, err)
	}
}

func (c *checker) report(path string, err error) {
	if err != nil && (!c.partly || c.has(path)) {
		c.fail(path, "%s", err)
	}
}

// text checks what a text becomes, unless a setting it refers to is wrong.
func (c *checker) text(value string, f *settings.Field, path string) {
	if value == "" && (f.Optional || f.Rule == nil) || c.wrong[path] {
		return
	}
	becomes := value
	switch f.Braces {
	case "text":
		return
	case "":
		if !f.Hide {
			if err := checkLiteral(value); err != nil {
				c.report(path, err)
				return
			}
		}
	default:
		if err := checkBraces(value, f.Braces == "number"); err != nil {
			c.report(path, err)
			return
		}
		for _, p := range parts(value) {
			if p.setting != "" && (c.doubtful[p.setting] || c.partly) {
				return
			}
		}
		becomes = c.expand(value)
	}
	if f.Rule == nil {
		return
	}
	err := f.Rule.Text(becomes)
	if err != nil && value == "" && c.leftOut(path) {
		err = f.Rule.Missing()
	}
	if err == nil && f.Region {
		err = c.region(becomes)
	}
	if err != nil && becomes != value {
		err = fmt.Errorf("%q becomes %q: %w", value, becomes, err)
	}
	c.report(path, err)
}

// leftOut says whether neither the file nor its preset has a setting.
func (c *checker) leftOut(path string) bool {
	return !c.has(path) && (c.preset == nil || !c.preset.has(path) || c.replacesList(path))
}

func (c *checker) expand(pattern string) string {
	if c.environment != nil {
		return c.environment.Expand(pattern)
	}
	return strings.ReplaceAll(pattern, "{stack}", c.stack)
}

// region refuses what AWS cannot use from another region. A region that is a
// variable is not known here.
func (c *checker) region(arn string) error {
	e, fields := c.environment, strings.SplitN(arn, ":", 5)
	if e == nil || c.wrong["region"] || e.exposes(&e.Region) || len(fields) < 5 || fields[3] == e.Region {
		return nil
	}
	return fmt.Errorf("got %q of region %s, want one of %s, where the stack is", arn, fields[3], e.Region)
}
