//go:build servers

package servers_test

import (
	"bytes"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/nhs"
)

// A direct read gives what the source has, or the same answer for what is not
// there and for what may not be seen.
func reads(t *testing.T, w world) {
	s := newStand(t, w)
	a, b := w.patients[0], w.patients[1]
	s.know(admitted(a, hospital), admitted(b, hospital))
	s.permit(visitor, a)
	for _, typ := range []string{"Observation", "Condition", "Encounter", "MedicationRequest", "Procedure"} {
		ofA, ofB := first(s.truth("/"+typ+"?"+byID(a))), first(s.truth("/"+typ+"?"+byID(b)))
		got := s.get(visitor, "/"+name(ofA))
		s.is(got, 200, "")
		if diff := cmp.Diff(unnamed(released(ofA), nil), any(s.decoded(got))); diff != "" {
			t.Errorf("%s was changed on its way:\n%s", typ, diff)
		}
		s.alike(s.get(visitor, "/"+typ+"/no-such-id"), s.get(visitor, "/"+name(ofB)), 404)
		s.alike(s.head("/"+typ+"/no-such-id"), s.head("/"+name(ofB)), 404) // attack 28
		s.alike(s.get(stranger, "/"+name(ofA)), s.get(stranger, "/"+typ+"/no-such-id"), 404)
	}
	s.is(s.get(visitor, "/Patient/"+b.LocalID), 403, "permission-needed")
	s.alike(s.get(stranger, "/Patient/"+b.LocalID), s.get(stranger, "/Patient/no-such-id"), 403)
	s.is(s.get(visitor, "/Patient/"+a.LocalID), 200, "")

	// What was deleted at the source is 410 there: here it never was.
	gone := first(s.truth("/Procedure?" + byID(w.patients[len(w.patients)-1])))
	s.toHAPI(http.MethodDelete, name(gone), "")
	s.alike(s.get(consultant, "/"+name(gone)), s.get(consultant, "/Procedure/no-such-id"), 404)
}

func first(all map[string]map[string]any) map[string]any {
	best := ""
	for id := range all {
		if best == "" || id < best {
			best = id
		}
	}
	return all[best]
}

func (s *stand) head(target string) answer {
	s.t.Helper()
	return s.do(visitor, http.MethodHead, target, "")
}

func (s *stand) decoded(a answer) map[string]any {
	s.t.Helper()
	return s.decode(a.body)
}

// alike: two answers that nobody can tell apart but by the record's id and the time.
func (s *stand) alike(x, y answer, status int) {
	s.t.Helper()
	clean := func(a answer) (http.Header, string) {
		h := a.header.Clone()
		id := h.Get("X-Record-Id")
		h.Del("X-Record-Id")
		h.Del("X-Request-Id")
		h.Del("Date")
		return h, strings.ReplaceAll(string(a.body), id, "ID")
	}
	hx, bx := clean(x)
	hy, by := clean(y)
	if x.status != status || y.status != status || !cmp.Equal(hx, hy) || bx != by {
		s.t.Errorf("%s: answered %d %s\n%s: answered %d %s\nthey can be told apart, or are not %d:\n%s\n%s", x.asked, x.status, reason(x),
			y.asked, y.status, reason(y), status, cmp.Diff(hx, hy), cmp.Diff(bx, by))
	}
}

// However the patient is named, the answer is the same.
func waysToAsk(t *testing.T, w world) {
	s := newStand(t, w)
	a := w.patients[0]
	s.know(admitted(a, hospital))
	s.permit(visitor, a)
	want := s.truth("/Condition?" + byID(a))
	number := url.QueryEscape(nhs.NumberSystem + "|" + a.Number.Digits())
	for _, target := range []string{
		"/Condition?patient=" + a.LocalID, "/Condition?patient=Patient/" + a.LocalID, "/Condition?subject=" + a.LocalID,
		"/Condition?patient.identifier=" + number, "/Condition?patient:identifier=" + number, "/Condition?subject:identifier=" + number,
		"/Condition?subject.identifier=" + number, "/Patient/" + a.LocalID + "/Condition",
	} {
		got, _ := s.search(visitor, target)
		s.same("asked as "+strings.ReplaceAll(target, a.Number.Digits(), "NUMBER"), want, got)
	}
	for _, form := range []string{"patient=" + a.LocalID, "patient.identifier=" + number} {
		b := s.searchset(s.post(visitor, "/Condition/_search", "application/x-www-form-urlencoded", form+"&_count=200"))
		got := map[string]map[string]any{}
		for _, e := range b.Entry {
			got[name(e.Resource)] = e.Resource
		}
		s.same("asked by a form", want, got)
	}
	for _, target := range []string{"/Patient?identifier=" + number, "/Patient?_id=" + a.LocalID} {
		got, _ := s.search(visitor, target)
		want := s.truth("/Patient?_id=" + a.LocalID)
		s.same("the patient", want, got)
	}
	// A number that the source does not have: as if it had nothing.
	unknown := w.patients[1]
	unknown.Number = numberOfNobody
	s.know(admitted(unknown, nobody))
	s.permit(stranger, unknown)
	got, withheld := s.search(stranger, "/Condition?"+byNumber(unknown))
	if len(got) != 0 || withheld {
		t.Errorf("a patient whom the source does not know: %d released, withheld: %v", len(got), withheld)
	}
}

// What comes along with an answer belongs to it.
func includes(t *testing.T, w world) {
	s := newStand(t, w)
	a := w.patients[0]
	s.know(registered(a), admitted(a, hospital))
	s.permit(visitor, a)
	for _, ask := range []string{
		"/Encounter?_include=Encounter:service-provider&", "/Encounter?_include=Encounter:practitioner&", "/Encounter?_include=Encounter:location&",
		"/MedicationRequest?_include=MedicationRequest:requester&", "/DiagnosticReport?" + labReports + "&_include=DiagnosticReport:result&",
		"/Procedure?_include=Procedure:location&",
	} {
		for _, count := range []string{"", "_count=5&"} {
			got, _ := s.search(visitor, ask+count+byID(a))
			want := s.truth(ask + count + byID(a))
			s.same(strings.SplitN(ask, "=", 2)[1]+count, want, got, "result")
		}
	}
	// Reports are routine, and so are the results in them; what is not is cut.
	got, _ := s.search(gp, "/DiagnosticReport?"+labReports+"&_include=DiagnosticReport:result&"+byID(a))
	observations := 0
	for id, resource := range got {
		if strings.HasPrefix(id, "Observation/") {
			observations++
			if !isLaboratory(resource) {
				t.Errorf("%s came along and is no laboratory result", id)
			}
		}
	}
	if observations == 0 {
		t.Error("no result came along with the reports")
	}
}

// What a server that was not asked by us would have told does not leave.
func whatDoesNotLeave(t *testing.T, w world) {
	s := newStand(t, w)
	a := w.patients[0]
	ask := "/Observation?_count=3&" + byID(a)
	for _, accept := range []string{
		"text/html", "text/html,application/xhtml+xml", "application/fhir+xml", "application/xml", "text/csv",
		"application/fhir+turtle", "application/fhir+ndjson", "text/plain;q=0.9, text/html",
	} { // attack 59
		s.is(s.get(consultant, ask, "Accept", accept), 406, "format-not-offered")
	}
	for _, format := range []string{"xml", "html", "html/json", "application/fhir%2Bxml", "ttl"} {
		if got := s.get(consultant, ask+"&_format="+format); got.status != 406 && got.status != 400 {
			t.Errorf("_format=%s: answered %d", format, got.status)
		}
	}
	s.reached()
	plain := s.get(consultant, ask)
	for _, header := range [][]string{
		{"Accept-Encoding", "gzip, br"}, {"If-None-Match", "*"}, {"If-Modified-Since", "Mon, 23 Nov 2099 00:00:00 GMT"}, // attack 96
		{"Range", "bytes=0-10"}, {"Cache-Control", "only-if-cached"}, {"Prefer", "handling=lenient"}, {"X-Request-Id", "mine-1"},
		{"X-Forwarded-Host", "evil.example"}, {"X-Consent-Scope", "all"}, {"Connection", "X-Internal"}, {"Accept", "application/json;q=0.5, text/html;q=0"},
		{"Accept", "text/html, application/fhir+json;q=0.1"}, {"X-Break-Glass", "true"},
	} {
		got := s.get(consultant, ask, header...)
		if got.status != 200 || got.header.Get("Content-Encoding") != "" || !sameEntries(s, plain, got) {
			t.Errorf("%s: %s: answered %d %s", header[0], header[1], got.status, reason(got))
		}
	}
	for _, target := range s.reached() {
		if strings.Contains(target, "getpages") {
			continue
		}
		if want := "/fhir/Observation?_count=50&patient=" + a.LocalID; target != want && target != "/fhir/Patient/"+a.LocalID {
			t.Errorf("the source was asked otherwise than for %s", "Observation?_count=50&patient=…")
		}
	}
	statement := s.get(professional{}, "/metadata") // attack 31
	if statement.status != 200 || !bytes.Contains(statement.body, []byte("My Care Record")) {
		t.Errorf("/metadata: answered %d", statement.status)
	}
}

func sameEntries(s *stand, x, y answer) bool {
	bx, by := s.searchset(x), s.searchset(y)
	return cmp.Equal(bx.Entry, by.Entry)
}
