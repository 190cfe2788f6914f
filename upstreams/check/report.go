package check

import (
	"cmp"
	"maps"
	"slices"
)

// Counts are entries by what becomes of them. Each stands in one column: Seen is
// the sum of all but InPart, which are among Shown.
type Counts struct {
	Seen          int `json:"seen"`
	Shown         int `json:"shown"`
	InPart        int `json:"in_part"`        // shown, less an element that could not be
	Unclassified  int `json:"unclassified"`   // no rule of the categories knows what it is
	NotUnderstood int `json:"not_understood"` // its form cannot be trusted
	Labelled      int `json:"labelled"`       // held back on purpose: a label, a sensitive code, a category, a mask
	NoPatient     int `json:"no_patient"`     // the checked patient is not found in it
	NotOffered    int `json:"not_offered"`    // of a type that is never shown
}

// Judged are the entries that count: of types that are offered, and about the
// patient.
func (c Counts) Judged() int { return c.Seen - c.NoPatient - c.NotOffered }

// Share is how many of 100 entries that count are shown; 0 when there are none.
func (c Counts) Share() float64 {
	if c.Judged() == 0 {
		return 0
	}
	return 100 * float64(c.Shown) / float64(c.Judged())
}

// Cause is why entries are not shown, or not whole.
type Cause struct {
	Type    string `json:"type"`
	Element string `json:"element"` // by FHIR's names, such as "Observation.code"
	Code    string `json:"code"`    // the first "system|code" there, for what is not classified
	Reason  string `json:"reason"`  // as the broker's records have it
	// Count is how many entries it holds for; one entry may have several causes.
	Count int `json:"count"`
	// IDs are the first entries' own ids, or where an entry without one stands.
	IDs []string `json:"ids"`
}

// Report is what becomes of a source's entries.
type Report struct {
	Types  map[string]*Counts `json:"types"`
	Total  Counts             `json:"total"`
	Causes []Cause            `json:"causes"` // most frequent first
}

const (
	// None is the type of what has none.
	None = "(none)"
	// others is the type of those beyond mostTypes.
	others = "(other)"

	mostIDs    = 5
	mostTypes  = 250 // FHIR R4 has 148
	mostCauses = 5000
)

// columns tells the column of each reason of the filter. What is not here could
// not be judged, and is counted as not understood: nothing is left out.
var columns = map[string]func(*Counts) *int{
	"":                     func(c *Counts) *int { return &c.Shown },
	"not-classified":       func(c *Counts) *int { return &c.Unclassified },
	"label-withheld":       func(c *Counts) *int { return &c.Labelled },
	"category-not-in-plan": func(c *Counts) *int { return &c.Labelled },
	"masked-type":          func(c *Counts) *int { return &c.Labelled },
	"no-patient":           func(c *Counts) *int { return &c.NoPatient },
	"other-patient":        func(c *Counts) *int { return &c.NoPatient },
	notOffered:             func(c *Counts) *int { return &c.NotOffered },
	"source-outcome":       func(c *Counts) *int { return &c.NotOffered },
}

const notOffered, notUnderstood = "type-not-allowed", "not-understood"

// tally makes a Report.
type tally struct {
	report Report
	causes map[key]*Cause
}

type key struct{ typ, element, code, reason string }

func newTally() *tally {
	return &tally{report: Report{Types: map[string]*Counts{}, Causes: []Cause{}}, causes: map[key]*Cause{}}
}

// add counts one entry.
func (t *tally) add(typ, id, reason string, inPart bool, causes []key) {
	if typ == "" {
		typ = None
	}
	if t.report.Types[typ] == nil {
		if len(t.report.Types) >= mostTypes {
			typ = others
		}
		if t.report.Types[typ] == nil {
			t.report.Types[typ] = &Counts{}
		}
	}
	for _, c := range []*Counts{t.report.Types[typ], &t.report.Total} {
		c.Seen++
		if column := columns[reason]; column != nil {
			*column(c)++
		} else {
			c.NotUnderstood++
		}
		if inPart {
			c.InPart++
		}
	}
	slices.SortFunc(causes, compare)
	for _, k := range slices.Compact(causes) {
		k.typ = typ
		t.blame(k, id)
	}
}

func (t *tally) blame(k key, id string) {
	c := t.causes[k]
	if c == nil && len(t.causes) >= mostCauses {
		k.element, k.code = "", ""
		c = t.causes[k]
	}
	if c == nil {
		c = &Cause{Type: k.typ, Element: k.element, Code: k.code, Reason: k.reason, IDs: []string{}}
		t.causes[k] = c
	}
	if c.Count++; len(c.IDs) < mostIDs {
		c.IDs = append(c.IDs, id)
	}
}

// done gives the report.
func (t *tally) done() Report {
	for _, k := range slices.SortedFunc(maps.Keys(t.causes), compare) {
		t.report.Causes = append(t.report.Causes, *t.causes[k])
	}
	slices.SortStableFunc(t.report.Causes, func(a, b Cause) int { return b.Count - a.Count })
	return t.report
}

func compare(a, b key) int {
	return cmp.Or(cmp.Compare(a.typ, b.typ), cmp.Compare(a.element, b.element), cmp.Compare(a.code, b.code), cmp.Compare(a.reason, b.reason))
}
