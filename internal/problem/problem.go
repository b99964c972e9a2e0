// Package problem prints what is wrong in the same way for every command.
package problem

import (
	"fmt"
	"io"
	"regexp"
)

// inFile is how a line begins that names a file and, where it has one, its line, as
// editors and CI find it: nothing stands before it.
var inFile = regexp.MustCompile(`^[^\s:]+\.(yaml|yml|tf|tf\.json|tfvars)(:\d+)*: `)

// Print writes each problem that was found: as it is where it begins with its file, and
// after "error: " otherwise.
func Print(w io.Writer, err error) {
	if all, ok := err.(interface{ Unwrap() []error }); ok {
		for _, one := range all.Unwrap() {
			Print(w, one)
		}
		return
	}
	text := err.Error()
	if !inFile.MatchString(text) {
		text = "error: " + text
	}
	fmt.Fprintln(w, text)
}
