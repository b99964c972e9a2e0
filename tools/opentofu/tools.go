//go:build tools

// Package opentofu holds the import that go.mod and go.sum pin.
package opentofu

import _ "github.com/opentofu/opentofu/cmd/tofu"
