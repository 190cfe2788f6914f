//go:build servers

package browser_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/mycarerecord/mcr/internal/demo"
)

// The page on which somebody says who they are is the first that anybody sees.
func TestServersBrowserTheIssuersPage(t *testing.T) {
	region, err := demo.Start(t.Context(), demo.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(region.Close)
	client := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		_, _ = w.Write([]byte("<!doctype html><title>Back</title><p>Back, " + map[bool]string{true: "with a code", false: "with nothing"}[r.URL.Query().Has("code")]))
	}))
	t.Cleanup(client.Close)
	address := region.Issuer() + "/authorize?" + url.Values{
		"response_type": {"code"}, "client_id": {"mcr-console"}, "redirect_uri": {client.URL + "/callback"}, "scope": {"openid"},
		"state": {`"><script>alert(1)</script>`}, "code_challenge": {"E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"}, "code_challenge_method": {"S256"},
	}.Encode()

	tab := start(t).Person(t, client.URL)
	tab.Open(address)
	tab.Sees("Who are you?", "Dr Amara Okafor", "Wend Out of Hours")
	tab.Axe()
	tab.Fits()

	t.Run("with the mouse", func(t *testing.T) {
		tab := tab.For(t)
		tab.Follow("Dr Amara Okafor")
		tab.Sees("Back, with a code")
	})
	t.Run("with the keyboard", func(t *testing.T) {
		tab := tab.For(t)
		tab.Open(address)
		tab.TabTo("Dr Obinna Eze")
		tab.Turns("pressing Enter", func() { tab.Key("\r") })
		tab.Sees("Back, with a code")
	})
	t.Run("without scripts", func(t *testing.T) {
		tab := start(t).Person(t, client.URL)
		tab.Scripts(false)
		tab.Open(address)
		tab.Follow("Ruth Calder")
		tab.Sees("Back, with a code")
	})
	for _, wrong := range tab.Judge(client.URL, nil, region.Issuer()) {
		if wrong[0] != '/' { // the client of this test is no console
			t.Error(wrong)
		}
	}
}
