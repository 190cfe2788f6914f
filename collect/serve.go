package collect

import (
	"fmt"
	"net/http"
	"runtime/debug"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/room"
	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/vouch"
)

// operation is the address of the collector, under Config.Path.
const operation = "/Patient/$collect"

// exchange is one request of the operation.
type exchange struct {
	c        *Collector
	w        http.ResponseWriter
	r        *http.Request
	bearer   string
	question Question
	share    *room.Share
	record   *audit.Record // is written when the request is refused
	begun    bool          // the answer has begun to leave
}

// ServeHTTP answers POST <path>/Patient/$collect (docs/collect.md). Everything
// else under the path is refused.
func (c *Collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	x := &exchange{c: c, w: w, r: r}
	if parents := r.Header["Traceparent"]; len(parents) == 1 {
		x.question.Trace = parents[0]
	}
	x.question.Trace = traceOf(x.question.Trace).String()
	x.question.From = vouch.PersonOf(r)
	x.record = c.record(x.question)
	if no := x.answer(); no != nil {
		x.refuse(no)
	}
}

// answer goes from who asks, over what is asked, to the sources' parts. It gives
// the refusal when it came to that; then nothing has left.
func (x *exchange) answer() (no *refusal) {
	defer x.recover(&no)
	elsewhere := x.addressed()
	if no := x.verify(); no != nil {
		if elsewhere != nil {
			no = no.formless()
		}
		return no
	}
	if elsewhere != nil { // told to nobody who has not said who they are
		return elsewhere
	}
	how, no := x.read()
	if no != nil {
		return no
	}
	x.c.about(x.record, x.question)
	person := x.question.By.UserID
	if no := x.c.places.enter(person); no != nil {
		return no
	}
	defer x.c.places.leave(person)
	x.share = x.c.room.Share("")
	defer x.share.Leave() // when the answer has left: until then it is held
	x.w.Header().Set("Vary", "Accept")
	x.w.Header().Set("X-Request-Id", x.record.TraceID)
	if how == asBundle {
		return x.answerWhole()
	}
	return x.answerStream(how)
}

// verify establishes who asks, before anything else is read or anybody is asked:
// a token that is worth nothing costs the brokers nothing.
func (x *exchange) verify() *refusal {
	by, err := token.Read(x.r, "") // no proof is for here: a token that needs one is not sent on
	var subject access.Subject
	if by.Onward = true; err == nil {
		subject, err = x.c.cfg.Verifier.Verify(x.r.Context(), by)
	}
	if err != nil {
		if claimant, ok := token.Claimant(err); ok {
			asker(x.record, claimant) // whose token it was, for the record alone
		}
		return unverified(err)
	}
	asker(x.record, subject)
	if subject.UserID == "" {
		return nobody
	}
	x.bearer, x.question.By = by.Token, subject
	return nil
}

// recover makes a refusal of a panic. Of an answer that has begun to leave, the
// client sees that it broke off. The panic's value is not told: it may hold some
// of the record.
func (x *exchange) recover(no **refusal) {
	what := recover()
	if what == nil {
		return
	}
	x.c.cfg.Log.Error("answering panicked", "trace", x.record.TraceID, "type", fmt.Sprintf("%T", what), "stack", string(debug.Stack()))
	if x.begun {
		panic(http.ErrAbortHandler)
	}
	*no = broken
}

// answerWhole waits for every source and answers with one Bundle.
func (x *exchange) answerWhole() *refusal {
	result := x.c.collect(x.r.Context(), x.bearer, x.question, x.share, func(*Part) {})
	if x.r.Context().Err() != nil {
		return nil // nobody is there, and each broker has its record
	}
	if unauthenticated(result.Parts) {
		return badToken
	}
	x.begun = true
	x.w.Header().Set("Content-Type", contentType)
	x.w.WriteHeader(http.StatusOK)
	to := http.NewResponseController(x.w)
	defer unhurried(to)
	out := &writer{to: x.w, hurry: func() { hurry(to) }}
	out.bundle(result.Parts)
	out.send() // the client may have gone
	return nil
}

const contentType = "application/fhir+json; charset=utf-8"

// writeWithin is how long a client may take to accept one source's part: whoever
// reads drop by drop would hold a record in memory, and a place, for ever.
const writeWithin = 30 * time.Second

// hurry gives the next write its time. The network's deadlines go by the machine's
// clock. Where none can be set, the server's own holds.
func hurry(to *http.ResponseController) { _ = to.SetWriteDeadline(time.Now().Add(writeWithin)) }

// unhurried takes the deadline off the connection, which serves other requests
// after this.
func unhurried(to *http.ResponseController) { _ = to.SetWriteDeadline(time.Time{}) }

// unauthenticated says that every broker refused the token.
func unauthenticated(parts []Part) bool {
	for _, part := range parts {
		if !part.unauthenticated() {
			return false
		}
	}
	return true
}

// refuse records a refusal, then answers with an OperationOutcome whose words come
// from a closed table.
func (x *exchange) refuse(no *refusal) {
	no = x.c.refuse(x.r.Context(), no, x.record)
	reason, h := x.c.told(no.code), x.w.Header()
	if no.header[0] != "" {
		h.Set(no.header[0], no.header[1])
	}
	h.Set("Content-Type", contentType)
	h.Set("X-Request-Id", x.record.ID)
	x.w.WriteHeader(no.status)
	_, _ = x.w.Write(fhir.Outcome(reason.Code, "error", reason.Text, reason.Remedy, x.record.ID))
}
