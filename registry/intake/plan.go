package intake

import (
	"cmp"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/registry"
)

// plan is what makes the registry say what a resource says.
type plan struct {
	add                       []registry.Entry // in order
	added, changed, unchanged int
	why                       string   // the resource opens nothing now, "" where it may
	problems                  []string // what the resource says must not be taken after what was said before
}

// plan compares what a resource stands for now with what it stood for: the newest versions of its
// entries.
func (r *resource) plan(newest []registry.Entry, by string, now time.Time) plan {
	p := planner{plan{why: r.whyNow(now)}, by, now}
	if r.plain != "" && recordedPlain(newest, r.plain) {
		if r.unseal(); r.named() {
			p.wrong(r, namesPatient)
			return p.plan
		}
	}
	old := map[string]registry.Entry{}
	for _, e := range newest {
		old[e.ID] = e
	}
	stands := map[string]bool{}
	for _, e := range r.entries {
		stands[e.ID] = true
		was, known := old[e.ID]
		if known && was.Kind != e.Kind {
			// An opt-out never becomes a permission by a slip in a file.
			p.wrong(r, "stood for another kind of entry ("+string(was.Kind)+") when it was imported before: give the new one an id of its own")
			continue
		}
		p.entry(e, was, known)
	}
	// What it stood for and does not any more has ended: a patient who is no longer restricted, a
	// link that was wrong.
	for _, was := range newest {
		if !stands[was.ID] && owner(was.ID) == r.key {
			p.over(r, was)
		}
	}
	return p.plan
}

// owner is the key of the resource that an entry is of.
func owner(id string) string {
	key, _, _ := strings.Cut(id, "#")
	return key
}

func recordedPlain(newest []registry.Entry, key string) bool {
	for i := range newest {
		if owner(newest[i].ID) == key {
			return true
		}
	}
	return false
}

// whyNow says why a resource opens nothing now, "" when one of its entries may.
func (r *resource) whyNow(now time.Time) string {
	why := r.why
	for _, e := range r.entries {
		late := outside(e.From, e.Until, now)
		if late == "" {
			return r.why
		}
		why = cmp.Or(why, late)
	}
	return why
}

// planner makes a plan.
type planner struct {
	plan
	by  string
	now time.Time
}

func (p *planner) wrong(res *resource, problem string) {
	p.problems = append(p.problems, res.kind+": "+problem)
}

// over ends an entry that its resource does not stand for any more.
func (p *planner) over(res *resource, old registry.Entry) {
	over := old
	over.Status = registry.Ended
	if res.leaves == registry.Void || old.Kind == registry.KindTestOrder {
		over.Status = registry.Void // no order at all: one that is closed has its days of grace
	}
	if old.Status == over.Status || old.Status == registry.Void || old.Status == registry.Withdrawn {
		return
	}
	if old.Status == registry.Active && (old.Kind == registry.KindOptOut || old.Kind == registry.KindNationalOptOut || old.Kind == registry.KindPermission && !old.Detail.Given) {
		// A no ends when a resource says that it has, not when one says nothing.
		p.wrong(res, "stood for a patient's no when it was imported before, and stands for nothing now: send it with the status inactive if it has ended")
		return
	}
	p.changed++
	p.next(over, old)
}

func (p *planner) entry(e, old registry.Entry, known bool) {
	p.dated(&e, old)
	if !known {
		e.Version, e.RecordedBy, e.RecordedAt = 1, p.by, p.now
		p.added++
		p.add = append(p.add, e)
		return
	}
	// A permission that was withdrawn here stays withdrawn, whatever a file made
	// before says: to be given again it needs an id of its own.
	if old.Status == registry.Withdrawn && e.Status == registry.Active {
		e.Status = registry.Withdrawn
		e.Detail.EndedBy = old.Detail.EndedBy
	}
	if e.Says(old) {
		p.unchanged++
		return
	}
	p.changed++
	// One that is now about another patient was wrong about the first one, who
	// must not be left with its last version.
	if e.Patient != old.Patient {
		wrong := old
		wrong.Status = registry.Void
		p.next(wrong, old)
		old.Version++
	}
	p.next(e, old)
}

func (p *planner) next(e, old registry.Entry) {
	e.Version, e.RecordedBy, e.RecordedAt = old.Version+1, p.by, p.now
	p.add = append(p.add, e)
}

// dated gives an end to what has ended without saying when: the moment at which
// we were told. It keeps the one that it was given before.
func (p *planner) dated(e *registry.Entry, old registry.Entry) {
	switch {
	case e.Kind == registry.KindRegistration && e.Status == registry.Ended && (e.Until.IsZero() || e.Until.After(p.now)):
		if e.Until = old.Until; e.Until.IsZero() || old.Status != registry.Ended {
			e.Until = p.now.Truncate(time.Microsecond)
		}
	case e.Kind == registry.KindTestOrder && e.Status == registry.Ended && e.Detail.ClosedAt.IsZero() &&
		e.Detail.State != "on-hold":
		if e.Detail.ClosedAt = old.Detail.ClosedAt; e.Detail.ClosedAt.IsZero() {
			e.Detail.ClosedAt = p.now.UTC().Truncate(time.Microsecond)
		}
	}
}
