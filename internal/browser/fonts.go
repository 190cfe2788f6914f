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
// CSS selector finds: not what the page asked for, but what the machine had. It is asked again
// where the page changed while it was asked: what was found is not there any more then.
func (tab *Tab) Fonts(selector string) (families []string) {
	tab.t.Helper()
	tab.wait("asking for fonts", func() (_ bool, err error) {
		families, err = tab.fonts(selector)
		return true, err
	})
	slices.Sort(families)
	return slices.Compact(families)
}

func (tab *Tab) fonts(selector string) (families []string, err error) {
	if _, err = chromedp.Call(tab.ctx, dom.Enable, dom.EnableParams{}); err != nil {
		return nil, err
	}
	if _, err = chromedp.Call(tab.ctx, css.Enable, cdp.Empty{}); err != nil {
		return nil, err
	}
	page, err := chromedp.Call(tab.ctx, dom.GetDocument, dom.GetDocumentParams{})
	if err != nil {
		return nil, err
	}
	found, err := chromedp.Call(tab.ctx, dom.QuerySelectorAll, dom.QuerySelectorAllParams{NodeID: page.Root.NodeID, Selector: selector})
	if err != nil {
		return nil, err
	}
	for _, node := range found.NodeIDs {
		used, err := chromedp.Call(tab.ctx, css.GetPlatformFontsForNode, css.GetPlatformFontsForNodeParams{NodeID: node})
		if err != nil {
			return nil, err
		}
		for _, font := range used.Fonts {
			families = append(families, font.FamilyName)
		}
	}
	return families, nil
}
