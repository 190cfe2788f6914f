package follow

import (
	"bytes"
	"fmt"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/audit/proof/merkle"
	"github.com/mycarerecord/mcr/audit/proof/signed"
)

// openClosed serves a log of a chain that has ended, as it was published last. The caller
// holds mu.
func (f *Follower) openClosed(e entry) {
	t, err := place(f.opt.Data, e.Prefix, e.Chain, e.Organisation, f.key)
	if err != nil {
		f.opt.Log.Error("a log that has ended cannot be served", "log", e.says.Origin, "error", err)
		return
	}
	t.signed = e.says
	if t.tree, err = merkle.Read(t.dir, e.says.Size, e.says.Root); err != nil {
		f.opt.Log.Error("a log that has ended cannot be served", "log", t.origin, "error", err)
		return
	}
	t.newest.Store(&note{e.says, []byte(e.Checkpoint)})
	f.serveAgain(t)
	if t.published.Load() == nil {
		t.published.Store(t.newest.Load())
	}
	f.closed = append(f.closed, t)
}

// serveAgain serves what was published before, if it is of what was signed.
func (f *Follower) serveAgain(t *track) {
	if t.again { // its tiles are not there yet
		return
	}
	newest := t.newest.Load()
	raw, err := os.ReadFile(t.checkpointFile())
	if err == nil {
		c, _, err := signed.Open(raw, t.verifier)
		if err == nil && c.Origin == t.origin && c.Size <= newest.says.Size {
			t.published.Store(&note{c, raw})
			return
		}
	}
	if f.witnesses.unneeded() {
		t.published.Store(newest)
	}
}

// ServeHTTP serves the logs for whoever wants to follow them (c2sp.org/tlog-tiles):
//
//	/                       the verifier key and the folder of each log, one a line
//	/<chain>/checkpoint     and /<chain>/tile/…: the log of all of a chain's records
//	/<chain>/<ODS>/…        the log of those about one organisation's records
//
// It is handed addresses without what stands before these.
func (f *Follower) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path := strings.TrimPrefix(r.URL.Path, "/")
	if path == "" {
		f.list(w, r)
		return
	}
	log, rest := path, ""
	if i := strings.Index(path, "/tile/"); i >= 0 {
		log, rest = path[:i], path[i+1:]
	} else if i := strings.LastIndexByte(path, '/'); i >= 0 {
		log, rest = path[:i], path[i+1:]
	}
	a := answer{header: http.Header{}}
	f.answer(&a, r, log, rest)
	a.leave(w)
}

// answer reads what is asked for. The files stay open while they are read.
func (f *Follower) answer(a *answer, r *http.Request, log, rest string) {
	f.mu.RLock()
	defer f.mu.RUnlock()
	for _, t := range f.all() {
		if t.path() != log {
			continue
		}
		n := t.published.Load()
		if n == nil {
			http.Error(a, "no checkpoint of this log is published yet", http.StatusNotFound)
			return
		}
		t.tree.Serve(a, r, rest, n.raw, n.says.Size)
		return
	}
	http.NotFound(a, r)
}

// answer holds what is answered, at most a bundle of 9 KB, until the lock is free again: a
// client that does not read must hold up neither the logs nor health.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) Write(b []byte) (int, error) { return a.body.Write(b) }

func (a *answer) leave(w http.ResponseWriter) {
	maps.Copy(w.Header(), a.header)
	if a.status != 0 {
		w.WriteHeader(a.status)
	}
	_, _ = w.Write(a.body.Bytes()) // the client may have gone
}

// path is where a log stands below the address that is served. Addresses come decoded.
func (t *track) path() string {
	path := t.chain
	if t.organisation != "" {
		path += "/" + t.organisation
	}
	return path
}

// all gives every log that is served. The caller holds mu.
func (f *Follower) all() []*track {
	all := slices.AppendSeq(slices.Clone(f.closed), maps.Values(f.tracks))
	slices.SortFunc(all, func(a, b *track) int { return strings.Compare(a.origin, b.origin) })
	return all
}

func (f *Follower) list(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "this can only be read", http.StatusMethodNotAllowed)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.Header().Set("Cache-Control", "no-cache")
	var list bytes.Buffer
	f.mu.RLock()
	for _, t := range f.all() {
		fmt.Fprintf(&list, "%s %s/\n", t.verifier, t.path())
	}
	f.mu.RUnlock()
	_, _ = w.Write(list.Bytes()) // the client may have gone
}

var _ http.Handler = (*Follower)(nil)
