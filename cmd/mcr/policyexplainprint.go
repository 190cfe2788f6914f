package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/access"
)

// lineWriter writes lines and keeps the first error.
type lineWriter struct {
	w   io.Writer
	err error
}

func (p *lineWriter) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

// print tells it for people.
func (e *explained) print(w io.Writer) error {
	p := &lineWriter{w: w}
	e.about(p)
	if e.Undecided != "" {
		p.line("\n%s", e.Undecided)
		return p.err
	}
	e.decision(p)
	e.rules(p)
	e.again(p)
	e.otherwise(p)
	return p.err
}

// about says what it is that is explained, and by which policies.
func (e *explained) about(p *lineWriter) {
	switch {
	case e.line != nil:
		p.line("Record %s", e.Record)
		if p.err == nil {
			p.err = e.line(p.w)
		}
	case e.Case != "":
		p.line("Case %s", e.Case)
		for _, s := range slices.Concat(e.Given, e.When) {
			p.line("  %s", s)
		}
	default:
		p.line("The input document %s", map[bool]string{true: "of standard input", false: e.Document}[e.Document == "-"])
	}
	if e.Undecided != "" {
		return
	}
	how := "Explained by the policies"
	if e.Record != "" && !e.Policies.Others {
		how = "Explained by the policies that decided it:"
	} else if e.Policies.Others {
		how = "NOT by the policies that decided it, but by"
	}
	with := ""
	if e.Policies.Settings {
		with = ", with settings of the case"
	}
	p.line("%s %s (digest %.12s)%s", how, e.Policies.Name, e.Policies.Digest, with)
}

var effectsInWords = map[string]string{
	string(access.Permit): "Permitted.", string(access.Deny): "Refused.", string(access.Indeterminate): "It cannot be told, so nothing is shown: it has to wait.",
}

var basisInWords = map[string]string{"relationship": "care relationship", "order": "test order", "opt_out": "opt-out"}

func (e *explained) decision(p *lineWriter) {
	d := e.Decision
	p.line("\nThe decision\n  %s", effectsInWords[d.Effect])
	for _, r := range d.Reasons {
		p.line("  %s (%s)", r.Text, r.Code)
		if r.Remedy != "" && d.Effect != string(access.Permit) {
			p.line("    The professional is told: %s", r.Remedy)
		}
	}
	for _, kind := range slices.Sorted(maps.Keys(d.Basis)) {
		p.line("  It rests on the %s %s.", cmp.Or(basisInWords[kind], kind), d.Basis[kind])
	}
	if d.Alert {
		p.line("  It is marked for the privacy officer.")
	}
	if len(d.Releases) == 0 {
		p.line("  Nothing of the record is released.")
		return
	}
	p.line("  Released:")
	for _, c := range d.Releases {
		p.line("    %s: %s", c.Category, c.Text)
	}
	if len(d.Withholds) > 0 {
		p.line("  Withheld:")
		for _, c := range d.Withholds {
			p.line("    %s: %s", c.Category, c.Text)
			if c.Why != "" {
				p.line("      whichever rule releases it: %s", c.Why)
			}
		}
	}
	if d.Sensitive {
		p.line("  Items with a sensitive label are released too.")
	} else {
		p.line("  Items with a sensitive label are withheld.")
	}
	if len(d.Masks) > 0 {
		p.line("  Taken out of what is released: %s", strings.Join(d.Masks, ", "))
	}
}

func (e *explained) rules(p *lineWriter) {
	p.line("\nThe rules, and which of their parts held")
	if e.Fault != "" {
		p.line("  %s", e.Fault)
	}
	for _, r := range e.Rules {
		decided := ""
		if r.Decided {
			decided = " The decision rests on it."
		}
		p.line("  %s (%s) %s.%s", r.Title, r.Name, r.Verb, decided)
		for _, reason := range r.Reasons {
			p.line("      %s (%s)", reason.Text, reason.Code)
		}
		if len(r.Withholds) > 0 {
			p.line("      withholds, whichever rule releases it: %s", strings.Join(r.Withholds, ", "))
		}
		for _, part := range r.Parts {
			held := "no "
			if part.Held {
				held = "yes"
			}
			text := strings.TrimSuffix(part.Title, ".") + "."
			if r.Verb != saidNothing { // of the others the titles are enough to read on by; --json has all
				text = strings.TrimSpace(text + " " + part.Text)
			}
			p.line("    %s  %s", held, text)
		}
	}
}

func (e *explained) again(p *lineWriter) {
	a := e.Again
	if a == nil {
		return
	}
	p.line("\nDecided again")
	switch {
	case a.Same && a.Expected:
		p.line("  It is decided as the case expects.")
		return
	case a.Same && a.Others:
		p.line("  These policies decide it as the policies did that decided it then.")
		return
	case a.Same:
		p.line("  The decision made again is the one that was recorded.")
		return
	case a.Expected:
		p.line("  WRONG: THE CASE IS DECIDED OTHERWISE THAN IT EXPECTS.")
	case a.Others:
		p.line("  OTHERWISE: THESE POLICIES DO NOT DECIDE IT AS IT WAS DECIDED THEN.")
	default:
		p.line("  WRONG: THE DECISION MADE AGAIN IS NOT THE ONE THAT WAS RECORDED.")
		p.line("  That should never be. Tell whoever runs the broker, and run mcr audit verify.")
	}
	p.line("  Now: %s", a.Now)
	for _, o := range a.Otherwise {
		p.line("  %s", o)
	}
}

func (e *explained) otherwise(p *lineWriter) {
	p.line("\nWhat would have decided otherwise")
	for i, o := range e.Otherwise.Found {
		p.line("  %d. %s", i+1, o.Told)
		for _, r := range o.Reasons {
			p.line("     %s (%s)", r.Text, r.Code)
		}
	}
	p.line("  %s", e.Otherwise.Note)
}
