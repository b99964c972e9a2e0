package markdown

import (
	"bytes"
	"fmt"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/cost"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/review"
)

// hostile are values that try to be more than text on GitHub.
var hostile = []string{
	"@octocat", "@acme/team see this", "x@example.com", "#1", "GH-1", "acme/prefect#7", "0123456789abcdef0123456789abcdef01234567",
	"https://evil.example/a", "www.evil.example", "http://evil.example", "[here](https://evil.example)", "![x](https://evil.example/x.png)", "[a]: https://evil.example",
	"<img src=x onerror=alert(1)>", "</details><script>alert(1)</script>", "<!-- plan of prod -->", "&lt;b&gt;", "<https://evil.example>",
	"```", "````\n# title\n@octocat", "`", "``x`", " ` ", "a\n\n# title\n\n- @octocat", "| a | b |\n|---|---|\n| @octocat | https://evil.example |", "> quote", "1. one\n2. @octocat",
	"*bold* _it_ ~~gone~~", "$x^2$", ":tada:", "\u202egnp.exe", "\u200b@octocat", "\x1b[31mred", "\r\n@octocat\r\n", "`@octocat", "(@octocat)", "\"@octocat\".", "é@octocat", "\\@octocat", "\\`@octocat\\`", "",
	"   ", "\t- @octocat", "$1,000 @octocat", "mailto:x@example.com", "javascript:alert(1)", "[ ] todo", "[^1]", "</summary>",
}

// everywhere is a review with a value wherever it can have one.
func everywhere(v string) *review.Review {
	r := &review.Review{Stack: v, Base: v, Notes: []string{v, "see " + v + ", it says"}}
	for _, g := range review.Groups {
		r.Lines = append(r.Lines, review.Line{Group: g, Action: review.Update, Address: v, Addresses: []string{v, "b." + v}, Text: "now has " + v + ", which is new",
			Attributes: []review.Attribute{{Path: v, Before: v, After: "b " + v}, {Path: v, Before: "{\n" + v + "\n}", After: "{\n" + v + "\n" + v + " \n}", Replaces: true}},
			Causes:     []review.Cause{{Setting: v, File: v, Line: 3, Before: v, After: v}, {Text: v}}})
	}
	return r
}

var markdown = goldmark.New(goldmark.WithExtensions(extension.GFM, extension.Footnote))

// outside is the text outside code, in which GitHub looks for mentions and links;
// and what the document has that no value may make.
func outside(source []byte) (prose string, odd []string) {
	document := markdown.Parser().Parse(text.NewReader(source))
	var b strings.Builder
	_ = ast.Walk(document, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.CodeSpan, *ast.FencedCodeBlock:
			b.WriteString(" CODE ")
			return ast.WalkSkipChildren, nil
		case *ast.Text:
			b.Write(n.Segment.Value(source))
			if n.SoftLineBreak() {
				b.WriteString("\n")
			}
		case *ast.String:
			b.Write(n.Value)
		case *ast.HTMLBlock:
			for i := range n.Lines().Len() {
				line := n.Lines().At(i)
				if html := strings.TrimSpace(string(line.Value(source))); !ours.MatchString(html) {
					odd = append(odd, "HTML "+html)
				}
			}
		case *ast.Document, *ast.Paragraph, *ast.Heading, *ast.List, *ast.ListItem, *ast.Emphasis, *ast.TextBlock:
		default:
			odd = append(odd, fmt.Sprintf("%s %q", n.Kind(), source))
		}
		return ast.WalkContinue, nil
	})
	return b.String(), odd
}

var (
	ours     = regexp.MustCompile(`^(<details><summary>[A-Z][A-Za-z' ]+(: \d+)?</summary>|</details>)?$`)
	smuggled = regexp.MustCompile(`@|#\d|(?i)\bGH-|https?:|www\.|[0-9a-f]{40}|evil|octocat|[\x{202a}-\x{202e}\x{200b}\x{1b}]`)
)

// TestNothingIsSmuggled: no value makes a mention, a link, an image, HTML, a title or
// the end of what it is in.
func TestNothingIsSmuggled(t *testing.T) {
	for _, v := range hostile {
		var b bytes.Buffer
		if err := Write(&b, everywhere(v), Options{Plan: "Plan: 1 to add\n" + v + "\n", Whole: "the page of the run"}); err != nil {
			t.Fatal(err)
		}
		prose, odd := outside(b.Bytes())
		if len(odd) > 0 {
			t.Errorf("%q: %s", v, odd)
		}
		if found := smuggled.FindString(prose); found != "" {
			t.Errorf("%q: %q is outside code in\n%s\nof\n%s", v, found, prose, b.String())
		}
		if open, closed := bytes.Count(b.Bytes(), []byte("<details>")), strings.Count(prose+b.String(), "\n</details>"); open == 0 || open > closed {
			t.Errorf("%q: %d details are opened and %d closed", v, open, closed)
		}
		var html bytes.Buffer
		if err := markdown.Convert(b.Bytes(), &html); err != nil {
			t.Fatal(err)
		}
		if n := bytes.Count(html.Bytes(), []byte("<h3")) + bytes.Count(html.Bytes(), []byte("<h1")); n != 1 {
			t.Errorf("%q: %d titles, want 1", v, n)
		}
	}
}

// TestReads: what a reviewer looks for is there, in order.
func TestReads(t *testing.T) {
	r := &review.Review{Stack: "prod", Base: "main (b3dd2b9)", Planned: true, Origin: []review.Cause{{Setting: "preset", File: "environments/prod.yaml", Line: 2, After: "production"}}, Cost: review.Cost{Before: cost.Range{From: 120.4, To: 140.4}, After: cost.Range{From: 186.1, To: 216.1}, Known: true}, Notes: []string{"The state is 3 days old."}, Lines: []review.Line{
		{Group: review.Destroyed, Action: review.Destroy, Address: "aws_sqs_queue.crash_events[0]", Addresses: []string{"aws_sqs_queue.crash_events[0]"}, Text: "Messages in it are lost.", Causes: []review.Cause{{Setting: "crashEvents", File: "environments/prod.yaml", Line: 14, Before: "{}", After: "null"}}},
		{Group: review.Replaced, Action: review.Replace, Address: "aws_ecs_cluster.prefect", Addresses: []string{"aws_ecs_cluster.prefect"}, Text: "Its name changes.", Attributes: []review.Attribute{{Path: "name", Before: "prefect", After: "prefect-prod", Replaces: true}}},
		{Group: review.Security, Action: review.Update, Address: "aws_security_group.worker", Addresses: []string{"aws_security_group.worker"}, Widens: true, Text: "Port 22 is open to 0.0.0.0/0.", Causes: []review.Cause{{Text: "changed outside Terraform"}}},
		{Group: review.Tasks, Action: review.Update, Address: "aws_ecs_service.s", Addresses: []string{"aws_ecs_service.s"}, Text: "ECS service s changes: desired_count 1 → 2.", Attributes: []review.Attribute{{Path: "desired_count", Before: "1", After: "2"}}},
		{Group: review.IAM, Action: review.Update, Address: "aws_iam_role_policy.task", Addresses: []string{"aws_iam_role_policy.task"}, Text: "Allows one action more.", Attributes: []review.Attribute{{Path: "policy", Before: "{\n  \"Action\": [\n    \"ecs:RunTask\"\n  ]\n}", After: "{\n  \"Action\": [\n    \"ecs:RunTask\",\n    \"ecs:StopTask\"\n  ]\n}"}}},
	}}
	var b strings.Builder
	if err := Write(&b, r, Options{Plan: "Plan: 1 to add"}); err != nil {
		t.Fatal(err)
	}
	at := 0
	for _, want := range []string{
		"### `prod`: 1 destroyed, 1 replaced, 3 changed, 1 security finding; $120.40 to $140.40 → $186.10 to $216.10 per month (+$65.70 to +$75.70)\n",
		"Compared with main (`b3dd2b9`). Planned by Terraform.", "The whole stack comes from preset: production (`environments/prod.yaml:2`).",
		"#### Destroyed\n\n- **destroy** `aws_sqs_queue.crash_events[0]` Messages in it are lost.\n  - cause: `crashEvents` `{}` → `null` in `environments/prod.yaml:14`\n",
		"#### Replaced\n\n", "  - `name`: `prefect` → `prefect-prod`, forces the replacement\n",
		"- **widens** `aws_security_group.worker` Port 22 is open to `0.0.0.0/0`.\n  - cause: changed outside Terraform\n",
		"`aws_ecs_service.s` ECS service s changes: `desired_count` 1 → 2.\n\n</details>", // without what it has said
		"<details><summary>IAM: 1</summary>\n\n", "    -    \"ecs:RunTask\"\n    +    \"ecs:RunTask\",\n    +    \"ecs:StopTask\"\n", "</details>",
		"#### Notes\n\n- The state is 3 days old.\n", "<details><summary>Terraform's plan</summary>\n\n```\nPlan: 1 to add\n```\n\n</details>\n",
	} {
		i := strings.Index(b.String()[at:], want)
		if i < 0 {
			t.Fatalf("no %q after %d in\n%s", want, at, b.String())
		}
		at += i
	}
}

// TestFits: a comment is no longer than its limit, ends at a line, and says how much
// it leaves out.
func TestFits(t *testing.T) {
	r := &review.Review{Stack: "prod", Base: "main"}
	for i := range 2000 {
		r.Lines = append(r.Lines, review.Line{Group: review.Groups[i*len(review.Groups)/2000], Action: review.Update, Address: fmt.Sprintf("aws_sqs_queue.q[%d]", i), Text: "Changes, wie schön: größer.",
			Attributes: []review.Attribute{{Path: "a", Before: strings.Repeat("x", 100), After: strings.Repeat("ü", 100)}}})
	}
	for _, limit := range []int{0, 5000, 1000, 600} {
		var b strings.Builder
		if err := Write(&b, r, Options{Limit: limit, Plan: strings.Repeat("a line\n", 20000), Whole: "the log of the run"}); err != nil {
			t.Fatal(err)
		}
		most := limit
		if limit == 0 {
			most = 60000
		}
		if n := utf8.RuneCountInString(b.String()); n > most || n < most/2 && limit > 1000 {
			t.Errorf("limit %d: got %d characters", limit, n)
		}
		shown := strings.Count(b.String(), "\n- **change**")
		if want := fmt.Sprintf(": %d of 2000 lines.**", 2000-shown); !strings.Contains(b.String(), want) || shown == 0 && limit != 600 {
			t.Errorf("limit %d: %d lines are shown, no %q", limit, shown, want)
		}
		if strings.Count(b.String(), "<details>") != strings.Count(b.String(), "</details>") {
			t.Errorf("limit %d: details that are not closed", limit)
		}
		if _, odd := outside([]byte(b.String())); odd != nil {
			t.Errorf("limit %d: %s", limit, odd)
		}
	}
	var b strings.Builder
	if err := Write(&b, &review.Review{Stack: "prod", Base: "main"}, Options{Plan: strings.Repeat("a line\n", 20000)}); err != nil {
		t.Fatal(err)
	}
	if n := utf8.RuneCountInString(b.String()); n > Limit || n < Limit-1000 || !strings.Contains(b.String(), " of 20000 lines.\n") || !strings.Contains(b.String(), "Nothing changes.") {
		t.Errorf("a long plan: got %d characters, and at the end\n%s", n, b.String()[len(b.String())-300:])
	}
}
