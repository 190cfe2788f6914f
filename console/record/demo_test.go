package record_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/console/record"
	"github.com/mycarerecord/mcr/internal/demo/people"
	"github.com/mycarerecord/mcr/policies"
	"github.com/mycarerecord/mcr/upstreams"
)

// population is everyone in the demo region, made once.
var population = sync.OnceValues(func() (*people.Population, []upstreams.Source) {
	from, err := upstreams.Embedded()
	if err != nil {
		panic(err)
	}
	p, err := people.New(people.Options{Seed: 1, Today: now, From: from})
	if err != nil {
		panic(err)
	}
	return p, from
})

// held is what each source holds.
var held = sync.OnceValue(func() map[string][][]byte {
	p, from := population()
	all := map[string][][]byte{}
	for _, s := range from {
		resources, err := p.Resources(s.ID)
		if err != nil {
			panic(err)
		}
		all[s.ID] = resources
	}
	return all
})

// region gives what every source of the demo holds about a person of its story,
// with the shared entries that theirs refer to, as a broker includes them.
func region(t testing.TB, family string) ([]collect.Part, page.Patient) {
	t.Helper()
	p, from := population()
	i := slices.IndexFunc(p.People, func(p people.Person) bool { return p.Family == family })
	person := p.People[i]
	var parts []collect.Part
	for _, s := range from {
		part := collect.Part{Source: collect.Source{ID: s.ID, Name: s.Name, Kind: s.Kind, Telephone: s.Telephone}, Status: collect.NoRecord}
		if _, ok := person.Tie(s.ID); ok {
			part.Status = collect.Complete
			local := p.LocalID(s.ID, person)
			for _, text := range held()[s.ID] {
				var shared struct{ ResourceType string }
				_ = json.Unmarshal(text, &shared)
				if shared.ResourceType == "Binary" {
					continue // which is opened by its link, and in no answer
				}
				if strings.Contains(string(text), local) || slices.Contains([]string{"Organization", "Practitioner", "Location", "Medication"}, shared.ResourceType) {
					part.Entries = append(part.Entries, entry(string(text)))
				}
			}
		}
		parts = append(parts, part)
	}
	return parts, page.Patient{Ref: "r1", Number: person.Number, Born: person.Born, Name: person.Name(), Confirmed: true}
}

func TestEveryEntryOfTheDemoRegionIsALine(t *testing.T) {
	for _, family := range []string{"Ashdown", "Birch", "Elm", "Gorse", "Ivy", "Maple", "Nettle"} {
		t.Run(family, func(t *testing.T) {
			parts, who := region(t, family)
			given := 0
			for _, p := range parts {
				given += len(p.Entries)
			}
			v := record.Read(parts, who, now)
			if v.Stop != "" || v.Total != given || len(all(v)) != given {
				t.Fatalf("stop %q, %d lines of %d entries, total %d", v.Stop, len(all(v)), given, v.Total)
			}
			for _, l := range all(v) {
				if l.Title == "" || l.Source == nil || l.Kind == "" || strings.Contains(l.Title, "does not name") || strings.Contains(l.Title, "did not come") {
					t.Errorf("a line without a name: %+v", l)
				}
				// Practitioners, medicines and the like have no date, and need none.
				undated := l.Category == "administrative" || l.Category == "demographics"
				if !undated && l.Kind != "Goal" && !l.When.Known() {
					t.Errorf("%s %q has no date", l.Kind, l.Title)
				}
				for _, f := range l.Facts {
					heading := f.Text == "" && l.Kind == "Questions and answers" // of the questions below it
					if f.Text == "" && !heading || strings.Contains(f.Text, "cannot show") {
						t.Errorf("%s: fact %q: %q", l.Title, f.Name, f.Text)
					}
				}
			}
		})
	}
}

func TestTheSummaryOfAPersonWhomEverySourceKnows(t *testing.T) {
	parts, who := region(t, "Maple")
	v := record.Read(parts, who, now)
	s := v.Summary
	if len(s.Medicines.Groups) == 0 || len(s.Problems.Lines) == 0 || len(s.Results.Lines) == 0 || len(s.Measurements.Lines) == 0 ||
		len(s.Appointments.Lines) == 0 || len(s.Plans.Lines) == 0 || len(s.Contacts.Lines) == 0 || len(s.Alerts.Lines) == 0 || len(s.Reports) == 0 {
		t.Errorf("an empty part of the summary: %+v", s)
	}
	if v.Person.Age != 83 || len(v.Person.Gender) != 1 || v.Person.Gender[0].Text != "Male" || len(v.Person.Names) != 1 {
		t.Errorf("the person: %+v", v.Person)
	}
	for i := 1; i < len(s.Appointments.Lines); i++ {
		if s.Appointments.Lines[i].When.Time.Before(s.Appointments.Lines[i-1].When.Time) {
			t.Error("the next appointment is not the first")
		}
	}
	if len(v.Attention) != 0 {
		t.Errorf("everything came, and attention is asked for %+v", v.Attention)
	}
	var years []string
	for _, y := range v.Years {
		years = append(years, y.Name)
	}
	if years[0] != "To come" || !slices.IsSortedFunc(years[1:len(years)-1], func(a, b string) int { return strings.Compare(b, a) }) {
		t.Errorf("the time line goes %v", years)
	}
}

// What a council flags and what a 111 call asked stand in the summary, for whoever may
// see it: that somebody lives alone, and the forms.
func TestWhatOthersAskedAndFlaggedStandsInTheSummary(t *testing.T) {
	parts, who := region(t, "Maple")
	v := record.Read(parts, who, now)
	if !slices.Contains(titles(v.Summary.Alerts.Lines), "Lives alone") {
		t.Errorf("the alerts: %v", titles(v.Summary.Alerts.Lines))
	}
	calls := 0
	for _, l := range v.Summary.Assessments {
		if l.Source.Kind == "nhs-111" || l.Source.ID == "nhs-111-wend" {
			calls++
		}
	}
	if calls == 0 {
		t.Errorf("no form of the 111 call: %v", titles(v.Summary.Assessments))
	}
	if first := v.Summary.Alerts.Lines[0]; !strings.HasPrefix(marks(first), "Not for resuscitation") {
		t.Errorf("the first alert is %s, %s", first.Title, marks(first))
	}
	s := console(t, &brokers{parts: parts}, anna(who))
	_, body := get(t, "GET", s.URL+"/console/patients/r1/record?whole=1")
	alerts, words := elements(t, body, "section", "mcr-alerts"), bodyWords(t, body)
	if len(alerts) != 1 || !strings.Contains(wordsOf(alerts[0]), "Lives alone") || !strings.Contains(words, "Last forms and assessments") {
		t.Errorf("the page: %s", words)
	}
}

// The categories by which a page is laid out are those of the policies; Medication
// alone stands elsewhere, since by itself it says nothing of what a patient takes.
func TestCategoriesAreThoseOfThePolicies(t *testing.T) {
	parts, who := region(t, "Maple")
	var ours []string
	for _, c := range record.Read(parts, who, now).Categories {
		ours = append(ours, c.ID)
	}
	text, err := policies.FS.ReadFile("data/categories.json")
	if err != nil {
		t.Fatal(err)
	}
	var theirs struct{ Categories map[string]string }
	if err := json.Unmarshal(text, &theirs); err != nil {
		t.Fatal(err)
	}
	for c := range theirs.Categories {
		if !slices.Contains(ours, c) {
			t.Errorf("category %s can be collected and has no place on the page", c)
		}
	}
}

// long is a record of at least so many entries: a person's whole record again and
// again, under other ids.
func long(t testing.TB, atLeast int) ([]collect.Part, page.Patient) {
	once, who := region(t, "Maple")
	parts := slices.Clone(once)
	for n, total := 1, 0; total < atLeast; n++ {
		total = 0
		for i := range parts {
			for _, e := range once[i].Entries {
				text := strings.Replace(string(e.Resource), `"id":"`, fmt.Sprintf(`"id":"n%d-`, n), 1)
				parts[i].Entries = append(parts[i].Entries, entry(text))
			}
			total += len(parts[i].Entries)
		}
	}
	return parts, who
}

func BenchmarkRead2000(b *testing.B) {
	parts, who := long(b, 2000)
	b.ReportAllocs()
	for b.Loop() {
		if v := record.Read(parts, who, now); v.Total < 2000 {
			b.Fatal("too little was read")
		}
	}
}
