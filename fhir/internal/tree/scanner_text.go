package tree

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	lowBits  = 0x0101010101010101
	highBits = 0x8080808080808080
)

// isSpace is the white space of RFC 8259 §2.
var isSpace = [256]bool{' ': true, '\t': true, '\n': true, '\r': true}

func skipSpace(b []byte, i int) int {
	for i < len(b) && isSpace[b[i]] {
		i++
	}
	return i
}

// stringEnd finds the end of a string whose text begins at i: the place after
// its closing quote, or -1. Eight bytes are looked at together: each of quote,
// backslash and control character shows as a high bit, and the lowest one that
// shows is true. seen has a high bit when the string is not all ASCII.
func stringEnd(b []byte, i int) (end int, marks uint8, seen uint64) {
	for {
		for i+8 <= len(b) {
			w := binary.LittleEndian.Uint64(b[i:])
			quote := w ^ '"'*lowBits
			slash := w ^ '\\'*lowBits
			hit := ((quote - lowBits) &^ quote) | ((slash - lowBits) &^ slash) | ((w - ' '*lowBits) &^ w)
			if hit &= highBits; hit != 0 {
				skip := bits.TrailingZeros64(hit)
				seen |= w & (1<<uint(skip) - 1)
				i += skip >> 3
				break
			}
			seen |= w
			i += 8
		}
		if i >= len(b) {
			return -1, 0, 0
		}
		switch c := b[i]; {
		case c == '"':
			return i + 1, marks, seen
		case c == '\\':
			n, half := escapeLen(b[i:])
			if n == 0 {
				return -1, 0, 0
			}
			marks |= Escaped
			if half {
				marks |= Odd
			}
			i += n
		case c < ' ':
			return -1, 0, 0
		default: // in the last seven bytes
			seen |= uint64(c)
			i++
		}
	}
}

// escapeLen gives the length of the escape that b begins with, a pair of
// surrogates as one, or 0. half says that it is half of a pair: readers differ
// in what they make of it.
func escapeLen(b []byte) (n int, half bool) {
	if len(b) < 2 {
		return 0, false
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2, false
	case 'u':
		r := hexRune(b)
		if r < 0 {
			return 0, false
		}
		if !utf16.IsSurrogate(r) {
			return 6, false
		}
		if len(b) >= 12 && b[6] == '\\' && b[7] == 'u' {
			if low := hexRune(b[6:]); low >= 0 && utf16.DecodeRune(r, low) != utf8.RuneError {
				return 12, false
			}
		}
		return 6, true
	}
	return 0, false
}

// hexRune reads the four digits of a \u escape, or gives -1.
func hexRune(b []byte) rune {
	if len(b) < 6 {
		return -1
	}
	r := rune(0)
	for _, c := range b[2:6] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}

// decodeEscapes gives the text of a string that has been read before.
func decodeEscapes(b []byte) []byte {
	out := make([]byte, 0, len(b))
	for i := 0; i < len(b); {
		if b[i] != '\\' {
			out = append(out, b[i])
			i++
			continue
		}
		n, _ := escapeLen(b[i:])
		switch {
		case n == 12:
			out = utf8.AppendRune(out, utf16.DecodeRune(hexRune(b[i:]), hexRune(b[i+6:])))
		case n == 6:
			out = utf8.AppendRune(out, hexRune(b[i:]))
		default:
			out = append(out, plainEscape[b[i+1]])
		}
		i += n
	}
	return out
}

var plainEscape = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

// literal reads true, false or null, or gives -1.
func literal(b []byte, i int, word string) int {
	if len(b)-i < len(word) || string(b[i:i+len(word)]) != word {
		return -1
	}
	return i + len(word)
}

// numberEnd reads a number as RFC 8259 §6 has it, or gives -1.
func numberEnd(b []byte, i int) int {
	if i < len(b) && b[i] == '-' {
		i++
	}
	switch {
	case i >= len(b):
		return -1
	case b[i] == '0':
		i++
	default:
		if i = digitsEnd(b, i); i < 0 {
			return -1
		}
	}
	if i < len(b) && b[i] == '.' {
		if i = digitsEnd(b, i+1); i < 0 {
			return -1
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		return digitsEnd(b, i)
	}
	return i
}

// digitsEnd reads one digit or more, or gives -1.
func digitsEnd(b []byte, i int) int {
	from := i
	for i < len(b) && b[i]-'0' < 10 {
		i++
	}
	if i == from {
		return -1
	}
	return i
}
