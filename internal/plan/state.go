package plan

import (
	"cmp"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// State says in a few words which state the stack is planned against: what the folder
// was initialized with.
func (s *Stack) State() string {
	where := s.backend()
	workspace := os.Getenv("TF_WORKSPACE")
	if workspace == "" {
		text, _ := os.ReadFile(filepath.Join(s.dataDir(), "environment"))
		workspace = strings.TrimSpace(string(text))
	}
	if workspace != "" && workspace != "default" {
		where += ", workspace " + workspace
	}
	for _, name := range []string{"AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL"} {
		if endpoint := os.Getenv(name); endpoint != "" {
			return fmt.Sprintf("%s, at %s (%s)", where, withoutCredentials(endpoint), name)
		}
	}
	return where
}

func (s *Stack) backend() string {
	var initialized struct {
		Backend struct {
			Type   string
			Config struct {
				Path, Bucket, Key, Region, Address string
				Hostname, Organization             string
				Workspaces                         json.RawMessage // an object, or a list of one
			}
		}
	}
	text, err := os.ReadFile(filepath.Join(s.dataDir(), "terraform.tfstate"))
	if err == nil {
		_ = json.Unmarshal(text, &initialized) // of another version: what it is called
	}
	switch b, c := initialized.Backend, initialized.Backend.Config; b.Type {
	case "", "local":
		path := cmp.Or(c.Path, "terraform.tfstate")
		if !filepath.IsAbs(path) {
			path = filepath.Join(s.Dir, path)
		}
		return path
	case "s3":
		return fmt.Sprintf("s3://%s/%s in %s", c.Bucket, c.Key, cmp.Or(c.Region, os.Getenv("AWS_REGION"), os.Getenv("AWS_DEFAULT_REGION")))
	case "http":
		return withoutCredentials(c.Address)
	case "cloud", "remote":
		var one struct{ Name string }
		var several []struct{ Name string }
		if json.Unmarshal(c.Workspaces, &one) != nil && json.Unmarshal(c.Workspaces, &several) == nil && len(several) > 0 {
			one = several[0]
		}
		return fmt.Sprintf("workspace %s of %s on %s", cmp.Or(one.Name, os.Getenv("TF_WORKSPACE")), c.Organization, cmp.Or(c.Hostname, "app.terraform.io"))
	default:
		return "a backend " + b.Type
	}
}

// withoutCredentials is a URL that may be shown.
func withoutCredentials(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return "an address that is no URL"
	}
	u.User, u.RawQuery = nil, ""
	return u.String()
}
