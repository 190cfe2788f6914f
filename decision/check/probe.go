package check

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/topdown"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/cases"
	"github.com/mycarerecord/mcr/decision/internal/fault"
	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/nhs"
)

// probes asks a few questions of which every set of policies has to give the same
// answer: somebody of whom nothing is known, about a patient of whom nothing is
// known, gets nothing; and somebody gets an answer at all.
func (c *checker) probes(ctx context.Context, rev *decision.Revision, why *causes) {
	e := decision.NewEngine(rev)
	for _, p := range strangers() {
		d := e.Decide(ctx, p.question, p.facts)
		switch d.Effect {
		case access.Permit:
			c.add(fault.Fault{File: c.fileOf(d.Rules), What: "this folder permits " + p.words, Do: "let the rule permit only on what is there: a fact whose state is \"known\", and its values"})
			return
		case access.Indeterminate:
			if told := why.take(); told != "" {
				c.add(c.stopped(ctx, d.Input, fault.Fault{
					What: "no decision can be made about " + p.words + ": " + strings.TrimPrefix(told, "evaluating policies: "),
					Do:   "let the rule give one value, and use no function that fails",
				}))
				return
			}
		}
	}
}

// decidable asks whether the cases can be decided at all: two values of one part, or
// a function that fails, stop a decision for everybody whom they concern.
func (c *checker) decidable(ctx context.Context, rev *decision.Revision, why *causes) {
	all, err := cases.Read(ctx, rev)
	for _, f := range fault.Of(err) {
		if f.Path != nil {
			f.Line = keyLine(c.text[f.File], f.Path...)
		}
		c.add(f)
	}
	var first fault.Fault
	unclear := 0
	for i := range all {
		d := all[i].Engine.Decide(ctx, all[i].Question, all[i].Facts)
		told := why.take()
		if told == "" {
			continue
		}
		if unclear++; unclear == 1 {
			first = c.stopped(ctx, d.Input, fault.Fault{
				File: all[i].File, Line: all[i].Line,
				What: fmt.Sprintf("of the case %q no decision can be made: %s", all[i].Name, strings.TrimPrefix(told, "evaluating policies: ")),
				Do:   "let the rule give one value, and use no function that fails",
			})
		}
	}
	if unclear > 1 {
		first.What += fmt.Sprintf(" (nor of %d of the %d cases more)", unclear-1, len(all))
	}
	if unclear > 0 {
		c.add(first)
	}
	c.cases = all
}

// fileOf is the file of the rule that permitted.
func (c *checker) fileOf(rules []string) string {
	if len(rules) == 0 {
		return "decision.rego"
	}
	return "rules/" + rules[0] + "/" + rules[0] + ".rego"
}

// stopped finds where an evaluation stopped, by OPA's own evaluator, which knows
// the line.
func (c *checker) stopped(ctx context.Context, input []byte, f fault.Fault) fault.Fault {
	var doc any
	if json.Unmarshal(input, &doc) != nil {
		return f
	}
	limited, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	_, err := rego.New(
		rego.Query("data.mcr.decision.outcome"), rego.Compiler(c.compiler), rego.Input(doc),
		rego.Store(inmem.NewFromObject(c.data)), rego.StrictBuiltinErrors(true),
	).Eval(limited)
	var at *topdown.Error
	if errors.As(err, &at) && at.Location != nil {
		f.File, f.Line = at.Location.File, at.Location.Row
	}
	return f
}

type probe struct {
	words    string
	question access.Question
	facts    access.Facts
}

// strangers ask for what each kind of request asks for, with nothing on record:
// looked up and not there, and not looked up at all.
func strangers() []probe {
	now := time.Date(2026, 3, 2, 10, 0, 0, 0, time.UTC)
	nobody := access.Facts{
		Identity: access.KnownFact(access.Identity{}), Age: access.AbsentFact[int](), OptOut: access.AbsentFact[access.OptOut](), Restriction: access.AbsentFact[access.Restriction](),
		Registration: access.AbsentFact[access.Registration](), Permissions: access.AbsentFact[[]access.Permission](),
		Relationships: access.AbsentFact[[]access.Relationship](), TestOrders: access.AbsentFact[[]access.TestOrder](),
		Emergencies: access.AbsentFact[[]access.Emergency](), SubjectIsPatient: access.AbsentFact[bool](), NationalOptOut: access.AbsentFact[bool](),
	}
	patient, _ := nhs.ParseNumber("9990000018")
	asker, _ := nhs.ParseODSCode("ZZZ01")
	holder, _ := nhs.ParseODSCode("ZZZ02")
	role, _ := nhs.ParseRoleCode("R8000")
	ask := func(action access.Action, r fhir.Request) access.Question {
		q := access.Question{
			Time: now, Subject: access.Subject{UserID: "stranger", Role: role, Organisation: asker, Assurance: "AAL3"}, Patient: patient,
			Source: access.Source{ID: "source", Kind: "acute", Organisation: holder}, Action: action, Purpose: access.DirectCare, Request: r,
		}
		if action != access.View {
			q.Statement = &access.Statement{UserID: "stranger", Organisation: asker, Patient: patient, How: "telephone", Validity: access.Validity{From: now, Until: now.Add(time.Minute)}}
		}
		return q
	}
	var out []probe
	for _, typ := range []string{"Condition", "Observation", "Patient", "Organization", "Flag"} {
		for _, r := range []fhir.Request{{Interaction: fhir.Search, Type: typ}, {Interaction: fhir.Read, Type: typ, ID: "1"}} {
			words := fmt.Sprintf("a stranger of whom nothing is on record, who asks for a %s of a patient", typ)
			out = append(out, probe{words, ask(access.View, r), nobody},
				probe{words + " while the registry is away", ask(access.View, r), access.Facts{}})
		}
	}
	for _, action := range []access.Action{access.RecordPermission, access.RecordRefusal, access.Withdraw, access.DeclareEmergency} {
		out = append(out, probe{"a stranger of whom nothing is on record, who wants to " + strings.ReplaceAll(string(action), "-", " a "),
			ask(action, fhir.Request{Interaction: fhir.Create, Type: "Consent"}), nobody})
	}
	return out
}

// causes keeps what the engine says of decisions that were not clear.
type causes struct {
	mu   sync.Mutex
	last string
}

func (c *causes) Enabled(context.Context, slog.Level) bool { return true }
func (c *causes) WithAttrs([]slog.Attr) slog.Handler       { return c }
func (c *causes) WithGroup(string) slog.Handler            { return c }

func (c *causes) Handle(_ context.Context, r slog.Record) error {
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "cause" {
			c.mu.Lock()
			c.last = a.Value.String()
			c.mu.Unlock()
		}
		return true
	})
	return nil
}

func (c *causes) take() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	out := c.last
	c.last = ""
	return out
}

var _ slog.Handler = (*causes)(nil)
