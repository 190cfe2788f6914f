package access

import "github.com/mycarerecord/mcr/fhir"

// Effect is the outcome of a decision.
type Effect string

// The effects. The zero Effect is none of them and releases nothing.
const (
	Permit        Effect = "permit"
	Deny          Effect = "deny"
	Indeterminate Effect = "indeterminate" // a needed fact is unavailable, or the policy gave no clear answer
)

// Decision is what the decision point answers. Others may have the same one: it must not be changed.
type Decision struct {
	Effect Effect
	// Reasons are the reasons for the effect, the one to tell first in front.
	Reasons []Reason
	// Rules are the names of the rules that gave the effect.
	Rules []string
	// Plan is how far a Permit goes; the zero Plan for anything else.
	Plan fhir.Plan
	// Basis are the entries that the decision rests on: kind
	// ("permission", "relationship", "order", "emergency", "opt_out") → id.
	Basis map[string]string
	// Alert asks for the privacy officer's attention.
	Alert bool
	// Revision and Digest name the policies that decided.
	Revision, Digest string
	// Own is the digest of the rules of the source's own organisation, where they were asked too.
	Own string
	// Input is the question and the facts exactly as the policies saw them, as
	// JSON. It holds no NHS number.
	Input []byte
}

// PolicyUnclear is the reason of a decision to which the rules gave no clear answer.
const PolicyUnclear = "policy-unclear"

// Unclear reports whether the rules gave no clear answer, rather than a wait for a fact.
func (d *Decision) Unclear() bool {
	return d.Effect == Indeterminate && len(d.Reasons) > 0 && d.Reasons[0].Code == PolicyUnclear
}

// Reason is one stated fact, with what to tell the person.
type Reason struct {
	Code   string // kebab-case: "permission-expired"
	Text   string // plain English
	Remedy string // what the person can do: "Ask the patient ..."
}
