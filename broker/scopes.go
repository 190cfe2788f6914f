package broker

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/scope"
)

// Scopes are what a token must be for at one source, besides what is asked of all tokens of
// its issuer. They limit the application: what its user may see the policies decide, and a
// scope opens nothing of it. The zero Scopes asks for nothing.
type Scopes struct {
	// Required are scopes of which a token must have each (RFC 6749 section 3.3).
	Required []string
	// Smart asks for SMART scopes (SMART App Launch 2) that open what is asked: the type of
	// resource, and reading it (r), searching for it (s) or, of Consent, creating it (c). Of
	// what comes along in an answer, what they do not let be read is withheld.
	Smart bool
}

const scopeInsufficient = "scope-insufficient"

// check says what is wrong with them, and where they and what applications are told differ.
func (s Scopes) check(told *Smart) error {
	var faults []error
	for _, one := range s.Required {
		switch {
		case !scope.Valid(one):
			faults = append(faults, fmt.Errorf("broker: require_scope: %q is no scope: give one value, without blanks", one))
		case told != nil && len(told.Scopes) > 0 && !slices.Contains(told.Scopes, one):
			faults = append(faults, fmt.Errorf("broker: smart: scopes do not name %s, which require_scope asks for: add it there", one))
		}
	}
	if s.Smart && told != nil && len(told.Scopes) > 0 && scope.ReadSmart(strings.Join(told.Scopes, " ")).IsZero() {
		faults = append(faults, errors.New("broker: smart: scopes name no SMART scope of a user, and require_smart_scopes asks for them: add those that the issuer gives, such as user/*.rs"))
	}
	return errors.Join(faults...)
}

// lacks is the scope that a token would need for a request and does not have, "" when it
// lacks none. A batch and an $everything are judged by what they stand for.
func (s Scopes) lacks(has string, asked fhir.Request) string {
	if slices.ContainsFunc(s.Required, func(one string) bool { return !scope.Has(has, one) }) {
		return strings.Join(s.Required, " ")
	}
	if !s.Smart {
		return ""
	}
	kind, action := asked.Type, scope.Read
	switch asked.Interaction {
	case fhir.Batch, fhir.Everything:
		return ""
	case fhir.Document: // and of what points to it, which is known when the link is opened
		kind = "Binary"
	case fhir.Search:
		action = scope.Search
	case fhir.Create:
		action = scope.Create
	}
	if scope.ReadSmart(has).Opens(kind, action) {
		return ""
	}
	return scope.Needed(kind, action)
}

// within narrows a plan to what a token's scopes let be read, of what comes along with what
// was asked for, which they do cover.
func (s Scopes) within(plan fhir.Plan, has, asked string) fhir.Plan {
	if s.Smart {
		open := scope.ReadSmart(has)
		plan.Types = func(name string) bool { return name == asked || open.Opens(name, scope.Read) }
	}
	return plan
}

// scoped says whether the token is for what is asked, and the refusal when it is not (RFC
// 6750 section 3.1).
func (x *exchange) scoped(who access.Subject, asked fhir.Request) (answer, bool) {
	lacking := x.broker.Scopes.lacks(who.Scopes, asked)
	if lacking == "" {
		return answer{}, true
	}
	x.refused(scopeInsufficient)
	reason := x.decider.Reason(scopeInsufficient)
	reason.Remedy = "The token needs " + lacking + ". " + reason.Remedy
	return challenge(x.tell(http.StatusForbidden, []access.Reason{reason}), x.by.Insufficient(lacking)), false
}
