package decision

import (
	"github.com/open-policy-agent/opa/v1/ast"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/fhir"
)

// vocabulary holds terms made once for the words that questions and facts are
// mostly made of. It is never changed after it is made.
type vocabulary struct{ words map[string]*ast.Term }

func newVocabulary(l lists) *vocabulary {
	v := &vocabulary{words: map[string]*ast.Term{}}
	add := func(words ...string) {
		for _, w := range words {
			v.words[w] = ast.StringTerm(w)
		}
	}
	add("", access.DirectCare, "known", "absent", "unavailable")
	for _, a := range []access.Action{access.View, access.RecordPermission, access.RecordRefusal, access.Withdraw, access.DeclareEmergency} {
		add(string(a))
	}
	for _, i := range []fhir.Interaction{fhir.Read, fhir.Search, fhir.Capabilities, fhir.Create} {
		add(string(i))
	}
	add("gp", "acute", "community", "mental-health", "ambulance", "nhs-111", "out-of-hours", "council")
	add("AAL1", "AAL2", "AAL3", "registration", "episode", "admission", "referral", "caseload", "call", "encounter")
	add("active", "completed", "revoked", "on-hold", "draft", "entered-in-error", "R", "V")
	add(l.settings.Permission.WaysToAsk...)
	add(l.classes.every...)
	for _, r := range l.classes.rules {
		add(r.Type)
	}
	add(sorted(l.settings.Emergency.Reasons)...)
	if roles, ok := l.documents["roles"].(map[string]any); ok {
		if names, ok := roles["names"].(map[string]any); ok {
			add(sorted(names)...)
		}
	}
	return v
}

// str gives the term of a text.
func (v *vocabulary) str(s string) *ast.Term {
	if t, ok := v.words[s]; ok {
		return t
	}
	return ast.StringTerm(s)
}
