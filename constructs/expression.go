package constructs

import (
	"strconv"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// Expr turns a template into the expression that goes into another one:
// "${var.vpc_cidr}" becomes var.vpc_cidr, "10.0.0.0/16" becomes a quoted
// string. A CDKTF token stays in quotes, where CDKTF still finds it.
func Expr(template string) string {
	inner, ok := strings.CutPrefix(template, "${")
	if ok && strings.HasSuffix(inner, "}") && strings.Count(inner, "${") == 0 && strings.Count(inner, "}") == 1 {
		if inner = inner[:len(inner)-1]; !strings.HasPrefix(inner, "TfToken[") {
			return inner
		}
	}
	return quote(template)
}

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
