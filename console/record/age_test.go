package record_test

import (
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/record"
)

// A result that is not new says how old it is, wherever it stands.
func TestAnOldResultSaysHowOldItIs(t *testing.T) {
	for day, want := range map[string]string{
		"2026-03-02": "", "2026-02-01": "", "2026-01-30": "4 weeks ago", "2026-01-25": "5 weeks ago", "2026-01-02": "2 months ago", "2026-01-03": "8 weeks ago",
		"2025-11-05": "3 months ago", "2024-11-01": "16 months ago", "2024-03-02": "2 years ago", "2024-03-03": "23 months ago", "2023-03-01T09:00:00Z": "3 years ago",
		"2026-04-01": "", "2025-06": "about 9 months ago", "2025": "about 1 year ago", "2019": "about 7 years ago", "2026": "", "2026-02": "",
		"2025-08-31": "6 months ago", "": "", "soon": "",
	} {
		l := one(t, strings.Replace(potassium("1", day, "4.1", "mmol/L"), `'effectiveDateTime':'',`, ``, 1))
		if l.Ago != want {
			t.Errorf("of %q: %q, want %q", day, l.Ago, want)
		}
	}
	// A report is a result too; an allergy is as true as on the first day.
	if l := one(t, `{'resourceType':'DiagnosticReport','id':'r','status':'final','code':{'text':'X-ray'},'effectiveDateTime':'2020-01-01'}`); l.Ago != "6 years ago" {
		t.Errorf("a report: %q", l.Ago)
	}
	if l := one(t, penicillin); l.Ago != "" {
		t.Errorf("an allergy: %q", l.Ago)
	}
	parts := []collect.Part{from("riverside", collect.Complete, right, potassium("1", "2021-01-05", "4.1", "mmol/L"), potassium("2", "2023-02-05", "4.4", "mmol/L"),
		`{'resourceType':'DiagnosticReport','id':'r','status':'final','code':{'text':'X-ray'},'category':[{'coding':[{'code':'RAD'}]}],'effectiveDateTime':'2020-01-01'}`)}
	s := console(t, &brokers{parts: parts}, anna(alice))
	_, body := get(t, "GET", s.URL+"/console/patients/r1/record?whole=1")
	for where, class := range map[string]string{"the summary and the trend": "mcr-results", "the entries": "mcr-line__from"} {
		found := 0
		for _, element := range []string{"table", "p"} {
			for _, n := range elements(t, body, element, class) {
				found += strings.Count(wordsOf(n), "3 years ago") + strings.Count(wordsOf(n), "5 years ago") + strings.Count(wordsOf(n), "6 years ago")
			}
		}
		if found < 3 {
			t.Errorf("%s say the age %d times", where, found)
		}
	}
}

// The dead do not grow older.
func TestTheDeadAreAsOldAsTheyWere(t *testing.T) {
	for deceased, want := range map[string]string{
		`'deceasedDateTime':'2024-02-10'`:           "10 February 2024, aged 65",
		`'deceasedDateTime':'2024-02-11T00:10:00Z'`: "11 February 2024, aged 66",
		`'deceasedDateTime':'2024'`:                 "2024, aged 65 or 66",
		`'deceasedDateTime':'2024-03'`:              "March 2024, aged 66",
		`'deceasedDateTime':'1957-03-01'`:           "1 March 1957",
		`'deceasedBoolean':true`:                    "date not given",
	} {
		patient := patientBorn(`,'birthDate':'1958-02-11',` + deceased)
		v := record.Read([]collect.Part{from("riverside", collect.Complete, patient)}, alice, now)
		if len(v.Person.Died) != 1 || v.Person.Died[0].Text != want || v.Person.Aged != "" || v.Person.Age != -1 {
			t.Errorf("%s: %+v", deceased, v.Person)
		}
		s := console(t, &brokers{parts: []collect.Part{from("riverside", collect.Complete, patient)}}, anna(alice))
		_, body := get(t, "GET", s.URL+"/console/patients/r1/record?whole=1")
		if who := elements(t, body, "div", "mcr-who"); len(who) != 1 || !strings.Contains(wordsOf(who[0]), "Died "+want+", says Riverside") || strings.Contains(wordsOf(who[0]), "years") {
			t.Errorf("%s: the page says %s", deceased, wordsOf(who[0]))
		}
	}
}

// Before the first source has answered, the record knows what was said of the death when
// the patient was looked up.
func TestTheDeadAreDeadBeforeAnybodyAnswers(t *testing.T) {
	who := alice
	who.Died = "Died on 10 February 2024"
	s := console(t, &brokers{}, anna(who))
	_, body := get(t, "GET", s.URL+"/console/patients/r1/record")
	if n := elements(t, body, "div", "mcr-who"); len(n) != 1 || !strings.Contains(wordsOf(n[0]), who.Died) || strings.Contains(wordsOf(n[0]), "years") {
		t.Errorf("the page says %s", body)
	}
}

func TestChildrenAreCountedInMonthsAndDays(t *testing.T) {
	who := alice
	for born, want := range map[string]string{
		"2026-03-02": "0 days", "2026-03-01": "1 day", "2026-01-10": "51 days", "2025-12-30": "2 months", "2024-03-03": "23 months", "2024-03-02": "2 years",
		"1958-03-02": "68 years", "2026-03-03": "", "not a date": "", "": "",
	} {
		who.Born = born
		if got := record.Read(nil, who, now).Person.Aged; got != want {
			t.Errorf("born %s: %q, want %q", born, got, want)
		}
	}
	if got := record.Read(nil, alice, time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC)).Person.Aged; got != "68 years" {
		t.Errorf("in the night when summer time ends: %q", got)
	}
}
