package fhir

import (
	"net/http"
	"strconv"
)

// BatchResponse is the answer to one entry of a batch: of status 200 what was asked for,
// else an OperationOutcome.
type BatchResponse struct {
	Status int
	Body   []byte
}

// BatchOf makes the answer to a batch (R4 §3.1.0.11.3) of those to its entries, in one
// piece of memory that is the caller's.
func BatchOf(responses []BatchResponse) []byte {
	const around = 100
	size := around
	for _, r := range responses {
		size += around + len(r.Body)
	}
	out := append(make([]byte, 0, size), `{"resourceType":"Bundle","type":"batch-response","entry":[`...)
	for i, r := range responses {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, '{')
		if r.Status == http.StatusOK {
			out = append(append(append(out, `"resource":`...), r.Body...), ',')
		}
		out = strconv.AppendInt(append(out, `"response":{"status":"`...), int64(r.Status), 10)
		out = append(append(append(out, ' '), http.StatusText(r.Status)...), '"')
		if r.Status != http.StatusOK {
			out = append(append(out, `,"outcome":`...), r.Body...)
		}
		out = append(out, "}}"...)
	}
	return append(out, "]}"...)
}
