package console_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
)

// A letter is seen and opened, through the console, the collector, a broker and a
// record system, by somebody whose browser runs no script.
func TestALetterIsOpenedFromTheRecord(t *testing.T) {
	g := newRegion(t)
	s := g.signIn("consultant")
	g.find(s, g.patient("permission"))
	at := here(s)
	s.Submit(at, right).Submit(at+"/ask", yes())
	s.Open(g.address+at+"/record?whole=1").Shows(200, "Clinical letter", "Open “Clinical letter”, a PDF").Hides("_link=")
	s.Submit(at+"/record/document", nil)
	letter := s.Body
	if !strings.HasPrefix(letter, "%PDF-1.4") || !strings.Contains(letter, "three months") || s.Resp.Header.Get("Content-Type") != "application/pdf" ||
		s.Resp.Header.Get("Content-Disposition") != `attachment; filename="document.pdf"` || s.Resp.Header.Get("Content-Security-Policy") != "sandbox; default-src 'none'" {
		t.Fatalf("%d %v\n%s", s.Resp.StatusCode, s.Resp.Header, letter)
	}
	for _, address := range s.Seen {
		if strings.Contains(address, "link") {
			t.Errorf("the link stands in an address: %s", address)
		}
	}
	digest := sha256.Sum256([]byte(letter))
	var opened []audit.Record
	for _, rec := range g.records(access.View) {
		if rec.Interaction == "document" {
			opened = append(opened, rec)
		}
	}
	if len(opened) != 1 || opened[0].DocumentDigest != hex.EncodeToString(digest[:]) || opened[0].Source != "acute-st-aldhelm" || opened[0].Categories["documents"] != 1 {
		t.Errorf("%+v", opened)
	}
	// A link that is not the session's own, or none, opens nothing and says so.
	s.Open(g.address + at + "/record?whole=1")
	s.Submit(at+"/record/document", url.Values{"link": {"abc"}}).Shows(404, "This link to a document has ended", "Back to the record")
	s.Open(g.address + at + "/record?whole=1")
	s.Submit(at+"/record/document", url.Values{"csrf": {"abc"}}).Shows(403)
}
