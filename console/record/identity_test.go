package record_test

import (
	"testing"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/console/record"
)

func patientBorn(born string) string {
	return `{'resourceType':'Patient','id':'p','name':[{'text':'Alice Ashdown'}],'gender':'female'` + born + `}`
}

var (
	right = patientBorn(`,'birthDate':'1958-02-11'`)
	wrong = patientBorn(`,'birthDate':'1958-11-02'`)
)

func TestNothingClinicalIsShownUnlessTheDateOfBirthIsRight(t *testing.T) {
	unchecked := alice
	unchecked.Checked = false
	nobody := unchecked
	nobody.Born = ""
	for name, c := range map[string]struct {
		who   page.Patient
		parts []collect.Part
		stop  record.Stop
	}{
		"a source confirms it":                      {unchecked, []collect.Part{from("riverside", collect.Complete, right), from("hill", collect.Complete, penicillin)}, ""},
		"a source did before":                       {alice, []collect.Part{from("hill", collect.Complete, penicillin)}, ""},
		"nobody does":                               {unchecked, []collect.Part{from("hill", collect.Complete, penicillin)}, record.Unconfirmed},
		"nobody does, and nothing came":             {unchecked, []collect.Part{from("hill", collect.Refused), from("riverside", collect.NoRecord)}, ""},
		"a Patient came without it":                 {unchecked, []collect.Part{from("hill", collect.Complete, patientBorn(``), penicillin)}, record.Unconfirmed},
		"a Patient came with the year alone":        {unchecked, []collect.Part{from("hill", collect.Complete, patientBorn(`,'birthDate':'1958'`), penicillin)}, record.Unconfirmed},
		"the year alone, beside the whole":          {unchecked, []collect.Part{from("hill", collect.Complete, patientBorn(`,'birthDate':'1958'`)), from("riverside", collect.Complete, right)}, ""},
		"another year alone":                        {unchecked, []collect.Part{from("hill", collect.Complete, patientBorn(`,'birthDate':'1959'`))}, record.OtherBirth},
		"one source has another":                    {unchecked, []collect.Part{from("riverside", collect.Complete, right, penicillin), from("hill", collect.Complete, wrong)}, ""},
		"all that came have another":                {unchecked, []collect.Part{from("hill", collect.Complete, wrong, penicillin), from("riverside", collect.NoRecord)}, record.OtherBirth},
		"one has another, and nobody confirms":      {unchecked, []collect.Part{from("riverside", collect.Complete, penicillin), from("hill", collect.Withheld, wrong)}, record.OtherBirth},
		"a source that failed half-way has another": {unchecked, []collect.Part{from("hill", collect.Failed, wrong)}, record.OtherBirth},
		"a date of birth that is none":              {unchecked, []collect.Part{from("hill", collect.Complete, patientBorn(`,'birthDate':'yesterday'`))}, record.OtherBirth},
		"only a Medication came":                    {unchecked, []collect.Part{from("hill", collect.Complete, `{'resourceType':'Medication','id':'m','code':{'text':'X'}}`)}, ""},
		"nobody typed one":                          {nobody, []collect.Part{from("hill", collect.Complete, right, penicillin)}, record.Unconfirmed},
	} {
		t.Run(name, func(t *testing.T) {
			v := record.Read(c.parts, c.who, now)
			if v.Stop != c.stop {
				t.Fatalf("stop %q, want %q", v.Stop, c.stop)
			}
			if v.Stop == "" {
				return
			}
			if len(all(v)) != 0 || v.Total != 0 || len(v.Years) != 0 || len(v.Summary.Allergies.Current) != 0 || len(v.Person.Names) != 0 {
				t.Errorf("something is shown: %+v", v)
			}
			for _, s := range v.Sources {
				if s.Shown != 0 {
					t.Error("how much a source has is told")
				}
			}
			if v.Stop == record.OtherBirth && names(v.Differing) != "Hill" {
				t.Errorf("differing: %s", names(v.Differing))
			}
		})
	}
}

// A slip of the pen at one source keeps that source's part away, and says so; the
// rest is shown.
func TestASourceWithAnotherDateOfBirthStandsApart(t *testing.T) {
	unchecked := alice
	unchecked.Checked = false
	for name, parts := range map[string][]collect.Part{
		"first": {from("hill", collect.Complete, wrong, penicillin), from("riverside", collect.Complete, right, penicillin)},
		"last":  {from("riverside", collect.Complete, right, penicillin), from("hill", collect.Complete, wrong, penicillin)},
	} {
		t.Run(name, func(t *testing.T) {
			v := record.Read(parts, unchecked, now)
			if v.Stop != "" || len(v.Summary.Allergies.Current) != 1 || names(v.Differing) != "Hill" {
				t.Fatalf("stop %q, allergies %v, differing %s", v.Stop, v.Summary.Allergies.Current, names(v.Differing))
			}
			for _, l := range all(v) {
				if l.Source.Name != "Riverside" {
					t.Errorf("shown from %s: %s", l.Source.Name, l.Title)
				}
			}
			if len(v.Attention) == 0 || v.Attention[0].Kind != "apart" || names(v.Attention[0].About) != "Hill" || !v.Attention[0].Tell {
				t.Errorf("at the top: %+v", v.Attention)
			}
			if len(v.Summary.Allergies.Account.Unknown) != 1 {
				t.Errorf("what is not known of allergies: %+v", v.Summary.Allergies)
			}
		})
	}
}

func TestWhoItIsWhereSourcesDiffer(t *testing.T) {
	v := record.Read([]collect.Part{
		from("riverside", collect.Complete, `{'resourceType':'Patient','id':'p','birthDate':'1958-02-11','gender':'female','name':[{'use':'old','text':'Alice Oak'},{'use':'official','given':['Alice'],'family':'Ashdown'}],'meta':{'security':[{'code':'R'}]}}`),
		from("hill", collect.Complete, `{'resourceType':'Patient','id':'p','birthDate':'1958-02-11','gender':'male','name':[{'text':'Alicia Ashdown'}],'deceasedDateTime':'2026-02-01T04:00:00Z'}`),
		from("acute", collect.Complete, `{'resourceType':'Patient','id':'p','birthDate':'1958-02-11','deceasedBoolean':false}`),
	}, alice, now)
	p := v.Person
	if len(p.Names) != 2 || p.Names[0].Text != "Alice Ashdown" || len(p.Gender) != 2 || len(p.Died) != 1 || p.Died[0].Text != "1 February 2026, aged 67" || !p.Protected || p.Age != -1 {
		t.Errorf("%+v", p)
	}
}

func TestAgeIsCountedInLondon(t *testing.T) {
	who := alice
	for born, want := range map[string]int{"1958-03-02": 68, "1958-03-03": 67, "2026-03-02": 0, "2024-02-29": 2, "not a date": -1, "": -1} {
		who.Born = born
		if got := record.Read(nil, who, now).Person.Age; got != want {
			t.Errorf("born %s: %d years, want %d", born, got, want)
		}
	}
}
