package check_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/internal/demo/fhirserver"
	"github.com/mycarerecord/mcr/upstreams"
	"github.com/mycarerecord/mcr/upstreams/check"
)

const patientOne = `{"resourceType":"Patient","id":"p1","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9000000009"}]}`

func asker(t *testing.T, s upstreams.Source, header http.Header, limits check.Limits) *check.Asker {
	t.Helper()
	s.Timeout, s.MaxBytes = 5*time.Second, 1<<20
	a, err := check.NewAsker(s, header, limits, nil)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// The demo's server pages, and gives all that is the patient's.
func TestEveryPageOfEveryTypeIsRead(t *testing.T) {
	mux := http.NewServeMux()
	s := httptest.NewServer(mux)
	defer s.Close()
	resources := [][]byte{[]byte(patientOne), []byte(strings.NewReplacer("p1", "p2", "9000000009", "9990000018").Replace(patientOne))}
	for i := range 25 {
		resources = append(resources, fmt.Appendf(nil, `{"resourceType":"Condition","id":"c%d","code":{"text":"x"},"subject":{"reference":"Patient/p%d"}}`, i, 1+i%5/4))
	}
	server, err := fhirserver.New(resources, fhirserver.Options{Base: s.URL + "/fhir"})
	if err != nil {
		t.Fatal(err)
	}
	mux.Handle("/fhir/", server)
	got, err := asker(t, upstreams.Source{BaseURL: s.URL + "/fhir"}, nil, check.Limits{Count: 3}).Ask(context.Background(), "p1")
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Entries) != 21 || len(got.Failed) > 0 || len(got.Cut) > 0 || got.Patient.Number.Digits() != "9000000009" {
		t.Errorf("%d entries, failed %v, cut %v", len(got.Entries), got.Failed, got.Cut)
	}
	a, _ := against(t)
	a.Base = s.URL + "/fhir"
	report, err := check.Judge(got.All(), a)
	if err != nil {
		t.Fatal(err)
	}
	holds(t, report)
	if want := (check.Counts{Seen: 21, Shown: 21}); report.Total != want {
		t.Errorf("%+v, want %+v", report.Total, want)
	}
	cut, err := asker(t, upstreams.Source{BaseURL: s.URL + "/fhir"}, nil, check.Limits{Count: 3, Pages: 2}).Ask(context.Background(), "p1")
	if err != nil || len(cut.Entries) != 7 || strings.Join(cut.Cut, " ") != "Condition" {
		t.Errorf("two pages a type: %d entries, cut %v, %v", len(cut.Entries), cut.Cut, err)
	}
}

// answering gives an answer for the patient, and one for every search.
func answering(patient, search http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			http.Error(w, "read only", http.StatusTeapot)
			return
		}
		if strings.Contains(r.URL.Path, "/Patient/") {
			patient(w, r)
			return
		}
		search(w, r)
	})
}

func says(status int, kind, text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", kind)
		if status == http.StatusFound {
			w.Header().Set("Location", "http://elsewhere.example/")
		}
		w.WriteHeader(status)
		_, _ = w.Write([]byte(text))
	}
}

const fhirJSON = "application/fhir+json"

func TestASourceThatCannotBeReadIsToldApart(t *testing.T) {
	for name, c := range map[string]struct {
		answer http.HandlerFunc
		want   string
	}{
		"no token":         {says(401, fhirJSON, ""), "401: the source wants to know who asks; give a token with --token-file"},
		"wrong token":      {says(403, "text/html", ""), "403: the source does not let this token"},
		"a web page":       {says(200, "text/html; charset=utf-8", "<html>"), "the answer is not FHIR, but text/html: is this the FHIR base?"},
		"wrong path":       {says(404, "text/plain", "no"), "404, and not FHIR: is this the FHIR base?"},
		"unknown patient":  {says(404, fhirJSON, `{"resourceType":"OperationOutcome"}`), "404: the source does not know it"},
		"a redirect":       {says(302, "text/html", ""), "302: the source points to another address"},
		"another resource": {says(200, fhirJSON, `{"resourceType":"Condition"}`), "no Patient that can be understood"},
		"too large":        {says(200, fhirJSON, strings.Repeat(" ", 1<<20)+patientOne), "larger than 1048576 bytes"},
		"an error":         {says(500, fhirJSON, ""), "the source answers 500"},
	} {
		s := httptest.NewServer(answering(c.answer, says(200, fhirJSON, `{}`)))
		_, err := asker(t, upstreams.Source{BaseURL: s.URL}, nil, check.Limits{}).Ask(context.Background(), "p1")
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
		s.Close()
		if _, err := asker(t, upstreams.Source{BaseURL: s.URL}, nil, check.Limits{}).Ask(context.Background(), "p1"); err == nil ||
			!strings.Contains(err.Error(), "the source does not answer") || strings.Contains(err.Error(), "/Patient/p1?") {
			t.Errorf("%s, gone: %v", name, err)
		}
	}
}

func TestWhatBecomesOfEachTypeIsTold(t *testing.T) {
	search := func(w http.ResponseWriter, r *http.Request) {
		bundle := `{"resourceType":"Bundle","type":"searchset"}`
		switch r.URL.Path {
		case "/Flag":
			says(404, fhirJSON, "")(w, r)
		case "/Goal":
			says(400, fhirJSON, "")(w, r)
		case "/Task":
			says(503, fhirJSON, "")(w, r)
		case "/List":
			says(200, fhirJSON, `{"resourceType":"List"}`)(w, r)
		case "/Condition":
			says(200, fhirJSON, `{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"http://elsewhere.example/fhir/Condition?patient=p1"}]}`)(w, r)
		case "/Procedure": // one without a resource, and what the source says beside them
			says(200, fhirJSON, `{"resourceType":"Bundle","type":"searchset","entry":[{"fullUrl":"x"},{"resource":{"resourceType":"OperationOutcome"},"search":{"mode":"outcome"}}]}`)(w, r)
		default:
			says(200, fhirJSON, bundle)(w, r)
		}
	}
	s := httptest.NewServer(answering(says(200, fhirJSON, patientOne), search))
	defer s.Close()
	got, err := asker(t, upstreams.Source{BaseURL: s.URL}, nil, check.Limits{}).Ask(context.Background(), "p1")
	if err != nil {
		t.Fatal(err)
	}
	if unknown := strings.Join(got.NotOffered, " "); unknown != "Flag Goal" {
		t.Errorf("not offered: %s", unknown)
	}
	var failed []string
	for _, err := range got.Failed {
		failed = append(failed, err.Error())
	}
	want := "asking for Condition: the pages lead to one another: a further one could not be had\n" +
		"asking for List: the answer is no searchset\nasking for Task: the source answers 503"
	if told := strings.Join(failed, "\n"); told != want {
		t.Errorf("told:\n%s\nwant:\n%s", told, want)
	}
	if bases := strings.Join(got.LinkBases, " "); bases != "http://elsewhere.example/fhir" {
		t.Errorf("link_bases: %s", bases)
	}
	a, _ := against(t)
	report, err := check.Judge(got.All(), a)
	if err != nil {
		t.Fatal(err)
	}
	if want := (check.Counts{Seen: 2, Shown: 1, NotUnderstood: 1}); report.Total != want || report.Causes[0].IDs[0] != "Procedure, page 1, entry 1" {
		t.Errorf("%+v, want %+v: %+v", report.Total, want, report.Causes)
	}
}

func TestATokenGoesToTheSourceAndNowhereInClear(t *testing.T) {
	header := http.Header{"Authorization": {"Bearer abc"}}
	for base, ok := range map[string]bool{
		"http://127.0.0.1:80/fhir": true, "http://localhost/fhir": true, "https://fhir.example": true,
		"http://fhir.example": false, "http://127.example": false, "http://10.0.0.1": false,
	} {
		if _, err := check.NewAsker(upstreams.Source{BaseURL: base}, header, check.Limits{}, nil); (err == nil) != ok {
			t.Errorf("%s: %v", base, err)
		}
	}
	if _, err := check.NewAsker(upstreams.Source{BaseURL: "http://fhir.example"}, nil, check.Limits{}, nil); err != nil {
		t.Errorf("without a token: %v", err)
	}
	s := httptest.NewServer(answering(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer abc" || r.Header.Get("Accept") != fhirJSON {
			t.Errorf("asked with %v", r.Header)
		}
		says(200, fhirJSON, patientOne)(w, r)
	}, says(404, fhirJSON, "")))
	defer s.Close()
	if _, err := asker(t, upstreams.Source{BaseURL: s.URL}, header, check.Limits{}).Ask(context.Background(), "p1"); err != nil {
		t.Error(err)
	}
	if _, err := asker(t, upstreams.Source{BaseURL: s.URL}, header, check.Limits{}).Ask(context.Background(), "../p1"); err == nil {
		t.Error("a patient that is no id was asked for")
	}
}

// Attack 146: a source behind a proxy writes its next links below the name by which it
// knows itself. The check finds what link_bases has to be, and reads on from the source's
// own address; a link that no base would mend it names as that.
func TestAttack146TheCheckFindsTheLinkBase(t *testing.T) {
	const own = "/fhir"
	for name, c := range map[string]struct{ link, base, failed string }{
		"as HAPI writes it":       {"http://internal-name.hospital.local:8080/fhir?page=2", "http://internal-name.hospital.local:8080/fhir", ""},
		"at the type":             {"http://internal-name.hospital.local:8080/fhir/Condition?page=2", "http://internal-name.hospital.local:8080/fhir", ""},
		"below another path":      {"https://inside/x/y/fhir/Condition?page=2", "https://inside/x/y/fhir", ""},
		"of another path":         {"https://inside/r4/Condition?page=2", "https://inside/r4", ""},
		"its own":                 {"HERE/fhir?page=2", "", ""},
		"another patient's":       {"HERE/fhir/Patient/p2?page=2", "", "cannot be followed"},
		"a patient's, elsewhere":  {"http://inside/fhir/Patient/p2?page=2", "", "cannot be followed"},
		"a name and a secret":     {"http://u:p@inside/fhir?page=2", "", "cannot be followed"},
		"of no scheme":            {"//inside/fhir?page=2", "", "cannot be followed"},
		"a matrix parameter":      {"HERE/fhir?page=2;x", "", "cannot be followed"},
		"that and another's name": {"http://inside/fhir?page=2;x", "", "cannot be followed"},
	} {
		t.Run(name, func(t *testing.T) {
			var link string
			s := httptest.NewServer(answering(says(200, fhirJSON, patientOne), func(w http.ResponseWriter, r *http.Request) {
				entry := `"entry":[{"resource":{"resourceType":"Condition","id":"c1","code":{"text":"x"},"subject":{"reference":"Patient/p1"}}}]`
				switch {
				case r.URL.RawQuery == "page=2":
					says(200, fhirJSON, `{"resourceType":"Bundle","type":"searchset",`+strings.Replace(entry, "c1", "c2", 1)+`}`)(w, r)
				case r.URL.Path == own+"/Condition":
					says(200, fhirJSON, `{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"`+link+`"}],`+entry+`}`)(w, r)
				default:
					says(200, fhirJSON, `{"resourceType":"Bundle","type":"searchset"}`)(w, r)
				}
			}))
			defer s.Close()
			link = strings.Replace(c.link, "HERE", s.URL, 1)
			got, err := asker(t, upstreams.Source{BaseURL: s.URL + own}, nil, check.Limits{}).Ask(context.Background(), "p1")
			if err != nil {
				t.Fatal(err)
			}
			if bases := strings.Join(got.LinkBases, " "); bases != c.base {
				t.Errorf("link_bases: %q, want %q", bases, c.base)
			}
			if failed := fmt.Sprint(got.Failed); (len(got.Failed) > 0) != (c.failed != "") || !strings.Contains(failed, c.failed) {
				t.Errorf("failed: %s", failed)
			}
			if both := len(got.Entries) == 3; both != (c.failed == "") {
				t.Errorf("%d entries", len(got.Entries))
			}
		})
	}
}
