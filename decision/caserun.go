package decision

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/access"
)

// storedCase is a case ready to be decided.
type storedCase struct {
	file     string
	of       *caseFile
	decided  *decisionCase
	engine   *Engine
	question access.Question
	facts    access.Facts
}

// storedCases reads all cases of a folder and loads the policies that they are
// decided by: once, and once more for every file with settings of its own.
func storedCases(ctx context.Context, fsys fs.FS, rev *Revision) ([]storedCase, error) {
	f, err := readFiles(fsys)
	if err != nil {
		return nil, err
	}
	return casesOf(ctx, f, rev)
}

func casesOf(ctx context.Context, f files, rev *Revision) ([]storedCase, error) {
	var out []storedCase
	var faults []error
	for _, name := range sorted(f.cases) {
		file, err := readCases(name, f.cases[name])
		if err != nil {
			faults = append(faults, err)
			continue
		}
		engine := NewEngine(rev)
		if len(file.Settings) > 0 {
			changed, err := withSettings(ctx, f, file.Settings, rev)
			if err != nil {
				faults = append(faults, fmt.Errorf("%s: settings: %w", name, err))
				continue
			}
			engine = NewEngine(changed)
		}
		for i := range file.Cases {
			c := &file.Cases[i]
			r := caseReader{file: &file}
			s := storedCase{file: name, of: &file, decided: c, engine: engine, question: r.question(c), facts: r.facts(&c.Given)}
			if r.err != nil {
				faults = append(faults, fmt.Errorf("%s:%d: %s: %w", name, c.line, c.Name, r.err))
				continue
			}
			out = append(out, s)
		}
	}
	if len(out) == 0 && len(faults) == 0 {
		faults = append(faults, fmt.Errorf("there are no cases in %s", casesFolder))
	}
	return out, errors.Join(faults...)
}

// withSettings compiles the same policies with some settings changed.
func withSettings(ctx context.Context, f files, settings map[string]any, rev *Revision) (*Revision, error) {
	var doc map[string]any
	if err := json.Unmarshal([]byte(f.data["data/settings.json"]), &doc); err != nil {
		return nil, err
	}
	overlay(doc, settings)
	text, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	changed := f
	changed.data = map[string]string{}
	for k, v := range f.data {
		changed.data[k] = v
	}
	changed.data["data/settings.json"] = string(text)
	return load(ctx, changed, Options{Revision: rev.name + " with settings of the case", Limit: rev.limit, Log: rev.log})
}

func overlay(doc, over map[string]any) {
	for k, v := range over {
		inner, ok := v.(map[string]any)
		if below, both := doc[k].(map[string]any); ok && both {
			overlay(below, inner)
			continue
		}
		doc[k] = v
	}
}

// run decides the case and says what is not as expected; empty is well.
func (s *storedCase) run(ctx context.Context) (access.Decision, []string) {
	d := s.engine.Decide(ctx, s.question, s.facts)
	wrong := s.compare(d)
	again, err := s.engine.Replay(ctx, d.Input)
	if err != nil || !sameDecision(d, again) {
		wrong = append(wrong, "the decision, made again from its record by OPA's evaluator, is not the same: "+describe(again))
	}
	if strings.Contains(string(d.Input), casePatient) {
		wrong = append(wrong, "the recorded input holds the patient's number")
	}
	return d, wrong
}

var effects = map[string]access.Effect{"permit": access.Permit, "refuse": access.Deny, "wait": access.Indeterminate}

func (s *storedCase) compare(d access.Decision) []string {
	var wrong []string
	say := func(what string, want, got any) {
		wrong = append(wrong, fmt.Sprintf("%s: expected %v, got %v", what, want, got))
	}
	want := &s.decided.Then
	codes := make([]string, len(d.Reasons))
	for i, r := range d.Reasons {
		codes[i] = r.Code
	}
	if effects[want.Decision] != d.Effect {
		say("decision", want.Decision, describe(d))
	}
	if !slices.Equal(want.Because, codes) {
		say("because", want.Because, codes)
	}
	if len(want.By) > 0 && !slices.Equal(want.By, d.Rules) {
		say("by", want.By, d.Rules)
	}
	if want.Alert != d.Alert {
		say("alert", want.Alert, d.Alert)
	}
	if want.Remedy != "" && (len(d.Reasons) == 0 || d.Reasons[0].Remedy != want.Remedy) {
		say("remedy", want.Remedy, remedyOf(d))
	}
	for kind, id := range want.Basis {
		if d.Basis[kind] != id {
			say("basis "+kind, id, d.Basis[kind])
		}
	}
	return append(wrong, s.comparePlan(d)...)
}

func (s *storedCase) comparePlan(d access.Decision) []string {
	var wrong []string
	say := func(what string, want, got any) {
		wrong = append(wrong, fmt.Sprintf("%s: expected %v, got %v", what, want, got))
	}
	want, plan := &s.decided.Then, d.Plan
	rev := s.engine.Revision()
	expected := slices.Clone(want.Releases.list)
	switch want.Releases.word {
	case "everything":
		expected = rev.everyClass
	case "everything understood":
		expected = slices.DeleteFunc(slices.Clone(rev.everyClass), func(c string) bool { return c == "unclassified" })
	}
	slices.Sort(expected)
	if !slices.Equal(expected, plan.Categories) {
		say("releases", expected, plan.Categories)
	}
	for _, c := range want.Hides {
		if slices.Contains(plan.Categories, c) {
			say("hides", c, "released")
		}
	}
	labels := "normal"
	if everyLabel(plan.Labels) {
		labels = "every"
	}
	if len(plan.Labels) > 0 && want.Labels != "" && want.Labels != labels {
		say("labels", want.Labels, labels)
	}
	if masks := len(plan.Masks) > 0; want.Masks != nil && *want.Masks != masks || want.Masks == nil && masks {
		say("masks", want.Masks != nil && *want.Masks, masks)
	}
	if d.Effect != access.Permit && (len(plan.Categories) > 0 || len(plan.Labels) > 0) {
		wrong = append(wrong, "a decision that is not a permit has a plan")
	}
	return wrong
}

// sameDecision compares all that a record keeps of a decision.
func sameDecision(a, b access.Decision) bool {
	text := func(d access.Decision) string {
		d.Plan.Classes = nil
		out, _ := json.Marshal(d)
		return string(out)
	}
	return text(a) == text(b)
}

func remedyOf(d access.Decision) string {
	if len(d.Reasons) == 0 {
		return ""
	}
	return d.Reasons[0].Remedy
}

// describe says a decision in a line.
func describe(d access.Decision) string {
	word := "wait"
	for w, e := range effects {
		if e == d.Effect {
			word = w
		}
	}
	codes := make([]string, len(d.Reasons))
	for i, r := range d.Reasons {
		codes[i] = r.Code
	}
	out := word + " because " + strings.Join(codes, ", ")
	if len(d.Rules) > 0 {
		out += " (rules: " + strings.Join(d.Rules, ", ") + ")"
	}
	return out
}
