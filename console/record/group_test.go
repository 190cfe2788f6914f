package record_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/record"
)

// allergy writes one: its code as "system|code" ("" for none), its words, and more elements.
func allergy(id, code, words string, more ...string) string {
	return coded("AllergyIntolerance", id, code, words, more...)
}

func problem(id, code, words string, more ...string) string {
	return coded("Condition", id, code, words, more...)
}

func coded(typ, id, code, words string, more ...string) string {
	coding := ""
	for one := range strings.FieldsSeq(code) {
		system, c, _ := strings.Cut(one, "|")
		coding += fmt.Sprintf(`,{'system':'%s','code':'%s'}`, system, c)
	}
	if coding != "" {
		coding = `,'coding':[` + coding[1:] + `]`
	}
	extra := ""
	for _, m := range more {
		extra += "," + m
	}
	return fmt.Sprintf(`{'resourceType':'%s','id':'%s','code':{'text':'%s'%s}%s}`, typ, id, words, coding, extra)
}

const (
	sct      = "http://snomed.info/sct"
	active   = `'clinicalStatus':{'coding':[{'code':'active'}]}`
	resolved = `'clinicalStatus':{'coding':[{'code':'resolved'}]}`
	refuted  = `'verificationStatus':{'coding':[{'code':'refuted'}]}`
	high     = `'criticality':'high'`
	low      = `'criticality':'low'`
)

// told writes groups in short: name, who holds, who is against, what they disagree about.
func told(groups []record.Group) (all []string) {
	for _, g := range groups {
		text := g.Name
		for _, l := range g.Lines {
			text += " +" + l.Source.Name
		}
		for _, l := range g.Against {
			text += " -" + l.Source.Name
		}
		for _, c := range g.Conflicts {
			text += " ! " + c
		}
		all = append(all, text)
	}
	return all
}

func TestAllergiesOfSeveralSourcesStandTogether(t *testing.T) {
	for name, c := range map[string]struct {
		riverside, hill []string
		want            []string
		over            int
	}{
		"of one code":                         {[]string{allergy("1", sct+"|91936005", "Penicillin")}, []string{allergy("1", sct+"|91936005", "penicillin")}, []string{"Penicillin +Riverside +Hill"}, 0},
		"of one code, in other words":         {[]string{allergy("1", sct+"|91936005", "Penicillin")}, []string{allergy("1", sct+"|91936005", "Allergy to penicillin")}, []string{"Allergy to penicillin / Penicillin +Hill +Riverside"}, 0},
		"of one code, in another edition":     {[]string{allergy("1", sct+"|91936005", "A")}, []string{allergy("1", sct+"/83821000000107|91936005", "A")}, []string{"A +Riverside +Hill"}, 0},
		"in the same words, without any code": {[]string{allergy("1", "", "Bee  stings")}, []string{allergy("1", "", "bee stings")}, []string{"Bee stings +Riverside +Hill"}, 0},
		"bound by a third that has both codes": {
			[]string{allergy("1", sct+"|1", "A"), allergy("2", "http://read.info/readv2|SN", "B")}, []string{allergy("1", sct+"|1 http://read.info/readv2|SN", "C")}, []string{"A / B / C +Riverside +Riverside +Hill"}, 0,
		},

		"of two codes":                          {[]string{allergy("1", sct+"|1", "Penicillin")}, []string{allergy("1", sct+"|2", "Penicillin")}, []string{"Penicillin +Riverside", "Penicillin +Hill"}, 0},
		"one coded and one in words":            {[]string{allergy("1", sct+"|1", "Penicillin")}, []string{allergy("1", "", "Penicillin")}, []string{"Penicillin +Riverside", "Penicillin +Hill"}, 0},
		"of one code in two systems":            {[]string{allergy("1", sct+"|1", "A")}, []string{allergy("1", "https://dmd.nhs.uk|1", "A")}, []string{"A +Riverside", "A +Hill"}, 0},
		"of a code without a system":            {[]string{allergy("1", "|1", "A")}, []string{allergy("1", "|1", "B")}, []string{"A +Riverside", "B +Hill"}, 0},
		"degraded on its way between practices": {[]string{allergy("1", sct+"|196461000000101", "Penicillin")}, []string{allergy("1", sct+"|196461000000101", "Septrin")}, []string{"Penicillin +Riverside", "Septrin +Hill"}, 0},
		"of a code that is none":                {[]string{allergy("1", "http://terminology.hl7.org/CodeSystem/v3-NullFlavor|UNK", "A")}, []string{allergy("1", "http://terminology.hl7.org/CodeSystem/v3-NullFlavor|UNK", "B")}, []string{"A +Riverside", "B +Hill"}, 0},
		"named by nobody":                       {[]string{`{'resourceType':'AllergyIntolerance','id':'1'}`}, []string{`{'resourceType':'AllergyIntolerance','id':'1'}`}, []string{"Allergy to something that the source does not name +Riverside", "Allergy to something that the source does not name +Hill"}, 0},

		"of high and of low risk": {
			[]string{allergy("1", sct+"|1", "A", low)}, []string{allergy("1", sct+"|1", "A", high)}, []string{"A +Hill +Riverside ! High risk, says Hill; low risk, says Riverside."}, 0,
		},
		"active here and ruled out there": {
			[]string{allergy("1", sct+"|1", "A", active)}, []string{allergy("1", sct+"|1", "A", refuted)}, []string{"A +Riverside -Hill ! Current, says Riverside; ruled out, says Hill."}, 0,
		},
		"active here and over there": {
			[]string{allergy("1", sct+"|1", "A", active)}, []string{allergy("1", sct+"|1", "A", resolved)}, []string{"A +Riverside -Hill ! Current, says Riverside; over, says Hill."}, 0,
		},
		"active and ruled out, both here": {
			[]string{allergy("1", sct+"|1", "A", active), allergy("2", sct+"|1", "A", refuted)}, nil, []string{"A +Riverside -Riverside ! Current and ruled out, both says Riverside."}, 0,
		},
		"over, and there again, both here": {[]string{allergy("1", sct+"|1", "A", active), allergy("2", sct+"|1", "A", resolved)}, nil, []string{"A +Riverside"}, 1},
		"another one ruled out":            {[]string{allergy("1", sct+"|1", "A", active)}, []string{allergy("1", sct+"|2", "A", refuted)}, []string{"A +Riverside"}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			v := record.Read([]collect.Part{from("riverside", collect.Complete, c.riverside...), from("hill", collect.Complete, c.hill...)}, alice, now)
			if diff := cmp.Diff(c.want, told(v.Summary.Allergies.Groups)); diff != "" || len(v.Summary.Allergies.Over) != c.over {
				t.Errorf("%s\n%d are over", diff, len(v.Summary.Allergies.Over))
			}
		})
	}
}

// Whether a statement of no known allergy contradicts one hangs on what it speaks of.
func TestAStatementOfNoneDeniesWhatItSpeaksOf(t *testing.T) {
	drug, food := `'category':['medication']`, `'category':['food']`
	for name, c := range map[string]struct {
		statement, allergy string
		denied             bool
	}{
		"no known allergy at all":            {"716186003", drug, true},
		"no known drug allergy, a drug":      {"409137002", drug, true},
		"no known drug allergy, a food":      {"409137002", food, false},
		"no known food allergy, a food":      {"429625007", food, true},
		"no known food allergy, a drug":      {"429625007", drug, false},
		"no known drug allergy, nobody says": {"409137002", low, true},
		"no known latex allergy":             {"1003774007", drug, false},
	} {
		t.Run(name, func(t *testing.T) {
			v := record.Read([]collect.Part{
				from("riverside", collect.Complete, allergy("1", sct+"|"+c.statement, "None known", `'recordedDate':'2024-01-02'`)), from("hill", collect.Complete, allergy("1", sct+"|1", "A", c.allergy)),
			}, alice, now)
			want := []string(nil)
			if c.denied {
				want = []string{"“None known”, says Riverside on 2 January 2024, against: A (Hill)."}
			}
			if diff := cmp.Diff(want, v.Summary.Allergies.Denied); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestProblemsOfSeveralSourcesStandTogether(t *testing.T) {
	listed := `'category':[{'coding':[{'code':'problem-list-item'}]}]`
	for name, c := range map[string]struct {
		riverside, hill []string
		want            []string
	}{
		"of one code":  {[]string{problem("1", sct+"|195967001", "Asthma")}, []string{problem("1", sct+"|195967001", "Asthma", listed)}, []string{"Asthma +Riverside +Hill"}},
		"of two codes": {[]string{problem("1", sct+"|195967001", "Asthma")}, []string{problem("1", sct+"|266361008", "Asthma")}, []string{"Asthma +Riverside", "Asthma +Hill"}},
		"active here and resolved there": {
			[]string{problem("1", sct+"|1", "A", active, `'onsetDateTime':'2020'`)}, []string{problem("1", sct+"|1", "A", resolved, `'abatementDateTime':'2024-03'`)}, []string{"A +Riverside -Hill ! Current, says Riverside; over, says Hill."},
		},
		"resolved there, nobody says when": {[]string{problem("1", sct+"|1", "A", active)}, []string{problem("1", sct+"|1", "A", resolved)}, []string{"A +Riverside -Hill ! Current, says Riverside; over, says Hill."}},
		"resolved there before it came back here": {
			[]string{problem("1", sct+"|1", "A", active, `'onsetDateTime':'2024-02-01'`)}, []string{problem("1", sct+"|1", "A", resolved, `'abatementDateTime':'2019'`)}, []string{"A +Riverside"},
		},
		"resolved, and there again, both here": {[]string{problem("1", sct+"|1", "A", active), problem("2", sct+"|1", "A", resolved)}, nil, []string{"A +Riverside"}},
		"ruled out there":                      {[]string{problem("1", sct+"|1", "A", active)}, []string{problem("1", sct+"|1", "A", refuted)}, []string{"A +Riverside -Hill ! Current, says Riverside; ruled out, says Hill."}},
		"a visit's diagnosis that is over": {
			[]string{problem("1", sct+"|1", "A", active)}, []string{problem("1", sct+"|1", "A", resolved, `'category':[{'coding':[{'code':'encounter-diagnosis'}]}]`)}, []string{"A +Riverside"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			v := record.Read([]collect.Part{from("riverside", collect.Complete, c.riverside...), from("hill", collect.Complete, c.hill...)}, alice, now)
			if diff := cmp.Diff(c.want, told(v.Summary.Problems.Groups)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// Whatever is grouped, the summary shows every entry with all that it showed alone.
func TestGroupingHidesNothing(t *testing.T) {
	full := func(who string) string {
		return allergy("1", sct+"|91936005", "Penicillin of "+who, active, high, `'recordedDate':'2019-05-01'`, `'note':[{'text':'Note of `+who+`'}]`,
			`'reaction':[{'manifestation':[{'text':'Reaction of `+who+`'}],'severity':'severe'}]`)
	}
	parts := []collect.Part{from("riverside", collect.Complete, right, full("Riverside"), problem("2", sct+"|1", "Asthma of Riverside", active, `'onsetDateTime':'2011-02-03'`, `'note':[{'text':'Inhaler'}]`)),
		from("hill", collect.Complete, full("Hill"), problem("2", sct+"|1", "Asthma of Hill", resolved, `'onsetDateTime':'2012-02-03'`, `'note':[{'text':'No inhaler'}]`))}
	s := console(t, &brokers{parts: parts}, anna(alice))
	for _, path := range []string{"record?whole=1", "record/print"} {
		_, body := get(t, "GET", s.URL+"/console/patients/r1/"+path)
		card := wordsOf(elements(t, body, "section", "mcr-allergies")[0])
		for _, want := range []string{
			"Allergies (1)", "2 entries of 2 sources", "Penicillin of Riverside High risk", "Penicillin of Hill High risk", "Reaction of Riverside – severe", "Reaction of Hill – severe", "Note of Riverside", "Note of Hill",
			"1 May 2019, Riverside", "1 May 2019, Hill",
		} {
			if !strings.Contains(card, want) {
				t.Errorf("%s: the allergies lack %q: %s", path, want, card)
			}
		}
		for _, want := range []string{"Sources disagree", "Current, says Riverside; over, says Hill.", "Asthma of Hill", "No inhaler", "Began 3 February 2012 . Hill", "Resolved"} {
			if !strings.Contains(bodyWords(t, body), want) {
				t.Errorf("%s: the problems lack %q", path, want)
			}
		}
	}
}

// A vague code makes no series of two tests.
func TestADegradedCodeMakesNoSeries(t *testing.T) {
	degraded := func(id, day, words string) string {
		return strings.NewReplacer("1000651000000109", "196411000000103", "Potassium", words).Replace(potassium(id, day, "4.1", "mmol/L"))
	}
	v := record.Read([]collect.Part{from("riverside", collect.Complete, degraded("1", "2026-01-05", "Serum potassium"), degraded("2", "2026-02-05", "Serum cholesterol"))}, alice, now)
	for _, c := range v.Categories {
		if len(c.Series) != 0 {
			t.Errorf("%s became one series", c.Series[0].Name)
		}
	}
}
