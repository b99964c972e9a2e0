// Package planjson reads Terraform's plans as JSON, beyond what terraform-json does.
package planjson

import "slices"

// Unknown says whether anything in the nested marks of after_unknown is known only
// after the apply.
func Unknown(marks any) bool {
	switch v := marks.(type) {
	case bool:
		return v
	case []any:
		return slices.ContainsFunc(v, Unknown)
	case map[string]any:
		for _, e := range v {
			if Unknown(e) {
				return true
			}
		}
	}
	return false
}
