// Package hold keeps jsii from unpacking itself into the temporary folder while
// Go initializes packages, where a folder that cannot be written to is a panic
// before main, and where an interrupt leaves 2 MB behind.
//
// jsii unpacks nothing when JSII_RUNTIME names the program to start, so this
// package names one until Release. Go initializes the packages that are ready
// in the order of their import paths. This one needs os alone and comes before
// os/exec, which jsii needs: so it is always first.
package hold

import "os"

const (
	variable = "JSII_RUNTIME"
	program  = `echo "CDKTF is used before kernel.Synth, kernel.Main or kernel.Start has started it" >&2; exit 1`
)

func init() {
	if os.Getenv(variable) == "" {
		os.Setenv(variable, program)
	}
}

// Release lets the jsii that starts next unpack itself as usual.
func Release() {
	if os.Getenv(variable) == program {
		os.Unsetenv(variable)
	}
}
