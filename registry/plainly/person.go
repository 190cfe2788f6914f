package plainly

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/legible"
	"github.com/mycarerecord/mcr/registry"
)

// Person writes what is known of a person at a time: what holds first, then what does not, then the
// history, the oldest first. k is what was on record at that time.
func Person(w io.Writer, k registry.Known, at time.Time) error {
	p := page{w: w}
	p.numbers(k)
	if len(k.Versions) == 0 {
		p.line("Nothing is on record.")
		return p.err
	}
	var holds, not []registry.Entry
	for _, e := range k.Newest() {
		switch {
		case e.Kind == registry.KindWithdrawal: // an event: it stands in the history
		case whyNot(&e, at) == "":
			holds = append(holds, e)
		default:
			not = append(not, e)
		}
	}
	// A no is looked for first.
	slices.SortStableFunc(holds, func(a, b registry.Entry) int { return rank(&a) - rank(&b) })
	p.list("What holds", holds, func(e *registry.Entry) string { return "" })
	p.list("What does not hold, or not yet", not, func(e *registry.Entry) string { return whyNot(e, at) })
	p.history(k)
	return p.err
}

// rank is the place of a kind among what holds.
func rank(e *registry.Entry) int {
	order := []registry.Kind{registry.KindNumberLink, registry.KindOptOut, registry.KindNationalOptOut, registry.KindRestriction,
		registry.KindPermission, registry.KindEmergency, registry.KindRegistration, registry.KindRelationship, registry.KindTestOrder, registry.KindPerson, registry.KindBirth}
	if e.Kind == registry.KindPermission && !e.Detail.Given {
		return 2 * slices.Index(order, registry.KindPermission)
	}
	return 2*slices.Index(order, e.Kind) + 1
}

// whyNot says why an entry does not hold at a time; "" when it does.
func whyNot(e *registry.Entry, at time.Time) string {
	switch {
	case e.Status == registry.Void:
		return "void: entered in error, no longer said, or about another patient"
	case e.Status == registry.Withdrawn:
		return "withdrawn"
	case e.Status == registry.Ended:
		return "ended"
	case e.From.After(at):
		return "not begun yet"
	case !e.Until.IsZero() && !e.Until.After(at):
		return "its time is over"
	}
	return ""
}

// page writes lines and keeps the first error.
type page struct {
	w   io.Writer
	err error
}

func (p *page) line(format string, args ...any) {
	if p.err == nil {
		_, p.err = fmt.Fprintf(p.w, format+"\n", args...)
	}
}

func (p *page) numbers(k registry.Known) {
	for _, n := range k.Numbers {
		switch {
		case n == k.InUse:
			p.line("NHS number %s (in use)", grouped(n))
		case k.InUse.IsZero():
			p.line("NHS number %s", grouped(n))
		default:
			p.line("NHS number %s (superseded)", grouped(n))
		}
	}
	if k.InUse.IsZero() {
		p.line("THE LINKS BETWEEN THESE NUMBERS LEAD TO NO SINGLE NUMBER IN USE: brokers take nothing of what follows")
		p.line("for known, and refuse. Correct the links (docs/registry-import.md).")
	}
}

func (p *page) list(title string, entries []registry.Entry, more func(*registry.Entry) string) {
	p.line("\n%s", title)
	if len(entries) == 0 {
		p.line("  nothing")
	}
	for i := range entries {
		e := &entries[i]
		p.line("  %s", joined(says(e), during(e), more(e)))
		p.line("      recorded by %s, %s; entry %s, version %d", legible.Line(e.RecordedBy), When(e.RecordedAt), legible.Line(e.ID), e.Version)
	}
}

// joined joins what is not empty.
func joined(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), "; ")
}

// history tells every version, as it was recorded.
func (p *page) history(k registry.Known) {
	all := slices.Clone(k.Versions)
	// Under several numbers they were read number by number.
	slices.SortStableFunc(all, func(a, b registry.Entry) int { return a.RecordedAt.Compare(b.RecordedAt) })
	before := map[string]registry.Entry{}
	p.line("\nHistory")
	for i := range all {
		e := &all[i]
		id := e.Patient.Digits() + e.ID
		was, known := before[id]
		before[id] = *e
		p.line("  %s, by %s", When(e.RecordedAt), legible.Line(e.RecordedBy))
		under := ""
		if len(k.Numbers) > 1 {
			under = "; under " + grouped(e.Patient)
		}
		p.line("      %s", happened(e, was, known, k))
		p.line("      entry %s, version %d%s", legible.Line(e.ID), e.Version, under)
	}
}

// happened says what a version did.
func happened(e *registry.Entry, was registry.Entry, known bool, k registry.Known) string {
	what := joined(says(e), during(e))
	switch {
	case e.Status == registry.Withdrawn && (!known || was.Status != registry.Withdrawn):
		return "withdrawn" + byStatement(e, k) + ": " + says(e)
	case e.Status == registry.Ended && (!known || was.Status != registry.Ended):
		return "ended: " + what
	case e.Status == registry.Void && (!known || was.Status != registry.Void):
		return "made void: " + what
	case !known:
		return "recorded: " + what
	case e.Status == registry.Active && was.Status != registry.Active:
		return "counts again: " + what
	}
	return "changed: " + what
}

// byStatement names the statement by which a permission was withdrawn.
func byStatement(e *registry.Entry, k registry.Known) string {
	id := e.Detail.EndedBy
	if id == "" {
		return ", and nothing says by which statement"
	}
	s := " by the statement " + legible.Line(id)
	if i := slices.IndexFunc(k.Versions, func(o registry.Entry) bool { return o.ID == id }); i >= 0 {
		w := &k.Versions[i]
		s += " of " + asker(w) + circumstances(&w.Detail)
	}
	return s
}
