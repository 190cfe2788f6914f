package trailtest

import (
	"slices"

	"github.com/mycarerecord/mcr/audit"
)

// Lose takes a record out, as a store that forgets.
func (m *Memory) Lose(broker string, seq uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.kept[broker], seq)
	clear(m.visited)
	m.read = slices.DeleteFunc(m.read, func(r *audit.Record) bool { return r.Broker == broker && r.Sequence == seq })
}
