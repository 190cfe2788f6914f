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

// readRequest reads a request strictly: what is not understood could limit, or
// widen, what is asked for.
func (c *Collector) readRequest(r *http.Request) (q Question, bearer string, how form, _ *refusedRequest) {
	not := func(status int, code string) (Question, string, form, *refusedRequest) {
		return Question{}, "", asBundle, &refusedRequest{status: status, code: code}
	}
	if r.URL.Path != c.cfg.Path+operation {
		return not(http.StatusNotFound, "path-not-understood")
	}
	if r.Method != http.MethodPost {
		_, _, _, refusal := not(http.StatusMethodNotAllowed, "method-not-offered")
		refusal.header = [2]string{"Allow", http.MethodPost}
		return Question{}, "", asBundle, refusal
	}
	if r.URL.RawQuery != "" { // a number, or a token, does not belong in an address
		return not(http.StatusBadRequest, "parameter-not-offered")
	}
	bearer, refusal := bearerOf(r)
	if refusal != nil {
		return Question{}, "", asBundle, refusal
	}
	how, ok := formOf(r.Header["Accept"])
	if !ok {
		return not(http.StatusNotAcceptable, "format-not-offered")
	}
	if len(r.Header["Content-Type"]) != 1 || r.Header.Get("Content-Encoding") != "" || !isFHIR(r.Header) {
		return not(http.StatusUnsupportedMediaType, "content-type-not-accepted")
	}
	if r.ContentLength > mostRequest {
		return not(http.StatusRequestEntityTooLarge, "body-too-large")
	}
	body, err := io.ReadAll(io.LimitReader(r.Body, mostRequest+1))
	switch {
	case err != nil:
		return not(http.StatusBadRequest, "body-not-understood")
	case len(body) > mostRequest:
		return not(http.StatusRequestEntityTooLarge, "body-too-large")
	}
	q, code := readParameters(body)
	if code != "" {
		return not(http.StatusBadRequest, code)
	}
	if parents := r.Header["Traceparent"]; len(parents) == 1 {
		q.Trace = parents[0]
	}
	return q, bearer, how, nil
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
