package kernel

import "os"

func silence() {
	if null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0); err == nil {
		os.Stderr = null
	}
}

// killChildren leaves Node to end by itself, as it does when its input ends.
func killChildren() {}
