//go:build servers

package servers_test

import (
	"context"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/upstreams"
	"github.com/mycarerecord/mcr/upstreams/check"
)

// Attack 146, as hospitals have it: HAPI stands behind a proxy and knows itself by another
// name, which it writes into its next links. Without link_bases the answer says that pages
// are missing; "mcr source check" finds the line; with it every page is there, and asked of
// the proxy.
func behindAProxy(t *testing.T, w world) {
	const inside = "internal-name.hospital.local:8080"
	hapi, err := url.Parse(w.hapi)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(&httputil.ReverseProxy{Rewrite: func(r *httputil.ProxyRequest) {
		r.Out.URL.Scheme, r.Out.URL.Host, r.Out.Host = "http", hapi.Host, inside
	}})
	t.Cleanup(proxy.Close)
	base := proxy.URL + hapi.Path
	known := func(bases ...string) func(*upstreams.Source) {
		return func(s *upstreams.Source) { s.BaseURL, s.LinkBases = base, bases }
	}
	a := w.patients[0]
	for _, p := range w.patients {
		if b := direct(t, w.hapi+"/Observation?_count=50&patient="+p.LocalID); b.link("next") != "" {
			a = p
			break
		}
	}

	s := newStand(t, w, known())
	s.know(admitted(a, hospital))
	s.permit(visitor, a)
	truth := s.truth("/Observation?" + byID(a))
	if len(truth) <= 50 {
		t.Fatalf("%d results are on one page: this shows nothing", len(truth))
	}
	b := s.searchset(s.get(visitor, "/Observation?"+byID(a)))
	if shown := len(b.Entry) - 1; shown < 1 || shown >= len(truth) || b.link("next") != "" {
		t.Errorf("%d of %d are shown, next %q", shown, len(truth), b.link("next"))
	}
	if last := b.Entry[len(b.Entry)-1]; !strings.Contains(s.encoded(last.Resource), `"some-pages-missing"`) {
		t.Errorf("nothing says that pages are missing: %v", last.Resource)
	}
	if !slices.ContainsFunc(s.records(), func(r *audit.Record) bool { return slices.Contains(r.Reasons, "some-pages-missing") }) {
		t.Error("no record says so")
	}

	asker, err := check.NewAsker(upstreams.Source{BaseURL: base, Timeout: time.Minute, MaxBytes: 16 << 20}, nil, check.Limits{Count: 20}, nil)
	s.must(err)
	got, err := asker.Ask(context.Background(), a.LocalID)
	s.must(err)
	want := "http://" + inside + hapi.Path
	if len(got.LinkBases) != 1 || got.LinkBases[0] != want || len(got.Failed) > 0 {
		t.Errorf("the check finds %q, failed %v; want %q", got.LinkBases, got.Failed, want)
	}

	s = newStand(t, w, known(got.LinkBases...))
	s.know(admitted(a, hospital))
	s.permit(visitor, a)
	for _, count := range []string{"1", "7", "50", "200"} {
		all, withheld := s.search(visitor, "/Observation?_count="+count+"&"+byID(a))
		if s.same("behind a proxy, by "+count, truth, all); withheld {
			t.Errorf("by %s: something is said to be missing", count)
		}
	}
}
