package config

import "fmt"

// Repository is an ECR repository for flow images.
type Repository struct {
	Name        string `yaml:"name"`
	ForceDelete bool   `yaml:"forceDelete"` // delete it with images in it
}

func (e *Environment) checkRepository(c checker) {
	if e.Repository != nil {
		c.text("repository.name", e.Repository.Name, repository)
		if len(e.Repository.Name) == 1 {
			c.fail("repository.name", fmt.Errorf("got %q, want at least 2 characters", e.Repository.Name))
		}
	}
}

var repositoryAddresses []string
