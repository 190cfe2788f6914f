package audit

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/legible"
)

// PrintLine prints a record as one line, for `mcr audit tail`: when it came in
// (UTC), how it ended and why, who asked, whose record, and what for. Each text that
// somebody else wrote stands there as it may in a cell (legible.Cell), since such lines
// are pasted into spreadsheets too.
func PrintLine(w io.Writer, r *Record) error {
	r = r.Written(legible.Cell)
	what := strings.TrimSpace(r.Action + " " + r.Query)
	if words := looked(r.Action); words != "" {
		what = strings.TrimSpace(words + " " + r.Query)
	} else if r.Query == "" {
		what = strings.TrimSpace(strings.Join([]string{r.Action, r.Interaction, r.ResourceType}, " "))
	}
	_, err := fmt.Fprintf(w, "%s  %-10s  %-28s  %s  %s  %s  %s\n",
		r.TimeIn.UTC().Format("2006-01-02 15:04:05.000"), r.Outcome, cmp.Or(first(r.Reasons), "no reason"),
		cmp.Or(who(r), "nobody known"), "at "+cmp.Or(r.Source, "no source"), cmp.Or(what, "not understood"), r.ID)
	return err
}

// PrintRecord prints a whole record in sentences, for `mcr audit show`, each text as
// PrintLine has it.
func PrintRecord(w io.Writer, r *Record) error {
	r = r.Written(legible.Cell)
	p := &page{w: w}
	if r.Sequence == 0 { // read from a document alone, which does not bear it
		p.line("record", "%s (of %s)", r.ID, r.Broker)
	} else {
		p.line("record", "%s (number %d of %s)", r.ID, r.Sequence, r.Broker)
	}
	p.line("came in", "%s, answered after %s", when(r.TimeIn), r.TimeOut.Sub(r.TimeIn).Round(time.Microsecond))
	p.line("who", "%s", cmp.Or(who(r), "nobody known"))
	p.some("signed in", pairs("by", r.Issuer, "through", r.Client, "assurance", r.Assurance, "token", r.TokenID, "session", r.SessionID))
	p.some("from", pairs("", r.ClientIP, "with", r.UserAgent, "as told by", r.Via, "at", r.ViaIP))
	p.some("patient", pairs("", r.PatientShown, "found as", r.PatientHMAC))
	p.line("record of", "%s", cmp.Or(pairs("", r.Source, "held by", r.SourceOrg), "no source"))
	p.line("asked for", "%s", asked(r))
	p.some("purpose", pairs("", r.Purpose, "in words", r.PurposeWords))
	p.line("outcome", "%s", outcome(r))
	p.line("because", "%s", cmp.Or(strings.Join(r.Reasons, ", "), "no reason is recorded"))
	p.some("decided by", pairs("rules", strings.Join(r.Rules, ", "), "of policy", r.Revision, "digest", short(r.Digest), "and own rules, digest", short(r.Own)))
	p.some("resting on", pairs("permission", r.Permission, "care relationship", r.Relationship, "test order", r.Order,
		"emergency access", r.Emergency, "opt-out", r.OptOut))
	p.some("in words", r.EmergencyReason)
	if r.Alert {
		p.line("alert", "the privacy officer is to look at this")
	}
	p.some("released", pairs("", counts(r.Categories), "as", counts(r.Types), "in bytes", number(r.BytesReleased)))
	p.some("document", pairs("", r.DocumentType, "in bytes", number(r.DocumentBytes), "with SHA-256", r.DocumentDigest))
	p.some("withheld", counts(r.Withheld))
	p.some("to mend", counts(r.Causes))
	p.some("resources", list(r.Resources, 20))
	p.some("source said", pairs("status", number(int64(r.SourceStatus)), "bytes", number(r.BytesReceived)))
	p.line("time spent", "parse %d, token %d, facts %d, decision %d, source %d, filter %d µs",
		r.Spent.Parse, r.Spent.Token, r.Spent.Gather, r.Spent.Decide, r.Spent.Fetch, r.Spent.Filter)
	p.some("trace", r.TraceID)
	p.some("caller's id", strings.Join(r.Correlation, ", "))
	return p.err
}

// page prints named lines and keeps the first error.
type page struct {
	w   io.Writer
	err error
}

func (p *page) line(name, format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, "%-11s "+format+"\n", append([]any{name}, args...)...)
	}
}

func (p *page) some(name, text string) {
	if text != "" {
		p.line(name, "%s", text)
	}
}

// who gives "KHAN, Amira (Clinical Practitioner R8000) of Northmoor Hospitals RXA01".
func who(r *Record) string {
	s := cmp.Or(r.UserName, r.UserID)
	if s == "" {
		return ""
	}
	if role := pairs("", r.RoleName, "", r.RoleCode); role != "" {
		s += " (" + role + ")"
	}
	if org := pairs("", r.UserOrgName, "", r.UserOrg); org != "" {
		s += " of " + org
	}
	if r.UserName != "" && r.UserID != "" {
		s += ", user " + r.UserID
	}
	return s
}

func asked(r *Record) string {
	if words := looked(r.Action); words != "" {
		return pairs("", words+", not at a record", "by", r.Interaction, "of", cmp.Or(r.Query, r.ResourceType))
	}
	return cmp.Or(pairs("to", r.Action, "by", r.Interaction, "of", cmp.Or(r.Query, r.ResourceType)), "something that was not understood")
}

func outcome(r *Record) string {
	s := map[Outcome]string{
		Released: "released", Refused: "refused: nothing was released", Failed: "failed: nothing was released",
		Incomplete: "the source broke off: nothing was released",
	}[r.Outcome]
	return pairs("", cmp.Or(s, string(r.Outcome)), "status", number(int64(r.Status)), "decision", r.Effect)
}
