package strictjson

import (
	"encoding/binary"
	"math/bits"
)

func (d *Document) space() {
	for d.pos < len(d.src) {
		switch d.src[d.pos] {
		case ' ', '\t', '\n', '\r':
			d.pos++
		default:
			return
		}
	}
}

func (d *Document) take(c byte) bool {
	if d.pos < len(d.src) && d.src[d.pos] == c {
		d.pos++
		return true
	}
	return false
}

func (d *Document) word(w string) bool {
	if len(d.src)-d.pos < len(w) || string(d.src[d.pos:d.pos+len(w)]) != w {
		return d.fail(ErrSyntax)
	}
	d.pos += len(w)
	return true
}

// number reads a number as RFC 8259 §6 writes it: no plus, no leading zero.
func (d *Document) number() bool {
	d.take('-')
	if !d.take('0') && !d.digits() {
		return d.fail(ErrSyntax)
	}
	if d.take('.') && !d.digits() {
		return d.fail(ErrSyntax)
	}
	if d.take('e') || d.take('E') {
		if !d.take('+') {
			d.take('-')
		}
		if !d.digits() {
			return d.fail(ErrSyntax)
		}
	}
	return true
}

func (d *Document) digits() bool {
	start := d.pos
	for d.pos < len(d.src) && d.src[d.pos] >= '0' && d.src[d.pos] <= '9' {
		d.pos++
	}
	return d.pos > start
}

const (
	lowBits  = 0x0101010101010101
	highBits = 0x8080808080808080
)

// quoted reads a string and gives what stands between its quotes, not unescaped,
// and whether it holds escapes. Eight bytes are looked at together: each of quote,
// backslash and control character shows as a high bit, and the lowest one that
// shows is true.
func (d *Document) quoted() (raw []byte, esc, ok bool) {
	b, start := d.src, d.pos+1
	for i := start; ; {
		for i+8 <= len(b) {
			w := binary.LittleEndian.Uint64(b[i:])
			quote, slash := w^'"'*lowBits, w^'\\'*lowBits
			hit := (((quote - lowBits) &^ quote) | ((slash - lowBits) &^ slash) | ((w - ' '*lowBits) &^ w)) & highBits
			if hit != 0 {
				i += bits.TrailingZeros64(hit) >> 3
				break
			}
			i += 8
		}
		if i >= len(b) {
			return nil, false, d.fail(ErrSyntax)
		}
		switch c := b[i]; {
		case c == '"':
			d.pos = i + 1
			return b[start:i:i], esc, true
		case c == '\\':
			n, half := escape(b[i:])
			if half {
				return nil, false, d.fail(ErrHalf)
			}
			if n == 0 {
				return nil, false, d.fail(ErrSyntax)
			}
			i, esc = i+n, true
		case c < ' ':
			return nil, false, d.fail(ErrSyntax)
		default: // in the last seven bytes
			i++
		}
	}
}
