package broker

import (
	"bytes"
	"context"
	"fmt"
	"net/http"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/fhir"
)

// viewBatch answers a Bundle of reads: each entry as if it had been asked alone, with a
// record of its own, and each fails alone. The answers leave together, when all records
// are durable.
func (x *exchange) viewBatch(ctx context.Context, q access.Question) answer {
	x.traced()
	entries, refusal := fhir.DefaultLimits.ParseBatch(x.request, x.broker.Path, x.broker.publicBase(x.request))
	if refusal != nil {
		return x.refusedByForm(refusal)
	}
	out := []byte(`{"resourceType":"Bundle","type":"batch-response","entry":[`)
	defer func() { clear(out) }() // what leaves is a copy, wiped after the write
	for i, entry := range entries {
		if len(out) > mostTogether && entry.Refusal == nil {
			entry.Refusal = &fhir.Refusal{Status: http.StatusRequestEntityTooLarge, Code: fhir.BatchTooLarge}
		}
		one := q
		one.Request = entry.Request
		_, a, ok := x.within(ctx, one, entry.Refusal)
		body := a.taken()
		switch {
		case !ok:
			return x.fail(http.StatusServiceUnavailable, "audit-unavailable", audit.Failed)
		case x.request.Context().Err() != nil:
			return x.fail(clientGone, "client-gone", audit.Failed)
		}
		if i > 0 {
			out = append(out, ',')
		}
		out = appendResponse(out, a.status, body)
		clear(body)
	}
	x.record.Outcome = audit.Released
	body := append(bytes.Clone(out), "]}"...)
	return answer{status: http.StatusOK, body: body, held: &buffer{bytes: body}}
}

// appendResponse adds an entry of a batch-response (R4 §3.1.0.11.3).
func appendResponse(out []byte, status int, body []byte) []byte {
	text := http.StatusText(status)
	if status == http.StatusOK {
		return fmt.Appendf(out, `{"resource":%s,"response":{"status":"%d %s"}}`, body, status, text)
	}
	return fmt.Appendf(out, `{"response":{"status":"%d %s","outcome":%s}}`, status, text, body)
}
