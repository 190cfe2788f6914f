package hostile

import (
	"fmt"
	"io"
)

// versions are status lines of other versions of HTTP, and of other protocols.
var versions = []Behaviour{
	{"http-1.0", "HTTP/1.0, the end where the connection ends", raw("HTTP/1.0 200 OK\nContent-Type: application/fhir+json\nX-B: {B}\n\n{body}")},
	{"http-0.9", "HTTP/0.9: a body and nothing else", raw("{body}{B}")},
	{"http-2", "HTTP/2 in a status line", head("HTTP/2 200 OK")},
	{"http-2-frames", "HTTP/2 frames", raw("\x00\x00\x00\x04\x00\x00\x00\x00\x00{B}{body}")},
	{"http-3.7", "HTTP/3.7", head("HTTP/3.7 200 OK")},
	{"http-1.2", "HTTP/1.2", head("HTTP/1.2 200 OK")},
	{"http-small", "http/1.1", head("http/1.1 200 OK")},
	{"icy", "another protocol's status line", head("ICY 200 OK")},
	{"ssh", "an SSH server", raw("SSH-2.0-{B}\n")},
	{"tls", "a TLS alert", raw("\x15\x03\x01\x00\x02\x02\x16{B}")},
	{"blank-lines", "blank lines before the status line", raw("\n\n\nHTTP/1.1 200 OK\nContent-Type: application/fhir+json\nX-B: {B}\nContent-Length: {length}\n\n{body}")},
	{"lf-alone", "lines that end in LF alone", wire(func(x *ask, c io.Writer) {
		good := x.beside()
		fmt.Fprintf(c, "HTTP/1.1 200 OK\nContent-Type: application/fhir+json\nX-B: %s\nContent-Length: %d\n\n%s", B, len(good), good)
	})},
	{"nothing", "a connection that is closed at once", wire(func(*ask, io.Writer) {})},
}

const plainHead = "HTTP/1.1 200 OK\nContent-Type: application/fhir+json\n"

// framing are bodies whose length, chunks or end are not as they should be.
var framing = []Behaviour{
	{"length-short", "a Content-Length that is too small, B behind it", raw(plainHead + "Content-Length: {length}\n\n{body}{B}")},
	{"length-cuts", "a Content-Length that ends within the body", raw(plainHead + "Content-Length: {shorter}\n\n{body}{B}")},
	{"length-long", "a Content-Length that is too large", raw(plainHead + "X-B: {B}\nContent-Length: {longer}\n\n{body}")},
	{"length-twice", "two Content-Lengths", raw(plainHead + "Content-Length: {length}\nContent-Length: 10\n\n{body}")},
	{"length-list", "a list for a Content-Length", raw(plainHead + "Content-Length: {length}, 10\n\n{body}")},
	{"length-negative", "a negative Content-Length", raw(plainHead + "Content-Length: -1\n\n{body}")},
	{"length-plus", "a Content-Length with a plus", raw(plainHead + "Content-Length: +{length}\n\n{body}")},
	{"length-hex", "a Content-Length in base 16", raw(plainHead + "Content-Length: 0x{chunk}\n\n{body}")},
	{"length-huge", "a Content-Length beyond all numbers", raw(plainHead + "Content-Length: 99999999999999999999\n\n{body}")},
	{"length-of-terabytes", "a Content-Length of terabytes", raw(plainHead + "Content-Length: 9999999999999\n\n{body}")},
	{"length-and-chunks", "Content-Length and chunks", raw(plainHead + "Transfer-Encoding: chunked\nContent-Length: 10\n\n{chunk}\n{body}\n0\n\n")},
	{"second-answer", "a second answer behind the first, for whoever asks next",
		raw(plainHead + "Content-Length: {length}\n\n{body}HTTP/1.1 200 OK\nContent-Type: application/fhir+json\nContent-Length: 45\n\n" + `{"resourceType":"Patient","id":"b","x":"{B}"}`)},
	{"chunk-of-b", "chunks whose extension names B", raw(plainHead + "Transfer-Encoding: chunked\n\n{chunk};who={B}\n{body}\n0\n\n")},
	{"chunk-size-odd", "a chunk size that is no number", raw(plainHead + "Transfer-Encoding: chunked\n\nzz\n{body}\n0\n\n")},
	{"chunk-size-huge", "a chunk size beyond all numbers", raw(plainHead + "Transfer-Encoding: chunked\n\nfffffffffffffffff\n{body}\n0\n\n")},
	{"chunk-size-negative", "a negative chunk size", raw(plainHead + "Transfer-Encoding: chunked\n\n-1\n{body}\n0\n\n")},
	{"chunk-short", "a chunk that is shorter than it says", raw(plainHead + "Transfer-Encoding: chunked\n\nffff\n{body}\n0\n\n")},
	{"chunk-long", "a chunk that is longer than it says", raw(plainHead + "Transfer-Encoding: chunked\n\n10\n{body}\n0\n\n")},
	{"chunk-no-end", "chunks without a last one", raw(plainHead + "Transfer-Encoding: chunked\n\n{chunk}\n{body}\n")},
	{"chunk-plain", "a body that is not in chunks and says so", raw(plainHead + "Transfer-Encoding: chunked\n\n{body}")},
	{"chunk-twice", "chunked, chunked", raw(plainHead + "Transfer-Encoding: chunked, chunked\n\n{chunk}\n{body}\n0\n\n")},
	{"chunk-gzip", "gzip for a transfer encoding", raw(plainHead + "Transfer-Encoding: gzip, chunked\n\n{chunk}\n{body}\n0\n\n")},
	{"chunk-identity", "identity for a transfer encoding", raw(plainHead + "Transfer-Encoding: identity\nContent-Length: {length}\n\n{body}")},
	{"chunk-vertical-tab", "a transfer encoding with a vertical tab", raw(plainHead + "Transfer-Encoding: \x0bchunked\n\n{chunk}\n{body}\n0\n\n")},
	{"chunk-one-byte", "every byte in a chunk of its own", wire(func(x *ask, c io.Writer) {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nX-B: "+B+"\r\nTransfer-Encoding: chunked\r\n\r\n")
		for _, b := range []byte(x.beside()) {
			fmt.Fprintf(c, "1\r\n%c\r\n", b)
		}
		_, _ = io.WriteString(c, "0\r\n\r\n")
	})},
	{"trailer", "a trailer that names B", raw(plainHead + "Trailer: X-B\nTransfer-Encoding: chunked\n\n{chunk}\n{body}\n0\nX-B: {B}\n\n")},
	{"trailer-unsaid", "a trailer that was not said before", raw(plainHead + "Transfer-Encoding: chunked\n\n{chunk}\n{body}\n0\nX-B: {B}\n\n")},
	{"trailer-of-headers", "a trailer with what belongs in the head", raw(plainHead + "Trailer: Set-Cookie, Content-Type, Content-Length\nTransfer-Encoding: chunked\n\n{chunk}\n{body}\n0\n" +
		"Set-Cookie: who={B}\nContent-Type: text/html\nContent-Length: 3\nCache-Control: public\n\n")},
	{"trailer-bomb", "a trailer of 2 MB", raw(plainHead + "Trailer: X-B\nTransfer-Encoding: chunked\n\n{chunk}\n{body}\n0\n" + many("X-B: {B}\n", 100_000) + "\n")},
}
