package trailtest

import (
	"runtime"
	"testing"
	"testing/synctest"
)

// Bubble runs a test in a bubble of its own time. What the spool keeps in a sync.Pool must
// not cross its wall: two collections empty the pool.
func Bubble(t *testing.T, test func(*testing.T)) {
	t.Helper()
	empty := func() { runtime.GC(); runtime.GC() }
	empty()
	defer empty()
	synctest.Test(t, test)
}
