// Command prefect-ecs-worker synthesizes Prefect workers on AWS ECS Fargate
// into Terraform JSON: one stack for each file in environments/. The CDKTF CLI
// runs it; run by hand it writes cdktf.out too.
package main

import (
	"flag"
	"fmt"
	"os"

	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/kernel"
	"github.com/prefect-ecs/prefect-ecs-worker/stacks"
)

func main() {
	environments := flag.String("environments", "environments", "folder with one YAML file for each stack")
	flag.Parse()
	if err := synth(*environments); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// synth checks every setting before the first construct exists, so that bad
// input leaves what was synthesized before as it was.
func synth(environments string) (err error) {
	defer jsii.Close() // even unused, it has unpacked itself into the temporary folder
	c, err := config.Load(environments)
	if err != nil {
		return err
	}
	for _, warning := range c.Warnings() {
		fmt.Fprintln(os.Stderr, "warning:", warning)
	}
	k, err := kernel.Start()
	if err != nil {
		return err
	}
	defer k.Close()
	defer func() { // jsii panics where Go would return an error
		if r := recover(); r != nil {
			err = fmt.Errorf("synthesis failed: %v", r)
		}
	}()
	app := cdktf.NewApp(nil)
	stacks.Add(app, c)
	app.Synth()
	return nil
}
