//go:build servers

package browser

import (
	_ "embed"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

//go:embed moments.js
var moments string

// Moments are when a page was how far, from when it was asked for.
type Moments struct {
	Asked   time.Time     // by the machine's clock
	Painted time.Duration // something stood there
	Words   time.Duration // of a record: the first fact of a source stood there
	Whole   time.Duration // all of it was there
}

// Observe makes the tab note the moments of every page that it opens from now on.
func (tab *Tab) Observe() {
	tab.t.Helper()
	_, err := chromedp.Call(tab.ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: moments})
	tab.must("observing pages", err)
}

// Moments waits until the page is whole, a record with the answers of all its sources,
// and says when it was how far.
func (tab *Tab) Moments() Moments {
	tab.t.Helper()
	tab.Until("the whole page", `document.readyState === "complete" && performance.getEntriesByName("first-contentful-paint").length > 0 &&
		performance.getEntriesByType("navigation")[0].loadEventEnd > 0 && (!document.querySelector("[data-record]") || mcrMoments.whole > 0)`)
	at := Value[[]float64](tab, `[mcrMoments.origin, performance.getEntriesByName("first-contentful-paint")[0].startTime, mcrMoments.words,
		mcrMoments.whole || performance.getEntriesByType("navigation")[0].loadEventEnd]`)
	ms := func(f float64) time.Duration { return time.Duration(f * float64(time.Millisecond)) }
	return Moments{time.Unix(0, int64(at[0]*1e6)), ms(at[1]), ms(at[2]), ms(at[3])}
}
