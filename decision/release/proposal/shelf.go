package proposal

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/mycarerecord/mcr/decision/release"
	"github.com/mycarerecord/mcr/durable"
)

// What stands in the way of a proposal.
var (
	ErrNone    = errors.New("no release is proposed")
	ErrThere   = errors.New("another release is proposed already")
	ErrChanged = errors.New("another release is proposed than the one that was looked at")
)

// Proposal is a release on its way.
type Proposal struct {
	*release.Release
	// Packed is the release as it is carried.
	Packed []byte
	// ID names what people say yes to: the statement, without approvals.
	ID string
}

// Shelf is where the proposal lies. It may be used by many goroutines at once.
type Shelf struct{ path string }

// turn is that of all shelves: a process has several over the same file while one configuration
// takes over from another.
var turn sync.Mutex

// NewShelf gives the shelf whose proposal is the file at path. Nothing is read yet.
func NewShelf(path string) *Shelf { return &Shelf{path: path} }

// Proposal gives what is proposed. The error is ErrNone where nothing is.
func (s *Shelf) Proposal() (*Proposal, error) {
	turn.Lock()
	defer turn.Unlock()
	return s.read()
}

// Put proposes a release. Told is asked before it lies there, and may stop it.
func (s *Shelf) Put(ctx context.Context, packed []byte, told func(*release.Release) error) (*Proposal, error) {
	turn.Lock()
	defer turn.Unlock()
	if _, err := os.Stat(s.path); err == nil {
		return nil, ErrThere
	}
	if _, err := release.Read(ctx, packed); err != nil {
		return nil, err
	}
	one, err := proposed(packed)
	if err != nil {
		return nil, err
	}
	if err := told(one.Release); err != nil {
		return nil, err
	}
	return one, s.write(packed)
}

// Change lets somebody's word change what is proposed. ID is what they looked at; nothing is changed
// when change fails. What two people say at the same time is taken one after the other.
func (s *Shelf) Change(id string, change func(*release.Release) error) (*Proposal, error) {
	turn.Lock()
	defer turn.Unlock()
	one, err := s.seen(id)
	if err != nil {
		return nil, err
	}
	if err = change(one.Release); err != nil {
		return nil, err
	}
	if one.Packed, err = one.Pack(); err != nil {
		return nil, err
	}
	return one, s.write(one.Packed)
}

// Publish publishes what is proposed, and takes it from the shelf. Told is asked before anything is
// published, and may stop it.
func (s *Shelf) Publish(ctx context.Context, id string, to release.Place, trust release.Trust, now time.Time,
	judge func(context.Context, fs.FS) error, told func(*release.Release) error,
) (*release.Release, error) {
	turn.Lock()
	defer turn.Unlock()
	one, err := s.seen(id)
	if err != nil {
		return nil, err
	}
	r, err := to.Publish(ctx, one.Packed, trust, now, func(ctx context.Context, fsys fs.FS) error {
		if err := judge(ctx, fsys); err != nil {
			return err
		}
		return told(one.Release)
	})
	if err != nil {
		return nil, err
	}
	return r, s.remove()
}

// Withdraw takes the proposal away; nobody is asked for anything any more. ID is "" for one that
// cannot be read, of which told is not asked.
func (s *Shelf) Withdraw(id string, told func(*release.Release) error) error {
	turn.Lock()
	defer turn.Unlock()
	switch one, err := s.read(); {
	case errors.Is(err, ErrNone):
		return err
	case err == nil && one.ID != id:
		return ErrChanged
	case err == nil:
		if err := told(one.Release); err != nil {
			return err
		}
	case id != "":
		return err
	}
	return s.remove()
}

func (s *Shelf) remove() error {
	if err := os.Remove(s.path); err != nil {
		return err
	}
	return durable.SyncDir(filepath.Dir(s.path))
}

func (s *Shelf) seen(id string) (*Proposal, error) {
	one, err := s.read()
	if err == nil && one.ID != id {
		return nil, ErrChanged
	}
	return one, err
}

func (s *Shelf) read() (*Proposal, error) {
	f, err := os.Open(s.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNone
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it is only read
	packed, err := io.ReadAll(io.LimitReader(f, release.MostPacked+1))
	if err != nil {
		return nil, fmt.Errorf("reading what is proposed: %w", err)
	}
	one, err := proposed(packed)
	if err != nil {
		return nil, fmt.Errorf("reading what is proposed, %s: %w", s.path, err)
	}
	return one, nil
}

// proposed reads a release, and names what people say yes to.
func proposed(packed []byte) (*Proposal, error) {
	r, err := release.Peek(packed)
	if err != nil {
		return nil, err
	}
	statement := r.Statement
	statement.Approvals = nil
	text, err := json.Marshal(statement)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(text)
	return &Proposal{Release: r, Packed: packed, ID: hex.EncodeToString(sum[:])}, nil
}

func (s *Shelf) write(packed []byte) error {
	// The data folder itself is not made: one that was moved away must not be there again, empty.
	if err := os.Mkdir(filepath.Dir(s.path), 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("keeping what is proposed: %w", err)
	}
	if err := durable.Replace(s.path, packed); err != nil {
		return fmt.Errorf("keeping what is proposed: %w", err)
	}
	return nil
}
