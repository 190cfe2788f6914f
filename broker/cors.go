package broker

import (
	"net/http"
	"strings"

	"github.com/mycarerecord/mcr/correlation"
	"github.com/mycarerecord/mcr/cors"
	"github.com/mycarerecord/mcr/grounds"
)

// Applications in browsers ask from their own origin, and are let in one by one: none by
// default (attack 138). A browser keeps an answer from all others. The token stays what
// says who asks; no cookie is taken, so Access-Control-Allow-Credentials is never said.

// readHeaders are those of a request that mean something here, beside what is safelisted
// (Fetch standard), and readAnswers those of an answer that tell a client something.
var (
	readHeaders = strings.Join(append([]string{"Authorization", "DPoP", "Content-Type", "Accept", "Prefer", "Traceparent"}, correlation.Headers()...), ", ")
	readAnswers = strings.Join(append([]string{correlation.RecordHeader, grounds.Field, "Retry-After", "WWW-Authenticate", "DPoP-Nonce"}, correlation.Headers()...), ", ")
)

// crossOrigin is the policy of a configuration.
func crossOrigin(cfg Config) *cors.Policy {
	return &cors.Policy{
		Origins: cfg.Origins, PrivateNetwork: cfg.PrivateNetwork,
		Methods: "GET, HEAD, POST", Headers: readHeaders, Exposed: readAnswers,
	}
}

// preflight answers a browser that asks whether a page may ask. It is no request for a
// record: it bears no token and names nobody, its answer is the same for every address, no
// source is asked and nothing can leave. So it leaves no record, or any page could fill the
// trail with them; it is counted (decision 41). What bears a token, a cookie or a body is no
// preflight, and goes down the line like any request.
func (b *Broker) preflight(w http.ResponseWriter, r *http.Request) {
	x := &exchange{broker: b, decider: b.Decider, request: r}
	if b.cors.Preflight(w.Header(), r) {
		preflightsTotal.WithLabelValues(b.Source.ID, "allowed").Inc()
		write(w, x, answer{status: http.StatusNoContent})
		return
	}
	preflightsTotal.WithLabelValues(b.Source.ID, originNotAllowed).Inc()
	write(w, x, x.tellCode(http.StatusForbidden, originNotAllowed))
}

const originNotAllowed = "origin-not-allowed"
