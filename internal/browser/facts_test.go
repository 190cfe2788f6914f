//go:build servers

package browser_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/internal/browser"
)

// Every label of a trend's axis of time has its year, as the plotting library draws it and
// as the server does where there is no JavaScript.
func TestServersBrowserATrendHasItsYears(t *testing.T) {
	w := inTheRegion(t)
	tab := w.signIn(t, "own-gp")
	find(tab, w.flagged(t, "own-record"))
	confirm(tab)
	tab.Open("/patients/" + refOf(t, tab) + "/record")
	arrived(t, tab)
	years := browser.Value[[]string](tab, `(() => {
		window.mcrDrawn = [];
		const fill = CanvasRenderingContext2D.prototype.fillText;
		CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) { window.mcrDrawn.push(text); return fill.call(this, text, ...rest); };
		const trend = document.querySelector(".mcr-trend:has(tr[data-t] ~ tr[data-t])");
		for (let d = trend; d; d = d.parentElement.closest("details")) d.open = true;
		return [...trend.querySelectorAll("tr[data-t]")].map((r) => new Date(r.dataset.t * 1000).getFullYear().toString());
	})()`)
	if len(years) < 2 {
		t.Fatal("no result is repeated")
	}
	tab.Until("a plot", `!!document.querySelector("[data-plot] canvas") && window.mcrDrawn.length > 3`)
	for _, year := range []string{years[0], years[len(years)-1]} {
		if drawn := browser.Value[[]string](tab, `window.mcrDrawn`); !slices.Contains(drawn, year) {
			t.Errorf("the plot says %q, and nowhere %s", drawn, year)
		}
	}
	if browser.Value[bool](tab, `[...document.querySelectorAll("[data-plot] canvas")].some((c) => !c.closest("details").querySelector("[data-picture]").hidden)`) {
		t.Error("the server's picture stands beside the plot")
	}

	if change := browser.Value[string](tab, `document.querySelector("#results")?.closest("section").querySelector(".mcr-change")?.innerText ?? ""`); !strings.Contains(change, " 20") {
		t.Errorf("a last result says of the one before %q", change)
	}

	tab.Scripts(false)
	tab.Open("/patients/" + refOf(t, tab) + "/record?whole=1")
	tab.Sees("Who was asked")
	tab.Scripts(true)
	words := browser.Value[string](tab, `document.querySelector(".mcr-trend:has(tr[data-t] ~ tr[data-t]) [data-picture] svg").textContent`)
	for _, year := range []string{years[0], years[len(years)-1]} {
		if !strings.Contains(words, year) {
			t.Errorf("the server's picture says %q, and nowhere %s", words, year)
		}
	}
}

// The dead are as old as they were; an old result says how old it is.
func TestServersBrowserTheDeadDoNotGrowOlder(t *testing.T) {
	w := inTheRegion(t)
	tab := w.signIn(t, "own-gp")
	find(tab, w.flagged(t, "deceased"))
	confirm(tab)
	tab.Lacks("92 years")
	tab.Open("/patients/" + refOf(t, tab) + "/record")
	arrived(t, tab)
	tab.Sees("Died", ", aged 91", " ago)")
	tab.Lacks("92 years", "91 years")
	tab.Axe()
	tab.Fits()
}
