package record

import (
	"cmp"
	"slices"
	"strings"
)

// alertOrder are the parts of the record that stand beside the allergies, the most
// pressing first: whoever is called to the bedside must not look for them.
var alertOrder = []string{"advance-decisions", "safeguarding", "alerts"}

// alertList gathers what whoever treats the patient must know first, whatever type
// of entry says it. What is over is told apart.
func alertList(sources []*Source, all []*Line) Section {
	var lines []*Line
	for _, l := range all {
		if (slices.Contains(alertOrder, l.Category) || l.decision != nil) && l.Standing != Wrong {
			lines = append(lines, l)
		}
	}
	slices.SortStableFunc(lines, func(a, b *Line) int {
		return cmp.Or(cmp.Compare(a.pressing(), b.pressing()), newest(a.When, b.When))
	})
	s := Section{Account: account(sources, lines, "Flag", "Consent")}
	for _, l := range lines {
		if l.Standing == Current {
			s.Lines = append(s.Lines, l)
		} else {
			s.More = append(s.More, l)
		}
	}
	s.Disputed = disputed(s.Lines)
	return s
}

// pressing orders the alerts: whether to resuscitate, what the patient refuses, what was
// planned; then the other parts.
func (l *Line) pressing() int {
	if l.decision != nil {
		return l.decision.rank
	}
	return 3 + slices.Index(alertOrder, l.Category)
}

// advanceDecision marks an entry of that part of the record.
const advanceDecision = "Resuscitation or advance decision"

// alerting marks an entry of those parts with what it is: its title may not say.
func (l *Line) alerting(e *entry) {
	mark := Mark{Tone: Alarm}
	if d, ok := decisionIn(e); ok {
		l.decision = &d
	}
	switch {
	case l.decision != nil:
		mark = l.decision.mark()
	case l.Category == "advance-decisions":
		mark.Text = advanceDecision
	case l.Category == "safeguarding":
		mark.Text = "Safeguarding"
	case l.Category == "alerts" && adjusts(e):
		mark = Mark{"Reasonable adjustment", Heed}
	default:
		return
	}
	if l.Standing != Current {
		mark.Tone = Plain
	}
	l.Marks = append([]Mark{mark}, l.Marks...)
}

// adjusts says that a flag asks for a reasonable adjustment (NHS England's flag,
// and that of its booking and referral standard).
func adjusts(e *entry) bool {
	if among(bareCodes(e.node.get("category")), []string{"RA", "NRAF"}) {
		return true
	}
	for _, words := range []string{concept(e.node.get("category")), concept(e.node.get("code"))} {
		if strings.Contains(strings.ToLower(words), "reasonable adjustment") {
			return true
		}
	}
	return false
}

func readFlag(e *entry) *Line {
	l := e.line("Alert", cmp.Or(concept(e.get("code")), concept(e.get("category")), "Alert whose words did not come"))
	l.coded(e.get("code"))
	switch e.get("status").raw() {
	case "active":
	case "inactive":
		l.Standing = Past
		l.mark("No longer", Plain)
	default:
		l.lifeStatus(e.get("status"))
	}
	if end := when(e.get("period", "end")); end.Given() {
		l.fact("Until", end.String())
	}
	l.at("Since", when(e.get("period", "start")))
	if sort := concept(e.get("category")); sort != l.Title {
		l.fact("Sort", sort)
	}
	l.fact("Raised by", e.party(e.get("author")))
	return l
}

// consentKinds are HL7's consent categories in plain words, where a source gives
// the code alone.
var consentKinds = map[string]string{
	"acd": "Advance decision", "dnr": "Not for resuscitation", "emrgonly": "Emergency treatment only", "hcd": "Advance statement about care",
	"polst": "Treatment escalation plan", "adr": "Advance decision", "treatment": "Consent to treatment", "research": "Consent to research",
	"patient-privacy": "Who may see the record",
}

func consentKind(n node) string {
	words := concept(n)
	if known, ok := consentKinds[codeOf(n)]; ok && (words == "" || words == bare(codeOf(n), n.get("coding", "system").raw())) {
		return known
	}
	return words
}

// decided says yes or no and to what in one breath. "Does not agree" by itself, beside
// the title "Not for resuscitation", would be read as the opposite of what it says.
func decided(provision node) string {
	what := concept(provision.get("code"))
	answer := map[string]string{"deny": "No", "permit": "Yes"}[provision.get("type").raw()]
	switch {
	case answer != "" && what != "":
		return answer + " to: " + what
	case answer != "":
		return answer + "; to what, the source does not say"
	case what != "":
		return what + "; yes or no, the source does not say"
	}
	return ""
}

func readConsent(e *entry) *Line {
	var kinds []string
	for _, c := range e.get("category").list() {
		kinds = append(kinds, consentKind(c))
	}
	kind := join(", ", kinds...)
	// What it is about never stands alone as the title: "Cardiopulmonary resuscitation"
	// over a decision against it would be read as one for it.
	l := e.line("Consent", cmp.Or(kind, consentKind(e.get("scope")), "Decision that the source does not name"))
	switch e.get("status").raw() {
	case "active":
	case "rejected":
		l.mark("Rejected", Heed)
	default:
		l.lifeStatus(e.get("status"))
	}
	l.at("Decided", when(e.get("dateTime")))
	provision := e.get("provision")
	decision := decided(provision)
	if provision.get("type").raw() == "deny" && concept(provision.get("code")) != "" {
		l.mark(decision, Alarm)
	}
	l.fact("Decision", decision)
	for _, below := range provision.get("provision").list() {
		l.fact("But", decided(below))
	}
	if span := provision.get("period"); span.is() {
		l.at("Since", when(span.get("start")))
		l.fact("Until", when(span.get("end")).String())
	}
	for _, a := range provision.get("actor").list() {
		l.fact("Concerns", join(", ", e.party(a.get("reference")), concept(a.get("role"))))
	}
	l.fact("Decided by", e.parties(e.get("performer")))
	l.fact("Kept by", e.parties(e.get("organization")))
	for _, v := range e.get("verification").list() {
		l.fact("Confirmed", join(", ", yesNo(v.get("verified")), e.party(v.get("verifiedWith")), when(v.get("verificationDate")).String()))
	}
	if a := e.get("sourceAttachment"); a.is() {
		l.attached(e, a)
	}
	l.fact("Written down in", e.party(e.get("sourceReference")))
	e.look("policy")
	e.look("policyRule")
	e.look("scope")
	return l
}
