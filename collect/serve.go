package collect

import (
	"net/http"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/fhir"
)

// operation is the address of the collector, under Config.Path.
const operation = "/Patient/$collect"

// ServeHTTP answers POST <path>/Patient/$collect (docs/collect.md). Everything
// else under the path is refused.
func (c *Collector) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	q, bearer, how, refusal := c.readRequest(r)
	if refusal != nil {
		refuse(w, refusal)
		return
	}
	if !c.enter() {
		collectionsTotal.WithLabelValues("refused").Inc()
		refuse(w, &refusedRequest{status: http.StatusServiceUnavailable, code: "too-many-requests", header: [2]string{"Retry-After", "5"}})
		return
	}
	defer c.leave()
	h.Set("Vary", "Accept")
	trace := traceOf(q.Trace)
	q.Trace = trace.String()
	h.Set("X-Request-Id", trace.Trace())
	if how == asBundle {
		c.answerWhole(w, r, bearer, q)
	} else {
		c.answerStream(w, r, bearer, q, how)
	}
}

// answerWhole waits for every source and answers with one Bundle. Each source's
// entries are written as they come, so that only the last is waited for.
func (c *Collector) answerWhole(w http.ResponseWriter, r *http.Request, bearer string, q Question) {
	written := make(map[string][]byte, len(c.cfg.Sources))
	result := c.collect(r.Context(), bearer, q, func(part *Part) {
		written[part.Source.ID] = entriesOf(*part)
		part.Entries = nil
	})
	if r.Context().Err() != nil {
		return // nobody is there
	}
	if all := unauthenticated(result.Parts); all != nil {
		refuse(w, all)
		return
	}
	w.Header().Set("Content-Type", "application/fhir+json; charset=utf-8")
	w.WriteHeader(http.StatusOK)
	to := http.NewResponseController(w)
	defer unhurried(to)
	for _, piece := range bundle(result.Parts, written) {
		hurry(to)
		if _, err := w.Write(piece); err != nil {
			return // the client has gone
		}
	}
}

// writeWithin is how long a client may take to accept one source's part: whoever
// reads drop by drop would hold a record in memory, and a place, for ever.
const writeWithin = 30 * time.Second

// hurry gives the next write its time. The network's deadlines go by the machine's
// clock. Where none can be set, the server's own holds.
func hurry(to *http.ResponseController) { _ = to.SetWriteDeadline(time.Now().Add(writeWithin)) }

// unhurried takes the deadline off the connection, which serves other requests
// after this.
func unhurried(to *http.ResponseController) { _ = to.SetWriteDeadline(time.Time{}) }

// unauthenticated is the refusal when every broker refused the token, else nil.
func unauthenticated(parts []Part) *refusedRequest {
	for _, part := range parts {
		if !part.unauthenticated() {
			return nil
		}
	}
	return &refusedRequest{
		status: http.StatusUnauthorized, code: "token-not-accepted",
		header: [2]string{"WWW-Authenticate", `Bearer realm="mcr", error="invalid_token"`},
	}
}

// refusedRequest is a request that is not one of the operation's.
type refusedRequest struct {
	status int
	code   string
	header [2]string
}

// refuse answers with an OperationOutcome whose words come from a closed table.
func refuse(w http.ResponseWriter, refusal *refusedRequest) {
	reason := told(refusal.code)
	if refusal.header[0] != "" {
		w.Header().Set(refusal.header[0], refusal.header[1])
	}
	w.Header().Set("Content-Type", "application/fhir+json; charset=utf-8")
	w.WriteHeader(refusal.status)
	_, _ = w.Write(fhir.Outcome(reason.Code, "error", reason.Text, reason.Remedy, ""))
}

// bearerOf takes the token from the Authorization header and nowhere else.
func bearerOf(r *http.Request) (string, *refusedRequest) {
	values := r.Header["Authorization"]
	if len(values) == 0 {
		return "", &refusedRequest{
			status: http.StatusUnauthorized, code: "token-missing", header: [2]string{"WWW-Authenticate", `Bearer realm="mcr"`},
		}
	}
	const scheme = "Bearer "
	if len(values) == 1 && len(values[0]) > len(scheme) && strings.EqualFold(values[0][:len(scheme)], scheme) {
		if token := values[0][len(scheme):]; isToken(token) {
			return token, nil
		}
	}
	return "", unauthenticated(nil)
}

// isToken says that a text has the form of a bearer token (RFC 6750 §2.1), so
// that it is one header of what is sent to the brokers and nothing else.
func isToken(s string) bool {
	for i := range len(s) {
		if !isAlphanumeric(s[i]) && strings.IndexByte("-._~+/=", s[i]) < 0 {
			return false
		}
	}
	return s != "" && len(s) <= 16<<10
}
