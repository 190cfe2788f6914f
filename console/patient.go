package console

import (
	"slices"
	"time"

	"github.com/mycarerecord/mcr/console/page"
)

// mostPatients that one session holds; above it the one looked up first is forgotten.
const mostPatients = 100

// patients are those that a session has looked up. Every page names its patient by
// reference in its address, and never by "the current one": two tabs with two
// patients cannot mix.
type patients struct {
	byRef map[string]*patient
	order []string
}

// patient is one of them, with what came of asking who it is.
type patient struct {
	page.Patient
	found    finding
	said     string    // "no", "withdrawn": what was last recorded, to be told on the next page
	declared time.Time // the end of a declared emergency
	recorded []answer  // what this session recorded
	refused  time.Time // when it recorded a "no"; zero after a yes
}

// look notes a patient who was looked up, under a new reference.
func (s *session) look(p patient) string {
	p.Ref = secret(16)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.over {
		return p.Ref
	}
	if s.patients.byRef == nil {
		s.patients.byRef = map[string]*patient{}
	}
	s.patients.byRef[p.Ref] = &p
	s.patients.order = append(s.patients.order, p.Ref)
	if len(s.patients.order) > mostPatients {
		delete(s.patients.byRef, s.patients.order[0])
		s.patients.order = slices.Delete(s.patients.order, 0, 1)
	}
	return p.Ref
}

// of gives a copy of a patient by reference.
func (s *session) of(ref string) (patient, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.patients.byRef[ref]
	if !ok {
		return patient{}, false
	}
	return *p, true
}

// note changes what is known of a patient, and gives a copy.
func (s *session) note(ref string, change func(*patient)) (patient, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.patients.byRef[ref]
	if !ok {
		return patient{}, false
	}
	change(p)
	return *p, true
}

// seen is what the rooms see of the patients of a session.
func (c *Console) seen(s *session) func(ref string) (*page.Patient, bool) {
	return func(ref string) (*page.Patient, bool) {
		p, ok := s.of(ref)
		if !ok {
			return nil, false
		}
		p = c.withEmergency(p)
		return &p.Patient, true
	}
}

// withEmergency says how it stands with emergencies now.
func (c *Console) withEmergency(p patient) patient {
	p.EmergencyEnds, p.MayDeclare = time.Time{}, false
	if c.cfg.Clock().Before(p.declared) {
		p.EmergencyEnds = p.declared
	} else if _, opted := p.found.OptedOut(); !opted {
		p.MayDeclare = c.settings().Emergency.Enabled
	}
	return p
}
