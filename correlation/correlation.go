// Package correlation reads the ids by which callers know their own requests, and gives
// them back: X-Request-ID and X-Correlation-ID (NHS England API platform, "Request and
// response headers"; FHIR R4 §3.1.0.16), Ssp-TraceID (GP Connect, Spine Secure Proxy).
//
// What it guarantees: an id is one short token of letters, digits, "-", "." and "_"; what
// is kept of it has no NHS number, in whatever form (nhs.WithoutNumbers); and what is sent
// back is what is kept. One exception: an id in the form of a UUID is sent back as it came,
// since one random UUID in two hundred holds digits that pass for a number.
//
// What it does not: it cannot tell what a caller means by an id.
//
// All of it may be used by many goroutines at once.
package correlation

import (
	"net/http"
	"regexp"
	"strings"

	"github.com/mycarerecord/mcr/nhs"
)

// RecordHeader is the header in which an answer names its audit record.
const RecordHeader = "X-Record-Id"

// RequestHeader is X-Request-ID as net/http writes it. An answer to a request without one
// bears the record's id in it: "assigned by the server" (FHIR R4 §3.1.0.16).
const RequestHeader = "X-Request-Id"

// The ids, by their place in IDs.
const (
	request = iota
	transaction
	spine
	all
)

// headers are the ids' headers: as net/http writes them, and as their standards do.
var headers = [all]struct{ canonical, name string }{
	request:     {RequestHeader, "X-Request-ID"},
	transaction: {"X-Correlation-Id", "X-Correlation-ID"},
	spine:       {"Ssp-Traceid", "Ssp-TraceID"},
}

// Headers gives the headers' names as their standards write them.
func Headers() []string {
	names := make([]string, 0, all)
	for _, h := range headers {
		names = append(names, h.name)
	}
	return names
}

// longest is how long an id may be. A UUID has 36 characters.
const longest = 64

// IDs are the ids of one request. The zero IDs are none.
type IDs struct{ sent, kept [all]string }

// Read takes the ids of a request. What is not one plain token is left out.
func Read(h http.Header) (ids IDs) {
	for i, header := range headers {
		values := h[header.canonical]
		if len(values) != 1 || !plain(values[0]) {
			continue
		}
		ids.kept[i] = Clean(values[0])
		ids.sent[i] = ids.kept[i]
		if uuid.MatchString(values[0]) {
			ids.sent[i] = values[0]
		}
	}
	return ids
}

// Kept gives the ids for an audit record, each as "X-Request-ID: <id>"; nil when there are
// none.
func (ids IDs) Kept() (texts []string) {
	for i, id := range ids.kept {
		if id != "" {
			texts = append(texts, headers[i].name+": "+id)
		}
	}
	return texts
}

// Trace gives the id that stands for a trace where no traceparent does: that of the
// caller's transaction, which many requests share, before that of one request; "" when
// there is none.
func (ids IDs) Trace() string {
	for _, i := range [...]int{transaction, spine, request} {
		if ids.kept[i] != "" {
			return ids.kept[i]
		}
	}
	return ""
}

// Send puts the ids into the header of an answer, or of a request that is made for this one.
func (ids IDs) Send(h http.Header) {
	for i, id := range ids.sent {
		if id != "" {
			h[headers[i].canonical] = []string{id}
		}
	}
}

// Clean gives an id as records have it: without NHS numbers, those too that noughts fill up
// to the length of an id.
func Clean(id string) string {
	const length = 10
	if text := nhs.WithoutNumbers(id); text != id {
		return text
	}
	for run := range strings.FieldsFuncSeq(id, func(r rune) bool { return r < '0' || r > '9' }) {
		if len(run) <= length {
			continue
		}
		before, last := run[:len(run)-length], run[len(run)-length:]
		first, after := run[:length], run[length:]
		if isNumber(last) && strings.Trim(before, "0") == "" || isNumber(first) && strings.Trim(after, "0") == "" {
			return nhs.Hidden
		}
	}
	return id
}

func isNumber(digits string) bool {
	_, err := nhs.ParseNumber(digits)
	return err == nil
}

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-8][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$`)

func plain(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'a' || c > 'z') && (c < 'A' || c > 'Z') && (c < '0' || c > '9') && c != '-' && c != '.' && c != '_' {
			return false
		}
	}
	return s != "" && len(s) <= longest
}
