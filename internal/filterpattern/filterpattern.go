// Package filterpattern tells whether a pattern of CloudWatch Logs finds a line,
// for tests of patterns. Of the syntax it knows what this project uses: one
// regular expression alone, and words of which one must be there.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
package filterpattern

import (
	"fmt"
	"regexp"
	"strings"
)

// supported is what may be in a regular expression: letters, digits, some
// symbols and operators. Parentheses may not, nor a negated class, a "^" behind
// a "[", of which the page says nothing.
var supported = regexp.MustCompile(`^(?:[A-Za-z0-9_#=@/;,$?\]{}|*+.^-]|\\[dDsSwW.|\\]|\[[^^])+$`)

// Match tells whether the pattern finds the line, or that it is none that this
// package knows.
func Match(pattern, line string) (bool, error) {
	if expression, ok := strings.CutPrefix(pattern, "%"); ok {
		expression, closed := strings.CutSuffix(expression, "%")
		if !closed || !supported.MatchString(expression) {
			return false, fmt.Errorf("got %s, want %%…%% of letters, digits, _#=@/;,- and the operators ^$?[]{}|\\*+. between them", pattern)
		}
		found, err := regexp.MatchString(expression, line)
		if err != nil {
			return false, fmt.Errorf("got %s: %w", pattern, err)
		}
		return found, nil
	}
	found := false
	for _, term := range strings.Fields(pattern) {
		word, ok := strings.CutPrefix(term, "?")
		if !ok || strings.ContainsAny(word, `"%`) {
			return false, fmt.Errorf("got %s, want %%…%%, or words with a ? each", pattern)
		}
		found = found || strings.Contains(line, word)
	}
	return found, nil
}
