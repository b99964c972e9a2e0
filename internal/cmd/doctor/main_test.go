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
		{"dev", `got the argument "dev", want none: make doctor STACK=dev`},
	} {
		healthy, err := run(context.Background(), strings.Fields(tt.args))
		if healthy || err == nil || err.Error() != tt.want {
			t.Errorf("%s: got %v, %v, want %s", tt.args, healthy, err, tt.want)
		}
	}
}
