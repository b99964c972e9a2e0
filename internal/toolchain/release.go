package toolchain

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"strings"
	"time"

	"github.com/hashicorp/go-version"
	"github.com/hashicorp/hc-install/httpclient"
	"github.com/hashicorp/hc-install/product"
	"github.com/hashicorp/hc-install/releases"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/progress"
)

// terraformVersion is downloaded where the machine has no Terraform. It is the
// version that plans and applies in .github, so that every test has passed with
// it. Terraform and not OpenTofu, because the documents, and most states to
// adopt, are Terraform's; its licence, BUSL 1.1, allows any use but a product
// that competes with HashiCorp's. From 1.15 on Terraform prints that
// dynamodb_table is deprecated on standard output, in front of the JSON of
// `terraform output -json`.
const terraformVersion = "1.11.4"

// CompatVersions are the Terraforms that make compat runs besides OpenTofu's
// newest: the oldest that the documents admit, two that are still widely used,
// the one that plans and applies in .github, and the newest.
var CompatVersions = []string{"1.2.9", "1.5.7", "1.9.8", terraformVersion, "1.16.3"}

// releaseTimeout is for 30 MB on a slow line. Progress is shown meanwhile.
const releaseTimeout = 15 * time.Minute

// releaseServer is releases.hashicorp.com, or what stands in for it in a test.
type releaseServer struct {
	url string
	key string // armored; "" is HashiCorp's
}

// answers returns nil when the release can be had.
func (s releaseServer) answers(ctx context.Context, version string) error {
	return answers(ctx, s.url+"/terraform/"+version+"/index.json", "builds")
}

func releaseEntry(version string) string { return "terraform-" + version + "-" + platform() }

// release returns the Terraform that was downloaded, now or earlier.
func (p *preparer) release(ctx context.Context, version string) (Terraform, error) {
	dir, err := p.entry(ctx, releaseEntry(version), func(ctx context.Context, tmp, _ string) error {
		step := p.log.Start(progress.Task{What: fmt.Sprintf("downloading Terraform %s from %s", version, p.releases.url), Key: "download Terraform", About: "30 MB, once"})
		err := step.Done(p.releases.install(ctx, step, tmp, version))
		if err != nil {
			return fmt.Errorf("download Terraform %s: %w; to build OpenTofu from source instead, set %s=build", version, err, terraformFrom)
		}
		return nil
	})
	if err != nil {
		return Terraform{}, err
	}
	return inBinDir(ctx, dir, "terraform")
}

// install puts the release into dir. The archive has the checksum that is in a
// list with HashiCorp's signature.
func (s releaseServer) install(ctx context.Context, step *progress.Step, dir, wanted string) error {
	client := httpclient.New()
	client.Transport = meter{client.Transport, step}
	release := &releases.ExactVersion{
		Product: product.Terraform, Version: version.Must(version.NewVersion(wanted)),
		InstallDir: dir, Timeout: releaseTimeout, HTTPClient: client, ApiBaseURL: s.url, ArmoredPublicKey: s.key,
	}
	var check archiveCheck
	release.SetLogger(log.New(&check, "", 0))
	path, err := release.Install(ctx)
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if check.failed != "" {
		return errors.New(check.failed)
	}
	if err != nil {
		return err
	}
	if !check.passed {
		return errors.New("hc-install does not say that the checksum matches")
	}
	// The server's index names the version whose list is checked: it must not be another one.
	t, err := inspect(ctx, path)
	if err == nil && t.Version != wanted {
		err = fmt.Errorf("%s: got version %s, want %s", s.url, t.Version, wanted)
	}
	return err
}

// archiveCheck reads in hc-install's log how the archive's check ended. 0.10.0
// loses an error that it has while it handles the archive, a wrong checksum
// among them: removing the archive overwrites it. What is left says that there
// is no program, where there should be one.
type archiveCheck struct {
	passed bool
	failed string
}

// Write gets a line at a time.
func (c *archiveCheck) Write(line []byte) (int, error) {
	text := strings.TrimSpace(string(line))
	switch {
	case strings.HasPrefix(text, "checksum matches for "):
		c.passed = true
	case strings.HasPrefix(text, "checksum does not match for "):
		c.failed = "the archive does not have the checksum in the signed list"
	case strings.HasPrefix(text, "failed to calculate hash of "):
		_, why, _ := strings.Cut(text, ": ")
		c.failed = "the archive did not arrive whole: " + why
	}
	return len(line), nil
}

// meter shows how much of an archive has been read.
type meter struct {
	http.RoundTripper
	step *progress.Step
}

func (m meter) RoundTrip(r *http.Request) (*http.Response, error) {
	resp, err := m.RoundTripper.RoundTrip(r)
	if err == nil && strings.HasSuffix(r.URL.Path, ".zip") {
		resp.Body = &meteredBody{ReadCloser: resp.Body, step: m.step, size: resp.ContentLength}
	}
	return resp, err
}

type meteredBody struct {
	io.ReadCloser
	step       *progress.Step
	read, size int64
}

func (b *meteredBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.read += int64(n)
	b.step.Detail("%d of %d MB", b.read>>20, b.size>>20)
	return n, err
}
