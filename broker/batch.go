package broker

import (
	"context"
	"net/http"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/fhir"
)

// viewBatch answers a Bundle of reads: each entry as if it had been asked alone, with a
// record of its own, and each fails alone. The answers leave together, when all records
// are durable.
func (x *exchange) viewBatch(ctx context.Context, q access.Question) answer {
	entries, refusal := fhir.DefaultLimits.ParseBatch(x.request, x.broker.Path, x.broker.publicBase(x.request))
	if refusal != nil {
		return x.refusedByForm(refusal)
	}
	subject, err := x.heard(ctx)
	if err != nil {
		return x.unverified(err)
	}
	q.Subject, q.OrganisationKind = subject, x.broker.OrganisationKinds[subject.Organisation]
	return x.together(ctx, q, func(ctx context.Context) answer { return x.viewEntries(ctx, q, entries) })
}

// viewEntries asks what the entries of a batch ask, one by one.
func (x *exchange) viewEntries(ctx context.Context, q access.Question, entries []fhir.BatchEntry) answer {
	var responses []fhir.BatchResponse
	defer func() {
		for _, r := range responses {
			clear(r.Body)
		}
	}()
	held := 0
	for _, entry := range entries {
		if (held > mostTogether || ctx.Err() != nil) && entry.Refusal == nil {
			entry.Refusal = &fhir.Refusal{Status: http.StatusRequestEntityTooLarge, Code: fhir.BatchTooLarge}
		}
		one := q
		one.Request = entry.Request
		y, a, ok := x.within(ctx, one, entry.Refusal)
		body := x.taken(y, a)
		responses = append(responses, fhir.BatchResponse{Status: a.status, Body: body})
		held += len(body)
		switch {
		case !ok:
			return x.fail(http.StatusServiceUnavailable, "audit-unavailable", audit.Failed)
		case x.request.Context().Err() != nil:
			return x.fail(clientGone, "client-gone", audit.Failed)
		}
	}
	if x.share.Take(ctx, int64(held)) != nil { // the answer is as large as they are
		return x.busy()
	}
	x.record.Outcome = audit.Released
	return madeHere(fhir.BatchOf(responses))
}
