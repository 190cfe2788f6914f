// Package witness is both sides of c2sp.org/tlog-witness: a Witness, which a source
// organisation runs so that nobody need believe the log, and a Client, by which a broker
// has its checkpoints cosigned.
//
// What a cosignature says: at that time the witness had seen the log only grow, from the
// first checkpoint that it saw to this one. What it does not say: that what was
// written is true, or that anybody can read it.
//
// A Witness guarantees that it never cosigns two checkpoints of one log of which one is not
// the beginning of the other, over all its restarts: what it cosigns is durable first. It
// rests on its state folder: restored from a backup, a witness could be shown the past again.
package witness

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/mycarerecord/mcr/audit/proof/merkle"
	"github.com/mycarerecord/mcr/audit/proof/signed"
	"github.com/mycarerecord/mcr/audit/spool"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

// Options say what a witness is.
type Options struct {
	// Name is that of its key, such as witness.trust.nhs.uk.
	Name string
	// Key signs.
	Key *signed.Key
	// Folder keeps what was cosigned. It is made when it is not there.
	Folder string
	// Logs are the verifier keys of the logs that are cosigned. A log with two keys, for a
	// change of keys, is named twice.
	Logs []*signed.Verifier
	// Clock gives the time. Default time.Now.
	Clock func() time.Time
	// Log takes what its keeper must know. Default slog.Default.
	Log *slog.Logger
}

// Witness cosigns the checkpoints of logs that only grow. It is an http.Handler: POST
// /add-checkpoint, and GET / for its verifier key. It may be used by many goroutines at once.
type Witness struct {
	opt   Options
	logs  map[string][]note.Verifier // by origin
	state state
	lock  io.Closer // of the folder: two witnesses of one folder could each cosign a branch

	mu sync.Mutex // one checkpoint at a time: what is compared must be what is kept
}

// New makes a witness. Close it to let go of its folder.
func New(opt Options) (_ *Witness, err error) {
	if opt.Clock == nil {
		opt.Clock = time.Now
	}
	if opt.Log == nil {
		opt.Log = slog.Default()
	}
	if _, err := signed.ParseVerifier(opt.Key.WitnessVerifier(opt.Name)); err != nil {
		return nil, fmt.Errorf("beginning a witness: name %q: %w", opt.Name, err)
	}
	if len(opt.Logs) == 0 {
		return nil, errors.New("beginning a witness: name at least one log by its verifier key")
	}
	if err := os.MkdirAll(opt.Folder, 0o700); err != nil {
		return nil, fmt.Errorf("beginning a witness: %w", err)
	}
	w := &Witness{opt: opt, logs: map[string][]note.Verifier{}, state: state{opt.Folder}}
	if w.lock, err = (spool.Disk{}).Lock(filepath.Join(opt.Folder, "lock")); err != nil {
		return nil, fmt.Errorf("beginning a witness: %w", err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.Close())
		}
	}()
	for _, v := range opt.Logs {
		if v.IsWitness() {
			return nil, fmt.Errorf("beginning a witness: %s is the verifier key of a witness, not of a log", v.Name())
		}
		w.logs[v.Name()] = append(w.logs[v.Name()], v)
	}
	for origin := range w.logs {
		if _, _, err := w.state.last(origin); err != nil {
			return nil, fmt.Errorf("beginning a witness: %w", err)
		}
	}
	return w, nil
}

// Close lets go of the folder.
func (w *Witness) Close() error { return w.lock.Close() }

// refusal is an answer that is no cosignature.
type refusal struct {
	status int
	said   string
	size   int64 // of the last checkpoint cosigned; -1 when it is not told
}

func (r refusal) Error() string { return r.said }

func refuse(status int, format string, args ...any) error {
	return refusal{status: status, said: fmt.Sprintf(format, args...), size: -1}
}

// ServeHTTP answers as c2sp.org/tlog-witness says.
func (w *Witness) ServeHTTP(rw http.ResponseWriter, r *http.Request) {
	rw.Header().Set("Cache-Control", "no-store")
	rw.Header().Set("X-Content-Type-Options", "nosniff")
	switch {
	case r.URL.Path == "/" && r.Method == http.MethodGet:
		fmt.Fprintf(rw, "%s\n", w.opt.Key.WitnessVerifier(w.opt.Name))
		return
	case r.URL.Path != "/add-checkpoint":
		http.NotFound(rw, r)
		return
	case r.Method != http.MethodPost:
		rw.Header().Set("Allow", http.MethodPost)
		http.Error(rw, "POST a checkpoint", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(rw, r.Body, mostBody))
	if err != nil {
		http.Error(rw, "the request could not be read, or is too long", http.StatusBadRequest)
		return
	}
	line, err := w.add(body)
	var no refusal
	switch {
	case errors.As(err, &no) && no.size >= 0:
		rw.Header().Set("Content-Type", sizeType)
		rw.WriteHeader(no.status)
		fmt.Fprintf(rw, "%d\n", no.size)
	case errors.As(err, &no):
		http.Error(rw, no.said, no.status)
	case err != nil:
		w.opt.Log.Error("a checkpoint could not be cosigned", "error", err)
		http.Error(rw, "the checkpoint could not be kept", http.StatusInternalServerError)
	default:
		rw.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = io.WriteString(rw, line)
	}
}

// add cosigns the checkpoint of a request, or says why not.
func (w *Witness) add(body []byte) (line string, err error) {
	req, err := parseRequest(body)
	if err != nil {
		return "", refuse(http.StatusBadRequest, "%v", err)
	}
	origin, _, _ := strings.Cut(string(req.checkpoint), "\n")
	known := w.logs[origin]
	if known == nil {
		return "", refuse(http.StatusNotFound, "this witness does not follow that log")
	}
	c, n, err := signed.Open(req.checkpoint, known...)
	if err != nil {
		return "", refuse(http.StatusForbidden, "the checkpoint bears no signature of a key of that log that this witness knows")
	}
	if req.old > c.Size {
		return "", refuse(http.StatusBadRequest, "the old size is above the checkpoint's")
	}

	w.mu.Lock()
	defer w.mu.Unlock()
	last, _, err := w.state.last(origin)
	if err != nil {
		return "", err
	}
	if req.old != last.Size {
		return "", refusal{status: http.StatusConflict, said: "another old size", size: last.Size}
	}
	if err := w.grown(last, c, req.proof); err != nil {
		where, kept := w.state.evidence(origin, req.checkpoint)
		w.opt.Log.Error("a log signed what contradicts its own past: it was forked, rolled back or rewritten. It is not cosigned",
			"log", origin, "cosigned_size", last.Size, "signed_size", c.Size, "evidence", where, "error", kept)
		return "", err
	}
	// With the log's signature alone: whatever others added is not ours to keep.
	n.Sigs, n.UnverifiedSigs = n.Sigs[:1], nil
	raw, err := note.Sign(n)
	if err != nil {
		return "", fmt.Errorf("writing a checkpoint: %w", err)
	}
	if err := w.state.keep(origin, raw); err != nil {
		return "", err
	}
	return w.opt.Key.Cosign(w.opt.Name, n.Text, w.opt.Clock())
}

// grown says why a checkpoint does not continue the last one; nil when it does.
func (w *Witness) grown(last, c signed.Checkpoint, proof tlog.TreeProof) error {
	var empty merkle.Accumulator
	switch {
	case c.Size == 0 && c.Root != empty.Root():
		return refuse(http.StatusUnprocessableEntity, "a tree without leaves has another root")
	case last.Size == 0:
		if len(proof) > 0 {
			return refuse(http.StatusUnprocessableEntity, "from size 0 there is nothing to prove")
		}
		return nil
	case last.Size == c.Size:
		if last.Root != c.Root || len(proof) > 0 {
			return refuse(http.StatusUnprocessableEntity, "of this size another root was cosigned")
		}
		return nil
	}
	if err := tlog.CheckTree(proof, c.Size, c.Root, last.Size, last.Root); err != nil {
		return refuse(http.StatusUnprocessableEntity, "the tree that was cosigned, of size %d, is not its beginning", last.Size)
	}
	return nil
}

// cutSignatures parts a signed note into its text and its signature lines.
func cutSignatures(raw []byte) (text, signatures string, ok bool) {
	i := strings.LastIndex(string(raw), "\n\n")
	if i < 0 {
		return "", "", false
	}
	return string(raw[:i+1]), string(raw[i+2:]), true
}

var _ http.Handler = (*Witness)(nil)
