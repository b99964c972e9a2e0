package cause

import (
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
)

// hidden is what stands for a value that may be a secret.
const hidden = "(not shown)"

// longest is how much of a value is shown.
const longest = 80

// text is a setting's value in one line, or "".
func text(s *config.Setting) string {
	if s == nil {
		return ""
	}
	if s.Hide {
		return hidden
	}
	data, err := yaml.Marshal(shown(s))
	if err != nil {
		return ""
	}
	return short(string(data))
}

// short is a text in one line of a length that can be read.
func short(text string) string {
	line := config.Redacted(strings.Join(strings.Fields(text), " "))
	if utf8.RuneCountInString(line) > longest {
		return string([]rune(line)[:longest-1]) + "…"
	}
	return line
}

// shown is a value without what is hidden in it.
func shown(s *config.Setting) *yaml.Node {
	if s.Hide {
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: hidden}
	}
	node := &yaml.Node{Kind: s.Value.Kind, Tag: s.Value.Tag, Value: s.Value.Value}
	if node.Kind != yaml.ScalarNode {
		node.Style = yaml.FlowStyle
	}
	for _, inner := range s.Inner {
		add(node, inner.Key, shown(inner))
	}
	return node
}
