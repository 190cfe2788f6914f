package collect

import (
	"bytes"
	"errors"
	"io"
	"mime"
	"net/http"
	"strings"
)

var (
	errTooLarge = errors.New("the source's answers are larger than is allowed")
)

// entryCost is about what one entry takes in memory beside its own bytes: where it
// stands in its page, in its part, and its address.
const entryCost = 512

// entryMark stands once in each entry.
var entryMark = []byte(`"fullUrl"`)

// readAll reads an answer into memory, within what the source, and all
// collections together, may take. What reading its entries takes is counted too.
func (v *visit) readAll(response *http.Response) ([]byte, error) {
	size := int64(16 << 10)
	if n := response.ContentLength; n > 0 {
		if n > v.left.Load() {
			return nil, errTooLarge // no need to wait for it
		}
		size = n + 1 // so that the end is seen without growing
	}
	if err := v.take(size); err != nil {
		return nil, err
	}
	body := make([]byte, 0, size)
	for {
		n, err := response.Body.Read(body[len(body):cap(body)])
		body = body[:len(body)+n]
		switch {
		case err == io.EOF:
			if err := v.share.Try(int64(bytes.Count(body, entryMark)) * entryCost); err != nil {
				v.share.Give(int64(cap(body)))
				return nil, err
			}
			return body, nil
		case err != nil:
			return nil, err
		case len(body) < cap(body):
			continue
		}
		more := int64(cap(body))
		if err := v.take(more); err != nil {
			return nil, err
		}
		grown := make([]byte, len(body), int64(cap(body))+more)
		copy(grown, body)
		body = grown
	}
}

// take counts bytes that are about to be held.
func (v *visit) take(n int64) error {
	if v.left.Add(-n) < 0 {
		// What is held by another answer of the source counts too: near the limit
		// the last to come is cut.
		v.left.Add(n)
		return errTooLarge
	}
	return v.share.Try(n)
}

// isFHIR says that an answer calls itself FHIR JSON, plainly.
func isFHIR(h http.Header) bool {
	if encoding := h.Get("Content-Encoding"); encoding != "" && encoding != "identity" {
		return false
	}
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil || kind != "application/fhir+json" && kind != "application/json" {
		return false
	}
	charset, ok := params["charset"]
	return !ok || strings.EqualFold(charset, "utf-8")
}
