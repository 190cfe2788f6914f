package past

import (
	"cmp"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/google/uuid"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/internal/demo/people"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/upstreams"
)

// Facts are what the region's registry knows: registry.Registry.
type Facts interface {
	Gather(ctx context.Context, q access.Question) access.Facts
}

// Rules decide: decision.Engine.
type Rules interface {
	Decide(ctx context.Context, q access.Question, f access.Facts) access.Decision
}

// Protector puts into a record whom it is about: protect.Protector.
type Protector interface {
	About(r *audit.Record, n nhs.Number)
}

// Options say whose month is made up. All but Seed are needed.
type Options struct {
	Seed  uint64    // default 1
	Days  int       // how many days it has
	Until time.Time // when it ends: now

	People  []people.Person
	Sources []upstreams.Source // the twelve

	Facts Facts
	Rules Rules // those in force
	// Trial are the same rules with emergency access, which they may be without: they were in
	// force until some days ago (Trial).
	Trial     Rules
	Protector Protector
}

// trialOver is how many days before the end the trial of emergency access was over.
const trialOver = 3

// month is a month as it is made up.
type month struct {
	Options
	*rand.Rand
	ctx     context.Context
	sources map[string]upstreams.Source
	said    map[nhs.Number]*said
	records []*audit.Record
	fault   error
}

// Make makes the records of the month, in the order of their times. They are fit for a journal, which
// gives them broker, number and salt.
func Make(ctx context.Context, opt Options) ([]*audit.Record, error) {
	opt.Seed = cmp.Or(opt.Seed, 1)
	if opt.Days < 1 || opt.Facts == nil || opt.Rules == nil || opt.Trial == nil || opt.Protector == nil || len(opt.People) == 0 {
		return nil, errors.New("making up a past: something that it is made of is missing")
	}
	m := &month{
		Options: opt, Rand: rand.New(rand.NewPCG(opt.Seed, 0x70617374)), ctx: ctx,
		sources: map[string]upstreams.Source{}, said: map[nhs.Number]*said{},
	}
	for _, s := range opt.Sources {
		m.sources[s.ID] = s
	}
	for _, v := range m.visits() {
		if m.fault != nil {
			return nil, fmt.Errorf("making up a past: %w", m.fault)
		}
		m.tell(v)
	}
	m.looks()
	if m.fault == nil && len(m.records) == 0 {
		m.fault = errors.New("nothing happened in it")
	}
	if m.fault != nil {
		return nil, fmt.Errorf("making up a past: %w", m.fault)
	}
	// Who began before the end may have gone on after it.
	m.records = slices.DeleteFunc(m.records, func(r *audit.Record) bool { return r.TimeOut.After(opt.Until) })
	slices.SortStableFunc(m.records, func(a, b *audit.Record) int { return a.TimeIn.Compare(b.TimeIn) })
	return m.records, nil
}

// rules are those in force at a time.
func (m *month) rules(at time.Time) Rules {
	if m.trial(at) {
		return m.Trial
	}
	return m.Rules
}

// trial says whether emergency access was tried at a time.
func (m *month) trial(at time.Time) bool {
	return at.Before(midnight(m.Until).AddDate(0, 0, -trialOver))
}

// id makes an id of a time: a UUIDv7 (RFC 9562 section 5.7), as those of records and of what is stated.
func (m *month) id(at time.Time) string {
	var id uuid.UUID
	binary.BigEndian.PutUint64(id[:8], uint64(at.UnixMilli())<<16|uint64(m.IntN(1<<12)))
	binary.BigEndian.PutUint64(id[8:], m.Uint64())
	id[6] = id[6]&0x0f | 0x70
	id[8] = id[8]&0x3f | 0x80
	return id.String()
}

// random gives so many bytes in hex.
func (m *month) random(bytes int) string {
	b := make([]byte, 0, bytes+8)
	for len(b) < bytes {
		b = binary.BigEndian.AppendUint64(b, m.Uint64())
	}
	return hex.EncodeToString(b[:bytes])
}

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }
