package population

import (
	"strconv"
	"time"

	"github.com/mycarerecord/mcr/nhs"
)

// text appends what needs no escapes in JSON: everything here is ours.
func (w *writer) text(parts ...string) {
	for _, p := range parts {
		w.line = append(w.line, p...)
	}
}

func (w *writer) date(name string, t time.Time) {
	w.text(`"`, name, `":"`)
	w.line = t.AppendFormat(w.line, time.RFC3339)
	w.text(`"`)
}

func appendNumber(b []byte, digits uint64) []byte { return strconv.AppendUint(b, digits, 10) }

// number appends an identifier that is an NHS number.
func (w *writer) number(digits uint64) {
	w.text(`{"system":"`, nhs.NumberSystem, `","value":"`)
	w.line = appendNumber(w.line, digits)
	w.text(`"}`)
}

// subject appends a logical reference to a patient.
func (w *writer) subject(name string, digits uint64) {
	w.text(`,"`, name, `":{"identifier":`)
	w.number(digits)
	w.text(`}`)
}

// organisation appends a logical reference to an organisation.
func (w *writer) organisation(code string) {
	w.text(`{"identifier":{"system":"`, nhs.ODSSystem, `","value":"`, code, `"}}`)
}

// identity appends an id in the form of a UUID. Its groups are too short to hold an NHS number,
// but for the last one, of which only six digits are drawn.
func (w *writer) identity(bits uint64) {
	const form = "xxxxxxxx-xxxx-4xxx-8xxx-6d6372xxxxxx"
	first, second := mix(bits), mix(^bits)
	for i := range len(form) {
		c := form[i]
		if c == 'x' {
			c = "0123456789abcdef"[first&15]
			first = first>>4 | second<<60
			second >>= 4
		}
		w.line = append(w.line, c)
	}
}

// padded appends a number of so many digits.
func (w *writer) padded(n, digits int) {
	for limit, d := 10, 1; d < digits; limit, d = limit*10, d+1 {
		if n < limit {
			w.line = append(w.line, '0')
		}
	}
	w.line = strconv.AppendInt(w.line, int64(n), 10)
}
