// Package traceparent reads and writes the traceparent header of W3C Trace Context
// (version 00), whose trace id goes through every record of one visit.
//
// What it guarantees: an id that it gives has the form of the standard, holds a
// letter, and no run of its digits is an NHS number with nothing or noughts before
// it. The ids of a program that works are random; one that is not may mean somebody,
// and would stand in clear in the trail. It is replaced by a fresh one.
//
// What it does not: it cannot tell what somebody means who writes a number in
// letters, or among other digits.
//
// All of it may be used by many goroutines at once.
package traceparent

import (
	"crypto/rand"
	"encoding/hex"
	"strings"

	"github.com/mycarerecord/mcr/nhs"
)

// Parent is a traceparent header: a trace, and the request in it that came before.
// Make it with Read or New; the zero Parent is none.
type Parent struct {
	trace, span, flags string
}

// The lengths of the ids, in bytes.
const traceBytes, spanBytes = 16, 8

// Read takes a header apart; false when it is not one of version 00, in the small
// letters of the standard, with a trace and a span (W3C Trace Context §3.2).
func Read(header string) (Parent, bool) {
	if len(header) != 55 || !strings.HasPrefix(header, "00-") || header[35] != '-' || header[52] != '-' {
		return Parent{}, false
	}
	p := Parent{trace: header[3:35], span: header[36:52], flags: header[53:]}
	if !isHex(p.trace) || !isHex(p.span) || !isHex(p.flags) || strings.Trim(p.trace, "0") == "" || strings.Trim(p.span, "0") == "" {
		return Parent{}, false
	}
	if speaks(p.trace) {
		p.trace = random(traceBytes)
	}
	if speaks(p.span) {
		p.span = random(spanBytes)
	}
	return p, true
}

// New begins a trace.
func New() Parent { return Parent{trace: random(traceBytes), span: random(spanBytes), flags: "01"} }

// Trace is the trace's id: 32 hexadecimal digits in small letters.
func (p Parent) Trace() string { return p.trace }

// Next is a further request of the same trace, with an id of its own.
func (p Parent) Next() Parent {
	p.span = random(spanBytes)
	return p
}

// String writes the header; "" for the zero Parent.
func (p Parent) String() string {
	if p.trace == "" {
		return ""
	}
	return "00-" + p.trace + "-" + p.span + "-" + p.flags
}

// random gives an id that nobody has, and that Read leaves as it is: every broker
// records the same.
func random(bytes int) string {
	for {
		b := make([]byte, bytes)
		_, _ = rand.Read(b) // crypto/rand never fails since Go 1.24
		if id := hex.EncodeToString(b); !speaks(id) {
			return id
		}
	}
}

// speaks says that an id may mean somebody: it has no letter, or a run of digits in
// it is an NHS number, noughts before it aside. Few random ids do.
func speaks(id string) bool {
	if !strings.ContainsAny(id, "abcdef") {
		return true
	}
	for run := range strings.FieldsFuncSeq(id, func(r rune) bool { return r >= 'a' }) {
		if len(run) < 10 || strings.Trim(run[:len(run)-10], "0") != "" {
			continue
		}
		if _, err := nhs.ParseNumber(run[len(run)-10:]); err == nil {
			return true
		}
	}
	return false
}

func isHex(s string) bool {
	return strings.Trim(s, "0123456789abcdef") == ""
}
