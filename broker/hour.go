package broker

import (
	"sync"
	"time"
)

// Hour counts how often each person asked this process within the last hour, for the rules. It
// counts by the minute: of the oldest minute all counts until the whole of it is an hour ago. Its
// memory is fixed; of more people than it has room for, it forgets whoever asked longest ago. What
// was before a restart, and what other processes were asked, it does not know: its numbers can be
// too low, and never too high by more than that minute's.
//
// A nil Hour counts nobody.
type Hour struct {
	mu     sync.Mutex
	places map[string]int32
	people []asked // places 1 to most; 0 is the head of the ring, by when they asked last
	most   int
}

// minutes are those of an hour, and the one that has begun.
const minutes = 61

// asked is what one person asked.
type asked struct {
	person      string
	newer, back int32 // neighbours in the ring
	last        int64 // the minute of the last request
	total       uint32
	in          [minutes]uint32 // by the minute, modulo minutes
}

// MostInHour is of how many people an Hour knows how often they asked, when nobody says otherwise:
// 6 MB.
const MostInHour = 20_000

// NewHour makes an Hour for so many people.
func NewHour(most int) *Hour {
	return &Hour{places: map[string]int32{}, people: make([]asked, 1, 16), most: most}
}

// Count gives how often a person asked within the hour before now, and counts this request for the
// next time.
func (h *Hour) Count(person string, now time.Time) (before int) {
	if h == nil || h.most < 1 {
		return 0
	}
	minute := max(now.Unix()/60, 0)
	h.mu.Lock()
	defer h.mu.Unlock()
	at, known := h.places[person]
	if known {
		h.takeOut(at)
	} else {
		at = h.place()
		h.people[at] = asked{person: person, last: minute}
		h.places[person] = at
	}
	h.putInFront(at)
	a := &h.people[at]
	a.forget(minute)
	before = int(a.total)
	a.in[a.last%minutes]++
	a.total++
	return before
}

// forget leaves out what is longer ago than an hour. A clock that goes back changes nothing.
func (a *asked) forget(minute int64) {
	for gone := min(minute-a.last, minutes); gone > 0; gone-- {
		at := &a.in[(minute-gone+1)%minutes]
		a.total -= *at
		*at = 0
	}
	a.last = max(a.last, minute)
}

// place gives a place for one more person: a new one, or that of whoever asked longest ago.
func (h *Hour) place() int32 {
	if len(h.people) <= h.most {
		h.people = append(h.people, asked{})
		return int32(len(h.people) - 1)
	}
	oldest := h.people[0].newer
	delete(h.places, h.people[oldest].person)
	h.takeOut(oldest)
	return oldest
}

func (h *Hour) takeOut(at int32) {
	a := &h.people[at]
	h.people[a.back].newer, h.people[a.newer].back = a.newer, a.back
}

// putInFront puts a person where the newest stand, which is before the head.
func (h *Hour) putInFront(at int32) {
	newest := h.people[0].back
	h.people[at].back, h.people[at].newer = newest, 0
	h.people[newest].newer, h.people[0].back = at, at
}
