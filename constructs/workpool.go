package constructs

import (
	"cmp"
	_ "embed"

	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// WorkPoolManagement has each task make its worker's work pool, or update it,
// before the worker starts. Only what Variables names is ever changed in a
// pool: concurrency limit, description, pause and other edits stay.
type WorkPoolManagement struct {
	// Variables is the template of a JSON object, such as *NewJSON(…): each value
	// becomes the default of the base job template's variable of that name; null
	// leaves it as it is. "": the pool is made, and never changed.
	Variables string
}

//go:embed workpool.py
var workPoolScript string

// prepareWorkPool reaches the API as the worker does, by all that the worker's
// container has for it, and ends. The image's entry point stays: it installs
// packages.
func (p WorkerProps) prepareWorkPool(worker map[string]any, before []any) map[string]any {
	c := p.container(settings.WorkPoolContainer, p.Image)
	c["essential"] = false
	c["command"] = []string{"python", "-c", Escape(workPoolScript), p.WorkPool, p.Type, cmp.Or(p.WorkPoolManagement.Variables, "{}")}
	for _, key := range []string{"environment", "secrets", "user", "mountPoints"} {
		set(c, key, worker[key] != nil, func() any { return worker[key] })
	}
	set(c, "dependsOn", before != nil, func() any { return before })
	return c
}
