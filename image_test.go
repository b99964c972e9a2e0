package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/golden"
)

var (
	pinnedVersion = regexp.MustCompile(`(?m)^(prefect|prefect-aws)==(\S+)$`)
	imageTag      = regexp.MustCompile(`prefecthq/prefect-aws:\d[\w.]*-python\d+\.\d+(-prefect\d+(\.\w+)+)?`)
)

// oldImages are named on purpose: what they lack is refused or warned of.
var oldImages = map[string][]string{
	"config/identity_test.go": {"prefecthq/prefect-aws:0.5.10-python3.12"},
	"config/prefect_test.go":  {"prefecthq/prefect-aws:0.7.6-python3.12-prefect3.6.22", "prefecthq/prefect-aws:0.7.7-python3.12-prefect3.6.23"},
}

// TestGoldenImages: every file names the image whose versions
// tools/prefect-requirements.txt pins, with which the end-to-end tests run. With
// -update it writes that image into all of them: docs/images.md.
func TestGoldenImages(t *testing.T) {
	image := []byte(pinnedImage(t))
	check := func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			others := []string{filepath.Join("e2e", "testdata", "adopt"), filepath.Join("internal", "adopt", "testdata")} // teams' deployments, as they run
			if slices.Contains(others, name) || d.Name() == "node_modules" || d.Name() == "cdktf.out" {
				return fs.SkipDir
			}
			return nil
		}
		text, err := os.ReadFile(name)
		if name == "image_test.go" || name == filepath.Join("docs", "settings.md") { // which make generate writes, and cuts off
			return nil
		}
		if err != nil || !imageTag.Match(text) {
			return err
		}
		got := imageTag.ReplaceAllFunc(text, func(found []byte) []byte {
			if slices.Contains(oldImages[filepath.ToSlash(name)], string(found)) {
				return found
			}
			return image
		})
		if !bytes.Equal(got, text) {
			golden.Check(t, name, got)
		}
		return nil
	}
	for _, name := range topLevel(t) {
		if err := filepath.WalkDir(name, check); err != nil {
			t.Fatal(err)
		}
	}
}

// topLevel is what Git knows in the checkout's folder, but for environments, which are
// their owners'. To read the folder itself would have Go run this package's tests again
// after each build: .bin in it has changed.
func topLevel(t *testing.T) []string {
	t.Helper()
	var all []string
	for _, file := range known(t) {
		name, _, _ := strings.Cut(file, "/")
		if _, err := os.Lstat(name); err == nil && name != "environments" && !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

// pinnedImage has the pinned versions in its tag, the form of which is that of
// the workflow that publishes it. A tag without the last part is moved to each
// new Prefect, nightly builds too.
// https://github.com/PrefectHQ/prefect/blob/main/.github/workflows/prefect-aws-docker-images.yaml
func pinnedImage(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("tools/prefect-requirements.txt")
	if err != nil {
		t.Fatal(err)
	}
	versions := map[string]string{}
	for _, m := range pinnedVersion.FindAllStringSubmatch(string(text), -1) {
		versions[m[1]] = m[2]
	}
	if len(versions) != 2 {
		t.Fatalf("tools/prefect-requirements.txt pins %v, want prefect and prefect-aws", versions)
	}
	return "prefecthq/prefect-aws:" + versions["prefect-aws"] + "-python3.12-prefect" + versions["prefect"]
}
