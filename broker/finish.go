package broker

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/correlation"
)

// contentType is of every answer.
const contentType = "application/fhir+json; charset=utf-8"

// finish ends every request: the record is made durable, then the answer
// leaves. No record, no release.
func (x *exchange) finish(w http.ResponseWriter, a answer) {
	defer x.share.Leave()
	if a.held != nil {
		defer a.held.free()
	}
	write(w, x, x.append(a))
	x.left = x.broker.Clock()
	x.tallied()
	x.broker.observe(x)
}

// keep makes the record of a request within another durable; its answer leaves with
// that one's. not ok: there is no record.
func (x *exchange) keep(a answer) (_ answer, ok bool) {
	kept := x.append(a)
	x.tallied()
	x.broker.observe(x)
	if x.lost {
		if a.held != nil {
			a.held.free()
		}
		return kept, false
	}
	return kept, true
}

// tallied counts the answer, for those who compare answers with records.
func (x *exchange) tallied() {
	if x.broker.Counter != nil {
		x.broker.Counter.Served(x.record.TimeIn, x.record.SourceOrg, !x.lost)
	}
}

// append makes the record durable, and with it the change of the registry that
// it tells of. The client's hanging up does not stop it.
func (x *exchange) append(a answer) answer {
	rec := &x.record
	rec.Status = a.status
	if x.request.Method != http.MethodHead { // whose answer has no body
		rec.BytesReleased = int64(a.size())
	}
	rec.TimeOut = x.broker.Clock()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(x.request.Context()), x.broker.AppendWithin)
	defer cancel()
	err := x.broker.Recorder.Append(ctx, rec)
	x.durable = x.broker.Clock()
	if x.change == nil {
		if err != nil {
			return x.unrecorded()
		}
		return a
	}
	if err != nil {
		x.change.Rollback() // it had no effect
		return x.unrecorded()
	}
	if err := x.change.Commit(); err != nil {
		return x.tellCode(http.StatusServiceUnavailable, "registry-unavailable")
	}
	return a
}

// unrecorded is the answer when the record could not be written: nothing of what
// was asked for, and the client may come again.
func (x *exchange) unrecorded() answer {
	x.record.Outcome, x.lost = audit.Failed, true
	unrecordedTotal.WithLabelValues(x.broker.Source.ID).Inc()
	a := x.tellCode(http.StatusServiceUnavailable, "audit-unavailable")
	a.header = map[string]string{"Retry-After": "5"}
	return a
}

// write sends the answer. The first byte leaves here, and nowhere else.
func write(w http.ResponseWriter, x *exchange, a answer) {
	header := w.Header()
	header["Content-Type"] = contentTypeValue
	header["Cache-Control"] = noStoreValue
	header["X-Content-Type-Options"] = noSniffValue
	if x.record.ID != "" { // else it is of a preflight, which has none, and is shared by its own answer
		header[correlation.RecordHeader] = []string{x.record.ID}
		header[correlation.RequestHeader] = []string{x.record.ID}
		x.correlation.Send(header)
		x.broker.cors.Share(header, x.request)
	}
	if a.status == http.StatusOK {
		x.grounds.Send(header)
	}
	for name, value := range a.header {
		header.Set(name, value)
	}
	if a.status == http.StatusNoContent {
		header.Del("Content-Type") // of nothing
	}
	if x.request.Method == http.MethodHead || a.status == http.StatusNoContent {
		w.WriteHeader(a.status)
		return
	}
	header["Content-Length"] = []string{strconv.Itoa(a.size())}
	w.WriteHeader(a.status)
	if a.readWithin == 0 {
		a.writeTo(w)
		return
	}
	to := http.NewResponseController(w)
	_ = to.SetWriteDeadline(time.Now().Add(a.readWithin)) // of the machine's own clock, as connections are
	a.writeTo(w)
	_ = to.Flush()
	_ = to.SetWriteDeadline(time.Time{}) // the connection goes on to the next request
}

// Shared header values: never written to after this.
var (
	contentTypeValue = []string{contentType}
	noStoreValue     = []string{"no-store"}
	noSniffValue     = []string{"nosniff"}
)
