package vouch

import (
	"net/http"
	"strings"
)

// components are what a statement's signature covers.
var components = []string{"@method", "@authority", "@path", "@query", "authorization", "mcr-client"}

const (
	label = "mcr"
	tag   = "mcr-client"
)

// listed is the inner list of components, as Signature-Input has it.
func listed(components []string) string { return `("` + strings.Join(components, `" "`) + `")` }

// signatureBase is the text that is signed (RFC 9421 section 2.5), of a request that is
// sent or was received. A field that is not there exactly once makes ok false.
func signatureBase(r *http.Request, components []string, params string) (base string, ok bool) {
	var b strings.Builder
	for _, name := range components {
		value, there := component(r, name)
		if !there {
			return "", false
		}
		b.WriteString(`"` + name + `": ` + value + "\n")
	}
	b.WriteString(`"@signature-params": ` + params)
	return b.String(), true
}

// component gives one component's value (RFC 9421 sections 2.1 and 2.2).
func component(r *http.Request, name string) (string, bool) {
	switch name {
	case "@method":
		if r.Method == "" {
			return http.MethodGet, true
		}
		return r.Method, true
	case "@authority":
		return authority(r), true
	case "@path":
		if path := r.URL.EscapedPath(); path != "" {
			return path, true
		}
		return "/", true
	case "@query":
		return "?" + r.URL.RawQuery, true
	}
	values := r.Header.Values(name)
	if len(values) != 1 || strings.ContainsAny(values[0], "\r\n") {
		return "", false
	}
	return strings.Trim(values[0], " \t"), true
}

// authority is the host that is asked. Behind what ends TLS nobody knows the scheme, so
// both schemes' own ports are left out.
func authority(r *http.Request) string {
	host := r.Host
	if host == "" {
		host = r.URL.Host
	}
	host = strings.ToLower(host)
	for _, own := range []string{":443", ":80"} {
		if short, ok := strings.CutSuffix(host, own); ok && !strings.HasSuffix(short, ":") {
			return short
		}
	}
	return host
}
