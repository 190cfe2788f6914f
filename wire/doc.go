// Package wire judges the bytes of HTTP/1 requests before a server reads them.
//
// A server that mends what it reads (two lengths, a folded line, a line that ends
// with a bare newline) and a proxy in front of it that mends it otherwise see
// different requests in the same bytes: what the one takes for a body is the next
// request to the other. So nothing is mended here. What is not written exactly as
// RFC 9112 says ends the connection, and the server answers 400.
//
// A [Conn] is stricter than the RFC where it may be: no chunk extension, no
// trailer and no coding but chunked is taken. HTTP/2 passes: it has frames.
package wire
