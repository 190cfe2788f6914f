package signin

import (
	"sync"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/console/page"
)

// session is one professional's signing in, from then to signing out.
type session struct {
	csrf   string
	person string // who signed in, as the issuer names them; in any role
	began  time.Time
	kept   page.Kept // what the rooms keep with it; may be nil

	// renewing lets one request at a time go to the issuer for a new token: a
	// refresh token that is used twice is taken for a stolen one.
	renewing sync.Mutex

	mu      sync.Mutex
	seen    time.Time // the last request
	held    grant
	subject access.Subject // zero until a role is chosen
	over    bool
}

// Sessions are all of a process, in memory alone. Whoever makes consoles anew, as a
// reload of the configuration does, hands them from one to the next: nobody is signed
// out.
type Sessions struct {
	idle, longest time.Duration
	clock         func() time.Time
	most          int // sessions at once

	mu    sync.Mutex
	all   map[digest]*session
	ended endings
	swept time.Time
	tidy  *time.Timer // runs while there are sessions
}

// NewSessions makes sessions that end after idle without use, and after longest at
// all events. Zero is the default, DefaultIdle and DefaultLongest.
func NewSessions(idle, longest time.Duration) *Sessions {
	return newSessions(idle, longest, time.Now)
}

func newSessions(idle, longest time.Duration, clock func() time.Time) *Sessions {
	if idle == 0 {
		idle = DefaultIdle
	}
	if longest == 0 {
		longest = DefaultLongest
	}
	return &Sessions{idle: idle, longest: longest, clock: clock, most: mostSessions, all: map[digest]*session{}}
}

// open begins a session under a new id, whatever id the browser had before: an id
// that somebody planted there is never the id of a session (session fixation).
func (all *Sessions) open(held grant, subject access.Subject, kept page.Kept) string {
	now := all.clock()
	id := secret(32)
	s := &session{csrf: secret(32), person: held.person(), began: now, seen: now, kept: kept, held: held, subject: subject}
	all.mu.Lock()
	defer all.mu.Unlock()
	all.sweep(now)
	all.makeRoom(s.person)
	all.all[digestOf(id)] = s
	if all.tidy == nil {
		all.tidy = time.AfterFunc(time.Minute, all.tidyUp)
	}
	return id
}

// tidyUp forgets what has ended though nobody comes any more: a token must not lie
// in memory through the night.
func (all *Sessions) tidyUp() {
	all.mu.Lock()
	defer all.mu.Unlock()
	all.sweep(all.clock())
	if all.tidy = nil; len(all.all) > 0 {
		all.tidy = time.AfterFunc(time.Minute, all.tidyUp)
	}
}

// find gives the session of an id and notes that it is in use.
func (all *Sessions) find(id string) (*session, bool) {
	s, ok := all.peek(id)
	if ok {
		s.mu.Lock()
		s.seen = all.clock()
		s.mu.Unlock()
	}
	return s, ok
}

// peek is find without counting as use.
func (all *Sessions) peek(id string) (*session, bool) {
	if id == "" {
		return nil, false
	}
	now := all.clock()
	key := digestOf(id)
	all.mu.Lock()
	defer all.mu.Unlock()
	if now.Sub(all.swept) >= time.Minute {
		all.sweep(now)
	}
	s, ok := all.all[key]
	if ok && all.over(key, s, now) {
		return nil, false
	}
	return s, ok
}

// close ends a session.
func (all *Sessions) close(id, why string) {
	key := digestOf(id)
	all.mu.Lock()
	s, ok := all.all[key]
	delete(all.all, key)
	all.mu.Unlock()
	if ok {
		s.forget()
		countEnd(why)
	}
}

// left is how long a session has if nobody uses it any more.
func (all *Sessions) left(s *session) time.Duration {
	now := all.clock()
	s.mu.Lock()
	defer s.mu.Unlock()
	return min(s.seen.Add(all.idle).Sub(now), s.began.Add(all.longest).Sub(now))
}

// over says whether a session's time is over, and forgets it then. The caller holds
// the lock.
func (all *Sessions) over(key digest, s *session, now time.Time) bool {
	s.mu.Lock()
	idle, longest := now.Sub(s.seen) >= all.idle, now.Sub(s.began) >= all.longest
	s.mu.Unlock()
	if !idle && !longest {
		return false
	}
	delete(all.all, key)
	s.forget()
	if idle {
		countEnd(endedIdle)
	} else {
		countEnd(endedLongest)
	}
	return true
}

// sweep forgets what has ended. The caller holds the lock.
func (all *Sessions) sweep(now time.Time) {
	all.swept = now
	for key, s := range all.all {
		all.over(key, s, now)
	}
}

// forget drops everything that the session held.
func (s *session) forget() {
	if s.kept != nil {
		s.kept.Forget()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.over, s.held, s.subject = true, grant{}, access.Subject{}
}

// token gives what the session holds now, and who it is for.
func (s *session) token() (grant, access.Subject, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.held, s.subject, !s.over
}

// hold replaces the token; a session that has ended meanwhile stays ended.
func (s *session) hold(held grant, subject access.Subject) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.over {
		s.held, s.subject = held, subject
	}
}
