package doctor

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/go-version"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/awsconfig"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/synthesized"
	"github.com/prefect-ecs/prefect-ecs-worker/settings"
)

// worker is what a worker's container says of Prefect.
type worker struct {
	pool, kind, url, image string
	manages                bool // its task makes the pool
}

// workers are those of a stack's task definitions.
func workers(stack *synthesized.Stack) []worker {
	var all []worker
	for _, r := range stack.OfType("aws_ecs_task_definition") {
		for _, i := range r.Instances() {
			w := worker{}
			for _, c := range i.Containers() {
				w.manages = w.manages || c.Name == settings.WorkPoolContainer
				for n, argument := range c.Command {
					if n+1 < len(c.Command) && argument == "--pool" {
						w.pool, w.image = c.Command[n+1], c.Image
						for _, e := range c.Environment {
							if e.Name == "PREFECT_API_URL" {
								w.url = e.Value
							}
						}
					}
					if n+1 < len(c.Command) && argument == "--type" {
						w.kind = c.Command[n+1]
					}
				}
			}
			if w.pool != "" {
				all = append(all, w)
			}
		}
	}
	return all
}

// Prefect looks at the API that the stack's workers poll, with the key or the
// auth string of this shell, and at their work pools.
func Prefect(stack *synthesized.Stack) Check {
	return func(ctx context.Context) []Finding {
		all := workers(stack)
		if len(all) == 0 {
			return nil
		}
		if u, err := url.Parse(all[0].url); err != nil || u.Host == "" || strings.Contains(all[0].url, "/accounts//") {
			return []Finding{{Unknown, "Prefect API", "its address is not complete: variables that it needs have no value", "export them, such as TF_VAR_prefect_api_url, or put them into terraform.tfvars"}}
		}
		p := api{url: strings.TrimSuffix(all[0].url, "/"), client: &http.Client{Timeout: 15 * time.Second}}
		tasks := 0
		for _, service := range stack.OfType("aws_ecs_service") {
			count, _ := strconv.Atoi(service.Instances()[0].Text("desired_count"))
			tasks += count
		}
		return p.look(ctx, all, tasks)
	}
}

type api struct {
	url    string
	client *http.Client
}

func (p api) look(ctx context.Context, workers []worker, tasks int) []Finding {
	host, name := p.url, p.url
	if u, err := url.Parse(p.url); err == nil {
		host, name = u.Host, u.Hostname()
	}
	if _, _, err := p.get(ctx, "/health"); err != nil {
		if errors.As(err, new(*net.DNSError)) {
			return []Finding{{Unknown, "Prefect API", "cannot resolve " + name + " from this machine", "check prefect.apiUrl and your network; if the API is only reachable from the VPC, ignore this"}}
		}
		return []Finding{{Unknown, "Prefect API", "this machine does not reach " + host + ": " + awsconfig.Cause(err), "check prefect.apiUrl and your network; if the API is only reachable from the VPC, ignore this"}}
	}
	status, body, err := p.get(ctx, "/admin/version")
	if err != nil {
		return []Finding{{Unknown, "Prefect API", awsconfig.Cause(err), "try again"}}
	}
	switch status {
	case http.StatusUnauthorized, http.StatusForbidden:
		if os.Getenv("PREFECT_API_KEY") == "" && os.Getenv("PREFECT_API_AUTH_STRING") == "" {
			return []Finding{{Unknown, "Prefect API", host + " answers, and requires a key", "export PREFECT_API_KEY, or PREFECT_API_AUTH_STRING for a self-hosted server, to have its work pools checked"}}
		}
		return []Finding{{Problem, "Prefect API", host + " refuses the key of this shell", "create a new key in Prefect's settings, with access to the same workspace"}}
	case http.StatusNotFound:
		if !strings.Contains(p.url, "/accounts/") {
			return []Finding{{Problem, "Prefect API", p.url + " is not a Prefect API", "want http(s)://host:4200/api, or Prefect Cloud's https://api.prefect.cloud/api/accounts/…/workspaces/…"}}
		}
	}
	all := []Finding{ok("Prefect API", "%s answers", host)}
	if found := limited(status); found != nil {
		return append(all, found...)
	}
	var server string
	if status == http.StatusOK && json.Unmarshal(body, &server) == nil {
		all = []Finding{versions(host, server, workers)}
	}
	all = append(all, p.plan(ctx, tasks)...)
	return append(all, p.pools(ctx, workers)...)
}

var imageVersion = regexp.MustCompile(`(?:-prefect|/prefect:)(\d+\.\d+\.\d+)`)

// versions compares the server's with the images': a worker may be older than its
// server, not newer.
// https://docs.prefect.io/v3/how-to-guides/self-hosted/server-cli
func versions(host, server string, workers []worker) Finding {
	have, err := version.NewVersion(server)
	if err != nil {
		return ok("Prefect API", "%s answers", host)
	}
	for _, w := range workers {
		m := imageVersion.FindStringSubmatch(w.image)
		if m == nil {
			continue
		}
		if image, err := version.NewVersion(m[1]); err == nil && have.LessThan(image) {
			return Finding{Warning, "Prefect API", fmt.Sprintf("%s is version %s, older than the %s of the image %s", host, have, image, w.image), "upgrade the server first: an older one may not support what a newer worker asks for"}
		}
	}
	return ok("Prefect API", "%s, version %s", host, have)
}

// pools looks for the workers' pools.
func (p api) pools(ctx context.Context, workers []worker) []Finding {
	var all []Finding
	var seen []string
	for _, w := range workers {
		if slices.Contains(seen, w.pool) {
			continue
		}
		seen = append(seen, w.pool)
		status, body, err := p.get(ctx, "/work_pools/"+url.PathEscape(w.pool))
		var pool struct {
			Type   string
			Paused bool `json:"is_paused"`
		}
		switch {
		case err != nil || status == http.StatusUnauthorized || status == http.StatusForbidden:
			all = append(all, Finding{Unknown, "work pool", w.pool + " could not be checked", "see Prefect API"})
		case status == http.StatusNotFound && w.manages:
			all = append(all, ok("work pool", "%s does not exist yet; the worker's task creates it", w.pool))
		case status == http.StatusNotFound:
			kind := w.kind
			if kind == "" {
				kind = "ecs"
			}
			all = append(all, Finding{Warning, "work pool", w.pool + " does not exist yet", fmt.Sprintf("prefect work-pool create %s --type %s, as docs/first-flow.md shows, or set prefect.workPoolManagement", w.pool, kind)})
		case status != http.StatusOK || json.Unmarshal(body, &pool) != nil:
			all = append(all, Finding{Unknown, "work pool", fmt.Sprintf("%s: the API answers %d", w.pool, status), "see the server's log"})
		case w.kind != "" && pool.Type != w.kind:
			all = append(all, Finding{Problem, "work pool", fmt.Sprintf("%s is of type %s, and the worker's is %s", w.pool, pool.Type, w.kind), "name another pool in prefect.workPool, or set worker.type"})
		case pool.Paused:
			all = append(all, Finding{Warning, "work pool", w.pool + " is paused: no flow run starts", "prefect work-pool resume " + w.pool})
		default:
			all = append(all, ok("work pool", "%s, type %s", w.pool, pool.Type))
		}
	}
	return all
}

// get asks the API. The key goes nowhere else.
func (p api) get(ctx context.Context, path string) (status int, body []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+path, nil)
	if err != nil {
		return 0, nil, err
	}
	if key := os.Getenv("PREFECT_API_KEY"); key != "" {
		request.Header.Set("Authorization", "Bearer "+key)
	} else if auth := os.Getenv("PREFECT_API_AUTH_STRING"); auth != "" {
		request.Header.Set("Authorization", "Basic "+base64.StdEncoding.EncodeToString([]byte(auth)))
	}
	answer, err := p.client.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer answer.Body.Close()
	body, err = io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	return answer.StatusCode, body, err
}
