package config

import (
	"fmt"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// Module is a stack as the files beside its environment file see it: what it sets
// of Terraform, and how to report it.
type Module struct {
	Stack         string
	Kind          string // such as settings.KindWorker
	Terraform     *settings.TerraformBlock
	ResourceNames map[string]string // terraform.resourceNames
	settings.Checker
	*file
}

// File is the environment file.
func (m *Module) File() string { return m.name }

// Err holds what was reported since the last call.
func (m *Module) Err() error {
	err := m.err()
	m.found = nil
	return err
}

// Modules lists the stacks, in the order of Stacks.
func (c *Config) Modules() []*Module {
	var all []*Module
	for _, maker := range c.makers() {
		m := &Module{Stack: maker.stack, Checker: maker.checker, file: maker.checker.file}
		switch s := maker.document.(type) {
		case *settings.Environment:
			m.Kind = settings.KindWorker
			m.Terraform, m.ResourceNames = &s.Terraform.TerraformBlock, s.Terraform.ResourceNames
		case *settings.StateBackend:
			m.Kind = settings.KindStateBackend
			m.Terraform = &s.Terraform
		case *settings.GitHubActions:
			m.Kind = settings.KindGitHubActions
			m.Terraform = &s.Terraform
		case *settings.CrashEventsStack:
			m.Kind = settings.KindCrashEvents
			m.Terraform = &s.Terraform.TerraformBlock
		}
		all = append(all, m)
	}
	return all
}

// Where says where a setting stands: a file and a line, the line of the nearest
// setting around it that the file has, or that the preset has it.
func (m *Module) Where(path string) string {
	if line := m.around(path); line > 0 {
		return fmt.Sprintf("%s:%d: %s", m.name, line, path)
	}
	if m.preset != nil && m.preset.has(path) {
		return fmt.Sprintf("%s: %s (from %s)", m.name, path, m.preset.name)
	}
	if path == "" {
		return m.name
	}
	return m.name + ": " + path
}
