package postgres_test

import (
	"testing"
	"time"
	"unsafe"

	"github.com/mycarerecord/mcr/registry/postgres"
)

// The monotonic clock stands still while a machine sleeps; the wall clock may be set back.
func TestWhatWasHeardIsAsOldAsTheOlderClockSays(t *testing.T) {
	then := time.Now()
	for name, c := range map[string]struct{ wall, monotonic, want time.Duration }{
		"both clocks go on":           {time.Second, time.Second, time.Second},
		"the machine slept an hour":   {time.Hour, time.Second, time.Hour},
		"the wall clock was set back": {-time.Hour, time.Second, time.Second},
	} {
		if got := postgres.Age(later(then, c.wall, c.monotonic), then); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// later gives a moment that is later by other times on the two clocks, which package time makes none of.
func later(then time.Time, wall, monotonic time.Duration) time.Time {
	now := then.Add(wall)
	inside := (*struct {
		wall uint64
		ext  int64 // the monotonic clock's reading, in nanoseconds
		loc  *time.Location
	})(unsafe.Pointer(&now))
	inside.ext += int64(monotonic - wall)
	return now
}
