package cases

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/internal/fault"
	"github.com/mycarerecord/mcr/decision/internal/folder"
	"github.com/mycarerecord/mcr/fhir"
)

// Case is a case ready to be decided.
type Case struct {
	Title, Promise string // of its file
	Name           string
	File           string // "testdata/decisions/opt_out.yaml"
	Line           int
	Attacks        []int // numbers of docs/attacks.md

	Engine   *decision.Engine // of the policies, with the settings of its file
	Question access.Question
	Facts    access.Facts

	of    *caseFile
	story *decisionCase
}

// Read reads the cases of a revision's folder and loads the data that they
// are decided by: once more for every file with settings of its own.
func Read(ctx context.Context, rev *decision.Revision) ([]Case, error) {
	return ReadTexts(ctx, rev, rev.Files().Cases)
}

// newCase makes a case of what was read, with its question and its facts.
func newCase(of *caseFile, file string, story *decisionCase, engine *decision.Engine) (Case, error) {
	r := caseReader{file: of}
	return Case{
		Title: of.Title, Promise: of.Promise, Name: story.Name, File: file, Line: story.line, Attacks: story.Attacks,
		Engine: engine, Question: r.question(story), Facts: r.facts(&story.Given), of: of, story: story,
	}, r.err
}

// ShortFile is the file's name without folder and ending: "opt_out".
func (s *Case) ShortFile() string { return ShortName(s.File) }

// Given tells in sentences what is so.
func (s *Case) Given() []string { return s.teller().given(&s.story.Given) }

// When tells in sentences what is asked.
func (s *Case) When() []string { return s.teller().when(&s.story.When) }

// Then tells in sentences what the case expects.
func (s *Case) Then() []string { return s.teller().then(&s.story.Then) }

func (s *Case) teller() teller { return teller{file: s.of, rev: s.Engine.Revision()} }

// ReadTexts is Read for the texts of case files, by path.
func ReadTexts(ctx context.Context, rev *decision.Revision, texts map[string]string) ([]Case, error) {
	var out []Case
	var faults []error
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		file, err := readCases(name, texts[name])
		if err != nil {
			faults = append(faults, err)
			continue
		}
		engine := decision.NewEngine(rev)
		if len(file.Settings) > 0 {
			changed, err := WithSettings(ctx, rev, file.Settings)
			if err != nil {
				for _, f := range fault.Of(err) { // it stands in the file of cases, and not in data/settings.json
					faults = append(faults, fault.Fault{File: name, Path: []string{"settings"}, What: "settings: " + f.What, Do: f.Do})
				}
				continue
			}
			engine = decision.NewEngine(changed)
		}
		for i := range file.Cases {
			c := &file.Cases[i]
			s, err := newCase(&file, name, c, engine)
			if err != nil {
				faults = append(faults, fmt.Errorf("%s:%d: %s: %w", name, c.line, c.Name, err))
				continue
			}
			out = append(out, s)
		}
	}
	if len(out) == 0 && len(faults) == 0 {
		faults = append(faults, fmt.Errorf("there are no cases in %s", folder.CasesFolder))
	}
	return out, errors.Join(faults...)
}

// WithSettings are the same policies with some settings changed.
func WithSettings(ctx context.Context, rev *decision.Revision, settings map[string]any) (*decision.Revision, error) {
	f := rev.Files()
	var doc map[string]any
	if err := json.Unmarshal([]byte(f.Data["data/settings.json"]), &doc); err != nil {
		return nil, err
	}
	overlay(doc, settings)
	text, err := json.Marshal(doc)
	if err != nil {
		return nil, err
	}
	data := maps.Clone(f.Data)
	data["data/settings.json"] = string(text)
	opt := rev.Options()
	opt.Revision += " with settings of the case"
	return rev.WithData(ctx, data, opt)
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

// Run decides the case and says what is not as expected; empty is well.
func (s *Case) Run(ctx context.Context) (access.Decision, []string) {
	d := s.Engine.Decide(ctx, s.Question, s.Facts)
	wrong := s.compare(d)
	again, err := s.Engine.Replay(ctx, d.Input)
	if err != nil || !decision.Same(d, again) {
		wrong = append(wrong, "the decision, made again from its record by OPA's evaluator, is not the same: "+Describe(again))
	}
	if strings.Contains(string(d.Input), casePatient) {
		wrong = append(wrong, "the recorded input holds the patient's number")
	}
	return d, wrong
}

var effects = map[string]access.Effect{"permit": access.Permit, "refuse": access.Deny, "wait": access.Indeterminate}

func (s *Case) compare(d access.Decision) []string {
	var wrong []string
	say := func(what string, want, got any) {
		wrong = append(wrong, fmt.Sprintf("%s: expected %v, got %v", what, want, got))
	}
	want := &s.story.Then
	codes := make([]string, len(d.Reasons))
	for i, r := range d.Reasons {
		codes[i] = r.Code
	}
	if effects[want.Decision] != d.Effect {
		say("decision", want.Decision, Describe(d))
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
	for _, kind := range slices.Sorted(maps.Keys(want.Basis)) {
		if id := want.Basis[kind]; d.Basis[kind] != id {
			say("basis "+kind, id, d.Basis[kind])
		}
	}
	return append(wrong, s.comparePlan(d)...)
}

func (s *Case) comparePlan(d access.Decision) []string {
	var wrong []string
	say := func(what string, want, got any) {
		wrong = append(wrong, fmt.Sprintf("%s: expected %v, got %v", what, want, got))
	}
	want, plan := &s.story.Then, d.Plan
	rev := s.Engine.Revision()
	expected := slices.Clone(want.Releases.list)
	switch want.Releases.word {
	case "everything":
		expected = rev.Categories()
	case "everything understood":
		expected = slices.DeleteFunc(slices.Clone(rev.Categories()), func(c string) bool { return c == "unclassified" })
	}
	if want.Releases.word != "" {
		expected = slices.DeleteFunc(expected, func(c string) bool { return want.Withholds[c] != "" })
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
	if decision.EveryLabel(plan.Labels) {
		labels = "every"
	}
	if len(plan.Labels) > 0 && want.Labels != "" && want.Labels != labels {
		say("labels", want.Labels, labels)
	}
	if masks := len(plan.Masks) > 0; want.Masks != nil && *want.Masks != masks || want.Masks == nil && masks {
		say("masks", want.Masks != nil && *want.Masks, masks)
	}
	if got := withheldOf(plan); !maps.Equal(want.Withholds, got) {
		say("withholds", want.Withholds, got)
	}
	if d.Effect != access.Permit && (len(plan.Categories) > 0 || len(plan.Labels) > 0) {
		wrong = append(wrong, "a decision that is not a permit has a plan")
	}
	return wrong
}

// withheldOf are the categories that rules withhold, with the reason of each.
func withheldOf(p fhir.Plan) map[string]string {
	out := make(map[string]string, len(p.Withheld))
	for _, w := range p.Withheld {
		out[w.Category] = w.Reason
	}
	return out
}

func remedyOf(d access.Decision) string {
	if len(d.Reasons) == 0 {
		return ""
	}
	return d.Reasons[0].Remedy
}

// Describe says a decision in a line.
func Describe(d access.Decision) string {
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
