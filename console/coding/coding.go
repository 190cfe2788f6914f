// Package coding chooses the content coding of an answer (RFC 9110, section 12.5.3).
//
// Its functions may be called by many goroutines at once.
package coding

import (
	"math"
	"net/http"
	"strconv"
	"strings"
)

// The codings of RFC 9110, section 8.4.1, and RFC 7932 that the console knows. Identity
// is a representation as it is.
const (
	Identity = "identity"
	Gzip     = "gzip"
	Brotli   = "br"
)

// Choose gives the coding that a client likes best of those offered, which stand with the
// one that we like best first; Identity always may be offered. ok is false when the client
// takes none of them: the answer to that is 406. Without Accept-Encoding the client takes
// all, of which it is given Identity: it said nothing of what it can read.
func Choose(h http.Header, offered ...string) (name string, ok bool) {
	fields := h.Values("Accept-Encoding")
	if len(fields) == 0 {
		return Identity, true
	}
	liked := weights(strings.Join(fields, ","))
	best := 0.0
	for _, coding := range offered {
		if q := liked.of(coding); q > best {
			name, best = coding, q
		}
	}
	return name, best > 0
}

// weigh is what a client says of codings, by name in lower case, each from 0 (not
// acceptable) to 1.
type weigh map[string]float64

// least is the weight of what is acceptable, and of which nothing was said: less than
// whatever can be said (0.001).
const least = 0.0001

func (w weigh) of(coding string) float64 {
	if q, ok := w[coding]; ok {
		return q
	}
	if q, ok := w["*"]; ok {
		return q
	}
	if coding == Identity { // acceptable unless it was excluded
		return least
	}
	return 0
}

// weights reads Accept-Encoding. A member that is malformed says nothing; of one coding
// that is named twice, the smaller weight stands.
func weights(field string) weigh {
	w := weigh{}
	for member := range strings.SplitSeq(field, ",") {
		name, parameter, given := strings.Cut(member, ";")
		name = strings.ToLower(strings.Trim(name, " \t"))
		if name == "x-gzip" { // RFC 9110, section 8.4.1.3
			name = Gzip
		}
		q := 1.0
		if given {
			var ok bool
			if q, ok = weight(parameter); !ok {
				continue
			}
		}
		if name == "" {
			continue
		}
		if before, twice := w[name]; twice {
			q = math.Min(q, before)
		}
		w[name] = q
	}
	return w
}

// weight reads "q=0.5" (RFC 9110, section 12.4.2): up to three digits, at most 1.
func weight(parameter string) (q float64, ok bool) {
	name, value, _ := strings.Cut(strings.Trim(parameter, " \t"), "=")
	whole, part, dotted := strings.Cut(value, ".")
	if !strings.EqualFold(name, "q") || (whole != "0" && whole != "1") || len(part) > 3 ||
		strings.Trim(part, "0123456789") != "" || (!dotted && part != "") {
		return 0, false
	}
	q, err := strconv.ParseFloat(whole+"."+part+"0", 64)
	return q, err == nil && q <= 1
}
