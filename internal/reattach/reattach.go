// Package reattach starts a Terraform provider as its developers do, so that several
// runs of Terraform use this one process instead of starting their own.
// https://developer.hashicorp.com/terraform/plugin/debugging#starting-a-provider-in-debug-mode
package reattach

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"syscall"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/process"
)

// Variable tells Terraform of providers that run.
const Variable = "TF_REATTACH_PROVIDERS"

// Provider is one that runs.
type Provider struct {
	how  json.RawMessage // it is reached
	stop func()
}

// Env is Terraform's environment with which it uses the provider, by each of its addresses.
func (p *Provider) Env(addresses ...string) string {
	all := map[string]json.RawMessage{}
	for _, address := range addresses {
		all[address] = p.how
	}
	text, _ := json.Marshal(all) // of JSON that was read
	return Variable + "=" + string(text)
}

// Stop ends the provider.
func (p *Provider) Stop() { p.stop() }

// Start starts a provider in dir, with KEY=VALUE pairs over this process's environment,
// and waits until it can be reached. It ends with this program, however that ends, and
// nobody else can reach it: its socket is in a folder of its owner alone.
func Start(ctx context.Context, program, dir string, env ...string) (p *Provider, err error) {
	sockets, err := os.MkdirTemp("", "prefect-ecs-") // a socket's path is short
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			os.RemoveAll(sockets)
		}
	}()
	// The provider ends with its shell's standard input, that is, with this program.
	// In its own session, Ctrl-C ends Terraform first, which still needs it.
	cmd := exec.Command("sh", "-c", `"$0" -debug & cat; kill $!; wait`, program)
	cmd.Dir, cmd.SysProcAttr = dir, &syscall.SysProcAttr{Setsid: true}
	cmd.Env = process.MergeEnv(os.Environ(), append(env, "TMPDIR="+sockets)...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p = &Provider{stop: func() {
		stdin.Close()
		_, _ = io.Copy(io.Discard, stdout)
		_ = cmd.Wait() // the shell reports the signal
		os.RemoveAll(sockets)
	}}
	if p.how, err = read(ctx, stdout); err != nil {
		p.stop()
		return nil, err
	}
	return p, nil
}

var line = regexp.MustCompile(Variable + `='(.*)'`)

// read waits for what a provider prints when it can be reached.
func read(ctx context.Context, stdout io.Reader) (json.RawMessage, error) {
	found := make(chan json.RawMessage, 1)
	go func() {
		defer close(found)
		lines := bufio.NewScanner(stdout)
		for lines.Scan() {
			if m := line.FindStringSubmatch(lines.Text()); m != nil {
				var servers map[string]json.RawMessage
				if json.Unmarshal([]byte(m[1]), &servers) == nil && len(servers) == 1 {
					for _, server := range servers {
						found <- server
					}
				}
				return
			}
		}
	}()
	select {
	case server, ok := <-found:
		if ok {
			return server, nil
		}
		return nil, errors.New("the provider did not say how to reach it")
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
