package toolchain

import (
	"archive/zip"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ProtonMail/go-crypto/openpgp"
	"github.com/ProtonMail/go-crypto/openpgp/armor"
	"github.com/ProtonMail/go-crypto/openpgp/packet"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/progress"
)

// program is a script that answers as Terraform or OpenTofu does.
func program(name, version string) string {
	return fmt.Sprintf("#!/bin/sh\n[ \"$2\" = -json ] && echo '{\"terraform_version\": %q}' || echo '%s v%[1]s'\n", version, name)
}

// site stands in for releases.hashicorp.com. A test changes what it serves
// before it is asked.
type site struct {
	releaseServer
	version  string // what the index and the program say
	signer   *openpgp.Entity
	damage   bool // serve another archive than the signed list has
	inZip    func(http.ResponseWriter)
	requests atomic.Int32
}

func newKey(t *testing.T) *openpgp.Entity {
	t.Helper()
	key, err := openpgp.NewEntity("test", "", "", &packet.Config{Algorithm: packet.PubKeyAlgoEdDSA})
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func newSite(t *testing.T) *site {
	t.Helper()
	s := &site{version: terraformVersion, signer: newKey(t)}
	var public bytes.Buffer
	w, err := armor.Encode(&public, openpgp.PublicKeyType, nil)
	if err == nil {
		err = s.signer.Serialize(w)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	s.releaseServer = releaseServer{server.URL, public.String()}
	return s
}

func (s *site) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.requests.Add(1)
	file := "terraform_" + s.version + "_" + platform() + ".zip"
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	member, err := z.Create("terraform")
	if err == nil {
		_, err = member.Write([]byte(program("Terraform", s.version)))
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		panic(err)
	}
	sums := fmt.Appendf(nil, "%x  %s\n", sha256.Sum256(archive.Bytes()), file)
	goos, arch, _ := strings.Cut(platform(), "_")
	switch filepath.Base(r.URL.Path) {
	case "index.json":
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(map[string]any{
			"name": "terraform", "version": s.version, "shasums": "terraform_SHA256SUMS", "shasums_signature": "terraform_SHA256SUMS.sig",
			"builds": []map[string]string{{"os": goos, "arch": arch, "filename": file, "url": s.url + "/" + file}},
		})
	case "terraform_SHA256SUMS":
		_, _ = w.Write(sums)
	case "terraform_SHA256SUMS.sig":
		_ = openpgp.DetachSign(w, s.signer, bytes.NewReader(sums), nil)
	case file:
		w.Header().Set("Content-Type", "application/zip")
		switch {
		case s.inZip != nil:
			s.inZip(w)
		case s.damage:
			_, _ = w.Write(append(archive.Bytes(), 0))
		default:
			_, _ = w.Write(archive.Bytes())
		}
	default:
		http.NotFound(w, r)
	}
}

// fakeSource replaces a build of minutes.
type fakeSource struct{ built *int }

func (fakeSource) Inputs(context.Context) ([]string, error) { return []string{"source"}, nil }

func (f fakeSource) Build(_ context.Context, dir string, _ func(string, ...any)) (string, error) {
	*f.built++
	path := filepath.Join(dir, "tofu")
	return path, os.WriteFile(path, []byte(program("OpenTofu", "1.12.6")), 0o755)
}

// onEmptyMachine prepares for a machine without Terraform. What it logs is in the buffer.
func onEmptyMachine(t *testing.T, s releaseServer) (p *preparer, built *int, logged *bytes.Buffer) {
	t.Helper()
	for _, name := range []string{"TERRAFORM_BINARY_NAME", terraformFrom} {
		t.Setenv(name, "")
	}
	t.Setenv("PATH", t.TempDir())
	t.Setenv("TMPDIR", t.TempDir())
	built, logged = new(int), &bytes.Buffer{}
	p = testPreparer(t)
	p.log, p.releases, p.tofuSource = progress.New(logged), s, fakeSource{built}
	return p, built, logged
}

// wantNothingLeft looks for what a download that did not succeed may leave behind.
func wantNothingLeft(t *testing.T, p *preparer) {
	t.Helper()
	for _, dir := range []string{p.cache, os.Getenv("TMPDIR")} {
		left, err := os.ReadDir(dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, entry := range left {
			if filepath.Ext(entry.Name()) != ".lock" {
				t.Errorf("left behind: %s", filepath.Join(dir, entry.Name()))
			}
		}
	}
}

func TestReleaseIsDownloadedOnce(t *testing.T) {
	s := newSite(t)
	p, built, logged := onEmptyMachine(t, s.releaseServer)
	first, err := p.terraform(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	want := Terraform{Path: filepath.Join(p.cache, releaseEntry(terraformVersion), "terraform"), Version: terraformVersion, BinDir: filepath.Join(p.cache, releaseEntry(terraformVersion))}
	if first != want || *built != 0 || !strings.Contains(logged.String(), "downloading Terraform") {
		t.Errorf("got %+v, %d builds and:\n%s\nwant %+v and none", first, *built, logged, want)
	}
	if left, _ := os.ReadDir(os.Getenv("TMPDIR")); len(left) > 0 {
		t.Errorf("left in TMPDIR: %v", left)
	}
	asked := s.requests.Load()
	if again, err := p.terraform(t.Context()); err != nil || again != first || s.requests.Load() != asked {
		t.Errorf("the second time: got %+v, %v and %d requests, want the same and none", again, err, s.requests.Load()-asked)
	}
}

func TestReleaseThatFailsItsChecksIsRefused(t *testing.T) {
	for _, tt := range []struct {
		name, want string
		change     func(*site)
	}{
		{"checksum", "the archive does not have the checksum in the signed list",
			func(s *site) { s.damage = true }},
		{"signature", "unable to verify checksums signature: .*",
			func(s *site) { s.signer = newKey(t) }},
		{"version", "http://.*: got version 1.2.0, want " + terraformVersion,
			func(s *site) { s.version = "1.2.0" }},
		{"half an archive", "the archive did not arrive whole: unexpected EOF",
			func(s *site) {
				s.inZip = func(w http.ResponseWriter) {
					w.Header().Set("Content-Length", "1000")
					_, _ = w.Write([]byte("PK"))
				}
			}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSite(t)
			tt.change(s)
			p, built, _ := onEmptyMachine(t, s.releaseServer)
			_, err := p.terraform(t.Context())
			want := regexp.MustCompile("^download Terraform " + terraformVersion + ": " + tt.want + "; to build OpenTofu from source instead, set PREFECT_ECS_TERRAFORM=build$")
			if err == nil || !want.MatchString(err.Error()) {
				t.Errorf("got %v, want %s", err, want)
			}
			if *built != 0 {
				t.Error("what failed its check was replaced by a build without a word")
			}
			wantNothingLeft(t, p)
		})
	}
}

func TestOpenTofuIsBuiltWhereNoReleaseCanBeReached(t *testing.T) {
	p, built, logged := onEmptyMachine(t, releaseServer{url: "http://127.0.0.1:1"})
	for range 2 {
		got, err := p.terraform(t.Context())
		if err != nil || !got.Tofu || got.Path != filepath.Join(got.BinDir, "tofu") {
			t.Errorf("got %+v, %v, want OpenTofu", got, err)
		}
	}
	if *built != 1 {
		t.Errorf("built %d times, want once", *built)
	}
	for _, want := range []string{"Terraform cannot be downloaded (", "connection refused), so OpenTofu is built from source\n"} {
		if strings.Count(logged.String(), want) != 1 {
			t.Errorf("got this, want %q once:\n%s", want, logged)
		}
	}
}

func TestInterruptedDownloadLeavesNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := newSite(t)
	s.inZip = func(w http.ResponseWriter) {
		_, _ = w.Write(bytes.Repeat([]byte("PK"), 1<<20))
		w.(http.Flusher).Flush()
		for range 500 { // until a part of the archive is on the disk
			if files, _ := os.ReadDir(os.Getenv("TMPDIR")); len(files) > 0 {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		cancel()
	}
	p, built, _ := onEmptyMachine(t, s.releaseServer)
	if _, err := p.terraform(ctx); !errors.Is(err, context.Canceled) || *built != 0 {
		t.Errorf("got %v and %d builds, want the interrupt and none", err, *built)
	}
	wantNothingLeft(t, p)
}

func TestWhereTerraformComesFrom(t *testing.T) {
	s := newSite(t)
	for _, tt := range []struct {
		name, setting, binary string
		path                  map[string]string // programs on the PATH
		cached                []string          // entries made earlier
		want                  string            // version
	}{
		{"terraform on the PATH", "", "", map[string]string{"terraform": "1.9.0", "tofu": "1.8.0"}, []string{"download", "build"}, "1.9.0"},
		{"tofu where terraform is too old", "", "", map[string]string{"terraform": "1.1.9", "tofu": "1.8.0"}, nil, "1.8.0"},
		{"a release where all are too old", "", "", map[string]string{"terraform": "1.1.9"}, nil, terraformVersion},
		{"what was built earlier", "", "", nil, []string{"build"}, "1.12.6"},
		{"what was downloaded earlier", "", "", nil, []string{"build", "download"}, terraformVersion},
		{"auto", "auto", "", map[string]string{"tofu": "1.8.0"}, nil, "1.8.0"},
		{"a download that is asked for", "download", "", map[string]string{"terraform": "1.9.0"}, []string{"build"}, terraformVersion},
		{"a build that is asked for", "build", "", map[string]string{"terraform": "1.9.0"}, []string{"download"}, "1.12.6"},
		{"what TERRAFORM_BINARY_NAME names", "build", "mine", map[string]string{"terraform": "1.9.0", "mine": "1.7.0"}, nil, "1.7.0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p, _, _ := onEmptyMachine(t, s.releaseServer)
			for _, made := range tt.cached {
				t.Setenv(terraformFrom, made)
				if _, err := p.terraform(t.Context()); err != nil {
					t.Fatal(err)
				}
			}
			for name, version := range tt.path {
				if err := os.WriteFile(filepath.Join(os.Getenv("PATH"), name), []byte(program("Terraform", version)), 0o755); err != nil {
					t.Fatal(err)
				}
			}
			t.Setenv(terraformFrom, tt.setting)
			t.Setenv("TERRAFORM_BINARY_NAME", tt.binary)
			if got, err := p.terraform(t.Context()); err != nil || got.Version != tt.want {
				t.Errorf("got %+v, %v, want version %s", got, err, tt.want)
			}
		})
	}
	t.Setenv(terraformFrom, "registry")
	if _, err := testPreparer(t).terraform(t.Context()); err == nil || err.Error() != `PREFECT_ECS_TERRAFORM: got "registry", want one of [auto download build]` {
		t.Errorf("got %v", err)
	}
}

// TestReleaseIsTheTestedVersion: what is downloaded is what CI and the workflows have.
func TestReleaseIsTheTestedVersion(t *testing.T) {
	for _, file := range []string{"workflows/ci.yml", "actions/stack/action.yml"} {
		text, err := os.ReadFile(filepath.Join("../../.github", file))
		if err != nil {
			t.Fatal(err)
		}
		if !regexp.MustCompile(`(?m)terraform_version: ` + regexp.QuoteMeta(terraformVersion) + `( |$)`).Match(text) {
			t.Errorf(".github/%s does not have terraform_version: %s", file, terraformVersion)
		}
	}
}
