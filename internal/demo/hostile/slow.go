package hostile

import (
	"io"
	"strings"
	"time"
)

// slow are answers that do not come, or do not end.
var slow = []Behaviour{
	{"hang", "takes the question and says nothing", wire(func(_ *ask, c io.Writer) { silent(c) })},
	{"hang-after-head", "a head, and then nothing", wire(func(_ *ask, c io.Writer) {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nX-B: "+B+"\r\nContent-Length: 1000\r\n\r\n")
		silent(c)
	})},
	{"hang-midway", "half a body, and then nothing", wire(func(x *ask, c io.Writer) {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nContent-Length: 100000\r\n\r\n"+x.beside())
		silent(c)
	})},
	{"hang-in-head", "half a head, and then nothing", wire(func(_ *ask, c io.Writer) {
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nX-B: "+B)
		silent(c)
	})},
	{"hang-before-the-end", "all of the body but its last chunk", wire(func(x *ask, c io.Writer) {
		_, _ = io.WriteString(c, strings.NewReplacer("{body}", x.beside()).Replace("HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nX-B: "+B+"\r\n\r\n{body}"))
		silent(c)
	})},
	{"drip-body", "a byte now and then, without end", drip("HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\n\r\n{\"x\":\""+B, "x")},
	{"drip-blanks", "a blank now and then, before a body that never comes", drip("HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nX-B: "+B+"\r\n\r\n", " ")},
	{"drip-head", "a header field now and then", drip("HTTP/1.1 200 OK\r\n", "X-B: "+B+"\r\n")},
	{"drip-informational", "a 103 now and then", drip("", "HTTP/1.1 103 Early Hints\r\nX-B: "+B+"\r\n\r\n")},
	{"drip-chunks", "a chunk of one byte now and then", drip("HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nX-B: "+B+"\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n")},
	{"endless-body", "a body without end, as fast as it goes", endless("HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\n\r\n{\"x\":\""+B, "xxxxxxxxxxxxxxxx")},
	{"endless-entries", "entries without end", endless("HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\n\r\n{\"resourceType\":\"Bundle\",\"type\":\"searchset\",\"entry\":[{}", `,{"x":"`+B+`"}`)},
	{"endless-head", "header fields without end", endless("HTTP/1.1 200 OK\r\n", "X-B: "+B+"\r\n")},
	{"endless-informational", "informational answers without end", endless("", "HTTP/1.1 103 Early Hints\r\nX-B: "+B+"\r\n\r\n")},
	{"endless-status", "a status line without end", endless("HTTP/1.1 200 ", B)},
	{"endless-chunk-line", "a chunk size without end", endless("HTTP/1.1 200 OK\r\nContent-Type: application/fhir+json\r\nTransfer-Encoding: chunked\r\n\r\n1;x=", B)},
}

// silent says nothing more until whoever asked goes away.
func silent(c io.Writer) {
	if r, ok := c.(io.Reader); ok {
		_, _ = io.Copy(io.Discard, r)
	}
}

// drip says a little again and again.
func drip(begin, part string) answer {
	return wire(func(_ *ask, c io.Writer) {
		tick := time.NewTicker(50 * time.Millisecond)
		defer tick.Stop()
		for _, err := io.WriteString(c, begin); err == nil; <-tick.C {
			_, err = io.WriteString(c, part)
		}
	})
}

// endless says the same again and again, until nobody takes it.
func endless(begin, part string) answer {
	block := strings.Repeat(part, 64<<10/len(part))
	return wire(func(_ *ask, c io.Writer) {
		for _, err := io.WriteString(c, begin); err == nil; {
			_, err = io.WriteString(c, block)
		}
	})
}
