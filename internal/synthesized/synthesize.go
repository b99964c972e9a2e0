package synthesized

import (
	"context"
	"os"
	"path/filepath"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
)

// Synthesize synthesizes the environments of a folder, or one stack of them, into
// its own folder, so that cdktf.out stays as it is. The stacks' folders are in dir,
// until clean is called.
func Synthesize(ctx context.Context, root, environments, stack string) (dir string, clean func(), err error) {
	outdir, err := os.MkdirTemp("", "synthesized-")
	if err != nil {
		return "", nil, err
	}
	clean = func() { os.RemoveAll(outdir) }
	folder, err := filepath.Abs(environments)
	if err == nil {
		args := []string{"run", ".", "-environments", folder}
		if stack != "" {
			args = append(args, "-stack", stack)
		}
		err = process.Run(ctx, process.Command{Path: "go", Args: args, Dir: root, Env: []string{"CDKTF_OUTDIR=" + outdir}})
	}
	if err != nil {
		clean()
		return "", nil, err
	}
	return filepath.Join(outdir, "stacks"), clean, nil
}
