package diagram

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"

	"oss.terrastruct.com/d2/d2graph"
	"oss.terrastruct.com/d2/d2layouts/d2elklayout"
	"oss.terrastruct.com/d2/d2lib"
	"oss.terrastruct.com/d2/d2renderers/d2svg"
	"oss.terrastruct.com/d2/d2target"
	"oss.terrastruct.com/d2/d2themes/d2themescatalog"
	"oss.terrastruct.com/d2/lib/log"
	"oss.terrastruct.com/d2/lib/textmeasure"
)

// Icons is where npm puts AWS's icons in a checkout.
const Icons = "node_modules/aws-icons/icons"

// SVG renders a picture, with the icons of a folder. It has a light and a dark
// theme, all icons within, and the picture's Digest at its end.
func SVG(ctx context.Context, p *Picture, icons string) ([]byte, error) {
	_, svg, err := render(ctx, p, icons)
	if err != nil {
		return nil, err
	}
	return append(svg, "<!-- "+Digest(p)+" -->\n"...), nil
}

func render(ctx context.Context, p *Picture, icons string) (*d2target.Diagram, []byte, error) {
	var missing error
	source := d2(p, func(name string) string {
		data, err := os.ReadFile(filepath.Join(icons, name+".svg"))
		if err != nil {
			missing = err
		}
		return "data:image/svg+xml;base64," + base64.StdEncoding.EncodeToString(data)
	})
	if missing != nil {
		return nil, nil, missing
	}
	ruler, err := textmeasure.NewRuler()
	if err != nil {
		return nil, nil, err
	}
	light, dark, pad := d2themescatalog.NeutralDefault.ID, d2themescatalog.DarkMauve.ID, int64(8)
	options := &d2svg.RenderOpts{ThemeID: &light, DarkThemeID: &dark, Pad: &pad}
	ctx = log.With(ctx, slog.New(slog.NewTextHandler(io.Discard, nil)))
	diagram, _, err := d2lib.Compile(ctx, source, &d2lib.CompileOptions{
		Ruler:          ruler,
		LayoutResolver: func(string) (d2graph.LayoutGraph, error) { return layout, nil },
	}, options)
	if err != nil {
		return nil, nil, fmt.Errorf("%w in\n%s", err, source)
	}
	svg, err := d2svg.Render(diagram, options)
	return diagram, svg, err
}

// Digest changes with whatever a picture shows: a file without it is stale.
func Digest(p *Picture) string {
	return fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(d2(p, func(icon string) string { return icon }))))
}

// layout is ELK's, closer than D2's own choice.
func layout(ctx context.Context, g *d2graph.Graph) error {
	return d2elklayout.Layout(ctx, g, &d2elklayout.ConfigurableOpts{
		Algorithm: "layered", NodeSpacing: 30, EdgeNodeSpacing: 15, Padding: "[top=40,left=20,bottom=20,right=20]", SelfLoopSpacing: 50,
	})
}
