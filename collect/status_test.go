package collect_test

import (
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/collect"
)

// said is what a person is told of one source.
type said struct {
	Status  collect.Status
	Reason  string
	Entries []string
	Cut     bool
}

func what(part collect.Part) said {
	return said{part.Status, part.Reason.Code, names(part), part.Cut}
}

func always(code string) func(string, url.Values) string {
	return func(string, url.Values) string { return code }
}

// allBut refuses what is not one of these types, or one narrowed to a category.
func allBut(code string, types ...string) func(string, url.Values) string {
	return func(typ string, form url.Values) string {
		if slices.Contains(types, typ) || slices.Contains(types, typ+"?"+form.Get("category")) {
			return ""
		}
		return code
	}
}

const laboratory = "laboratory,BG,BLB,CG,CH,CP,GE,HM,IMM,LAB,MB,MCB,MYC,OSL,PAR,PAT,SP,SR,TX,URN,VR,108252007,LP7839-6,26436-6,11502-2"

var record = []string{patient("p1"), resource("Observation", "o1", "p1"), resource("MedicationRequest", "m1", "p1"), resource("Condition", "c1", "p1")}

func TestEachSourceIsSaidHowItWent(t *testing.T) {
	gone := func(w http.ResponseWriter, _ *http.Request) bool { panic(http.ErrAbortHandler) }
	status := func(code int, reason string) func(http.ResponseWriter, *http.Request) bool {
		return func(w http.ResponseWriter, _ *http.Request) bool { refuse(w, code, reason); return true }
	}
	tests := []struct {
		name       string
		broker     *broker
		categories []string
		want       said
		most       int // requests at most; 0: any number
	}{
		{name: "everything that is asked for is shown", broker: &broker{records: record},
			want: said{Status: collect.Complete, Entries: []string{"Patient/p1", "MedicationRequest/m1", "Condition/c1", "Observation/o1"}}},
		{name: "nobody by this number", broker: &broker{}, want: said{Status: collect.NoRecord}, most: 1},
		{name: "nobody by this number, asked for one category", broker: &broker{}, categories: []string{"laboratory"}, want: said{Status: collect.NoRecord}, most: 1},
		{name: "something withheld", broker: &broker{records: record[:1], note: "some-information-withheld"},
			want: said{Status: collect.Withheld, Entries: []string{"Patient/p1"}}},
		{name: "nothing shown and something withheld is not no record", broker: &broker{note: "some-information-withheld"},
			want: said{Status: collect.Withheld}},
		{name: "something may be withheld", broker: &broker{records: record[:1], note: "some-information-may-be-withheld"},
			want: said{Status: collect.MayBeWithheld, Entries: []string{"Patient/p1"}}},
		{name: "something not understood", broker: &broker{records: record[:1], note: "some-information-not-understood"},
			want: said{Status: collect.NotUnderstood, Entries: []string{"Patient/p1"}}},
		{name: "nothing shown and something not understood is not no record", broker: &broker{note: "some-information-not-understood"},
			want: said{Status: collect.NotUnderstood}},
		{name: "something in part", broker: &broker{records: record[:1], note: "some-information-in-part"},
			want: said{Status: collect.InPart, Entries: []string{"Patient/p1"}}},
		{name: "a note in words that nobody knows is taken for something withheld", broker: &broker{records: record[:1], note: "something-else"},
			want: said{Status: collect.Withheld, Entries: []string{"Patient/p1"}}},

		{name: "opted out: asked once", broker: &broker{refuse: always("opted-out")}, want: said{Status: collect.Refused, Reason: "opted-out"}, most: 1},
		{name: "role not entitled: asked once", broker: &broker{refuse: always("role-not-entitled")}, want: said{Status: collect.Refused, Reason: "role-not-entitled"}, most: 1},
		{name: "token not accepted: asked once", broker: &broker{answer: status(401, "token-not-accepted")}, want: said{Status: collect.Refused, Reason: "token-not-accepted"}, most: 1},
		{name: "identity incomplete: asked once", broker: &broker{answer: status(403, "identity-incomplete")}, want: said{Status: collect.Refused, Reason: "identity-incomplete"}, most: 1},
		{name: "too many requests: asked once", broker: &broker{answer: status(429, "too-many-requests")}, want: said{Status: collect.Refused, Reason: "too-many-requests"}, most: 1},
		{name: "permission needed: what is open apart is tried", broker: &broker{refuse: always("permission-needed"), records: record},
			want: said{Status: collect.Refused, Reason: "permission-needed"}, most: 1 + len(collect.DefaultApart) - 1},

		{name: "a routine GP sees parts", broker: &broker{records: record, refuse: allBut("permission-needed", "Patient", "RelatedPerson", "Appointment", "Observation?"+laboratory)},
			want: said{collect.Withheld, "permission-needed", []string{"Patient/p1", "Observation/o1"}, false}},
		{name: "a routine GP where nobody is found", broker: &broker{refuse: allBut("permission-needed", "Patient", "RelatedPerson", "Appointment", "Observation?"+laboratory)},
			want: said{Status: collect.NoRecord}, most: 1},
		{name: "a specialist sees no demographics", broker: &broker{records: record, refuse: allBut("category-not-ordered", "MedicationRequest", "Condition")},
			want: said{collect.Withheld, "category-not-ordered", []string{"Condition/c1", "MedicationRequest/m1"}, false}},
		{name: "a specialist asks for what is open: nothing is missing", broker: &broker{records: slices.Delete(slices.Clone(record), 1, 2), refuse: allBut("category-not-ordered", "MedicationRequest", "MedicationStatement", "MedicationDispense", "MedicationAdministration", "Observation?PHR", "DiagnosticReport?PHR")},
			categories: []string{"medications"}, want: said{Status: collect.Complete, Entries: []string{"MedicationRequest/m1"}}},
		{name: "the one category that was asked for is refused, the Patient is not", broker: &broker{records: record, refuse: allBut("permission-needed", "Patient")},
			categories: []string{"medications"}, want: said{Status: collect.Refused, Reason: "permission-needed"}, most: 2},
		{name: "one category: the Patient comes along", broker: &broker{records: slices.Delete(slices.Clone(record), 1, 2)}, categories: []string{"medications"},
			want: said{Status: collect.Complete, Entries: []string{"Patient/p1+", "MedicationRequest/m1"}}},
		{name: "one of two categories is refused", broker: &broker{records: record, refuse: allBut("permission-needed", "Patient", "Condition")},
			categories: []string{"medications", "conditions"}, want: said{collect.Withheld, "permission-needed", []string{"Patient/p1+", "Condition/c1"}, false}},
		{name: "demographics alone", broker: &broker{records: record}, categories: []string{"demographics"},
			want: said{Status: collect.Complete, Entries: []string{"Patient/p1"}}, most: 2},
		{name: "administrative comes along with the Patient", broker: &broker{records: record}, categories: []string{"administrative"},
			want: said{Status: collect.Complete, Entries: []string{"Patient/p1"}}, most: 1},

		{name: "does not hold this type", broker: &broker{records: record[:2], answer: func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.Contains(r.URL.Path, "/Goal/") {
				return false
			}
			refuse(w, 404, "type-not-held")
			return true
		}}, want: said{Status: collect.Complete, Entries: []string{"Patient/p1", "Observation/o1"}}},
		{name: "no broker at this address", broker: &broker{answer: func(w http.ResponseWriter, _ *http.Request) bool { w.WriteHeader(404); return true }},
			want: said{Status: collect.Failed, Reason: "source-answer-not-understood"}, most: 1},
		{name: "the source is away", broker: &broker{answer: status(502, "source-unavailable")}, want: said{Status: collect.Failed, Reason: "source-unavailable"}, most: 1},
		{name: "the source is late, says its broker", broker: &broker{answer: status(504, "source-unavailable")}, want: said{Status: collect.TimedOut, Reason: "source-unavailable"}, most: 1},
		{name: "facts that cannot be looked up", broker: &broker{answer: status(503, "facts-unavailable")}, want: said{Status: collect.Failed, Reason: "facts-unavailable"}, most: 1},
		{name: "two patients by one number", broker: &broker{answer: status(409, "patient-ambiguous-at-source")},
			want: said{Status: collect.Failed, Reason: "patient-ambiguous-at-source"}, most: 1},
		{name: "a proxy's 502", broker: &broker{answer: func(w http.ResponseWriter, _ *http.Request) bool {
			http.Error(w, "bad gateway", http.StatusBadGateway)
			return true
		}},
			want: said{Status: collect.Failed, Reason: "source-unavailable"}, most: 1},
		{name: "the connection is cut", broker: &broker{answer: gone}, want: said{Status: collect.Failed, Reason: "source-unavailable"}},
		{name: "one type fails: the others are shown, and the failure", broker: &broker{records: record, answer: func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.Contains(r.URL.Path, "/Condition/") {
				return false
			}
			refuse(w, 502, "source-answer-not-understood")
			return true
		}}, want: said{collect.Failed, "source-answer-not-understood", []string{"Patient/p1", "MedicationRequest/m1", "Observation/o1"}, false}},
		{name: "the token ends in the middle", broker: &broker{records: record, answer: func(w http.ResponseWriter, r *http.Request) bool {
			if strings.Contains(r.URL.Path, "/Patient/") || strings.Contains(r.URL.Path, "/AllergyIntolerance/") {
				return false
			}
			refuse(w, 401, "token-not-accepted")
			return true
		}}, want: said{collect.Withheld, "token-not-accepted", []string{"Patient/p1"}, false}},
		{name: "one type is late, says its broker: the others are shown", broker: &broker{records: record, answer: func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.Contains(r.URL.Path, "/AllergyIntolerance/") {
				return false
			}
			refuse(w, 504, "source-unavailable")
			return true
		}}, want: said{collect.TimedOut, "source-unavailable", []string{"Patient/p1", "MedicationRequest/m1", "Condition/c1", "Observation/o1"}, false}},
		{name: "what stands for the whole is open alone", broker: &broker{records: record, refuse: allBut("permission-needed", "Patient", "AllergyIntolerance", "Observation?"+laboratory)},
			want: said{collect.Withheld, "permission-needed", []string{"Patient/p1", "Observation/o1"}, false}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			b := test.broker
			b.id = "a"
			beside := &broker{id: "beside", records: record}
			parts := newRegion(t, collect.Config{}, b, beside).whole(t, test.categories...)
			if diff := cmp.Diff(test.want, what(parts["a"])); diff != "" {
				t.Error(diff)
			}
			if n := len(b.asked()); test.most > 0 && n > test.most {
				t.Errorf("it took %d requests, want at most %d", n, test.most)
			}
			if got := parts["beside"].Status; got != collect.Complete {
				t.Errorf("the source beside it is %s", got)
			}
		})
	}
}

// Where rules open only parts, it is told which: by what was asked and refused, so that it
// is the same whatever the source holds. What is withheld of these is told besides.
func TestWhatIsOpenApartIsTold(t *testing.T) {
	refuse := allBut("permission-needed", "Patient", "RelatedPerson", "Appointment", "Observation?"+laboratory)
	for name, c := range map[string]struct {
		records    []string
		note       string
		categories []string
		open       string
		hidden     bool
	}{
		"with results":            {records: record, open: "appointments demographics laboratory"},
		"with nobody's":           {records: record[:1], open: "appointments demographics laboratory"},
		"with something withheld": {records: record[:1], note: "some-information-withheld", open: "appointments demographics laboratory", hidden: true},
		"of what was asked for":   {records: record, categories: []string{"laboratory", "medications"}, open: "laboratory"},
	} {
		t.Run(name, func(t *testing.T) {
			part := newRegion(t, collect.Config{}, &broker{id: "a", records: c.records, note: c.note, refuse: refuse}).whole(t, c.categories...)["a"]
			if part.Status != collect.Withheld || strings.Join(part.Open, " ") != c.open || part.Hidden != c.hidden {
				t.Errorf("%s, open %v, hidden %v", part.Status, part.Open, part.Hidden)
			}
		})
	}
	if part := newRegion(t, collect.Config{}, &broker{id: "a", records: record}).whole(t)["a"]; part.Open != nil || part.Hidden {
		t.Errorf("of the whole record: open %v, hidden %v", part.Open, part.Hidden)
	}
}

// What is nobody's choice is told of the types that it is about, beside what is
// withheld, and is not told as that.
func TestWhatCouldNotBeReadIsToldByType(t *testing.T) {
	b := &broker{id: "a", records: record}
	b.answer = func(w http.ResponseWriter, r *http.Request) bool {
		code := map[string]string{"Task": "some-information-not-understood", "Condition": "some-information-in-part", "Observation": "some-information-withheld"}
		for typ, note := range code {
			if strings.Contains(r.URL.Path, "/"+typ+"/") {
				send(w, b.searchset(nil, "", note))
				return true
			}
		}
		return false
	}
	reg := newRegion(t, collect.Config{}, b)
	part := reg.whole(t)["a"]
	if part.Status != collect.Withheld || !slices.Equal(part.Unclear, []string{"Task"}) || !slices.Equal(part.Partial, []string{"Condition"}) {
		t.Errorf("%s, %v, %v", part.Status, part.Unclear, part.Partial)
	}
	if part := reg.whole(t, "messages")["a"]; part.Status != collect.NotUnderstood {
		t.Errorf("of messages alone: %s", part.Status)
	}
	if part := reg.whole(t, "allergies")["a"]; part.Status != collect.Complete || part.Unclear != nil {
		t.Errorf("of allergies alone: %s, %v", part.Status, part.Unclear)
	}
	body := post(reg, question(theNumber), nil).Body.String()
	for _, want := range []string{
		`"code":"some-information-withheld","display":"Some information is not shown."`,
		`"code":"some-information-not-understood"}],"text":"Some entries of this source could not be read or placed, and are not shown. That is nobody's choice."`,
		`This is about Task.`, `"code":"some-information-in-part"}]`, `This is about Condition.`,
	} {
		if !strings.Contains(strings.ReplaceAll(body, `\u0027`, "'"), want) {
			t.Errorf("not in the answer: %s", want)
		}
	}
}

// A result that came along with its report and by a search of its own is one entry,
// and one of another patient costs the source whether it came along or not.
func TestAResultThatComesAlongIsGivenOnce(t *testing.T) {
	for whose, want := range map[string]said{
		"p1": {Status: collect.Complete, Entries: []string{"Patient/p1", "Observation/o1", "DiagnosticReport/r1"}},
		"p2": {Status: collect.Failed, Reason: "source-answer-not-understood"},
	} {
		report, result := resource("DiagnosticReport", "r1", "p1"), resource("Observation", "o1", whose)
		b := &broker{id: "a", records: []string{record[0], report}}
		if whose == "p1" {
			b.records = append(b.records, result)
		}
		b.answer = func(w http.ResponseWriter, r *http.Request) bool {
			if !strings.HasSuffix(r.URL.Path, "/DiagnosticReport/_search") {
				return false
			}
			send(w, strings.Replace(b.searchset([]string{report}, "", ""), `"entry":[`,
				`"entry":[{"fullUrl":"`+b.base+`/Observation/o1","resource":`+result+`,"search":{"mode":"include"}},`, 1))
			return true
		}
		if diff := cmp.Diff(want, what(newRegion(t, collect.Config{}, b).whole(t)["a"])); diff != "" {
			t.Errorf("of %s: %s", whose, diff)
		}
	}
}

func TestARefusalIsToldAsTheBrokerToldIt(t *testing.T) {
	b := &broker{id: "a", refuse: always("permission-needed")}
	got := newRegion(t, collect.Config{}, b).whole(t)["a"].Reason
	want := collect.Reason{Code: "permission-needed", Text: "Text of permission-needed.", Remedy: "Remedy of permission-needed.", RecordID: aRecordID}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestEveryStatusIsSaidInWords(t *testing.T) {
	seen := map[string]collect.Status{}
	for _, s := range []collect.Status{
		collect.Complete, collect.Withheld, collect.NotUnderstood, collect.MayBeWithheld, collect.InPart, collect.Refused, collect.NoRecord, collect.TimedOut, collect.Failed,
	} {
		if other, ok := seen[s.Text()]; ok || s.Text() == "" {
			t.Errorf("%s reads as %s", s, other)
		}
		seen[s.Text()] = s
	}
	if got := collect.Status("nonsense").Text(); got != collect.Failed.Text() {
		t.Errorf("an unknown status reads %q", got)
	}
}

// A medicine's name may stand in a resource of its own.
func TestWhatAMedicineRefersToComesAlong(t *testing.T) {
	b := &broker{id: "a", records: slices.Delete(slices.Clone(record), 1, 2)}
	b.answer = func(w http.ResponseWriter, r *http.Request) bool {
		if !strings.HasSuffix(r.URL.Path, "/MedicationRequest/_search") {
			return false
		}
		send(w, strings.Replace(b.searchset(b.records[1:2], "", ""), `"entry":[`,
			`"entry":[{"fullUrl":"`+b.base+`/Medication/x","resource":{"resourceType":"Medication","id":"x"},"search":{"mode":"include"}},`, 1))
		return true
	}
	got := names(newRegion(t, collect.Config{}, b).whole(t, "medications")["a"])
	if diff := cmp.Diff([]string{"Patient/p1+", "Medication/x+", "MedicationRequest/m1"}, got); diff != "" {
		t.Error(diff)
	}
	for _, a := range b.asked() {
		if strings.HasPrefix(a.typ, "Medication") && a.form.Get("_include") != a.typ+":medication" {
			t.Errorf("%s asks for %q along with it", a.typ, a.form.Get("_include"))
		}
	}
}

// The entry that two searches bring is one entry.
func TestAnEntryIsGivenOnce(t *testing.T) {
	b := &broker{id: "a", records: []string{patient("p1"), resource("ServiceRequest", "s1", "p1")}}
	got := names(newRegion(t, collect.Config{}, b).whole(t, "laboratory", "imaging", "referrals")["a"])
	if diff := cmp.Diff([]string{"Patient/p1+", "ServiceRequest/s1"}, got); diff != "" {
		t.Error(diff)
	}
}

// Nobody but the reader chooses between two entries of one address that differ.
func TestEntriesThatDifferAreBothGiven(t *testing.T) {
	other := strings.Replace(record[1], `"subject"`, `"status":"amended","subject"`, 1)
	b := &broker{id: "a", records: []string{record[0], record[1], other, record[1], other}}
	got := names(newRegion(t, collect.Config{}, b).whole(t)["a"])
	if diff := cmp.Diff([]string{"Patient/p1", "Observation/o1", "Observation/o1"}, got); diff != "" {
		t.Error(diff)
	}
}

// What the page of the operation says of the statuses is what there is.
func TestEveryStatusIsDocumented(t *testing.T) {
	text, err := os.ReadFile("../docs/collect.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range []collect.Status{
		collect.Complete, collect.Withheld, collect.NotUnderstood, collect.MayBeWithheld, collect.InPart, collect.Refused, collect.NoRecord, collect.TimedOut, collect.Failed,
	} {
		if !strings.Contains(string(text), "| `"+string(s)+"` |") {
			t.Errorf("docs/collect.md does not say what %s means", s)
		}
	}
}
