// Package page writes reviews as one HTML page: with its style and its pictures in
// it, without a script, and without anything that a browser would ask the network for.
package page

import (
	"bytes"
	"context"
	_ "embed"
	"fmt"
	"html/template"
	"io"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/diagram"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/review"
)

// Stack is what the page shows of one stack.
type Stack struct {
	Review *review.Review
	// The stack before and after, as diagram.Of draws it; nil where there is none.
	// Without both there is no picture.
	Before, After *diagram.Picture
}

//go:embed page.html
var source string

//go:embed page.css
var style string

var page = template.Must(template.New("page").Parse(source))

// HTML writes a page of reviews. The pictures' icons are those of a folder, see
// diagram.Icons.
func HTML(ctx context.Context, w io.Writer, icons string, stacks ...Stack) error {
	d := document{Style: template.CSS(style)}
	for i, s := range stacks {
		v, err := newView(ctx, fmt.Sprintf("s%d", i+1), icons, s)
		if err != nil {
			return fmt.Errorf("%s: %w", s.Review.Stack, err)
		}
		d.Stacks = append(d.Stacks, v)
	}
	for _, g := range review.Groups {
		n := 0
		for _, s := range stacks {
			n += len(s.Review.In(g))
		}
		if n > 0 {
			d.Filters = append(d.Filters, filter{Group: g, Slug: slug(g), Count: n})
		}
	}
	var b bytes.Buffer // all of it or nothing
	if err := page.Execute(&b, d); err != nil {
		return err
	}
	_, err := w.Write(b.Bytes())
	return err
}
