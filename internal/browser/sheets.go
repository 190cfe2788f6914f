//go:build servers

package browser

import (
	"bytes"
	"context"
	"regexp"

	"github.com/chromedp/chromedp"
)

// aPage is the beginning of a page's dictionary in a PDF (ISO 32000-1, 7.7.3.3), which
// Chromium writes uncompressed.
var aPage = regexp.MustCompile(`/Type\s*/Page\b`)

// Sheets is on how many sheets of A4 the page is printed.
func (tab *Tab) Sheets() int {
	tab.t.Helper()
	return len(aPage.FindAll(tab.A4(), -1))
}

// A4 is what comes out of the printer, on sheets of 210 mm by 297 mm.
func (tab *Tab) A4() []byte {
	tab.t.Helper()
	ctx, cancel := context.WithTimeout(tab.ctx, within)
	defer cancel()
	pdf, err := chromedp.Run(ctx, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4)))
	tab.must("printing on A4", err)
	if !bytes.HasPrefix(pdf, []byte("%PDF")) {
		tab.t.Error("the printer gives no PDF")
	}
	return pdf
}
