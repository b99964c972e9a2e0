package cachedir

import (
	"errors"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Stopped is an error where this shell points to a local AWS that does not run any
// more: what a program says of its own is about a profile or an address that nobody
// has heard of.
func Stopped() error {
	file := os.Getenv("AWS_CONFIG_FILE")
	if !strings.Contains(filepath.ToSlash(file), "/prefect-ecs-worker/emulators/") {
		return nil
	}
	stopped := errors.New(`this shell points to a local AWS that is not running; start it: eval "$(make -s emulator)", or open a new shell`)
	if _, err := os.Stat(file); err != nil {
		return stopped
	}
	endpoint, err := url.Parse(os.Getenv("AWS_ENDPOINT_URL"))
	if err != nil || endpoint.Port() == "" {
		return nil
	}
	c, err := net.DialTimeout("tcp", endpoint.Host, 2*time.Second)
	if err != nil {
		return stopped
	}
	return c.Close()
}
