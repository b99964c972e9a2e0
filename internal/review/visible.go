package review

import (
	"fmt"
	"strings"
	"unicode"
)

// Visible writes what a reader does not see in a text as an escape: controls, which
// also move a terminal's cursor, and format characters, which turn the text around
// or hide a part of it (https://trojansource.codes). Line breaks and tabs stay.
func Visible(text string) string {
	hidden := func(r rune) bool {
		return r != '\n' && r != '\t' && (unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) || r == unicode.ReplacementChar)
	}
	text = strings.ToValidUTF8(text, string(unicode.ReplacementChar))
	if strings.IndexFunc(text, hidden) < 0 {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if hidden(r) {
			fmt.Fprintf(&b, `\u%04x`, r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
