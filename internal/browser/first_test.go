//go:build servers

package browser_test

import (
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/internal/browser"
)

// top is how far from the top of the page a heading or another thing begins, in CSS pixels.
func top(tab *browser.Tab, css string) float64 {
	return browser.Value[float64](tab, `(() => { const e = document.querySelector(`+"`"+css+"`"+`); return e ? e.getBoundingClientRect().top + scrollY : -1; })()`)
}

// missing opens what stands folded of what is missing.
func missing(tab *browser.Tab) {
	if browser.Value[bool](tab, `!!document.querySelector(".mcr-attention__more:not([open])")`) {
		tab.Click("Not everything is shown")
	}
}

// The first screen of a telephone holds who it is, what is missing, alerts and allergies,
// even of somebody with as many as the region has, and the medicines begin right below it;
// of others it holds the medicines too. Where there is room alerts stand beside allergies,
// and nothing scrolls sideways.
func TestServersBrowserTheFirstScreenHoldsFacts(t *testing.T) {
	w := inTheRegion(t)
	tab := w.signIn(t, "consultant")
	read := func(flag string) string {
		find(tab, w.flagged(t, flag))
		confirm(tab)
		if mustAsk(tab) {
			yes(tab, "Treatment today")
		}
		arrived(t, tab)
		return tab.Path()
	}
	read("every-source")
	tab.Screen(360, 740)
	for _, c := range []struct {
		what, css string
		most      float64
	}{
		{"the alerts", "#alerts", 270}, {"the first alert", ".mcr-alerts .mcr-line", 295}, {"the allergies", "#allergies", 700}, {"the medicines", "#medicines", 940},
	} {
		if at := top(tab, c.css); at < 0 || at > c.most {
			t.Errorf("at 360 %s begin at %.0f px; they must by %.0f", c.what, at, c.most)
		}
	}
	// What is decided about resuscitation, and what somebody is allergic to, is never folded.
	if folded := browser.Value[string](tab, `[...document.querySelectorAll(".mcr-alerts > .mcr-lines > li > .mcr-line__title, .mcr-alerts > .mcr-lines > li .mcr-facts, .mcr-allergies > .mcr-lines li .mcr-line__title, .mcr-allergies > .mcr-lines li .mcr-facts, .mcr-allergies > .mcr-lines li .nhsuk-tag")]`+
		`.filter((e) => !e.checkVisibility() || e.getClientRects().length === 0).map((e) => e.innerText).join("; ")`); folded != "" {
		t.Errorf("at 360 folded away: %s", folded)
	}
	tab.Fits()
	tab.Screen(1280, 900)
	if a, b := top(tab, ".mcr-summary__alerts"), top(tab, ".mcr-summary__allergies"); a != b || a > 290 {
		t.Errorf("at 1280 the alerts begin at %.0f px and the allergies at %.0f: not side by side at the top", a, b)
	}
	if at := top(tab, "#medicines"); at > 900 {
		t.Errorf("at 1280 the medicines begin at %.0f px", at)
	}
	if rows := browser.Value[float64](tab, `Math.max(...[...document.querySelectorAll(".mcr-medicines tbody tr")].map((r) => r.getBoundingClientRect().height))`); rows > 80 {
		t.Errorf("at 1280 a medicine takes %.0f px: no table", rows)
	}
	tab.Axe()
	read("permission")
	tab.Screen(360, 740)
	if at := top(tab, ".mcr-medicines tbody tr"); at < 0 || at > 740 {
		t.Errorf("at 360 the first medicine of somebody without alerts begins at %.0f px", at)
	}
	tab.Axe()
	tab.Click("Go to")
	tab.Click("Time line") // on this page
	tab.Until("the time line", `location.hash === "#time"`)
	if under := browser.Value[bool](tab, `(() => { const h = document.getElementById("time").getBoundingClientRect(), w = document.querySelector(".mcr-who").getBoundingClientRect(); return h.top < w.bottom - 1; })()`); under {
		t.Error("what is gone to lies below the patient's name")
	}
}

// The order goes by the role in the token, for the eye and for who listens alike.
func TestServersBrowserTheOrderGoesByTheRole(t *testing.T) {
	w := inTheRegion(t)
	for member, c := range map[string]struct{ patient, want string }{
		"own-gp":        {"own-record", "alerts allergies medicines results appointments problems plans"},
		"paramedic":     {"every-source", "alerts allergies medicines problems plans results appointments"},
		"social-worker": {"restricted", "alerts allergies plans appointments medicines problems results"},
	} {
		t.Run(member, func(t *testing.T) {
			tab := w.signIn(t, member)
			find(tab, w.flagged(t, c.patient))
			confirm(tab)
			if tab.Has("Do not ask: see only what may be shown now") {
				tab.Follow("Do not ask: see only what may be shown now")
			}
			arrived(t, tab)
			for _, width := range []int{360, 1280} {
				tab.Screen(width, 740)
				got := browser.Value[string](tab, `[...document.querySelectorAll(".mcr-summary > [data-piece]")].map((e) => e.dataset.piece).join(" ")`)
				if got != c.want {
					t.Errorf("%d: %s, want %s", width, got, c.want)
				}
				if up := browser.Value[string](tab, `(() => { const all = [...document.querySelectorAll(".mcr-summary > [data-piece]")].filter((e) => e.getClientRects().length > 0); `+
					`return all.filter((e, i) => i > 0 && e.getBoundingClientRect().top < all[i - 1].getBoundingClientRect().top).map((e) => e.dataset.piece).join(" "); })()`); up != "" {
					t.Errorf("%d: %s stand above what is read before them", width, up)
				}
			}
		})
	}
}

// Why one may see a record, and until when, is what its source's broker decided by.
func TestServersBrowserWhyOneSeesTheRecord(t *testing.T) {
	w := inTheRegion(t)
	why := func(tab *browser.Tab) string {
		return browser.Value[string](tab, `document.querySelector(".mcr-why > summary")?.innerText ?? ""`)
	}
	gp := w.signIn(t, "own-gp")
	find(gp, w.flagged(t, "own-record"))
	confirm(gp)
	if gp.Has("Do not ask: see only what may be shown now") {
		gp.Follow("Do not ask: see only what may be shown now")
	}
	arrived(t, gp)
	if got := why(gp); !strings.Contains(got, "your own organisation’s record") || !strings.Contains(got, "your practice’s patient") {
		t.Errorf("the GP is told: %q", got)
	}
	gp.Click("Why you see this")
	gp.Sees("Riverside Surgery: You work for the organisation that holds this record.", "This is information that the patient's own GP practice routinely sees.")
	gp.Axe()
	specialist := w.signIn(t, "laboratory-specialist")
	find(specialist, w.flagged(t, "test-order"))
	confirm(specialist)
	if specialist.Has("Do not ask: see only what may be shown now") {
		specialist.Follow("Do not ask: see only what may be shown now")
	}
	arrived(t, specialist)
	if got := why(specialist); !strings.Contains(got, "a test that you were asked to interpret") {
		t.Errorf("the specialist is told: %q", got)
	}
	consultant := w.signIn(t, "consultant")
	find(consultant, w.flagged(t, "permission"))
	confirm(consultant)
	if mustAsk(consultant) {
		yes(consultant, "Treatment today")
	}
	arrived(t, consultant)
	if got := why(consultant); !strings.Contains(got, "the patient’s permission, until ") {
		t.Errorf("the consultant is told: %q", got)
	}
}
