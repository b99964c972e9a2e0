// Package synth turns environment files into Terraform JSON: cdktf.out for the
// CDKTF CLI and for Terraform, or the JSON alone, for what compares syntheses.
package synth

import (
	"slices"

	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/beside"
	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/kernel"
	"github.com/prefect-ecs/prefect-ecs-worker/stacks"
)

// Project is what a folder of environment files asks for, checked before the first
// construct exists: bad input leaves what was synthesized before as it was.
type Project struct {
	*config.Config
	Warnings []config.Warning // of its stacks

	beside *beside.Beside
}

// Load reads and checks every file in the folder environments and, unless stack is
// empty, keeps that one stack.
func Load(environments, stack string) (*Project, error) {
	c, err := config.Load(environments)
	if err != nil {
		return nil, err
	}
	files, err := beside.Read(c, environments)
	if err != nil {
		return nil, err
	}
	p := &Project{Config: c, Warnings: c.Warnings(), beside: files}
	if stack == "" {
		return p, nil
	}
	return p, p.Only(stack)
}

// Only leaves out all stacks but one.
func (p *Project) Only(stack string) error {
	if err := p.Config.Only(stack); err != nil {
		return err
	}
	p.beside.Only(stack)
	p.Warnings = slices.DeleteFunc(p.Warnings, func(w config.Warning) bool { return w.Stack != stack })
	return nil
}

// Write synthesizes the stacks to kernel.Outdir, all of them or, with an error,
// none, together with what lies beside their files. The stacks that were left out
// stay as they are there. With annotate the warnings become annotations, which the
// CDKTF CLI prints.
func (p *Project) Write(annotate bool) error {
	out := kernel.Outdir()
	add := func(app cdktf.App) { stacks.Add(app, p.Config) }
	if annotate {
		add = func(app cdktf.App) { stacks.Add(app, p.Config); stacks.Warn(app, p.Warnings) }
	}
	err := kernel.Synth(add, func(dir string) error {
		if err := p.beside.Check(dir, out); err != nil {
			return err
		}
		return p.beside.Put(dir, out)
	})
	if err != nil {
		return err
	}
	return p.beside.Clean(out)
}

// JSON synthesizes the stacks of c and returns the JSON of each, cdk.tf.json, by
// its name. Of several syntheses each but the first takes a fraction of the time
// with a kernel that runs: see [kernel.JSON].
func JSON(c *config.Config) (map[string][]byte, error) {
	return kernel.JSON(func(app cdktf.App) { stacks.Add(app, c) })
}
