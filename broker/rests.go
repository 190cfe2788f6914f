package broker

import (
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/grounds"
)

// groundsOf is what an answer that is permitted tells its reader of why: the reasons, and
// when the entries of the registry end that they rest on. It is about the reader's own
// standing, and names no entry. Of anything but a permit it tells nothing. No permission ends
// later than longest after it began; zero: when it says so.
func groundsOf(d access.Decision, f access.Facts, longest time.Duration) (g grounds.Grounds) {
	if d.Effect != access.Permit {
		return g
	}
	for _, reason := range d.Reasons {
		g.Reasons = append(g.Reasons, reason.Code)
	}
	for kind, id := range d.Basis {
		if end := endOf(kind, id, f, longest); !end.IsZero() {
			if g.Ends == nil {
				g.Ends = make(map[string]time.Time, 2)
			}
			g.Ends[kind] = end
		}
	}
	return g
}

// endOf is when an entry that a decision rests on ends by itself; zero when it has no end,
// or is none that is known.
func endOf(kind, id string, f access.Facts, longest time.Duration) time.Time {
	switch kind {
	case "permission":
		return untilOf(f.Permissions.Value, id, func(p access.Permission) (string, time.Time) { return p.ID, p.Ends(longest) })
	case "relationship":
		if registered := f.Registration.Value; registered.ID == id {
			return registered.Until
		}
		return untilOf(f.Relationships.Value, id, func(r access.Relationship) (string, time.Time) { return r.ID, r.Until })
	case "order":
		return untilOf(f.TestOrders.Value, id, func(o access.TestOrder) (string, time.Time) { return o.ID, o.Until })
	case "emergency":
		return untilOf(f.Emergencies.Value, id, func(e access.Emergency) (string, time.Time) { return e.ID, e.Until })
	}
	return time.Time{}
}

// untilOf finds an entry by its id, and says when it ends.
func untilOf[E any](all []E, id string, of func(E) (string, time.Time)) time.Time {
	for _, entry := range all {
		if its, until := of(entry); its == id {
			return until
		}
	}
	return time.Time{}
}
