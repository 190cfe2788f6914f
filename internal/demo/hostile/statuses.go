package hostile

import "net/http"

// statuses are answers whose status and body do not agree, redirects, and what comes
// before an answer.
var statuses = []Behaviour{
	{"status-201", "201 with a record", status(http.StatusCreated)},
	{"status-202", "202 with a record", status(http.StatusAccepted)},
	{"status-203", "203 with a record", status(http.StatusNonAuthoritativeInfo)},
	{"status-204", "204 with a record behind it", raw("HTTP/1.1 204 No Content\nContent-Type: application/fhir+json\nContent-Length: {length}\n\n{body}")},
	{"status-205", "205 with a record", status(http.StatusResetContent)},
	{"status-206", "206 with a part of a record", with(http.StatusPartialContent, "Content-Range", "bytes 0-10/99")},
	{"status-207", "207 with a record", status(http.StatusMultiStatus)},
	{"status-226", "226 with a record", status(http.StatusIMUsed)},
	{"status-300", "300 with a choice", with(http.StatusMultipleChoices, "Location", "{base}/Patient/b")},
	{"status-304", "304 with an ETag that names B", with(http.StatusNotModified, "ETag", `W/"{B}"`)},
	{"redirect-301-itself", "301 to itself", with(http.StatusMovedPermanently, "Location", "{base}/Observation/redirect-301-itself?{B}")},
	{"redirect-302-b", "302 to B", with(http.StatusFound, "Location", "{base}/Patient/b")},
	{"redirect-303-file", "303 to a file", with(http.StatusSeeOther, "Location", "file:///etc/passwd#{B}")},
	{"redirect-307-elsewhere", "307 to another host", with(http.StatusTemporaryRedirect, "Location", "//elsewhere.example/{B}")},
	{"redirect-308-metadata", "308 to the address of a cloud's metadata", with(http.StatusPermanentRedirect, "Location", "http://169.254.169.254/latest/meta-data/?{B}")},
	{"redirect-lines", "302 to an address with a line break", raw("HTTP/1.1 302 Found\nLocation: /x%0d%0aSet-Cookie:%20{B}\nContent-Length: {length}\n\n{body}")},
	{"status-400", "400 that says whom it is about", status(http.StatusBadRequest)},
	{"status-401", "401 that asks the caller for a password", with(http.StatusUnauthorized, "WWW-Authenticate", `Basic realm="{B}"`)},
	{"status-403", "403 with a record", status(http.StatusForbidden)},
	{"status-404", "404 with a record", status(http.StatusNotFound)},
	{"status-407", "407 that asks a proxy for a password", with(http.StatusProxyAuthRequired, "Proxy-Authenticate", `Basic realm="{B}"`)},
	{"status-409", "409 with a record", status(http.StatusConflict)},
	{"status-410", "410 with a record", status(http.StatusGone)},
	{"status-412", "412 with a record", status(http.StatusPreconditionFailed)},
	{"status-429", "429 with a record", with(http.StatusTooManyRequests, "Retry-After", "{nB}")},
	{"status-451", "451 with a record", status(http.StatusUnavailableForLegalReasons)},
	{"status-500", "500 with a record and a stack", status(http.StatusInternalServerError)},
	{"status-503", "503 with a record", with(http.StatusServiceUnavailable, "Retry-After", "{B}")},
	{"status-511", "511 that leads to a page to sign in", status(http.StatusNetworkAuthenticationRequired)},
	{"status-599", "599", status(599)},
	{"status-600", "600", status(600)},
	{"status-999", "999", status(999)},
	{"status-000", "000", head("HTTP/1.1 000 {B}")},
	{"status-099", "099", head("HTTP/1.1 099 {B}")},
	{"status-1000", "1000", head("HTTP/1.1 1000 {B}")},
	{"status-negative", "-200", head("HTTP/1.1 -200 {B}")},
	{"status-in-words", "OK for a number", head("HTTP/1.1 OK {B}")},
	{"status-with-b", "a reason phrase that names B", head("HTTP/1.1 200 {B}")},
	{"status-without-reason", "no reason phrase", head("HTTP/1.1 200")},
	{"informational-100", "fifty times 100, then the answer", raw(many("HTTP/1.1 100 Continue\nX-B: {B}\n\n", 50) + "HTTP/1.1 200 OK\nContent-Type: application/fhir+json\nContent-Length: {length}\n\n{body}")},
	{"informational-102", "102, then the answer", raw("HTTP/1.1 102 Processing\nX-B: {B}\n\nHTTP/1.1 200 OK\nContent-Type: application/fhir+json\nContent-Length: {length}\n\n{body}")},
	{"informational-103", "three times 103 with links, then the answer", raw(many("HTTP/1.1 103 Early Hints\nLink: <{B}>; rel=preload\n\n", 3) + "HTTP/1.1 200 OK\nContent-Type: application/fhir+json\nContent-Length: {length}\n\n{body}")},
	{"informational-103-many", "10,000 times 103", raw(many("HTTP/1.1 103 Early Hints\nLink: <{B}>; rel=preload\n\n", 10_000) + "HTTP/1.1 200 OK\nContent-Length: {length}\n\n{body}")},
	{"informational-199", "199, then the answer", raw("HTTP/1.1 199 {B}\n\nHTTP/1.1 200 OK\nContent-Type: application/fhir+json\nContent-Length: {length}\n\n{body}")},
	{"informational-alone", "100, and nothing more", raw("HTTP/1.1 100 Continue\nX-B: {B}\n\n")},
	{"upgrade-101", "101: another protocol from here on", raw("HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade\nX-B: {B}\n\n{body}")},
	{"upgrade-required", "426", with(http.StatusUpgradeRequired, "Upgrade", "h2c, {B}")},
}

// with answers with a status and a header field.
func with(code int, name, value string) answer {
	return func(x *ask) {
		x.w.Header().Set(name, x.fill(value))
		x.send(code, x.beside())
	}
}

// head answers with a status line and A's record behind it, B beside it.
func head(line string) answer {
	return raw(line + "\nContent-Type: application/fhir+json\nX-B: {B}\nContent-Length: {length}\n\n{body}")
}
