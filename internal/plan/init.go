package plan

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"hash"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/prefect-ecs/prefect-ecs-worker/config"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
)

// dataDir is where Terraform keeps what it has initialized.
func (s *Stack) dataDir() string {
	dir := os.Getenv("TF_DATA_DIR")
	if dir == "" {
		dir = ".terraform"
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(s.Dir, dir)
	}
	return dir
}

// notes is what the last run left beside what Terraform has initialized, and what
// goes with it: without the folder, all is asked for again.
type notes struct {
	Initialized string // the digest of what init has seen
	Resources   int    // refreshed by the last plan
	Provider    hashed // the last one that was served
}

func (s *Stack) notesFile() string { return filepath.Join(s.dataDir(), "prefect-ecs-plan.json") }

func (s *Stack) notes() notes {
	var n notes
	if text, err := os.ReadFile(s.notesFile()); err == nil {
		_ = json.Unmarshal(text, &n) // of another version: nothing is known
	}
	return n
}

// note never fails: what is not noted is done again.
func (s *Stack) note(n notes) {
	text, err := json.Marshal(n)
	if err != nil {
		return
	}
	temporary := fmt.Sprintf("%s.%d", s.notesFile(), os.Getpid())
	if os.WriteFile(temporary, text, 0o600) == nil && os.Rename(temporary, s.notesFile()) == nil {
		return
	}
	os.Remove(temporary)
}

func (s *Stack) resources() int { return s.notes().Resources }

func (s *Stack) remember(resources int) {
	if n := s.notes(); n.Resources != resources {
		n.Resources = resources
		s.note(n)
	}
}

// upToDate says whether init would find what it has found the last time. Where that
// is wrong all the same, because somebody has emptied the folder, Terraform refuses
// to plan and asks for init, and it is run. digest is of what init would see now.
func (s *Stack) upToDate() (digest string, ok bool) {
	before := s.notes().Initialized
	now, err := s.initDigest()
	return now, err == nil && before != "" && before == now
}

// initDigest is of all that init acts by: the backend, the modules, the providers by
// requirement and by use, the lock, and which Terraform it is. Files beside the
// stack's own change seldom, so all of their text is in it.
func (s *Stack) initDigest() (string, error) {
	h := sha256.New()
	add := func(name string, data []byte) { fmt.Fprintf(h, "%q %d\n%s\n", name, len(data), data) }
	program, err := filepath.EvalSymlinks(s.Terraform)
	if err != nil {
		return "", err
	}
	add("program", []byte(program))
	add("arguments", []byte(os.Getenv("TF_CLI_ARGS")+"\n"+os.Getenv("TF_CLI_ARGS_init")))
	if err := addStack(h, filepath.Join(s.Dir, synthesized.FileName)); err != nil {
		return "", err
	}
	lock, err := os.ReadFile(filepath.Join(s.Dir, config.LockFileName))
	if err != nil && !os.IsNotExist(err) {
		return "", err
	}
	add(config.LockFileName, lock)
	files, err := s.terraformFiles()
	if err != nil {
		return "", err
	}
	for _, name := range files {
		data, err := os.ReadFile(filepath.Join(s.Dir, name))
		if err != nil {
			return "", err
		}
		add(name, data)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// addStack adds the parts of a stack's JSON that init acts by.
func addStack(h hash.Hash, file string) error {
	data, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var stack struct {
		Terraform, Module json.RawMessage
		Provider          map[string]json.RawMessage
		Data, Resource    map[string]map[string]struct{ Provider json.RawMessage }
	}
	if err := json.Unmarshal(data, &stack); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	uses := map[string]bool{} // providers that only a resource asks for
	for _, types := range []map[string]map[string]struct{ Provider json.RawMessage }{stack.Data, stack.Resource} {
		for kind, named := range types {
			prefix, _, _ := strings.Cut(kind, "_")
			uses[prefix] = true
			for _, r := range named {
				uses[string(r.Provider)] = true
			}
		}
	}
	return json.NewEncoder(h).Encode([]any{stack.Terraform, stack.Module, slices.Sorted(maps.Keys(stack.Provider)), slices.Sorted(maps.Keys(uses))})
}

// terraformFiles are those in the stack's folder, and below it, that Terraform may
// read beside the stack's own.
func (s *Stack) terraformFiles() ([]string, error) {
	var files []string
	err := filepath.WalkDir(s.Dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if path != s.Dir && strings.HasPrefix(d.Name(), ".") {
				return fs.SkipDir
			}
			return nil
		}
		for _, suffix := range []string{".tf", ".tf.json", ".tofu", ".tofu.json"} {
			name, err := filepath.Rel(s.Dir, path)
			if err == nil && strings.HasSuffix(name, suffix) && name != synthesized.FileName {
				files = append(files, name)
			}
		}
		return nil
	})
	slices.Sort(files)
	return files, err
}

// init initializes the folder. Where the backend has changed it is for the user to
// say what becomes of the state.
func (s *Stack) init(ctx context.Context) error {
	s.Detail("terraform init")
	s.initialized = true
	var out bytes.Buffer
	err := process.Run(ctx, process.Command{Path: s.Terraform, Args: []string{"init", "-input=false", "-no-color"}, Dir: s.Dir, Stdout: &out, Stderr: &out})
	if err != nil {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		return failedInit(s, out.String(), err)
	}
	n := s.notes()
	if n.Initialized, err = s.initDigest(); err != nil {
		return err
	}
	s.note(n)
	return nil
}
