package fhir

// isDate says that a value is a date of FHIR with one of the prefixes that mean
// the same to every server (R4 §3.1.1.4.4); "ne" and "ap" do not.
func isDate(s string) bool {
	if len(s) >= 2 && isLetter(s[0]) {
		switch s[:2] {
		case "eq", "gt", "lt", "ge", "le", "sa", "eb":
			s = s[2:]
		default:
			return false
		}
	}
	var ok bool
	if s, ok = digitsWithin(s, 4, 1, 9999); !ok || s == "" {
		return ok
	}
	if s, ok = after(s, '-', 1, 12); !ok || s == "" {
		return ok
	}
	if s, ok = after(s, '-', 1, 31); !ok || s == "" {
		return ok
	}
	if s, ok = after(s, 'T', 0, 23); !ok {
		return false
	}
	if s, ok = after(s, ':', 0, 59); !ok {
		return false
	}
	if s != "" && s[0] == ':' {
		if s, ok = after(s, ':', 0, 60); !ok {
			return false
		}
		if s != "" && s[0] == '.' {
			n := 1
			for n < len(s) && '0' <= s[n] && s[n] <= '9' {
				n++
			}
			if n == 1 || n > 10 {
				return false
			}
			s = s[n:]
		}
	}
	if s == "" || s == "Z" {
		return true
	}
	if s[0] == '+' || s[0] == '-' {
		if s, ok = after(s, s[0], 0, 14); ok {
			s, ok = after(s, ':', 0, 59)
		}
	}
	return ok && s == ""
}

// after reads a separator and two digits within bounds.
func after(s string, sep byte, low, high int) (string, bool) {
	if s == "" || s[0] != sep {
		return "", false
	}
	return digitsWithin(s[1:], 2, low, high)
}

// digitsWithin reads so many digits within bounds and gives what follows.
func digitsWithin(s string, digits, low, high int) (string, bool) {
	if len(s) < digits {
		return "", false
	}
	n := 0
	for i := range digits {
		c := s[i]
		if c < '0' || c > '9' {
			return "", false
		}
		n = n*10 + int(c-'0')
	}
	return s[digits:], low <= n && n <= high
}
