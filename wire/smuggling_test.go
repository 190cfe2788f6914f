package wire_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/wire"
)

// post makes a request with these lines in its head and this body.
func post(lines, body string) string {
	return "POST /a HTTP/1.1\r\nHost: h\r\n" + lines + "\r\n" + body
}

const chunked = "Transfer-Encoding: chunked\r\n"

// Attack 151: each way of writing a request that two readers may take for different
// ones, by the section of RFC 9112 that speaks of it.
func TestAttack151WhatTwoReadersMayTakeDifferently(t *testing.T) {
	for _, c := range []struct {
		section, text string
		fault         wire.Fault
	}{
		{"2.2: an empty line before", "\r\n" + ending, wire.BadLine},
		{"2.2: a bare LF ends the request line", "GET / HTTP/1.1\nHost: h\r\n\r\n", wire.BadLine},
		{"2.2: bare LFs alone", "GET / HTTP/1.1\nHost: h\n\n", wire.BadLine},
		{"2.2: a bare LF ends a field", "GET / HTTP/1.1\r\nHost: h\nX: y\r\n\r\n", wire.BadField},
		{"2.2: a bare LF ends the head", "GET / HTTP/1.1\r\nHost: h\r\n\n", wire.BadField},
		{"2.2: a bare CR in a field", post("X: a\rContent-Length: 3\r\n", ""), wire.BadField},
		{"2.2: a bare CR ends a line", post("X: a\r\rContent-Length: 3\r\n", ""), wire.BadField},
		{"2.2: a blank before the first field", "GET / HTTP/1.1\r\n Host: h\r\n\r\n", wire.BadField},
		{"2.3: no version", "GET /\r\nHost: h\r\n\r\n", wire.BadLine},
		{"2.3: HTTP/1.2", "GET / HTTP/1.2\r\nHost: h\r\n\r\n", wire.BadLine},
		{"2.3: HTTP/2.0 without its preface", "GET / HTTP/2.0\r\nHost: h\r\n\r\n", wire.BadLine},
		{"2.3: http/1.1", "GET / http/1.1\r\nHost: h\r\n\r\n", wire.BadLine},
		{"2.3: HTTP/01.1", "GET / HTTP/01.1\r\nHost: h\r\n\r\n", wire.BadLine},
		{"3: two blanks", "GET  / HTTP/1.1\r\nHost: h\r\n\r\n", wire.BadLine},
		{"3: a blank in the target", "GET /a b HTTP/1.1\r\nHost: h\r\n\r\n", wire.BadLine},
		{"3: a blank at the end", "GET / HTTP/1.1 \r\nHost: h\r\n\r\n", wire.BadLine},
		{"3: a tab", "GET\t/ HTTP/1.1\r\nHost: h\r\n\r\n", wire.BadLine},
		{"3.1: no token", "G(T / HTTP/1.1\r\nHost: h\r\n\r\n", wire.BadLine},
		{"3.2: NUL in the target", "GET /\x00 HTTP/1.1\r\nHost: h\r\n\r\n", wire.BadLine},
		{"3.2: a byte above ASCII in the target", "GET /\xc3\xa9 HTTP/1.1\r\nHost: h\r\n\r\n", wire.BadLine},
		{"3.2: no Host", "GET / HTTP/1.1\r\n\r\n", wire.BadHost},
		{"3.2: two Hosts", "GET / HTTP/1.1\r\nHost: h\r\nHost: h\r\n\r\n", wire.BadHost},
		{"3.2: two Hosts in one", "GET / HTTP/1.1\r\nHost: h, g\r\n\r\n", wire.BadHost},
		{"3.2: a Host with a path", "GET / HTTP/1.1\r\nHost: h/../g\r\n\r\n", wire.BadHost},
		{"3.2: a Host with a user", "GET / HTTP/1.1\r\nHost: g@h\r\n\r\n", wire.BadHost},
		{"3.2.2: another authority", "GET http://g/ HTTP/1.1\r\nHost: h\r\n\r\n", wire.BadHost},
		{"3.2.2: another authority, before its query", "GET http://g?h HTTP/1.1\r\nHost: h\r\n\r\n", wire.BadHost},
		{"3.2.3: an authority alone", "GET g HTTP/1.1\r\nHost: h\r\n\r\n", wire.BadHost},
		{"3.2.4: the server as a whole", "OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n", wire.BadLine},
		{"5.1: a blank before the colon", post("Content-Length : 3\r\n", "abc"), wire.BadField},
		{"5.1: a tab before the colon", post("Transfer-Encoding\t: chunked\r\n", ""), wire.BadField},
		{"5.1: no colon", post("Content-Length\r\n", ""), wire.BadField},
		{"5.1: no name", post(": chunked\r\n", ""), wire.BadField},
		{"5.1: NUL in a value", post("X: a\x00b\r\n", ""), wire.BadField},
		{"5.1: a name with a byte above ASCII", post("Transfer-Encod\xefng: chunked\r\n", ""), wire.BadField},
		{"5.2: a folded line", post("X: a\r\n b\r\n", ""), wire.BadField},
		{"5.2: a folded coding", post("Transfer-Encoding:\r\n chunked\r\n", ""), wire.BadCoding},
		{"5.2: a folded line of a tab", post("Transfer-Encoding: x\r\n\tchunked\r\n", ""), wire.BadCoding},
		{"6.1: both", post("Content-Length: 4\r\n"+chunked, "0\r\n\r\n"), wire.BothLengths},
		{"6.1: both, in the other order", post(chunked+"Content-Length: 5\r\n", "0\r\n\r\n"), wire.BothLengths},
		{"6.1: both, a length of nought", post("Content-Length: 0\r\n"+chunked, "0\r\n\r\n"), wire.BothLengths},
		{"6.1: a coding in HTTP/1.0", "POST / HTTP/1.0\r\nHost: h\r\n" + chunked + "\r\n0\r\n\r\n", wire.BadCoding},
		{"6.1: chunked, identity", post("Transfer-Encoding: chunked, identity\r\n", "0\r\n\r\n"), wire.BadCoding},
		{"6.1: identity", post("Transfer-Encoding: identity\r\nContent-Length: 3\r\n", "abc"), wire.BadCoding},
		{"6.1: identity, chunked", post("Transfer-Encoding: identity, chunked\r\n", "0\r\n\r\n"), wire.BadCoding},
		{"6.1: gzip, chunked", post("Transfer-Encoding: gzip, chunked\r\n", "0\r\n\r\n"), wire.BadCoding},
		{"6.1: chunked, chunked", post("Transfer-Encoding: chunked, chunked\r\n", "0\r\n\r\n"), wire.BadCoding},
		{"6.1: chunked twice", post(chunked+chunked, "0\r\n\r\n"), wire.BadCoding},
		{"6.1: chunked and nothing", post(chunked+"Transfer-Encoding:\r\n", "0\r\n\r\n"), wire.BadCoding},
		{"6.1: nothing", post("Transfer-Encoding:\r\nContent-Length: 3\r\n", "abc"), wire.BadCoding},
		{"6.1: nothing, chunked", post("Transfer-Encoding: , chunked\r\n", "0\r\n\r\n"), wire.BadCoding},
		{"6.1: xchunked", post("Transfer-Encoding: xchunked\r\n", "0\r\n\r\n"), wire.BadCoding},
		{"6.1: a quoted chunked", post("Transfer-Encoding: \"chunked\"\r\n", "0\r\n\r\n"), wire.BadCoding},
		{"6.1: chunked with a parameter", post("Transfer-Encoding: chunked;q=1\r\n", "0\r\n\r\n"), wire.BadCoding},
		{"6.1: a look-alike letter", post("Transfer-Encoding: chun\u212aed\r\n", "0\r\n\r\n"), wire.BadCoding},
		{"6.2: two lengths", post("Content-Length: 3\r\nContent-Length: 4\r\n", "abc"), wire.BadLength},
		{"6.2: the same twice", post("Content-Length: 3\r\nContent-Length: 3\r\n", "abc"), wire.BadLength},
		{"6.2: two in one", post("Content-Length: 3, 3\r\n", "abc"), wire.BadLength},
		{"6.2: a sign", post("Content-Length: +3\r\n", "abc"), wire.BadLength},
		{"6.2: below nought", post("Content-Length: -1\r\n", "abc"), wire.BadLength},
		{"6.2: hexadecimal", post("Content-Length: 0x3\r\n", "abc"), wire.BadLength},
		{"6.2: nothing", post("Content-Length:\r\n", "abc"), wire.BadLength},
		{"6.2: a blank within", post("Content-Length: 1 0\r\n", "abc"), wire.BadLength},
		{"6.2: underscores", post("Content-Length: 1_0\r\n", "abc"), wire.BadLength},
		{"6.2: too large", post("Content-Length: 18446744073709551619\r\n", "abc"), wire.BadLength},
		{"6.2: other digits", post("Content-Length: \u0663\r\n", "abc"), wire.BadLength},
		{"7.1: a size that is none", post(chunked, "x\r\n"), wire.BadChunk},
		{"7.1: no size", post(chunked, "\r\n"), wire.BadChunk},
		{"7.1: 0x", post(chunked, "0x3\r\nabc\r\n0\r\n\r\n"), wire.BadChunk},
		{"7.1: a sign", post(chunked, "+3\r\nabc\r\n0\r\n\r\n"), wire.BadChunk},
		{"7.1: below nought", post(chunked, "-3\r\nabc\r\n0\r\n\r\n"), wire.BadChunk},
		{"7.1: a blank before", post(chunked, " 3\r\nabc\r\n0\r\n\r\n"), wire.BadChunk},
		{"7.1: a blank after", post(chunked, "3 \r\nabc\r\n0\r\n\r\n"), wire.BadChunk},
		{"7.1: a bare LF after the size", post(chunked, "3\nabc\r\n0\r\n\r\n"), wire.BadChunk},
		{"7.1: a bare CR in the size", post(chunked, "3\r\r\nabc\r\n0\r\n\r\n"), wire.BadChunk},
		{"7.1: too large", post(chunked, "fffffffffffffffff\r\n"), wire.BadChunk},
		{"7.1: a bare LF after the data", post(chunked, "3\r\nabc\n0\r\n\r\n"), wire.BadChunk},
		{"7.1: a bare CR after the data", post(chunked, "3\r\nabc\r0\r\n\r\n"), wire.BadChunk},
		{"7.1: no end of the data", post(chunked, "3\r\nabcd\r\n0\r\n\r\n"), wire.BadChunk},
		{"7.1: a bare LF at the end", post(chunked, "0\r\n\n"), wire.BadChunk},
		{"7.1.1: an extension", post(chunked, "3;a=b\r\nabc\r\n0\r\n\r\n"), wire.BadChunk},
		{"7.1.1: an extension with a bare LF", post(chunked, "3;a\nxx\r\nabc\r\n0\r\n\r\n"), wire.BadChunk},
		{"7.1.1: an extension of the last", post(chunked, "0;x\r\n\r\n"), wire.BadChunk},
		{"7.1.2: a trailer", post(chunked, "0\r\nContent-Length: 30\r\n\r\n"), wire.BadChunk},
	} {
		t.Run(c.section, func(t *testing.T) {
			for _, before := range []string{"", ending, post("Content-Length: 2\r\n", "ab"), post(chunked, "2\r\nab\r\n0\r\n\r\n")} {
				seen, faults, err := judged(strings.NewReader(before + c.text + "GET /smuggled HTTP/1.1\r\nHost: h\r\n\r\n"))
				if !slices.Equal(faults, []wire.Fault{c.fault}) {
					t.Errorf("%q: %v, want %s", before+c.text, faults, c.fault)
				}
				if !strings.HasPrefix(string(seen), before) || strings.Contains(string(seen), "smuggled") {
					t.Errorf("%q: the server sees %q", before+c.text, seen)
				}
				if c.fault == wire.BadChunk && err == nil {
					t.Errorf("%q: the body seems to end as it should", before+c.text)
				}
			}
		})
	}
}

// Attack 151: one byte more or less in and around the field that says how long a
// body is. Published tools try these in turn. Every one is either
// refused, or a field of another name, and then there is no second reading of it.
func TestAttack151EveryByteAroundTheCoding(t *testing.T) {
	const name, value = "Transfer-Encoding", "chunked"
	refused := 0
	for b := range 256 {
		s := string([]byte{byte(b)})
		for place, line := range map[string]string{
			"before the name": s + name + ": " + value, "in the name": "Transfer" + s + "Encoding: " + value,
			"after the name": name + s + ": " + value, "in place of the blank": name + ":" + s + value,
			"before the value": name + ": " + s + value, "after the value": name + ": " + value + s,
			"in the value": name + ": chu" + s + "nked", "after CR": name + ": " + value + "\r" + s, "in the field before": "X: y" + s + name + ": " + value,
			"a line before": "X: y\r" + s + name + ": " + value, "a line after": name + ": " + value + "\r\n" + s + "X: y",
		} {
			text := post("Content-Length: 5\r\n"+line+"\r\n", "0\r\n\r\n")
			seen, faults, _ := judged(strings.NewReader(text + ending))
			if len(faults) > 0 {
				refused++
				if strings.Contains(string(seen), "/next") {
					t.Errorf("%s, byte %#x: refused, and read on: %q", place, b, seen)
				}
				continue
			}
			// It was let through: then by its length, and as a field that no reader
			// takes for the coding, since every byte of its name belongs to a token.
			named, _, _ := strings.Cut(line, ":")
			if strings.EqualFold(named, name) || strings.Trim(named, "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != "" {
				t.Errorf("%s, byte %#x: let through: %q", place, b, line)
			}
		}
	}
	if refused < 2000 {
		t.Errorf("only %d were refused", refused)
	}
	t.Logf("%d of %d refused; the others are fields of another name", refused, 256*11)
}
