// Package ended keeps what has ended before its time: sessions that an issuer has ended (OpenID
// Connect Back-Channel Logout 1.0), and tokens that were revoked (RFC 7009). What is on the list
// is refused at once, and after a restart still.
//
// The list is a file of lines of JSON that is only added to, each line on the disk before
// Add returns, and written anew without what is over when half of it is. A last line that
// a crash cut off was never acknowledged, and is left out; anything else that is not
// understood is an error, since it may have been the one that mattered.
//
// Brokers of a region share a Feed besides: what one adds all others hear. Each keeps a file of
// its own all the same, so that what has ended stays so where the feed is away.
//
// A List may be used by many goroutines at once, and by one process.
package ended

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// Most is how many entries a list takes: a region of 60,000 people who sign out four times in
// the day that an entry stays. Half of them at most are revoked tokens. Of a full list Add fails.
const Most = 1 << 18

var (
	// ErrSeen says that a logout token of this id was taken before.
	ErrSeen = errors.New("this logout was taken before")
	// ErrFull says that the list has no room.
	ErrFull = fmt.Errorf("there are %d ended sessions on the list, which is all it takes", Most)
	// ErrUntold says that what ended here may go on at other brokers, until they can be told.
	ErrUntold = errors.New("the other brokers could not be told of all that ended here: it may go on there until they are")
)

// Entry is what one logout token, or one revocation, ends. Of Session, Subject and Token at least
// one is there.
type Entry struct {
	Issuer string `json:"iss"`
	// ID is the jti of the logout token; of a revocation "revoked " and the Token.
	ID      string `json:"jti"`
	Session string `json:"sid,omitempty"`
	Subject string `json:"sub,omitempty"`
	// Token is one access token alone, by its jti, or by "sha256:" and a digest where it has none.
	Token string `json:"token,omitempty"`
	// Before is when it was issued: seconds since 1970, as it is in tokens. Of a Subject
	// without a Session, tokens issued up to then are over; of both, those of the session,
	// and those issued up to then that name no session, for they may be of it.
	Before int64 `json:"before"`
	// Until is when no token can be good any more that it ends; then it leaves the list.
	Until int64 `json:"until"`
}

// ref is an id at an issuer.
type ref struct{ issuer, id string }

// List is the list. Make one with Open and Close it in the end.
type List struct {
	most  int
	clock func() time.Time
	size  atomic.Int64 // of entries: while there is none, nobody takes the lock

	mu        sync.RWMutex
	entries   map[ref]Entry // by the id of the logout token
	sessions  map[ref]int64 // until when it is needed
	tokens    map[ref]int64
	people    map[ref]span // all tokens issued up to then
	elsewhere map[ref]span // those that name no session
	issuers   map[string]string
	swept     int64
	unwritten []Entry
	owed      map[ref]struct{} // those of which an Add is under way, or has failed: nobody was told that they were taken
	region    region

	file file
}

// span ends what was issued before a time, and is needed until another.
type span struct{ before, until int64 }

// Open opens the list in a file, or begins one.
func Open(path string, clock func() time.Time) (*List, error) {
	if clock == nil {
		clock = time.Now
	}
	l := &List{
		clock: clock, most: Most, file: file{path: path},
		entries: map[ref]Entry{}, sessions: map[ref]int64{}, tokens: map[ref]int64{}, people: map[ref]span{}, elsewhere: map[ref]span{},
		issuers: map[string]string{}, owed: map[ref]struct{}{},
	}
	entries, err := read(path)
	if err != nil {
		return nil, fmt.Errorf("reading ended sessions: %w", err)
	}
	now := clock().Unix()
	for _, e := range entries {
		if e.Until > now {
			l.put(e)
		}
	}
	l.swept = now
	if err := l.file.rewrite(l.all()); err != nil {
		return nil, fmt.Errorf("writing ended sessions: %w", err)
	}
	return l, nil
}

// put has an entry hold. The lock is held.
func (l *List) put(e Entry) {
	if same, ok := l.issuers[e.Issuer]; ok {
		e.Issuer = same // one text for all of an issuer's
	} else {
		l.issuers[e.Issuer] = e.Issuer
	}
	l.entries[ref{e.Issuer, e.ID}] = e
	if e.Session != "" {
		key := ref{e.Issuer, e.Session}
		l.sessions[key] = max(l.sessions[key], e.Until)
	}
	if e.Token != "" {
		key := ref{e.Issuer, e.Token}
		l.tokens[key] = max(l.tokens[key], e.Until)
	}
	if e.Subject != "" {
		of, who := l.people, ref{e.Issuer, e.Subject}
		if e.Session != "" {
			of = l.elsewhere
		}
		of[who] = span{max(of[who].before, e.Before), max(of[who].until, e.Until)}
	}
	l.size.Store(int64(len(l.entries)))
}

// Add puts an entry on the list. When it returns nil the entry is in force, here and, as soon as
// they hear of it, at all brokers of the Feed; and it outlives a loss of power. Of one that cannot
// be written, or of which the others cannot be told, the error says so (ErrUntold): it is in force
// here, the others are told as soon as that can be, and the same entry may be added again to learn
// whether they were. ctx bounds the telling.
func (l *List) Add(ctx context.Context, e Entry) error {
	key := ref{e.Issuer, e.ID}
	l.mu.Lock()
	l.sweep()
	_, seen := l.entries[key]
	_, owed := l.owed[key]
	switch {
	case seen && !owed:
		l.mu.Unlock()
		return ErrSeen
	case !seen && (len(l.entries) >= l.most || e.Token != "" && len(l.tokens) >= l.most/2): // whoever has tokens must not keep issuers out
		l.mu.Unlock()
		return ErrFull
	case !seen:
		l.put(e)
		l.unwritten = append(l.unwritten, e)
	}
	l.owed[key] = struct{}{}
	l.mu.Unlock()

	kept := l.keep()
	fresh, told := l.tell(ctx, e)
	if kept == nil && told == nil {
		l.mu.Lock()
		delete(l.owed, key)
		l.mu.Unlock()
		if !seen && !fresh { // another broker took it at the same time
			return ErrSeen
		}
	}
	return errors.Join(kept, told)
}

// sweep lets go of what is over, once a minute. The lock is held.
func (l *List) sweep() {
	now := l.clock().Unix()
	if now < l.swept+60 && now >= l.swept {
		return
	}
	l.swept = now
	for key, e := range l.entries {
		if e.Until <= now {
			delete(l.entries, key)
			delete(l.owed, key)
			delete(l.region.untold, key)
		}
	}
	for _, some := range []map[ref]int64{l.sessions, l.tokens} {
		for key, until := range some {
			if until <= now {
				delete(some, key)
			}
		}
	}
	for _, some := range []map[ref]span{l.people, l.elsewhere} {
		for key, s := range some {
			if s.until <= now {
				delete(some, key)
			}
		}
	}
	l.size.Store(int64(len(l.entries)))
}

// Ended says whether a token was revoked, is of a session that has ended, or of a person all of
// whose sessions have: by its issuer, id, session ("" when it names none), subject and time of
// issue (the zero time when it names none).
func (l *List) Ended(issuer, id, session, subject string, issued time.Time) bool {
	if l == nil || l.size.Load() == 0 {
		return false
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	if _, over := l.tokens[ref{issuer, id}]; over && id != "" {
		return true
	}
	// The end of a session ends tokens that were issued in it later, too.
	if _, over := l.sessions[ref{issuer, session}]; over && session != "" {
		return true
	}
	if subject == "" {
		return false
	}
	// Tokens have whole seconds: one of the very second counts as before it.
	if s, over := l.people[ref{issuer, subject}]; over && issued.Unix() <= s.before {
		return true
	}
	s, over := l.elsewhere[ref{issuer, subject}]
	return over && session == "" && issued.Unix() <= s.before
}

// Len is how many entries there are.
func (l *List) Len() int { return int(l.size.Load()) }

// all gives every entry.
func (l *List) all() []Entry {
	l.mu.RLock()
	defer l.mu.RUnlock()
	all := make([]Entry, 0, len(l.entries))
	for _, e := range l.entries {
		all = append(all, e)
	}
	return all
}

// Close ends the telling and closes the file.
func (l *List) Close() error {
	l.leave()
	return errors.Join(l.keep(), l.file.close())
}
