package filterpattern

import "testing"

func TestMatch(t *testing.T) {
	for _, tt := range []struct {
		pattern, line string
		want, wrong   bool
	}{
		{pattern: "?ERROR ?CRITICAL", line: "a CRITICAL one", want: true},
		{pattern: "?ERROR ?CRITICAL", line: "an error"},
		{pattern: `%^\S+\s[a-c]$%`, line: "1 b", want: true},
		{pattern: `%^\S+\s[a-c]$%`, line: "x 1 b"},
		{pattern: `%one|two%`, line: "the two", want: true},
		{pattern: `%(one)%`, wrong: true},
		{pattern: `%[^a]%`, wrong: true},
		{pattern: `%a b%`, wrong: true},
		{pattern: `%one% %two%`, wrong: true},
		{pattern: `?%one% ?%two%`, wrong: true},
		{pattern: `ERROR -flow`, wrong: true},
		{pattern: `[level=ERROR]`, wrong: true},
	} {
		got, err := Match(tt.pattern, tt.line)
		if got != tt.want || (err != nil) != tt.wrong {
			t.Errorf("%s in %q: got %t, %v, want %t, wrong: %t", tt.pattern, tt.line, got, err, tt.want, tt.wrong)
		}
	}
}
