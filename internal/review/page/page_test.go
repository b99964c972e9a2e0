package page

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/cost"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/diagram"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/review"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
)

// hostile are values that try to be more than text in a page.
var hostile = []string{
	"</script><script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "' onmouseover='alert(1)", "<svg onload=alert(1)>", "]]></style><script>alert(1)</script>", "</title><script>alert(1)</script>",
	"</style><script>alert(1)</script>", "javascript:alert(1)", "<!--", "-->", "{{.}}", "${x}", "&lt;b&gt;", "<a href=https://evil.example>x</a>", "<iframe src=//evil.example>", "<base href=//evil.example>", "<textarea>",
	"\u202egnp.exe", "\u2066x\u2069", "\u200b", "\x00\x1b[31m", "\xff\xfe", "a\nb\n</pre><script>alert(1)</script>\n", strings.Repeat("<", 400),
}

// everywhere is a review with a value wherever it can have one, and a picture with it.
func everywhere(v string) Stack {
	r := &review.Review{Stack: v, Base: v, Notes: []string{v}}
	for i, g := range review.Groups {
		address := fmt.Sprint("aws_sqs_queue.q", v, i)
		r.Lines = append(r.Lines, review.Line{Group: g, Action: review.Actions[i%len(review.Actions)], Address: address, Addresses: []string{address, "aws_sqs_queue.q"}, Text: v,
			Attributes: []review.Attribute{{Path: v, Before: v, After: "b" + v}, {Path: v, Before: "{\n" + v + "\n}", After: v, Replaces: true}, {Path: v, Before: v}, {Path: v, After: v}},
			Causes:     []review.Cause{{Setting: v, File: v, Line: 3, Before: v, After: v}, {Text: v}}})
	}
	return Stack{Review: r}
}

// drawn is a stack whose picture has all of some values.
func drawn(t *testing.T, values []string) Stack {
	t.Helper()
	queues := map[string]any{}
	r := &review.Review{Stack: "drawn"}
	for i, v := range values {
		name := fmt.Sprint("q", i)
		queues[name] = map[string]any{"name": strings.ReplaceAll(v, "${", "$${")}
		r.Lines = append(r.Lines, review.Line{Group: review.Destroyed, Action: review.Destroy, Address: "aws_sqs_queue." + name, Addresses: []string{"aws_sqs_queue." + name}})
	}
	data, err := json.Marshal(map[string]any{"resource": map[string]any{"aws_sqs_queue": queues}})
	if err != nil {
		t.Fatal(err)
	}
	s, err := synthesized.Parse(data)
	if err != nil {
		t.Fatal(err)
	}
	return Stack{Review: r, Before: diagram.Of(values[0], s)}
}

// TestEverythingIsText: no value makes an element, an attribute or a link, or hides or
// turns around what is beside it.
func TestEverythingIsText(t *testing.T) {
	allowed := strings.Fields("html head meta link title style body a header h1 nav ul li fieldset legend label input main section div h2 h3 p strong details summary code span del ins pre svg g image rect text tspan path marker polygon mask defs")
	needIcons(t)
	for i, v := range append(slices.Clone(hostile), "in the picture") {
		stack := everywhere(v)
		if i == len(hostile) {
			stack = drawn(t, hostile)
		}
		var b bytes.Buffer
		if err := HTML(t.Context(), &b, icons, stack); err != nil {
			t.Fatalf("%q: %v", v, err)
		}
		if i == len(hostile) && (strings.Count(b.String(), `class="mark destroy"`) != len(hostile) || !strings.Contains(b.String(), "${x}") || !strings.Contains(b.String(), "&lt;iframe src")) {
			t.Errorf("%s: not every value is there\n%s", v, &b)
		}
		document, err := html.Parse(&b)
		if err != nil {
			t.Fatal(err)
		}
		for n := range document.Descendants() {
			if n.Type == html.TextNode || n.Type == html.CommentNode {
				if i := strings.IndexAny(n.Data, "\u202e\u2066\u2069\u200b\x00\x1b"); i >= 0 {
					t.Errorf("%q: hidden: %.80q", v, n.Data[i:])
				}
				if n.Type == html.CommentNode {
					t.Errorf("%q: a comment %q", v, n.Data)
				}
				continue
			}
			if n.Type != html.ElementNode {
				continue
			}
			if !slices.Contains(allowed, n.Data) {
				t.Errorf("%q: an element %s", v, n.Data)
			}
			for _, a := range n.Attr {
				switch {
				case strings.HasPrefix(a.Key, "on"), a.Key == "src", a.Key == "srcset", a.Key == "formaction":
					t.Errorf("%q: %s has %s=%q", v, n.Data, a.Key, a.Val)
				case a.Key == "href" && !(n.Data == "image" && strings.HasPrefix(a.Val, "data:image/svg+xml;base64,")) && !strings.HasPrefix(a.Val, "#s") && a.Val != "#changes" && a.Val != "data:,":
					t.Errorf("%q: %s leads to %q", v, n.Data, a.Val)
				case a.Key == "id" && strings.ContainsAny(a.Val, "<>\"' "):
					t.Errorf("%q: an id %q", v, a.Val)
				}
			}
		}
	}
}

// TestSize: a page of a very large change is small enough to be opened and kept, and
// an endless value is cut.
func TestSize(t *testing.T) {
	r := &review.Review{Stack: "large", Base: "main"}
	long := strings.Repeat(`{"a": "b"}`+"\n", 100000)
	for i := range 500 {
		address := fmt.Sprintf("aws_cloudwatch_metric_alarm.alarm[%d]", i)
		l := review.Line{Group: review.Groups[i*len(review.Groups)/500], Action: review.Update, Address: address, Addresses: []string{address}, Text: "An alarm changes."}
		for j := range 10 {
			l.Attributes = append(l.Attributes, review.Attribute{Path: fmt.Sprintf("dimensions.d%d", j), Before: "arn:aws:ecs:us-east-1:123456789012:cluster/prefect", After: "(known after apply)"})
		}
		r.Lines = append(r.Lines, l)
	}
	var b bytes.Buffer
	if err := HTML(t.Context(), &b, t.TempDir(), Stack{Review: r}); err != nil {
		t.Fatal(err)
	}
	if b.Len() > 2<<20 || strings.Count(b.String(), `<li class="line`) != 500 {
		t.Errorf("got %d bytes", b.Len())
	}
	r.Lines = r.Lines[:1]
	r.Lines[0].Attributes = []review.Attribute{{Path: "user_data", Before: long, After: "x" + long}}
	b.Reset()
	if err := HTML(t.Context(), &b, t.TempDir(), Stack{Review: r}); err != nil {
		t.Fatal(err)
	}
	if b.Len() > 200<<10 || !strings.Contains(b.String(), "more characters") {
		t.Errorf("with a value of %d bytes got %d", len(long), b.Len())
	}
}

// TestSays: what a page has of a review and its stacks.
func TestSays(t *testing.T) {
	var b bytes.Buffer
	r := &review.Review{Stack: "prod", Base: "main (b3dd2b9)", Planned: true, Origin: []review.Cause{{Setting: "preset", File: "environments/prod.yaml", Line: 2, After: "production"}}, Cost: review.Cost{Before: cost.Range{From: 10, To: 10}, After: cost.Range{From: 8.5, To: 8.5}, Known: true}, Notes: []string{"A note."}, Lines: []review.Line{
		{Group: review.Destroyed, Action: review.Forget, Address: "aws_sqs_queue.q", Addresses: []string{"aws_sqs_queue.q"}, Text: "Queue q goes on by itself.", Causes: []review.Cause{{Setting: "crashEvents", File: "environments/prod.yaml"}}},
		{Group: review.Security, Action: review.Update, Address: "aws_security_group.g", Addresses: []string{"aws_security_group.g"}, Text: "Closes 22."},
	}}
	if err := HTML(t.Context(), &b, t.TempDir(), Stack{Review: r}); err != nil {
		t.Fatal(err)
	}
	at := 0
	for _, want := range []string{
		"<title>Review of prod: 1 removed from the state, 1 changed, 1 security finding; $10.00 → $8.50 per month (-$1.50)</title>", "<h1>Review of prod</h1>", "Destroyed <span class=\"number\">1</span>", "<strong>main (b3dd2b9)</strong>. Planned by Terraform.", "<p>The whole stack comes from preset: production (environments/prod.yaml:2).",
		"$10.00 → $8.50", "aws_sqs_queue.q", "Queue q goes on by itself.", `<code>crashEvents</code>`, `<code class="where">environments/prod.yaml</code>`, "✓</span> narrows", "A note.",
	} {
		i := strings.Index(b.String()[at:], want)
		if i < 0 {
			t.Fatalf("no %q after %d in\n%s", want, at, regexp.MustCompile(`(?s)<style>.*</style>`).ReplaceAllString(b.String(), ""))
		}
		at += i
	}
	b.Reset()
	if err := HTML(t.Context(), &b, t.TempDir(), Stack{Review: &review.Review{Stack: "dev"}}); err != nil || !strings.Contains(b.String(), "Nothing changes") {
		t.Errorf("%v %s", err, &b)
	}
}

// TestSample writes the sample for a look at it: PAGE=/tmp/review.html.
func TestSample(t *testing.T) {
	file := os.Getenv("PAGE")
	if file == "" {
		return
	}
	var b bytes.Buffer
	if err := HTML(t.Context(), &b, icons, sample(t)...); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, b.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
}
