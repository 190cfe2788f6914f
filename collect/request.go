package collect

import (
	"io"
	"mime"
	"net/http"
	"strconv"
	"strings"
)

// form is how the answer is written.
type form uint8

const (
	asBundle form = iota // application/fhir+json: one Bundle
	asLines              // application/x-ndjson: a Bundle a line
	asEvents             // text/event-stream: a Bundle an event
)

const mostRequest = 16 << 10

// addressed looks at where a request was sent, and how.
func (x *exchange) addressed() *refusal {
	switch r := x.r; {
	case r.URL.Path != x.c.cfg.Path+operation:
		return misshapen(http.StatusNotFound, "path-not-understood")
	case r.Method != http.MethodPost:
		no := misshapen(http.StatusMethodNotAllowed, "method-not-offered")
		no.header = [2]string{"Allow", http.MethodPost}
		return no
	case r.URL.RawQuery != "": // a number, or a token, does not belong in an address
		return misshapen(http.StatusBadRequest, "parameter-not-offered")
	}
	return nil
}

// read reads the question strictly: what is not understood could limit, or widen,
// what is asked for.
func (x *exchange) read() (form, *refusal) {
	r := x.r
	how, ok := formOf(r.Header["Accept"])
	if !ok {
		return how, misshapen(http.StatusNotAcceptable, "format-not-offered")
	}
	if len(r.Header["Content-Type"]) != 1 || r.Header.Get("Content-Encoding") != "" || !isFHIR(r.Header) {
		return how, misshapen(http.StatusUnsupportedMediaType, "content-type-not-accepted")
	}
	if r.ContentLength > mostRequest {
		return how, misshapen(http.StatusRequestEntityTooLarge, "body-too-large")
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, mostRequest+1))
	switch {
	case err != nil:
		return how, misshapen(http.StatusBadRequest, "body-not-understood")
	case len(body) > mostRequest:
		return how, misshapen(http.StatusRequestEntityTooLarge, "body-too-large")
	}
	q, code := readParameters(body)
	if code != "" {
		return how, misshapen(http.StatusBadRequest, code)
	}
	q.By, q.Trace = x.question.By, x.question.Trace
	x.question = q
	return how, nil
}

// formOf chooses the first form that a client takes (RFC 9110 §12.5.1). Of equal
// weights the one named first wins; one Bundle where anything is taken.
func formOf(accept []string) (form, bool) {
	if len(accept) == 0 {
		return asBundle, true
	}
	best, found := 0.0, false
	var chosen form
	for one := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		name, params, err := mime.ParseMediaType(one)
		if err != nil {
			continue
		}
		var how form
		switch name {
		case "application/fhir+json", "application/json", "*/*", "application/*":
			how = asBundle
		case "application/x-ndjson", "application/ndjson", "application/fhir+ndjson":
			how = asLines
		case "text/event-stream":
			how = asEvents
		default:
			continue
		}
		weight := 1.0
		if given, ok := params["q"]; ok {
			if weight, err = strconv.ParseFloat(given, 64); err != nil || !(weight > 0 && weight <= 1) {
				continue
			}
		}
		if weight > best {
			best, chosen, found = weight, how, true
		}
	}
	return chosen, found
}
