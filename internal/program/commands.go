package program

import (
	"os"
	"path/filepath"
	"strings"
	"unicode"
)

// ValuesFile is what the CDKTF CLI reads for every stack, named or not.
const ValuesFile = "terraform.tfvars"

// The commands that a program tells the user to type next are typed in its working
// folder, the checkout.

// Named is a stack as make takes it: first, or first ENVIRONMENTS=other.
func Named(environments, stack string) string {
	if folder, other := otherFolder(environments); other {
		stack += " ENVIRONMENTS=" + InShell(folder)
	}
	return stack
}

// MakePlan is the command that plans a stack, with the values that the
// CDKTF CLI reads by itself.
func MakePlan(environments, stack string) string {
	command := "make plan STACK=" + Named(environments, stack)
	if _, err := os.Stat(ValuesFile); err == nil {
		command += " VAR_FILE=" + ValuesFile
	}
	return command
}

// Deploy is the command that deploys a stack, with files of values.
func Deploy(environments, stack string, varFiles ...string) string {
	command := "npx cdktf deploy " + stack
	for _, name := range varFiles {
		command += " --var-file=" + InShell(Shown(name))
	}
	if folder, other := otherFolder(environments); other {
		command += " --app " + InShell("go run . -environments "+InShell(folder))
	}
	return command
}

// otherFolder is a folder of environments as somebody would type it, and whether it is
// another than the checkout's own.
func otherFolder(environments string) (folder string, other bool) {
	folder = Shown(environments)
	return folder, filepath.Clean(folder) != "environments"
}

// InShell is a word as a shell takes it.
func InShell(word string) string {
	if word != "" && !strings.ContainsFunc(word, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("/._-+,:@%", r)
	}) {
		return word
	}
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}
