package broker

import (
	"context"
	"net/http"

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

// mostTogether bounds, in bytes, what the requests within one request bring.
const mostTogether = 16 << 20

// traced sees that the request has a trace, for the records of what is within it.
func (x *exchange) traced() {
	if x.record.TraceID == "" {
		p := traceparent.New()
		x.record.TraceID, x.traceparent = p.Trace(), p.String()
	}
}

// within answers a request within this one. ok: its record is durable. When it is not,
// nothing of the whole may leave.
func (x *exchange) within(ctx context.Context, q access.Question, refusal *fhir.Refusal) (y *exchange, a answer, ok bool) {
	y = x.broker.begin(x.request, x.next)
	y.record.TraceID, y.traceparent = x.record.TraceID, x.traceparent
	y.asked(q.Subject)
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

// taken gives the body of an answer as the caller's own, and frees what it lay in.
func (a answer) taken() []byte {
	body := append([]byte(nil), a.body...)
	if a.held != nil {
		a.held.free()
	}
	return body
}

// reason is the code that a request's answer was told with, or "".
func (x *exchange) reason() string {
	if len(x.record.Reasons) == 0 {
		return ""
	}
	return x.record.Reasons[0]
}
