package review

import (
	"strings"

	"github.com/aymanbagabas/go-udiff"
)

// TextLine is a line of a text that changes: "+" it is new, "-" it is gone, " " it stays.
type TextLine struct{ Sign, Text string }

// Hunks are the lines in which two texts differ, each part with some around it.
func Hunks(before, after string, around int) [][]TextLine {
	before, after = ended(before), ended(after)
	diff, err := udiff.ToUnifiedDiff("", "", before, udiff.Lines(before, after), around)
	if err != nil {
		panic(err) // edits of another text: a mistake here
	}
	signs := map[udiff.OpKind]string{udiff.Delete: "-", udiff.Insert: "+", udiff.Equal: " "}
	var all [][]TextLine
	for _, h := range diff.Hunks {
		var lines []TextLine
		for _, l := range h.Lines {
			lines = append(lines, TextLine{signs[l.Kind], strings.TrimSuffix(l.Content, "\n")})
		}
		all = append(all, lines)
	}
	return all
}

func ended(text string) string {
	if text == "" || strings.HasSuffix(text, "\n") {
		return text
	}
	return text + "\n"
}
