package broker

import (
	"net/http"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/correlation"
	"github.com/mycarerecord/mcr/grounds"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/room"
	"github.com/mycarerecord/mcr/token"
	"github.com/mycarerecord/mcr/traceparent"
)

// exchange is one request on its way down the line, with its record as it grows.
type exchange struct {
	broker      *Broker
	decider     Decider // the rules of this request
	next        Next
	request     *http.Request
	traceparent string
	correlation correlation.IDs
	from        sender
	by          *token.Presented // once it has been read
	token       string           // what is wrong with it (token.Code), for the log
	started     time.Time
	lap         time.Time
	record      audit.Record
	walks       bool        // the person tries one patient after another
	lost        bool        // the record could not be made durable
	durable     time.Time   // when it was, or was known not to be
	left        time.Time   // when the answer had been written; zero: it leaves with another one
	change      Change      // to be committed between the record and the answer
	share       *room.Share // what it holds of sources' answers
	questions   questions
	named       *named // an id that names nobody, of what is asked within one request
	grounds     grounds.Grounds

	permissionFor time.Duration // by the same rules
}

// rules gives what decides the requests that begin now.
func (b *Broker) rules() (Decider, time.Duration) {
	if r, ok := b.Decider.(Replaceable); ok {
		return r.Now()
	}
	return b.Decider, b.PermissionFor
}

// begin opens the record of a request.
func (b *Broker) begin(r *http.Request, next Next, from sender) *exchange {
	now := b.Clock()
	decider, permissionFor := b.rules()
	x := &exchange{decider: decider, permissionFor: permissionFor, broker: b, next: next, request: r, started: now, lap: now, share: b.Room.Share(b.Source.ID), from: from}
	x.record = audit.Record{
		Schema:    audit.SchemaVersion,
		ID:        audit.NewID(),
		Broker:    b.Broker,
		TimeIn:    now,
		Source:    b.Source.ID,
		SourceOrg: b.Source.ODS.String(),
		ClientIP:  from.address,
		UserAgent: from.agent,
		Via:       from.via,
		ViaIP:     from.viaAddress,
	}
	x.correlation = correlation.Read(r.Header)
	x.record.Correlation = x.correlation.Kept()
	x.record.TraceID, x.traceparent = x.trace()
	return x
}

// spent gives the time since the last call, for the record's step.
func (x *exchange) spent() int64 {
	now := x.broker.Clock()
	passed := now.Sub(x.lap).Microseconds()
	x.lap = now
	return passed
}

// decided puts a decision into the record.
func (x *exchange) decided(d access.Decision) {
	rec := &x.record
	rec.Effect = string(d.Effect)
	rec.Reasons = rec.Reasons[:0]
	for _, reason := range d.Reasons {
		rec.Reasons = append(rec.Reasons, reason.Code)
	}
	rec.Rules = d.Rules
	rec.Revision, rec.Digest, rec.Own = d.Revision, d.Digest, d.Own
	rec.Alert = d.Alert
	rec.Permission = d.Basis["permission"]
	rec.Relationship = d.Basis["relationship"]
	rec.Order = d.Basis["order"]
	rec.Emergency = d.Basis["emergency"]
	rec.OptOut = d.Basis["opt_out"]
	rec.Input = d.Input
}

// wrote puts into the record of a view what the professional wrote when that was recorded
// which it rests on: why an emergency was declared, what a permission was asked for. The
// officers of the organisation whose record was opened are to read it, wherever the
// declaration or the answer itself was recorded.
func (x *exchange) wrote(f access.Facts) {
	if x.record.Emergency != "" {
		for _, e := range f.Emergencies.Value {
			if e.ID == x.record.Emergency {
				x.record.EmergencyReason = emergencyReason(e.ReasonCode, e.Reason)
			}
		}
	}
	if x.record.Permission != "" {
		for _, p := range f.Permissions.Value {
			if p.ID == x.record.Permission {
				x.record.PurposeWords = inWords(p.Purpose)
			}
		}
	}
}

// emergencyReason is what the record keeps of why an emergency was declared.
func emergencyReason(code, words string) string { return inWords(code + ": " + words) }

// inWords is what the record keeps of what a professional wrote: bounded, and without
// what could be an NHS number.
func inWords(text string) string { return bounded(nhs.WithoutNumbers(text), 500) }

// asked puts who asks, and what for, into the record.
func (x *exchange) asked(s access.Subject) {
	x.record.AskedBy(s)
	x.record.Purpose = s.Purpose
}

// trace gives the trace id of a traceparent, or else the caller's own id for what it does.
func (x *exchange) trace() (id, parent string) {
	if p, ok := traceparent.Read(x.request.Header.Get("Traceparent")); ok {
		return p.Trace(), p.String()
	}
	return x.correlation.Trace(), ""
}

func bounded(s string, most int) string {
	if len(s) > most {
		s = s[:most]
	}
	return strings.ToValidUTF8(s, "�")
}
