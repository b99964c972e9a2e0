package sourcebuild

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

const sdkModule = "github.com/aws/aws-sdk-go-v2"

// sdkPatch raises the provider's AWS SDK by a patch release.
type sdkPatch struct {
	from, to    string // versions of sdkModule
	sum, modSum string // to's checksums, as in go.sum
}

// sdkRetriesReads is for provider 5.82, whose SDK gives up when its connection
// closes while it reads an answer, which on a busy machine happens to one
// request in some thousands to a server as near as the emulator. The next patch
// release tries again.
// https://github.com/aws/aws-sdk-go-v2/pull/2949
var sdkRetriesReads = sdkPatch{
	from:   "v1.32.6",
	to:     "v1.32.8",
	sum:    "h1:cZV+NUS/eGxKXMtmyhtYPJ7Z4YLoI/V8bkTdRZfYhGo=",
	modSum: "h1:P5WJBrYqqbWVaOxgH0X/FYYD47/nooaPOZPlQdmiN2U=",
}

// apply raises the SDK in the go.mod and go.sum of the provider's source in dir.
func (p sdkPatch) apply(dir string) error {
	gomod := filepath.Join(dir, "go.mod")
	text, err := os.ReadFile(gomod)
	if err != nil {
		return err
	}
	was := []byte("\t" + sdkModule + " " + p.from + "\n")
	if !bytes.Contains(text, was) {
		return fmt.Errorf("%s: got no %s %s to replace by %s", gomod, sdkModule, p.from, p.to)
	}
	if err := os.WriteFile(gomod, bytes.Replace(text, was, []byte("\t"+sdkModule+" "+p.to+"\n"), 1), 0o644); err != nil {
		return err
	}
	gosum, err := os.OpenFile(filepath.Join(dir, "go.sum"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(gosum, "%s %s %s\n%[1]s %[2]s/go.mod %[4]s\n", sdkModule, p.to, p.sum, p.modSum)
	if closeErr := gosum.Close(); err == nil {
		err = closeErr
	}
	return err
}
