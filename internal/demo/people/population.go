package people

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/upstreams"
)

// Size is the number of people in the demo region.
const Size = 200

// asOf is the day up to which the records are written. It is a constant, so
// that the records do not change from one day to the next.
var asOf = time.Date(2025, time.March, 31, 12, 0, 0, 0, time.UTC)

// Options choose a population.
type Options struct {
	Seed  uint64
	Today time.Time          // appointments to come are counted from here
	From  []upstreams.Source // the organisations of the region, all twelve
}

// Population is everyone in the region.
type Population struct {
	People []Person // the story's people first
	seed   uint64
	today  time.Time
	source map[string]upstreams.Source
}

// Person is one synthetic patient.
type Person struct {
	Number     nhs.Number
	Superseded nhs.Number // a number that was replaced; mostly zero
	Prefix     string
	Given      string
	Family     string
	Gender     string // "female" or "male"
	Born       string // 1958-02-11
	Died       string // a date, or ""
	Address    Address
	Phone      string
	// GP is the source id of the practice that the person is registered with.
	GP string
	// Flags say what is particular about the person: see Flags.
	Flags []string
	// Ties are the organisations that hold a record about the person, the
	// registered practice first.
	Ties []Tie

	index int
}

// Address is where a person lives.
type Address struct{ Line, Town, County, Postcode string }

// Tie is one organisation's standing with a person.
type Tie struct {
	Source string // source id
	Kind   string // "registration", "episode", "admission", "referral", "caseload", "call"
	Start  string // a date
	End    string // a date, or "" while it lasts
	// OldNumber says that this organisation knows the person by the number that
	// was replaced.
	OldNumber bool
}

// Has says whether a flag is set.
func (p Person) Has(flag string) bool { return slices.Contains(p.Flags, flag) }

// Name is the name as it is spoken.
func (p Person) Name() string { return p.Given + " " + p.Family }

// Tie gives the person's standing with one organisation.
func (p Person) Tie(source string) (Tie, bool) {
	for _, t := range p.Ties {
		if t.Source == source {
			return t, true
		}
	}
	return Tie{}, false
}

// New makes the population.
func New(opt Options) (*Population, error) {
	p := &Population{seed: opt.Seed, today: opt.Today.UTC().Truncate(24 * time.Hour), source: map[string]upstreams.Source{}}
	for _, s := range opt.From {
		p.source[s.ID] = s
	}
	for _, id := range sourceIDs {
		if _, ok := p.source[id]; !ok {
			return nil, fmt.Errorf("making the population: source %s is not declared", id)
		}
	}
	numbers := newNumbers(opt.Seed)
	for i := range Size {
		person := p.person(i)
		person.Number = numbers.next()
		if person.Has(SupersededNumber) {
			person.Superseded = numbers.next()
		}
		p.People = append(p.People, person)
	}
	if len(p.People) < len(story) {
		return nil, errors.New("making the population: fewer people than the story needs")
	}
	return p, nil
}

// person makes the i-th person: from the story, or by lot.
func (p *Population) person(i int) Person {
	r := p.lot("person", i)
	person := byLot(r, i)
	if i < len(story) {
		person = story[i].tell(person)
	} else {
		person.Flags = flagsOf(i)
		person.Ties = spread(r, person)
	}
	person.index = i
	if person.Has(Deceased) {
		person.Died = "2025-02-14"
	}
	return person
}

// lot gives a source of chance of its own for each purpose, so that a change to
// one record changes no other.
func (p *Population) lot(purpose string, i int) *rand.Rand {
	sum := sha256.Sum256(fmt.Appendf(nil, "%d/%s/%d", p.seed, purpose, i))
	return rand.New(rand.NewPCG(binary.BigEndian.Uint64(sum[:8]), binary.BigEndian.Uint64(sum[8:16])))
}
