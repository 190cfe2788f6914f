package collect

import (
	"net/netip"
	"net/url"
	"strings"
)

// badBroker says what keeps an address from being one that a token may be sent to,
// or "".
func badBroker(base string) string {
	if why := badBase(base); why != "" {
		return why
	}
	u, err := url.Parse(base)
	if err != nil || u.Scheme != "https" && !isThisMachine(u.Hostname()) {
		return "http would send people's access tokens in clear to another machine: write https://, or ask a broker on this machine at 127.0.0.1"
	}
	return ""
}

// isThisMachine says that a host is a loopback address, written as one, or
// "localhost". Any other name may lead elsewhere tomorrow.
func isThisMachine(host string) bool {
	if strings.EqualFold(host, "localhost") {
		return true
	}
	at, err := netip.ParseAddr(host)
	return err == nil && at.IsLoopback()
}

// badBase says what keeps an address from being a FHIR base, or "".
func badBase(base string) string {
	u, err := url.Parse(base)
	switch {
	case base == "":
		return "is missing"
	case err != nil:
		return "is not an address"
	case u.Scheme != "http" && u.Scheme != "https":
		return "begin with https:// or http://"
	case u.Host == "" || u.User != nil || u.RawQuery != "" || u.ForceQuery || u.Fragment != "" || u.Opaque != "":
		return "give scheme, host and path alone"
	case strings.HasSuffix(base, "/"):
		return "end without a slash"
	}
	return ""
}
