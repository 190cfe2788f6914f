package newrule

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/cases"
	"github.com/mycarerecord/mcr/decision/internal/folder"
	"github.com/mycarerecord/mcr/decision/internal/lists"
	"github.com/mycarerecord/mcr/fhir"
)

// reasonsFile is the one file that is not new.
const reasonsFile = "data/reasons.json"

// Draft is what is to be written.
type Draft struct {
	New     map[string]string // by path: files that must not be there
	Reasons string            // data/reasons.json as it is to be; "" when it stays
	was     string
}

// Files names what is written, in order.
func (d Draft) Files() []string {
	out := slices.Sorted(maps.Keys(d.New))
	if d.Reasons != "" {
		out = append(out, reasonsFile)
	}
	return out
}

// Write drafts a rule for a folder of policies, which must load as it is. The decisions that its
// cases expect are what the folder with the rule in it decides.
func Write(ctx context.Context, fsys fs.FS, a Answers) (Draft, error) {
	rev, err := decision.Load(ctx, fsys, decision.Options{})
	if err != nil {
		return Draft{}, fmt.Errorf("the policies have faults, which come first (mcr policy check):\n%w", err)
	}
	if err := a.faults(rev); err != nil {
		return Draft{}, err
	}
	f := rev.Files()
	dir := "rules/" + a.Name + "/"
	casesFile := folder.CasesFolder + "/" + a.Name + ".yaml"
	for _, p := range []string{dir, casesFile} {
		if _, err := fs.Stat(fsys, strings.TrimSuffix(p, "/")); err == nil {
			return Draft{}, fmt.Errorf("%s is there already: take another name", p)
		}
	}
	l, err := lists.Read(f.Data)
	if err != nil {
		return Draft{}, err
	}
	if _, there := l.Reasons.Entries[a.reason()]; there && a.Does != Limit {
		return Draft{}, fmt.Errorf("the reason %s is in %s already: take another name", a.reason(), reasonsFile)
	}
	d := Draft{New: map[string]string{}, was: f.Data[reasonsFile]}
	other := a.others(rev)
	d.New[dir+a.Name+".rego"], d.New[dir+a.Name+"_test.rego"] = a.rego(other.role, other.kind, other.category)
	next := f
	next.Rules, next.Data = maps.Clone(f.Rules), maps.Clone(f.Data)
	next.Rules[dir+a.Name+".rego"] = d.New[dir+a.Name+".rego"]
	if a.Does != Limit {
		if d.Reasons, err = a.withReason(d.was); err != nil {
			return Draft{}, err
		}
		next.Data[reasonsFile] = d.Reasons
	}
	with, err := decision.LoadFiles(ctx, next, decision.Options{})
	if err != nil {
		return Draft{}, fmt.Errorf("drafting rule: %w", err)
	}
	d.New[casesFile], err = a.cases(ctx, with, other)
	return d, err
}

// others are what the rule does not mean.
type others struct{ role, kind, category string }

func (a Answers) others(rev *decision.Revision) others {
	first := func(of, but []string) string {
		return of[max(0, slices.IndexFunc(of, func(s string) bool { return !slices.Contains(but, s) }))]
	}
	return others{
		role:     first([]string{"R0050", "R0260", "R8000", "R8001", "R8003", "R8016"}, a.Roles),
		kind:     first(Kinds, a.Kinds),
		category: first(slices.DeleteFunc(rev.Categories(), func(c string) bool { return c == "unclassified" }), slices.Concat(a.Categories, []string{"mental-health", "social-care", "safeguarding", "advance-decisions"})),
	}
}

// withReason puts the reason among those that are there: a refusal before all others, so that it
// is what people are told, and a permit at the end. What is there stays as it is written.
func (a Answers) withReason(was string) (string, error) {
	kind := map[string]string{Deny: "refusal", Permit: "permit", Withhold: "withheld"}[a.Does]
	var entry bytes.Buffer
	e := json.NewEncoder(&entry)
	e.SetEscapeHTML(false)
	e.SetIndent("    ", "  ")
	if err := e.Encode(struct {
		Code    string `json:"code"`
		Kind    string `json:"kind"`
		Text    string `json:"text"`
		Remedy  string `json:"remedy"`
		Promise string `json:"promise"`
	}{a.reason(), kind, a.Text, a.Remedy, a.Promise}); err != nil {
		return "", err
	}
	text := strings.TrimSpace(entry.String())
	d := json.NewDecoder(strings.NewReader(was))
	depth, key := 0, false
	for {
		token, err := d.Token()
		if err != nil {
			return "", fmt.Errorf("%s has no list \"reasons\" to put the reason into: %w", reasonsFile, err)
		}
		switch token {
		case json.Delim('{'), json.Delim('['):
			depth++
			if depth == 2 && key && token == json.Delim('[') {
				at := int(d.InputOffset())
				if a.Does == Deny {
					return was[:at] + "\n    " + text + "," + was[at:], nil
				}
				return atEnd(was, at, d, text)
			}
		case json.Delim('}'), json.Delim(']'):
			depth--
		}
		key = depth == 1 && token == "reasons"
	}
}

// atEnd puts an entry behind the last of the list that has begun.
func atEnd(was string, at int, d *json.Decoder, text string) (string, error) {
	for d.More() {
		var one any
		if err := d.Decode(&one); err != nil {
			return "", err
		}
		at = int(d.InputOffset())
	}
	return was[:at] + ",\n    " + text + was[at:], nil
}

// asks are what a case may ask for: the first that the rule is about is taken.
var asks = []string{
	"Condition", "MedicationRequest", "AllergyIntolerance", "Immunization", "Procedure", "Appointment", "Encounter", "DocumentReference", "CarePlan", "Flag", "ReferralRequest", "ServiceRequest",
	"Observation?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory", "ImagingStudy", "DiagnosticReport", "Observation", "FamilyMemberHistory", "Device",
	"QuestionnaireResponse", "Communication", "Patient", "Organization/1", "Condition/1", "Observation/1", "DiagnosticReport/1", "DocumentReference/1",
}

// cases writes the stories, each with what is decided.
func (a Answers) cases(ctx context.Context, rev *decision.Revision, other others) (string, error) {
	role, kind := "R8000", "gp"
	if len(a.Roles) > 0 {
		role = a.Roles[0]
	}
	if len(a.Kinds) > 0 {
		kind = a.Kinds[0]
	}
	head := fmt.Sprintf(`title: %s
promise: %s
now: 2026-03-02T10:00:00Z
people:
  professional: {user: "555000000101", role: %s, organisation: RXA01}
  colleague: {user: "555000000102", role: %s, organisation: RXA01}
places:
  the source: {id: source-1, kind: %s, organisation: A81001}
  another source: {id: source-2, kind: %s, organisation: B82002}

cases:
`, scalar(a.Title), scalar(a.Promise), role, other.role, kind, other.kind)
	treated := `relationships: [{id: rel-1, kind: referral, organisation: RXA01, from: 2 weeks ago}]`
	permitted := func(who string) string {
		if a.Does == Permit {
			return "{" + treated + "}"
		}
		return fmt.Sprintf(`{%s, permissions: [{id: perm-1, for: %s, organisation: RXA01, answer: "yes", from: 1 hour ago, until: in 23 hours}]}`, treated, who)
	}
	story := func(name, given, who, at, ask string) string {
		return fmt.Sprintf("  - name: %s\n    given: %s\n    when: {who: %s, at: %s, asks: %q}\n", scalar(name), given, who, at, ask)
	}
	decided := func(text string) (string, access.Decision, error) {
		t, err := cases.Try(ctx, rev, []byte(head+text))
		if err != nil {
			return "", access.Decision{}, err
		}
		var doc struct {
			Cases []struct {
				Then yaml.Node `yaml:"then"`
			} `yaml:"cases"`
		}
		if err := yaml.Unmarshal(t.CaseFile(), &doc); err != nil || len(doc.Cases) != 1 {
			return "", t.Decision, fmt.Errorf("reading case: %w", err)
		}
		var then bytes.Buffer
		e := yaml.NewEncoder(&then)
		e.SetIndent(2)
		err = errors.Join(e.Encode(map[string]*yaml.Node{"then": &doc.Cases[0].Then}), e.Close())
		return text + "    " + strings.ReplaceAll(strings.TrimSpace(then.String()), "\n", "\n    ") + "\n", t.Decision, err
	}
	ask, first := "", ""
	for _, candidate := range asks {
		text, d, err := decided(story(a.first(), permitted("professional"), "professional", "the source", candidate))
		if err == nil && a.hits(d) {
			ask, first = candidate, text
			break
		}
	}
	if ask == "" {
		return "", errors.New("no case could be found in which the rule decides: another rule may refuse all of these professionals first (data/roles.json has never_elsewhere), or what is to be taken out is no element")
	}
	out := head + first
	more := func(name, given, who, at string) error {
		text, d, err := decided(story(name, given, who, at, ask))
		if err == nil && !a.hits(d) {
			out += "\n" + text
		}
		return err
	}
	var faults []error
	if len(a.Roles) > 0 {
		faults = append(faults, more("a colleague in another role is not meant", permitted("colleague"), "colleague", "the source"))
	}
	if len(a.Kinds) > 0 {
		faults = append(faults, more("a source of another kind is not meant", permitted("professional"), "professional", "another source"))
	}
	if a.Does == Permit {
		faults = append(faults, more("without a care relationship nothing is seen", "{}", "professional", "the source"))
	}
	return out, errors.Join(faults...)
}

func (a Answers) first() string {
	return map[string]string{
		Permit: "what is meant is seen without asking the patient", Deny: "what is meant is refused, whatever the patient permitted", Limit: "something is taken out of what the patient permitted",
		Withhold: "what is meant is withheld, whatever the patient permitted",
	}[a.Does]
}

// hits says that the rule had its part in a decision.
func (a Answers) hits(d access.Decision) bool {
	switch a.Does {
	case Limit:
		return d.Effect == access.Permit && slices.ContainsFunc(a.TakeOut, func(m string) bool { return slices.Contains(d.Plan.Masks, m) })
	case Withhold:
		return d.Effect == access.Permit && slices.ContainsFunc(d.Plan.Withheld, func(w fhir.Withheld) bool { return w.Reason == a.reason() })
	case Permit:
		return d.Effect == access.Permit && slices.Contains(d.Rules, a.Name)
	}
	return d.Effect == access.Deny && slices.Contains(d.Rules, a.Name)
}
