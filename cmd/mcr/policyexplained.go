package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/cases"
	"github.com/mycarerecord/mcr/decision/otherwise"
	"github.com/mycarerecord/mcr/nhs"
)

// explained is one decision, told. It is what --json prints.
type explained struct {
	Record   string   `json:"record,omitempty"`
	Case     string   `json:"case,omitempty"`
	Given    []string `json:"given,omitempty"` // of a case, in sentences
	When     []string `json:"when,omitempty"`
	Document string   `json:"document,omitempty"` // the file
	// Undecided says what a record is of that has no decision; all below is then missing.
	Undecided string            `json:"undecided,omitempty"`
	Policies  policySet         `json:"policies,omitzero"`
	Decision  *decisionTold     `json:"decision,omitempty"`
	Rules     []ruleTold        `json:"rules,omitempty"`
	Fault     string            `json:"fault,omitempty"` // why the rules' parts are not told
	Again     *again            `json:"again,omitempty"`
	Otherwise *wouldHaveDecided `json:"otherwise,omitempty"`

	is   access.Decision
	line func(io.Writer) error // the record in a line
}

// policySet is the policies by which it is explained.
type policySet struct {
	Name     string `json:"name"`
	Digest   string `json:"digest"`
	Settings bool   `json:"settings_of_the_case,omitempty"`
	Others   bool   `json:"others,omitempty"` // than those that decided
}

type decisionTold struct {
	Effect    string            `json:"effect"`
	Reasons   []reasonTold      `json:"reasons"`
	Rules     []string          `json:"rules"`
	Basis     map[string]string `json:"basis,omitempty"`
	Alert     bool              `json:"alert,omitempty"`
	Releases  []categoryTold    `json:"releases,omitempty"`
	Withholds []categoryTold    `json:"withholds,omitempty"`
	Sensitive bool              `json:"releases_sensitive_items,omitempty"`
	Masks     []string          `json:"masks,omitempty"`
}

type reasonTold struct {
	Code   string `json:"code"`
	Text   string `json:"text"`
	Remedy string `json:"remedy,omitempty"`
}

type categoryTold struct {
	Category string `json:"category"`
	Text     string `json:"text"`
	Why      string `json:"why,omitempty"` // a rule withholds it, whichever rule releases it
}

type ruleTold struct {
	Name      string       `json:"name"`
	Title     string       `json:"title"`
	Verb      string       `json:"verb"`
	Decided   bool         `json:"decided,omitempty"`
	Reasons   []reasonTold `json:"reasons,omitempty"`
	Withholds []string     `json:"withholds,omitempty"` // categories
	Parts     []partTold   `json:"parts"`
}

type partTold struct {
	Name  string `json:"name"`
	Kind  string `json:"kind"`
	Title string `json:"title"`
	Text  string `json:"text"`
	Held  bool   `json:"held"`
}

// again is the decision made once more, beside what was recorded or is expected.
type again struct {
	Same      bool     `json:"same"`
	Expected  bool     `json:"expected,omitempty"` // by a case; otherwise by a record
	Others    bool     `json:"others,omitempty"`   // by other policies than those that decided
	Now       string   `json:"now"`
	Otherwise []string `json:"otherwise,omitempty"`
}

type wouldHaveDecided struct {
	Found []offerTold `json:"found"`
	One   int         `json:"one_change_tried"`
	Two   int         `json:"two_changes_tried"`
	Whole bool        `json:"whole"`
	Note  string      `json:"note"`
}

type offerTold struct {
	Told    string          `json:"told"`
	Changes []changeTold    `json:"changes"`
	Effect  string          `json:"effect"`
	Reasons []reasonTold    `json:"reasons"`
	Input   json.RawMessage `json:"input"`
}

type changeTold struct {
	About    string `json:"about"`
	Question bool   `json:"of_the_question,omitempty"`
	Words    string `json:"words"`
}

// of decides an input and tells all of it.
func (e *explained) of(ctx context.Context, rev *decision.Revision, input []byte) error {
	x, err := decision.Explain(ctx, rev, input)
	if err != nil {
		return err
	}
	e.is, e.Fault = x.Decision, x.Fault
	e.Decision = tellDecision(rev, x.Decision)
	for _, s := range x.Rules {
		r := ruleTold{Name: s.Name, Title: s.Title, Verb: s.Verb(), Decided: s.Decided}
		for _, list := range [][]access.Reason{s.Denies, s.Unknown, s.Permits, s.Lacks} {
			r.Reasons = append(r.Reasons, tellReasons(list)...)
		}
		for _, w := range s.Withholds {
			r.Withholds = append(r.Withholds, w.Categories...)
			r.Reasons = append(r.Reasons, tellReasons([]access.Reason{w.Reason})...)
		}
		for _, c := range s.Conditions {
			r.Parts = append(r.Parts, partTold{c.Name, string(c.Kind), c.Title, c.Description, c.Held})
		}
		e.Rules = append(e.Rules, r)
	}
	slices.SortStableFunc(e.Rules, func(a, b ruleTold) int { // those that decided first, the silent ones last
		return cmp.Compare(place(a), place(b))
	})
	found, err := otherwise.Find(ctx, rev, input, otherwise.Options{})
	if err != nil {
		return err
	}
	e.Otherwise = &wouldHaveDecided{Found: []offerTold{}, One: found.One, Two: found.Two, Whole: found.Whole, Note: found.Note()}
	for _, o := range found.Offers {
		told := offerTold{Told: o.Told(), Effect: string(o.Decision.Effect), Reasons: tellReasons(o.Decision.Reasons), Input: o.Input}
		for _, c := range o.Changes {
			told.Changes = append(told.Changes, changeTold{c.About, c.Question, c.Words})
		}
		e.Otherwise.Found = append(e.Otherwise.Found, told)
	}
	return nil
}

// saidNothing is the verb of a rule without a part in a decision (decision.Share.Verb).
const saidNothing = "said nothing"

func place(r ruleTold) int {
	switch {
	case r.Decided:
		return 0
	case r.Verb == saidNothing:
		return 2
	}
	return 1
}

func tellDecision(rev *decision.Revision, d access.Decision) *decisionTold {
	told := &decisionTold{Effect: string(d.Effect), Reasons: tellReasons(d.Reasons), Rules: d.Rules, Basis: d.Basis, Alert: d.Alert}
	o := cases.OutlineOf(rev, d)
	for _, c := range o.Released {
		told.Releases = append(told.Releases, categoryTold{Category: c.Key, Text: c.Text})
	}
	for _, c := range o.Withheld {
		told.Withholds = append(told.Withholds, categoryTold{c.Key, c.Text, c.Why})
	}
	told.Sensitive, told.Masks = o.Sensitive, o.Masks
	return told
}

func tellReasons(list []access.Reason) []reasonTold {
	var out []reasonTold
	for _, r := range list {
		out = append(out, reasonTold{r.Code, nhs.WithoutNumbers(r.Text), nhs.WithoutNumbers(r.Remedy)})
	}
	return out
}

// againRecorded holds the decision made again against the record. What ended the request
// later stands among the record's reasons too, and can have raised an alert.
func againRecorded(r *audit.Record, d access.Decision, others bool) *again {
	a := &again{Others: others, Now: cases.Describe(d)}
	say := func(what string, was, is any) {
		a.Otherwise = append(a.Otherwise, fmt.Sprintf("%s: recorded is %v, and now it is %v", what, was, is))
	}
	if r.Effect != string(d.Effect) {
		say("decision", r.Effect, d.Effect)
	}
	if was := slices.Sorted(slices.Values(r.Rules)); !slices.Equal(was, d.Rules) {
		say("rules", was, d.Rules)
	}
	for _, reason := range d.Reasons {
		if !slices.Contains(r.Reasons, reason.Code) {
			say("reasons", r.Reasons, reason.Code)
		}
	}
	recorded := map[string]string{"permission": r.Permission, "relationship": r.Relationship, "order": r.Order, "emergency": r.Emergency, "opt_out": r.OptOut}
	for _, kind := range slices.Sorted(maps.Keys(d.Basis)) {
		if was, known := recorded[kind]; known && was != d.Basis[kind] {
			say("what it rests on ("+kind+")", cmp.Or(was, "nothing"), d.Basis[kind])
		}
	}
	if d.Alert && !r.Alert {
		say("alert", false, true)
	}
	a.Same = len(a.Otherwise) == 0
	return a
}

// fault is what the command ends with when it is not the same.
func (a *again) fault() string {
	switch {
	case a.Expected:
		return "the case is decided otherwise than it expects"
	case a.Others:
		return "these policies decide otherwise than was recorded"
	}
	return "the decision made again is not the one that was recorded"
}

// undecided says what a record is of that cannot be decided again; "" when it can.
func undecided(r *audit.Record) string {
	switch words := audit.ActWords(r.Action); {
	case r.IsLook():
		return "It is of a look at the trail or into the registry. Nobody asked the rules."
	case words != "":
		return "It is of what an operator did to the trail: somebody " + words + ". Nobody asked the rules."
	case audit.ReleaseWords(r.Action) != "":
		return "It is of a release of the policies: somebody " + audit.ReleaseWords(r.Action) + ". Nobody asked the rules."
	case r.Erased != nil && len(r.Input) == 0:
		return "Details of this record were erased, and with them what was asked and known. It cannot be decided again."
	case r.Effect == "" && r.Interaction == "" && len(r.Reasons) > 0:
		return "The request ended before the rules were asked (" + strings.Join(r.Reasons, ", ") + "): it was not understood, or who asked was not known."
	case r.Effect == "":
		return "The request ended before the rules were asked" + bracketedList(r.Reasons) + ". No decision was made."
	case len(r.Input) == 0:
		return "The record does not hold what was asked and known. It cannot be decided again."
	}
	return ""
}

func bracketedList(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return " (" + strings.Join(list, ", ") + ")"
}
