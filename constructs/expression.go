package constructs

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// Expr turns a template into the expression that goes into another one:
// "${var.vpc_cidr}" becomes var.vpc_cidr, "10.0.0.0/16" becomes a quoted
// string. A CDKTF token stays as it is: CDKTF writes what it stands for without
// "${}" inside of another expression, so it cannot be in quotes.
func Expr(template string) string {
	if tokens := token.FindAllString(template, -1); tokens != nil {
		var all []string
		for i, text := range token.Split(template, -1) {
			if text != "" {
				all = append(all, quote(text))
			}
			all = append(all, tokens[i:min(i+1, len(tokens))]...)
		}
		if len(all) == 1 {
			return all[0]
		}
		return `join("", [` + strings.Join(all, ", ") + "])"
	}
	inner, ok := strings.CutPrefix(template, "${")
	if ok && strings.HasSuffix(inner, "}") && strings.Count(inner, "${") == 0 && strings.Count(inner, "}") == 1 {
		return inner[:len(inner)-1]
	}
	return quote(template)
}

var token = regexp.MustCompile(`\$\{TfToken\[[^\]]*\]\}`)

// quote writes a template as a quoted HCL template; what stands in ${} is left
// alone.
func quote(template string) string {
	var b strings.Builder
	b.WriteByte('"')
	depth := 0
	for i := 0; i < len(template); i++ {
		c := template[i]
		switch {
		case depth == 0 && c == '$' && strings.HasPrefix(template[i:], "$${"):
			b.WriteString("$${")
			i += 2
		case c == '{' && (depth > 0 || i > 0 && template[i-1] == '$'):
			depth++
			b.WriteByte(c)
		case c == '}' && depth > 0:
			depth--
			b.WriteByte(c)
		case depth == 0 && (c == '"' || c == '\\' || c < ' '):
			q := strconv.Quote(string(rune(c)))
			b.WriteString(q[1 : len(q)-1])
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// Escape makes text literal in a template.
func Escape(text string) string { return settings.Escape(text) }
