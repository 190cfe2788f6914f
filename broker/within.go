package broker

import (
	"context"
	"net/http"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/traceparent"
)

// Some requests stand for others: Patient/id/$everything for searches, a batch for what
// its entries ask. Each of these goes down the whole line as an exchange of its own:
// decided on, fetched, cut, and its record durable before the next begins. The request
// around them has a record too, the last; all bear one trace. No byte leaves before
// all are durable.

// Bounds of what the requests within one request bring, and take.
const (
	mostTogether   = 16 << 20 // bytes, after which nothing more is asked
	togetherWithin = 60 * time.Second
	// wholeReadWithin is how long a client may take to read the answer.
	wholeReadWithin = 5 * time.Minute
)

// together answers by requests within this one, in a place of its own. The record of
// the whole views nothing: those within do, and are counted.
func (x *exchange) together(ctx context.Context, q access.Question, answering func(context.Context) answer) (a answer) {
	leave, busy := x.broker.Wholes.enter(q.Subject.UserID)
	if busy != 0 {
		return x.noPlace(busy)
	}
	defer func() {
		if a.held == nil { // nothing is handed over, whatever happened
			leave()
			return
		}
		a.held = &placed{a.held, leave}
	}()
	x.record.Action = ""
	if x.record.TraceID == "" { // for the records of what is within it
		p := traceparent.New()
		x.record.TraceID, x.traceparent = p.Trace(), p.String()
	}
	within, cancel := context.WithTimeout(ctx, togetherWithin)
	defer cancel()
	return answering(within)
}

// placed is the memory of an answer that has a place.
type placed struct {
	memory interface{ free() }
	leave  func()
}

func (p *placed) free() {
	p.memory.free()
	p.leave()
}

// madeHere is an answer that was put together of others.
func madeHere(body []byte) answer {
	return answer{status: http.StatusOK, body: body, held: &buffer{bytes: body}, readWithin: wholeReadWithin}
}

// within answers a request within this one. ok: its record is durable. When it is not,
// nothing of the whole may leave.
func (x *exchange) within(ctx context.Context, q access.Question, refusal *fhir.Refusal) (y *exchange, a answer, ok bool) {
	y = x.broker.begin(x.request, x.next, x.from)
	y.decider, y.permissionFor = x.decider, x.permissionFor // what is answered together is decided by one set of rules
	y.record.TraceID, y.traceparent, y.named, y.by = x.record.TraceID, x.traceparent, x.named, x.by
	y.questions.last = x.questions.last
	y.asked(q.Subject)
	y.broker.Hour.Count(q.Subject.UserID, y.started) // for what comes after: all within one see what was before it
	y.record.ResourceType = q.Request.Type
	q.Time = y.started
	a = y.guarded(func() answer {
		if refusal != nil {
			return y.refusedByForm(refusal)
		}
		y.understood(q.Request)
		return y.view(ctx, q)
	})
	a, ok = y.keep(a)
	x.named, x.questions.last = y.named, y.questions.last
	return y, a, ok
}

// guarded makes a panic a failure like any.
func (x *exchange) guarded(answering func() answer) (a answer) {
	defer func() {
		if p := recover(); p != nil {
			if x.change != nil { // what ends as a failure must not hold
				x.change.Rollback()
				x.change = nil
			}
			a = x.fail(http.StatusInternalServerError, "internal-error", audit.Failed)
		}
	}()
	return answering()
}

// taken gives the body of an answer to a request within this one as the caller's own, who
// holds it from now on, and frees what it lay in.
func (x *exchange) taken(y *exchange, a answer) []byte {
	body := make([]byte, 0, a.size())
	if a.pieces == nil {
		body = append(body, a.body...)
	} else {
		for piece := range a.pieces.cut.Pieces() {
			body = append(body, piece...)
		}
	}
	if a.held != nil {
		a.held.free()
	}
	y.share.Leave()
	x.share.Hold(int64(cap(body)))
	return body
}

// reason is the code that a request's answer was told with, or "".
func (x *exchange) reason() string {
	if len(x.record.Reasons) == 0 {
		return ""
	}
	return x.record.Reasons[0]
}
