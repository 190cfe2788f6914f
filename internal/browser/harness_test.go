//go:build servers

package browser_test

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
)

// A harness that finds nothing wrong with anything proves nothing.
func TestServersBrowserFindsWhatIsWrong(t *testing.T) {
	page := `<!doctype html><title></title><img src="/x.png"><p style="width:900px;color:#ccc">wide and pale</p>
<form><input name="n"></form><button style="outline:none">Go</button><script>throw new Error("broken")</script>
<a href="?patient=999%20000%200018">a number</a> <a href="#" class="twice">same</a><a href="/b">same</a>`
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		if r.URL.Path == "/policy" {
			w.Header().Set("Content-Security-Policy", "default-src 'none'")
		}
		_, _ = w.Write([]byte(page))
	}))
	t.Cleanup(server.Close)
	tab := start(t).Person(t, server.URL)
	tab.Open("/")
	var found []string
	for _, v := range tab.Violations() {
		found = append(found, v.ID)
	}
	for _, want := range []string{"color-contrast", "document-title", "html-has-lang", "image-alt", "label"} {
		if !slices.Contains(found, want) {
			t.Errorf("axe found %q, not %s", found, want)
		}
	}
	if wide := tab.Wide(320); len(wide) == 0 {
		t.Error("a page of 900 px fits 320 px")
	}
	tab.Follow("a number")
	tab.Open("/policy")
	said := strings.Join(tab.Judge(server.URL, []string{"9990000018"}), "\n")
	for _, want := range []string{"cache-control", "script failed", "broken", "NHS number in the address", "Content Security Policy"} {
		if !strings.Contains(said, want) {
			t.Errorf("not told of %q, but:\n%s", want, said)
		}
	}
	tab.Key("\t\t\t\t")
	if f := tab.Focus(); f.Tag == "" || tab.Has("same") {
		t.Errorf("the keyboard is at %+v; two things of one name are told apart: %v", f, tab.Has("same"))
	}
}
