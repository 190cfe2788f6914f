package strictjson

import (
	"bytes"
	"math/rand/v2"
	"unicode"
	"unicode/utf8"
)

// upper folds the ASCII characters of names, as encoding/json does. It is 0 where
// a name needs a closer look: at its end, at an escape, outside ASCII.
var upper = func() (table [256]byte) {
	for c := byte(' '); c < utf8.RuneSelf; c++ {
		table[c] = c
		if 'a' <= c && c <= 'z' {
			table[c] = c - 'a' + 'A'
		}
	}
	table['"'], table['\\'], table[0x7f] = 0, 0, 0
	return table
}()

// Names are hashed (FNV-1a) from a start that nobody outside can know, so that
// nobody can choose many names of one hash.
var basis = rand.Uint32()

const prime = 16777619

// name reads the name of a member: unescaped, and with the hash of its folded
// form. odd says that it has letters outside ASCII.
func (d *Document) name() (name []byte, hash uint32, odd, ok bool) {
	b, start := d.src, d.pos+1
	hash = basis
	for i := start; i < len(b); i++ {
		c := upper[b[i]]
		if c == 0 {
			if b[i] == '"' && i > start {
				d.pos = i + 1
				return b[start:i:i], hash, false, true
			}
			break
		}
		hash = (hash ^ uint32(c)) * prime
	}
	name, esc, ok := d.quoted()
	if !ok {
		return nil, 0, false, false
	}
	if esc {
		name = unescape(name)
	}
	switch {
	case len(name) == 0:
		return nil, 0, false, d.fail(ErrNoName)
	case d.options.Plain && !plain(name):
		return nil, 0, false, d.fail(ErrNotPlain)
	}
	hash, odd = foldedHash(name)
	return name, hash, odd, true
}

func foldedHash(name []byte) (hash uint32, odd bool) {
	hash = basis
	var buf [utf8.UTFMax]byte
	for i := 0; i < len(name); {
		r, n := utf8.DecodeRune(name[i:])
		odd = odd || n > 1
		i += n
		for _, c := range utf8.AppendRune(buf[:0], fold(r)) {
			hash = (hash ^ uint32(c)) * prime
		}
	}
	return hash, odd
}

// fold gives the least of all letters that differ from this one in case alone.
func fold(r rune) rune {
	for {
		next := unicode.SimpleFold(r)
		if next <= r {
			return next
		}
		r = next
	}
}

// has says whether the object that is being read has a member of this name, in
// any case.
func (d *Document) has(at int, name []byte, hash uint32) bool {
	for i := at + 1; i < len(d.Nodes); i = int(d.Nodes[i].Next) {
		if d.Nodes[i].hash != hash || !bytes.EqualFold(d.Nodes[i].Name, name) {
			continue
		}
		if d.err = ErrCase; bytes.Equal(d.Nodes[i].Name, name) {
			d.err = ErrTwice
		}
		return true
	}
	return false
}

// plain says that a text has no control characters and no U+FFFD.
func plain(text []byte) bool {
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRune(text[i:])
		if r < ' ' || 0x7f <= r && r <= 0x9f || r == utf8.RuneError {
			return false
		}
		i += n
	}
	return true
}
