package settings

import "strings"

// Escape makes text literal in a Terraform template.
func Escape(text string) string {
	return strings.NewReplacer("${", "$${", "%{", "%%{").Replace(text)
}
