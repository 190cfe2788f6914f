package past

import (
	"slices"
	"time"

	"github.com/mycarerecord/mcr/internal/demo/people"
)

// Famous is who was in the news, and has opted out.
const Famous = "David Dale"

// confusion is what she writes each time.
const confusion = "Patient confused, history needed"

// misuse is what is planted, for officers to find: docs/demo-past.md tells of it.
func (m *month) misuse() (all []visit) {
	all = append(all, m.atNight()...)
	all = append(all, m.ofAColleague()...)
	all = append(all, m.ofTheFamous()...)
	all = append(all, m.withoutFollow()...)
	return append(all, m.duringTheFault()...)
}

// atNight: a nurse asks, on five nights, for the records of people whom her hospital does not treat, is
// refused, and declares one emergency after the other in the same words.
func (m *month) atNight() (all []visit) {
	whom := m.who(func(p *people.Person) bool { return !treated(p, stAldhelm) && !p.Has(people.OptedOut) })
	m.Shuffle(len(whom), func(i, j int) { whom[i], whom[j] = whom[j], whom[i] })
	for night, ago := range []int{25, 20, 16, 11, 6} {
		for i := range 4 {
			if len(whom) == 0 {
				return all
			}
			when := clock(m.day(ago), 1, 10+37*i+3*night)
			all = append(all, visit{when, named(AtNight), whom[0], func(t *telling) {
				t.collect(t.elsewhere()[:1], whole...)
				t.wait(time.Minute)
				if _, ok := t.declares("unable-to-consent", confusion); ok {
					t.wait(20 * time.Second)
					t.collect(t.elsewhere()[:1], slices.Concat(whole, []ask{letters})...)
				}
			}})
			whom = whom[1:]
		}
	}
	return all
}

// ofAColleague: on two Sunday evenings a community nurse says that her colleague, whom her own
// organisation treats, agreed to all that is sensitive too.
func (m *month) ofAColleague() (all []visit) {
	for _, ago := range []int{4, 12} {
		all = append(all, visit{clock(m.last(time.Sunday, ago), 21, 40), named(OfAColleague), m.flagged(people.Professional), func(t *telling) {
			t.address = "198.51.100.23" // from home
			if _, ok := t.says(true, answer{how: "in-person", purpose: "Care at home", lasts: time.Hour, sensitive: true}); ok {
				t.wait(20 * time.Second)
				t.collect(t.elsewhere(), slices.Concat(whole, further)...)
			}
		}})
	}
	return all
}

// ofTheFamous: within two days people of six organisations ask for the record of somebody who was in
// the news, and who has opted out: all are refused, but for two who see what their own hospital holds.
func (m *month) ofTheFamous() (all []visit) {
	i := slices.IndexFunc(m.People, func(p people.Person) bool { return p.Name() == Famous })
	if i < 0 {
		return nil
	}
	day := m.last(time.Wednesday, 5)
	for n, name := range []string{
		"Dr Samir Haddad", "Grainne Molloy", "Tess Nolan", "Meera Joshi", "Dr Rhys Pritchard", "Luke Farrow", "Nia Bevan", "Sipho Dube", "Mark Ainsley",
	} {
		when := clock(day, 9, 20).Add(time.Duration(n) * 217 * time.Minute)
		all = append(all, visit{when, named(name), &m.People[i], func(t *telling) {
			if t.who.Source == stAldhelm {
				t.collect([]string{stAldhelm}, stays, letters)
				return
			}
			t.collect([]string{riverside, stAldhelm}, whole...)
		}})
	}
	return all
}

// withoutFollow: a paramedic declares an emergency, of somebody who did not call, and sees more than an
// emergency needs; nobody looked into it, as into every other.
func (m *month) withoutFollow() []visit {
	whom := m.who(func(p *people.Person) bool {
		return !treated(p, ambulance) && !p.Has(people.OptedOut) && p.GP == hillview
	})
	if len(whom) == 0 {
		return nil
	}
	return []visit{{clock(m.last(time.Saturday, 8), 15, 12), named(WithoutFollow), whom[0], func(t *telling) {
		if _, ok := t.declares("safeguarding", "Concern for somebody"); ok {
			t.wait(time.Minute)
			t.collect(t.elsewhere(), slices.Concat(whole, further)...)
		}
	}}}
}

// awaySource is the source that did not answer for an afternoon.
const awaySource = northmoor

// outage is when the source did not answer.
func (m *month) outage() (from, to time.Time) {
	day := m.last(time.Tuesday, 13)
	return clock(day, 13, 5), clock(day, 16, 40)
}

// away says that a source does not answer at this time.
func (t *telling) away(source string) bool {
	from, to := t.outage()
	return source == awaySource && !t.now.Before(from) && t.now.Before(to)
}

// duringTheFault are visits to the source while it was away: more than on other afternoons.
func (m *month) duringTheFault() (all []visit) {
	from, _ := m.outage()
	for _, practice := range []struct {
		source string
		staff  []Colleague
	}{{riverside, at(riverside, "R0260")}, {hillview, at(hillview, "R0260")}} {
		whom := m.who(func(p *people.Person) bool { _, tied := p.Tie(northmoor); return tied && p.GP == practice.source })
		for i := range min(5, len(whom)) {
			all = append(all, visit{from.Add(time.Duration(7+40*i) * time.Minute), practice.staff[i%len(practice.staff)], whom[i], routine})
		}
	}
	return all
}

// flagged is the first person with a flag.
func (m *month) flagged(flag string) *people.Person {
	return &m.People[slices.IndexFunc(m.People, func(p people.Person) bool { return p.Has(flag) })]
}
