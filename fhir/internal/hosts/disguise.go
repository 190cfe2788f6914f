package hosts

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"html"
	"net/netip"
	"strings"
	"unicode/utf8"

	"github.com/mycarerecord/mcr/fhir/internal/spelling"
)

// spellingsOf gives the ways in which a host may be written: of a name one, of an address of
// numbers those that mean the same to whoever follows them (attack 322).
func spellingsOf(host string) []string {
	ip, err := netip.ParseAddr(strings.Trim(host, "[]"))
	switch {
	case err != nil:
		return []string{host}
	case !ip.Unmap().Is4():
		b := ip.As16()
		groups := make([]string, 8)
		for i := range groups {
			groups[i] = fmt.Sprintf("%x", binary.BigEndian.Uint16(b[2*i:]))
		}
		bare := ip.WithZone("").String()
		return []string{bare, ip.StringExpanded(), strings.Join(groups, ":")}
	}
	b := ip.Unmap().As4()
	n := binary.BigEndian.Uint32(b[:])
	out := []string{ip.Unmap().String()}
	for _, form := range []string{"0x%02x.0x%02x.0x%02x.0x%02x", "0x%x.0x%x.0x%x.0x%x", "0%o.0%o.0%o.0%o", "%04o.%04o.%04o.%04o", "%03d.%03d.%03d.%03d"} {
		out = append(out, fmt.Sprintf(form, b[0], b[1], b[2], b[3]))
	}
	low := n & 0xffff
	return append(out, fmt.Sprintf("%d.%d.%d", b[0], b[1], low), fmt.Sprintf("%d.%d", b[0], n&0xffffff), fmt.Sprint(n), fmt.Sprintf("0x%x", n), fmt.Sprintf("0x%08x", n),
		fmt.Sprintf("0%o", n), fmt.Sprintf("ffff:%x:%x", n>>16, low), fmt.Sprintf("ffff:%04x:%04x", n>>16, low))
}

// disguises reports whether something in a text, raw or read, may stand for a sign that needs
// no disguise: "%73", "\u0073", "&#115;", "\73", the sign in full width, or one that is not seen.
func disguises(text []byte) bool {
	return escapes(text) || entities(text) || strange(text)
}

func escapes(text []byte) bool {
	for rest := text; ; {
		at := bytes.IndexByte(rest, '%')
		if at < 0 {
			break
		}
		rest = rest[at+1:]
		if len(rest) >= 2 && (isHostByte(spelling.Byte(rest)) || spelling.Byte(rest) == '%') {
			return true
		}
	}
	for rest := text; ; {
		at := bytes.IndexByte(rest, '\\')
		if at < 0 || len(rest) < at+3 {
			return false
		}
		u := rest[at+1:]
		rest = rest[at+2:]
		if u[0] == '\\' { // as JSON writes it
			u = u[1:]
			if u[0] == 'x' || u[0] == 'u' || spelling.IsHex(u[0]) {
				return true
			}
			continue
		}
		switch {
		case u[0] >= '0' && u[0] <= '9', u[0] == 'x', u[0] == 'u' && u[1] == '{':
			return true
		case u[0] == 'u' && len(u) >= 5:
			if u[1] == '0' && u[2] == '0' && isHostByte(spelling.Byte(u[3:])) || hidden(u[1:5]) {
				return true
			}
		}
	}
}

// hidden knows the escapes of signs that are not seen, and of signs in full width.
func hidden(digits []byte) bool {
	switch code := strings.ToLower(string(digits)); code {
	case "00ad", "3002", "017f", "feff":
		return true
	default:
		return code[:3] == "200" || code[:3] == "206" || code[:2] == "ff"
	}
}

func entities(text []byte) bool {
	for rest := text; ; {
		at := bytes.IndexByte(rest, '&')
		if at < 0 || len(rest) < at+2 {
			return false
		}
		rest = rest[at:]
		if rest[1] == '#' {
			if first := html.UnescapeString(string(rest[:min(len(rest), 12)]))[0]; isHostByte(first) || first == '%' || first == '&' && len(rest) > 4 {
				return true
			}
		}
		for _, name := range [...]string{"&period", "&amp;#", "&amp;p", "&percnt", "&shy", "&Zero", "&NoBreak"} {
			if bytes.HasPrefix(rest, []byte(name)) {
				return true
			}
		}
		rest = rest[2:]
	}
}

// strange looks for the signs themselves.
func strange(text []byte) bool {
	for _, first := range [...]byte{0xef, 0xe2, 0xe3, 0xc2, 0xc5} {
		for rest := text; ; {
			at := bytes.IndexByte(rest, first)
			if at < 0 {
				break
			}
			rest = rest[at:]
			r, size := utf8.DecodeRune(rest)
			if r == 0x3002 || r == 0xff61 || r == 0x017f || size > 1 && r != 0xa0 && r != 0x2028 && spelling.Plain(r) != r && spelling.Plain(r) != ' ' {
				return true
			}
			rest = rest[size:]
		}
	}
	return false
}

// undisguised undoes all of it, as often as it is done.
func undisguised(text []byte) []byte {
	const most = 5
	for range most {
		undone := []byte(html.UnescapeString(string(spelling.PercentDecoded(unescaped(text)))))
		if bytes.Equal(undone, text) {
			break
		}
		text = undone
	}
	out := make([]byte, 0, len(text))
	for at := 0; at < len(text); {
		r, size := utf8.DecodeRune(text[at:])
		at += size
		switch r {
		case 0x3002, 0xff0e, 0xff61:
			r = '.'
		case 0x017f:
			r = 's'
		}
		if r = spelling.Plain(r); r >= 0 {
			out = utf8.AppendRune(out, r)
		}
	}
	return out
}

// unescaped undoes the escapes of scripts and of styles: "\x73", "\u0073", "\u{73}", "\73 ".
func unescaped(text []byte) []byte {
	if bytes.IndexByte(text, '\\') < 0 {
		return text
	}
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' || i+1 == len(text) {
			out = append(out, text[i])
			continue
		}
		at, digits, closing := i+1, 6, byte(' ')
		switch {
		case text[at] == 'x':
			at, digits, closing = at+1, 2, 0
		case text[at] == 'u' && at+1 < len(text) && text[at+1] == '{':
			at, closing = at+2, '}'
		case text[at] == 'u':
			at, digits, closing = at+1, 4, 0
		}
		sign, n := rune(0), 0
		for n < digits && at+n < len(text) && spelling.IsHex(text[at+n]) {
			high, _ := spelling.Unhex(text[at+n])
			sign = sign<<4 | rune(high)
			n++
		}
		if n == 0 || n == 1 && closing == ' ' {
			out = append(out, text[i])
			continue
		}
		if i = at + n - 1; closing != 0 && i+1 < len(text) && text[i+1] == closing {
			i++
		}
		out = utf8.AppendRune(out, sign)
	}
	return out
}
