// Command reference writes the JSON Schema and the page of the settings; it is
// what go generate ./settings runs.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/reference"
)

func main() {
	if err := run(".."); err != nil { // go generate starts it in settings
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(root string) error {
	r, err := reference.Read(root)
	if err != nil {
		return err
	}
	for name, data := range r.Files() {
		if err := os.WriteFile(filepath.Join(root, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
