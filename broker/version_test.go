package broker_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/broker"
)

const labelledR = `"meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]},`

func withVersion(resource, version, more string) string {
	return strings.Replace(resource, `"id":"o1",`, `"id":"o1","meta":{"versionId":"`+version+`"},`+more, 1)
}

func ofVersions(resources ...string) string {
	for i, r := range resources {
		resources[i] = `{"resource":` + r + `,"request":{"method":"PUT","url":"Observation/o1"},"response":{"status":"200","etag":"W/\"1\""}}`
	}
	return `{"resourceType":"Bundle","type":"history","entry":[` + strings.Join(resources, ",") + `]}`
}

func TestAVersionAndAHistoryAreShownWhereTheItemIs(t *testing.T) {
	k := newKit(t)
	k.source = sourceOf(map[string]string{
		"Patient/p1": patient, "Observation/o1": withVersion(observation, "2", ""), "Observation/o1/_history/1": withVersion(observation, "1", ""),
		"Observation/o1/_history?_count=50": ofVersions(withVersion(observation, "2", ""), withVersion(observation, "1", "")),
	})
	for path, released := range map[string][]string{
		"/fhir/Observation/o1/_history/1": {"Observation/o1/_history/1"},
		"/fhir/Observation/o1/_history":   {"Observation/o1/_history/2", "Observation/o1/_history/1"},
	} {
		k.record.records = nil
		w := k.get(path)
		rec := k.only()
		if w.Code != http.StatusOK || !slices.Equal(rec.Resources, released) || rec.Outcome != audit.Released || !strings.HasPrefix("/fhir/"+rec.Query, path) {
			t.Errorf("%s: %d %s\n%+v", path, w.Code, w.Body, rec)
		}
		if h := w.Header(); h.Get("Etag") != "" || h.Get("Last-Modified") != "" {
			t.Errorf("attack 96: %v", h)
		}
	}
}

// Attack 24: what was known less about an item then opens nothing now.
func TestAttack024AnItemThatMayNotBeSeenHasNoVersions(t *testing.T) {
	good := map[string]string{
		"Patient/p1": patient, "Patient/p2": strings.NewReplacer(`"p1"`, `"p2"`, "9990000018", "9990000026").Replace(patient),
		"Observation/o1": observation, "Observation/o1/_history/1": withVersion(observation, "1", ""),
		"Observation/o1/_history?_count=50": ofVersions(withVersion(observation, "1", "")),
	}
	for name, change := range map[string]map[string]string{
		"labelled since":            {"Observation/o1": strings.Replace(observation, `"category"`, labelledR+`"category"`, 1)},
		"not there any more":        {"Observation/o1": ""},
		"a version of another's":    {"Observation/o1/_history/1": strings.Replace(good["Observation/o1/_history/1"], "Patient/p1", "Patient/p2", 1), "Observation/o1/_history?_count=50": ofVersions(withVersion(strings.Replace(observation, "Patient/p1", "Patient/p2", 1), "1", ""))},
		"no versions at the source": {"Observation/o1/_history/1": "", "Observation/o1/_history?_count=50": ""},
	} {
		k := newKit(t)
		answers := map[string]string{}
		for target, body := range good {
			if changed, ok := change[target]; ok {
				body = changed
			}
			if body != "" {
				answers[target] = body
			}
		}
		k.source = sourceOf(answers)
		plain := k.get("/fhir/Observation/never-there")
		for _, path := range []string{"/fhir/Observation/o1/_history/1", "/fhir/Observation/o1/_history"} {
			k.record.records = nil
			w := k.get(path)
			closed(t, w, http.StatusNotFound, "not-found")
			if shape(w) != shape(plain) {
				t.Errorf("%s: %s tells that it is there:\n%s\n%s", name, path, shape(w), shape(plain))
			}
			k.only()
		}
	}
}

func TestASourceThatOffersNoVersionsHasNone(t *testing.T) {
	for status, want := range map[int]int{404: 404, 405: 404, 410: 404, 501: 404, 500: 502, 400: 502} {
		k := newKit(t)
		there := sourceOf(map[string]string{"Patient/p1": patient, "Observation/o1": observation})
		k.source = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if strings.Contains(r.URL.Path, "_history") {
				w.WriteHeader(status)
				return
			}
			there.ServeHTTP(w, r)
		})
		if w := k.get("/fhir/Observation/o1/_history/1"); w.Code != want {
			t.Errorf("source %d: %d %s", status, w.Code, w.Body)
		}
		k.only()
	}
}

func TestTheFurtherPageOfAHistoryIsOfThatHistoryAlone(t *testing.T) {
	k := newKit(t)
	first := strings.Replace(ofVersions(withVersion(observation, "2", "")), `"entry"`, `"link":[{"relation":"next","url":"http://source.example/fhir?page=2"}],"entry"`, 1)
	k.source = sourceOf(map[string]string{
		"Patient/p1": patient, "Observation/o1": withVersion(observation, "2", ""), "Observation/o1/_history?_count=50": first,
		"?page=2": ofVersions(withVersion(observation, "1", "")), searchTarget: result,
	})
	k.source = atBase(k.source)
	sealed, err := broker.NewPages(nil)
	if err != nil {
		t.Fatal(err)
	}
	k.configure = func(c *broker.Config) { c.Pages = sealed }
	get := k.staying()
	w := get("/fhir/Observation/o1/_history?_count=1")
	_, next, _ := strings.Cut(w.Body.String(), `"relation":"next","url":"http://example.com`)
	next, _, _ = strings.Cut(next, `"`)
	if !strings.HasPrefix(next, "/fhir/Observation/o1/_history?_page=") {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	if w := get(next); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"versionId":"1"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	// As HAPI writes it.
	k.source = sourceOf(map[string]string{
		"Patient/p1": patient, "Observation/o1": withVersion(observation, "2", ""),
		"Observation/o1/_history?_count=50":           strings.Replace(first, "fhir?page=2", "fhir/Observation/o1/_history?_count=50&_offset=1", 1),
		"Observation/o1/_history?_count=50&_offset=1": ofVersions(withVersion(observation, "1", "")),
	})
	get = k.staying()
	_, below, _ := strings.Cut(get("/fhir/Observation/o1/_history?_count=1").Body.String(), `"relation":"next","url":"http://example.com`)
	below, _, _ = strings.Cut(below, `"`)
	if w := get(below); w.Code != http.StatusOK || !strings.Contains(w.Body.String(), `"versionId":"1"`) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	// A page of which nothing may be shown any more is a page all the same, and the last.
	k.source = sourceOf(map[string]string{
		"Patient/p1": patient, "Observation/o1": withVersion(observation, "2", ""),
		"Observation/o1/_history?_count=50&_offset=1": strings.Replace(ofVersions(strings.Replace(withVersion(observation, "1", ""), "Patient/p1", "Patient/p2", 1)),
			`"entry"`, `"link":[{"relation":"next","url":"http://source.example/fhir/Observation/o1/_history?_count=50&_offset=2"}],"entry"`, 1),
		"Observation/o1/_history?_count=50&_offset=2": ofVersions(),
	})
	get = k.staying()
	if w := get(below); w.Code != http.StatusOK || strings.Contains(w.Body.String(), `"entry"`) || strings.Contains(w.Body.String(), `"relation":"next"`) || strings.Contains(w.Body.String(), canary) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	for _, elsewhere := range []string{"/fhir/Observation/o2/_history", "/fhir/Observation", "/fhir/Patient/o1/_history"} {
		closed(t, get(strings.Replace(next, "/fhir/Observation/o1/_history", elsewhere, 1)), http.StatusNotFound, "page-not-found")
	}
}

// atBase answers what is asked of the base itself.
func atBase(source http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/fhir" {
			r.URL.Path = "/fhir/"
		}
		source.ServeHTTP(w, r)
	})
}
