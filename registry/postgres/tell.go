package postgres

import (
	"time"

	"github.com/mycarerecord/mcr/token/ended"
)

// Change is a committed transaction, as those who follow hear of it.
type Change struct {
	Seq      int64
	At       time.Time     // by the database's clock
	Patients []string      // NHS numbers; nil is anybody
	Ended    []ended.Entry // what has ended with it
	// Resync says that changes may have been missed: all that was remembered is to be asked for
	// again. Then Ended is all that has ended and is not over, and nothing else is said.
	Resync bool
}

// OnChange has a function called with every change from now on, in order. It is called by the one
// who follows, who waits for it. It must be called before Watch.
func (s *Store) OnChange(hear func(Change)) {
	s.follower.mu.Lock()
	defer s.follower.mu.Unlock()
	s.follower.told = append(s.follower.told, hear)
}

func (f *follower) tell(c Change) {
	f.mu.Lock()
	forget, told := f.forgets, f.told
	f.mu.Unlock()
	if forget != nil && (c.Patients == nil || len(c.Patients) > 0) {
		forget(c.Patients)
	}
	for _, hear := range told {
		hear(c)
	}
}

// forget forgets people of a change that was committed here, before it is heard.
func (f *follower) forget(patients []int64) {
	f.mu.Lock()
	forget := f.forgets
	f.mu.Unlock()
	if forget != nil && (patients == nil || len(patients) > 0) {
		forget(numbers(patients))
	}
}

func numbers(patients []int64) []string {
	if patients == nil {
		return nil
	}
	all := make([]string, len(patients))
	for i, n := range patients {
		all[i] = digits(n)
	}
	return all
}
