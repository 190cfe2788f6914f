//go:build servers

package browser

import (
	"slices"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/css"
	"github.com/chromedp/cdproto/dom"
	"github.com/chromedp/chromedp"
)

// Fonts are the faces, by their family, in which Chromium has drawn the text of what a
// CSS selector finds: not what the page asked for, but what the machine had.
func (tab *Tab) Fonts(selector string) []string {
	tab.t.Helper()
	const what = "asking for fonts"
	_, err := chromedp.Call(tab.ctx, dom.Enable, dom.EnableParams{})
	tab.must(what, err)
	_, err = chromedp.Call(tab.ctx, css.Enable, cdp.Empty{})
	tab.must(what, err)
	page, err := chromedp.Call(tab.ctx, dom.GetDocument, dom.GetDocumentParams{})
	tab.must(what, err)
	found, err := chromedp.Call(tab.ctx, dom.QuerySelectorAll, dom.QuerySelectorAllParams{NodeID: page.Root.NodeID, Selector: selector})
	tab.must(what, err)
	var families []string
	for _, node := range found.NodeIDs {
		used, err := chromedp.Call(tab.ctx, css.GetPlatformFontsForNode, css.GetPlatformFontsForNodeParams{NodeID: node})
		tab.must(what, err)
		for _, font := range used.Fonts {
			families = append(families, font.FamilyName)
		}
	}
	slices.Sort(families)
	return slices.Compact(families)
}
