package constructs

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/jsii-runtime-go"
	"github.com/hashicorp/terraform-cdk-go/cdktf"
)

// archive is a zip file that an app writes beside a stack's JSON.
type archive struct {
	Path string // from there
	Hash string // as source_code_hash has it
}

// archive zips one file as an asset of CDKTF's. Not by the asset's own type
// ARCHIVE, whose bytes depend on the file's time and mode, so that each machine
// would plan a change, and which starts another Node for each. Nothing is
// compressed: Go's versions do not compress alike.
func (g group) archive(name, file, content string) archive {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	header := &zip.FileHeader{Name: file, Method: zip.Store, Modified: time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)}
	header.SetMode(0o644)
	w, err := z.CreateHeader(header)
	if err == nil {
		_, err = w.Write([]byte(content))
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		panic(err) // never: a buffer takes everything
	}
	sum := sha256.Sum256(b.Bytes())
	short, id := hex.EncodeToString(sum[:16]), g.prefixed(name)
	asset := cdktf.NewTerraformAsset(g.stack, jsii.String("asset_"+id), &cdktf.TerraformAssetConfig{
		Path: jsii.String(kept(name+".zip", b.Bytes(), short)), Type: cdktf.AssetType_FILE, AssetHash: &short,
	})
	return archive{*asset.Path(), base64.StdEncoding.EncodeToString(sum[:])}
}

// kept writes a file from which an asset is copied when the app is written, which
// an app in a test never is: it stays in the user's cache, once for what is in it.
// Without a cache it is in TMPDIR, which kernel.Synth removes.
func kept(name string, content []byte, sum string) string {
	if base, err := os.UserCacheDir(); err == nil {
		path := filepath.Join(base, "prefect-ecs-worker", "asset-"+sum, name)
		if have, err := os.ReadFile(path); err == nil && bytes.Equal(have, content) {
			return path
		}
		if writeNew(path, content) == nil {
			return path
		}
	}
	dir, err := os.MkdirTemp("", "prefect-ecs-worker-")
	if err != nil {
		panic(err)
	}
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		panic(err)
	}
	return path
}

// writeNew writes a file in one step: a program that starts at the same moment
// never reads half of it.
func writeNew(path string, content []byte) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	temporary := fmt.Sprintf("%s.%d", path, os.Getpid())
	if err := os.WriteFile(temporary, content, 0o600); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}
