// Package markdown writes a review as the comment of a pull request, in GitHub's
// Markdown.
//
// GitHub looks for mentions, links, issues and commits in the text that comes out
// of Markdown, where no backslash helps. So whatever is not plain words and numbers
// is code, in which it looks for nothing.
package markdown

import (
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/dustin/go-humanize/english"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/review"
)

// Limit is as many characters as a comment has; GitHub takes 65,536.
const Limit = 60000

const (
	mostValue = 300 // characters of a value
	mostDiff  = 60  // lines of a diff
)

// Options are what a comment has besides the review.
type Options struct {
	Limit int    // The most characters; 0: Limit.
	Plan  string // Terraform's own text of the plan, in which it masks what is sensitive; "" for none.
	Whole string // Where all of it is, as words: the page in the artifact review-prod.
}

// Write writes a review. What does not fit is left out, and the comment says so.
func Write(w io.Writer, r *review.Review, o Options) error {
	if o.Limit == 0 {
		o.Limit = Limit
	}
	c := &comment{limit: o.Limit - 500} // room for what is closed and said at the end
	c.add("### %s\n\nCompared with %s.%s\n\n", Headline(r), prose(r.Base), planned(r))
	if origin := review.Origin(r); origin != "" {
		c.add("%s\n\n", prose(origin))
	}
	if len(r.Lines) == 0 {
		c.add("Nothing changes.\n\n")
	}
	for _, group := range review.Groups {
		lines := r.In(group)
		if len(lines) == 0 {
			continue
		}
		open, end := fmt.Sprintf("#### %s\n\n", group), "\n"
		if !slices.Contains([]review.Group{review.Destroyed, review.Replaced, review.Security}, group) {
			open, end = fmt.Sprintf("<details><summary>%s: %d</summary>\n\n", group, len(lines)), "\n</details>\n\n"
		}
		begun := false
		for _, l := range lines {
			text := item(l)
			if !begun {
				text = open + text
			}
			if c.add("%s", text) {
				begun = true
			} else {
				c.left++
			}
		}
		if begun {
			c.text.WriteString(end)
		}
	}
	if len(r.Notes) > 0 {
		text := "#### Notes\n\n"
		for _, n := range r.Notes {
			text += "- " + prose(n) + "\n"
		}
		c.add("%s\n", text)
	}
	if c.left > 0 {
		fmt.Fprintf(&c.text, "**Left out here, because a comment has a size limit: %d of %d lines.**%s\n\n", c.left, len(r.Lines), whole(o))
	}
	c.plan(o)
	_, err := io.WriteString(w, c.text.String())
	return err
}

// Headline says in one line what a review comes to.
func Headline(r *review.Review) string {
	return code(r.Stack) + ": " + prose(review.Summary(r))
}

func planned(r *review.Review) string {
	if r.Planned {
		return " Planned by Terraform."
	}
	return " From two syntheses, without a plan."
}

func whole(o Options) string {
	if o.Whole == "" {
		return ""
	}
	return " All of it: " + prose(o.Whole) + "."
}

// comment is what is written, up to a limit.
type comment struct {
	text  strings.Builder
	limit int
	left  int  // Lines that are left out.
	full  bool // What comes after something that did not fit is left out too.
}

func (c *comment) room() int { return c.limit - utf8.RuneCountInString(c.text.String()) }

func (c *comment) add(format string, args ...any) bool {
	text := fmt.Sprintf(format, args...)
	c.full = c.full || utf8.RuneCountInString(text) > c.room()
	if !c.full {
		c.text.WriteString(text)
	}
	return !c.full
}

// plan adds Terraform's own text, as much of it as fits.
func (c *comment) plan(o Options) {
	text := strings.TrimSpace(review.Visible(o.Plan))
	room := c.room()
	if text == "" || room < 200 {
		return
	}
	lines := strings.SplitAfter(text, "\n")
	n, used := 0, 0
	for n < len(lines) && used+utf8.RuneCountInString(lines[n]) <= room-100 {
		used += utf8.RuneCountInString(lines[n])
		n++
	}
	fmt.Fprintf(&c.text, "<details><summary>Terraform's plan</summary>\n\n%s\n", fenced("", strings.Join(lines[:n], "")))
	if rest := len(lines) - n; rest > 0 {
		fmt.Fprintf(&c.text, "Left out here, but in the log of the run: the last %d of %d lines.\n\n", rest, len(lines))
	}
	c.text.WriteString("</details>\n")
}

// item is a line of the review as an item of a list.
func item(l review.Line) string {
	var b strings.Builder
	b.WriteString("- ")
	switch {
	case l.Group == review.Security && l.Widens:
		b.WriteString("**widens** ")
	case l.Group == review.Security:
		b.WriteString("**narrows** ")
	case l.Action != "":
		fmt.Fprintf(&b, "**%s** ", l.Action.Verb())
	}
	if l.Address != "" {
		b.WriteString(code(l.Address) + " ")
	}
	b.WriteString(prose(l.Text) + "\n")
	if !l.Told() {
		for _, a := range l.Attributes {
			b.WriteString(attribute(a))
		}
	}
	for _, cause := range l.Causes {
		fmt.Fprintf(&b, "  - cause: %s\n", because(cause))
	}
	return b.String()
}

// attribute is what an attribute was and is: a diff where that has lines.
func attribute(a review.Attribute) string {
	forces := ""
	if a.Replaces {
		forces = ", forces the replacement"
	}
	if !strings.Contains(strings.TrimSpace(a.Before+a.After), "\n") {
		return fmt.Sprintf("  - %s: %s%s\n", code(a.Path), change(a.Before, a.After), forces)
	}
	var lines []string
	for _, hunk := range review.Hunks(a.Before, a.After, 2) {
		for _, l := range hunk {
			lines = append(lines, l.Sign+cut(review.Visible(l.Text), mostValue))
		}
	}
	if n := len(lines) - mostDiff; n > 0 {
		lines = append(lines[:mostDiff], " … "+english.Plural(n, "more line", ""))
	}
	block := fenced("diff", strings.Join(lines, "\n"))
	return fmt.Sprintf("  - %s%s\n\n    %s\n", code(a.Path), forces, strings.ReplaceAll(strings.TrimRight(block, "\n"), "\n", "\n    "))
}

func change(before, after string) string {
	switch {
	case before == "" && after == "":
		return "changes"
	case before == "":
		return code(after)
	case after == "":
		return code(before) + " → nothing"
	}
	return code(before) + " → " + code(after)
}

func because(c review.Cause) string {
	var all []string
	if c.Setting != "" {
		all = append(all, code(c.Setting))
	}
	if c.Text != "" {
		all = append(all, prose(c.Text))
	}
	text := strings.Join(all, ", ")
	if c.Before != "" || c.After != "" {
		text += " " + change(c.Before, c.After)
	}
	if c.File != "" {
		text += " in " + code(c.Where())
	}
	return strings.TrimSpace(text)
}

// code is a text as code, on one line.
func code(text string) string {
	text = strings.NewReplacer("\n", `\n`, "\t", `\t`).Replace(review.Visible(text))
	text = cut(text, mostValue)
	if strings.TrimSpace(text) == "" {
		text = fmt.Sprintf("%q", text)
	}
	fence := longer(text, 0)
	if strings.HasPrefix(text, "`") || strings.HasSuffix(text, "`") {
		text = " " + text + " "
	}
	return fence + text + fence
}

// fenced is a text as a block of code.
func fenced(language, text string) string {
	fence := longer(text, 2)
	return fence + language + "\n" + strings.TrimRight(text, "\n") + "\n" + fence + "\n"
}

var backticks = regexp.MustCompile("`+")

// longer are more backticks than a text has in a row, and more than some.
func longer(text string, than int) string {
	for _, run := range backticks.FindAllString(text, -1) {
		than = max(than, len(run))
	}
	return strings.Repeat("`", than+1)
}

func cut(text string, most int) string {
	if all := []rune(text); len(all) > most {
		return string(all[:most]) + "…"
	}
	return text
}

var (
	plain = regexp.MustCompile(`^(\p{L}[\p{L}'’]*(-\p{L}+)*|\$?[0-9][0-9,]*(\.[0-9]+)?%?|[+-]\$?[0-9][0-9,]*(\.[0-9]+)?|→|–|—|·)$`)
	// GitHub links what may be the hash of a commit, and GH-1.
	linked = regexp.MustCompile(`^([0-9a-f]{7,64}|[0-9]+|(?i:GH)-.*)$`)
	number = regexp.MustCompile(`^[0-9]{1,6}$`)
)

// prose is a sentence in which all but plain words is code.
func prose(sentence string) string {
	var b strings.Builder
	var odd []string // words in a row that are not plain
	flush := func(tail string) {
		if len(odd) > 0 {
			b.WriteString(code(strings.Join(odd, " ")))
			odd = nil
		}
		b.WriteString(tail)
	}
	for i, word := range strings.Fields(review.Visible(sentence)) {
		body := strings.TrimRight(word, ".,;:)")
		tail := word[len(body):]
		head := ""
		if strings.HasPrefix(body, "(") {
			head, body = "(", body[1:]
		}
		isPlain := body != "" && plain.MatchString(body) && (!linked.MatchString(body) || number.MatchString(body))
		if i > 0 && (isPlain || len(odd) == 0 || head != "") {
			flush(" ")
		}
		if isPlain {
			b.WriteString(head + body + tail)
			continue
		}
		if body == "" {
			head, body, tail = "", word, ""
		}
		b.WriteString(head)
		odd = append(odd, body)
		if tail != "" {
			flush(tail)
		}
	}
	flush("")
	return b.String()
}
