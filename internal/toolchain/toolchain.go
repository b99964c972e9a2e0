package toolchain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/cachedir"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/progress"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/sourcebuild"
)

// Toolchain is what Prepare prepared. All paths are absolute.
type Toolchain struct {
	Terraform Terraform
	Provider  Provider
	Python    string // interpreter of the emulator's virtual environment
	CDKTF     string // the cdktf command line
	Checkov   string // interpreter of checkov's virtual environment: python -m checkov.main
	Prefect   string // interpreter of Prefect's virtual environment: python -m prefect
	PrefectDB string // an empty database of Prefect's server
	Lint      string // folder with ruff, shellcheck and zizmor
}

// Part names something that Prepare can provide.
type Part int

// The parts, in the order in which they are prepared: quick ones first, so
// that what is missing on the machine is known before the long build.
const (
	NodeTools Part = iota // cdktf-cli in the checkout's node_modules
	PythonTools
	TerraformTools // Terraform and the AWS provider
	ScannerTools   // checkov
	PrefectTools   // Prefect and its ECS worker
	LintTools      // ruff, shellcheck, zizmor
	TerraformAlone // Terraform, which installs its providers itself
)

// Everything is what the end-to-end tests need.
var Everything = []Part{NodeTools, PythonTools, ScannerTools, PrefectTools, TerraformTools}

// preparer carries what all preparations share.
type preparer struct {
	root  string // checkout
	cache string
	log   *progress.Log

	releases       releaseServer
	tofuSource     source
	providerSource func(version string) (source, error)
}

// Prepare prepares the parts (when none is named those that the emulator and
// cdktf need) for the checkout at root and tells on log what takes long. It is
// quick when nothing is missing.
func Prepare(ctx context.Context, root string, log io.Writer, parts ...Part) (*Toolchain, error) {
	p, err := newPreparer(root, log)
	if err != nil {
		return nil, err
	}
	if len(parts) == 0 {
		parts = []Part{NodeTools, PythonTools, TerraformTools}
	}
	t := &Toolchain{}
	for _, part := range parts {
		if err := p.prepare(ctx, part, t); err != nil {
			return nil, err
		}
	}
	return t, nil
}

// Prune removes from the cache what nothing has used for 90 days, and says so on log.
func Prune(root string, log io.Writer) error {
	p, err := newPreparer(root, log)
	if err != nil {
		return err
	}
	removed, err := p.prune()
	if len(removed) > 0 {
		p.log.Printf("removed from %s, unused for 90 days: %s", p.cache, strings.Join(removed, ", "))
	}
	return err
}

func newPreparer(root string, log io.Writer) (*preparer, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	cache, err := cachedir.Path()
	if err != nil {
		return nil, err
	}
	return &preparer{root: root, cache: cache, log: progress.New(log),
		releases:       releaseServer{url: "https://releases.hashicorp.com"},
		tofuSource:     sourcebuild.OpenTofu{Module: filepath.Join(root, "tools", "opentofu")},
		providerSource: providerSource}, nil
}

// PrepareProvider prepares a version of the AWS provider, for tf to install. It
// says on log what takes long, and is quick when nothing is missing.
func PrepareProvider(ctx context.Context, root string, log io.Writer, tf Terraform, version string) (Provider, error) {
	p, err := newPreparer(root, log)
	if err != nil {
		return Provider{}, err
	}
	return p.provider(ctx, tf, version)
}

// PrepareTerraform prepares a version of Terraform: the one on the PATH where it
// is that, else its release, else, where the releases cannot be reached or
// PREFECT_ECS_TERRAFORM is build, one built from source.
func PrepareTerraform(ctx context.Context, root string, log io.Writer, version string) (Terraform, error) {
	p, err := newPreparer(root, log)
	if err != nil {
		return Terraform{}, err
	}
	return p.terraformOf(ctx, version)
}

// PrepareOpenTofu prepares the OpenTofu that tools/opentofu pins.
func PrepareOpenTofu(ctx context.Context, root string, log io.Writer) (Terraform, error) {
	p, err := newPreparer(root, log)
	if err != nil {
		return Terraform{}, err
	}
	return p.opentofu(ctx)
}

func (p *preparer) prepare(ctx context.Context, part Part, t *Toolchain) (err error) {
	switch part {
	case NodeTools:
		t.CDKTF, err = p.cdktf(ctx)
	case PythonTools:
		t.Python, err = p.venv(ctx, "requirements.txt", "the AWS emulator (moto)")
	case ScannerTools:
		t.Checkov, err = p.venv(ctx, "checkov-requirements.txt", "the scanner (checkov)")
	case PrefectTools:
		if t.Prefect, err = p.venv(ctx, "prefect-requirements.txt", "Prefect"); err == nil {
			t.PrefectDB, err = p.prefectDB(ctx, t.Prefect)
		}
	case LintTools:
		if t.CDKTF, err = p.cdktf(ctx); err != nil { // markdownlint is in node_modules too
			return err
		}
		t.Lint, err = p.venv(ctx, "lint-requirements.txt", "the linters (codespell, ruff, shellcheck, zizmor)")
		t.Lint = filepath.Dir(t.Lint)
	case TerraformAlone:
		t.Terraform, err = p.terraform(ctx)
	case TerraformTools:
		if t.Terraform, err = p.terraform(ctx); err == nil {
			t.Provider, err = p.provider(ctx, t.Terraform, ProviderVersion)
		}
	default:
		err = fmt.Errorf("unknown part %d", part)
	}
	return err
}

// Env returns KEY=VALUE pairs with which terraform and cdktf use this
// toolchain. They belong in front of the emulator's own.
func (t *Toolchain) Env() []string {
	env := []string{"CHECKPOINT_DISABLE=1"}
	if t.Terraform.Path != "" {
		env = append(env, "TERRAFORM_BINARY_NAME="+t.Terraform.Path)
	}
	if dir := t.Terraform.BinDir; dir != "" && !slices.Contains(filepath.SplitList(os.Getenv("PATH")), dir) {
		env = append(env, "PATH="+dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	}
	if t.Provider.CLIConfig != "" {
		env = append(env, "TF_CLI_CONFIG_FILE="+t.Provider.CLIConfig,
			// cdktf reads its options from CDKTF_ variables too. Without this one it runs
			// terraform providers lock, which asks the registry whatever the mirror holds.
			"CDKTF_SKIP_PROVIDER_LOCK=true")
	}
	return env
}

// MissingError says what the machine lacks and how to fix it.
type MissingError struct{ What, Fix string }

func (e *MissingError) Error() string { return e.What + "; " + e.Fix }

// Root finds the checkout that holds the working directory.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "tools", "requirements.txt")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("not in a checkout of prefect-ecs-worker: no tools/requirements.txt here or above; change to the checkout")
		}
	}
}
