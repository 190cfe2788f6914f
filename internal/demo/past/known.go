package past

import (
	"cmp"
	"errors"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/nhs"
)

// said is what is known of a patient only in the month itself: what was said, and who was called.
// The registry of today has none of it: all of it is over.
type said struct {
	permissions []permission
	emergencies []emergency
	calls       []call
}

type permission struct {
	access.Permission
	withdrawn time.Time // zero: it was not
}

type emergency struct {
	access.Emergency
	organisation nhs.ODSCode
	declared     time.Time
}

// call is that an organisation began to treat a patient who called it.
type call struct {
	access.Relationship
}

func (m *month) of(n nhs.Number) *said {
	s := m.said[n]
	if s == nil {
		s = new(said)
		m.said[n] = s
	}
	return s
}

// facts are what was known at the time of a question: what the registry has, but for what people
// said there since, and what was said in the month.
func (m *month) facts(q access.Question) access.Facts {
	f := m.Facts.Gather(m.ctx, q)
	if f.Identity.State == access.Unavailable {
		m.fault = cmp.Or(m.fault, errors.New("the registry does not say what is known of patients"))
	}
	s := m.of(q.Patient)
	var permissions []access.Permission
	for _, p := range s.permissions {
		if p.Recorded.After(q.Time) || p.UserID != q.Subject.UserID && p.Organisation != q.Subject.Organisation {
			continue
		}
		p.Withdrawn = !p.withdrawn.IsZero() && !p.withdrawn.After(q.Time)
		permissions = append(permissions, p.Permission)
	}
	f.Permissions = list(permissions)
	var emergencies []access.Emergency
	for _, e := range s.emergencies {
		if !e.declared.After(q.Time) && e.UserID == q.Subject.UserID && e.organisation == q.Subject.Organisation {
			emergencies = append(emergencies, e.Emergency)
		}
	}
	f.Emergencies = list(emergencies)
	relationships := slices.Clone(f.Relationships.Value)
	for _, c := range s.calls {
		if !c.From.After(q.Time) && c.Organisation == q.Subject.Organisation {
			c.Ended = !c.Until.IsZero() && !c.Until.After(q.Time)
			relationships = append(relationships, c.Relationship)
		}
	}
	f.Relationships = list(relationships)
	return f
}

func list[T any](all []T) access.Fact[[]T] {
	if len(all) == 0 {
		return access.AbsentFact[[]T]()
	}
	return access.KnownFact(all)
}
