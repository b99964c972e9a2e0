package pages

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"
)

// Link is where a page points, as it is there.
type Link struct{ Page, Target string }

// External says whether it leads out of the repository.
func (l Link) External() bool { return strings.Contains(l.Target, "://") }

// page is what links are about: where they lead, and what they can lead to.
type page struct {
	links   []string
	anchors map[string]bool
}

// anchor is the id that GitHub gives a heading.
// https://github.com/gjtorikian/html-pipeline/blob/v2.14.3/lib/html/pipeline/toc_filter.rb
func anchor(heading string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case unicode.IsLetter(r), unicode.IsDigit(r), r == '-', r == '_':
			return unicode.ToLower(r)
		}
		return -1
	}, heading)
}

var htmlAnchor = regexp.MustCompile(`<[a-z]+ (?:id|name)="([^"]+)"`)

func parse(source []byte) page {
	p := page{anchors: map[string]bool{}}
	add := func(id string) {
		unique := id
		for n := 1; p.anchors[unique]; n++ {
			unique = fmt.Sprintf("%s-%d", id, n)
		}
		p.anchors[unique] = true
	}
	markdown := goldmark.New(goldmark.WithExtensions(extension.GFM))
	_ = ast.Walk(markdown.Parser().Parse(text.NewReader(source)), func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Heading:
			add(anchor(plain(n, source)))
		case *ast.Link:
			p.links = append(p.links, string(n.Destination))
		case *ast.Image:
			p.links = append(p.links, string(n.Destination))
		case *ast.AutoLink:
			p.links = append(p.links, string(n.URL(source)))
		case *ast.RawHTML:
			for i := range n.Segments.Len() {
				segment := n.Segments.At(i)
				for _, m := range htmlAnchor.FindAllSubmatch(segment.Value(source), -1) {
					p.anchors[string(m[1])] = true
				}
			}
		}
		return ast.WalkContinue, nil
	})
	return p
}

// plain is a heading's text as a reader sees it.
func plain(n ast.Node, source []byte) string {
	var b strings.Builder
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if t, ok := n.(*ast.Text); ok && entering {
			b.Write(unescape(t.Segment.Value(source)))
		}
		return ast.WalkContinue, nil
	})
	return b.String()
}

var escaped = regexp.MustCompile(`\\([!-/:-@\[-\x60{-~])`)

func unescape(text []byte) []byte { return escaped.ReplaceAll(text, []byte("$1")) }

// Links are those of the pages, which are named from root.
func Links(root string, names []string) ([]Link, error) {
	var all []Link
	for _, name := range names {
		source, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return nil, err
		}
		for _, target := range parse(source).links {
			all = append(all, Link{name, target})
		}
	}
	return all, nil
}

// Broken are those links that lead nowhere in the checkout at root, each with
// the reason. Whether an external one works, only the internet knows.
func Broken(root string, links []Link) ([]string, error) {
	parsed := map[string]page{}
	var all []string
	for _, l := range links {
		if l.External() || strings.HasPrefix(l.Target, "mailto:") {
			continue
		}
		target, fragment, _ := strings.Cut(l.Target, "#")
		target, err := url.PathUnescape(target)
		if err != nil {
			return nil, fmt.Errorf("%s: %s: %w", l.Page, l.Target, err)
		}
		file := l.Page
		if target != "" {
			file = filepath.Join(filepath.Dir(l.Page), target)
		}
		if _, err := os.Stat(filepath.Join(root, file)); err != nil {
			all = append(all, fmt.Sprintf("%s: %s: there is no %s", l.Page, l.Target, file))
			continue
		}
		if fragment == "" || filepath.Ext(file) != ".md" {
			continue
		}
		p, ok := parsed[file]
		if !ok {
			source, err := os.ReadFile(filepath.Join(root, file))
			if err != nil {
				return nil, err
			}
			p = parse(source)
			parsed[file] = p
		}
		if !p.anchors[fragment] {
			all = append(all, fmt.Sprintf("%s: %s: %s has no heading #%s", l.Page, l.Target, file, fragment))
		}
	}
	return all, nil
}
