package broker

import (
	"maps"
	"sync"
	"time"

	"github.com/mycarerecord/mcr/access"
)

// Walking notices a person who tries one patient after another: it counts the
// different patients, or items, for which a person was refused within a window, at all
// sources together, and from then on, for the rest of the window, has them told
// nothing of whom they may not see. Each such refusal is recorded with an alert
// for the privacy officer; whom they may see they still see.
//
// Another notices who reads one entry of the directory after another: of that it
// counts what was given, too.
//
// Brokers of a region tell each other (Others): a person who tries some patients at each of them
// is noticed as well, as soon as they have heard of each other's.
//
// A nil Walking notices nobody.
type Walking struct {
	most   int
	window time.Duration
	others Others // nil without

	mu    sync.Mutex
	users map[string]*walk
}

// Others are the brokers, this one included, that count refusals together.
type Others interface {
	// Refused has all of them count that a person was refused for something, soon. It waits for
	// nobody.
	Refused(person, what string)
	// Count is for how many different things a person was refused within the time before now, at
	// all of them, as far as this broker has heard: 0 when it has heard nothing.
	Count(person string, within time.Duration) int
}

// Share has a Walking count with others. It must be called before anything else is done with it.
func (w *Walking) Share(others Others) {
	if w != nil {
		w.others = others
	}
}

type walk struct {
	since    time.Time
	patients map[string]struct{}
}

// MostOfDirectory is for how many different entries of the directory one person can ask
// before it is noticed: three pages of 200 entries that each name three colleagues,
// places or medicines of their own are 1,800.
const MostOfDirectory = 2000

// NewWalking allows refusals for up to most different patients within window.
func NewWalking(most int, window time.Duration) *Walking {
	return &Walking{most: most, window: window, users: map[string]*walk{}}
}

// Walks says whether the person's refusals are to tell nothing now.
func (w *Walking) Walks(user string, now time.Time) bool {
	if w == nil {
		return false
	}
	return w.here(user, now) || w.others != nil && w.others.Count(user, w.window) >= w.most
}

// here says whether so many refusals were at this broker alone.
func (w *Walking) here(user string, now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	walked, ok := w.users[user]
	if !ok {
		return false
	}
	if now.Sub(walked.since) >= w.window {
		delete(w.users, user)
		return false
	}
	return len(walked.patients) >= w.most
}

// Note counts a refusal.
func (w *Walking) Note(q access.Question, d access.Decision) {
	if d.Effect == access.Deny {
		w.count(q)
	}
}

// count counts what was asked for, once.
func (w *Walking) count(q access.Question) {
	if w == nil {
		return
	}
	user, what := q.Subject.UserID, whose(q)
	if w.add(user, what, q.Time) && w.others != nil {
		w.others.Refused(user, what)
	}
}

// add counts something, and says whether it was not counted yet.
func (w *Walking) add(user, what string, now time.Time) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	walked, ok := w.users[user]
	if !ok || now.Sub(walked.since) >= w.window {
		w.forget(now)
		walked = &walk{since: now, patients: map[string]struct{}{}}
		w.users[user] = walked
	}
	if _, had := walked.patients[what]; had || len(walked.patients) >= w.most {
		return false
	}
	walked.patients[what] = struct{}{}
	return true
}

// whose tells one patient from another, by what was asked and not by what the source
// knows: were two ids counted as one because they are one patient's, the moment at
// which a person is stopped would tell whose they are (attack 340). A program that asks
// for the same stale id again and again walks nowhere.
func whose(q access.Question) string {
	switch r := q.Request; {
	case r.Patient.LocalID != "":
		return q.Source.ID + "/Patient/" + r.Patient.LocalID
	case r.ID != "":
		return q.Source.ID + "/" + r.Type + "/" + r.ID
	}
	return q.Patient.Digits() // by a number, a Consent, or a page that this person was given
}

// forget leaves out whoever's window is over.
func (w *Walking) forget(now time.Time) {
	maps.DeleteFunc(w.users, func(_ string, walked *walk) bool { return now.Sub(walked.since) >= w.window })
}
