package reference

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// comment is a doc comment: its text without Go's names, and the address of
// what it is taken from.
type comment struct{ text, link string }

// comments are the doc comments of package settings, by "Type" and "Type.Field".
type comments map[string]comment

func readComments(dir string) (comments, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.go"))
	if err != nil {
		return nil, err
	}
	all := comments{}
	for _, name := range files {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		for _, decl := range file.Decls {
			if gen, ok := decl.(*ast.GenDecl); ok && gen.Tok == token.TYPE {
				for _, spec := range gen.Specs {
					all.read(spec.(*ast.TypeSpec), gen.Doc)
				}
			}
		}
	}
	return all, nil
}

func (c comments) read(spec *ast.TypeSpec, doc *ast.CommentGroup) {
	section, ok := spec.Type.(*ast.StructType)
	if !ok {
		return
	}
	c[spec.Name.Name] = plain(spec.Name.Name, doc.Text())
	for _, f := range section.Fields.List {
		for _, name := range f.Names {
			c[spec.Name.Name+"."+name.Name] = plain(name.Name, f.Comment.Text()+f.Doc.Text())
		}
	}
}

// of is a setting's comment.
func (c comments) of(f *settings.Field) comment { return c[f.Struct.Name()+"."+f.Name] }

var (
	address   = regexp.MustCompile(`\s*(https://\S+)`)
	startsOut = regexp.MustCompile(`^(is|are|[a-z]+s) `)
)

// plain turns a comment as Go wants it, "RolePath is the path …", into a
// sentence for somebody who writes a file and does not know Go's name: "The path …".
func plain(name, text string) comment {
	var doc comment
	if m := address.FindStringSubmatch(text); m != nil {
		doc.link, text = m[1], address.ReplaceAllString(text, "")
	}
	text, _, _ = strings.Cut(strings.Join(strings.Fields(text), " "), " In Go, ") // is for an app's authors
	if rest, ok := strings.CutPrefix(text, name+" "); ok {
		switch verb := startsOut.FindString(rest); {
		case verb == "is " || verb == "are ":
			text = capital(rest[len(verb):])
		case verb == "" || name == strings.ToUpper(name): // "CPU units of the task"
			text = words(name) + " " + rest
		default:
			text = capital(rest)
		}
	}
	doc.text = text
	return doc
}

func capital(text string) string {
	first, size := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[size:]
}

var wordStart = regexp.MustCompile(`([a-z])([A-Z])`)

// words writes StopCodes as "Stop codes", and leaves KMS and ARN alone.
func words(name string) string {
	all := strings.Fields(wordStart.ReplaceAllString(name, "$1 $2"))
	for i := 1; i < len(all); i++ {
		if all[i] != strings.ToUpper(all[i]) {
			all[i] = strings.ToLower(all[i])
		}
	}
	return strings.Join(all, " ")
}
