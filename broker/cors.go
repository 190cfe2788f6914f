package broker

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/audit"
)

// Applications in browsers ask from their own origin, and are let in one by one: none by
// default (attack 138). A browser keeps an answer from all others. The token stays what
// says who asks; no cookie is taken, so Access-Control-Allow-Credentials is never said.

// allowsOrigin says that the request comes from an origin that may read answers.
func (x *exchange) allowsOrigin() (string, bool) {
	origins := x.request.Header["Origin"]
	if len(origins) != 1 || !slices.Contains(x.broker.Origins, origins[0]) {
		return "", false
	}
	return origins[0], true
}

// preflight answers a browser that asks whether an application may ask. It says the
// same for every address below the base, has no token and names no patient; it leaves
// a record like every request. Without Origins there is none: OPTIONS is a method like
// any other that is not offered.
func (x *exchange) preflight() (answer, bool) {
	if len(x.broker.Origins) == 0 || x.request.Method != http.MethodOptions || x.request.Header.Get("Access-Control-Request-Method") == "" {
		return answer{}, false
	}
	x.record.Interaction = "preflight"
	if _, ok := x.allowsOrigin(); !ok {
		return x.refuse(http.StatusForbidden, "origin-not-allowed"), true
	}
	x.record.Outcome = audit.Released
	return answer{status: http.StatusNoContent, header: map[string]string{
		"Access-Control-Allow-Methods": "GET, HEAD, POST",
		"Access-Control-Allow-Headers": "Authorization, Content-Type, Accept, Prefer, X-Request-Id, Traceparent",
		"Access-Control-Max-Age":       "3600",
	}}, true
}

// shareWith lets an application of a listed origin read the answer, a refusal too: it
// is to see why.
func (x *exchange) shareWith(header http.Header) {
	if len(x.broker.Origins) == 0 {
		return
	}
	header.Add("Vary", "Origin")
	if origin, ok := x.allowsOrigin(); ok {
		header["Access-Control-Allow-Origin"] = []string{origin}
		header["Access-Control-Expose-Headers"] = exposed
	}
}

var exposed = []string{"X-Request-Id"}

// checkOrigin sees that a text is an origin exactly as browsers write it (RFC 6454).
func checkOrigin(origin string) error {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || !private(u) || u.Scheme+"://"+u.Host != origin || strings.ToLower(origin) != origin ||
		u.Scheme == "https" && u.Port() == "443" || u.Scheme == "http" && u.Port() == "80" || strings.Contains(origin, "*") {
		return fmt.Errorf("broker: cors: %q is no origin: write scheme and host as in https://app.example, without a path or *", origin)
	}
	return nil
}
