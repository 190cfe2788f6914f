//go:build servers

package servers_test

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

// All pages together are exactly the patient's entries, however large a page.
func pages(t *testing.T, w world) {
	s := newStand(t, w)
	a := w.patients[0]
	s.know(admitted(a, hospital))
	given := s.permit(visitor, a)
	truth := s.truth("/Observation?" + byID(a))
	for _, ask := range []string{
		"/Observation?_count=1&" + byID(a), "/Observation?_count=7&" + byID(a), "/Observation?_count=7&" + byNumber(a),
		"/Observation?_count=200&" + byID(a), "/Observation?_sort=-date&_count=10&" + byID(a),
	} {
		got, _ := s.search(visitor, ask)
		s.same(strings.SplitN(ask, "&", 2)[0], truth, got)
	}
	got, _ := s.search(visitor, "/DiagnosticReport?_count=3&"+byID(a))
	s.same("reports by threes", s.truth("/DiagnosticReport?"+byID(a)), got)

	// A permission that ended ends the pages (attack 104).
	next := s.searchset(s.get(visitor, "/Observation?_count=2&"+byID(a))).link("next")
	s.withdraw(visitor, a, given)
	s.is(s.get(visitor, next), 403, "permission-withdrawn")
	for _, rec := range s.records() {
		if strings.Contains(rec.Query, "_page") || strings.Contains(rec.Query, "getpages") {
			t.Errorf("record %d keeps a page token", rec.Sequence)
		}
	}
}

// A page is its reader's own: whoever else comes with its address, or with the
// source's own, finds nothing (attacks 103, 105).
func pagesOfOthers(t *testing.T, w world) {
	s := newStand(t, w)
	a, b := w.patients[0], w.patients[1]
	s.know(admitted(a, hospital), admitted(b, hospital))
	s.permit(visitor, a)
	s.permit(colleague, a)
	s.permit(colleague, b)
	next := s.searchset(s.get(visitor, "/Observation?_count=2&"+byID(a))).link("next")
	s.is(s.get(visitor, next), 200, "")
	u, err := url.Parse(next)
	s.must(err)
	token := u.Query().Get("_page")
	s.reached()

	middle := len(token) / 2
	changed := "A"
	if token[middle] == 'A' {
		changed = "B"
	}
	for what, target := range map[string]string{
		"tampered":     "/Observation?_page=" + token[:middle] + changed + token[middle+1:],
		"cut":          "/Observation?_page=" + token[:middle],
		"another type": "/Condition?_page=" + token,
		"made up":      "/Observation?_page=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
	} {
		if got := s.get(visitor, target); got.status != 404 {
			t.Errorf("%s: answered %d %s", what, got.status, reason(got))
		}
	}
	s.is(s.get(colleague, next), 404, "page-not-found")
	s.is(s.get(stranger, next), 404, "page-not-found")
	s.is(s.get(professional{}, next), 401, "token-missing")

	// HAPI's own link, which opens to whoever holds it: of B's entries, as HAPI
	// gave it to somebody else.
	foreign, err := url.Parse(direct(t, w.hapi+"/Observation?_count=2&"+byID(b)).link("next"))
	s.must(err)
	theirs := foreign.RawQuery
	if !strings.Contains(theirs, "_getpages=") {
		t.Fatalf("HAPI's next link has changed its form")
	}
	for _, target := range []string{
		"?" + theirs, "/?" + theirs, "/Observation?" + theirs, "/Observation?" + byID(a) + "&" + theirs,
		"/Observation?_page=" + token + "&" + theirs, "?_getpages=00000000-0000-0000-0000-000000000000&_getpagesoffset=0",
		"/Patient/" + a.LocalID + "/Observation?" + theirs, "/metadata?" + theirs,
	} {
		got := s.get(visitor, s.base+target)
		if got.status != 404 && got.status != 400 && got.status != 403 || len(got.body) > 2000 {
			t.Errorf("a link of the source: answered %d %s", got.status, reason(got))
		}
	}
	s.is(s.get(visitor, s.base+"?"+theirs), 404, "not-found")
	s.is(s.get(visitor, "/Observation?"+byID(a)+"&"+theirs), 404, "not-found")
	if targets := s.reached(); len(targets) != 0 {
		t.Errorf("the source was asked for %d pages of others", len(targets))
	}
	for _, rec := range s.records() {
		if slices.Contains(rec.Reasons, "page-not-found") && rec.Outcome != "refused" {
			t.Errorf("record %d: a page that is not one's own ended %s", rec.Sequence, rec.Outcome)
		}
	}
}
