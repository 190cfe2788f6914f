package record

import (
	"fmt"
	"slices"
	"strings"
)

// attempt is what a decision says of cardiopulmonary resuscitation.
type attempt string

const (
	undecided  attempt = ""
	toAttempt  attempt = "for"
	notAttempt attempt = "not for"
)

// resuscitation are the SNOMED CT findings that decide it: the inclusion dataset of the NHS
// Summary Care Record, and the code for a form that is to hand.
var resuscitation = map[string]attempt{
	"450475007": toAttempt, "304252001": toAttempt,
	"450476008": notAttempt, "304253006": notAttempt, "143021000119109": notAttempt,
}

// refusals are the findings of an advance decision to refuse treatment (Mental Capacity Act
// 2005), and of one that was taken back.
var refusals = []string{"816301000000100", "1052911000000106", "962601000000103"}

// plannings are plans and statements of care in advance, ReSPECT among them. The policies'
// lists have more, which the category of an entry tells.
var plannings = []string{"887701000000100", "1107891000000106", "736366004", "310305009", "425395001", "861421000000109"}

// cpr is the procedure that is decided about.
const cpr = "89666000"

// deciding are the types of entry that such decisions stand in.
var deciding = []string{"CarePlan", "Composition", "Condition", "Consent", "DocumentReference", "Flag", "List", "Observation", "QuestionnaireResponse", "ServiceRequest"}

// decision is what whoever treats the patient must know before anything else.
type decision struct {
	rank    int // 0 resuscitation, 1 a refusal of treatment, 2 a plan or statement
	attempt attempt
}

// decisionIn finds a decision about resuscitation, or about care in advance, by the codes
// of an entry, whatever type it is: of what it is, of its value, of what it permits or
// denies, of what is to be done and of answers. Words alone decide nothing.
func decisionIn(e *entry) (d decision, ok bool) {
	if !slices.Contains(deciding, e.typ) {
		return decision{}, false
	}
	all := findings(e.node)
	for _, code := range all {
		if a := resuscitation[code]; a != undecided {
			if ok && d.attempt != a { // both in one entry: which holds is not for a page to say
				return decision{}, true
			}
			d, ok = decision{attempt: a}, true
		}
	}
	switch {
	case e.typ == "Consent":
		return consented(e, d, ok)
	case ok:
		return d, true
	case among(all, []string{"304251008"}): // resuscitation status, whose value has no code of these
		return decision{}, true
	case among(all, refusals):
		return decision{rank: 1}, true
	case among(all, plannings):
		return decision{rank: 2}, true
	}
	return decision{}, false
}

// consented reads a Consent, whose provision says yes or no to what it is about.
func consented(e *entry, d decision, coded bool) (decision, bool) {
	kinds, provision := bareCodes(e.node.get("category")), e.node.get("provision")
	about := provision.get("code")
	what := among(bareCodes(about), []string{cpr}) || strings.EqualFold(concept(about), "cardiopulmonary resuscitation")
	switch answer := provision.get("type").raw(); {
	case coded && answer == "deny": // no to a finding: nobody knows whether that turns it round
		return decision{}, true
	case coded:
		return d, true
	case what && answer == "deny":
		return decision{attempt: notAttempt}, true
	case what && answer == "permit":
		return decision{attempt: toAttempt}, true
	case among(kinds, []string{"dnr"}) && answer == "" && !about.is():
		return decision{attempt: notAttempt}, true
	case what, among(kinds, []string{"dnr"}):
		return decision{}, true
	case among(kinds, []string{"acd"}):
		return decision{rank: 1}, true
	}
	return decision{rank: 2}, category(e) == "advance-decisions"
}

// findings are the SNOMED CT codes by which an entry says what it decides.
func findings(n node) []string {
	all := snomed(n.get("code"), n.get("category"), n.get("type"), n.get("valueCodeableConcept"))
	for _, c := range n.get("component").list() {
		all = append(all, snomed(c.get("valueCodeableConcept"))...)
	}
	for _, a := range n.get("activity").list() {
		all = append(all, snomed(a.get("detail", "code"))...)
	}
	for _, p := range n.get("provision", "code").list() {
		all = append(all, snomed(p)...)
	}
	return append(all, answered(n, 0)...)
}

// answered are the codes of a form's answers, whatever stands below what.
func answered(n node, depth int) (all []string) {
	if depth > 10 {
		return nil
	}
	for _, item := range n.get("item").list() {
		for _, a := range item.get("answer").list() {
			all = append(all, snomed(node{map[string]any{"coding": a.get("valueCoding").v}})...)
			all = append(all, answered(a, depth+1)...)
		}
		all = append(all, answered(item, depth+1)...)
	}
	return all
}

func snomed(concepts ...node) (all []string) {
	for _, c := range concepts {
		for _, one := range codes(c) {
			if system, code, _ := cutLast(one); isSNOMED(system) {
				all = append(all, code)
			}
		}
	}
	return all
}

// mark says in a few words what is decided, as the source's codes say it.
func (d decision) mark() Mark {
	switch d.attempt {
	case notAttempt:
		return Mark{"Not for resuscitation", Alarm}
	case toAttempt:
		return Mark{"For resuscitation", Alarm}
	}
	return Mark{advanceDecision, Alarm}
}

// disputed says where current decisions about resuscitation differ, by whom and of when.
func disputed(lines []*Line) string {
	says := map[attempt][]string{}
	for _, l := range lines {
		if l.decision != nil && l.decision.attempt != undecided {
			dated := ", of no date"
			if l.When.Given() {
				dated = ", " + l.When.Day()
			}
			says[l.decision.attempt] = append(says[l.decision.attempt], l.Source.Name+dated)
		}
	}
	if len(says) < 2 {
		return ""
	}
	return fmt.Sprintf("Not for resuscitation, says %s; for resuscitation, says %s.", listed(says[notAttempt]), listed(says[toAttempt]))
}
