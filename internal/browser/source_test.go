//go:build servers

package browser_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/internal/browser"
)

// A source goes down while the record is being collected: what the others gave
// stands there at once, and the one that is missing stands at the top, with its
// telephone number; when it is back, so is its part.
func TestServersBrowserASourceGoesDownInTheMiddle(t *testing.T) {
	w := inTheRegion(t)
	p := w.patient(t, stAldhelms, riverside, true)
	tab := w.signIn(t, "consultant")
	find(tab, p)
	confirm(tab)
	going := make(chan struct{})
	w.stage.set("gp-riverside", func(rw http.ResponseWriter, r *http.Request) {
		select {
		case <-going:
		case <-r.Context().Done():
		}
		panic(http.ErrAbortHandler)
	})
	yes(tab, "Treatment today")
	tab.Sees("11 of 12 sources have answered", "Waiting", "St Aldhelm's Hospitals NHS Trust")
	given(t, tab, "St Aldhelm's Hospitals NHS Trust")
	tab.Sees("Riverside Surgery Waiting")
	tab.Axe()
	close(going)
	arrived(t, tab)
	missing(tab)
	tab.Sees("Not everything is shown", "Riverside Surgery (01632 960101)", "Riverside Surgery Could not be read")
	text := tab.Text()
	if at, record := strings.Index(text, "Not everything is shown"), strings.Index(text, "Medicines"); at > record {
		t.Errorf("what is missing does not stand before the record: %s", text)
	}
	tab.Axe()
	tab.Fits()

	w.stage.clear()
	tab.Reload()
	arrived(t, tab)
	given(t, tab, "Riverside Surgery")
}

// given: the source has answered. Whether all of it is shown hangs on the patient,
// who is the next of many.
func given(t *testing.T, tab *browser.Tab, source string) {
	t.Helper()
	text := tab.Text()
	if !strings.Contains(text, source+" All shown") && !strings.Contains(text, source+" Some not shown") {
		t.Errorf("nothing came from %s: %s", source, text)
	}
}

// A source that takes the question and never answers is given up; it costs the
// others nothing, and is named.
func TestServersBrowserASourceThatNeverAnswers(t *testing.T) {
	w := inTheRegion(t)
	if err := w.load(hasty); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := w.load(nil); err != nil {
			t.Error(err)
		}
	})
	p := w.patient(t, stAldhelms, riverside, true)
	tab := w.signIn(t, "consultant")
	find(tab, p)
	confirm(tab)
	w.stage.set("gp-riverside", silent)
	yes(tab, "Treatment today")
	tab.Sees("11 of 12 sources have answered")
	arrived(t, tab)
	missing(tab)
	tab.Sees("Not everything is shown", "Riverside Surgery (01632 960101)", "Did not answer")
}

// Every source is away: nothing is shown, and that is said.
func TestServersBrowserEverySourceIsAway(t *testing.T) {
	w := inTheRegion(t)
	p := w.patient(t, stAldhelms, riverside, true)
	tab := w.signIn(t, "consultant")
	find(tab, p)
	confirm(tab)
	ref := refOf(t, tab)
	w.stage.set("*", down)
	tab.Open("/patients/" + ref + "/record")
	arrived(t, tab)
	tab.Sees("Nothing of the record is shown", "This does not mean that there is nothing", "is not answering")
	tab.Axe()
	find(tab, p)
	tab.Axe()
	tab.Lacks(p.Name)
}
