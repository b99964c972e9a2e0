package plan

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclparse"
	"golang.org/x/mod/sumdb/dirhash"
	"golang.org/x/sys/unix"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/reattach"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
)

// Served is the AWS provider, started once for a plan and for reading it.
//
// Terraform starts a provider for each of its steps: to ask for its schema, to check
// the configuration, to plan, and once more to show the plan. A provider that runs
// already, as its developers start it, serves them all. What Terraform gives up for
// such a one, and what two steps of one process could confuse, is looked after here,
// and where anything is not as it has to be, Terraform starts its provider itself:
//
//   - Terraform does not check it against the lock file. [Stack.Serve] does, in the way
//     that Terraform does, before it runs it.
//   - It is configured once in its life, by the one plan. Terraform runs a process for
//     each provider block, a served one is the same for all: [servable] wants one block.
//   - Nobody else can reach it: its socket is in a folder of its owner alone.
//   - It has the working directory and environment that Terraform would give it, and it
//     ends with this program, however that ends.
//
// A plan that is kept to be applied is made in the usual way.
type Served struct {
	address  string // registry.terraform.io/hashicorp/aws
	digest   string // of the stack for which it was started
	provider *reattach.Provider
}

// Close ends the provider.
func (s *Served) Close() {
	if s != nil {
		s.provider.Stop()
	}
}

// env is Terraform's environment with which it uses the provider, or none, if what
// has been synthesized since wants another one or several.
func (s *Served) env(stack *Stack) []string {
	if s == nil || !servable(stack) {
		return nil
	}
	if now, err := stack.initDigest(); err != nil || now != s.digest {
		return nil
	}
	return []string{s.provider.Env(s.address)}
}

// Serve starts the provider that the folder was initialized with. After an error
// Terraform plans in its own way.
func (s *Stack) Serve(ctx context.Context) (*Served, error) {
	digest, ok := s.upToDate()
	if s.Keep != "" || !ok || !servable(s) {
		return nil, errors.New("the provider is not served: Terraform starts its own")
	}
	address, program, err := s.lockedProvider()
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, startTimeout)
	defer cancel()
	provider, err := reattach.Start(ctx, program, s.Dir, quick()...)
	if err != nil {
		return nil, err
	}
	return &Served{address, digest, provider}, nil
}

// lockedProvider is the AWS provider as installed, if it is what the lock file names.
func (s *Stack) lockedProvider() (address, program string, err error) {
	file := filepath.Join(s.Dir, config.LockFileName)
	text, err := os.ReadFile(file)
	if err != nil {
		return "", "", err
	}
	providers, diagnostics := config.LockedProviders(file, text)
	if diagnostics.HasErrors() {
		return "", "", diagnostics
	}
	for _, p := range providers {
		if !p.IsAWS() {
			continue
		}
		dir := filepath.Join(s.dataDir(), "providers", filepath.FromSlash(p.Source), p.Version, platform)
		if dir, err = filepath.EvalSymlinks(dir); err != nil {
			return "", "", err
		}
		programs, err := filepath.Glob(filepath.Join(dir, "terraform-provider-aws*"))
		if err != nil || len(programs) != 1 {
			return "", "", fmt.Errorf("%s: got %d programs, want one", dir, len(programs))
		}
		hash, err := s.hashOf(dir)
		if err != nil {
			return "", "", err
		}
		if !slices.Contains(p.Hashes, hash) {
			return "", "", fmt.Errorf("%s: its hash is not in the lock file", dir)
		}
		return p.Source, programs[0], nil
	}
	return "", "", fmt.Errorf("%s: no AWS provider", file)
}

const platform = runtime.GOOS + "_" + runtime.GOARCH

// hashed is a package that was hashed, and what its files were then.
type hashed struct{ Dir, Files, Hash string }

// hashOf is a package's hash, as a lock file has it. To hash 700 MB takes as long as
// to plan: where no file has changed since, it is what it was. That is told by the
// inode and by the time of its last change, which, unlike that of its content, nobody
// can set.
func (s *Stack) hashOf(dir string) (string, error) {
	files, err := filesOf(dir)
	if err != nil {
		return "", err
	}
	if known := s.notes().Provider; files != "" && known.Dir == dir && known.Files == files {
		return known.Hash, nil
	}
	hash, err := dirhash.HashDir(dir, "", dirhash.Hash1)
	if err != nil {
		return "", err
	}
	if again, err := filesOf(dir); err == nil && again == files {
		n := s.notes()
		n.Provider = hashed{dir, files, hash}
		s.note(n)
	}
	return hash, nil
}

// settled is how old a change must be to be told from a later one, whatever the file
// system's clock.
const settled = 2 * time.Second

// filesOf describes the files of a package; "" where one has changed just now.
func filesOf(dir string) (string, error) {
	var all strings.Builder
	young := false
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		var stat unix.Stat_t
		if err := unix.Stat(path, &stat); err != nil {
			return err
		}
		changed := time.Unix(stat.Ctim.Unix())
		young = young || time.Since(changed) < settled
		fmt.Fprintf(&all, "%q %d %d %d %d %d\n", path, stat.Dev, stat.Ino, stat.Mode, stat.Size, changed.UnixNano())
		return nil
	})
	if young {
		return "", err
	}
	return all.String(), err
}

// servable says whether one process can be all of a plan's AWS providers, and nothing
// else is asked of it that a served one does not do.
func servable(s *Stack) bool {
	if os.Getenv(reattach.Variable) != "" || developed() {
		return false
	}
	for _, pair := range os.Environ() {
		if name, value, _ := strings.Cut(pair, "="); strings.HasPrefix(name, "TF_LOG") && value != "" {
			return false // its log would go nowhere
		}
	}
	data, err := os.ReadFile(filepath.Join(s.Dir, synthesized.FileName))
	if err != nil {
		return false
	}
	var stack struct {
		Terraform struct{ Cloud, Backend map[string]json.RawMessage } // a remote one plans elsewhere
		Module    json.RawMessage
		Provider  map[string][]struct{ Alias json.RawMessage }
	}
	if json.Unmarshal(data, &stack) != nil || stack.Module != nil || stack.Terraform.Cloud != nil || stack.Terraform.Backend["remote"] != nil {
		return false
	}
	if aws := stack.Provider["aws"]; len(stack.Provider) != 1 || len(aws) != 1 || aws[0].Alias != nil {
		return false
	}
	files, err := s.terraformFiles()
	if err != nil {
		return false
	}
	for _, name := range files {
		if !plain(filepath.Join(s.Dir, name)) {
			return false
		}
	}
	return true
}

// plain says that a Terraform file has neither providers nor modules, which may have
// some. One in a folder below is a module's, which nothing calls then.
func plain(file string) bool {
	parsed, diagnostics := parse(file)
	if diagnostics.HasErrors() {
		return false
	}
	content, _, diagnostics := parsed.Body.PartialContent(&hcl.BodySchema{Blocks: []hcl.BlockHeaderSchema{
		{Type: "provider", LabelNames: []string{"name"}}, {Type: "module", LabelNames: []string{"name"}}, {Type: "terraform"},
	}})
	return !diagnostics.HasErrors() && len(content.Blocks) == 0
}

// parse reads a file of Terraform's, in either of its two languages.
func parse(file string) (*hcl.File, hcl.Diagnostics) {
	if strings.HasSuffix(file, ".json") {
		return hclparse.NewParser().ParseJSONFile(file)
	}
	return hclparse.NewParser().ParseHCLFile(file)
}

// developed says whether the user's settings of Terraform replace providers by some
// that are being developed.
func developed() bool {
	home, _ := os.UserHomeDir()
	for _, file := range []string{os.Getenv("TF_CLI_CONFIG_FILE"), os.Getenv("TERRAFORM_CONFIG"), filepath.Join(home, ".terraformrc"), filepath.Join(home, ".tofurc")} {
		if text, err := os.ReadFile(file); err == nil && strings.Contains(string(text), "dev_overrides") {
			return true
		}
	}
	return false
}

// startTimeout is how long a provider may take to say how it is reached.
const startTimeout = 20 * time.Second
