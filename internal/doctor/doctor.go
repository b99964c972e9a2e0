// Package doctor looks at all that a deployment needs before anything is made:
// programs, credentials, the state's place, names, quotas and the Prefect API.
// It only reads.
package doctor

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
)

// Level says how much a finding matters.
type Level int

// The levels, the least first.
const (
	OK      Level = iota
	Unknown       // It could not be checked.
	Warning       // It works, but not for long or not as expected.
	Todo          // A step that is still to come, without which a deployment stops.
	Problem       // A deployment fails.
)

func (l Level) String() string { return [...]string{"ok", "?", "warning", "to do", "PROBLEM"}[l] }

// Finding is what was seen of one thing.
type Finding struct {
	Level Level
	What  string // Such as "credentials".
	Seen  string // In a few words, without any secret.
	Next  string // What to do; "" with OK.
}

// Check looks at something. It ends with its context.
type Check func(ctx context.Context) []Finding

// legend says what Unknown means.
const legend = "\n?: could not be checked; a deployment may still fail because of it\n"

// Run makes all checks at once and prints what they find, in the order of the
// checks, each as soon as those before it are done.
func Run(ctx context.Context, w io.Writer, checks ...Check) (worst Level) {
	found := make([]chan []Finding, len(checks))
	var all sync.WaitGroup
	for i, check := range checks {
		found[i] = make(chan []Finding, 1)
		all.Go(func() { found[i] <- check(ctx) })
	}
	unknown := false
	for _, one := range found {
		for _, f := range <-one {
			worst, unknown = max(worst, f.Level), unknown || f.Level == Unknown
			fmt.Fprintf(w, "%-8s %-22s %s\n", f.Level, f.What, f.Seen)
			if f.Next != "" {
				fmt.Fprintf(w, "%-8s %-22s next: %s\n", "", "", f.Next)
			}
		}
	}
	all.Wait()
	if unknown {
		fmt.Fprint(w, legend)
	}
	return worst
}

func ok(what, format string, args ...any) Finding {
	return Finding{OK, what, fmt.Sprintf(format, args...), ""}
}

// oneLine is an error in one line.
func oneLine(err error) string { return strings.Join(strings.Fields(err.Error()), " ") }
