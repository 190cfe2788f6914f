package broker

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/cors"
	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/room"
	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/version"
)

// answer is what is going to leave, once the record is durable.
type answer struct {
	status int
	body   []byte
	header map[string]string
	held   interface{ free() } // what body lies in, if it came from a source; freed after the write
	pieces *pieces             // body, when it does not lie in one piece
	// readWithin is how long the client may take to read body. Zero: as the server has it.
	readWithin time.Duration
}

// Serve takes one request from start to finish.
func (b *Broker) Serve(w http.ResponseWriter, r *http.Request, next Next) {
	if cors.IsPreflight(r) {
		b.preflight(w, r)
		return
	}
	x := b.begin(r, next, b.sender(r))
	x.finish(w, x.answer(r.Context()))
}

// answer goes down the line: what is asked, who asks, and then whatever the
// interaction needs. It never writes; a panic on the way is a failure like any.
func (x *exchange) answer(ctx context.Context) answer {
	return x.guarded(func() answer { return x.down(ctx) })
}

func (x *exchange) down(ctx context.Context) answer {
	asked, refusal := fhir.ParseRequest(x.request, x.broker.Path, x.broker.publicBase(x.request))
	x.record.Spent.Parse = x.spent()
	x.record.ResourceType = asked.Type // also of what is refused by its form
	if refusal == nil {
		x.understood(asked)
		switch asked.Interaction {
		case fhir.Capabilities:
			return x.capabilities()
		case fhir.SmartConfiguration:
			return x.smart()
		}
	}
	subject, err := x.heard(ctx)
	x.record.Spent.Token = x.spent()
	if err != nil {
		return x.unverified(err)
	}
	x.asked(subject)
	before := x.broker.Hour.Count(subject.UserID, x.started)
	if refusal != nil {
		return x.refusedByForm(refusal)
	}
	q := access.Question{
		Time: x.started, Subject: subject, OrganisationKind: x.broker.OrganisationKinds[subject.Organisation], AskedLastHour: before, Source: x.broker.Source.Holder(),
		Action: access.View, Purpose: subject.Purpose, Request: asked,
	}
	if asked.Interaction != fhir.Create {
		return x.view(ctx, q)
	}
	if a, ok := x.scoped(subject, asked); !ok {
		return a
	}
	return x.state(ctx, q)
}

// heard is when a request has been read: from now on it counts, and not from when its
// first byte came. Whoever sends a body drop by drop is judged, token and all, by the
// time of its end (attack 342).
func (x *exchange) heard(ctx context.Context) (who access.Subject, err error) {
	x.started = x.broker.Clock()
	if x.by == nil {
		if x.by, err = token.Read(x.request, x.broker.addressAsked(x.request)); err != nil {
			return who, err
		}
	}
	return x.broker.Verifier.Verify(ctx, x.by)
}

// view answers what asks for a part of a record.
func (x *exchange) view(ctx context.Context, q access.Question) answer {
	asked := q.Request
	if a, ok := x.scoped(q.Subject, asked); !ok {
		return a
	}
	if asked.Page != "" {
		return x.viewPage(ctx, q)
	}
	switch {
	case asked.Interaction == fhir.Batch:
		return x.viewBatch(ctx, q)
	case asked.Interaction == fhir.Everything:
		return x.viewEverything(ctx, q)
	case asked.Interaction == fhir.Document:
		return x.viewDocument(ctx, q)
	case asked.Directory():
		return x.viewDirectory(ctx, q)
	case asked.Interaction == fhir.Search:
		return x.viewSearch(ctx, q)
	}
	return x.viewRead(ctx, q)
}

// understood puts the canonical request into the record.
func (x *exchange) understood(asked fhir.Request) {
	if asked.Interaction != fhir.Create {
		x.record.Action = string(access.View) // what a Consent asks for stands in its body
	}
	x.record.Interaction = string(asked.Interaction)
	x.record.Query = canonical(asked)
}

// decide gathers what is known and asks the decision point.
func (x *exchange) decide(ctx context.Context, q access.Question) (access.Decision, access.Facts) {
	x.spent()
	q.Request = q.Request.Decided()
	// The client's hanging up is no reason not to know.
	facts := x.broker.Gatherer.Gather(context.WithoutCancel(ctx), q)
	x.record.Spent.Gather = x.spent()
	decision := x.judge(ctx, q, facts)
	x.walks = x.broker.Walking.Walks(q.Subject.UserID, x.started)
	x.broker.Walking.Note(q, decision)
	return decision, facts
}

// judge asks the decision point, by what is known.
func (x *exchange) judge(ctx context.Context, q access.Question, facts access.Facts) access.Decision {
	x.identified(q)
	x.spent()
	decision := x.decider.Decide(ctx, q, facts)
	x.record.Spent.Decide = x.spent()
	x.decided(decision)
	x.wrote(facts)
	var longest time.Duration
	if x.broker.PermissionLongest != nil {
		longest = x.broker.PermissionLongest()
	}
	x.grounds = groundsOf(decision, facts, longest)
	decision.Plan = x.broker.Scopes.within(decision.Plan, q.Subject.Scopes, q.Request.Type)
	return decision
}

// identified puts the patient into the record, protected.
func (x *exchange) identified(q access.Question) {
	x.record.Action = string(q.Action)
	x.broker.Protector.About(&x.record, q.Patient)
}

// capabilities answers with the broker's own statement.
func (x *exchange) capabilities() answer {
	x.record.Action = ""
	x.record.Outcome = audit.Released
	server := fhir.Server{
		Base: x.broker.publicBase(x.request), Name: x.broker.Source.Name, Version: version.This().Version, Date: offeredSince,
		CORS: len(x.broker.Origins) > 0,
	}
	if s := x.broker.Smart; s != nil {
		server.Authorize, server.Token = s.AuthorizationEndpoint, s.TokenEndpoint
	}
	return answer{status: http.StatusOK, body: fhir.CapabilityStatement(server)}
}

// offeredSince is when what the broker offers last changed.
var offeredSince = time.Date(2026, 11, 29, 0, 0, 0, 0, time.UTC)

// permitted says whether a decision permits, and the refusal when it does not.
func (x *exchange) permitted(d access.Decision) (answer, bool) {
	switch d.Effect {
	case access.Permit:
		return answer{}, true
	case access.Deny:
		if x.walks {
			// Whoever may see a patient is never stopped; but a refusal tells a person
			// who tries one patient after another nothing any more.
			x.record.Alert = true
			return x.refuse(http.StatusTooManyRequests, "too-many-requests"), false
		}
		status := http.StatusForbidden
		if len(d.Reasons) > 0 && fhir.IssueType(d.Reasons[0].Code) == "not-found" {
			status = http.StatusNotFound // a permission to withdraw that there is not
		}
		return x.say(status, audit.Refused, d.Reasons), false
	default:
		return x.say(http.StatusServiceUnavailable, audit.Failed, d.Reasons), false
	}
}

// clientGone is the status of a request whose client hung up; nobody receives it.
const clientGone = 499

// unusable is the answer when a source's answer cannot be used.
func (x *exchange) unusable(err error) answer {
	switch {
	case x.request.Context().Err() != nil:
		return x.fail(clientGone, "client-gone", audit.Failed) // whatever the source was about to say
	case errors.Is(err, room.ErrFull):
		return x.busy()
	case errors.Is(err, errTwoPatients):
		return x.refuse(http.StatusConflict, "patient-ambiguous-at-source")
	case errors.Is(err, context.DeadlineExceeded):
		return x.fail(http.StatusGatewayTimeout, "source-unavailable", audit.Failed)
	case errors.Is(err, errSourceAway), errors.Is(err, errSourceBroke):
		return x.fail(http.StatusBadGateway, "source-unavailable", outcomeOf(err))
	default:
		return x.fail(http.StatusBadGateway, "source-answer-not-understood", audit.Failed)
	}
}
