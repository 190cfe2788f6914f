package record_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/nhs"
)

// as is somebody in a role who has looked up one patient.
func as(t *testing.T, role string, patient page.Patient) *page.Person {
	t.Helper()
	who := anna(patient)
	code, err := nhs.ParseRoleCode(role)
	if err != nil {
		t.Fatal(err)
	}
	who.Subject.Role = code
	return who
}

// partsOn are the parts of the summary of a page, in their order.
func partsOn(t *testing.T, body string) (parts []string) {
	t.Helper()
	_, body, _ = strings.Cut(body, `class="mcr-summary"`)
	for _, rest := range strings.Split(body, `data-piece="`)[1:] {
		name, _, _ := strings.Cut(rest, `"`)
		parts = append(parts, name)
	}
	return parts[:len(parts)-3] // the entries, the time line and the sources
}

// The order goes by the role, and nothing but the order does: the same words stand on the
// page of each.
func TestTheOrderGoesByTheRole(t *testing.T) {
	parts, patient := region(t, "Maple")
	words := map[string][]string{}
	for role, want := range map[string]string{
		"R0001": "alerts allergies medicines problems results appointments plans",
		"R8003": "alerts allergies medicines problems plans results appointments",
		"R0260": "alerts allergies medicines results appointments problems plans",
		"R0050": "alerts allergies medicines results problems appointments plans",
		"R8014": "alerts allergies plans appointments medicines problems results",
	} {
		s := console(t, &brokers{parts: parts}, as(t, role, patient))
		for _, path := range []string{"record?whole=1", "record"} {
			_, body := get(t, "GET", s.URL+"/console/patients/r1/"+path)
			if got := strings.Join(partsOn(t, body), " "); got != want {
				t.Errorf("%s, %s: %s, want %s", role, path, got, want)
			}
			if path != "record" {
				all := strings.FieldsFunc(body, func(r rune) bool { return r == '<' || r == '>' || r == '\n' })
				for i := range all {
					all[i] = strings.ReplaceAll(all[i], " mcr-summary__wide", "")
				}
				slices.Sort(all)
				words[role] = all
			}
		}
	}
	for role, all := range words {
		if diff := cmp.Diff(words["R0001"], all); diff != "" {
			t.Errorf("%s sees something else than everybody (-everybody +%s):\n%s", role, role, diff)
		}
	}
}

// Why one may see it is what the brokers said, for each source its own.
func TestWhyOneSeesThisIsWhatTheBrokersSaid(t *testing.T) {
	ground := func(code, text string, until time.Time) []collect.Ground {
		return []collect.Ground{{Reason: collect.Reason{Code: code, Text: text}, Until: until}}
	}
	with := func(p collect.Part, g []collect.Ground) collect.Part { p.Grounds = g; return p }
	tomorrow := time.Date(2026, 3, 3, 11, 30, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		parts []collect.Part
		want  string
	}{
		"nobody said anything": {[]collect.Part{from("acute", collect.Complete, right)}, ""},
		"one's own": {[]collect.Part{with(from("acute", collect.Complete, right), ground("own-record", "You work for the organisation that holds this record.", time.Time{}))},
			"Why you see this : your own organisation’s record Acute: You work for the organisation that holds this record."},
		"an emergency before all others, until this evening": {[]collect.Part{
			with(from("riverside", collect.Complete, right), ground("permission-to-view", "The patient gave you permission to view.", tomorrow)),
			with(from("acute", collect.Complete, right), ground("emergency-access", "You declared an emergency.", time.Date(2026, 3, 2, 23, 5, 0, 0, time.UTC))),
			with(from("hill", collect.Complete, right), ground("permission-to-view", "The patient gave you permission to view.", tomorrow)),
		}, "Why you see this : an emergency that you declared, until 23:05; the patient’s permission, until 3 Mar, 11:30 " +
			"Acute: You declared an emergency. This holds until 23:05. Riverside and Hill: The patient gave you permission to view. This holds until 3 Mar, 11:30."},
		"a rule of the region's own": {[]collect.Part{with(from("acute", collect.Complete, right), ground("school-nurse", "You are the nurse of the patient's school.", time.Time{}))},
			"Why you see this : you are the nurse of the patient's school Acute: You are the nurse of the patient's school."},
	} {
		t.Run(name, func(t *testing.T) {
			s := console(t, &brokers{parts: c.parts}, anna(aliceWithNumber(t)))
			_, body := get(t, "GET", s.URL+"/console/patients/r1/record?whole=1")
			got := ""
			if all := elements(t, body, "details", "mcr-why"); len(all) == 1 {
				got = wordsOf(all[0])
			}
			if got != c.want {
				t.Errorf("it says\n%s\nwant\n%s", got, c.want)
			}
		})
	}
}

// That something is missing is never folded away, only what can be done about it; and where
// nothing else is there to be read, not even that.
func TestThatSomethingIsMissingIsSaidInALine(t *testing.T) {
	refused := from("hill", collect.Refused)
	refused.Reason = collect.Reason{Code: "permission-needed", Text: "The patient has not been asked.", Remedy: "Ask the patient."}
	late := from("late", collect.TimedOut)
	s := console(t, &brokers{parts: []collect.Part{from("acute", collect.Complete, right, request("1", "Aspirin", "One daily", "")), refused, late}}, anna(aliceWithNumber(t)))
	_, body := get(t, "GET", s.URL+"/console/patients/r1/record?whole=1")
	lines := elements(t, body, "h2", "mcr-attention__short")
	if len(lines) != 1 || wordsOf(lines[0]) != "Not everything is shown : 1 source did not answer in time; 1 source is not shown to you (the patient has not been asked). Why, and whom to ask" {
		t.Errorf("%d: %s", len(lines), wordsOf(lines[0]))
	}
	if ways := elements(t, body, "p", "mcr-attention__ways"); len(ways) != 1 || wordsOf(ways[0]) != "Ask the patient, or record their answer" {
		t.Errorf("the way to asking is not there: %d", len(ways))
	}
	if folded := elements(t, body, "details", "mcr-attention__more"); len(folded) != 1 || open(folded[0]) {
		t.Errorf("%d folded", len(folded))
	}
	s = console(t, &brokers{parts: []collect.Part{refused, late}}, anna(alice))
	_, body = get(t, "GET", s.URL+"/console/patients/r1/record?whole=1")
	if folded := elements(t, body, "details", "mcr-attention__more"); len(folded) != 0 {
		t.Error("what is missing is folded away where nothing is shown")
	}
}
