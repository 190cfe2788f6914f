package check

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
)

// mostPrinted is how many causes are printed; --json has them all.
const mostPrinted = 60

// Print writes a report for people: the table, the causes, what to do, and the
// lines for categories.json.
func (r Report) Print(w io.Writer, known map[string]string) error {
	p := &printer{w: w}
	p.table(r)
	p.causes(r)
	p.advice(r)
	add := r.Propose(known)
	if len(add.Rules) == 0 {
		p.say("\nThere is nothing to add to categories.json.\n")
		return p.err
	}
	p.say("\nLines to add to data/categories.json. Put a category in place of each %s: this is for the\n", Choose)
	p.say("information-governance team to decide; \"mcr policy check\" refuses a rule that still says %s.\n", Choose)
	p.say("%s", add)
	return p.err
}

type printer struct {
	w   io.Writer
	err error
}

func (p *printer) say(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format, args...)
	}
}

func (p *printer) table(r Report) {
	wide := len("total")
	for typ := range r.Types {
		wide = max(wide, len(typ))
	}
	row := func(name string, c Counts) {
		p.say("%-*s %6d %6d %8d %13d %15d %9d %11d %12d\n", wide, name,
			c.Seen, c.Shown, c.InPart, c.Unclassified, c.NotUnderstood, c.Labelled, c.NoPatient, c.NotOffered)
	}
	p.say("%-*s   seen  shown  in part  unclassified  not understood  labelled  no patient  not offered\n", wide, "type")
	for _, typ := range slices.Sorted(maps.Keys(r.Types)) {
		row(typ, *r.Types[typ])
	}
	row("total", r.Total)
	p.say("\nEach entry stands in one column; those shown in part are among those shown.\n")
	if r.Total.Judged() > 0 {
		p.say("Of %d entries of types that are offered and about this patient, %d are shown: %.1f %%.\n", r.Total.Judged(), r.Total.Shown, r.Total.Share())
	} else {
		p.say("No entry of a type that is offered is about this patient.\n")
	}
}

var reasonWords = map[string]string{
	"not-classified": "not classified", notUnderstood: "not understood", "label-withheld": "held back by its label or a sensitive code",
	"category-not-in-plan": "of a category that a permission does not open", "masked-type": "taken out by a mask",
	"no-patient": "the patient is not found in it", "other-patient": "about another patient", notOffered: "not offered",
	"source-outcome": "says how the source fared, no entry", "shown-in-part": "shown without this element",
}

func (p *printer) causes(r Report) {
	if len(r.Causes) == 0 {
		return
	}
	p.say("\nWhy, most frequent first:\n")
	for i, c := range r.Causes {
		if i == mostPrinted {
			p.say("  and %d more; --json has them all\n", len(r.Causes)-i)
			break
		}
		what := c.Element
		if what == "" || c.Type == None && !strings.HasPrefix(what, "(") || strings.HasPrefix(what, "(") && c.Type != None {
			what = strings.TrimSpace(c.Type + " " + what)
		}
		if c.Code != "" {
			what += " " + strings.TrimPrefix(c.Code, "|")
		}
		words := reasonWords[c.Reason]
		if words == "" {
			words = c.Reason
		}
		ids := strings.Join(c.IDs, ", ")
		if c.Count > len(c.IDs) {
			ids += ", …"
		}
		p.say("  %5d  %s: %s (%s)\n", c.Count, what, words, ids)
	}
}

// remedies say what can be done, by reason, in the order in which they are printed.
var remedies = []struct{ reason, words string }{
	{"not-classified", "Not classified: no rule of data/categories.json says what these are. Where a code is named, the lines below are a\n" +
		"  beginning. Where there are words alone (.text), read them in the entries named here, and list them as category_text; better,\n" +
		"  let the source give a code. Results take the category of the report that names them: see that reports have one."},
	{notUnderstood, "Not understood: the element named is not as FHIR R4 has it, or could lead to anybody, so the whole entry is held back.\n" +
		"  The source has to mend it. A line that is not JSON: a file holds one resource a line."},
	{"shown-in-part", "Shown in part: the element named is left out, since it cannot be understood; the rest is shown. Mend it in the source."},
	{"no-patient", "No patient: the entry does not say whom it is about by a reference to the patient or by NHS number."},
	{"other-patient", "Another patient: something in the entry names somebody else. Where that is wrong, say who the patient is with\n" +
		"  --patient and --nhs-number; where it is right, the source gives other people's entries or links to them."},
	{"label-withheld", "Labelled: meant to be held back; shown to those with a permission for sensitive items, or to nobody."},
	{"category-not-in-plan", "Of a category that a permission does not open: the policies say so."},
	{"masked-type", "Taken out by a mask: the policies say so."},
	{notOffered, "Not offered: the broker shows no entries of this type (its capability statement says why), or of this kind."},
}

func (p *printer) advice(r Report) {
	first := true
	for _, remedy := range remedies {
		if !slices.ContainsFunc(r.Causes, func(c Cause) bool { return c.Reason == remedy.reason }) {
			continue
		}
		if first {
			p.say("\nWhat to do:\n")
			first = false
		}
		p.say("- %s\n", remedy.words)
	}
}
