package token

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"github.com/mycarerecord/mcr/strictjson"
)

// The revocation list is a file of JSON objects, one a line, or one JSON array of
// them. Each entry is exactly one of
//
//	{"jti": "..."}                        a token, by its jti (or by Subject.TokenID)
//	{"sid": "..."}                        a session, by its sid
//	{"uid": "...", "before": 1767225600}  a user's tokens (by Subject.UserID) issued up
//	                                      to then: seconds since 1970, or RFC 3339;
//	                                      without before, all of them
//
// and may carry "iss", to mean that issuer only, and "note". A list with nothing on
// it is written [] : an empty file is what a broken writer leaves, and is refused.
// Replace the file by renaming a new one over it.

// revoked is one reading; err when it failed, and then everything is denied.
type revoked struct {
	tokens, sessions map[ref]struct{}
	users            map[ref]time.Time
	err              error
}

// ref is an id at an issuer; issuer "" is any.
type ref struct{ issuer, id string }

func (l *revoked) names(t *verified) bool {
	if len(l.tokens)+len(l.sessions)+len(l.users) == 0 {
		return false
	}
	for _, iss := range [2]string{"", t.issuer.Name} {
		if _, hit := l.tokens[ref{iss, t.subject.TokenID}]; hit {
			return true
		}
		if _, hit := l.sessions[ref{iss, t.subject.Session}]; hit && t.subject.Session != "" {
			return true
		}
		// iat has whole seconds: a token of the very second counts as before it.
		if before, hit := l.users[ref{iss, t.subject.UserID}]; hit && !t.issued.After(before) {
			return true
		}
	}
	return false
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
		n := 0
		for i := range d.Children(0) {
			n++
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
	if d.Nodes[at].Kind != strictjson.Object {
		return errors.New("not an object")
	}
	var p [6]int32
	if !d.Lookup(at, entryNames, p[:]) {
		return errors.New("a name in the wrong case")
	}
	members, known := 0, 0
	for range d.Children(at) {
		members++
	}
	r := reader{d: d, ok: true}
	for _, i := range p {
		if i != absent {
			known++
		}
	}
	jti, sid, uid, iss := r.exact(p[0]), r.exact(p[1]), r.exact(p[2]), r.exact(p[4])
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
	if d.Nodes[at].Kind != strictjson.String {
		return d.timeAt(at)
	}
	s, ok := d.textAt(at)
	t, err := time.Parse(time.RFC3339, s)
	return t, ok && err == nil
}
