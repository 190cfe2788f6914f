package spelling

import (
	"unicode"

	"github.com/mycarerecord/mcr/legible"
	"github.com/mycarerecord/mcr/nhs"
)

// Plain gives a sign of full width as the sign of ASCII, and -1 for what cannot be
// seen: marks of direction, joiners, soft hyphens, control characters.
func Plain(r rune) rune {
	switch {
	case r >= ' ' && r < 0x7f:
		return r
	case r == '\t' || r == '\n' || r == '\r' || r == '\u00a0':
		return ' '
	case 0xff01 <= r && r <= 0xff5e:
		return r - 0xff01 + '!'
	case r < 0x80, r == 0x2800, legible.Ignorable(r), unicode.In(r, unicode.Cf, unicode.Cc):
		return -1
	case unicode.Is(unicode.Zs, r), r == 0x2028, r == 0x2029:
		return ' '
	}
	if digit, ok := nhs.Digit(r); ok {
		return rune(digit)
	}
	return r
}
