package gate

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"sync"
	"time"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/internal/folder"
)

// load loads what passed elsewhere, beside the requests that run.
//
// It takes a tenth of a second and some 150 MB of garbage, for which the collector would run several
// times and take both processors: that, and not the work, is what requests wait for. So it is put off
// until the set is there. Measured (the benchmark in this folder): the slowest hundredth of the
// decisions meanwhile takes 1.0 to 1.7 times what it takes alone, and 2.5 to 4 times without.
func load(ctx context.Context, all folder.Held, opt decision.Options) (*decision.Revision, error) {
	defer collectLater()()
	return decision.Load(ctx, all, opt)
}

// How far the collector is put off: until the heap has grown by so much, or for two seconds. What the
// process may take in all (GOMEMLIMIT) holds meanwhile.
const (
	laterBytes = 384 << 20
	laterMost  = 2 * time.Second
)

// laterPercent is laterBytes as the collector wants it, in hundredths of what was in use when it ran last.
func laterPercent() int {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	return int(100 * laterBytes / max(live[0].Value.Uint64(), 8<<20))
}

// later is held by who puts it off: the setting is the whole process's.
var later sync.Mutex

// collectLater puts the collector off until what it gives is called. Where somebody does already, or
// it is put off further than that, it stays as it is.
func collectLater() func() {
	if !later.TryLock() {
		return func() {}
	}
	percent := laterPercent()
	was := debug.SetGCPercent(percent)
	if was < 0 || was > percent {
		debug.SetGCPercent(was)
		later.Unlock()
		return func() {}
	}
	var once sync.Once
	now := func() {
		once.Do(func() {
			debug.SetGCPercent(was)
			later.Unlock()
		})
	}
	timer := time.AfterFunc(laterMost, now)
	return func() { timer.Stop(); now() }
}
