package collect

import (
	"net/http"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/traceparent"
	"github.com/mycarerecord/mcr/vouch"
)

// SourceInTrail is what stands for the collector as the source of its own records
// in the trail. They are of refusals alone, and about no organisation's records:
// their SourceOrg is "".
const SourceInTrail = audit.SourceCollector

// appendWithin bounds the wait for a durable record.
const appendWithin = 5 * time.Second

// record begins the record of a collection, which is written when it is refused
// as a whole. What a collection asks is recorded by each broker.
func (c *Collector) record(q Question) *audit.Record {
	now := c.cfg.Clock()
	rec := &audit.Record{
		Schema: audit.SchemaVersion, ID: audit.NewID(), TimeIn: now, TraceID: traceOf(q.Trace).Trace(), Correlation: q.Correlation.Kept(),
		Source: SourceInTrail, Action: string(access.View), Interaction: "operation",
	}
	c.about(rec, q)
	asker(rec, q.By)
	if q.From.Address.IsValid() {
		rec.ClientIP = q.From.Address.String()
	}
	rec.UserAgent = kept(q.From.Agent, 200)
	return rec
}

// about puts into a record whom a question is about, protected, and what it asks.
func (c *Collector) about(rec *audit.Record, q Question) {
	c.cfg.Protector.About(rec, q.Patient)
	rec.Query = strings.TrimPrefix(operation, "/")
	for i, category := range q.Categories {
		rec.Query += []string{"?", "&"}[min(i, 1)] + "category=" + category
	}
}

// asker puts who asks, and what for, into a record.
func asker(rec *audit.Record, s access.Subject) {
	rec.AskedBy(s)
	rec.Purpose = s.Purpose
}

// Sign signs, in a request for a broker, that it is made for somebody who asks from
// elsewhere. The request is whole.
func (c *Collector) Sign(r *http.Request, from vouch.Person) {
	from.Agent = kept(from.Agent, 1000) // no number goes where it was not asked for
	parent, _ := traceparent.Read(r.Header.Get("Traceparent"))
	c.cfg.Signer.Sign(r, from, parent.Trace())
}

// kept is so much as is kept of what a client says of itself.
func kept(s string, most int) string {
	s = nhs.WithoutNumbers(s) // before it is cut: half a number is found by nobody
	if len(s) > most {
		s = s[:most]
	}
	return strings.ToValidUTF8(s, "�")
}
