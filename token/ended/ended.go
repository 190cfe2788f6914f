// Package ended keeps the sessions that an issuer has ended (OpenID Connect Back-Channel
// Logout 1.0): what is on the list is refused at once, and after a restart still.
//
// The list is a file of lines of JSON that is only added to, each line on the disk before
// Add returns, and written anew without what is over when half of it is. A last line that
// a crash cut off was never acknowledged, and is left out; anything else that is not
// understood is an error, since it may have been the one that mattered.
//
// A List may be used by many goroutines at once, and by one process.
package ended

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/mycarerecord/mcr/durable"
)

// Most is how many entries a list has at most: a region of 20,000 people signs out about as
// often in a day. Of a full list Add fails.
const Most = 1 << 17

var (
	// ErrSeen says that a logout token of this id was taken before.
	ErrSeen = errors.New("this logout was taken before")
	// ErrFull says that the list has no room.
	ErrFull = fmt.Errorf("there are %d ended sessions on the list, which is all it takes", Most)
)

// Entry is what one logout token ends. Of Session and Subject at least one is there.
type Entry struct {
	Issuer  string `json:"iss"`
	ID      string `json:"jti"`
	Session string `json:"sid,omitempty"`
	Subject string `json:"sub,omitempty"`
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
	path  string
	most  int
	clock func() time.Time
	size  atomic.Int64 // of entries: while there is none, nobody takes the lock

	mu        sync.RWMutex
	entries   map[ref]Entry // by the id of the logout token
	sessions  map[ref]struct{}
	people    map[ref]int64 // all tokens issued up to then
	elsewhere map[ref]int64 // those that name no session
	file      *os.File
	lines     int
	swept     int64
	fault     error
}

// Open opens the list in a file, or begins one.
func Open(path string, clock func() time.Time) (*List, error) {
	if clock == nil {
		clock = time.Now
	}
	l := &List{path: path, clock: clock, most: Most}
	entries, err := read(path)
	if err != nil {
		return nil, fmt.Errorf("reading ended sessions: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hold(entries)
	if err := l.rewrite(); err != nil {
		return nil, fmt.Errorf("writing ended sessions: %w", err)
	}
	return l, nil
}

// hold makes the list of entries, less those that are over. The lock is held.
func (l *List) hold(entries []Entry) {
	now := l.clock().Unix()
	l.swept = now
	l.entries, l.sessions = map[ref]Entry{}, map[ref]struct{}{}
	l.people, l.elsewhere = map[ref]int64{}, map[ref]int64{}
	for _, e := range entries {
		if e.Until > now {
			l.put(e)
		}
	}
}

func (l *List) put(e Entry) {
	l.entries[ref{e.Issuer, e.ID}] = e
	if e.Session != "" {
		l.sessions[ref{e.Issuer, e.Session}] = struct{}{}
	}
	if e.Subject != "" {
		of, who := l.people, ref{e.Issuer, e.Subject}
		if e.Session != "" {
			of = l.elsewhere
		}
		of[who] = max(of[who], e.Before)
	}
	l.size.Store(int64(len(l.entries)))
}

// Add puts an entry on the list. When it returns nil the entry is in force, and outlives a
// loss of power. Of an entry that cannot be written it is in force in this process alone,
// and the error says so.
func (l *List) Add(e Entry) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now := l.clock().Unix(); now >= l.swept+60 || now < l.swept {
		l.sweep()
	}
	switch _, seen := l.entries[ref{e.Issuer, e.ID}]; {
	case seen:
		if l.fault != nil { // it may be what could not be written: now, perhaps
			l.fault = l.rewrite()
		}
		return ErrSeen
	case len(l.entries) >= l.most:
		return ErrFull
	}
	l.put(e)
	if err := l.append(e); err != nil {
		l.fault = fmt.Errorf("writing ended sessions: %w", err)
		return l.fault
	}
	l.fault = nil
	return nil
}

// sweep lets go of what is over. The lock is held.
func (l *List) sweep() {
	all := make([]Entry, 0, len(l.entries))
	for _, e := range l.entries {
		all = append(all, e)
	}
	l.hold(all)
	l.size.Store(int64(len(l.entries)))
}

// Ended says whether a token is of a session that has ended, or of a person all of whose
// sessions have: by its issuer, session ("" when it names none), subject and time of issue
// (the zero time when it names none).
func (l *List) Ended(issuer, session, subject string, issued time.Time) bool {
	if l == nil || l.size.Load() == 0 {
		return false
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	// The end of a session ends tokens that were issued in it later, too.
	if _, over := l.sessions[ref{issuer, session}]; over && session != "" {
		return true
	}
	if subject == "" {
		return false
	}
	// Tokens have whole seconds: one of the very second counts as before it.
	if before, over := l.people[ref{issuer, subject}]; over && issued.Unix() <= before {
		return true
	}
	before, over := l.elsewhere[ref{issuer, subject}]
	return over && session == "" && issued.Unix() <= before
}

// Len is how many entries there are.
func (l *List) Len() int { return int(l.size.Load()) }

// Fault says why the last entry could not be written; nil when it was.
func (l *List) Fault() error {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.fault
}

// Close closes the file.
func (l *List) Close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.shut()
}

func (l *List) shut() error {
	if l.file == nil {
		return nil
	}
	err := l.file.Close()
	l.file = nil
	return err
}

// rewrite writes the file anew and opens it to be added to. The lock is held.
func (l *List) rewrite() error {
	var text []byte
	for _, e := range l.entries {
		text = append(text, line(e)...)
	}
	_ = l.shut() // what it holds does not matter any more
	if err := durable.Replace(l.path, text); err != nil {
		return err
	}
	f, err := os.OpenFile(l.path, os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	l.file, l.lines = f, len(l.entries)
	return durable.SyncDir(filepath.Dir(l.path))
}

// append adds a line to the file. After a fault the file is written anew: what a failed
// write has left there is not known. The lock is held.
func (l *List) append(e Entry) error {
	if l.file == nil || l.fault != nil || l.lines > 2*len(l.entries)+1024 {
		return l.rewrite() // the entry is among those that are written
	}
	text := line(e)
	_, err := l.file.Write(text)
	if err == nil {
		err = l.file.Sync()
	}
	if err != nil {
		return err
	}
	l.lines++
	return nil
}
