// Package revision reads what a git repository held at a commit, without touching
// the checkout.
package revision

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
)

// Revision is a commit of a repository.
type Revision struct {
	Root string // The checkout's.
	Name string // As it was asked for.
	Hash string
}

// environment of git that another git, such as that of a hook, may have set.
var unset = []string{"GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"}

// Find finds a revision in the repository that dir is in: the commit at which the
// checkout's branch left it, as a pull request is shown.
func Find(ctx context.Context, dir, name string) (*Revision, error) {
	root, err := git(ctx, dir, "rev-parse", "--show-toplevel")
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("%s: not in a git repository, so there is nothing to compare it with; put it under git, or give a plan: PLAN=file", dir)
	}
	r := &Revision{Root: strings.TrimSpace(root), Name: name}
	hash, err := git(ctx, r.Root, "rev-parse", "--verify", "--quiet", "--end-of-options", name+"^{commit}")
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		branches, _ := git(ctx, r.Root, "for-each-ref", "--format=%(refname:short)", "--count=8", "--sort=-committerdate", "refs/heads", "refs/remotes", "refs/tags")
		return nil, fmt.Errorf("BASE: got %q, want a branch, tag or commit of %s, such as %s; a shallow clone has one commit: git fetch origin %s", name, r.Root, strings.Join(strings.Fields(branches), ", "), name)
	}
	r.Hash = strings.TrimSpace(hash)
	// What came to it since the checkout's branch left it is no part of the change.
	if fork, err := git(ctx, r.Root, "merge-base", r.Hash, "HEAD"); err == nil {
		r.Hash = strings.TrimSpace(fork)
	}
	return r, ctx.Err()
}

func git(ctx context.Context, dir string, args ...string) (string, error) {
	out, err := process.Output(ctx, process.Command{Path: "git", Args: args, Dir: dir, Unset: unset, Env: []string{"GIT_OPTIONAL_LOCKS=0"}})
	return string(out), err
}

// String is the revision as people say it: main (b3dd2b9).
func (r *Revision) String() string {
	if strings.HasPrefix(r.Hash, r.Name) {
		return r.Hash[:7]
	}
	return r.Name + " (" + r.Hash[:7] + ")"
}

// Changed are the files that differ between the revision and what lies in the
// checkout, with those that git does not know yet.
func (r *Revision) Changed(ctx context.Context) ([]string, error) {
	var all []string
	for _, args := range [][]string{{"diff", "--name-only", "--no-renames", "-z", r.Hash}, {"ls-files", "--others", "--exclude-standard", "-z"}} {
		out, err := git(ctx, r.Root, args...)
		if err != nil {
			return nil, err
		}
		all = append(all, strings.FieldsFunc(out, func(r rune) bool { return r == 0 })...)
	}
	return all, nil
}

// Within is the path of a folder of the checkout below its root.
func (r *Revision) Within(folder string) (string, error) {
	absolute, err := filepath.Abs(folder)
	if err != nil {
		return "", err
	}
	if resolved, err := filepath.EvalSymlinks(absolute); err == nil {
		absolute = resolved
	}
	root := r.Root
	if resolved, err := filepath.EvalSymlinks(root); err == nil {
		root = resolved
	}
	return filepath.Rel(root, absolute)
}

// Extract writes a folder of the revision into dir; "." is all of it. It says whether
// the revision has it.
func (r *Revision) Extract(ctx context.Context, folder, dir string) (bool, error) {
	folder = filepath.ToSlash(filepath.Clean(folder))
	treeish := r.Hash
	if folder != "." {
		if kind, err := git(ctx, r.Root, "cat-file", "-t", r.Hash+":"+folder); err != nil || strings.TrimSpace(kind) != "tree" {
			return false, ctx.Err()
		}
		treeish += ":" + folder
	}
	archive, err := git(ctx, r.Root, "archive", "--format=tar", treeish)
	if err != nil {
		return false, err
	}
	return true, unpack(strings.NewReader(archive), dir)
}

func unpack(archive io.Reader, dir string) error {
	root, err := os.OpenRoot(dir) // no name leads out of it
	if err != nil {
		return err
	}
	defer root.Close()
	for t := tar.NewReader(archive); ; {
		header, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		name := filepath.Clean(header.Name)
		switch header.Typeflag {
		case tar.TypeDir:
			err = root.MkdirAll(name, 0o755)
		case tar.TypeReg:
			var data bytes.Buffer
			if _, err = io.Copy(&data, t); err == nil {
				if err = root.MkdirAll(filepath.Dir(name), 0o755); err == nil {
					err = root.WriteFile(name, data.Bytes(), os.FileMode(header.Mode)&0o755|0o600)
				}
			}
		case tar.TypeSymlink:
			err = root.Symlink(header.Linkname, name)
		}
		if err != nil {
			return err
		}
	}
}
