// Package trailtest is what every store of the trail must pass (Run), and a
// store in memory that passes it (Memory), for tests of what stands around a store.
//
// Memory keeps nothing beyond the process: it is for tests only.
package trailtest

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
)

// Memory is a store and a trail in memory. The zero Memory is empty and ready.
type Memory struct {
	mu     sync.Mutex
	kept   map[string]map[uint64]spool.Entry
	read   []*audit.Record // what the questions are asked of
	failed error
	sent   [][2]uint64
	asked  int

	visited map[audit.Scope]grouped // see visits
}

// Fail makes every delivery fail with err until it is called with nil.
func (m *Memory) Fail(err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.failed = err
}

// Sent gives the first and last number of each delivery that was tried, in order.
func (m *Memory) Sent() [][2]uint64 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.sent)
}

// Deliver implements audit.Store.
func (m *Memory) Deliver(_ context.Context, b audit.Batch) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.sent = append(m.sent, [2]uint64{b.First(), b.Last()})
	if m.failed != nil {
		return m.failed
	}
	for _, e := range b.Entries {
		if old, ok := m.kept[b.Broker][e.Seq]; ok && old.Hash != e.Hash {
			return fmt.Errorf("delivering to memory: %w", audit.ErrConflict)
		}
	}
	if m.kept == nil {
		m.kept = map[string]map[uint64]spool.Entry{}
	}
	if m.kept[b.Broker] == nil {
		m.kept[b.Broker] = map[uint64]spool.Entry{}
	}
	for _, e := range b.Entries {
		if _, ok := m.kept[b.Broker][e.Seq]; ok {
			continue
		}
		r := &audit.Record{}
		if err := json.Unmarshal(e.Payload, r); err != nil {
			return fmt.Errorf("delivering to memory: %w", err)
		}
		r.Sequence = e.Seq
		e.Payload = slices.Clone(e.Payload)
		m.kept[b.Broker][e.Seq] = e
		m.read = append(m.read, r)
	}
	return nil
}

// Highest implements audit.Store.
func (m *Memory) Highest(_ context.Context, broker string) (uint64, spool.Hash, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.failed != nil {
		return 0, spool.Hash{}, m.failed
	}
	var last spool.Entry
	for _, e := range m.kept[broker] {
		if e.Seq > last.Seq {
			last = e
		}
	}
	return last.Seq, last.Hash, nil
}

// Digests implements audit.Store.
func (m *Memory) Digests(_ context.Context, broker string, first, last, each uint64) ([]audit.Digest, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked++
	if m.failed != nil {
		return nil, m.failed
	}
	blocks := map[uint64]*audit.Digest{}
	for seq, e := range m.kept[broker] {
		if seq < first || seq > last {
			continue
		}
		if blocks[seq/each] == nil {
			blocks[seq/each] = new(audit.Digest)
		}
		c, _ := audit.ReadColumns(e.Payload) // what is no record has no id
		blocks[seq/each].Add(seq, e.Hash, c.ID)
	}
	var all []audit.Digest
	for _, no := range slices.Sorted(maps.Keys(blocks)) {
		all = append(all, *blocks[no])
	}
	return all, nil
}

// Asked says how often Digests was asked.
func (m *Memory) Asked() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.asked
}

// Forget takes away the records of a chain that are chosen, as a store does that loses them,
// and gives how many.
func (m *Memory) Forget(broker string, chosen func(seq uint64) bool) (n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for seq := range m.kept[broker] {
		if chosen(seq) {
			delete(m.kept[broker], seq)
			n++
		}
	}
	clear(m.visited)
	m.read = slices.DeleteFunc(m.read, func(r *audit.Record) bool {
		_, is := m.kept[broker][r.Sequence]
		return r.Broker == broker && !is
	})
	return n
}

// Alter puts another hash under a number, as somebody does who alters a record.
func (m *Memory) Alter(broker string, seq uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.kept[broker][seq]
	e.Hash[0]++
	m.kept[broker][seq] = e
}

// Close implements audit.Store.
func (m *Memory) Close() error { return nil }

// Show implements audit.Trail.
func (m *Memory) Show(_ context.Context, id string, s audit.Scope) (*audit.Record, error) {
	s.Limit = 1 << 30
	for _, r := range m.where(s, func(r *audit.Record) bool { return r.ID == id }) {
		return r, nil
	}
	return nil, audit.ErrNotFound
}

// Tail implements audit.Trail.
func (m *Memory) Tail(_ context.Context, s audit.Scope) ([]*audit.Record, error) {
	return m.where(s, func(*audit.Record) bool { return true }), nil
}

// Patient implements audit.Trail.
func (m *Memory) Patient(_ context.Context, patient []string, s audit.Scope) ([]*audit.Record, error) {
	return m.where(s, func(r *audit.Record) bool { return slices.Contains(patient, r.PatientHMAC) }), nil
}

// Refused implements audit.Trail.
func (m *Memory) Refused(_ context.Context, s audit.Scope) ([]*audit.Record, error) {
	return m.where(s, func(r *audit.Record) bool { return r.Outcome != audit.Released }), nil
}

// Brokers implements audit.Trail.
func (m *Memory) Brokers(context.Context) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Sorted(maps.Keys(m.kept)), nil
}

// Entries implements audit.Trail.
func (m *Memory) Entries(_ context.Context, broker string, after uint64, most int) ([]spool.Entry, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var entries []spool.Entry
	for _, e := range m.kept[broker] {
		if e.Seq > after {
			entries = append(entries, e)
		}
	}
	slices.SortFunc(entries, func(a, b spool.Entry) int { return cmp.Compare(a.Seq, b.Seq) })
	return entries[:min(most, len(entries))], nil
}

func (m *Memory) where(s audit.Scope, wanted func(*audit.Record) bool) []*audit.Record {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []*audit.Record
	for _, r := range m.read {
		if wanted(r) && s.Holds(r) {
			found = append(found, r)
		}
	}
	slices.SortFunc(found, func(a, b *audit.Record) int {
		return cmp.Or(a.TimeIn.Compare(b.TimeIn), cmp.Compare(a.Broker, b.Broker), cmp.Compare(a.Sequence, b.Sequence))
	})
	return found[max(0, len(found)-s.Most()):]
}

var (
	_ audit.Store = (*Memory)(nil)
	_ audit.Trail = (*Memory)(nil)
)
