package caddymodule

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/caddyserver/caddy/v2"

	"github.com/mycarerecord/mcr/decision/book"
	"github.com/mycarerecord/mcr/legible"
)

// mostConfig bounds a configuration that is sent.
const mostConfig = 16 << 20

// asking is who asks for the configuration that is being loaded, as they say themselves.
var (
	asking     atomic.Pointer[string]
	loadingOne sync.Mutex
)

// load answers POST /broker/load: Caddy's own /load, but that it also loads a configuration
// that is the same as before when something else than what its folders hold is in force, and
// that it says what is in force now. Mcr-By says who asks.
func load(w http.ResponseWriter, r *http.Request) error {
	if r.Method != http.MethodPost {
		return caddy.APIError{HTTPStatus: http.StatusMethodNotAllowed, Err: errors.New("only POST is answered here")}
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, mostConfig))
	if err != nil {
		return caddy.APIError{HTTPStatus: http.StatusBadRequest, Err: fmt.Errorf("reading the configuration: %w", err)}
	}
	loadingOne.Lock()
	defer loadingOne.Unlock()
	by := legible.Line(r.Header.Get("Mcr-By"))
	asking.Store(&by)
	defer asking.Store(nil)
	before := inForce.Load()
	force := r.Header.Get("Cache-Control") == "must-revalidate" || before != nil && before.ruling.stale()
	if err := caddy.Load(body, force); err != nil {
		return caddy.APIError{HTTPStatus: http.StatusBadRequest, Err: err}
	}
	caddy.ClearLastConfigIfDifferent(r.Header.Get("Caddy-Config-Source-File"), r.Header.Get("Caddy-Config-Source-Adapter"))
	now := inForce.Load()
	if now == nil {
		return caddy.APIError{HTTPStatus: http.StatusBadRequest, Err: errors.New("the configuration has no broker")}
	}
	_, red := now.ready(r.Context())
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(map[string]any{"in_force": now.standingNow(), "changed": now != before, "red": red})
}

// stale says that the folder is to be judged again, though the configuration is the same.
func (r *ruling) stale() bool { return r.refused != nil && !r.inEffect() || r.ownLastGood() != nil }

// changed answers GET /broker/changes: what differs between the policies in force and those
// before, in words.
func changed(w http.ResponseWriter, r *http.Request) error {
	a := inForce.Load()
	if r.Method != http.MethodGet || a == nil {
		return caddy.APIError{HTTPStatus: http.StatusServiceUnavailable, Err: errors.New("no broker is in force, or this is no GET")}
	}
	before, is := a.replacedSet.Load(), a.ruling.current()
	var text strings.Builder
	if others := ownChanges(before, is); len(others) > 0 {
		fmt.Fprintf(&text, "%s\n", strings.Join(others, "\n"))
		if before.Fingerprint == is.Fingerprint { // the region's are what they were
			return tellChanges(w, before.Revision.Name(), text.String())
		}
		text.WriteString("\n")
	}
	since, list, err := a.ruling.changes(r.Context())
	if err != nil {
		return caddy.APIError{HTTPStatus: http.StatusInternalServerError, Err: err}
	}
	if since != "" {
		list.Write(&text)
	}
	if len(list.Rules) > 0 {
		fmt.Fprintf(&text, "\nwhat the rules that changed let out beyond these cases is not said here: mcr policy diff %s %s\n", since, a.Policies)
	}
	if gone := lost(before, is); len(gone) > 0 {
		fmt.Fprintf(&text, "\n%s\n", strings.Join(gone, "\n"))
	}
	if before != nil && text.Len() > 0 {
		since = cmp.Or(since, before.Revision.Name())
	}
	return tellChanges(w, since, text.String())
}

func tellChanges(w http.ResponseWriter, since, changes string) error {
	w.Header().Set("Content-Type", "application/json")
	return json.NewEncoder(w).Encode(map[string]any{"since": since, "changes": changes})
}

// changes says what changed since the policies before; since is "" when there are none.
func (r *ruling) changes(ctx context.Context) (since string, list book.ChangeList, err error) {
	before, since, ok := r.before()
	set := r.current()
	if !ok || set == nil {
		return "", list, nil
	}
	list, err = book.Changes(ctx, before, set.FS, nil)
	return since, list, err
}
