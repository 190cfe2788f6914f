package record

import (
	"encoding/json"
	"maps"
	"slices"
	"sync"

	"github.com/mycarerecord/mcr/policies"
)

// byList puts entries into a part of the record by the policies' own lists of
// codes (policies/data/codes): of the types of categoryOf by their category, of
// those of codeOf by what they are about.
var byList = []listing{
	{"mental-health", []string{"CarePlan"}, []string{"Composition", "DocumentReference"}, codesIn("mental-health-snomed")},
	{"safeguarding", []string{"CarePlan"}, []string{"Condition", "Flag", "Observation", "Procedure"}, codesIn("safeguarding-snomed")},
	{
		"advance-decisions", []string{"CarePlan", "Composition", "DocumentReference", "Flag"},
		[]string{"Composition", "Condition", "DocumentReference", "Flag", "List", "Observation"},
		codesIn("advance-decisions-snomed", "advance-decisions-loinc"),
	},
}

// resultsByList does the same for results without a category.
var resultsByList = []listing{
	{category: "observations", codes: codesIn("vital-signs-loinc", "vital-signs-snomed")},
	{category: "genomics", codes: codesIn("genomics-loinc")},
	{category: "laboratory", codes: codesIn("laboratory-loinc", "laboratory-snomed")},
	{category: "imaging", codes: codesIn("imaging-loinc", "imaging-snomed")},
}

type listing struct {
	category           string
	categoryOf, codeOf []string
	codes              func() []string
}

// codesIn gives the codes of lists, which are read when the first is asked for.
func codesIn(lists ...string) func() []string {
	return sync.OnceValue(func() (all []string) {
		for _, list := range lists {
			text, err := policies.FS.ReadFile("data/codes/" + list + ".json")
			var doc struct{ Codes map[string]string }
			if err == nil {
				err = json.Unmarshal(text, &doc)
			}
			if err != nil {
				continue // the entry stands with the others of its type: a page that shows is worth more
			}
			all = append(all, slices.Sorted(maps.Keys(doc.Codes))...)
		}
		return all
	})
}
