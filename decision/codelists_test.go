package decision_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/book"
	"github.com/mycarerecord/mcr/decision/check"
	"github.com/mycarerecord/mcr/decision/policytest"
	"github.com/mycarerecord/mcr/policies"
)

const (
	categories = "data/categories.json"
	vitalSigns = "data/codes/vital-signs-loinc.json"
	directory  = "data/directory.json"
)

func TestListsOfCodesAreRefusedWithWhatToDo(t *testing.T) {
	for name, c := range map[string]struct {
		file   string
		change func(string) string
		want   string
	}{
		"a list that no rule names": {"data/codes/more-loinc.json", func(string) string { return list("loinc", `"1-8": "Acyclovir"`) }, `no rule names it: write "@more-loinc" into one`},
		"a rule that names no list": {categories, policytest.Replace(`"@vital-signs-loinc"`, `"@vital-sings"`), "there is no list data/codes/vital-sings.json"},
		"a code twice":              {vitalSigns, policytest.Replace(`"8867-4"`, `"8310-5"`), "code 8310-5 is there twice"},
		"a code without a meaning":  {vitalSigns, policytest.Replace(`"Heart rate"`, `""`), "code 8867-4: say what it means"},
		"no code":                   {vitalSigns, policytest.Replace(`"8867-4"`, `"8867 4"`), `"8867 4" is no code`},
		"a list of codes in an array": {vitalSigns, func(string) string {
			return `{"title": "x", "source": "` + vitalSigns + `", "edition": "1", "system": "loinc", "codes": []}`
		}, `codes must be {"code": "what it means"}`},
		"an empty list":                   {vitalSigns, func(string) string { return list("loinc", "") }, "there are no codes"},
		"a system that nobody named":      {vitalSigns, policytest.Replace(`"system": "loinc"`, `"system": "lonic"`), `system "lonic" is not one of systems`},
		"no edition":                      {vitalSigns, policytest.Replace(`"edition"`, `"issue"`), "unknown field"},
		"a file name with capitals":       {"data/codes/More.json", func(string) string { return list("loinc", `"1-8": "Acyclovir"`) }, "must be kebab-case"},
		"a system by two names":           {categories, policytest.Replace(`"ctv3": "http://read.info/ctv3"`, `"ctv3": "http://loinc.org"`), `http://loinc.org is both "ctv3" and "loinc"`},
		"a system without an address":     {categories, policytest.Replace(`"ctv3": "http://read.info/ctv3"`, `"ctv3": []`), `"ctv3" needs a short name and an address`},
		"a code that is not one":          {categories, policytest.Replace(`"snomed|363679005 (Imaging)"`, `"363679005"`), `"363679005" must be name|code`},
		"any code, and a code":            {categories, policytest.Replace(`"snomed|*", "loinc|*"`, `"snomed|*", "loinc|1-8"`), "make two rules of it"},
		"an element that tells nothing":   {categories, policytest.Replace(`"has": ["specimen"]`, `"has": ["subject"]`), `"subject" is not an element that can tell a category`},
		"a rule for no type":              {categories, policytest.Replace(`"type": "Condition"`, `"type": []`), "type must be given"},
		"a type that is never shown":      {categories, policytest.Replace(`"type": "Condition"`, `"type": ["Condition", "Basic"]`), "a type that is never released"},
		"one code in two categories":      {categories, policytest.Replace(`"code": ["@vital-signs-loinc", "@vital-signs-snomed"]`, `"code": ["@vital-signs-loinc", "@vital-signs-snomed", "snomed|26758005"]`), "Observation: code http://snomed.info/sct|26758005 is both observations and laboratory"},
		"a directory without masks":       {directory, policytest.Replace(`"masks": [`, `"masks": [], "x": [`), "unknown field"},
		"a directory of patients":         {directory, policytest.Replace(`"Practitioner"`, `"Patient"`), `"Patient" is not a type that names no patient`},
		"a directory of everything":       {directory, policytest.Replace(`"categories": ["administrative", "medications"]`, `"categories": ["administrative", "unclassified"]`), `"unclassified" is not one that a directory entry can have`},
		"a mask of staff nobody can read": {directory, policytest.Replace(`"Practitioner.photo"`, `"Practitioner."`), "Practitioner."},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := decision.Load(t.Context(), policytest.Changed(t, c.file, c.change), decision.Options{})
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), "data/") && !strings.Contains(err.Error(), "categories") {
				t.Errorf("want an error with %q, got %v", c.want, err)
			}
		})
	}
}

func list(system, codes string) string {
	return `{"title": "More", "source": "somebody who publishes codes", "edition": "1", "system": "` + system + `", "codes": {` + codes + `}}`
}

func TestAListOfCodesIsPartOfWhatIsServed(t *testing.T) {
	was, err := decision.Load(t.Context(), policies.FS, decision.Options{})
	if err != nil {
		t.Fatal(err)
	}
	fsys := policytest.Changed(t, vitalSigns, policytest.Replace("Heart rate", "Rate of the heart"))
	is, err := decision.Load(t.Context(), fsys, decision.Options{})
	if err != nil {
		t.Fatal(err)
	}
	if was.Digest() == is.Digest() {
		t.Error("a change of a list does not change the digest")
	}
	changes, err := book.Changes(t.Context(), policies.FS, fsys, nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(changes.Lists) != 1 || changes.Lists[0].Name != "codes/vital-signs-loinc" || changes.Lists[0].Title != "Vital signs and body measurements, LOINC" {
		t.Errorf("%+v", changes.Lists)
	}
}

func TestTheBookHoldsTheListsOfCodes(t *testing.T) {
	l, ok := policytest.Book(t).List("codes/vital-signs-loinc")
	if !ok || l.File != vitalSigns || !strings.Contains(l.Source, "HL7 FHIR R4") || !strings.Contains(l.Source, "Edition: ") {
		t.Fatalf("%+v", l)
	}
	for _, e := range l.Entries {
		if e.Key == "loinc|8867-4" && e.Text == "Heart rate" {
			return
		}
	}
	t.Error("heart rate is not in it")
}

// What a region adds is a file and a word in a rule.
func TestARegionAddsAListAndACategoryInWords(t *testing.T) {
	fsys := policytest.Changed(t, categories, func(s string) string {
		s = strings.Replace(s, `"code": ["@vital-signs-loinc", `, `"code": ["@local-signs", "@vital-signs-loinc", `, 1)
		s = strings.Replace(s, `"ctv3": `, `"our-codes": "https://hospital.example/codes", "ctv3": `, 1)
		return strings.Replace(s, `"category": ["observation-category|laboratory"]`, `"category": ["observation-category|laboratory"], "category_text": ["Haematology"]`, 1)
	})
	fsys["data/codes/local-signs.json"] = &fstest.MapFile{Data: []byte(list("our-codes", `"HR": "Heart rate"`))}
	var out bytes.Buffer
	if err := check.Check(t.Context(), fsys, &out); err != nil {
		t.Fatal(out.String())
	}
	for body, want := range map[string]string{
		`"code":{"coding":[{"system":"https://hospital.example/codes","code":"HR"}]}`: "observations",
		`"category":[{"text":"haematology"}]`:                                         "laboratory",
		`"category":[{"text":"Haematology clinic"}]`:                                  "",
	} {
		if got := placed(t, fsys, "Observation", body); got != want {
			t.Errorf("%s is %q, not %q", body, got, want)
		}
	}
}
