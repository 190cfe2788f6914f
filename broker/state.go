package broker

import (
	"context"
	"errors"
	"net/http"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/fhir/consent"
)

// state records what a patient said: a permission to view, a refusal, a
// withdrawal, or a declared emergency. It is decided on like any request. The
// change takes effect only when its record is durable (see append).
func (x *exchange) state(ctx context.Context, q access.Question) answer {
	body, err := x.receive()
	if err != nil {
		return x.consentNotUnderstood(err)
	}
	if q.Subject, err = x.heard(ctx); err != nil {
		return x.unverified(err)
	}
	q.Time, q.OrganisationKind = x.started, x.broker.OrganisationKinds[q.Subject.Organisation]
	said, err := read(body, q.Time)
	if err != nil {
		return x.consentNotUnderstood(err)
	}
	said.ends(x.started, x.permissionFor)
	statement := said.statement()
	q.Action, q.Patient, q.Statement = said.action(), statement.Patient, &statement
	decision, _ := x.decide(ctx, q)
	if statement.Reason != "" {
		x.record.EmergencyReason = emergencyReason(statement.ReasonCode, statement.Reason)
	}
	x.record.PurposeWords = inWords(statement.Purpose)
	if a, ok := x.permitted(decision); !ok {
		return a
	}
	change, err := x.broker.Prepare(ctx, q, audit.NewID())
	switch {
	case errors.Is(err, access.ErrNoSuchPermission):
		return x.refuse(http.StatusNotFound, "permission-not-found")
	case err != nil:
		return x.fail(http.StatusServiceUnavailable, "registry-unavailable", audit.Failed)
	}
	x.change = change
	x.stated(q.Action, change.ID())
	return answer{
		status: http.StatusCreated,
		body:   consent.JSON(said.Consent, change.ID(), x.started),
		header: map[string]string{"Location": x.broker.publicBase(x.request) + "/Consent/" + change.ID()},
	}
}

// stated puts what is recorded into the record.
func (x *exchange) stated(action access.Action, id string) {
	x.record.Outcome = audit.Released
	if action == access.DeclareEmergency {
		x.record.Emergency = id
		x.record.Alert = true
		return
	}
	x.record.Permission = id
}

// consentNotUnderstood tells which element of a Consent is wrong. What it adds to
// the table's text is package fhir's own wording; nothing of the body is in it.
func (x *exchange) consentNotUnderstood(err error) answer {
	reason := x.decider.Reason(fhir.ConsentNotUnderstood)
	var wrong *consent.Error
	if errors.As(err, &wrong) {
		reason.Text += " (" + wrong.Element + " " + wrong.Problem + ")"
	}
	x.record.Outcome = audit.Refused
	x.record.Reasons = []string{reason.Code}
	return x.tell(http.StatusUnprocessableEntity, []access.Reason{reason})
}
