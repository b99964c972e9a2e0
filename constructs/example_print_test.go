package constructs_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"slices"

	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// exampleStack is a stack of an app that is never written.
func exampleStack() cdktf.TerraformStack {
	out, err := os.MkdirTemp("", "example")
	if err != nil {
		panic(err)
	}
	defer os.RemoveAll(out) // an app makes its folder as it is made
	return cdktf.NewTerraformStack(cdktf.NewApp(&cdktf.AppConfig{Outdir: &out}), jsii.String("example"))
}

// synth is the stack's JSON: kind, then type, then name.
func synth(stack cdktf.TerraformStack) map[string]any {
	var d map[string]any
	if err := json.Unmarshal([]byte(*cdktf.Testing_Synth(stack, jsii.Bool(false))), &d); err != nil {
		panic(err)
	}
	return d
}

// printAddresses prints the address of each resource and data source.
func printAddresses(stack cdktf.TerraformStack) {
	d := synth(stack)
	for _, kind := range []struct{ key, prefix string }{{"data", "data."}, {"resource", ""}} {
		types, _ := d[kind.key].(map[string]any)
		for _, t := range slices.Sorted(maps.Keys(types)) {
			for _, name := range slices.Sorted(maps.Keys(types[t].(map[string]any))) {
				fmt.Println(kind.prefix + t + "." + name)
			}
		}
	}
}

// printValue prints what stands at a path: "resource", "aws_vpc", "prefect".
func printValue(stack cdktf.TerraformStack, path ...string) {
	var value any = synth(stack)
	for _, key := range path {
		value = value.(map[string]any)[key]
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(value); err != nil {
		panic(err)
	}
	fmt.Print(b.String())
}
