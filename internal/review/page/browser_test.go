package page

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/prefect-ecs/prefect-ecs-worker/internal/diagram"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/progress"
	"github.com/prefect-ecs/prefect-ecs-worker/internal/toolchain"
)

// The page in a real browser: Chromium, one process for all tests.

var stopBrowser = func() {}

func TestMain(m *testing.M) {
	code := m.Run()
	stopBrowser()
	os.Exit(code)
}

// startBrowser starts Chromium. It ends with the tests, and with their process where
// that is killed (chromedp asks Linux for it).
var startBrowser = sync.OnceValues(func() (context.Context, error) {
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.WSURLReadTimeout(2*time.Minute))
	if os.Geteuid() == 0 {
		options = append(options, chromedp.NoSandbox) // Chromium has none for root
	}
	allocator, stopAllocator := chromedp.NewExecAllocator(context.Background(), options...)
	ctx, stop := chromedp.NewContext(allocator)
	stopBrowser = func() { stop(); stopAllocator() }
	return ctx, chromedp.Do(ctx)
})

// tab is a new tab of the browser. Where there is none the test is left out, and
// fails in CI.
func tab(t *testing.T, width, height int64) context.Context {
	t.Helper()
	browser, err := startBrowser()
	if err != nil {
		text := fmt.Sprintf("no browser: %v; install Chromium (Debian: apt-get install chromium) or Google Chrome", err)
		if progress.InCI() {
			t.Fatal(text)
		}
		t.Skip(text)
	}
	ctx, closeTab := chromedp.NewContext(browser)
	t.Cleanup(closeTab)
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute) // two busy cores are slow
	t.Cleanup(cancel)
	run(t, ctx, chromedp.EmulateViewport(width, height))
	return ctx
}

type action = chromedp.Action[chromedp.Void]

func run(t *testing.T, ctx context.Context, actions ...action) {
	t.Helper()
	if err := chromedp.Do(ctx, actions...); err != nil {
		t.Fatal(err)
	}
}

// eval is a JavaScript expression's value.
func eval[T any](t *testing.T, ctx context.Context, expression string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// click clicks into the middle of an element, as a mouse does.
func click(t *testing.T, ctx context.Context, selector string) {
	t.Helper()
	at := eval[struct{ X, Y float64 }](t, ctx, fmt.Sprintf(`(e => { e.scrollIntoView({block: 'center', inline: 'center'}); const r = e.getBoundingClientRect(); return {X: r.x + r.width / 2, Y: r.y + r.height / 2}; })(document.querySelector(%q))`, selector))
	run(t, ctx, chromedp.MouseClickXY(at.X, at.Y))
}

// call calls a command of the browser's protocol.
func call[P, R any](t *testing.T, ctx context.Context, command cdp.Command[P, R], p P) {
	t.Helper()
	if _, err := chromedp.Call(ctx, command, p); err != nil {
		t.Fatal(err)
	}
}

// npm has icons and axe in the checkout.
var npm = sync.OnceValue(func() error {
	dir, err := toolchain.Root()
	if err == nil {
		_, err = toolchain.Prepare(context.Background(), dir, os.Stderr, toolchain.NodeTools)
	}
	return err
})

const icons = "../../../" + diagram.Icons

func needIcons(t *testing.T) {
	t.Helper()
	if err := npm(); err != nil {
		if progress.InCI() {
			t.Fatal(err)
		}
		t.Skipf("no icons: %v", err)
	}
}

var samplePage = sync.OnceValues(func() ([]byte, error) {
	var b bytes.Buffer
	err := HTML(context.Background(), &b, icons, theSample...)
	return b.Bytes(), err
})

var theSample []Stack

// served is the sample on a server that counts what is asked of it.
func served(t *testing.T) (url string, asked func() []string) {
	t.Helper()
	needIcons(t)
	if theSample == nil {
		theSample = sample(t)
	}
	html, err := samplePage()
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	var all []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		all = append(all, r.Method+" "+r.URL.Path)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(html)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/review.html", func() []string { mu.Lock(); defer mu.Unlock(); return slices.Clone(all) }
}

func open(t *testing.T, width, height int64) context.Context {
	t.Helper()
	url, _ := served(t)
	ctx := tab(t, width, height)
	run(t, ctx, chromedp.Navigate(url))
	return ctx
}

// TestAsksNothing: the page is one request, without an error, and no script of it runs.
func TestAsksNothing(t *testing.T) {
	url, asked := served(t)
	ctx := tab(t, 1280, 900)
	var mu sync.Mutex
	var requests, complaints []string
	err := chromedp.Listen(ctx, func(event any) {
		mu.Lock()
		defer mu.Unlock()
		switch e := event.(type) {
		case *network.EventRequestWillBeSent:
			if !strings.HasPrefix(e.Request.URL, "data:") {
				requests = append(requests, e.Request.URL)
			}
		case *log.EventEntryAdded:
			complaints = append(complaints, e.Entry.Text)
		case *runtime.EventConsoleAPICalled:
			complaints = append(complaints, fmt.Sprint(e.Type))
		case *runtime.EventExceptionThrown:
			complaints = append(complaints, e.ExceptionDetails.Text)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	call(t, ctx, network.Enable, network.EnableParams{})
	call(t, ctx, log.Enable, cdp.Empty{})
	call(t, ctx, runtime.Enable, cdp.Empty{})
	run(t, ctx, chromedp.Navigate(url))
	eval[bool](t, ctx, `document.fonts.ready.then(() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(() => done(true)))))`)
	mu.Lock()
	if want := []string{url}; !slices.Equal(requests, want) {
		t.Errorf("got requests %q, want %q", requests, want)
	}
	if got := asked(); !slices.Equal(got, []string{"GET /review.html"}) {
		t.Errorf("the server was asked for %q", got)
	}
	if len(complaints) > 0 {
		t.Errorf("the browser complains: %q", complaints)
	}
	mu.Unlock()
	if n := eval[int](t, ctx, `document.scripts.length`); n != 0 {
		t.Errorf("got %d scripts, want none", n)
	}
	// What would be asked for is refused.
	if refused := eval[bool](t, ctx, `new Promise(done => { const i = new Image(); i.onload = () => done(false); i.onerror = () => done(true); i.src = location.origin + '/x.png'; })`); !refused {
		t.Error("the page may load an image")
	}
	if got := asked(); len(got) != 1 {
		t.Errorf("the server was asked for %q", got)
	}
}

// TestNarrow: the page is as wide as the screen, and what is wider scrolls by itself.
func TestNarrow(t *testing.T) {
	ctx := open(t, 360, 740)
	for _, width := range []int64{360, 830, 1280, 1920} {
		run(t, ctx, chromedp.EmulateViewport(width, 740))
		// Open, for what is in them is as wide as the rest.
		wide := eval[[]string](t, ctx, `document.querySelectorAll('details').forEach(d => d.open = true), [...document.querySelectorAll('body *')].filter(e => !e.closest('svg') && !e.closest('pre') && !e.matches('.hidden, .skip') && e.getClientRects().length > 0 && (e.getBoundingClientRect().right > innerWidth + .5 || e.getBoundingClientRect().left < -.5)).map(e => e.outerHTML.slice(0, 120))`)
		if got := eval[int64](t, ctx, `document.documentElement.scrollWidth`); got > width || len(wide) > 0 {
			t.Errorf("at %d pixels the page is %d wide: %q", width, got, wide)
		}
		scrolls := eval[bool](t, ctx, `(s => s.scrollWidth > s.clientWidth)(document.querySelector('.scroll'))`)
		if scrolls != (width < 900) {
			t.Errorf("at %d pixels: the picture scrolls sideways: %v", width, scrolls)
		}
	}
}

// TestKeyboard: Tab reaches every control, each shows that it has the focus, Enter
// opens what is closed and follows links, the space bar filters.
func TestKeyboard(t *testing.T) {
	ctx := open(t, 1280, 900)
	want := eval[int](t, ctx, `[...document.querySelectorAll('a[href], input, summary, [tabindex="0"]')].filter(e => e.checkVisibility({contentVisibilityAuto: true})).length`)
	run(t, ctx, chromedp.KeyEvent(kb.Tab))
	if first := eval[string](t, ctx, `document.activeElement.textContent`); first != "Skip to the changes" {
		t.Errorf("first is %q", first)
	}
	if y := eval[float64](t, ctx, `document.activeElement.getBoundingClientRect().top`); y < 0 {
		t.Errorf("the skip link has the focus and is at %g", y)
	}
	seen, invisible := 1, []string{}
	for ; seen < want+5; seen++ {
		run(t, ctx, chromedp.KeyEvent(kb.Tab))
		at := eval[struct {
			Body    bool
			Visible bool
			Name    string
		}](t, ctx, `(e => ({Body: e === document.body, Name: e.outerHTML.slice(0, 100), Visible: getComputedStyle(e).outlineStyle !== 'none' || !!e.querySelector('.frame') && parseFloat(getComputedStyle(e.querySelector('.frame')).strokeWidth) === 5}))(document.activeElement)`)
		if at.Body {
			break
		}
		if !at.Visible {
			invisible = append(invisible, at.Name)
		}
	}
	if seen != want {
		t.Errorf("Tab reaches %d of %d", seen, want)
	}
	if len(invisible) > 0 {
		t.Errorf("these do not show that they have the focus: %q", invisible)
	}

	focus := func(selector string) {
		eval[any](t, ctx, fmt.Sprintf(`document.querySelector(%q).focus(), null`, selector))
	}
	focus(".skip")
	run(t, ctx, chromedp.KeyEvent(kb.Enter))
	if id := eval[string](t, ctx, `document.activeElement.id`); id != "changes" {
		t.Errorf("the skip link leads to %q", id)
	}
	diff := `.attributes details:has(pre)`
	focus(diff + " > summary")
	run(t, ctx, chromedp.KeyEvent(kb.Enter))
	if text := eval[string](t, ctx, `document.querySelector('`+diff+`').open ? document.querySelector('`+diff+` pre').innerText : ''`); !strings.Contains(text, "+     \"ecs:ExecuteCommand\"") {
		t.Errorf("Enter opens the diff %q", text)
	}
	focus("#show-network")
	run(t, ctx, chromedp.KeyEvent(" "))
	if shown := eval[bool](t, ctx, `document.querySelector('.group-network').checkVisibility()`); shown {
		t.Error("the space bar leaves the group Network")
	}
}

// TestLinks: what changes in the picture leads to its line and back.
func TestLinks(t *testing.T) {
	ctx := open(t, 1280, 900)
	broken := eval[[]string](t, ctx, `[...document.querySelectorAll('a[href]')].map(a => a.getAttribute('href')).filter(h => !h.startsWith('#') || !document.getElementById(h.slice(1)))`)
	if len(broken) > 0 {
		t.Errorf("these lead nowhere: %q", broken)
	}
	if twice := eval[[]string](t, ctx, `[...document.querySelectorAll('main [id]:not(svg [id]), .mark')].map(e => e.id).filter((id, i, all) => all.indexOf(id) !== i)`); len(twice) > 0 {
		t.Errorf("these ids are there twice: %q", twice)
	}
	type end struct {
		Text, Hash string
		Seen       bool
	}
	at := `(e => ({Text: e.textContent, Hash: location.hash, Seen: (r => r.bottom > 0 && r.top < innerHeight)(e.getBoundingClientRect())}))(document.querySelector(':target'))`
	follow := func(selector string) end {
		t.Helper()
		click(t, ctx, selector)
		return eval[end](t, ctx, at)
	}
	if to := follow(".mark.destroy"); !to.Seen || !strings.Contains(to.Text, "aws_sqs_queue.crash_events") || !strings.HasPrefix(to.Hash, "#s1-line-") {
		t.Errorf("the queue that is destroyed leads to %+v", to)
	}
	if to := follow(".line:target .to-box"); !to.Seen || !strings.Contains(to.Text, "destroy: aws_sqs_queue.crash_events") || !strings.HasPrefix(to.Hash, "#s1-box-") {
		t.Errorf("its line leads to %+v", to)
	}
	for _, want := range []string{"create: aws_eip.nat[1], aws_nat_gateway.nat[1]", "replace: aws_ecs_cluster.prefect", "change: aws_security_group.prefect_sg", "create: aws_cloudwatch_dashboard.prefect"} {
		if found := eval[bool](t, ctx, fmt.Sprintf(`[...document.querySelectorAll('.mark title')].some(e => e.textContent.startsWith(%q))`, want)); !found {
			t.Errorf("the picture has no mark %q", want)
		}
	}
	// A filter does not hide what a link leads to.
	click(t, ctx, "#show-destroyed")
	if eval[bool](t, ctx, `document.querySelector('.group-destroyed').checkVisibility()`) || !eval[bool](t, ctx, `document.querySelector('.group-replaced').checkVisibility()`) {
		t.Error("the filter hides another group than Destroyed")
	}
	if to := follow(".mark.destroy"); !to.Seen {
		t.Errorf("with its group filtered out, the queue leads to %+v", to)
	}
}

// TestFilters: each control is of one group, in every stack.
func TestFilters(t *testing.T) {
	ctx := open(t, 1280, 900)
	groups := eval[[]string](t, ctx, `[...document.querySelectorAll('.filter input')].map(e => e.id.replace('show-', ''))`)
	if len(groups) < 7 {
		t.Fatalf("got groups %q", groups)
	}
	for _, g := range groups {
		click(t, ctx, "#show-"+g)
		hidden := eval[[]string](t, ctx, `[...document.querySelectorAll('.group')].filter(e => !e.checkVisibility()).map(e => [...e.classList].find(c => c.startsWith('group-')).slice(6))`)
		if len(hidden) == 0 || slices.ContainsFunc(hidden, func(h string) bool { return h != g }) {
			t.Errorf("without %s, %q are hidden", g, hidden)
		}
		click(t, ctx, "#show-"+g)
	}
}

// TestWithoutScript: with JavaScript off the page shows and does the same.
func TestWithoutScript(t *testing.T) {
	ctx := open(t, 1280, 900)
	call(t, ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
	run(t, ctx, chromedp.Reload())
	lines := 0
	for _, s := range theSample {
		lines += len(s.Review.Lines)
	}
	if n := eval[int](t, ctx, `[...document.querySelectorAll('.line')].filter(e => e.checkVisibility()).length`); n != lines {
		t.Errorf("got %d lines, want %d", n, lines)
	}
	click(t, ctx, "#show-replaced")
	click(t, ctx, ".group-network .more > summary")
	if eval[bool](t, ctx, `document.querySelector('.group-replaced').checkVisibility()`) {
		t.Error("the filter does nothing")
	}
	if !eval[bool](t, ctx, `document.querySelector('.group-network .more').open`) {
		t.Error("what is closed does not open")
	}
}

// TestThemes: each theme has colours of its own, and all text a contrast of 4.5 to
// what is behind it, in the picture too (https://www.w3.org/TR/WCAG22/#contrast-minimum).
func TestThemes(t *testing.T) {
	var axe []byte
	backgrounds := map[string]string{}
	for _, theme := range []string{"light", "dark"} {
		ctx := open(t, 1280, 900)
		call(t, ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: theme}}})
		if axe == nil { // npm has installed it by now
			var err error
			if axe, err = os.ReadFile("../../../node_modules/axe-core/axe.min.js"); err != nil {
				t.Fatal(err)
			}
		}
		backgrounds[theme] = eval[string](t, ctx, `getComputedStyle(document.body).backgroundColor`)
		eval[any](t, ctx, `document.querySelectorAll('details').forEach(d => d.open = true), null`)
		low := eval[[]string](t, ctx, contrast)
		if len(low) < 1 || !strings.HasPrefix(low[0], "checked ") {
			t.Fatalf("%s: nothing was checked: %q", theme, low)
		}
		if len(low) > 1 {
			t.Errorf("%s: %s", theme, strings.Join(low, "\n"))
		}
		eval[any](t, ctx, string(axe)+"; null")
		type violation struct {
			ID, Help string
			Nodes    []struct{ HTML string }
		}
		found := eval[[]violation](t, ctx, `axe.run(document, {resultTypes: ['violations']}).then(r => r.violations.map(v => ({ID: v.id, Help: v.help, Nodes: v.nodes.map(n => ({HTML: n.html}))})))`)
		for _, v := range found {
			t.Errorf("%s: axe: %s: %s: %v", theme, v.ID, v.Help, v.Nodes[:min(3, len(v.Nodes))])
		}
	}
	if backgrounds["light"] == backgrounds["dark"] {
		t.Errorf("both themes are on %s", backgrounds["light"])
	}
}

// contrast lists how many texts were looked at, and those with too little contrast.
const contrast = `(() => {
  const parse = c => { const n = c.match(/[\d.]+/g).map(Number); return {r: n[0], g: n[1], b: n[2], a: n.length > 3 ? n[3] : 1}; };
  const over = (top, under) => ({r: top.r * top.a + under.r * (1 - top.a), g: top.g * top.a + under.g * (1 - top.a), b: top.b * top.a + under.b * (1 - top.a), a: 1});
  const channel = v => (v /= 255) <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4;
  const luminance = c => .2126 * channel(c.r) + .7152 * channel(c.g) + .0722 * channel(c.b);
  const ratio = (a, b) => { const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p); return (x + .05) / (y + .05); };
  const behind = e => { const all = []; for (; e; e = e.parentElement) all.unshift(parse(getComputedStyle(e).backgroundColor)); return all.reduce((under, top) => over(top, under), {r: 255, g: 255, b: 255, a: 1}); };
  let checked = 0; const low = [];
  const check = (e, color, background) => { checked++; const r = ratio(over(color, background), background); if (r < 4.5) low.push(r.toFixed(2) + ' ' + e.textContent.trim().slice(0, 40) + ' ' + e.outerHTML.slice(0, 100)); };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const e = walker.currentNode.parentElement;
    if (!walker.currentNode.textContent.trim() || e.closest('style, title') || !e.checkVisibility()) continue;
    if (!e.closest('svg')) { check(e, parse(getComputedStyle(e).color), behind(e)); continue; }
    const color = parse(getComputedStyle(e).fill), mark = e.closest('.mark');
    if (mark) { check(e, color, parse(getComputedStyle(mark.querySelector('.tag')).fill)); continue; }
    const paper = parse(getComputedStyle(e.closest('svg').querySelector('rect.fill-N7')).fill);
    check(e, color, paper);
    for (const frame of document.querySelectorAll('.mark .frame')) { // two of them, one in another, and one that the pointer is on
      const s = getComputedStyle(frame), tint = {...parse(s.fill), a: parseFloat(s.fillOpacity)};
      check(e, color, over({...tint, a: .16}, over(tint, paper)));
    }
  }
  return ['checked ' + checked, ...new Set(low)];
})()`

// TestPrint: on paper there is no control, and what is closed is open.
func TestPrint(t *testing.T) {
	ctx := open(t, 1280, 900)
	call(t, ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
	if shown := eval[[]string](t, ctx, `[...document.querySelectorAll('.filter, .skip, .to-box, .whole')].filter(e => e.checkVisibility()).map(e => e.className)`); len(shown) > 0 {
		t.Errorf("on paper are %q", shown)
	}
	if closed := eval[int](t, ctx, `[...document.querySelectorAll('pre.diff')].filter(e => e.getBoundingClientRect().height === 0).length`); closed > 0 {
		t.Errorf("%d diffs are not on paper", closed)
	}
	if cut := eval[[]string](t, ctx, `[...document.querySelectorAll('.scroll, pre.diff')].filter(e => e.scrollHeight > e.clientHeight + 1).map(e => e.className)`); len(cut) > 0 {
		t.Errorf("on paper these are cut: %q", cut)
	}
}
