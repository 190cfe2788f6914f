package record

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/fhir"
)

// shown is what the templates see.
type shown struct {
	*View
	Patient *page.Patient
	By      *page.Person
	Filter  Filter
	// Order is the order of the summary's parts, by the reader's role.
	Order []placed
	// Live says that the page is a shell, which fills itself from Parts.
	Live bool
	// Printed says that the page is for paper: everything is open.
	Printed bool
	// LeftOut tells, of a page for paper, what its summary does not hold.
	LeftOut string
}

// Here is the page's own address within the console, and those below it.
func (s shown) Here(below string) string { return "/patients/" + s.Patient.Ref + "/" + below }

// Filtered is Here with the filter, and with more parameters.
func (s shown) Query(more ...string) string {
	q := url.Values{}
	for name, value := range map[string]string{"source": s.Filter.Source, "category": s.Filter.Category, "since": s.Filter.Since} {
		if value != "" {
			q.Set(name, value)
		}
	}
	for _, name := range more {
		q.Set(name, "1")
	}
	if len(q) == 0 {
		return ""
	}
	return "?" + q.Encode()
}

// Number is the NHS number as people write it. It stands on pages, never in addresses.
func (s shown) Number() string { return spacedNumber(s.Patient.Number.Digits()) }

// Born is the date of birth that was typed.
func (s shown) Born() string { return bornWords(s.Patient.Born) }

func bornWords(born string) string { return when(node{born}).String() }

// Name is the best name there is.
func (s shown) Name() string {
	if s.Stop == "" && len(s.Person.Names) > 0 && s.Patient.Name == "" {
		return s.Person.Names[0].Text
	}
	return clean(s.Patient.Name)
}

// sameName says that two names differ in no more than what one leaves out, such
// as the "Mrs".
func sameName(a, b string) bool {
	x, y := strings.Fields(strings.ToLower(a)), strings.Fields(strings.ToLower(b))
	within := func(few, many []string) bool {
		return !slices.ContainsFunc(few, func(word string) bool { return !slices.Contains(many, word) })
	}
	return len(x) > 0 && len(y) > 0 && (within(x, y) || within(y, x))
}

// OtherNames are those that differ from Name.
func (s shown) OtherNames() []Said {
	var out []Said
	for _, n := range s.Person.Names {
		if !sameName(n.Text, s.Name()) {
			out = append(out, n)
		}
	}
	return out
}

// ByAnotherNumber are the sources that know the patient by another NHS number.
func (s shown) ByAnotherNumber() []*Source {
	return with(s.Sources, func(o *Source) bool {
		_, ok := o.said(fhir.KnownByAnotherNumber)
		return ok
	})
}

// Waiting are the sources that have not answered yet.
func (s shown) Waiting() []*Source { return with(s.Sources, (*Source).Waiting) }

// Holding are the sources from which something is shown.
func (s shown) Holding() []*Source {
	return with(s.Sources, func(o *Source) bool { return o.Entries() > 0 })
}

// Without are the sources that hold no record.
func (s shown) Without() []*Source {
	return with(s.Sources, func(o *Source) bool { return o.Status == collect.NoRecord })
}

func with(all []*Source, which func(*Source) bool) []*Source {
	var out []*Source
	for _, s := range all {
		if which(s) {
			out = append(out, s)
		}
	}
	return out
}

// MayDeclare says that an emergency could open something: not every source shows
// all, and none says that the patient has opted out, which nothing overrides.
func (s shown) MayDeclare() bool {
	closed := with(s.Sources, func(o *Source) bool {
		return o.Status == collect.Refused || o.Status == collect.Withheld || o.Status == collect.MayBeWithheld
	})
	return s.Patient.MayDeclare && len(closed) > 0 &&
		!slices.ContainsFunc(closed, func(o *Source) bool { return o.Reason.Code == "opted-out" })
}

// Progress says in a sentence how far the answer has come.
func (s shown) Progress() string {
	all, came := len(s.Sources), 0
	for _, o := range s.Sources {
		if !o.Waiting() && o.Status != collect.TimedOut && o.Status != collect.Failed {
			came++
		}
	}
	words := fmt.Sprintf("%d of %s %s answered", came, counting(all, "source", "sources"), map[bool]string{true: "has", false: "have"}[came == 1])
	if len(s.Waiting()) == 0 {
		return "Finished: " + words + "."
	}
	return words + " so far."
}

// Spans, Parts: what the filter's form offers.
func (s shown) Spans() []choice {
	var out []choice
	for _, one := range spans {
		out = append(out, choice{one.ID, one.Name, one.ID == s.Filter.Since})
	}
	return out
}

func (s shown) CategoryChoices() []choice {
	out := []choice{{"", "Every part", s.Filter.Category == ""}}
	for _, c := range categories {
		out = append(out, choice{c.id, c.name, c.id == s.Filter.Category})
	}
	return out
}

func (s shown) SourceChoices() []choice {
	out := []choice{{"", "Every source", s.Filter.Source == ""}}
	for _, one := range s.Sources {
		out = append(out, choice{one.ID, one.Name, one.ID == s.Filter.Source})
	}
	return out
}

type choice struct {
	ID, Name string
	Chosen   bool
}
