//go:build servers

package browser_test

import (
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/internal/browser"
)

// A plot is drawn anew when the window narrows, and when it widens again; and what
// was chosen of the entries goes on to the page for printing.
func TestServersBrowserAPlotFollowsTheWindow(t *testing.T) {
	w := inTheRegion(t)
	tab := w.signIn(t, "consultant")
	find(tab, w.flagged(t, "every-source"))
	confirm(tab)
	if strings.HasSuffix(tab.Location(), "/ask") { // or an earlier test has her answer
		yes(tab, "Treatment today")
	}
	arrived(t, tab)
	if opened := browser.Value[bool](tab, `(() => {
		const plot = [...document.querySelectorAll("[data-plot]")].find((p) => p.closest("details").querySelectorAll("tr[data-t]").length > 2);
		for (let d = plot?.closest("details"); d; d = d.parentElement.closest("details")) d.open = true;
		return !!plot;
	})()`); !opened {
		t.Fatal("no result is repeated")
	}
	const width = `(document.querySelector("[data-plot] canvas")?.getBoundingClientRect().width ?? 0)`
	tab.Until("a plot", width+` > 500`)
	tab.Screen(320, 640)
	tab.Until("a plot that fits a telephone", width+` > 100 && `+width+` <= document.querySelector("[data-plot]:has(canvas)").clientWidth`)
	tab.Screen(1280, 900)
	tab.Until("the wide plot again", width+` > 500`)

	tab.Select("Part of the record", "Medicines")
	tab.Follow("Print")
	tab.Sees("Not to be filed", "Not all entries are listed: a part was chosen, Medicines")
}
