//go:build servers

package browser

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// Sees waits until the page says all of these.
func (tab *Tab) Sees(words ...string) {
	tab.t.Helper()
	for _, want := range words {
		tab.wait(fmt.Sprintf("looking for %q", want), func() (bool, error) {
			text, err := evaluate[string](tab, `mcrPlain()`)
			return strings.Contains(strings.ToLower(text), strings.ToLower(want)), err
		})
	}
}

// Lacks says that the page says none of these, now.
func (tab *Tab) Lacks(words ...string) {
	tab.t.Helper()
	text := strings.ToLower(tab.Text())
	for _, no := range words {
		if i := strings.Index(text, strings.ToLower(no)); i >= 0 {
			tab.t.Errorf("%s says %q: …%s…", tab.Path(), no, text[max(0, i-100):min(len(text), i+100)])
		}
	}
}

// Has says whether there is something to click with these words, now.
func (tab *Tab) Has(words string) bool {
	tab.t.Helper()
	found, err := evaluate[bool](tab, `!!mcrFind("click", `+quote(words)+`)`)
	return found && err == nil
}

// HasField says whether there is a field with this label, now.
func (tab *Tab) HasField(label string) bool {
	tab.t.Helper()
	found, err := evaluate[bool](tab, `!!mcrFind("field", `+quote(label)+`)`)
	return found && err == nil
}

// At waits until the tab is at an address that begins so.
func (tab *Tab) At(path string) {
	tab.t.Helper()
	want := path
	if strings.HasPrefix(path, "/") {
		want = tab.base + path
	}
	tab.wait("getting to "+path, func() (bool, error) {
		at, err := evaluate[string](tab, `document.readyState === "complete" ? location.href : ""`)
		return strings.HasPrefix(at, want), err
	})
}

// Fits complains when the page cannot be read without scrolling sideways on a screen
// of 320 px (WCAG 2.2, 1.4.10 Reflow), or on one of 1280 px at 200 % (1.4.4), which to
// a page is one of 640 px.
func (tab *Tab) Fits() {
	tab.t.Helper()
	for _, width := range []int{320, 640} {
		if wide := tab.Wide(width); len(wide) > 0 {
			tab.t.Errorf("%s does not fit %d px: %s", tab.Path(), width, strings.Join(wide, "; "))
		}
	}
}

// Wide says what of the page is wider than a screen of this width.
func (tab *Tab) Wide(width int) []string {
	tab.t.Helper()
	tab.Screen(width, 640)
	defer tab.Screen(1280, 900)
	return Value[[]string](tab, `((limit) => {
		if (document.documentElement.scrollWidth <= limit) return [];
		const out = [...document.querySelectorAll("body *")].filter((e) => e.getBoundingClientRect().right > limit + 1 && getComputedStyle(e).position !== "fixed");
		const least = out.filter((e) => !out.some((o) => o !== e && e.contains(o)));
		return ["the page is " + document.documentElement.scrollWidth + " px wide", ...least.slice(0, 5).map((e) => e.tagName + "." + e.className + " " + e.innerText?.slice(0, 40))];
	})(innerWidth)`)
}

// Shoot writes a picture of the whole page, as PNG.
func (tab *Tab) Shoot(file string) {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, within)
	defer cancel()
	tab.must("taking a picture", tab.shoot(ctx, file))
}

func (tab *Tab) shoot(ctx context.Context, file string) error {
	picture, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	return os.WriteFile(file, picture, 0o644)
}

// leave keeps a picture of where a test failed.
func (tab *Tab) leave() {
	dir := os.Getenv("MCR_CACHE")
	if dir == "" {
		dir = os.TempDir()
	}
	file := filepath.Join(dir, "failed", strings.ReplaceAll(tab.t.Name(), "/", "-")+".png")
	ctx, cancel := context.WithTimeout(tab.ctx, within)
	defer cancel()
	if err := tab.shoot(ctx, file); err == nil {
		tab.t.Logf("what it looked like: %s", file)
	}
}

// Until waits until an expression in the page is true.
func (tab *Tab) Until(what, expression string) {
	tab.t.Helper()
	tab.wait(what, func() (bool, error) { return evaluate[bool](tab, expression) })
}

// PDF is what comes out of the printer, on the paper that the page asks for.
func (tab *Tab) PDF() []byte {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, within)
	defer cancel()
	pdf, err := chromedp.Run(ctx, chromedp.PrintToPDF(func(p *page.PrintToPDFParams) { p.PreferCSSPageSize = new(true) }))
	tab.must("printing", err)
	return pdf
}
