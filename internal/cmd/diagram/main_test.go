package main

import (
	"context"
	"strings"
	"testing"
)

// TestErrors: what is wrong, in one line, and what there is instead.
func TestErrors(t *testing.T) {
	for _, tt := range []struct{ args, want string }{
		{"-stack nope", `stack: got "nope", want one of: design, dev, prod, state-backend`},
		{"dev", `got the argument "dev", want none: make diagram STACK=dev`},
		{"-environments /nope", "/nope: no such folder, want one with an environment file such as dev.yaml"},
	} {
		if err := run(context.Background(), strings.Fields(tt.args)); err == nil || err.Error() != tt.want {
			t.Errorf("%s: got %v, want %s", tt.args, err, tt.want)
		}
	}
}
