package broker

import (
	"errors"
	"net/http"
	"strings"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/token"
)

// refuse ends a request that the rules, or its form, do not allow. Its code is
// the record's first reason; those of a decision stay behind it.
func (x *exchange) refuse(status int, code string) answer {
	x.refused(code)
	return x.tellCode(status, code)
}

// refused puts into the record that a request is refused, and why.
func (x *exchange) refused(code string) {
	x.record.Outcome = audit.Refused
	x.ended(code)
}

// fail ends a request that something in the way did not let through.
func (x *exchange) fail(status int, code string, outcome audit.Outcome) answer {
	x.record.Outcome = outcome
	x.ended(code)
	x.record.Categories, x.record.Types, x.record.Resources, x.record.Withheld = nil, nil, nil, nil
	return x.tellCode(status, code)
}

// ended puts what ended the request in front of the reasons.
func (x *exchange) ended(code string) {
	x.record.Reasons = append([]string{code}, x.record.Reasons...)
}

// refusedByForm ends a request that is not one that the broker offers. Besides the
// remedy it says which parameter it is about and what can be asked instead.
func (x *exchange) refusedByForm(refusal *fhir.Refusal) answer {
	x.refused(refusal.Code)
	reason := x.decider.Reason(refusal.Code)
	if detail := refusal.Detail(); detail != "" {
		reason.Remedy = strings.TrimSuffix(detail+" "+reason.Remedy, " ")
	}
	a := x.tell(refusal.Status, []access.Reason{reason})
	switch {
	case refusal.Allow != "":
		a.header = map[string]string{"Allow": refusal.Allow}
	case refusal.Status == http.StatusUnauthorized:
		return challenge(a, `Bearer realm="mcr"`)
	}
	return a
}

// unverified ends a request whose asker is not known.
func (x *exchange) unverified(err error) answer {
	if claimant, ok := token.Claimant(err); ok {
		x.asked(claimant) // whose token it was, for the record alone
	}
	x.token = token.Code(err) // for the operator: who asks is not told which of its checks a token fails
	switch {
	case errors.Is(err, token.ErrMissing):
		return challenge(x.refuse(http.StatusUnauthorized, "token-missing"), x.by.Challenge(err))
	case errors.Is(err, access.ErrIncompleteIdentity):
		return x.refuse(http.StatusForbidden, "identity-incomplete")
	case token.Unowned(err):
		return challenge(x.refuse(http.StatusUnauthorized, "sender-not-proved"), x.by.Challenge(err))
	case errors.Is(err, access.ErrUnauthenticated):
		return challenge(x.refuse(http.StatusUnauthorized, "token-not-accepted"), x.by.Challenge(err))
	default:
		if missing := token.Code(err); missing != "other" { // what it is, for the record alone
			x.record.Reasons = append(x.record.Reasons, missing)
		}
		return x.fail(http.StatusServiceUnavailable, "token-service-unavailable", audit.Failed)
	}
}

func challenge(a answer, value string) answer {
	a.header = map[string]string{"WWW-Authenticate": value}
	return a
}

// say ends a request with the reasons of a decision.
func (x *exchange) say(status int, outcome audit.Outcome, reasons []access.Reason) answer {
	x.record.Outcome = outcome
	return x.tell(status, reasons)
}

func (x *exchange) tellCode(status int, code string) answer {
	return x.tell(status, []access.Reason{x.decider.Reason(code)})
}

// tell makes the OperationOutcome of a refusal. What it says comes from the
// policies' table of reasons and nowhere else.
func (x *exchange) tell(status int, reasons []access.Reason) answer {
	if len(reasons) == 0 {
		reasons = []access.Reason{x.decider.Reason(access.PolicyUnclear)}
	}
	return answer{status: status, body: fhir.Outcome(reasons[0].Code, "error", reasons[0].Text, reasons[0].Remedy, x.record.ID)}
}
