package fhirserver_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/internal/demo/fhirserver"
)

const base = "http://source.example/fhir"

// records are two patients; b's identifier is not a's.
var records = []string{
	`{"resourceType":"Organization","id":"org"}`,
	`{"resourceType":"Practitioner","id":"dr"}`,
	`{"resourceType":"Patient","id":"a","meta":{"versionId":"3","lastUpdated":"2025-03-01T10:00:00Z"},"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}],"gender":"female","birthDate":"1958-02-11"}`,
	`{"resourceType":"Patient","id":"b","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000026"}],"gender":"male","birthDate":"1970"}`,
	`{"resourceType":"Observation","id":"o1","meta":{"versionId":"1","lastUpdated":"2025-02-01T10:00:00Z"},"status":"final","subject":{"reference":"Patient/a","identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}},"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"718-7"},{"system":"http://snomed.info/sct","code":"1022431000000105"}]},"effectiveDateTime":"2025-01-31T09:30:00Z","performer":[{"reference":"Practitioner/dr"},{"reference":"Organization/org"}]}`,
	`{"resourceType":"Observation","id":"o2","status":"amended","subject":{"reference":"Patient/a"},"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],"code":{"coding":[{"code":"8867-4"}]},"effectiveDateTime":"2025-02","performer":[{"reference":"Practitioner/dr"}]}`,
	`{"resourceType":"Observation","id":"o3","status":"final","subject":{"reference":"Patient/a"},"category":[{"coding":[{"system":"urn:x","code":"laboratory"}]}],"code":{"coding":[{"system":"http://loinc.org","code":"2160-0"}]},"effectivePeriod":{"start":"2025-03-01T00:00:00Z"}}`,
	`{"resourceType":"Observation","id":"o4","status":"final","subject":{"reference":"Patient/b"},"code":{"coding":[{"system":"http://loinc.org","code":"718-7"}]},"effectiveDateTime":"2025-01-31"}`,
	`{"resourceType":"Appointment","id":"t1","status":"booked","start":"2025-04-01T09:00:00Z","participant":[{"actor":{"reference":"Patient/a"}},{"actor":{"reference":"Practitioner/dr"}}]}`,
}

func newServer(t testing.TB, opt fhirserver.Options) *fhirserver.Server {
	t.Helper()
	var resources [][]byte
	for _, r := range records {
		resources = append(resources, []byte(r))
	}
	opt.Base = base
	s, err := fhirserver.New(resources, opt)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func ask(t testing.TB, s http.Handler, method, target string, header http.Header, body io.Reader) (*http.Response, map[string]any) {
	t.Helper()
	r := httptest.NewRequest(method, target, body)
	for name, values := range header {
		r.Header[name] = values
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	var fields map[string]any
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &fields); err != nil {
			t.Fatalf("%s %s: %v in %s", method, target, err, w.Body)
		}
	}
	return w.Result(), fields
}

// entries gives the ids of a searchset's entries, with a + before the included.
func entries(bundle map[string]any) []string {
	ids := []string{}
	list, _ := bundle["entry"].([]any)
	for _, e := range list {
		entry := e.(map[string]any)
		id := entry["resource"].(map[string]any)["id"].(string)
		if entry["search"].(map[string]any)["mode"] == "include" {
			id = "+" + id
		}
		ids = append(ids, id)
	}
	return ids
}

func TestSearch(t *testing.T) {
	s := newServer(t, fhirserver.Options{})
	const nhs, lab = "https://fhir.nhs.uk/Id/nhs-number", "http://terminology.hl7.org/CodeSystem/observation-category"
	for _, c := range []struct {
		name, query string
		want        []string
	}{
		{"by patient, newest first", "Observation?patient=a", []string{"o3", "o2", "o1"}},
		{"by a reference", "Observation?subject=Patient/a", []string{"o3", "o2", "o1"}},
		{"by a full reference", "Observation?patient=" + base + "/Patient/b", []string{"o4"}},
		{"by patients, any of them", "Observation?patient=a,b", []string{"o3", "o2", "o1", "o4"}},
		{"two patients at once are nobody", "Observation?patient=a&patient=b", []string{}},
		{"chained to the identifier", "Observation?patient.identifier=" + nhs + "|9990000026", []string{"o4"}},
		{"chained, typed", "Observation?subject:Patient.identifier=" + nhs + "|9990000026", []string{"o4"}},
		{"by the reference's own identifier, as the specification has it", "Observation?patient:identifier=" + nhs + "|9990000018", []string{"o1"}},
		{"an identifier without a system matches any", "Observation?patient.identifier=9990000018", []string{"o3", "o2", "o1"}},
		{"an identifier of no system matches none that has one", "Observation?patient.identifier=|9990000018", []string{}},
		{"Patient by identifier", "Patient?identifier=" + nhs + "|9990000018", []string{"a"}},
		{"an unknown identifier is nobody", "Patient?identifier=" + nhs + "|9990000034", []string{}},
		{"an appointment by its participant", "Appointment?patient=a", []string{"t1"}},
		{"a compartment", "Patient/a/Appointment", []string{"t1"}},
		{"category with its system", "Observation?patient=a&category=" + lab + "|laboratory", []string{"o1"}},
		{"category of any system", "Observation?patient=a&category=laboratory", []string{"o3", "o1"}},
		{"any code of a system", "Observation?patient=a&code=http://loinc.org|", []string{"o3", "o1"}},
		{"a code of no system", "Observation?patient=a&code=|8867-4", []string{"o2"}},
		{"codes, any of them", "Observation?patient=a&code=http://loinc.org|718-7,8867-4", []string{"o2", "o1"}},
		{"parameters, all of them", "Observation?patient=a&code=718-7&category=vital-signs", []string{}},
		{"status", "Observation?patient=a&status=amended", []string{"o2"}},
		{"not a status", "Observation?patient=a&status:not=final", []string{"o2"}},
		{"on a day", "Observation?date=2025-01-31", []string{"o1", "o4"}},
		{"in a month", "Observation?patient=a&date=2025-02", []string{"o2"}},
		{"a day within a month is not the month", "Observation?patient=a&date=2025-02-10", []string{}},
		{"from a day on", "Observation?patient=a&date=ge2025-02-10", []string{"o3", "o2"}},
		{"after a day, whole", "Observation?patient=a&date=sa2025-01-31", []string{"o3", "o2"}},
		{"before", "Observation?patient=a&date=lt2025-02-01", []string{"o1"}},
		{"ended before", "Observation?patient=a&date=eb2025-02-01", []string{"o1"}},
		{"between", "Observation?patient=a&date=ge2025-01-01&date=le2025-02-28", []string{"o2", "o1"}},
		{"by id", "Observation?_id=o1,o4", []string{"o1", "o4"}},
		{"by id and patient", "Observation?_id=o1,o4&patient=b", []string{"o4"}},
		{"updated since", "Observation?_lastUpdated=ge2025-01-01", []string{"o1"}},
		{"oldest first", "Observation?patient=a&_sort=date", []string{"o1", "o2", "o3"}},
		{"newest first", "Observation?patient=a&_sort=-date", []string{"o3", "o2", "o1"}},
		{"included, each once", "Observation?patient=a&_include=Observation:performer&date=le2025-02-28", []string{"o2", "o1", "+dr", "+org"}},
		{"an unknown parameter is ignored", "Observation?patient=b&patinet=a", []string{"o4"}},
		{"only a count", "Observation?patient=a&_count=0", []string{}},
		{"born", "Patient?birthdate=1958-02-11", []string{"a"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path, query, _ := strings.Cut(c.query, "?")
			values, err := url.ParseQuery(query)
			if err != nil {
				t.Fatal(err)
			}
			resp, bundle := ask(t, s, "GET", base+"/"+path+"?"+values.Encode(), nil, nil)
			if resp.StatusCode != http.StatusOK {
				t.Fatalf("status %d: %v", resp.StatusCode, bundle)
			}
			if diff := cmp.Diff(c.want, entries(bundle)); diff != "" {
				t.Errorf("entries (-want +got):\n%s", diff)
			}
			post, again := ask(t, s, "POST", base+"/"+path+"/_search", http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}, strings.NewReader(values.Encode()))
			if post.StatusCode != http.StatusOK || !slices.Equal(entries(bundle), entries(again)) {
				t.Errorf("POST _search gives %d %v, want the same as GET", post.StatusCode, entries(again))
			}
		})
	}
}

func TestRefused(t *testing.T) {
	s := newServer(t, fhirserver.Options{})
	strict := http.Header{"Prefer": {"handling=strict"}}
	for _, c := range []struct {
		name, method, target string
		header               http.Header
		want                 int
	}{
		{"an unknown parameter, strictly", "GET", "/Observation?patinet=a", strict, 400},
		{"an unknown include, strictly", "GET", "/Observation?patient=a&_include=Observation:nothing", strict, 400},
		{"an unknown modifier", "GET", "/Observation?code:in=x", nil, 400},
		{"a chain that is not offered", "GET", "/Observation?patient.name=x", nil, 400},
		{"not a date", "GET", "/Observation?date=yesterday", nil, 400},
		{"a prefix that is not offered", "GET", "/Observation?date=ap2025", nil, 400},
		{"not a count", "GET", "/Observation?_count=-1", nil, 400},
		{"an unknown type", "GET", "/Wizard?patient=a", nil, 404},
		{"an unknown id", "GET", "/Observation/o9", nil, 404},
		{"history", "GET", "/Observation/o1/_history", nil, 404},
		{"another path", "GET", "x/Observation", nil, 404},
		{"a write", "PUT", "/Observation/o1", nil, 405},
		{"a delete", "DELETE", "/Observation/o1", nil, 405},
		{"XML", "GET", "/Observation/o1", http.Header{"Accept": {"application/fhir+xml"}}, 406},
		{"XML by _format", "GET", "/Observation/o1?_format=xml", nil, 406},
		{"a body that is not a form", "POST", "/Observation/_search", http.Header{"Content-Type": {"application/json"}}, 415},
		{"a page that nobody sealed", "GET", "/Observation?_page=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", nil, 410},
		{"the whole system", "GET", "", nil, 404},
	} {
		t.Run(c.name, func(t *testing.T) {
			resp, fields := ask(t, s, c.method, base+c.target, c.header, nil)
			if resp.StatusCode != c.want || fields["resourceType"] != "OperationOutcome" {
				t.Errorf("status %d with %v, want %d with an OperationOutcome", resp.StatusCode, fields["resourceType"], c.want)
			}
		})
	}
}

func TestPages(t *testing.T) {
	for _, atBase := range []bool{false, true} {
		s := newServer(t, fhirserver.Options{PageAtBase: atBase})
		next := base + "/Observation?patient=a&_count=2&_sort=date"
		var all []string
		for pages := 0; next != ""; pages++ {
			if pages > 3 {
				t.Fatal("the pages do not end")
			}
			_, bundle := ask(t, s, "GET", next, nil, nil)
			if bundle["total"] != 3.0 {
				t.Errorf("total %v, want 3 on every page", bundle["total"])
			}
			all = append(all, entries(bundle)...)
			next = link(bundle, "next")
			if strings.Contains(next, "patient=") || strings.Contains(next, "_count") {
				t.Errorf("the next link %s is not opaque", next)
			}
			if next != "" && atBase != strings.HasPrefix(next, base+"?") {
				t.Errorf("the next link %s is not where it was asked for", next)
			}
		}
		if want := []string{"o1", "o2", "o3"}; !slices.Equal(all, want) {
			t.Errorf("the pages hold %v, want %v", all, want)
		}
	}
}

func link(bundle map[string]any, relation string) string {
	for _, l := range bundle["link"].([]any) {
		if l := l.(map[string]any); l["relation"] == relation {
			return l["url"].(string)
		}
	}
	return ""
}

func TestReadTellsOfItself(t *testing.T) {
	s := newServer(t, fhirserver.Options{Software: "WardWorks/1"})
	resp, fields := ask(t, s, "GET", base+"/Patient/a", nil, nil)
	if fields["id"] != "a" || resp.Header.Get("ETag") != `W/"3"` || resp.Header.Get("Server") != "WardWorks/1" {
		t.Errorf("read %v with ETag %q by %q", fields["id"], resp.Header.Get("ETag"), resp.Header.Get("Server"))
	}
	same, _ := ask(t, s, "GET", base+"/Patient/a", http.Header{"If-None-Match": {`W/"3"`}}, nil)
	if same.StatusCode != http.StatusNotModified {
		t.Errorf("status %d for a version that the client has, want 304", same.StatusCode)
	}
	resp, fields = ask(t, s, "GET", base+"/metadata", nil, nil)
	if resp.StatusCode != http.StatusOK || fields["fhirVersion"] != "4.0.1" {
		t.Errorf("metadata: %d, FHIR %v", resp.StatusCode, fields["fhirVersion"])
	}
}

func TestNewRefusesWhatItCannotServe(t *testing.T) {
	for name, resources := range map[string][]string{
		"the same resource twice": {records[0], records[0]},
		"no id":                   {`{"resourceType":"Patient"}`},
		"an unknown type":         {`{"resourceType":"Wizard","id":"a"}`},
		"not JSON":                {`{`},
	} {
		var raw [][]byte
		for _, r := range resources {
			raw = append(raw, []byte(r))
		}
		if _, err := fhirserver.New(raw, fhirserver.Options{Base: base}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	if _, err := fhirserver.New(nil, fhirserver.Options{Base: "fhir"}); err == nil {
		t.Error("a base without a host: no error")
	}
}

func BenchmarkSearch(b *testing.B) {
	s := newServer(b, fhirserver.Options{})
	r := httptest.NewRequest("GET", base+"/Observation?patient=a&category=laboratory", nil)
	b.ReportAllocs()
	for b.Loop() {
		s.ServeHTTP(httptest.NewRecorder(), r)
	}
}
