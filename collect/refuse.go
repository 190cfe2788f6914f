package collect

import (
	"context"
	"errors"
	"net/http"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/token"
)

// refusal is why a collection is refused as a whole, by the collector itself.
type refusal struct {
	status int
	code   string // told has its words
	// form says that the request is none of the operation's: what it was meant to
	// ask for is not known.
	form    bool
	outcome audit.Outcome // "": refused
	missing string        // what cannot be had, by its code; for the record alone
	header  [2]string
}

// misshapen refuses a request by its form.
func misshapen(status int, code string) *refusal {
	return &refusal{status: status, code: code, form: true}
}

// challenge refuses whoever has not said, or not proved, who they are.
func challenge(code, header string) *refusal {
	return &refusal{status: http.StatusUnauthorized, code: code, header: [2]string{"WWW-Authenticate", header}}
}

// formless is the refusal of a request that is none of the operation's.
func (no refusal) formless() *refusal {
	no.form = true
	return &no
}

var (
	noToken  = challenge("token-missing", `Bearer realm="mcr"`)
	badToken = challenge("token-not-accepted", `Bearer realm="mcr", error="invalid_token"`)
	// The brokers could not be shown that it is the sender's.
	boundToken = challenge("token-bound-to-sender", `Bearer realm="mcr", error="invalid_token", error_description="A token that is bound to its sender cannot be sent on."`)

	nobody = &refusal{status: http.StatusForbidden, code: "identity-incomplete"}

	soon    = [2]string{"Retry-After", "5"}
	tooMany = &refusal{status: http.StatusTooManyRequests, code: "too-many-requests", header: soon}    // of this person
	full    = &refusal{status: http.StatusServiceUnavailable, code: "too-many-requests", header: soon} // of everybody
	broken  = &refusal{status: http.StatusInternalServerError, code: "internal-error", outcome: audit.Failed}

	unrecorded = &refusal{status: http.StatusServiceUnavailable, code: "audit-unavailable", outcome: audit.Failed, header: soon}
)

// unverified is the refusal of somebody whom the verifier does not know.
func unverified(err error) *refusal {
	switch {
	case errors.Is(err, token.ErrMissing):
		return noToken
	case errors.Is(err, token.ErrOnward):
		return boundToken
	case errors.Is(err, access.ErrIncompleteIdentity):
		return nobody
	case errors.Is(err, access.ErrUnauthenticated):
		return badToken
	default:
		no := &refusal{status: http.StatusServiceUnavailable, code: "token-service-unavailable", outcome: audit.Failed, header: soon}
		if missing := token.Code(err); missing != "other" {
			no.missing = missing
		}
		return no
	}
}

// refuse makes the record of a refusal durable, and gives what is to be said: that
// refusal, or that it could not be recorded. Nothing is to leave before.
func (c *Collector) refuse(ctx context.Context, no *refusal, rec *audit.Record) *refusal {
	rec.Outcome, rec.Status, rec.Reasons = audit.Refused, no.status, []string{no.code}
	if no.outcome != "" {
		rec.Outcome = no.outcome
	}
	if no.missing != "" {
		rec.Reasons = append(rec.Reasons, no.missing)
	}
	if no.form {
		rec.Action, rec.Interaction, rec.Query = "", "", ""
	}
	rec.TimeOut = c.cfg.Clock()
	// The client's hanging up does not keep it out of the trail.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), appendWithin)
	defer cancel()
	if err := c.cfg.Recorder.Append(ctx, rec); err != nil {
		c.cfg.Log.Error("a refusal could not be recorded", "record", rec.ID, "trace", rec.TraceID, "error", err)
		collectionsTotal.WithLabelValues("unrecorded").Inc()
		return unrecorded
	}
	collectionsTotal.WithLabelValues("refused").Inc()
	c.cfg.Log.Info("collection refused", "record", rec.ID, "trace", rec.TraceID, "status", no.status, "reason", no.code)
	return no
}
