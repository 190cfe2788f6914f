// Package cors answers browsers that ask whether the page of another origin may ask, and
// lets listed origins read answers (Fetch standard, "HTTP CORS protocol").
//
// What it guarantees: an origin is compared byte for byte with those that are listed, and
// never repeated when it is not one of them; no answer allows credentials (no cookie says
// who asks here), a wildcard, or a private network that was not configured; a cache is told
// what an answer depends on. The answer to a preflight depends on the origin alone: it says
// nothing of the address that it was asked about, and nothing of it needs to be kept.
//
// What it does not: it keeps nobody out. Whoever is no browser asks without it.
//
// A Policy that is not changed may be used by many goroutines at once.
package cors

import (
	"fmt"
	"net/http"
	"net/netip"
	"net/url"
	"slices"
	"strings"
)

// Policy says which pages may ask, and how. The zero Policy lets nobody.
type Policy struct {
	// Origins are those whose pages may, each exactly as browsers write it:
	// "https://app.example".
	Origins []string
	// Methods, Headers and Exposed are lists as the protocol has them: what may be asked
	// with, what may be sent, and what of an answer's headers may be read beside the
	// safelisted.
	Methods, Headers, Exposed string
	// PrivateNetwork lets pages of the public network ask, where this is an address of a
	// private one (WICG, Private Network Access).
	PrivateNetwork bool
}

// maxAge is for how many seconds a browser asks no second time (Fetch standard, "CORS-preflight
// cache"); browsers bound it themselves, at 7,200 (Chromium) or 86,400 (Firefox).
const maxAge = "3600"

// varies is what the answer to a preflight is said to depend on.
var varies = []string{"Origin, Access-Control-Request-Method, Access-Control-Request-Headers"}

// IsPreflight says that a browser asks, and no program (Fetch standard, "CORS-preflight
// request"): with OPTIONS, from one origin, about one method, with nobody's token and
// without a body.
func IsPreflight(r *http.Request) bool {
	return r.Method == http.MethodOptions && len(r.Header["Origin"]) == 1 && len(r.Header["Access-Control-Request-Method"]) == 1 &&
		r.Header["Authorization"] == nil && r.Header["Cookie"] == nil && r.ContentLength == 0
}

// Preflight puts the answer to a preflight into h, and says whether it may: then the
// status is 204, and otherwise 403.
func (p *Policy) Preflight(h http.Header, r *http.Request) (may bool) {
	h["Vary"] = append(h["Vary"], varies...)
	origin, may := p.allowed(r)
	if !may {
		return false
	}
	h.Set("Access-Control-Allow-Origin", origin)
	h.Set("Access-Control-Allow-Methods", p.Methods)
	h.Set("Access-Control-Allow-Headers", p.Headers)
	h.Set("Access-Control-Max-Age", maxAge)
	if p.PrivateNetwork && r.Header.Get("Access-Control-Request-Private-Network") == "true" {
		h.Set("Access-Control-Allow-Private-Network", "true")
	}
	return true
}

// Share lets the page of a listed origin read an answer, a refusal too: it is to see why.
func (p *Policy) Share(h http.Header, r *http.Request) {
	if len(p.Origins) == 0 {
		return
	}
	h.Add("Vary", "Origin")
	if origin, may := p.allowed(r); may {
		h.Set("Access-Control-Allow-Origin", origin)
		h.Set("Access-Control-Expose-Headers", p.Exposed)
	}
}

// allowed gives the origin that a request comes from, if it is listed.
func (p *Policy) allowed(r *http.Request) (string, bool) {
	origins := r.Header["Origin"]
	if len(origins) != 1 || !slices.Contains(p.Origins, origins[0]) {
		return "", false
	}
	return origins[0], true
}

// CheckOrigin sees that a text is an origin exactly as browsers write it (RFC 6454
// section 6.2), of a place that nobody on the way can take.
func CheckOrigin(origin string) error {
	u, err := url.Parse(origin)
	if err != nil || u.Host == "" || !private(u) || u.Scheme+"://"+u.Host != origin || strings.ToLower(origin) != origin ||
		u.Scheme == "https" && u.Port() == "443" || u.Scheme == "http" && u.Port() == "80" || strings.Contains(origin, "*") {
		return fmt.Errorf("cors: %q is no origin: write scheme and host as in https://app.example, without a path or *", origin)
	}
	return nil
}

// private says that nobody on the way can change what comes from an address.
func private(u *url.URL) bool {
	if u.Scheme == "https" {
		return true
	}
	at, err := netip.ParseAddr(u.Hostname())
	return u.Scheme == "http" && (u.Hostname() == "localhost" || err == nil && at.IsLoopback())
}
