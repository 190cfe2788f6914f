package collect_test

import (
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mycarerecord/mcr/collect"
)

// A mad broker costs its own source and nothing else: none of what it sends is
// shown, the others are complete, and the token goes nowhere.
func TestAMadAnswerCostsThatSourceOnly(t *testing.T) {
	var strayed atomic.Int64
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { strayed.Add(1) }))
	defer elsewhere.Close()

	body := func(text string) func(*broker, http.ResponseWriter) {
		return func(b *broker, w http.ResponseWriter) { send(w, strings.ReplaceAll(text, "BASE", b.base)) }
	}
	entry := func(resource, more string) func(*broker, http.ResponseWriter) {
		return body(`{"resourceType":"Bundle","type":"searchset","entry":[{"fullUrl":"BASE/Observation/o1","resource":` + resource + `,"search":{"mode":"match"}` + more + `}]}`)
	}
	next := func(address string) func(*broker, http.ResponseWriter) {
		return body(`{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"` + address + `"}]}`)
	}
	const o1 = `{"resourceType":"Observation","id":"o1","subject":{"reference":"Patient/p1"}}`
	tests := map[string]func(b *broker, w http.ResponseWriter){
		"a page of HTML": func(_ *broker, w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/html")
			io.WriteString(w, "<html>Please sign in</html>")
		},
		"HTML that calls itself FHIR": body("<html></html>"),
		"FHIR that calls itself text": func(b *broker, w http.ResponseWriter) {
			w.Header().Set("Content-Type", "text/plain")
			io.WriteString(w, b.searchset(nil, "", ""))
		},
		"XML":         body(`<Bundle xmlns="http://hl7.org/fhir"/>`),
		"nothing":     body(""),
		"null":        body("null"),
		"an array":    body("[]"),
		"half":        body(`{"resourceType":"Bundle","type":"searchset","entry":[`),
		"two in one":  body(`{"resourceType":"Bundle","type":"searchset"}{"resourceType":"Bundle","type":"searchset"}`),
		"not UTF-8":   body("{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"id\":\"\xff\"}"),
		"UTF-16":      body("\xff\xfe{\x00}\x00"),
		"deep":        body(`{"resourceType":"Bundle","type":"searchset","x":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`),
		"a Patient":   body(`{"resourceType":"Patient","id":"p1"}`),
		"a batch":     body(`{"resourceType":"Bundle","type":"batch"}`),
		"a collected": body(`{"resourceType":"Bundle","type":"collection","entry":[]}`),
		"twice named": body(`{"resourceType":"Bundle","type":"searchset","entry":[],"entry":[]}`),
		"a name in another case as well": entry(
			`{"resourceType":"Observation","id":"o1","status":"final","Status":"entered-in-error"}`, ""),
		"a name twice, deep inside":                entry(`{"resourceType":"Observation","id":"o1","code":{"text":"a","text":"b"}}`, ""),
		"a name twice, once escaped":               entry(`{"resourceType":"Observation","id":"o1","\u0069d":"o2"}`, ""),
		"an empty name":                            entry(`{"resourceType":"Observation","id":"o1","":1}`, ""),
		"half a surrogate":                         entry(`{"resourceType":"Observation","id":"o1","status":"\ud800"}`, ""),
		"half a surrogate in a name":               entry(`{"resourceType":"Observation","id":"o1","\ud800":1}`, ""),
		"another case beyond ASCII":                entry(`{"resourceType":"Observation","id":"o1","status":"final","\u017ftatus":"x"}`, ""),
		"a byte order mark":                        body("\ufeff" + `{"resourceType":"Bundle","type":"searchset"}`),
		"65 deep":                                  entry(within(`{"resourceType":"Observation","id":"o1"}`, 62), ""),
		"257 members":                              entry(`{"resourceType":"Observation","id":"o1"`+strings.Join(numbered(255), "")+`}`, ""),
		"entries that are no list":                 body(`{"resourceType":"Bundle","type":"searchset","entry":{}}`),
		"an entry that is none":                    body(`{"resourceType":"Bundle","type":"searchset","entry":["x"]}`),
		"another type":                             entry(strings.Replace(o1, "Observation", "Coverage", 1), ""),
		"no id":                                    entry(`{"resourceType":"Observation","subject":{"reference":"Patient/p1"}}`, ""),
		"an id that is an address":                 entry(strings.Replace(o1, `"o1"`, `"../o1"`, 1), ""),
		"an address elsewhere":                     body(`{"resourceType":"Bundle","type":"searchset","entry":[{"fullUrl":"` + elsewhere.URL + `/Observation/o1","resource":` + o1 + `,"search":{"mode":"match"}}]}`),
		"no mode":                                  body(`{"resourceType":"Bundle","type":"searchset","entry":[{"fullUrl":"BASE/Observation/o1","resource":` + o1 + `}]}`),
		"included, though nothing was asked to be": body(`{"resourceType":"Bundle","type":"searchset","entry":[{"fullUrl":"BASE/Practitioner/x","resource":{"resourceType":"Practitioner","id":"x"},"search":{"mode":"include"}}]}`),
		"a resource that calls itself an outcome":  body(`{"resourceType":"Bundle","type":"searchset","entry":[{"resource":` + o1 + `,"search":{"mode":"outcome"}}]}`),
		"another patient's entry":                  entry(strings.Replace(o1, "Patient/p1", "Patient/p2", 1), ""),
		"another patient's entry by an address":    entry(strings.Replace(o1, "Patient/p1", elsewhere.URL+"/Patient/p2", 1), ""),
		"a page elsewhere":                         next(elsewhere.URL + "/Observation?_page=x"),
		"a page at the source":                     next("BASE/../../secret?_page=x"),
		"a page of another type":                   next("BASE/Patient?_page=x"),
		"a page with a search of its own":          next("BASE/Observation?_page=x&patient=p2"),
		"a page that names a patient":              next("BASE/Observation?patient=p2"),
		"a page with a token that is none":         next("BASE/Observation?_page=a%0d%0ab"),
		"two next pages":                           body(`{"resourceType":"Bundle","type":"searchset","link":[{"relation":"next","url":"BASE/Observation?_page=a"},{"relation":"next","url":"BASE/Observation?_page=b"}]}`),
		"a redirect": func(_ *broker, w http.ResponseWriter) {
			w.Header().Set("Location", elsewhere.URL+"/fhir")
			w.WriteHeader(http.StatusTemporaryRedirect)
		},
		"another status that says well": func(b *broker, w http.ResponseWriter) {
			w.Header().Set("Content-Type", "application/fhir+json")
			w.WriteHeader(http.StatusAccepted)
			io.WriteString(w, b.searchset(nil, "", ""))
		},
		"not modified": func(_ *broker, w http.ResponseWriter) { w.WriteHeader(http.StatusNotModified) },
		"compressed though not asked to be": func(_ *broker, w http.ResponseWriter) {
			w.Header().Set("Content-Type", "application/fhir+json")
			w.Header().Set("Content-Encoding", "gzip")
			z := gzip.NewWriter(w)
			io.WriteString(z, `{"resourceType":"Bundle","type":"searchset"}`)
			z.Close()
		},
	}
	for name, answer := range tests {
		t.Run(name, func(t *testing.T) {
			mad := &broker{id: "mad", records: record}
			mad.answer = func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.Contains(r.URL.Path, "/Observation") {
					return false
				}
				answer(mad, w)
				return true
			}
			parts := newRegion(t, collect.Config{}, mad, &broker{id: "sane", records: record}).whole(t)
			want := said{Status: collect.Failed, Reason: "source-answer-not-understood"}
			if diff := cmp.Diff(want, what(parts["mad"])); diff != "" {
				t.Error(diff)
			}
			if got := parts["sane"].Status; got != collect.Complete {
				t.Errorf("the source beside it is %s", got)
			}
		})
	}
	if n := strayed.Load(); n > 0 {
		t.Errorf("%d requests went to another place", n)
	}
}

// within gives a resource with so many objects and arrays within each other, itself
// included.
func within(resource string, deep int) string {
	return resource[:len(resource)-1] + `,"x":` + strings.Repeat("[", deep-1) + strings.Repeat("]", deep-1) + "}"
}

// numbered gives so many members, each behind a comma.
func numbered(n int) (members []string) {
	for i := range n {
		members = append(members, fmt.Sprintf(`,"a%d":%d`, i, i))
	}
	return members
}

// What a source wrote arrives as it wrote it, nulls and empty values included, to
// the bounds of the one rule for JSON.
func TestAnswersAreReadByTheOneRule(t *testing.T) {
	const o1 = `{"resourceType":"Observation","id":"o1","subject":{"reference":"Patient/p1"}}`
	for name, resource := range map[string]string{
		"null":               strings.Replace(o1, `"id"`, `"status":null,"x":[null],"id"`, 1),
		"empty values":       strings.Replace(o1, `"id"`, `"status":"","x":[],"y":{},"id"`, 1),
		"control characters": strings.Replace(o1, `"id"`, `"status":"\u0000\u001b\ufffd","id"`, 1),
		"an escaped name":    strings.Replace(o1, `"id"`, `"\u0069d"`, 1),
		"64 deep":            within(o1, 61), // in an entry, in entries, in a Bundle
		"256 members":        strings.Replace(o1, `,"subject"`, strings.Join(numbered(253), "")+`,"subject"`, 1),
	} {
		source := &broker{id: "a", records: []string{patient("p1"), resource}}
		part := newRegion(t, collect.Config{}, source).whole(t)["a"]
		if part.Status != collect.Complete || len(part.Entries) != 2 {
			t.Errorf("%s: %s, %d entries", name, part.Status, len(part.Entries))
			continue
		}
		if got := string(part.Entries[1].Resource); got != resource {
			t.Errorf("%s: sent %s, shown %s", name, resource, got)
		}
	}
}

// A Patient of another number is another patient, whatever else came.
func TestAnotherPatientIsNotShown(t *testing.T) {
	other := strings.Replace(patient("p9"), theNumber, otherNumber, 1)
	for name, records := range map[string][]string{
		"instead":          {other},
		"beside":           {patient("p1"), other},
		"the same id":      {patient("p1"), strings.Replace(other, "p9", "p1", 1)},
		"without a number": {`{"resourceType":"Patient","id":"p1"}`},
		"a number of another system": {fmt.Sprintf(
			`{"resourceType":"Patient","id":"p1","identifier":[{"system":"https://source.example/id","value":%q}]}`, theNumber)},
		"two patients of one number": {patient("p1"), patient("p2")},
	} {
		t.Run(name, func(t *testing.T) {
			parts := newRegion(t, collect.Config{}, &broker{id: "a", records: records}).whole(t)
			if got := what(parts["a"]); got.Status != collect.Failed || got.Entries != nil {
				t.Errorf("got %+v", got)
			}
		})
	}
}

// An answer without end is read no further than is allowed.
func TestAnAnswerWithoutEndIsCut(t *testing.T) {
	tests := map[string]func(w http.ResponseWriter){
		"that says it is of ten gigabytes": func(w http.ResponseWriter) {
			w.Header().Set("Content-Length", "10000000000")
			w.WriteHeader(http.StatusOK)
			io.WriteString(w, `{"resourceType":"Bundle"`)
		},
		"that goes on and on": func(w http.ResponseWriter) {
			io.WriteString(w, `{"resourceType":"Bundle","type":"searchset","entry":[`)
			for more := strings.Repeat(" ", 1<<16); ; {
				if _, err := io.WriteString(w, more); err != nil {
					return
				}
			}
		},
	}
	for name, answer := range tests {
		for _, typ := range []string{"Patient", "Observation", "Goal"} {
			t.Run(typ+" "+name, func(t *testing.T) {
				b := &broker{id: "a", records: record[:1]}
				b.answer = func(w http.ResponseWriter, r *http.Request) bool {
					if !strings.Contains(r.URL.Path, "/"+typ+"/") {
						return false
					}
					w.Header().Set("Content-Type", "application/fhir+json")
					answer(w)
					return true
				}
				reg := newRegion(t, collect.Config{MaxBytes: 1 << 20}, b, &broker{id: "sane", records: record})
				parts := reg.whole(t)
				want := said{Status: collect.Withheld, Entries: []string{"Patient/p1"}, Cut: true}
				if typ == "Patient" {
					want = said{Status: collect.Failed, Reason: "source-answer-not-understood", Cut: true}
				}
				if diff := cmp.Diff(want, what(parts["a"])); diff != "" {
					t.Error(diff)
				}
				if got := parts["sane"].Status; got != collect.Complete {
					t.Errorf("the source beside it is %s", got)
				}
			})
		}
	}
}

// What all collections hold together is bounded, and given back.
func TestWhatIsHeldTogetherIsBounded(t *testing.T) {
	b := &broker{id: "a", records: record}
	reg := newRegion(t, collect.Config{MaxHeld: 20 << 10}, b)
	for range 3 {
		part := reg.whole(t)["a"]
		if part.Status != collect.Complete && part.Reason.Code != "too-many-requests" {
			t.Errorf("got %s, %s", part.Status, part.Reason.Code)
		}
	}
	tight := newRegion(t, collect.Config{MaxHeld: 100}, &broker{id: "a", records: record})
	if part := tight.whole(t)["a"]; part.Status != collect.Failed || part.Reason.Code != "too-many-requests" {
		t.Errorf("got %s, %s", part.Status, part.Reason.Code)
	}
}

// Pages are followed, so many, and the person is told when there is more.
func TestPagesAreFollowedWithinLimits(t *testing.T) {
	records := []string{patient("p1")}
	for i := range 25 {
		records = append(records, resource("Observation", fmt.Sprint("o", i), "p1"))
	}
	for _, test := range []struct {
		pages, entries int
		cut            bool
		status         collect.Status
	}{{pages: 10, entries: 26, status: collect.Complete}, {pages: 3, entries: 26, status: collect.Complete}, {2, 21, true, collect.Withheld}, {1, 11, true, collect.Withheld}} {
		b := &broker{id: "a", records: records, pageSize: 10}
		part := newRegion(t, collect.Config{Pages: test.pages}, b).whole(t)["a"]
		if len(part.Entries) != test.entries || part.Cut != test.cut || part.Status != test.status {
			t.Errorf("%d pages: %d entries, cut %v, %s", test.pages, len(part.Entries), part.Cut, part.Status)
		}
	}
}

// A broker whose pages never end is read so far and no further.
func TestPagesWithoutEndAreCut(t *testing.T) {
	b := &broker{id: "a", records: record[:1]}
	b.answer = func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.Contains(r.URL.Path, "/Observation") {
			return false
		}
		send(w, b.searchset(nil, b.base+"/Observation?_page=again", ""))
		return true
	}
	part := newRegion(t, collect.Config{Pages: 4}, b).whole(t)["a"]
	if !part.Cut || part.Status != collect.Withheld {
		t.Errorf("cut %v, %s", part.Cut, part.Status)
	}
	n := 0
	for _, a := range b.asked() {
		if a.typ == "Observation" {
			n++
		}
	}
	if n != 4 {
		t.Errorf("%d pages were asked for, want 4", n)
	}
}

// The outcome of a refusal may be anything: what is shown of it is short, one line
// and without control characters.
func TestTheWordsOfARefusalAreBounded(t *testing.T) {
	long := strings.Repeat("a", 40<<10)
	tests := map[string]struct{ body, want string }{
		"too large":       {`{"resourceType":"OperationOutcome","issue":[{"details":{"text":"` + long + `"}}]}`, "source-answer-not-understood"},
		"no code":         {`{"resourceType":"OperationOutcome","issue":[{"details":{"text":"x"}}]}`, "source-answer-not-understood"},
		"an evil code":    {`{"resourceType":"OperationOutcome","issue":[{"details":{"coding":[{"system":"https://mycarerecord.example/fhir/CodeSystem/reason","code":"<b>"}],"text":"x"}}]}`, "source-answer-not-understood"},
		"another system":  {`{"resourceType":"OperationOutcome","issue":[{"details":{"coding":[{"system":"x","code":"opted-out"}],"text":"x"}}]}`, "source-answer-not-understood"},
		"control letters": {`{"resourceType":"OperationOutcome","issue":[{"diagnostics":"a\u0000b\r\nc","details":{"coding":[{"system":"https://mycarerecord.example/fhir/CodeSystem/reason","code":"opted-out"}],"text":"x\u001b[2J"}}]}`, "opted-out"},
		"many words":      {`{"resourceType":"OperationOutcome","issue":[{"diagnostics":"` + long[:9000] + `","details":{"coding":[{"system":"https://mycarerecord.example/fhir/CodeSystem/reason","code":"opted-out"}],"text":"x"}}]}`, "opted-out"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			b := &broker{id: "a", answer: func(w http.ResponseWriter, _ *http.Request) bool {
				w.Header().Set("Content-Type", "application/fhir+json")
				w.WriteHeader(http.StatusForbidden)
				io.WriteString(w, test.body)
				return true
			}}
			got := newRegion(t, collect.Config{}, b).whole(t)["a"].Reason
			if got.Code != test.want {
				t.Errorf("reason %q, want %q", got.Code, test.want)
			}
			if strings.ContainsAny(got.Text+got.Remedy, "\x00\x1b\r\n") || len(got.Remedy) > 1100 {
				t.Errorf("told as %q", got)
			}
		})
	}
}
