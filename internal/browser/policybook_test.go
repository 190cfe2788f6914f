//go:build servers

package browser_test

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/decision/book"
	"github.com/mycarerecord/mcr/decision/book/telling"
	"github.com/mycarerecord/mcr/policies"
)

// The policy book that is a file of its own can be used by everybody, on a small screen and on
// paper, and asks for nothing.
func TestServersBrowserThePolicyBookAsAFile(t *testing.T) {
	b, err := book.Read(t.Context(), policies.FS)
	if err != nil {
		t.Fatal(err)
	}
	var page bytes.Buffer
	if err := (telling.Told{Book: b, Name: "shipped"}).HTML(&page); err != nil {
		t.Fatal(err)
	}
	var asked []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/book.html" {
			if r.URL.Path != "/favicon.ico" { // which a browser asks of every server
				asked = append(asked, r.URL.Path)
			}
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write(page.Bytes())
	}))
	t.Cleanup(server.Close)
	tab := start(t).Person(t, server.URL)
	tab.Open("/book.html")
	tab.Axe()
	if wide := tab.Wide(320); len(wide) > 0 {
		t.Errorf("at 320 px these are too wide: %q", wide)
	}
	printed := sheets(t, tab, "policybook")
	if len(printed) < 20 || !strings.HasPrefix(printed[0], "Policy book") {
		t.Errorf("%d sheets, the first: %.200s", len(printed), printed[0])
	}
	if len(asked) > 0 {
		t.Errorf("it asks for %q", asked)
	}
}
