package fhirdate

// reader takes a text apart from its beginning. What does not fit makes it bad,
// and it stays so.
type reader struct {
	rest string
	bad  bool
}

// takes says whether the next byte is c, and if so goes behind it.
func (r *reader) takes(c byte) bool {
	if r.bad || r.rest == "" || r.rest[0] != c {
		return false
	}
	r.rest = r.rest[1:]
	return true
}

func (r *reader) must(c byte) { r.bad = !r.takes(c) }

// number reads so many digits that are within bounds.
func (r *reader) number(digits, low, high int) int {
	n, rest := 0, r.rest
	for range digits {
		if rest == "" || rest[0] < '0' || rest[0] > '9' {
			r.bad = true
			return 0
		}
		n, rest = n*10+int(rest[0]-'0'), rest[1:]
	}
	r.rest, r.bad = rest, r.bad || n < low || n > high
	return n
}

// fraction reads what may stand behind the seconds, in nanoseconds.
func (r *reader) fraction() int {
	if !r.takes('.') {
		return 0
	}
	n, unit := r.number(1, 0, 9)*100_000_000, 10_000_000
	for ; unit > 0 && r.rest != "" && '0' <= r.rest[0] && r.rest[0] <= '9'; unit /= 10 {
		n += r.number(1, 0, 9) * unit
	}
	return n
}

// zone reads how many minutes before UTC a time is written, if that stands there.
func (r *reader) zone() (minutes int, given bool) {
	sign := 1
	switch {
	case r.takes('Z'):
		return 0, true
	case r.takes('+'):
	case r.takes('-'):
		sign = -1
	default:
		return 0, false
	}
	hours := r.number(2, 0, 14)
	r.must(':')
	minutes = r.number(2, 0, 59)
	r.bad = r.bad || hours == 14 && minutes > 0 // the last zone there is
	return sign * (hours*60 + minutes), true
}
