// Command links asks every web page that the repository's Markdown links to.
// A page that is gone fails it; a site that does not answer is only named, for
// that may be this machine's network.
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/dustin/go-humanize/english"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/pages"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx); err != nil {
		if ctx.Err() != nil {
			fmt.Fprintln(os.Stderr, "interrupted; nothing was changed")
			os.Exit(130)
		}
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context) error {
	out, err := exec.CommandContext(ctx, "git", "ls-files", "*.md").Output()
	if err != nil {
		return fmt.Errorf("git ls-files: %w; run this in a checkout", err)
	}
	links, err := pages.Links(".", strings.Fields(string(out)))
	if err != nil {
		return err
	}
	from := map[string][]string{}
	for _, l := range links {
		if l.External() {
			address, _, _ := strings.Cut(l.Target, "#")
			if !slices.Contains(from[address], l.Page) {
				from[address] = append(from[address], l.Page)
			}
		}
	}
	var lock sync.Mutex
	var gone, silent []string
	var all sync.WaitGroup
	slots := make(chan struct{}, 8)
	for address, names := range from {
		all.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			isGone, why := ask(ctx, address)
			lock.Lock()
			defer lock.Unlock()
			line := fmt.Sprintf("%s (in %s): %s", address, strings.Join(names, ", "), why)
			if isGone {
				gone = append(gone, line)
			} else if why != "" {
				silent = append(silent, line)
			}
		})
	}
	all.Wait()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	slices.Sort(gone)
	slices.Sort(silent)
	for _, line := range silent {
		fmt.Println("not checked:", line)
	}
	for _, line := range gone {
		fmt.Println("gone:", line)
	}
	fmt.Printf("%s: %d answered, %d could not be checked, %d gone\n", english.Plural(len(from), "link", ""), len(from)-len(silent)-len(gone), len(silent), len(gone))
	if len(gone) > 0 {
		return errors.New("some links lead nowhere; correct them in the files named above")
	}
	return nil
}

// ask says whether a page is gone, and what else kept it from being read.
func ask(ctx context.Context, address string) (gone bool, why string) {
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return true, err.Error()
	}
	request.Header.Set("User-Agent", "Mozilla/5.0 (compatible; link check)") // some sites refuse Go's
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false, err.Error()
	}
	response.Body.Close()
	switch {
	case response.StatusCode == http.StatusNotFound, response.StatusCode == http.StatusGone:
		return true, response.Status
	case response.StatusCode >= 400:
		return false, response.Status
	}
	return false, ""
}
