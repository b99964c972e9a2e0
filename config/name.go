package config

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// name is what AWS will know a resource by, and takes once.
type name struct {
	path, pattern, text string
	once                *settings.Once
}

// key is equal for names that cannot be at the same place.
func (n name) key() string {
	if n.once.AnyCase {
		return n.once.What + " " + strings.ToLower(n.text)
	}
	return n.once.What + " " + n.text
}

// names lists what a document creates that AWS takes a name of once: the rules of
// the settings say it.
func (c *checker) names(document any) []name {
	var all []name
	var section func(v reflect.Value, path string)
	section = func(v reflect.Value, path string) {
		if s, ok := v.Addr().Interface().(interface{ Makes() bool }); ok && !s.Makes() {
			return
		}
		fields := settings.Fields(v.Type())
		for i := range fields {
			f := &fields[i]
			value, at := reflect.Indirect(f.Of(v)), strings.TrimPrefix(path+"."+f.Key, ".")
			if !value.IsValid() || c.environment != nil && at == "taskRole" && !c.environment.makesTaskRole() {
				continue
			}
			if value.Kind() == reflect.Struct {
				section(value, at)
			} else if f.Type == reflect.TypeFor[[]settings.AdditionalWorker]() {
				for i := range value.Len() {
					section(value.Index(i), fmt.Sprintf("%s[%d]", at, i))
				}
			} else if f.Rule != nil && f.Rule.Once != nil && value.Kind() == reflect.String && value.String() != "" {
				all = append(all, name{at, value.String(), c.expand(value.String()), f.Rule.Once})
			}
		}
	}
	section(reflect.ValueOf(document).Elem(), "")
	return all
}

// checkNames finds names that the stack itself has twice.
func (e *Environment) checkNames() {
	seen := map[string]name{}
	for _, n := range e.names(&e.Environment) {
		first, ok := seen[n.key()]
		if !ok {
			seen[n.key()] = n
			continue
		}
		if e.has(first.path) && !e.has(n.path) { // what the file says is what there is to change
			first, n = n, first
		}
		if !e.wrong[n.path] {
			e.fail(n.path, "got %q, the name of %s too; AWS allows one %s of a name, want another", n.pattern, first.path, n.once.What)
		}
	}
}

// maker is a stack and its document.
type maker struct {
	*checker
	stack, region string
	document      any
}

// makers are the stacks, in the order of their kinds and files.
func (c *Config) makers() []maker {
	var all []maker
	for _, e := range c.Environments {
		all = append(all, maker{e.checker, e.Stack, e.Region, &e.Environment})
	}
	for _, s := range c.StateBackends {
		all = append(all, maker{s.checker, s.Stack, s.For.Region, &s.StateBackend})
	}
	for _, g := range c.GitHubActions {
		all = append(all, maker{g.checker, g.Stack, g.Region, &g.GitHubActions})
	}
	for _, s := range c.CrashEvents {
		all = append(all, maker{s.checker, s.Stack, s.Region(), &s.CrashEventsStack})
	}
	return all
}

// warnOfSharedNames finds names that two stacks would give to a resource of one
// account. It is no error, for they may be of two accounts. Names that are created
// of one setting are one line.
func (c *Config) warnOfSharedNames(take func(m maker, warning problem)) {
	type line struct{ file, cause string }
	type owner struct {
		maker
		name
	}
	owners := map[string][]owner{}
	for _, m := range c.makers() {
		shared, order := map[line][]string{}, []line{}
		for _, n := range m.names(m.document) {
			key := n.key() + " " + m.region
			switch {
			case n.once.Where == settings.InAccount:
				key = n.key()
			case n.once.Where == settings.InVPC && (m.environment == nil || m.environment.Network.Existing == nil):
				continue
			case n.once.Where == settings.InVPC:
				key = n.key() + " " + m.environment.Network.Existing.VPCID
			}
			at := slices.IndexFunc(owners[key], func(o owner) bool { return o.stack != m.stack && !asDocumented(o.maker, o.name, m, n) })
			owners[key] = append(owners[key], owner{m, n})
			if at < 0 {
				continue
			}
			l := line{owners[key][at].maker.name, m.cause(n)}
			if shared[l] == nil {
				order = append(order, l)
			}
			if what := fmt.Sprintf("%s %s", n.once.What, n.text); !slices.Contains(shared[l], what) {
				shared[l] = append(shared[l], what)
			}
		}
		for _, l := range order {
			take(m, m.problem(l.cause, "%s has the same names (%s), and AWS accepts each once; set others, unless the two are for different accounts",
				l.file, strings.Join(shared[l], ", ")))
		}
	}
}

// cause is the setting to change for another name: the one that the name is
// made of, or its own.
func (m maker) cause(n name) string {
	for _, p := range parts(n.pattern) {
		if p.setting != "" && p.setting != "region" && !m.has(n.path) {
			return p.setting
		}
	}
	return n.path
}

// asDocumented says of a name that two presets have, as documented, and no file
// changes: who has the files of both chooses between them.
func asDocumented(first maker, a name, second maker, b name) bool {
	x, y := first.environment, second.environment
	return x != nil && y != nil && x.Preset != y.Preset &&
		!first.has(a.path) && !first.has(first.cause(a)) && !second.has(b.path) && !second.has(second.cause(b))
}

// checkBuckets finds a bucket that cannot be where two stacks want it, or that
// two make.
func (c *Config) checkBuckets() error {
	var errs []error
	regions, makers := map[string]*Environment{}, map[string]*StateBackend{}
	for _, e := range c.Environments {
		b := e.Terraform.Backend.S3
		if b == nil {
			continue
		}
		if first, ok := regions[b.Bucket]; !ok {
			regions[b.Bucket] = e
		} else if want := first.Terraform.Backend.S3.Region; b.Region != want {
			e.Fail(&b.Region, "got %q for the bucket %s, which is in %s for %s; a bucket is in one region, want the same in both", b.Region, b.Bucket, want, first.name)
			errs = append(errs, e.err())
			e.found = nil
		}
	}
	for _, s := range c.StateBackends {
		if first, ok := makers[s.For.Bucket]; ok && s.For.Bucket != "" {
			s.Fail(&s.Stacks, "got stacks with the bucket %s, which %s already creates; list all of its stacks there", s.For.Bucket, first.name)
			errs = append(errs, s.err())
			s.found = nil
		} else {
			makers[s.For.Bucket] = s
		}
	}
	return errors.Join(errs...)
}
