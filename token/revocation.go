package token

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"
)

// The revocation list is a file of JSON objects, one a line, or one JSON array of
// them. Each entry is exactly one of
//
//	{"jti": "..."}                        a token, by its jti (or by Subject.TokenID)
//	{"sid": "..."}                        a session, by its sid
//	{"uid": "...", "before": 1767225600}  a user's tokens issued up to then (seconds
//	                                      since 1970, or RFC 3339); all without before
//
// and may carry "iss", to mean that issuer only, and "note". A list with nothing on
// it is written [] : an empty file is what a broken writer leaves, and is refused.
// Replace the file by renaming a new one over it.
const (
	pollEvery    = time.Second
	maxListBytes = 64 << 20
)

// revocations is the list as it was last read. The file is looked at by the
// requests themselves, one of them a second.
type revocations struct {
	path   string
	list   atomic.Pointer[revoked]
	polled atomic.Int64 // unix nanoseconds of the last look
	mu     sync.Mutex   // one look at a time
	seen   os.FileInfo
	racy   bool // the file was written so shortly before it was read that its time may not show the next write
}

// revoked is one reading; err when it failed, and then everything is denied.
type revoked struct {
	tokens, sessions map[ref]struct{}
	users            map[ref]time.Time
	err              error
}

// ref is an id at an issuer; issuer "" is any.
type ref struct{ issuer, id string }

func newRevocations(path string, now time.Time) *revocations {
	if path == "" {
		return nil
	}
	r := &revocations{path: path}
	r.poll(now)
	return r
}

// check gives errRevoked, errListGone, or nil.
func (r *revocations) check(t *verified, now time.Time) error {
	if r == nil {
		return nil
	}
	if at := now.UnixNano() - r.polled.Load(); at >= int64(pollEvery) || at < 0 {
		if r.mu.TryLock() { // whoever does not get to look goes by the last reading
			r.look(now)
			r.mu.Unlock()
		}
	}
	l := r.list.Load()
	if l.err != nil {
		return errListGone
	}
	if l.names(t) {
		return errRevoked
	}
	return nil
}

func (l *revoked) names(t *verified) bool {
	if len(l.tokens)+len(l.sessions)+len(l.users) == 0 {
		return false
	}
	for _, iss := range [2]string{"", t.issuer.Name} {
		if _, hit := l.tokens[ref{iss, t.subject.TokenID}]; hit {
			return true
		}
		if _, hit := l.sessions[ref{iss, t.session}]; hit && t.session != "" {
			return true
		}
		// iat has whole seconds: a token of the very second counts as before it.
		if before, hit := l.users[ref{iss, t.subject.UserID}]; hit && !t.issued.After(before) {
			return true
		}
	}
	return false
}

func (r *revocations) poll(now time.Time) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.look(now)
}

// ready says why everything is denied, if so.
func (r *revocations) ready(now time.Time) error {
	if r == nil {
		return nil
	}
	r.poll(now)
	return r.list.Load().err
}

// look reads the file again if it is another one than the last time.
func (r *revocations) look(now time.Time) {
	defer r.polled.Store(now.UnixNano())
	info, err := os.Stat(r.path)
	if err != nil {
		r.fail(err)
		return
	}
	old := r.seen
	same := old != nil && os.SameFile(old, info) && old.Size() == info.Size() && old.ModTime().Equal(info.ModTime())
	if same && !r.racy {
		return
	}
	began := time.Now() // the file system's clock, whatever clock the product runs on
	list, info, err := readRevoked(r.path)
	if err != nil {
		r.fail(err)
		return
	}
	r.seen, r.racy = info, began.Sub(info.ModTime()) < pollEvery
	r.list.Store(list)
}

func (r *revocations) fail(err error) {
	r.seen = nil // so that it is read when it is back, even if it looks the same
	r.list.Store(&revoked{err: fmt.Errorf("reading revocation list: %w", err)})
}

func readRevoked(path string) (*revoked, os.FileInfo, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	body, err := io.ReadAll(io.LimitReader(f, maxListBytes+1))
	if err != nil {
		return nil, nil, err
	}
	if len(body) > maxListBytes {
		return nil, nil, errors.New("larger than 64 MB")
	}
	list, err := parseRevoked(body)
	return list, info, err
}

// parseRevoked reads a list; one entry that is not understood spoils all of it, for
// it may have been the one that mattered.
func parseRevoked(body []byte) (*revoked, error) {
	l := &revoked{tokens: map[ref]struct{}{}, sessions: map[ref]struct{}{}, users: map[ref]time.Time{}}
	body = bytes.TrimSpace(body)
	if len(body) == 0 {
		return nil, errors.New("empty; a list with nothing on it is written []")
	}
	var d document
	if body[0] == '[' {
		if !d.readAny(body) {
			return nil, errors.New("not strictly written JSON")
		}
		for i, n := int32(1), 1; i < d.nodes[0].next; i, n = d.nodes[i].next, n+1 {
			if err := l.take(&d, i); err != nil {
				return nil, fmt.Errorf("entry %d: %w", n, err)
			}
		}
		return l, nil
	}
	n := 0
	for line := range bytes.Lines(body) {
		n++
		if line = bytes.TrimSpace(line); len(line) == 0 {
			continue
		}
		if !d.read(line) {
			return nil, fmt.Errorf("line %d: not a strictly written JSON object", n)
		}
		if err := l.take(&d, 0); err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
	}
	return l, nil
}

var entryNames = []string{"jti", "sid", "uid", "before", "iss", "note"}

// take adds one entry. Errors never hold an id.
func (l *revoked) take(d *document, at int32) error {
	if d.nodes[at].kind != object {
		return errors.New("not an object")
	}
	var p [6]int32
	if !d.lookup(at, entryNames, p[:]) {
		return errors.New("a name in the wrong case")
	}
	members, known := 0, 0
	for i := at + 1; i < d.nodes[at].next; i = d.nodes[i].next {
		members++
	}
	r := reader{d: d, ok: true}
	for _, i := range p {
		if i != absent {
			known++
		}
	}
	jti, sid, uid, iss := r.text(p[0]), r.text(p[1]), r.text(p[2]), r.text(p[4])
	before, ok := d.before(p[3])
	switch {
	case members != known:
		return errors.New("a name that is not jti, sid, uid, before, iss or note")
	case !r.ok || !ok:
		return errors.New("a value of the wrong form")
	case p[4] != absent && iss == "":
		return errors.New("iss is empty")
	case p[3] != absent && uid == "":
		return errors.New("before goes with uid")
	}
	switch {
	case jti != "" && sid == "" && uid == "":
		l.tokens[ref{iss, jti}] = struct{}{}
	case sid != "" && jti == "" && uid == "":
		l.sessions[ref{iss, sid}] = struct{}{}
	case uid != "" && jti == "" && sid == "":
		if had, twice := l.users[ref{iss, uid}]; !twice || before.After(had) {
			l.users[ref{iss, uid}] = before
		}
	default:
		return errors.New("not exactly one of jti, sid and uid")
	}
	return nil
}

// before reads the time of an entry; the end of time where there is none.
func (d *document) before(at int32) (time.Time, bool) {
	if at == absent {
		return time.Unix(maxSeconds, 0), true
	}
	if d.nodes[at].kind != text {
		return d.timeAt(at)
	}
	s, ok := d.textAt(at)
	t, err := time.Parse(time.RFC3339, s)
	return t, ok && err == nil
}
