package collect_test

import (
	"bytes"
	"context"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mycarerecord/mcr/collect"
	"github.com/prometheus/client_golang/prometheus"
)

// Attack 140: what one source withholds is said in the same words whatever and
// however much it was, and nothing of it stands in the answer.
func TestAttack140WithheldSaysNeitherWhatNorHowMuch(t *testing.T) {
	answer := func(note string) string {
		b := &broker{id: "a", records: record[:1]}
		b.answer = func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.Contains(r.URL.Path, "/"+note+"/") {
				return false
			}
			send(w, strings.Replace(b.searchset(nil, "", "some-information-withheld"), `"searchset"`, `"searchset","total":7`, 1))
			return true
		}
		body := post(newRegion(t, collect.Config{}, b), question(theNumber), nil).Body.String()
		return strings.ReplaceAll(body, b.base, "BASE")
	}
	one := answer("Observation")
	if !strings.Contains(one, `"some-information-withheld"`) || strings.Contains(one, "total") || strings.Contains(one, "Observation") {
		t.Errorf("got %s", one)
	}
	if diff := cmp.Diff(one, answer("Condition")); diff != "" {
		t.Error("withheld observations and withheld conditions read differently:", diff)
	}
}

// The collector is never a way round a broker: it sends the professional's token
// and no right of its own, and nothing else of what the client sent.
func TestNeverAWayRoundABroker(t *testing.T) {
	b := &broker{id: "a", records: record}
	reg := newRegion(t, collect.Config{}, b)
	r := httptest.NewRequest(http.MethodPost, "/fhir/Patient/$collect", strings.NewReader(question(theNumber)))
	r.Header = http.Header{
		"Authorization": {"Bearer " + bearer}, "Content-Type": {"application/fhir+json"}, "Cookie": {"session=1"},
		"X-User": {"admin"}, "X-Patient": {otherNumber}, "X-Break-Glass": {"1"}, "X-Consent-Scope": {"all"}, "Forwarded": {"for=127.0.0.1"},
		"X-Forwarded-For": {"127.0.0.1"}, "X-Forwarded-Host": {"evil.example"}, "X-Http-Method-Override": {"DELETE"}, "Tracestate": {"a=b"},
		"Baggage": {"patient=" + theNumber}, "Proxy-Authorization": {"Basic eDp5"}, "Connection": {"Authorization"}, "Te": {"trailers"},
	}
	w := httptest.NewRecorder()
	reg.ServeHTTP(w, r)
	if w.Code != 200 {
		t.Fatalf("got %d: %s", w.Code, w.Body)
	}
	for _, a := range b.asked() {
		var names []string
		for name := range a.header {
			names = append(names, name)
		}
		slices.Sort(names)
		want := []string{"Accept", "Accept-Encoding", "Authorization", "Content-Length", "Content-Type", "Traceparent", "User-Agent"}
		if diff := cmp.Diff(want, names); diff != "" {
			t.Fatal(diff)
		}
		if got := a.header["Authorization"]; len(got) != 1 || got[0] != "Bearer "+bearer {
			t.Errorf("Authorization %q", got)
		}
		if a.method != http.MethodPost || !strings.HasSuffix(a.uri, "/_search") {
			t.Errorf("%s %s is no search", a.method, a.uri)
		}
	}
}

// A refusal of the whole cannot be got round by asking for a part: each search is
// the broker's to judge, and what it does not answer with is not shown.
func TestARefusedPartIsNotShown(t *testing.T) {
	b := &broker{id: "a", records: record, refuse: allBut("permission-needed", "Patient", "Condition")}
	for _, categories := range [][]string{nil, {"medications"}, {"medications", "conditions", "laboratory"}, {"mental-health"}, collect.Categories()} {
		part := newRegion(t, collect.Config{}, b).whole(t, categories...)["a"]
		for _, e := range part.Entries {
			if e.Type != "Patient" && e.Type != "Condition" {
				t.Errorf("%v shows %s", categories, e.Type)
			}
		}
		if part.Status != collect.Refused && part.Status != collect.Withheld {
			t.Errorf("%v is %s", categories, part.Status)
		}
	}
}

// The number stands in the body of a search and nowhere else: no address, header,
// log line or metric has it, and neither has the token.
func TestTheNumberStandsInNoAddressLogOrMetric(t *testing.T) {
	away := func(http.ResponseWriter, *http.Request) bool { panic(http.ErrAbortHandler) }
	records := []string{patient("p1")}
	for _, id := range []string{"o1", "o2", "o3"} {
		records = append(records, resource("Observation", id, "p1"))
	}
	a, b, c := &broker{id: "a", records: records, pageSize: 1}, &broker{id: "b", answer: away}, &broker{id: "c", refuse: always("permission-needed")}
	reg := newRegion(t, collect.Config{}, a, b, c)
	w := post(reg, question(theNumber), nil)
	for _, seen := range slices.Concat(a.asked(), b.asked(), c.asked()) {
		var header bytes.Buffer
		_ = seen.header.Write(&header)
		if strings.Contains(seen.uri, theNumber) || strings.Contains(header.String(), theNumber) || strings.Contains(seen.uri, bearer) {
			t.Errorf("%s %s %s", seen.method, seen.uri, header.String())
		}
	}
	for _, text := range []string{reg.log.String(), metrics(t), w.Header().Get("X-Trace-Id")} {
		if strings.Contains(text, theNumber) || strings.Contains(text, bearer) || strings.Contains(text, "p1") {
			t.Errorf("a number or token stands in %s", text)
		}
	}
	if !strings.Contains(reg.log.String(), "trace="+w.Header().Get("X-Trace-Id")) {
		t.Errorf("the log does not name the trace: %s", reg.log)
	}
}

func metrics(t *testing.T) string {
	t.Helper()
	registry := prometheus.NewRegistry()
	registry.MustRegister(collect.Collectors()...)
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for _, family := range families {
		out.WriteString(family.String())
	}
	return out.String()
}

// One trace id goes to all brokers, which record it: one collection is one visit.
func TestOneTraceGoesThroughAllBrokers(t *testing.T) {
	const parent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
	valid := regexp.MustCompile(`^00-[0-9a-f]{32}-[0-9a-f]{16}-01$`)
	for name, test := range map[string]struct {
		parent string
		kept   bool
	}{
		"the asker's": {parent, true}, "none": {"", false}, "another version": {"01" + parent[2:], false}, "capital letters": {strings.ToUpper(parent), false},
		"no trace": {"00-00000000000000000000000000000000-00f067aa0ba902b7-01", false}, "no span": {"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01", false},
		"a number": {theNumber, false}, "a number as the trace": {"00-0000000000000000000000" + theNumber + "-00f067aa0ba902b7-01", false},
		"a number as the span": {parent[:36] + "000000" + theNumber + "-01", true}, "with more": {parent + "-" + theNumber, false}, "line breaks": {"00-4bf92f3577b34da6a3ce929d0e0e47\r\n-00f067aa0ba902b7-01", false},
	} {
		a, b := &broker{id: "a", records: record}, &broker{id: "b", records: record}
		reg := newRegion(t, collect.Config{}, a, b)
		result := reg.Collect(context.Background(), bearer, collect.Question{By: someone, Patient: number(t, theNumber), Trace: test.parent}, nil)
		if kept := result.Trace == parent[3:35]; kept != test.kept {
			t.Errorf("%s: trace %s", name, result.Trace)
		}
		spans := map[string]bool{}
		for _, seen := range slices.Concat(a.asked(), b.asked()) {
			sent := seen.header.Get("Traceparent")
			if !valid.MatchString(sent) || sent[3:35] != result.Trace || spans[sent] {
				t.Errorf("%s: sent %q in the trace %s", name, sent, result.Trace)
			}
			spans[sent] = true
			if strings.Contains(sent, theNumber) {
				t.Errorf("%s: the number is sent on: %s", name, sent)
			}
		}
	}
}

// What is asked for is a period and categories, as the broker takes them, and
// what stands is not narrowed.
func TestAPeriodNarrowsWhatHappened(t *testing.T) {
	b := &broker{id: "a", records: record[:1]}
	w := post(newRegion(t, collect.Config{}, b), question(theNumber, `{"name":"period","valuePeriod":{"start":"2026-01-05","end":"2026-02"}}`), nil)
	if w.Code != 200 {
		t.Fatalf("got %d: %s", w.Code, w.Body)
	}
	for _, a := range b.asked() {
		asBroker(t, a) // it takes each
		dates := slices.Concat(a.form["date"], a.form["sent"], a.form["authored"], a.form["started"], a.form["collected"],
			a.form["effective-time"], a.form["whenhandedover"], a.form["authored-on"], a.form["created"])
		switch a.typ {
		case "Patient", "RelatedPerson", "AllergyIntolerance", "Condition", "MedicationRequest", "MedicationStatement", "CarePlan", "CareTeam", "Goal", "Flag", "FamilyMemberHistory",
			"BodyStructure", "Consent", "Device", "DeviceRequest", "DeviceUseStatement", "ImmunizationRecommendation", "List", "MolecularSequence",
			"NutritionOrder", "RequestGroup":
			if dates != nil {
				t.Errorf("%s is narrowed: %v", a.typ, a.form)
			}
		default:
			if diff := cmp.Diff([]string{"ge2026-01-05T00:00:00Z", "lt2026-03-01T00:00:00Z"}, dates); diff != "" {
				t.Error(a.typ, diff)
			}
		}
	}
}

func TestADateBeginsAndEndsInLondon(t *testing.T) {
	for written, want := range map[string][]string{
		`{"start":"2026-07-01","end":"2026-07-01"}`: {"ge2026-06-30T23:00:00Z", "lt2026-07-01T23:00:00Z"},
		`{"start":"2026"}`:                          {"ge2026-01-01T00:00:00Z"},
		`{"end":"2026-12"}`:                         {"lt2027-01-01T00:00:00Z"},
		`{"start":"2026-01-01T10:00:00.5+01:00"}`:   {"ge2026-01-01T09:00:00Z"},
		`{"end":"2026-01-01T10:00:00Z"}`:            {"lt2026-01-01T10:00:01Z"},
	} {
		b := &broker{id: "a", records: record[:1]}
		w := post(newRegion(t, collect.Config{}, b), question(theNumber, `{"name":"category","valueCode":"appointments"}`, `{"name":"period","valuePeriod":`+written+`}`), nil)
		if w.Code != 200 {
			t.Fatalf("%s: %d: %s", written, w.Code, w.Body)
		}
		var got []string
		for _, a := range b.asked() {
			got = append(got, a.form["date"]...)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(written, diff)
		}
	}
}

// A question that a caller got wrong is not answered with "complete".
func TestAWrongQuestionIsAnsweredByNobody(t *testing.T) {
	b := &broker{id: "a", records: record}
	reg := newRegion(t, collect.Config{}, b)
	for name, q := range map[string]collect.Question{"nobody": {}, "no such category": {Patient: number(t, theNumber), Categories: []string{"everything"}}} {
		given := 0
		result := reg.Collect(context.Background(), bearer, q, func(collect.Part) { given++ })
		if len(result.Parts) != 1 || given != 1 || result.Parts[0].Status != collect.Failed {
			t.Errorf("%s: %+v", name, result)
		}
	}
	if n := len(b.asked()); n > 0 {
		t.Errorf("a broker was asked %d times", n)
	}
}
