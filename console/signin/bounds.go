package signin

import (
	"slices"
	"time"
)

// How many sessions there are at once. Above mostSessions the one that was idle
// longest ends, above mostOfOne of one person that person's oldest: nobody can push
// others out by signing in again and again. Only people who have signed in have
// one; for signing in under way the server keeps nothing (see journey).
const (
	mostSessions = 20_000
	mostOfOne    = 5
)

// Why a session ended. The last two end one before its time, and its page says so.
const (
	endedSignedOut   = "signed-out"
	endedIdle        = "idle"
	endedLongest     = "longest"
	endedAgain       = "signed-in-again" // in the same browser
	endedRole        = "role-changed"
	endedNotAccepted = "not-accepted" // its token was revoked, or the issuer gave no other
	endedElsewhere   = "elsewhere"    // the same person signed in again, too often
	endedCrowded     = "crowded"      // too many people are signed in
)

// makeRoom ends what stands in the way of one more session of a person. The caller
// holds the lock.
func (all *Sessions) makeRoom(person string) {
	var theirs []digest
	for key, s := range all.all {
		if s.person == person {
			theirs = append(theirs, key)
		}
	}
	if len(theirs) >= mostOfOne {
		slices.SortFunc(theirs, func(a, b digest) int { return all.all[a].began.Compare(all.all[b].began) })
		for _, key := range theirs[:len(theirs)-mostOfOne+1] {
			all.end(key, endedElsewhere)
		}
	}
	if len(all.all) >= all.most {
		all.dropIdlest()
	}
}

func (all *Sessions) dropIdlest() {
	var key digest
	var idlest *session
	var since time.Time
	for k, s := range all.all {
		s.mu.Lock()
		if idlest == nil || s.seen.Before(since) {
			key, idlest, since = k, s, s.seen
		}
		s.mu.Unlock()
	}
	if idlest != nil {
		all.end(key, endedCrowded)
	}
}

// end ends a session before its time, and notes why. The caller holds the lock.
func (all *Sessions) end(key digest, why string) {
	all.all[key].forget()
	delete(all.all, key)
	all.ended.note(key, why)
	countEnd(why)
}

// whyEnded says why a session was ended before its time, "" when it was not, or
// when that is long ago.
func (all *Sessions) whyEnded(id string) string {
	if id == "" {
		return ""
	}
	all.mu.Lock()
	defer all.mu.Unlock()
	return all.ended.why[digestOf(id)]
}

// mostEndings that are remembered; above it the first is forgotten.
const mostEndings = 1000

// endings are why sessions were ended that their browsers do not know of yet.
type endings struct {
	why   map[digest]string
	order []digest
}

func (e *endings) note(key digest, why string) {
	if e.why == nil {
		e.why = map[digest]string{}
	}
	e.why[key] = why
	if e.order = append(e.order, key); len(e.order) > mostEndings {
		delete(e.why, e.order[0])
		e.order = slices.Delete(e.order, 0, 1)
	}
}
