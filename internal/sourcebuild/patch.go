package sourcebuild

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
)

// The provider's AWS SDK gives up when its connection closes while it reads an
// answer, which on a busy machine happens to one request in some thousands to
// a server as near as the emulator. The next patch release tries again.
// https://github.com/aws/aws-sdk-go-v2/pull/2949
const (
	sdkModule = "github.com/aws/aws-sdk-go-v2"
	sdkOld    = "v1.32.6"
	sdkNew    = "v1.32.8"
	sdkSum    = "h1:cZV+NUS/eGxKXMtmyhtYPJ7Z4YLoI/V8bkTdRZfYhGo="
	sdkModSum = "h1:P5WJBrYqqbWVaOxgH0X/FYYD47/nooaPOZPlQdmiN2U="
)

// patchSDK raises the SDK in the provider's go.mod, with the checksums pinned.
func patchSDK(dir string) error {
	gomod := filepath.Join(dir, "go.mod")
	text, err := os.ReadFile(gomod)
	if err != nil {
		return err
	}
	was := []byte("\t" + sdkModule + " " + sdkOld + "\n")
	if !bytes.Contains(text, was) {
		return fmt.Errorf("%s: got no %s %s to replace by %s", gomod, sdkModule, sdkOld, sdkNew)
	}
	if err := os.WriteFile(gomod, bytes.Replace(text, was, []byte("\t"+sdkModule+" "+sdkNew+"\n"), 1), 0o644); err != nil {
		return err
	}
	gosum, err := os.OpenFile(filepath.Join(dir, "go.sum"), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(gosum, "%s %s %s\n%[1]s %[2]s/go.mod %[4]s\n", sdkModule, sdkNew, sdkSum, sdkModSum)
	if closeErr := gosum.Close(); err == nil {
		err = closeErr
	}
	return err
}
