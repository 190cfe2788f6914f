//go:build servers

package browser_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/internal/browser"
)

// inWhat tells of every kind of element of a page (its name, and its type where it has
// one) in which family its text is to be set. What is written for machines, such as a
// rule's source, or a number whose digits are compared one by one, is meant to be in another.
const inWhat = `Object.fromEntries([...document.querySelectorAll("body, body *")]
	.filter((e) => !e.closest("pre, code, .mcr-rules-text, .mcr-rules-code, .mcr-rules-editor, .mcr-trail-code, .mcr-trail-document, .nhsuk-input--code"))
	.map((e) => [(e.tagName + (e.type ? "." + e.type : "") + " " + getComputedStyle(e).fontFamily).toLowerCase(), e.outerHTML.slice(0, 80)]))`

// oneOfEach marks an element of each kind that shows text.
const oneOfEach = `(() => {
	const seen = new Set();
	for (const e of document.querySelectorAll("body *")) {
		const kind = e.tagName + " " + e.className;
		if (!seen.has(kind) && e.checkVisibility() && [...e.childNodes].some((c) => c.nodeType === 3 && c.data.trim() || e.value)) {
			seen.add(kind);
			e.dataset.oneOfEach = "";
		}
	}
	return true;
})()`

var serif = regexp.MustCompile(`(?i)\b(serif|times|roman|georgia)\b`)

// Every page is set in Arial, or in what the machine has without serifs, whatever the
// element: nhsuk-frontend names a family only together with its own face, which we do
// not fetch.
func TestServersBrowserNothingIsSetWithSerifs(t *testing.T) {
	w := inTheRegion(t)
	theirs, _ := w.aVisit(t)
	kinds := 0
	judge := func(t *testing.T, tab *browser.Tab) {
		t.Helper()
		for kind, like := range browser.Value[map[string]string](tab, inWhat) {
			kinds++
			_, family, _ := strings.Cut(kind, " ")
			if !strings.HasPrefix(family, "arial,") || !strings.HasSuffix(family, "sans-serif") {
				t.Errorf("%s: %s, such as %s", tab.Path(), kind, like)
			}
		}
		browser.Value[bool](tab, oneOfEach)
		for _, family := range tab.Fonts("[data-one-of-each]") {
			if serif.MatchString(strings.ReplaceAll(family, "Sans Serif", "")) {
				t.Errorf("%s: some of it is drawn in %s", tab.Path(), family)
			}
		}
	}
	tab := w.person(t)
	tab.Open("/")
	judge(t, tab)
	tab = w.signIn(t, "consultant")
	judge(t, tab)
	p := w.patient(t, stAldhelms, riverside, true)
	find(tab, p)
	judge(t, tab)
	confirm(tab)
	judge(t, tab)
	yes(tab, "Treatment today")
	arrived(t, tab)
	judge(t, tab)
	tab.Follow("Print")
	judge(t, tab)
	officer := w.signIn(t, "privacy-officer")
	for _, path := range []string{"/trail", "/trail/records", "/trail/records/" + theirs.ID, "/trail/patient"} {
		officer.Open(path)
		judge(t, officer)
	}
	rules := w.signIn(t, "ig-officer")
	for _, path := range []string{"/rules", "/rules/opt_out", "/rules/try"} {
		rules.Open(path)
		judge(t, rules)
	}
	if kinds < 200 {
		t.Errorf("only %d kinds of elements were looked at", kinds)
	}
}
