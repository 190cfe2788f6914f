package trail

import (
	"context"
	"errors"
	"maps"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/traceparent"
)

// Recorder makes the record of a look durable: audit.Journal.
type Recorder interface {
	Append(ctx context.Context, r *audit.Record) error
}

// source is what stands for the console as the source of a look's record.
const source = audit.SourceConsole

// look is what a handler says about the look that it answered.
type look struct {
	action  string // audit.LookAtTrail, LookAtRecord, LookAtPatient
	read    bool   // one record, rather than a search
	query   string // what was asked, without anything of a patient
	patient patient
	records []string // ids of records that were shown whole
	shown   int      // how many records, or numbers of an overview, were shown
	part    string   // the ODS code of the organisation whose part was looked at, "" for all
	// parts are the organisations whose records were shown, with how many of each.
	// Each has a record of the look in its own part, so that its officers see who
	// looked: "" is what belongs to no organisation. Nil: the one record is of part.
	parts    map[string]int
	reason   string // why it was refused or failed
	outcome  audit.Outcome
	recorded bool // false: nothing was looked at
}

// maxText bounds what a client says about itself in a record.
const maxText = 300

// shows notes that records are shown.
func (l *look) shows(records []*audit.Record) {
	l.shown, l.outcome, l.recorded = len(records), audit.Released, true
	for _, r := range records {
		if l.parts == nil {
			l.parts = map[string]int{}
		}
		l.parts[r.SourceOrg]++
	}
}

// records makes the records of a look: one for each part that was shown, all with
// one trace id, by which they are one look. Where nothing was shown there is one.
func (t *Room) records(r *http.Request, who *page.Person, a answer) []*audit.Record {
	trace := traceparent.New().Trace()
	if len(a.look.parts) == 0 {
		return []*audit.Record{t.record(r, who, a, trace)}
	}
	var all []*audit.Record
	for _, part := range slices.Sorted(maps.Keys(a.look.parts)) {
		a.look.part, a.look.shown = part, a.look.parts[part]
		all = append(all, t.record(r, who, a, trace))
	}
	return all
}

// append makes the records of a look durable, all or none is shown. They are
// written at once, so that they wait for the disk once.
func (t *Room) append(ctx context.Context, records []*audit.Record) error {
	errs := make([]error, len(records))
	var written sync.WaitGroup
	for i, rec := range records {
		written.Go(func() { errs[i] = t.cfg.Recorder.Append(ctx, rec) })
	}
	written.Wait()
	return errors.Join(errs...)
}

// record makes one record of a look.
func (t *Room) record(r *http.Request, who *page.Person, a answer, trace string) *audit.Record {
	l := a.look
	rec := &audit.Record{
		Schema: audit.SchemaVersion, ID: audit.NewID(), TimeIn: a.began, TimeOut: t.cfg.Clock(), TraceID: trace,
		Outcome: l.outcome, Status: a.status, Reasons: []string{},
		ClientIP: host(r.RemoteAddr), UserAgent: cut(nhs.WithoutNumbers(cut(r.UserAgent(), 4*maxText)), maxText),
		PatientHMAC: l.patient.HMAC, PatientShown: l.patient.Shown, PatientEpoch: l.patient.Epoch,
		Source: source, SourceOrg: l.part,
		Action: l.action, Interaction: "search", ResourceType: "AuditEvent", Query: withoutNumbers(l.query),
	}
	rec.AskedBy(who.Subject)
	if l.read {
		rec.Interaction = "read"
	}
	if l.reason != "" {
		rec.Reasons = []string{l.reason}
	}
	if l.outcome == audit.Released && l.shown > 0 {
		rec.Types = map[string]int{"AuditEvent": l.shown}
	}
	for _, id := range l.records {
		rec.Resources = append(rec.Resources, "AuditEvent/"+id)
	}
	return rec
}

// host gives the address of a client. One may look like an NHS number to
// withoutNumbers: it stays as it is.
func host(address string) string {
	if h, _, err := net.SplitHostPort(address); err == nil {
		address = h
	}
	if ip, err := netip.ParseAddr(address); err == nil {
		return ip.String()
	}
	return bounded(address)
}

// bounded gives what somebody typed as it may be recorded: cut, and without any NHS
// number. Numbers are taken out before it is cut, or the half of one would stay.
// Package audit escapes the rest.
func bounded(s string) string {
	s = withoutNumbers(cut(s, 4*maxText))
	if holdsNumber(s) {
		return hidden // written so that it cannot be told where it begins
	}
	return cut(s, maxText)
}

func cut(s string, most int) string {
	return strings.ToValidUTF8(s[:min(len(s), most)], "�")
}
