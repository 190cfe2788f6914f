package ended_test

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/token/ended"
)

// feed is what shelves tell each other, by way of a database that can be away and forget.
type feed struct {
	mu      sync.Mutex
	away    bool
	all     []ended.Entry
	shelves []*shelf
}

func (f *feed) Tell(_ context.Context, entries ...ended.Entry) (fresh int, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.away {
		return 0, errors.New("away")
	}
	for _, e := range entries {
		if !f.has(e) {
			f.all = append(f.all, e)
			fresh++
			for _, s := range f.shelves {
				s.Hear(e)
			}
		}
	}
	return fresh, nil
}

func (f *feed) has(e ended.Entry) bool {
	for _, had := range f.all {
		if had.Issuer == e.Issuer && had.ID == e.ID {
			return true
		}
	}
	return false
}

// goes has it go away, or come back: then everybody hears all of it.
func (f *feed) goes(away bool) {
	f.mu.Lock()
	f.away = away
	all, shelves := f.all, f.shelves
	f.mu.Unlock()
	for _, s := range shelves {
		if !away {
			s.HearAll(all)
		}
	}
}

// region gives shelves that share a feed.
func region(t *testing.T, n int) (*feed, []*shelf) {
	f := new(feed)
	for range n {
		s := newShelf(t)
		s.share(f)
		f.shelves = append(f.shelves, s)
	}
	return f, f.shelves
}

func (s *shelf) share(f *feed) {
	s.Share(f, func(e ended.Entry) { s.heard = append(s.heard, e.ID) })
	s.Begin()
}

// eventually waits; the test's own limit is the limit.
func eventually(done func() bool) {
	for !done() {
		time.Sleep(time.Millisecond)
	}
}

// settles waits until whatever is being told is told to everybody: one shelf hears before another.
func (f *feed) settles() {
	f.mu.Lock()
	defer f.mu.Unlock()
}

func TestWhatEndsAtOneEndsAtAllAndOutlivesARestartAlone(t *testing.T) {
	_, all := region(t, 3)
	all[0].add(all[0].entry("1", "s1", ""))
	all[1].add(all[1].entry("2", "", "bob"))
	for i, s := range all {
		s.over(true, "s1", "ann", noon)
		s.over(true, "s7", "bob", noon)
		if want := []int{1, 1, 2}[i]; len(s.heard) != want {
			t.Errorf("%d heard %v", i, s.heard)
		}
		if err := s.Add(t.Context(), s.entry("1", "s1", "")); !errors.Is(err, ended.ErrSeen) {
			t.Errorf("what another took is taken again: %v", err)
		}
		s.restart() // and hears nothing
		s.over(true, "s1", "ann", noon)
		s.over(true, "s7", "bob", noon)
	}
}

func TestWhatCouldNotBeToldHoldsHereAndIsToldLater(t *testing.T) {
	f, all := region(t, 2)
	here, there := all[0], all[1]
	f.goes(true)
	e := here.entry("1", "s1", "")
	for range 2 { // the issuer tries again, and is not told that it holds
		if err := here.Add(t.Context(), e); !errors.Is(err, ended.ErrUntold) {
			t.Errorf("got %v", err)
		}
	}
	here.over(true, "s1", "", noon)
	there.over(false, "s1", "", noon)
	if here.Untold() != 1 || !errors.Is(here.Fault(), ended.ErrUntold) || here.Kept() != nil {
		t.Errorf("%d untold, %v, %v", here.Untold(), here.Fault(), here.Kept())
	}
	f.goes(false)
	eventually(func() bool { return here.Untold() == 0 })
	f.settles()
	there.over(true, "s1", "", noon)
	if err := here.Add(t.Context(), e); err != nil { // and tries once more
		t.Errorf("got %v", err)
	}
	if err := here.Add(t.Context(), e); !errors.Is(err, ended.ErrSeen) {
		t.Errorf("after it was taken: %v", err)
	}
	if err := here.Fault(); err != nil {
		t.Error(err)
	}
}

// A database that was restored from a backup gets back what brokers know.
func TestWhatTheFeedForgotItIsToldAgain(t *testing.T) {
	f, all := region(t, 2)
	all[0].add(all[0].entry("1", "s1", ""))
	f.mu.Lock()
	f.all = nil
	f.mu.Unlock()
	f.goes(false)
	eventually(func() bool { return all[0].Untold()+all[1].Untold() == 0 })
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.all) != 1 {
		t.Errorf("it has %v", f.all)
	}
}

// Two brokers get one logout in one moment: one of them took it.
func TestALogoutIsTakenOnceInTheRegion(t *testing.T) {
	f, all := region(t, 2)
	f.shelves = nil // nobody hears in time
	e := all[0].entry("1", "s1", "")
	all[0].add(e)
	if err := all[1].Add(t.Context(), e); !errors.Is(err, ended.ErrSeen) {
		t.Errorf("got %v", err)
	}
	all[1].over(true, "s1", "", noon)
}

func TestRevokedTokensLeaveRoomForLogouts(t *testing.T) {
	s := newShelf(t)
	s.Crowd(4)
	token := func(id string) ended.Entry {
		return ended.Entry{Issuer: "https://i.example", ID: "revoked " + id, Token: id, Until: noon.Unix() + 60}
	}
	s.add(token("a"))
	s.add(token("b"))
	if err := s.Add(t.Context(), token("c")); !errors.Is(err, ended.ErrFull) {
		t.Errorf("got %v", err)
	}
	s.add(s.entry("1", "s1", ""))
	s.add(s.entry("2", "s2", ""))
	for _, id := range []string{"a", "b"} {
		if !s.Ended("https://i.example", id, "", "", noon) || s.Ended("https://other.example", id, "", "", noon) {
			t.Errorf("%s is not over, or another issuer's is", id)
		}
	}
	// What others took is heard all the same, up to as much again; beyond it somebody must look.
	for i := range 4 {
		s.Hear(s.entry(string(rune('p'+i)), "x", ""))
	}
	if err := s.Fault(); err != nil {
		t.Error(err)
	}
	s.Hear(s.entry("z", "z", ""))
	if err := s.Fault(); !errors.Is(err, ended.ErrFull) {
		t.Errorf("got %v", err)
	}
}
