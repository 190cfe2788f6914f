package broker_test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/broker"
)

var pageLink = regexp.MustCompile(`http://example.com(/fhir/Observation\?_page=[^"]+)`)

// paged is a source whose first page has a link to a second.
func paged(t *testing.T, link string) *kit {
	t.Helper()
	k := newKit(t)
	pages, err := broker.NewPages(nil)
	if err != nil {
		t.Fatal(err)
	}
	k.configure = func(c *broker.Config) { c.Pages = pages }
	first := strings.Replace(result, `"entry"`, `"link":[{"relation":"next","url":"`+link+`"}],"entry"`, 1)
	k.source = sourceOf(map[string]string{
		"Patient/p1": patient, searchTarget: first,
		"?_getpages=what-only-the-source-knows&_getpagesoffset=50": strings.ReplaceAll(result, `"o1"`, `"o2"`),
	})
	return k
}

func TestAPageIsDecidedOnAnewAndAskedOfTheSource(t *testing.T) {
	k := paged(t, `http://source.example/fhir?_getpages=what-only-the-source-knows&_getpagesoffset=50`)
	k.source = withBase(k.source)
	found := pageLink.FindStringSubmatch(k.get(search + "&_count=1").Body.String())
	if found == nil {
		t.Fatal("the first page has no link of the broker's own to the next")
	}
	if strings.Contains(found[1], "what-only-the-source-knows") || strings.Contains(found[1], "9990000018") {
		t.Errorf("the link tells what is in it: %s", found[1])
	}
	if w := k.get(found[1]); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), canary) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	// Attack 104: permission gone between the pages.
	k.decision = deny
	closed(t, k.get(found[1]), http.StatusForbidden, "no-active-care-relationship")
}

// Attack 103: somebody else's page.
func TestAttack103APageIsBoundToThePerson(t *testing.T) {
	k := paged(t, `http://source.example/fhir?_getpages=what-only-the-source-knows&_getpagesoffset=50`)
	k.source = withBase(k.source)
	found := pageLink.FindStringSubmatch(k.get(search + "&_count=1").Body.String())
	if found == nil {
		t.Fatal("no link to a next page")
	}
	k.subject.UserID = "u2"
	closed(t, k.get(found[1]), http.StatusNotFound, "page-not-found")
	k.subject.UserID = "u1"
	for _, forged := range []string{"/fhir/Observation?_page=abc", found[1][:len(found[1])-2] + "AA",
		strings.Replace(found[1], "Observation", "Condition", 1)} {
		closed(t, k.get(forged), http.StatusNotFound, "page-not-found")
	}
}

// Attack 105: a link to the raw server, or to any other place.
func TestAttack105ALinkToAnotherPlaceIsDropped(t *testing.T) {
	for _, link := range []string{
		"https://source.example/fhir?_getpages=abc", "http://elsewhere.example/fhir?_getpages=abc",
		"http://source.example/admin?_getpages=abc", "http://source.example/fhir/../admin?x=1",
		"http://u:p@source.example/fhir?_getpages=abc", "http://source.example/fhirish?_getpages=abc",
		"//elsewhere.example/fhir?_getpages=abc", "http://source.example/fhir/Patient%2Fp2?x=1", "http://[", "javascript:alert(1)",
	} {
		k := paged(t, link)
		w := k.get(search)
		if strings.Contains(w.Body.String(), `"next"`) {
			t.Errorf("%s: there is a next link: %s", link, w.Body)
		}
	}
}

// withBase lets sourceOf see the base itself as a target.
func withBase(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/fhir" {
			r.URL = &url.URL{Path: "/fhir/", RawQuery: r.URL.RawQuery}
		}
		next.ServeHTTP(w, r)
	})
}

// A part of each resource is asked of the broker alone, on the first page and on
// those that follow.
func TestAPageIsOfTheShapeThatWasAskedFor(t *testing.T) {
	k := paged(t, `http://source.example/fhir?_getpages=what-only-the-source-knows&_getpagesoffset=50`)
	k.source = withBase(k.source)
	first := k.get(search + "&_elements=id&_count=1")
	found := pageLink.FindStringSubmatch(first.Body.String())
	if found == nil {
		t.Fatalf("no link to a next page: %s", first.Body)
	}
	for _, w := range []string{first.Body.String(), k.get(found[1]).Body.String()} {
		if !strings.Contains(w, "SUBSETTED") || strings.Contains(w, `"subject"`) {
			t.Errorf("%s", w)
		}
	}
}
