package suite_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/nhs"
)

// patientBorn is a Patient with a date of birth, and what else is given.
func patientBorn(id string, who nhs.Number, birth, also string) string {
	return fmt.Sprintf(`{"resourceType":"Patient","id":%q,"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":%q}],"birthDate":%q%s}`,
		id, who.Digits(), birth, also)
}

func TestTheAgeOfAPatientComesFromTheDateOfBirth(t *testing.T) {
	none, who, other := access.AbsentFact[int](), number(1), number(2)
	replaced := fmt.Sprintf(`,"link":[{"type":"replaced-by","other":{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":%q}}}]`, who.Digits())
	for name, c := range map[string]struct {
		lines []string
		want  access.Fact[int]
	}{
		"a day":                              {[]string{patientBorn("a", who, "2010-11-23", "")}, access.KnownFact(16)},
		"the day after the birthday's eve":   {[]string{patientBorn("a", who, "2010-11-24", "")}, access.KnownFact(15)},
		"a month that does not say":          {[]string{patientBorn("a", who, "2010-11", "")}, none},
		"a month that says":                  {[]string{patientBorn("a", who, "2010-10", "")}, access.KnownFact(16)},
		"a year":                             {[]string{patientBorn("a", who, "2010", "")}, none},
		"a day to come":                      {[]string{patientBorn("a", who, "2026-11-24", "")}, none},
		"no date":                            {[]string{patientBorn("a", who, "soon", "")}, none},
		"a time":                             {[]string{patientBorn("a", who, "2010-11-23T10:00:00Z", "")}, none},
		"one who died":                       {[]string{patientBorn("a", who, "2010-11-23", `,"deceasedDateTime":"2020-01-01"`)}, access.KnownFact(16)},
		"corrected":                          {[]string{patientBorn("a", who, "2010-11-23", ""), patientBorn("a", who, "2000-11-23", "")}, access.KnownFact(26)},
		"corrected to what is none":          {[]string{patientBorn("a", who, "2010-11-23", ""), patientBorn("a", who, "2110-11-23", "")}, none},
		"two feeds that agree on the age":    {[]string{patientBorn("a", who, "2010-11-22", ""), patientBorn("b", who, "2010-11", ""), patientBorn("b", who, "2010-11-23", "")}, access.KnownFact(16)},
		"two feeds that do not":              {[]string{patientBorn("a", who, "2010-11-23", ""), patientBorn("b", who, "2009-11-23", "")}, none},
		"the number in use before the other": {[]string{patientBorn("a", who, "2010-11-23", ""), patientBorn("b", other, "1990-11-23", replaced)}, access.KnownFact(16)},
		"the other number alone":             {[]string{patientBorn("b", other, "1990-11-23", replaced)}, access.KnownFact(36)},
		"a record without a date":            {nil, none},
	} {
		t.Run(name, func(t *testing.T) {
			r := fresh(t)
			for _, line := range c.lines {
				load(t, r, line)
			}
			if got := gather(r, asks(who)).Age; got != c.want {
				t.Errorf("the age is %+v, want %+v", got, c.want)
			}
		})
	}
}

// What is kept in memory does not grow old.
func TestAnAgeIsThatOfTheQuestionsTime(t *testing.T) {
	r := fresh(t)
	load(t, r, patientBorn("a", number(1), "2010-11-24", ""))
	q := asks(number(1))
	for _, c := range []struct {
		at   time.Time
		want int
	}{{noon, 15}, {noon.Add(12 * time.Hour), 16}, {noon.Add(12*time.Hour - time.Second), 15}} {
		q.Time = c.at
		if got := gather(r, q).Age; got != access.KnownFact(c.want) {
			t.Errorf("%v: %+v, want %d", c.at, got, c.want)
		}
	}
}
