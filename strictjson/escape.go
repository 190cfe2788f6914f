package strictjson

import (
	"unicode/utf16"
	"unicode/utf8"
)

// escape gives the length of the escape that b begins with, a surrogate pair being
// one escape; 0 when it is none. half says that it is half of a pair, which is no
// character.
func escape(b []byte) (n int, half bool) {
	if len(b) < 2 {
		return 0, false
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2, false
	case 'u':
	default:
		return 0, false
	}
	r, ok := hex4(b[2:])
	switch {
	case !ok:
		return 0, false
	case !utf16.IsSurrogate(r):
		return 6, false
	case len(b) < 12 || b[6] != '\\' || b[7] != 'u':
		return 0, true
	}
	low, ok := hex4(b[8:])
	if !ok || utf16.DecodeRune(r, low) == utf8.RuneError {
		return 0, true
	}
	return 12, false
}

func hex4(b []byte) (r rune, ok bool) {
	if len(b) < 4 {
		return 0, false
	}
	for _, c := range b[:4] {
		switch {
		case c >= '0' && c <= '9':
			c -= '0'
		case c >= 'a' && c <= 'f':
			c -= 'a' - 10
		case c >= 'A' && c <= 'F':
			c -= 'A' - 10
		default:
			return 0, false
		}
		r = r<<4 | rune(c)
	}
	return r, true
}

// unescape gives the characters of a string. What is no escape stays as it is: of
// a string that has been read there is none.
func unescape(raw []byte) []byte {
	out := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); {
		n := 0
		if raw[i] == '\\' {
			n, _ = escape(raw[i:])
		}
		if n == 0 {
			out = append(out, raw[i])
			i++
			continue
		}
		switch c := raw[i+1]; c {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r, _ := hex4(raw[i+2:])
			if n == 12 {
				low, _ := hex4(raw[i+8:])
				r = utf16.DecodeRune(r, low)
			}
			out = utf8.AppendRune(out, r)
		default:
			out = append(out, c)
		}
		i += n
	}
	return out
}
