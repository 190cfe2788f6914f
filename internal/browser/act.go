//go:build servers

package browser

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// point is where something stands in the window.
type point struct {
	X, Y           float64
	Free, Disabled bool
	Over           string
}

// Click clicks what has these words on it, where it stands on the screen: a
// link, a button, a summary. "row > words" looks in the row that says so.
func (tab *Tab) Click(words string) {
	tab.t.Helper()
	tab.press("click", words)
}

// Choose chooses the radio button or checkbox with this label.
func (tab *Tab) Choose(label string) {
	tab.t.Helper()
	tab.press("field", label)
	tab.wait("choosing "+label, func() (bool, error) {
		return evaluate[bool](tab, `!!mcrFind("field", `+quote(label)+`)?.checked`)
	})
}

// painted: until a page that is looked at has shown something, Chromium drops what is pressed.
const painted = `(document.visibilityState !== "visible" || performance.getEntriesByType("paint").length > 0)`

func (tab *Tab) press(kind, words string) {
	tab.t.Helper()
	var at point
	find := "mcrStill"
	if tab.plain {
		find = "mcrPoint"
	}
	tab.wait("finding "+words, func() (bool, error) {
		p, err := evaluate[*point](tab, painted+` ? `+find+`(`+quote(kind)+`, `+quote(words)+`) : null`)
		switch {
		case err != nil || p == nil:
			return false, err
		case !p.Free:
			return false, fmt.Errorf("%s lies over it", p.Over)
		case p.Disabled:
			return false, errors.New("it is disabled")
		}
		at = *p
		return true, nil
	})
	tab.do("clicking "+words, chromedp.MouseClickXY(at.X, at.Y))
}

// Follow clicks a link or a button that leads to another page, and waits for
// that page.
func (tab *Tab) Follow(words string) {
	tab.t.Helper()
	tab.Turns("following "+words, func() { tab.t.Helper(); tab.Click(words) })
}

// Turns does something that leads to another page, and waits for that page.
func (tab *Tab) Turns(what string, do func()) {
	tab.t.Helper()
	before := Value[float64](tab, `performance.timeOrigin`)
	do()
	tab.wait(what, func() (bool, error) {
		return evaluate[bool](tab, fmt.Sprintf(`performance.timeOrigin !== %v && document.readyState === "complete"`, jsNumber(before)))
	})
}

func jsNumber(f float64) string { return fmt.Sprintf("%.6f", f) }

// Fill puts text into the field with this label, in the place of what was there,
// key by key.
func (tab *Tab) Fill(label, text string) {
	tab.t.Helper()
	tab.press("field", label)
	find := `mcrFind("field", ` + quote(label) + `)`
	Value[bool](tab, find+`.select?.() ?? true`)
	if text == "" {
		tab.Key(kb.Delete)
	} else {
		tab.Key(text)
	}
	tab.wait("filling in "+label, func() (bool, error) {
		got, err := evaluate[string](tab, find+`.value`)
		return strings.TrimSpace(got) == strings.TrimSpace(text), err
	})
}

// Paste puts text into the field with this label at once, as pasting does.
func (tab *Tab) Paste(label, text string) {
	tab.t.Helper()
	tab.press("field", label)
	Value[bool](tab, `mcrFind("field", `+quote(label)+`).select?.() ?? true`)
	Value[bool](tab, `document.execCommand("insertText", false, `+quote(text)+`)`)
}

// Select chooses an option of a list by its words.
func (tab *Tab) Select(label, option string) {
	tab.t.Helper()
	find := `mcrFind("field", ` + quote(label) + `)`
	tab.wait("selecting "+option, func() (bool, error) {
		return evaluate[bool](tab, `((e) => { if (!e) return false; const o = [...e.options].find((o) => o.text.trim() === `+quote(option)+`);
			if (!o) return false; e.value = o.value; e.dispatchEvent(new Event("change", { bubbles: true })); return true })(`+find+`)`)
	})
}

// File chooses a file in the field with this id.
func (tab *Tab) File(id, path string) {
	tab.t.Helper()
	tab.do("choosing "+path, chromedp.SetUploadFiles("#"+id, []string{path}))
}

// Key presses keys, one after the other, at whatever has the focus.
func (tab *Tab) Key(keys string, opts ...chromedp.KeyOption) {
	tab.t.Helper()
	tab.do("typing", chromedp.KeyEvent(keys, opts...))
}

// Focus is what the keyboard is at.
type Focus struct {
	Name, Tag, Type string
	Visible         bool // something shows that it has the focus
	Within          bool // it is on the screen
}

// Focus says what the keyboard is at; a zero Focus when at nothing.
func (tab *Tab) Focus() Focus {
	tab.t.Helper()
	f := Value[*Focus](tab, `mcrFocus()`)
	if f == nil {
		return Focus{}
	}
	return *f
}

// TabTo goes on with the tabulator until the keyboard is at what has these
// words, and complains about every stop on the way that cannot be seen.
func (tab *Tab) TabTo(words string) {
	tab.t.Helper()
	var seen []string
	for range 200 {
		tab.Key(kb.Tab)
		f := tab.Focus()
		if f.Tag != "" && f.Tag != "body" && !f.Visible {
			tab.t.Errorf("%s: the keyboard is at %s %q, and nothing shows it", tab.Path(), f.Tag, f.Name)
		}
		if f.Tag != "" && !f.Within {
			tab.t.Errorf("%s: the keyboard is at %s %q, which is not on the screen", tab.Path(), f.Tag, f.Name)
		}
		if f.Name == words || strings.Contains(f.Name, words) && f.Name != "" {
			return
		}
		seen = append(seen, f.Name)
	}
	tab.fail(fmt.Sprintf("going to %q with the keyboard: never there, but at %q", words, seen))
}

// Fetched is an answer that a page's own script got.
type Fetched struct {
	Status int
	Body   string
}

// Fetch asks for an address within the console as a script of the page would:
// with the person's cookies. It is for what the browser would save to a file.
func (tab *Tab) Fetch(path string) Fetched {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, within)
	defer cancel()
	got, err := chromedp.Run(ctx, chromedp.Evaluate[Fetched](
		`fetch(`+quote(tab.base+path)+`).then(async (r) => ({Status: r.status, Body: await r.text()}))`, chromedp.EvalAwaitPromise))
	tab.must("fetching "+path, err)
	return got
}

// Round goes once through all stops of the keyboard, complains about those that
// cannot be seen, and about a page from which there is no way round.
func (tab *Tab) Round(t testing.TB) {
	t.Helper()
	Value[bool](tab, `!!(globalThis.mcrStops = [])`)
	for range 1000 {
		tab.Key(kb.Tab)
		f := tab.Focus()
		if f.Tag == "" { // past the last one
			return
		}
		if !f.Visible || !f.Within {
			t.Errorf("%s: the keyboard is at %s %q: shown %v, on the screen %v", tab.Path(), f.Tag, f.Name, f.Visible, f.Within)
		}
		// A date has stops of its own within: day, month, year, calendar.
		switch Value[string](tab, `((e, all) => e === all.at(-1) ? "still" : e === all[0] ? "round" : all.includes(e) ? "caught" : (all.push(e), "on"))(document.activeElement, mcrStops)`) {
		case "round":
			return
		case "caught":
			t.Errorf("%s: the keyboard comes back to %s %q without having been round", tab.Path(), f.Tag, f.Name)
			return
		}
	}
	t.Errorf("%s: a thousand stops of the keyboard, and no end", tab.Path())
}
