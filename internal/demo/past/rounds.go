package past

import (
	"slices"
	"time"

	"github.com/mycarerecord/mcr/internal/demo/people"
)

// rounds are what happens on an ordinary day.
func (m *month) rounds() []round {
	return []round{
		{at(riverside, "R0260", "R8001"), 2, 0, 8, 18, patientsOf(riverside), routine},
		{at(hillview, "R0260"), 2, 0, 8, 18, patientsOf(hillview), routine},
		{at(stAldhelm, "R0050"), 2, 1, 8, 19, treatedAt(stAldhelm), asked("in-person", clinics, 12*time.Hour)},
		{at(stAldhelm, "R8001")[1:], 1, 1, 20, 6, treatedAt(stAldhelm), asked("in-person", wards, 12*time.Hour)},
		{at(northmoor, "R0050"), 1, 0, 9, 17, treatedAt(northmoor), asked("video", clinics, 24*time.Hour)},
		{at(northmoor, "R8005"), 2, 0, 8, 18, orderedAt, interpret},
		{at(ambulance, "R8003"), 1, 2, 0, 24, anybody, crew},
		{at(wend111, "R8000"), 1, 2, 0, 24, anybody, helpline},
		{at(outOfHours, "R0260", "R8001"), 1, 2, 18, 8, anybody, asked("in-person", outOfHoursFor, 6*time.Hour)},
		{at(wendValley, "R8001"), 1, 1, 8, 18, treatedAt(wendValley), asked("in-person", atHome, 7*24*time.Hour)},
		{slices.Concat(at(larkfield, "R8000", "R8001"), at(eastmere, "R8000")), 1, 0, 9, 17, mental, asked("in-person", mentalHealth, 24*time.Hour)},
		{slices.Concat(at(wendshire, "R8014"), at(marlshire, "R8014")), 1, 0, 9, 17, social, asked("telephone", socialCare, 24*time.Hour)},
		{slices.Concat(at(marlshire, "R8010"), at(hillview, "R8009")), 1, 0, 9, 17, anybody, notEntitled},
	}
}

// patientsOf are those who are registered with a practice.
func patientsOf(source string) func(*month, Colleague) []*people.Person {
	return func(m *month, _ Colleague) []*people.Person {
		return m.who(func(p *people.Person) bool { return p.GP == source })
	}
}

// treatedAt are those who are being treated at a source.
func treatedAt(source string) func(*month, Colleague) []*people.Person {
	return func(m *month, c Colleague) []*people.Person {
		return m.who(func(p *people.Person) bool { return treated(p, source) })
	}
}

func treated(p *people.Person, source string) bool {
	return slices.ContainsFunc(p.Ties, func(t people.Tie) bool { return t.Source == source && t.End == "" })
}

func mental(m *month, c Colleague) []*people.Person { return treatedAt(c.Source)(m, c) }
func social(m *month, c Colleague) []*people.Person { return treatedAt(c.Source)(m, c) }
func anybody(m *month, _ Colleague) []*people.Person {
	return m.who(func(*people.Person) bool { return true })
}

// orderedAt are those of whom tests may be ordered at Northmoor.
func orderedAt(m *month, _ Colleague) []*people.Person {
	return m.who(func(p *people.Person) bool { return treated(p, northmoor) })
}

// who are the living who are so: of the dead, and of those of whom misuse tells, no ordinary day does.
func (m *month) who(so func(*people.Person) bool) (some []*people.Person) {
	for i := range m.People {
		p := &m.People[i]
		if p.Died == "" && !p.Has(people.Professional) && !isStory(p) && so(p) {
			some = append(some, p)
		}
	}
	return some
}

// isStory says that a person is one whom the script of ten commands is about, or the planted misuse:
// their part of the trail is to be short.
func isStory(p *people.Person) bool {
	return p.Has(people.AsksPermission) || p.Has(people.OwnRecord) || p.Name() == Famous
}
