package constructs

import (
	"archive/zip"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"os"
	"path/filepath"
	"time"

	"github.com/aws/constructs-go/constructs/v10"
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
	id := g.prefixed(name)
	asset := cdktf.NewTerraformAsset(g.stack, jsii.String("asset_"+id), &cdktf.TerraformAssetConfig{
		Path: jsii.String(g.temporary(name+".zip", b.Bytes())), Type: cdktf.AssetType_FILE, AssetHash: jsii.String(hex.EncodeToString(sum[:16])),
	})
	return archive{*asset.Path(), base64.StdEncoding.EncodeToString(sum[:])}
}

// temporary writes a file from which an asset is copied while the app is written.
func (g group) temporary(name string, content []byte) string {
	dir, err := os.MkdirTemp("", "prefect-ecs-worker-")
	if err != nil {
		panic(err)
	}
	// CDKTF asks the app itself last, once all stacks are written.
	cdktf.App_Of(g.stack).Node().AddValidation(&removal{dir})
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		panic(err)
	}
	return path
}

// removal removes a folder when CDKTF validates the app.
type removal struct{ dir string }

func (r *removal) Validate() *[]*string {
	_ = os.RemoveAll(r.dir) // one that stays does no harm
	return &[]*string{}
}

var _ constructs.IValidation = (*removal)(nil)
