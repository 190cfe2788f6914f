package spelling

// Unhex reads a hexadecimal digit.
func Unhex(c byte) (byte, bool) {
	switch {
	case '0' <= c && c <= '9':
		return c - '0', true
	case 'a' <= c && c <= 'f':
		return c - 'a' + 10, true
	case 'A' <= c && c <= 'F':
		return c - 'A' + 10, true
	}
	return 0, false
}

// IsHex reports whether a sign is a hexadecimal digit.
func IsHex(c byte) bool {
	_, ok := Unhex(c)
	return ok
}

// Byte reads two hexadecimal digits: 0 when they are none.
func Byte(digits []byte) byte {
	high, ok := Unhex(digits[0])
	low, ok2 := Unhex(digits[1])
	if !ok || !ok2 {
		return 0
	}
	return high<<4 | low
}

// PercentDecoded undoes the escapes of addresses (RFC 3986 §2.1). What is none stays.
func PercentDecoded(text []byte) []byte {
	out := make([]byte, 0, len(text))
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == '%' && i+2 < len(text) {
			if sign := Byte(text[i+1:]); sign != 0 {
				c = sign
				i += 2
			}
		}
		out = append(out, c)
	}
	return out
}
