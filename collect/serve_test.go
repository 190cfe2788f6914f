package collect_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mycarerecord/mcr/collect"
)

func question(number string, more ...string) string {
	parameters := append([]string{fmt.Sprintf(
		`{"name":"identifier","valueIdentifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":%q}}`, number)}, more...)
	return `{"resourceType":"Parameters","parameter":[` + strings.Join(parameters, ",") + `]}`
}

// post asks the operation. header replaces what is usual; "" takes it away.
func post(h http.Handler, body string, header map[string]string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/fhir/Patient/$collect", strings.NewReader(body))
	all := map[string]string{"Content-Type": "application/fhir+json", "Authorization": "Bearer " + bearer}
	maps.Copy(all, header)
	for name, value := range all {
		if value != "" {
			r.Header.Set(name, value)
		}
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestRequestsThatAreNotTheOperations(t *testing.T) {
	const period = `{"name":"period","valuePeriod":%s}`
	identifier := func(more string) string {
		return `{"resourceType":"Parameters","parameter":[{"name":"identifier","valueIdentifier":{` + more + `}}]}`
	}
	const right = `"system":"https://fhir.nhs.uk/Id/nhs-number","value":"` + theNumber + `"`
	tests := []struct {
		name   string
		body   string
		header map[string]string
		status int
		code   string
	}{
		{"no token", question(theNumber), map[string]string{"Authorization": ""}, 401, "token-missing"},
		{"another scheme", question(theNumber), map[string]string{"Authorization": "Basic eDp5"}, 401, "token-not-accepted"},
		{"an empty token", question(theNumber), map[string]string{"Authorization": "Bearer "}, 401, "token-not-accepted"},
		{"a token of two lines", question(theNumber), map[string]string{"Authorization": "Bearer a\r\nX-User: b"}, 401, "token-not-accepted"},
		{"two tokens", question(theNumber), map[string]string{"Authorization": "Bearer a, Bearer b"}, 401, "token-not-accepted"},
		{"XML", question(theNumber), map[string]string{"Accept": "application/fhir+xml"}, 406, "format-not-offered"},
		{"nothing will do", question(theNumber), map[string]string{"Accept": "application/fhir+json;q=0"}, 406, "format-not-offered"},
		{"a form", "identifier=" + theNumber, map[string]string{"Content-Type": "application/x-www-form-urlencoded"}, 415, "content-type-not-accepted"},
		{"no kind of body", question(theNumber), map[string]string{"Content-Type": ""}, 415, "content-type-not-accepted"},
		{"a compressed body", question(theNumber), map[string]string{"Content-Encoding": "gzip"}, 415, "content-type-not-accepted"},
		{"a large body", question(theNumber) + strings.Repeat(" ", 16<<10), nil, 413, "body-too-large"},
		{"no body", "", nil, 400, "body-not-understood"},
		{"half a body", question(theNumber)[:40], nil, 400, "body-not-understood"},
		{"another resource", `{"resourceType":"Bundle","parameter":[]}`, nil, 400, "body-not-understood"},
		{"something beside the parameters", strings.Replace(question(theNumber), `"parameter"`, `"meta":{},"parameter"`, 1), nil, 400, "body-not-understood"},
		{"a name twice", strings.Replace(question(theNumber), `"parameter"`, `"resourceType":"Parameters","parameter"`, 1), nil, 400, "body-not-understood"},
		{"a value twice", identifier(right + `,"value":"` + otherNumber + `"`), nil, 400, "body-not-understood"},
		{"a value twice, once in another case", identifier(right + `,"Value":"` + otherNumber + `"`), nil, 400, "body-not-understood"},
		{"nobody", `{"resourceType":"Parameters","parameter":[{"name":"category","valueCode":"laboratory"}]}`, nil, 400, "patient-not-named"},
		{"no parameters", `{"resourceType":"Parameters","parameter":[]}`, nil, 400, "patient-not-named"},
		{"parameters that are no list", `{"resourceType":"Parameters","parameter":{}}`, nil, 400, "body-not-understood"},
		{"two patients", question(theNumber, strings.TrimSuffix(strings.TrimPrefix(question(otherNumber), `{"resourceType":"Parameters","parameter":[`), `]}`)), nil, 400, "parameter-repeated"},
		{"a wrong check digit", question("9995650087"), nil, 400, "nhs-number-not-valid"},
		{"a number with spaces", question("999 565 0088"), nil, 400, "nhs-number-not-valid"},
		{"a number without its system", identifier(`"value":"` + theNumber + `"`), nil, 400, "nhs-number-not-valid"},
		{"a number of another system", identifier(`"system":"https://source.example","value":"` + theNumber + `"`), nil, 400, "nhs-number-not-valid"},
		{"a number as a number", identifier(`"system":"https://fhir.nhs.uk/Id/nhs-number","value":` + theNumber), nil, 400, "nhs-number-not-valid"},
		{"a number that is old", identifier(right + `,"use":"old"`), nil, 400, "nhs-number-not-valid"},
		{"a parameter that is not offered", question(theNumber, `{"name":"source","valueCode":"gp-riverside"}`), nil, 400, "parameter-not-offered"},
		{"a parameter without a name", question(theNumber, `{}`), nil, 400, "parameter-not-offered"},
		{"a category that there is not", question(theNumber, `{"name":"category","valueCode":"everything"}`), nil, 400, "parameter-not-understood"},
		{"a category in words", question(theNumber, `{"name":"category","valueString":"laboratory"}`), nil, 400, "parameter-not-understood"},
		{"a category twice", question(theNumber, `{"name":"category","valueCode":"imaging"}`, `{"name":"category","valueCode":"imaging"}`), nil, 400, "parameter-repeated"},
		{"two periods", question(theNumber, fmt.Sprintf(period, `{"start":"2026"}`), fmt.Sprintf(period, `{"end":"2026"}`)), nil, 400, "parameter-repeated"},
		{"a period of nothing", question(theNumber, fmt.Sprintf(period, `{}`)), nil, 400, "parameter-not-understood"},
		{"a period that ends before it begins", question(theNumber, fmt.Sprintf(period, `{"start":"2026-03-02","end":"2026-03-01"}`)), nil, 400, "parameter-not-understood"},
		{"a day that there is not", question(theNumber, fmt.Sprintf(period, `{"start":"2026-02-30"}`)), nil, 400, "parameter-not-understood"},
		{"a time without a zone", question(theNumber, fmt.Sprintf(period, `{"start":"2026-02-03T10:00:00"}`)), nil, 400, "parameter-not-understood"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := &broker{id: "a", records: record}
			w := post(newRegion(t, collect.Config{}, b), test.body, test.header)
			if got := codeOf(t, w.Body.Bytes()); w.Code != test.status || got != test.code {
				t.Errorf("got %d %s, want %d %s", w.Code, got, test.status, test.code)
			}
			if strings.Contains(w.Body.String(), theNumber) || strings.Contains(w.Body.String(), otherNumber) {
				t.Error("the refusal repeats a number")
			}
			if (w.Code == 401) != (w.Header().Get("WWW-Authenticate") != "") {
				t.Errorf("%d with WWW-Authenticate %q", w.Code, w.Header().Get("WWW-Authenticate"))
			}
			if n := len(b.asked()); n > 0 {
				t.Errorf("a broker was asked %d times", n)
			}
			safe(t, w.Header())
		})
	}
}

func TestAddressesAndMethodsThatAreNotOffered(t *testing.T) {
	b := &broker{id: "a", records: record}
	reg := newRegion(t, collect.Config{Path: "/region/fhir"}, b)
	for _, test := range []struct {
		method, target string
		status         int
		code           string
	}{
		{"GET", "/region/fhir/Patient/$collect", 405, "method-not-offered"},
		{"PUT", "/region/fhir/Patient/$collect", 405, "method-not-offered"},
		{"OPTIONS", "/region/fhir/Patient/$collect", 405, "method-not-offered"},
		{"POST", "/region/fhir/Patient/$collect?identifier=" + theNumber, 400, "parameter-not-offered"},
		{"POST", "/region/fhir/Patient/$collect?access_token=x", 400, "parameter-not-offered"},
		{"POST", "/region/fhir/Patient/$collect/", 404, "path-not-understood"},
		{"POST", "/region/fhir/Patient/p1/$collect", 404, "path-not-understood"},
		{"POST", "/region/fhir/Patient/$everything", 404, "path-not-understood"},
		{"POST", "/fhir/Patient/$collect", 404, "path-not-understood"},
		{"POST", "/region/fhir/patient/$collect", 404, "path-not-understood"},
		{"GET", "/region/fhir/Patient/p1", 404, "path-not-understood"},
		{"POST", "/region/fhir//Patient/$collect", 404, "path-not-understood"},
	} {
		r := httptest.NewRequest(test.method, test.target, strings.NewReader(question(theNumber)))
		r.Header.Set("Authorization", "Bearer "+bearer)
		r.Header.Set("Content-Type", "application/fhir+json")
		w := httptest.NewRecorder()
		reg.ServeHTTP(w, r)
		if got := codeOf(t, w.Body.Bytes()); w.Code != test.status || got != test.code {
			t.Errorf("%s %s: got %d %s, want %d %s", test.method, test.target, w.Code, got, test.status, test.code)
		}
	}
	if n := len(b.asked()); n > 0 {
		t.Errorf("a broker was asked %d times", n)
	}
}

func codeOf(t *testing.T, body []byte) string {
	t.Helper()
	var outcome struct {
		ResourceType string
		Issue        []struct {
			Details struct{ Coding []struct{ Code string } }
		}
	}
	if err := json.Unmarshal(body, &outcome); err != nil || outcome.ResourceType != "OperationOutcome" || len(outcome.Issue) != 1 {
		t.Fatalf("not an OperationOutcome: %v: %s", err, body)
	}
	return outcome.Issue[0].Details.Coding[0].Code
}

// safe says that an answer is kept by nobody.
func safe(t *testing.T, h http.Header) {
	t.Helper()
	if h.Get("Cache-Control") != "no-store" || h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("headers %v", h)
	}
}

// The whole answer, as a client sees it.
func TestTheAnswerIsOneBundle(t *testing.T) {
	gp := &broker{id: "gp", records: []string{
		`{"resourceType":"Patient","id":"p1","meta":{"versionId":"3","source":"urn:secret","tag":[{"system":"x","code":"y"}]},` +
			`"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"` + theNumber + `"}]}`,
		`{"resourceType":"Observation","id":"o1","subject":{"reference":"Patient/p1"},"valueQuantity":{"value":1.50}}`}}
	acute := &broker{id: "acute", refuse: always("permission-needed")}
	away := &broker{id: "away", answer: func(w http.ResponseWriter, _ *http.Request) bool { refuse(w, 502, "source-unavailable"); return true }}
	cut := &broker{id: "cut", records: []string{patient("x"), resource("Goal", "g1", "x"), resource("Goal", "g2", "x")}, pageSize: 1}
	reg := newRegion(t, collect.Config{Pages: 1}, gp, acute, away, cut)
	w := post(reg, question(theNumber), map[string]string{"Traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"})
	if w.Code != 200 || w.Header().Get("Content-Type") != "application/fhir+json; charset=utf-8" {
		t.Fatalf("got %d, %s", w.Code, w.Header().Get("Content-Type"))
	}
	if got := w.Header().Get("X-Trace-Id"); got != "4bf92f3577b34da6a3ce929d0e0e4736" {
		t.Errorf("X-Trace-Id %q, want the trace id", got)
	}
	safe(t, w.Header())
	body := w.Body.String()
	for id, b := range reg.brokers {
		body = strings.ReplaceAll(body, b.base, "https://region.example/"+id)
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, []byte(body), "", "  "); err != nil {
		t.Fatal(err)
	}
	golden(t, "testdata/bundle.json", pretty.Bytes())
}

func TestTheAnswerAsAStream(t *testing.T) {
	for _, test := range []struct{ accept, kind string }{
		{"application/x-ndjson", "application/x-ndjson; charset=utf-8"},
		{"text/event-stream", "text/event-stream; charset=utf-8"},
	} {
		t.Run(test.accept, func(t *testing.T) {
			spread := strings.ReplaceAll(resource("Observation", "o1", "p1"), ",", ",\r\n\t")
			reg := newRegion(t, collect.Config{}, &broker{id: "a", records: []string{patient("p1"), spread}}, &broker{id: "b", refuse: always("opted-out")})
			server := httptest.NewServer(reg)
			defer server.Close()
			documents, header := stream(t, server.URL, test.accept)
			if got := header.Get("Content-Type"); got != test.kind {
				t.Errorf("kind %q", got)
			}
			safe(t, header)
			if len(documents) != 3 {
				t.Fatalf("%d documents, want two sources and an end", len(documents))
			}
			for _, document := range documents[:2] {
				if document["resourceType"] != "Bundle" {
					t.Errorf("got %v", document)
				}
			}
			want := map[string]any{"resourceType": "Parameters", "parameter": []any{
				map[string]any{"name": "complete", "valueBoolean": true},
				map[string]any{"name": "sources", "valueInteger": 2.0},
				map[string]any{"name": "trace", "valueString": header.Get("X-Trace-Id")},
			}}
			if diff := cmp.Diff(want, documents[2]); diff != "" {
				t.Error("the last line:", diff)
			}
		})
	}
}

// stream reads a stream to its end, one document a line.
func stream(t *testing.T, base, accept string) (documents []map[string]any, _ http.Header) {
	t.Helper()
	r, err := http.NewRequestWithContext(context.Background(), http.MethodPost, base+"/fhir/Patient/$collect", strings.NewReader(question(theNumber)))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Authorization", "Bearer "+bearer)
	r.Header.Set("Content-Type", "application/fhir+json")
	r.Header.Set("Accept", accept)
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		line, _ := strings.CutPrefix(lines.Text(), "data: ")
		if line == "" || strings.HasPrefix(line, "event: ") {
			continue
		}
		var document map[string]any
		if err := json.Unmarshal([]byte(line), &document); err != nil {
			t.Fatalf("%v: %q", err, line)
		}
		documents = append(documents, document)
	}
	if lines.Err() != nil {
		t.Fatal(lines.Err())
	}
	return documents, response.Header
}

// The first source's part is there while the second is still being asked.
func TestAStreamDoesNotWaitForTheSlow(t *testing.T) {
	leave := make(chan struct{})
	slow := &broker{id: "slow", answer: func(http.ResponseWriter, *http.Request) bool { <-leave; return false }}
	reg := newRegion(t, collect.Config{}, slow, &broker{id: "fast", records: record})
	server := httptest.NewServer(reg)
	defer server.Close()
	r, _ := http.NewRequest(http.MethodPost, server.URL+"/fhir/Patient/$collect", strings.NewReader(question(theNumber)))
	r.Header = http.Header{"Authorization": {"Bearer " + bearer}, "Content-Type": {"application/fhir+json"}, "Accept": {"application/x-ndjson"}}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	lines := bufio.NewReader(response.Body)
	first, err := lines.ReadString('\n')
	if err != nil || !strings.Contains(first, "Source fast") {
		t.Errorf("first line %q, %v", first, err)
	}
	close(leave)
	rest, err := io.ReadAll(lines)
	if err != nil || strings.Count(string(rest), "\n") != 2 || !strings.Contains(string(rest), "no-record-here") {
		t.Errorf("the rest %q, %v", rest, err)
	}
}

// A token that no broker accepts is a 401, in every form; one that some broker
// accepts is not.
func TestATokenThatNobodyAccepts(t *testing.T) {
	no := func(w http.ResponseWriter, _ *http.Request) bool { refuse(w, 401, "token-not-accepted"); return true }
	for _, accept := range []string{"application/fhir+json", "application/x-ndjson", "text/event-stream"} {
		w := post(newRegion(t, collect.Config{}, &broker{id: "a", answer: no}, &broker{id: "b", answer: no}), question(theNumber), map[string]string{"Accept": accept})
		if w.Code != 401 || codeOf(t, w.Body.Bytes()) != "token-not-accepted" || w.Header().Get("WWW-Authenticate") == "" {
			t.Errorf("%s: %d %s", accept, w.Code, w.Body)
		}
		w = post(newRegion(t, collect.Config{}, &broker{id: "a", answer: no}, &broker{id: "b", records: record}), question(theNumber), map[string]string{"Accept": accept})
		if w.Code != 200 || !strings.Contains(w.Body.String(), `"token-not-accepted"`) || !strings.Contains(w.Body.String(), `"complete"`) {
			t.Errorf("%s: %d %s", accept, w.Code, w.Body)
		}
	}
}

func TestTheFormIsChosenByAccept(t *testing.T) {
	reg := newRegion(t, collect.Config{}, &broker{id: "a"})
	for accept, want := range map[string]string{
		"":                      "application/fhir+json",
		"*/*":                   "application/fhir+json",
		"application/json":      "application/fhir+json",
		"application/ndjson":    "application/x-ndjson",
		"text/html, */*;q=0.1":  "application/fhir+json",
		"text/event-stream,*/*": "text/event-stream",
		"application/fhir+json;q=0.1, application/x-ndjson":    "application/x-ndjson",
		"application/x-ndjson;q=0.4, application/fhir+json":    "application/fhir+json",
		"application/fhir+json;fhirVersion=4.0; charset=utf-8": "application/fhir+json",
	} {
		w := post(reg, question(theNumber), map[string]string{"Accept": accept})
		if got, _, _ := strings.Cut(w.Header().Get("Content-Type"), ";"); got != want {
			t.Errorf("%q is answered with %s, want %s", accept, got, want)
		}
	}
}
