package decision

import (
	"bytes"
	"context"
	"hash/maphash"
	"log/slog"
	"reflect"
	"sync"
	"sync/atomic"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision/internal/rego"
)

// A decision is made of its input and of the rules, and of nothing else. So a revision remembers
// what it decided, under the whole text of the input but the time, with the moment until which the
// rules would say the same (rego.Machine.Same): a question of the same session is decided by one
// look. The input is gathered, written and recorded for each question all the same.
//
// Of a sample of these the rules are asked too. If they ever say something else, that is what
// counts, it is counted (mcr_policies_remembered_differ_total), and nothing is remembered any more.

const (
	// mostRemembered are the decisions that a revision remembers, in two halves: the older one goes when
	// the younger is full.
	mostRemembered = 4096
	// sampleOf is of how many remembered decisions one is made anew, to compare.
	sampleOf = 1024
)

// passing is where in the text of an input that stands which changes from question to question.
type passing struct {
	asked struct{ from, to int } // how often the person asked
	time  int                    // from there to the end
}

// key is what a decision is remembered under.
type key struct {
	text    []byte
	passing passing
	now     int64 // the time of the question
}

// parts are what must be the same; asked, where the rules read how often the person asked.
func (k key) parts(asked bool) (before, after []byte) {
	if asked {
		return k.text[:k.passing.asked.to], k.text[k.passing.asked.to:k.passing.time]
	}
	return k.text[:k.passing.asked.from], k.text[k.passing.asked.to:k.passing.time]
}

func (k key) hash(asked bool) uint64 {
	before, after := k.parts(asked)
	return maphash.Bytes(memorySeed, before) ^ maphash.Bytes(memorySeed, after)*3
}

func (k key) same(other key, asked bool) bool {
	before, after := k.parts(asked)
	b, a := other.parts(asked)
	return bytes.Equal(before, b) && bytes.Equal(after, a)
}

var memorySeed = maphash.MakeSeed()

// remembered is one decision.
type remembered struct {
	key
	until    int64 // the last second in which it holds; it holds from key.now on
	decision access.Decision
}

// memory is what a revision remembers. The zero memory is ready.
type memory struct {
	once  sync.Once
	asked bool // the rules read how often the person asked

	mu         sync.RWMutex
	young, old map[uint64]*remembered

	off atomic.Bool
}

// recall counts what was remembered, for the life of an engine.
type recall struct{ recalled, differed atomic.Uint64 }

// decide gives what is remembered, or else what evaluate gives; same is then for how many seconds that
// holds. What is remembered is shared: decisions are not changed by those who get them.
func (m *memory) decide(rev *Revision, count *recall, k key, evaluate func() (access.Decision, error), same func() int64) (access.Decision, error) {
	if rev.program == nil || m.off.Load() {
		return evaluate()
	}
	m.once.Do(func() { m.asked = rev.readsAsked() })
	hash := k.hash(m.asked)
	if r := m.find(hash, k); r != nil {
		if count.recalled.Add(1)%sampleOf == 0 {
			return m.compared(rev, count, r, evaluate)
		}
		return r.decision, nil
	}
	d, err := evaluate()
	if left := same(); err == nil && left >= 0 {
		until := k.now + left
		if until < k.now { // for ever
			until = 1<<63 - 1
		}
		m.keep(hash, &remembered{key: k, until: until, decision: d})
	}
	return d, err
}

// find gives what is remembered of a question and still holds, or nil.
func (m *memory) find(hash uint64, k key) *remembered {
	m.mu.RLock()
	r, young := m.young[hash]
	if !young {
		r = m.old[hash]
	}
	m.mu.RUnlock()
	if r == nil || k.now < r.now || k.now > r.until || !k.same(r.key, m.asked) {
		return nil
	}
	if !young {
		m.keep(hash, r)
	}
	return r
}

func (m *memory) keep(hash uint64, r *remembered) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.young == nil || len(m.young) >= mostRemembered/2 {
		m.young, m.old = make(map[uint64]*remembered), m.young
	}
	m.young[hash] = r
}

// compared asks the rules too. What they say counts.
func (m *memory) compared(rev *Revision, count *recall, r *remembered, evaluate func() (access.Decision, error)) (access.Decision, error) {
	d, err := evaluate()
	if rego.TooLong(err) { // the machine is busy: that says nothing of what was decided
		return r.decision, nil
	}
	if err != nil || !reflect.DeepEqual(d, r.decision) {
		m.off.Store(true)
		count.differed.Add(1)
		rev.log.LogAttrs(context.Background(), slog.LevelError, "a remembered decision is not what the rules say: none is remembered any more",
			slog.String("revision", rev.name), slog.Bool("failed", err != nil))
	}
	return d, err
}

// readsAsked reports whether any of the rules can read how often the person asked.
func (r *Revision) readsAsked() bool {
	reads := func(r *Revision) bool {
		return readsOf(r.compiler).of("subject").of("asked_last_hour") != nil
	}
	for _, own := range r.own {
		if reads(own) {
			return true
		}
	}
	return reads(r)
}

// Remembering is how often an engine remembered what it had decided.
type Remembering struct {
	Recalled uint64 // decisions that were remembered
	Differed uint64 // of a sample of these: what the rules do not say; must be 0
}

// Remembering is how often the engine remembered since it was made.
func (e *Engine) Remembering() Remembering {
	return Remembering{e.recall.recalled.Load(), e.recall.differed.Load()}
}
