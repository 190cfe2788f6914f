//go:build servers

package browser

import (
	"context"
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// within is how long a page may take to show what is waited for. It matters only
// where a test fails.
const within = time.Minute

//go:embed find.js
var finder string

// Tab is one tab of somebody's browser.
type Tab struct {
	*Watch
	t    testing.TB
	base string
	ctx  context.Context //nolint:containedctx // chromedp keeps the tab in it
	// plain says that pages run no scripts: then they do not tell when they are drawn either.
	plain bool
}

// Person opens a tab for somebody whose browser holds no cookie and no history:
// at a console at base, such as "http://127.0.0.1:8080/console".
func (b *Browser) Person(t testing.TB, base string) *Tab {
	t.Helper()
	return open(t, b.ctx, base, newWatch(), chromedp.WithNewBrowserContext())
}

// Tab opens another tab of the same person.
func (tab *Tab) Tab() *Tab {
	tab.t.Helper()
	id := chromedp.FromContext(tab.ctx).BrowserContextID
	return open(tab.t, tab.ctx, tab.base, tab.Watch, chromedp.WithExistingBrowserContext(id))
}

func open(t testing.TB, parent context.Context, base string, watch *Watch, opts ...chromedp.ContextOption) *Tab {
	t.Helper()
	ctx, cancel := chromedp.NewContext(parent, opts...)
	t.Cleanup(cancel)
	tab := &Tab{Watch: watch, t: t, base: strings.TrimSuffix(base, "/"), ctx: ctx}
	if err := chromedp.Listen(ctx, watch.see); err != nil {
		t.Fatalf("opening a tab: %v", err)
	}
	t.Cleanup(func() {
		if t.Failed() {
			tab.leave()
		}
	})
	return tab
}

// For goes on in another test, or in a part of one.
func (tab *Tab) For(t testing.TB) *Tab {
	other := *tab
	other.t = t
	return &other
}

// Screen sets the size of what is seen, in CSS pixels.
func (tab *Tab) Screen(width, height int) {
	tab.t.Helper()
	tab.do("changing the size", chromedp.EmulateViewport(int64(width), int64(height)))
}

// Scripts switches the scripts of pages on or off, from the next page on.
func (tab *Tab) Scripts(on bool) {
	tab.t.Helper()
	_, err := chromedp.Call(tab.ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !on})
	tab.must("switching scripts", err)
	tab.plain = !on
}

// Block keeps the tab from fetching what matches a pattern, such as
// "*://*:*/*.js", as a network does that breaks.
func (tab *Tab) Block(pattern string) {
	tab.t.Helper()
	_, err := chromedp.Call(tab.ctx, network.SetBlockedURLs, network.SetBlockedURLsParams{URLPatterns: []*network.BlockPattern{{URLPattern: pattern, Block: true}}})
	tab.must("blocking "+pattern, err)
}

// Open goes to an address: a path within the console, or a whole one. It gives
// the status of the answer.
func (tab *Tab) Open(address string) int {
	tab.t.Helper()
	if strings.HasPrefix(address, "/") {
		address = tab.base + address
	}
	ctx, cancel := context.WithTimeout(tab.ctx, within)
	defer cancel()
	resp, err := chromedp.Run(ctx, chromedp.NavigateResponse(address))
	tab.must("opening "+address, err)
	if resp == nil {
		return 0
	}
	return int(resp.Status)
}

// Back and Forward use the browser's own buttons; Reload its key.
func (tab *Tab) Back() { tab.t.Helper(); tab.turn("going back", chromedp.NavigateBack()) }

// Forward is the browser's own button.
func (tab *Tab) Forward() { tab.t.Helper(); tab.turn("going forward", chromedp.NavigateForward()) }

// Reload asks for the page again.
func (tab *Tab) Reload() { tab.t.Helper(); tab.turn("reloading", chromedp.Reload()) }

func (tab *Tab) turn(what string, action chromedp.Action[chromedp.Void]) {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, within)
	defer cancel()
	tab.must(what, chromedp.Do(ctx, action))
}

// Location is the address that the tab is at.
func (tab *Tab) Location() string {
	tab.t.Helper()
	return Value[string](tab, `location.href`)
}

// Path is the part of the address below the console's own path.
func (tab *Tab) Path() string {
	tab.t.Helper()
	return strings.TrimPrefix(tab.Location(), tab.base)
}

// Value evaluates an expression in the page.
func Value[T any](tab *Tab, expression string) T {
	tab.t.Helper()
	v, err := evaluate[T](tab, expression)
	tab.must("asking the page", err)
	return v
}

func evaluate[T any](tab *Tab, expression string) (T, error) {
	ctx, cancel := context.WithTimeout(tab.ctx, within)
	defer cancel()
	return chromedp.Run(ctx, chromedp.Evaluate[T]("("+strings.TrimSpace(finder)+") && ("+expression+")"))
}

// Text is what can be read on the page, with single spaces.
func (tab *Tab) Text() string {
	tab.t.Helper()
	return Value[string](tab, `mcrPlain()`)
}

// wait asks until the answer is yes. A page that is being exchanged for another
// cannot be asked: that is no answer.
func (tab *Tab) wait(what string, yes func() (bool, error)) {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, within)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		ok, err := yes()
		if ok && err == nil {
			return
		}
		select {
		case <-ctx.Done():
			tab.fail(fmt.Sprintf("%s: not within %s (%v)", what, within, err))
		case <-tick.C:
		}
	}
}

func (tab *Tab) do(what string, action chromedp.Action[chromedp.Void]) {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, within)
	defer cancel()
	tab.must(what, chromedp.Do(ctx, action))
}

func (tab *Tab) must(what string, err error) {
	tab.t.Helper()
	if err != nil {
		tab.fail(fmt.Sprintf("%s: %v", what, err))
	}
}

// fail ends the test, with what the page says.
func (tab *Tab) fail(why string) {
	tab.t.Helper()
	where, _ := evaluate[string](tab, `location.href`)
	text, _ := evaluate[string](tab, `mcrPlain()`)
	if len(text) > 3000 {
		text = text[:3000] + " …"
	}
	tab.t.Fatalf("%s\nat %s the page says: %s", why, where, text)
}

// quote makes a JavaScript string.
func quote(s string) string { return strconv.Quote(s) }
