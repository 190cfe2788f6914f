package collect_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/nhs"
)

// underAnother is the Patient under the number that the source uses.
func underAnother(id string) string {
	return fmt.Sprintf(`{"resourceType":"Patient","id":%q,"identifier":[{"system":%q,"value":%q}]}`, id, nhs.NumberSystem, otherNumber)
}

// said by the note's code; the words are the broker's.
func noteCodes(part collect.Part) (codes []string) {
	for _, note := range part.Notes {
		codes = append(codes, note.Code)
	}
	return codes
}

// A source may know the patient by a number that was superseded. Its broker says
// that it is the same person's, else it is somebody else's Patient.
func TestAPatientUnderAnotherNumber(t *testing.T) {
	const byAnother, second = "known-by-another-number", "another-record-here"
	all := []string{"Patient/p1", "MedicationRequest/m1", "Condition/c1", "Observation/o1"}
	// only answers the search for the Patient otherwise.
	only := func(patients []string, note string) func(*broker) {
		return func(b *broker) {
			b.answer = func(w http.ResponseWriter, r *http.Request) bool {
				if !strings.Contains(r.URL.Path, "/Patient/") {
					return false
				}
				send(w, b.searchset(patients, "", note))
				return true
			}
		}
	}
	for name, test := range map[string]struct {
		set        func(*broker)
		categories []string
		want       said
		notes      []string
	}{
		"the broker says so": {only([]string{underAnother("p1")}, byAnother), nil, said{Status: collect.Complete, Entries: all}, []string{byAnother}},
		"the Patient comes along": {only([]string{underAnother("p1")}, byAnother), []string{"conditions"},
			said{Status: collect.Complete, Entries: []string{"Patient/p1+", "Condition/c1"}}, []string{byAnother}},
		"the broker says nothing": {only([]string{underAnother("p1")}, ""), nil, said{Status: collect.Failed, Reason: "source-answer-not-understood"}, nil},
		"the broker says something else": {only([]string{underAnother("p1")}, "some-information-withheld"), nil,
			said{Status: collect.Failed, Reason: "source-answer-not-understood"}, nil},
		"it is said, and the Patient has no NHS number": {only([]string{`{"resourceType":"Patient","id":"p1","identifier":[{"system":"urn:mrn","value":"9994134574"}]}`}, byAnother), nil,
			said{Status: collect.Failed, Reason: "source-answer-not-understood"}, nil},
		"it is said, and the Patient's number is none": {only([]string{strings.Replace(underAnother("p1"), otherNumber, "9994134575", 1)}, byAnother), nil,
			said{Status: collect.Failed, Reason: "source-answer-not-understood"}, nil},
		"it is said, and the entries are another's": {only([]string{underAnother("p2")}, byAnother), nil, said{Status: collect.Failed, Reason: "source-answer-not-understood"}, nil},
		"it is said elsewhere than beside the Patient": {func(b *broker) {
			only([]string{underAnother("p1")}, "")(b)
			b.note = byAnother
		}, nil, said{Status: collect.Failed, Reason: "source-answer-not-understood"}, nil},
		"a second record is not shown": {func(b *broker) { b.note = second }, nil, said{Status: collect.Withheld, Entries: all}, []string{second}},
		"both": {func(b *broker) {
			only([]string{underAnother("p1")}, byAnother)(b)
			b.note = second
		}, nil, said{Status: collect.Withheld, Entries: all}, []string{byAnother, second}},
		"what is refused is not told of": {func(b *broker) {
			only([]string{underAnother("p1")}, byAnother)(b)
			b.refuse = allBut("permission-needed", "Patient")
		}, []string{"conditions"}, said{Status: collect.Refused, Reason: "permission-needed"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			b := &broker{id: "a", records: record}
			test.set(b)
			beside := &broker{id: "beside", records: record}
			parts := newRegion(t, collect.Config{}, b, beside).whole(t, test.categories...)
			if diff := cmp.Diff(test.want, what(parts["a"])); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(test.notes, noteCodes(parts["a"])); diff != "" {
				t.Error("notes:", diff)
			}
			if parts["beside"].Status != collect.Complete || parts["beside"].Notes != nil {
				t.Errorf("the source beside it: %+v", parts["beside"])
			}
		})
	}
}

// The answer says it plainly, in every form, in an issue of its own.
func TestANoteStandsInTheAnswer(t *testing.T) {
	for _, accept := range []string{"application/fhir+json", "application/x-ndjson", "text/event-stream"} {
		b := &broker{id: "a", records: []string{underAnother("p1")}, note: "known-by-another-number"}
		server := httptest.NewServer(newRegion(t, collect.Config{}, b))
		documents, _ := stream(t, server.URL, accept)
		server.Close()
		text, err := json.Marshal(documents[0])
		if err != nil {
			t.Fatal(err)
		}
		var bundle struct {
			Entry []struct {
				Resource struct {
					Issue []struct {
						Severity, Code string
						Details        struct {
							Text   string
							Coding []struct{ System, Code string }
						}
					}
				}
			}
		}
		if err := json.Unmarshal(text, &bundle); err != nil {
			t.Fatal(err)
		}
		issues := bundle.Entry[0].Resource.Issue
		if len(issues) != 2 || issues[0].Details.Coding[0].Code != "complete" {
			t.Fatalf("%s: %s", accept, text)
		}
		note := issues[1]
		if note.Severity != "information" || note.Code != "informational" || note.Details.Text == "" ||
			note.Details.Coding[0].Code != "known-by-another-number" || note.Details.Coding[0].System != "https://mycarerecord.example/fhir/CodeSystem/reason" {
			t.Errorf("%s: %+v", accept, note)
		}
	}
}
