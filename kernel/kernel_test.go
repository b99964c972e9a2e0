package kernel

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/jsii-runtime-go"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/provider"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/securitygroup"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/subnet"
	"github.com/cdktf/cdktf-provider-aws-go/aws/v19/vpc"
	"github.com/hashicorp/terraform-cdk-go/cdktf"

	"github.com/prefect-ecs/prefect-ecs-worker/kernel/internal/hold"
)

// A kernel takes its settings from the environment of a whole process, so the
// tests run this test binary again, as a small CDKTF program.
const (
	childVariable      = "KERNEL_TEST_CHILD"       // "start", "restart", or "load <path of kernel.js>"
	noProviderVariable = "KERNEL_TEST_NO_PROVIDER" // not empty: an app without one
)

func TestMain(m *testing.M) {
	if how := os.Getenv(childVariable); how != "" {
		if err := child(how); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func child(how string) error {
	k := &Kernel{fast: true, unwatch: func() {}}
	if script, found := strings.CutPrefix(how, "load "); found {
		hold.Release()
		tmp, err := k.temporary(os.TempDir(), "")
		if err != nil {
			return err
		}
		if err := k.loadFast(map[string]string{"TMPDIR": tmp}, script, "test"); err != nil {
			return err
		}
	} else {
		var err error
		if k, err = Start(); err != nil {
			return err
		}
		for i := 0; i < 5 && how == "restart"; i++ {
			k.Close()
			if k, err = Start(); err != nil {
				return err
			}
		}
	}
	defer k.Close() // a second time
	defer k.Close()
	app := cdktf.NewApp(nil)
	stack := cdktf.NewTerraformStack(app, jsii.String("test"))
	cdktf.NewS3Backend(stack, &cdktf.S3BackendConfig{Bucket: jsii.String("b"), Key: jsii.String("k"), Region: jsii.String("us-east-1")})
	if os.Getenv(noProviderVariable) != "" {
		cdktf.NewTerraformOutput(stack, jsii.String("greeting"), &cdktf.TerraformOutputConfig{Value: jsii.String("hello")})
		app.Synth()
		return nil
	}
	provider.NewAwsProvider(stack, jsii.String("aws"), &provider.AwsProviderConfig{Region: jsii.String("us-east-1")})
	cidr := cdktf.NewTerraformVariable(stack, jsii.String("cidr"), &cdktf.TerraformVariableConfig{Type: jsii.String("string"), Default: "10.0.0.0/16"})
	v := vpc.NewVpc(stack, jsii.String("main"), &vpc.VpcConfig{CidrBlock: cidr.StringValue(), EnableDnsSupport: true})
	s := subnet.NewSubnet(stack, jsii.String("häuser"), &subnet.SubnetConfig{VpcId: v.Id(), Count: cdktf.Token_AsNumber(jsii.String("${length(var.cidr)}"))})
	s.OverrideLogicalId(jsii.String("private"))
	g := securitygroup.NewSecurityGroup(stack, jsii.String("group"), &securitygroup.SecurityGroupConfig{
		VpcId:     v.Id(),
		Ingress:   &[]*securitygroup.SecurityGroupIngress{{FromPort: jsii.Number(80), ToPort: jsii.Number(80), Protocol: jsii.String("tcp"), CidrBlocks: jsii.Strings("0.0.0.0/0")}},
		DependsOn: &[]cdktf.ITerraformDependable{s},
	})
	g.AddOverride(jsii.String("lifecycle.create_before_destroy"), true)
	cdktf.NewTerraformOutput(stack, jsii.String("id"), &cdktf.TerraformOutputConfig{Value: g.Arn()})
	app.Synth()
	return nil
}

// run is one child with its own caches, except for jsii's package cache.
type run struct {
	dir string
	env []string
}

func newRun(t *testing.T, env ...string) run {
	dir := filepath.Join(t.TempDir(), "a folder")
	for _, sub := range []string{"work", "cache", "tmp"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	return run{dir, append([]string{childVariable + "=start", "XDG_CACHE_HOME=" + filepath.Join(dir, "cache"), "TMPDIR=" + filepath.Join(dir, "tmp")}, env...)}
}

func (r run) exec(t *testing.T) (out, stdout, stderr string) {
	t.Helper()
	var o, e bytes.Buffer
	cmd := exec.Command(os.Args[0])
	cmd.Dir = filepath.Join(r.dir, "work")
	cmd.Env = append(os.Environ(), r.env...)
	cmd.Stdout, cmd.Stderr = &o, &e
	if err := cmd.Run(); err != nil {
		fmt.Fprintln(&e, err)
	}
	if left := r.files(t, "tmp"); left != "" {
		t.Errorf("left in TMPDIR:\n%s", left)
	}
	return r.files(t, filepath.Join("work", "cdktf.out")), o.String(), e.String()
}

// files returns names and contents of the files below sub.
func (r run) files(t *testing.T, sub string) string {
	t.Helper()
	var b strings.Builder
	root := filepath.Join(r.dir, sub)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		fmt.Fprintf(&b, "%s\n%s\n", strings.TrimPrefix(path, root), data)
		return err
	})
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	return b.String()
}

func (r run) glob(t *testing.T, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(r.dir, "cache", "prefect-ecs-worker", "kernel-*", pattern))
	if err != nil || len(files) == 0 {
		t.Fatalf("no %s in the cache", pattern)
	}
	return files
}

func difference(got, want string) string {
	wanted := strings.Split(want, "\n")
	for i, line := range strings.Split(got, "\n") {
		if i >= len(wanted) || line != wanted[i] {
			return fmt.Sprintf("line %d differs from stock jsii: %s", i+1, line)
		}
	}
	return "output ends early"
}

func change(t *testing.T, files []string, f func([]byte) []byte) {
	t.Helper()
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, f(data), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOutputIsThatOfStockJsii(t *testing.T) {
	if _, err := exec.LookPath("node"); err != nil {
		t.Skip("node is not on the PATH")
	}
	// The first run may have to fill jsii's package cache, and says so. The
	// user's own cache folder has the lock that keeps other packages' tests out.
	newRun(t, "XDG_CACHE_HOME="+os.Getenv("XDG_CACHE_HOME")).exec(t)
	want, _, stderr := newRun(t, stockVariable+"=1").exec(t)
	if !strings.Contains(want, `"aws_security_group"`) {
		t.Fatalf("stock jsii: %s", stderr)
	}
	check := func(t *testing.T, r run) string {
		t.Helper()
		got, stdout, stderr := r.exec(t)
		if got != want {
			t.Error(difference(got, want))
		}
		if stderr != "" {
			t.Errorf("stderr: %s", stderr)
		}
		return stdout
	}
	script := filepath.Join(t.TempDir(), "kernel.js")
	if err := os.WriteFile(script, kernelJS, 0o600); err != nil {
		t.Fatal(err)
	}

	t.Run("without and with images, with damaged ones", func(t *testing.T) {
		r := newRun(t)
		check(t, r)
		check(t, r)
		change(t, r.glob(t, "*.image"), func(b []byte) []byte { return b[:len(b)-1] })
		check(t, r)
		change(t, r.glob(t, "*.image"), func(b []byte) []byte { b[len(b)/2]++; return b })
		check(t, r)
	})
	t.Run("without and with pointers, with stale ones", func(t *testing.T) {
		r := newRun(t, childVariable+"=load "+script)
		check(t, r)
		check(t, r)
		pointers := filepath.Join(filepath.Dir(script), "pointers-test.json")
		if len(readPointers(pointers)) != 3 {
			t.Fatalf("%s: %v", pointers, readPointers(pointers))
		}
		change(t, []string{pointers}, func(b []byte) []byte { return bytes.ReplaceAll(b, []byte(`"entry":"`), []byte(`"entry":"/gone`)) })
		check(t, r)
	})
	t.Run("one kernel after another", func(t *testing.T) {
		check(t, newRun(t, childVariable+"=restart"))
	})
	t.Run("no provider", func(t *testing.T) {
		script := filepath.Join(t.TempDir(), "kernel.js")
		if err := os.WriteFile(script, kernelJS, 0o600); err != nil {
			t.Fatal(err)
		}
		want, _, _ := newRun(t, noProviderVariable+"=1", stockVariable+"=1").exec(t)
		r := newRun(t, noProviderVariable+"=1", childVariable+"=load "+script)
		for range 2 { // without and with images
			if got, _, stderr := r.exec(t); got != want || !strings.Contains(got, "hello") || stderr != "" {
				t.Error(difference(got, want), stderr)
			}
		}
		pointers := readPointers(filepath.Join(filepath.Dir(script), "pointers-test.json"))
		if len(pointers) != 2 { // constructs and cdktf
			t.Errorf("loaded %v", pointers)
		}
	})
	t.Run("another program.js of the same checksum", func(t *testing.T) {
		// As for who follows a new jsii: an edit finds nothing to edit.
		other := filepath.Join(t.TempDir(), "kernel.js")
		if err := os.WriteFile(other, bytes.Replace(kernelJS, []byte("readFD:3,"), []byte("readFD:4,"), 1), 0o600); err != nil {
			t.Fatal(err)
		}
		got, _, stderr := newRun(t, childVariable+"=load "+other, "NODE_DEBUG=prefect-ecs").exec(t)
		if got != want || !strings.Contains(stderr, "not once in program.js: readFD:4,") {
			t.Error(difference(got, want), stderr)
		}
	})
	t.Run("an unknown jsii", func(t *testing.T) {
		other := filepath.Join(t.TempDir(), "kernel.js")
		if err := os.WriteFile(other, bytes.Replace(kernelJS, []byte("PROGRAM = '4"), []byte("PROGRAM = '5"), 1), 0o600); err != nil {
			t.Fatal(err)
		}
		r := newRun(t, childVariable+"=load "+other)
		if got, _, _ := r.exec(t); got != want { // stock jsii may complain as it ends
			t.Error(difference(got, want))
		}
	})
	t.Run("no cache folder", func(t *testing.T) {
		check(t, newRun(t, "XDG_CACHE_HOME="+script)) // a file
	})
	t.Run("the user's NODE_OPTIONS, and what JavaScript prints", func(t *testing.T) {
		preload := filepath.Join(t.TempDir(), "bye.js")
		if err := os.WriteFile(preload, []byte("process.on('exit', () => console.log('bye'));"), 0o600); err != nil {
			t.Fatal(err)
		}
		if stdout := check(t, newRun(t, "NODE_OPTIONS=--require "+preload)); stdout != "bye\n" {
			t.Errorf("stdout: %q", stdout)
		}
	})
}

func TestNodeThatCannotRunJsii(t *testing.T) {
	old := t.TempDir()
	if err := os.WriteFile(filepath.Join(old, "node"), []byte("#!/bin/sh\necho v18.20.4\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	rows := []struct{ name, path, want string }{
		{"missing", t.TempDir(), "node is not on the PATH: install Node.js 22 or 24 (https://nodejs.org)\n"},
		{"too old", old, old + "/node is Node.js v18.20.4, too old: install Node.js 22 or 24 (https://nodejs.org)\n"},
	}
	for _, row := range rows {
		for _, stock := range []string{"", "1"} {
			t.Run(row.name+" "+stock, func(t *testing.T) {
				_, _, stderr := newRun(t, "PATH="+row.path, stockVariable+"="+stock).exec(t)
				if stderr != row.want+"exit status 1\n" {
					t.Errorf("stderr: %s", stderr)
				}
			})
		}
	}
}

func TestNodeThatDoesNotStartKeepsItsCause(t *testing.T) {
	if err := checkNode(filepath.Join(t.TempDir(), "node")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want %v", err, fs.ErrNotExist)
	}
}

func TestNodeOptions(t *testing.T) {
	const ours = `--preserve-symlinks --require "/c/k.js"`
	rows := []struct{ name, user, script, want string }{
		{"jsii's heap size is kept", "", "/c/k.js", ours + " --max-old-space-size=4069"},
		{"the user's options come first", "--trace-warnings", "/c/k.js", "--trace-warnings " + ours + " --max-old-space-size=4069"},
		{"the user's heap size wins", "--max_old_space_size=100", "/c/k.js", "--max_old_space_size=100 " + ours},
		{"a path is quoted", "", `/a "b\c/k.js`, `--preserve-symlinks --require "/a \"b\\c/k.js" --max-old-space-size=4069`},
	}
	for _, row := range rows {
		t.Run(row.name, func(t *testing.T) {
			if got := nodeOptions(row.user, row.script); got != row.want {
				t.Errorf("got %s, want %s", got, row.want)
			}
		})
	}
}

func TestFailureAdvisesNothingWrong(t *testing.T) {
	const advice = "Validation failed with the following errors:\n  [s/x] wrong\n\nIf you wish to ignore these validations, pass 'skipValidation: true' to your App configuration.\n"
	const want = "synthesis failed: Validation failed with the following errors:\n  [s/x] wrong"
	if got := failed(errors.New(advice)).Error(); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if err := failed(fs.ErrNotExist); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("got %v, want its cause kept", err)
	}
}
