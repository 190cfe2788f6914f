package caddymodule

import (
	"mime"
	"net"
	"net/http"
	"net/netip"
	"strings"
)

// What every answer of a guarded server says to browsers, whatever answers, unless it says
// it itself. One place: Front, which stands before all routes.
//
// The list is OWASP's ("HTTP Security Response Headers Cheat Sheet", "REST Security Cheat
// Sheet"). The console's pages say their own (package console/page); a page of another
// application on the same server gets no policy that would take its scripts away.

// strictTransport has browsers come back by https alone, for a year (RFC 6797). Not
// includeSubDomains: other names of the organisation are not this program's to speak for.
const strictTransport = "max-age=31536000"

// ofData is said of what is no page: JSON, plain text, bytes, nothing at all.
// The values are shared by all answers, and never written to.
var ofData = []struct {
	name  string
	value []string
}{
	{"Cache-Control", []string{"no-store"}},
	{"Content-Security-Policy", []string{"default-src 'none'; frame-ancestors 'none'"}},
	{"Cross-Origin-Resource-Policy", []string{"same-origin"}},
	{"Referrer-Policy", []string{"no-referrer"}},
	{"X-Frame-Options", []string{"DENY"}},
}

var (
	strictTransportValue = []string{strictTransport}
	noSniffValue         = []string{"nosniff"}
)

// secure completes the header of an answer before it leaves.
func secure(h http.Header, r *http.Request) {
	h.Del("Server") // Caddy's name helps nobody who means well
	missing := func(name string, value []string) {
		if len(h[name]) == 0 {
			h[name] = value
		}
	}
	if r.TLS != nil && named(r.Host) { // RFC 6797 §7.2, §8.1.1: not in clear, not for an address
		missing("Strict-Transport-Security", strictTransportValue)
	}
	missing("X-Content-Type-Options", noSniffValue)
	if isData(h.Get("Content-Type")) {
		for _, one := range ofData {
			missing(one.name, one.value)
		}
	}
}

// fhirJSON is what nearly all answers are: it needs no reading.
const fhirJSON = "application/fhir+json; charset=utf-8"

// isData says that an answer of this kind is no page, script or picture.
func isData(contentType string) bool {
	if contentType == fhirJSON {
		return true
	}
	kind, _, _ := mime.ParseMediaType(contentType)
	return kind == "" || kind == "text/plain" || kind == "application/octet-stream" || kind == "application/json" || kind == "application/x-ndjson" ||
		kind == "text/event-stream" || strings.HasSuffix(kind, "+json")
}

// named says that a host is a name that others know, too: not an address, nor this machine
// as it calls itself, where a browser would ask everything else that runs there by https.
func named(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.TrimSuffix(host, "."))
	_, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err != nil && host != "" && host != "localhost" && !strings.HasSuffix(host, ".localhost")
}
