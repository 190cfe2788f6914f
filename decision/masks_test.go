package decision_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/check"
	"github.com/mycarerecord/mcr/decision/policytest"
)

const labels = "data/labels.json"

// A mask that cannot be read, or that names what FHIR does not have, is refused when the
// policies are read, wherever it is written; where a rule makes one up, the decision
// is unclear, and no source is blamed.
func TestAttack149ABadMaskIsRefusedWhenItIsRead(t *testing.T) {
	const rule = "rules/restricted/restricted.rego"
	written := `plan contains {"masks": data.labels.masks} if {`
	for name, c := range map[string]struct {
		file   string
		change func(string) string
		want   string
	}{
		"an empty step":              {labels, policytest.Replace(`"Patient.extension"`, `"Patient..extension"`), `data/labels.json: reading mask "Patient..extension"`},
		"no element":                 {labels, policytest.Replace(`"Patient.extension"`, `"Patient."`), `data/labels.json: reading mask "Patient."`},
		"no type":                    {labels, policytest.Replace(`"Patient.extension"`, `".extension"`), `data/labels.json: reading mask ".extension"`},
		"nothing":                    {labels, policytest.Replace(`"Patient.extension"`, `""`), `data/labels.json: reading mask ""`},
		"an element that R4 has not": {labels, policytest.Replace(`"Patient.extension"`, `"Patient.addres"`), `FHIR R4 has no "addres" there`},
		"a type that R4 has not":     {labels, policytest.Replace(`"keep(Quantity.*)"`, `"keep(Quantitiy.*)"`), `FHIR R4 has no "Quantitiy" there`},
		"a number":                   {labels, policytest.Replace(`"Patient.extension"`, `7`), "cannot unmarshal number"},
		"of the directory":           {directory, policytest.Replace(`"Practitioner.photo"`, `"Practitioner.foto"`), `data/directory.json: reading mask "Practitioner.foto"`},
		"in a list of the region's": {"data/ours.json", func(string) string {
			return `{"source": "a source that is long enough", "for": {"children": {"masks": ["Patient..address"]}}}`
		}, `data/ours.json: reading mask "Patient..address"`},
		"written out in a rule":       {rule, policytest.Replace(written, `plan contains {"masks": ["Patient.address", "Patient..address"]} if {`), rule + `:21: reading mask "Patient..address"`},
		"written out beside the list": {rule, policytest.Replace(written, `plan contains {"masks": array.concat(data.labels.masks, ["Patient.adress"])} if {`), `reading mask "Patient.adress"`},
	} {
		t.Run(name, func(t *testing.T) {
			fsys := policytest.Changed(t, c.file, c.change)
			if _, err := decision.Load(t.Context(), fsys, decision.Options{}); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want an error with %q, got %v", c.want, err)
			}
			told := c.want // the check says it in words of its own
			if _, mask, ok := strings.Cut(c.want, "reading mask "); ok {
				told = mask + " is not a mask"
			} else if name == "a number" {
				told = "is a number, and must be a text"
			}
			faults, _, err := check.Faults(t.Context(), fsys)
			if err != nil || !slices.ContainsFunc(faults, func(f check.Fault) bool {
				return f.File == c.file && f.Line > 0 && strings.Contains(f.What, told)
			}) {
				t.Errorf("the check says %v, %v", faults, err)
			}
		})
	}
	for name, expression := range map[string]string{
		"made up by a rule":          `{"masks": [concat(".", ["Patient", "", "address"])]}`,
		"of what FHIR does not have": `{"masks": [concat(".", ["Patient", "addres"])]}`,
	} {
		t.Run(name, func(t *testing.T) {
			unclear(t, outcome(t, `outcome := {"effect": "permit", "because": {"a": {"own-record"}}, "plans": {"a": {{"categories": ["laboratory"], "labels": ["x|y"]}, `+expression+`}}}`, decision.Options{}))
		})
	}
}
