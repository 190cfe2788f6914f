package console

import (
	"crypto/rand"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/mycarerecord/mcr/console/page"
)

// mostPatients that one session holds; above it the one looked up first is forgotten.
const mostPatients = 100

// patients are those that a session has looked up. Every page names its patient by
// reference in its address, and never by "the current one": two tabs with two
// patients cannot mix.
type patients struct {
	mu    sync.Mutex
	byRef map[string]*patient
	order []string
	over  bool // the session has ended
}

// patient is one of them, with what came of asking who it is.
type patient struct {
	page.Patient
	found    finding
	opened   string // what opened the record when it was found (standing.opens)
	now      standing
	said     string    // "no", "withdrawn": what was last recorded, to be told on the next page
	declared time.Time // the end of an emergency that this session declared
	recorded []answer  // what this session recorded
	refused  time.Time // when it recorded a "no"; zero after a yes
}

// lookedUp gives those that somebody has looked up.
func lookedUp(who *page.Person) *patients { return who.Kept.(*patients) }

// Forget drops them all; nobody is looked up after it.
func (all *patients) Forget() {
	all.mu.Lock()
	defer all.mu.Unlock()
	all.byRef, all.order, all.over = nil, nil, true
}

// look notes a patient who was looked up, under a new reference.
func (all *patients) look(p patient) string {
	p.Ref = rand.Text()
	all.mu.Lock()
	defer all.mu.Unlock()
	if all.over {
		return p.Ref
	}
	if all.byRef == nil {
		all.byRef = map[string]*patient{}
	}
	all.byRef[p.Ref] = &p
	all.order = append(all.order, p.Ref)
	if len(all.order) > mostPatients {
		delete(all.byRef, all.order[0])
		all.order = slices.Delete(all.order, 0, 1)
	}
	return p.Ref
}

// of gives a copy of a patient by reference.
func (all *patients) of(ref string) (patient, bool) { return all.note(ref, func(*patient) {}) }

// note changes what is known of a patient, and gives a copy.
func (all *patients) note(ref string, change func(*patient)) (patient, bool) {
	all.mu.Lock()
	defer all.mu.Unlock()
	p, ok := all.byRef[ref]
	if !ok {
		return patient{}, false
	}
	change(p)
	return *p, true
}

// seen is what the rooms see of the patients of a session.
func (c *Console) seen(r *http.Request, who *page.Person) func(ref string) (*page.Patient, bool) {
	return func(ref string) (*page.Patient, bool) {
		p, ok := lookedUp(who).of(ref)
		if !ok {
			return nil, false
		}
		p = c.stands(p, c.standing(r.Context(), who, p))
		return &p.Patient, true
	}
}

// stands says of a patient how it stands.
func (c *Console) stands(p patient, now standing) patient {
	_, opted := p.found.OptedOut()
	p.now, p.EmergencyEnds = now, now.Emergency
	p.MayDeclare = now.Emergency.IsZero() && !opted && c.settings().Emergency.Enabled
	return p
}

// asItStands says of a patient how it stands now. What the sources said is as old as the
// last look: where something else opens the record since, because of what was done on
// this screen or on another, they are asked anew. It says whether this is still the
// patient.
func (c *Console) asItStands(r *http.Request, who *page.Person, p patient) (patient, bool) {
	now, right := c.standing(r.Context(), who, p), true
	if now.Known && now.opens() != p.opened {
		p, right = c.again(r, who, p)
	}
	return c.stands(p, now), right
}

// declaredUntil is the end of the emergency that this session declared; zero when it is over.
func (p patient) declaredUntil(at time.Time) time.Time {
	if at.Before(p.declared) {
		return p.declared
	}
	return time.Time{}
}
