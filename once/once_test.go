package once_test

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/once"
)

func key(n int) (k once.Key) {
	binary.BigEndian.PutUint64(k[:], uint64(n))
	return k
}

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func Example() {
	seen := once.New(time.Minute, 1000)
	fmt.Println(seen.Take(once.Key{1}, noon))
	fmt.Println(seen.Take(once.Key{1}, noon.Add(time.Minute)))
	// Output:
	// <nil>
	// it was used before
}

// However the uses of a key lie in time, no two within the time pass.
func TestAKeyIsTakenOnceWithinItsTime(t *testing.T) {
	const lasts = 10 * time.Second
	for step := time.Second; step < lasts; step += 700 * time.Millisecond {
		m := once.New(lasts, 1000)
		last := map[int]time.Time{}
		for i, at := 0, noon; i < 500; i, at = i+1, at.Add(step) {
			k := i % 3
			if m.Take(key(k), at) == nil {
				if before, was := last[k]; was && at.Sub(before) <= lasts {
					t.Fatalf("every %s: taken at %s, and again after %s", step, before, at.Sub(before))
				}
				last[k] = at
			}
		}
	}
}

func TestWhatIsFullTakesNothingMoreUntilItForgets(t *testing.T) {
	m := once.New(time.Minute, 5)
	for i := range 5 {
		if err := m.Take(key(i), noon); err != nil {
			t.Fatal(err)
		}
	}
	if err := m.Take(key(9), noon); !errors.Is(err, once.ErrFull) {
		t.Errorf("full: %v", err)
	}
	if err := m.Take(key(3), noon); !errors.Is(err, once.ErrAgain) {
		t.Errorf("full, of one that is remembered: %v", err)
	}
	if err := m.Take(key(9), noon.Add(61*time.Second)); err != nil || m.Len() != 6 {
		t.Errorf("a minute later: %v, %d remembered", err, m.Len())
	}
	if err := m.Take(key(0), noon.Add(time.Hour)); err != nil || m.Len() != 1 {
		t.Errorf("much later: %v, %d remembered", err, m.Len())
	}
}

func TestOfManyAtOnceOneIsTaken(t *testing.T) {
	m := once.New(time.Minute, 1000)
	var taken atomic.Int64
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			if m.Take(once.Key{7}, noon) == nil {
				taken.Add(1)
			}
		})
	}
	if all.Wait(); taken.Load() != 1 {
		t.Errorf("taken %d times", taken.Load())
	}
}
