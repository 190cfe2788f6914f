package draft

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/mycarerecord/mcr/durable"
)

// Most is how long the file of a draft may be, in bytes.
const Most = 32 << 20

// Desk is where the draft lies. It may be used by many goroutines at once, and a process may have
// several over the same file, as it has while a configuration takes over from another.
type Desk struct {
	path string
	seen stamp
	have *Draft // as of seen
}

// stamp tells one writing of the file from another.
type stamp struct {
	at      time.Time
	size    int64
	written int // by desks of this process, which may write twice while the file system's clock stands still
}

// turn is that of all desks, and written counts what they wrote.
var (
	turn    sync.Mutex
	written int
)

// NewDesk gives the desk whose draft is the file at path. Nothing is read yet.
func NewDesk(path string) *Desk { return &Desk{path: path} }

// Draft gives the draft as it is. The error is ErrNone where there is none. What is given is not to
// be written to.
func (d *Desk) Draft() (*Draft, error) {
	turn.Lock()
	defer turn.Unlock()
	return d.read()
}

// There reports whether there is a draft, readable or not.
func (d *Desk) There() bool {
	_, err := os.Stat(d.path)
	return err == nil
}

// Or gives the folder of the draft where there is one, and otherwise the given one; drafted says
// which. A draft that cannot be read is an error: what is shown would pass for the draft. Nil is a desk
// on which no draft is kept.
func (d *Desk) Or(otherwise fs.FS) (fsys fs.FS, drafted bool, err error) {
	if d == nil {
		return otherwise, false, nil
	}
	switch one, err := d.Draft(); {
	case errors.Is(err, ErrNone):
		return otherwise, false, nil
	case err != nil:
		return nil, false, err
	default:
		return one.FS(), true, nil
	}
}

// Begin begins a draft with a folder.
func (d *Desk) Begin(fsys fs.FS, by string, now time.Time) (*Draft, error) {
	turn.Lock()
	defer turn.Unlock()
	if d.There() {
		return nil, ErrThere
	}
	one, err := begin(fsys, by, now)
	if err != nil {
		return nil, err
	}
	return one, d.write(one)
}

// Change makes a change. Saw is the fingerprint of the draft that whoever makes it looked at. One that
// is in the draft already, as of a form that is sent twice, is not made again.
func (d *Desk) Change(saw string, c Change) error {
	if !Changeable(c.File) {
		return fmt.Errorf("%s: %w", c.File, ErrPlace)
	}
	turn.Lock()
	defer turn.Unlock()
	one, err := d.read()
	switch {
	case err != nil:
		return err
	case one.Text(c.File) == c.Text:
		return nil
	case one.Fingerprint() != saw:
		return ErrChanged
	}
	c.At = c.At.UTC()
	next := *one // others may be reading it
	next.Changes = append(one.Changes[:len(one.Changes):len(one.Changes)], c)
	return d.write(&next)
}

// Undo takes the last change back. Without one nothing happens.
func (d *Desk) Undo(saw string) error {
	turn.Lock()
	defer turn.Unlock()
	one, err := d.read()
	switch {
	case err != nil:
		return err
	case one.Fingerprint() != saw:
		return ErrChanged
	case len(one.Changes) == 0:
		return nil
	}
	next := *one
	next.Changes = one.Changes[:len(one.Changes)-1]
	return d.write(&next)
}

// Discard throws the draft away. Saw is "" for one that cannot be read.
func (d *Desk) Discard(saw string) error {
	turn.Lock()
	defer turn.Unlock()
	switch one, err := d.read(); {
	case errors.Is(err, ErrNone):
		return err
	case err == nil && one.Fingerprint() != saw:
		return ErrChanged
	case err != nil && saw != "":
		return err
	}
	d.have = nil
	if err := os.Remove(d.path); err != nil {
		return err
	}
	return durable.SyncDir(filepath.Dir(d.path))
}

// read gives the draft on disk, or the one in memory when that is the same.
func (d *Desk) read() (*Draft, error) {
	f, err := os.Open(d.path)
	if errors.Is(err, fs.ErrNotExist) {
		d.have = nil
		return nil, ErrNone
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it is only read
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	is := stamp{info.ModTime(), info.Size(), written}
	if d.have != nil && d.seen == is {
		return d.have, nil
	}
	if !info.Mode().IsRegular() || info.Size() > Most {
		return nil, fmt.Errorf("reading the draft %s: it is no draft", d.path)
	}
	text, err := io.ReadAll(io.LimitReader(f, Most+1))
	if err != nil {
		return nil, fmt.Errorf("reading the draft: %w", err)
	}
	one, err := parse(text)
	if err != nil {
		return nil, fmt.Errorf("reading the draft %s: %w", d.path, err)
	}
	d.have, d.seen = one, is
	return one, nil
}

// write writes the draft so that it is there whole or as it was, also after a loss of power.
func (d *Desk) write(one *Draft) error {
	text, err := json.Marshal(one)
	if err != nil {
		return err
	}
	if len(text) > Most {
		return ErrTooMuch
	}
	dir := filepath.Dir(d.path)
	// The data folder itself is not made: one that was moved away must not be there again, empty.
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("keeping the draft: %w", err)
	}
	written++
	if err := durable.Replace(d.path, text); err != nil {
		return fmt.Errorf("keeping the draft: %w", err)
	}
	return nil
}
