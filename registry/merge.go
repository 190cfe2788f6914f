package registry

import (
	"cmp"
	"context"
	"time"
)

// merger adds the versions that make the registry say what the resources say.
type merger struct {
	conn   *connection
	by     string
	now    time.Time
	done   Imported
	faults []Fault
}

// Entries of one resource are those whose id is its key, or its key, a '#' and a
// part. '$' is the character after '#', and no key has either.
const askResource = "SELECT " + entryColumns + " FROM entry WHERE id >= ? AND id < ? ORDER BY id, version"

// resource compares what a resource stands for now with what it stood for.
func (m *merger) resource(ctx context.Context, res *resource) error {
	m.done.Resources++
	if why := m.why(res); why != "" {
		m.done.without(res.kind, why)
	}
	newest := map[string]Entry{}
	var order []string
	err := m.conn.each(ctx, askResource, func(r row) error {
		var e Entry
		if err := readEntry(r, &e); err != nil {
			return err
		}
		if _, seen := newest[e.ID]; !seen {
			order = append(order, e.ID)
		}
		newest[e.ID] = e
		return nil
	}, res.key, res.key+"$")
	if err != nil {
		return err
	}
	stands := map[string]bool{}
	for _, e := range res.entries {
		stands[e.ID] = true
		old, known := newest[e.ID]
		if known && old.Kind != e.Kind {
			// An opt-out never becomes a permission by a slip in a file.
			m.faults = append(m.faults, Fault{res.line, res.kind + ": stood for another kind of entry (" +
				string(old.Kind) + ") when it was imported before: give the new one an id of its own"})
			continue
		}
		if err := m.entry(ctx, e, old, known); err != nil {
			return err
		}
	}
	// What it stood for and does not any more has ended: a patient who is no
	// longer restricted, a link that was wrong.
	for _, id := range order {
		if !stands[id] {
			if err := m.over(ctx, res, newest[id]); err != nil {
				return err
			}
		}
	}
	return nil
}

// over ends an entry that its resource does not stand for any more.
func (m *merger) over(ctx context.Context, res *resource, old Entry) error {
	over := old
	over.Status = Ended
	if res.leaves == Void || old.Kind == KindTestOrder {
		over.Status = Void // no order at all: one that is closed has its days of grace
	}
	if old.Status == over.Status || old.Status == Void || old.Status == Withdrawn {
		return nil
	}
	if old.Status == Active && (old.Kind == KindOptOut || old.Kind == KindNationalOptOut || old.Kind == KindPermission && !old.Detail.Given) {
		// A no ends when a resource says that it has, not when one says nothing.
		m.faults = append(m.faults, Fault{res.line, res.kind + ": stood for a patient's no when it was imported before, and stands for nothing now: " +
			"send it with the status inactive if it has ended"})
		return nil
	}
	m.done.Changed++
	return m.next(ctx, over, old)
}

// why says why a resource opens nothing now, "" when one of its entries may.
func (m *merger) why(res *resource) string {
	why := res.why
	for _, e := range res.entries {
		late := outside(e.From, e.Until, m.now)
		if late == "" {
			return res.why
		}
		why = cmp.Or(why, late)
	}
	return why
}

func (m *merger) entry(ctx context.Context, e, old Entry, known bool) error {
	m.dated(&e, old)
	if !known {
		e.Version, e.RecordedBy, e.RecordedAt = 1, m.by, m.now
		m.done.Added++
		return e.add(ctx, m.conn)
	}
	// A permission that was withdrawn here stays withdrawn, whatever a file made
	// before says: to be given again it needs an id of its own.
	if old.Status == Withdrawn && e.Status == Active {
		e.Status = Withdrawn
		e.Detail.EndedBy = old.Detail.EndedBy
	}
	if e.says(old) {
		m.done.Unchanged++
		return nil
	}
	m.done.Changed++
	// One that is now about another patient was wrong about the first one, who
	// must not be left with its last version.
	if e.Patient != old.Patient {
		wrong := old
		wrong.Status = Void
		if err := m.next(ctx, wrong, old); err != nil {
			return err
		}
		old.Version++
	}
	return m.next(ctx, e, old)
}

func (m *merger) next(ctx context.Context, e, old Entry) error {
	e.Version, e.RecordedBy, e.RecordedAt = old.Version+1, m.by, m.now
	return e.add(ctx, m.conn)
}

// dated gives an end to what has ended without saying when: the moment at which
// we were told. It keeps the one that it was given before.
func (m *merger) dated(e *Entry, old Entry) {
	switch {
	case e.Kind == KindRegistration && e.Status == Ended && (e.Until.IsZero() || e.Until.After(m.now)):
		if e.Until = old.Until; e.Until.IsZero() || old.Status != Ended {
			e.Until = m.now.Truncate(time.Microsecond)
		}
	case e.Kind == KindTestOrder && e.Status == Ended && e.Detail.ClosedAt.IsZero() &&
		e.Detail.State != "on-hold":
		if e.Detail.ClosedAt = old.Detail.ClosedAt; e.Detail.ClosedAt.IsZero() {
			e.Detail.ClosedAt = m.now.UTC().Truncate(time.Microsecond)
		}
	}
}
