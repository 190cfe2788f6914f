package follow

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/mycarerecord/mcr/audit/proof/merkle"
	"github.com/mycarerecord/mcr/audit/proof/signed"
	"github.com/mycarerecord/mcr/durable"
)

// track is one log that is kept: the broker's, or that of one organisation.
type track struct {
	prefix, chain, organisation string
	origin                      string
	verifier                    *signed.Verifier // of what this log signs
	dir                         string
	tree                        *merkle.Log

	// The following are the following goroutine's.
	begun  signed.Link
	signed signed.Checkpoint // durable in log.signed; not Tied when there is none yet
	again  bool              // the tree is made again, and not yet what was signed
	days   map[string]int64  // leaves by day, of those that are signed and those that will be
	// partial is the day within which the log, or its counting, began.
	partial string

	byDay atomic.Pointer[map[string]int64] // days and partial as they were signed
	began atomic.Pointer[string]

	// newest is what was signed last, for those who have it cosigned; published is what is
	// served. Both are nil when there is none.
	newest, published atomic.Pointer[note]
	publishing        sync.Mutex
}

// note is a signed checkpoint.
type note struct {
	says signed.Checkpoint
	raw  []byte
}

func treeOf(c signed.Checkpoint) tlog.Tree { return tlog.Tree{N: c.Size, Hash: c.Root} }

// openTrack opens a log that was signed, or begins it anew when its files are lost: then it
// is made again.
func openTrack(data string, e entry, k *signed.Key) (*track, error) {
	t, err := place(data, e.Prefix, e.Chain, e.Organisation, k)
	if err != nil {
		return nil, err
	}
	t.begun, t.signed, t.days, t.partial = e.says.Begun, e.says, maps.Clone(e.Days), e.Partial
	t.counted()
	t.newest.Store(&note{e.says, []byte(e.Checkpoint)})
	t.tree, err = merkle.Open(t.dir, e.says.Size, e.says.Root)
	if errors.Is(err, merkle.ErrDamaged) {
		t.again = true
		t.tree, err = create(data, t.dir)
	}
	return t, err
}

// newTrack begins a log.
func newTrack(data, prefix, chain, organisation string, begun signed.Link, k *signed.Key) (*track, error) {
	t, err := place(data, prefix, chain, organisation, k)
	if err != nil {
		return nil, err
	}
	t.begun = begun
	t.tree, err = create(data, t.dir)
	return t, err
}

// create begins a log's files. The data folder is not made anew when it was taken away meanwhile.
func create(data, dir string) (*merkle.Log, error) {
	if err := durable.MkdirWithin(data, filepath.Dir(dir)); err != nil {
		return nil, fmt.Errorf("creating a log: %w", err)
	}
	return merkle.Create(dir)
}

// place gives a log its names, without its files.
func place(data, prefix, chain, organisation string, k *signed.Key) (*track, error) {
	t := &track{
		prefix: prefix, chain: chain, organisation: organisation,
		origin: signed.Origin(prefix, chain, organisation), dir: folder(data, prefix, chain, organisation),
	}
	var err error
	if t.verifier, err = signed.ParseVerifier(k.LogVerifier(t.origin)); err != nil {
		return nil, fmt.Errorf("naming a log %s: %w", t.origin, err)
	}
	return t, nil
}

// append puts a record into the log, unless it is there.
func (t *track) append(number uint64, leaf [32]byte) error {
	if number <= t.tree.Last() {
		return nil
	}
	return t.tree.Append(number, leaf)
}

// grown says that there are leaves that are not signed.
func (t *track) grown() bool {
	size, _ := t.tree.Appended()
	return !t.signed.Tied || size > t.signed.Size
}

// checkpoint makes what is to be signed.
func (t *track) checkpoint(head signed.Link) (signed.Checkpoint, error) {
	size, root := t.tree.Appended()
	if t.signed.Tied && (size < t.signed.Size || size == t.signed.Size && root != t.signed.Root) {
		return signed.Checkpoint{}, fmt.Errorf("%w: %s: at %d leaves another root was signed", ErrForked, t.origin, size)
	}
	return signed.Checkpoint{
		Origin: t.origin, Size: size, Root: root, Tied: true,
		Begun: t.begun, Chain: signed.Segment(t.chain), Head: head,
	}, nil
}

// reached says whether a log that was made again is what was signed.
func (t *track) reached() error {
	size, root := t.tree.Appended()
	if size != t.signed.Size || root != t.signed.Root {
		return fmt.Errorf("%w: of %s a tree of %d leaves with the root %v was signed; the records up to number %d, as the spool and the "+
			"store have them now, give %d leaves and the root %v", ErrForked, t.origin, t.signed.Size, t.signed.Root, t.signed.Head.Number, size, root)
	}
	t.again = false
	return nil
}

func (t *track) checkpointFile() string { return filepath.Join(t.dir, "checkpoint") }

// publish serves a checkpoint from now on, and keeps it for the next start. One that is
// older than what is served changes nothing.
func (t *track) publish(n *note) error {
	t.publishing.Lock()
	defer t.publishing.Unlock()
	if p := t.published.Load(); p != nil && (n.says.Size < p.says.Size || n.says.Head.Number < p.says.Head.Number) {
		return nil
	}
	t.published.Store(n)
	if err := os.WriteFile(t.checkpointFile()+".new", n.raw, 0o600); err != nil {
		return fmt.Errorf("publishing a checkpoint: %w", err)
	}
	if err := os.Rename(t.checkpointFile()+".new", t.checkpointFile()); err != nil {
		return fmt.Errorf("publishing a checkpoint: %w", err)
	}
	return nil
}

// textOf cuts the signatures off a signed note.
func textOf(raw []byte) (string, bool) {
	i := bytes.LastIndex(raw, []byte("\n\n"))
	if i < 0 {
		return "", false
	}
	return string(raw[:i+1]), true
}
