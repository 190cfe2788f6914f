package release

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/mycarerecord/mcr/durable"
)

// Place is a folder in which releases are published: current.mcr for brokers, canary.mcr for what they
// try beside it, and each release that ever was under its serial. Any web server may serve it.
type Place string

// Current is the name of the release that brokers go by.
const Current = "current.mcr"

var published = regexp.MustCompile(`^(\d{8,})\.mcr$`)

func (p Place) path(serial uint64) string {
	return filepath.Join(string(p), fmt.Sprintf("%08d.mcr", serial))
}

// Serials are those of all that was published, the oldest first.
func (p Place) Serials() (all []uint64, err error) {
	entries, err := os.ReadDir(string(p))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("there is no folder %s for releases: make it (mkdir), or correct its name: %w", string(p), err)
	}
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if m := published.FindStringSubmatch(e.Name()); m != nil {
			n, err := strconv.ParseUint(m[1], 10, 64)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", e.Name(), err)
			}
			all = append(all, n)
		}
	}
	slices.Sort(all)
	return all, nil
}

// Last is the highest serial that was published; 0 when none was.
func (p Place) Last() (uint64, error) {
	all, err := p.Serials()
	if err != nil || len(all) == 0 {
		return 0, err
	}
	return all[len(all)-1], nil
}

// before is the highest serial that was published before a release: one whose publication was
// interrupted, when it had its own name and was not current yet, is published again.
func (p Place) before(packed []byte) (uint64, error) {
	all, err := p.Serials()
	if err != nil || len(all) == 0 {
		return 0, err
	}
	last := all[len(all)-1]
	there, err := os.ReadFile(p.path(last))
	if err != nil {
		return 0, err
	}
	name := Current
	if r, err := read(packed); err == nil && r.Statement.Canary != nil {
		name = CanaryFile
	}
	current, err := os.ReadFile(filepath.Join(string(p), name))
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return 0, err
	case !bytes.Equal(there, packed) || bytes.Equal(current, packed):
		return last, nil
	case len(all) == 1:
		return 0, nil
	}
	return all[len(all)-2], nil
}

// holds says whether a release stands under its own name already.
func (p Place) holds(serial uint64, packed []byte) bool {
	there, err := os.ReadFile(p.path(serial))
	return err == nil && bytes.Equal(there, packed)
}

// Published reads what was published under a serial.
func (p Place) Published(ctx context.Context, serial uint64) (*Release, error) {
	packed, err := os.ReadFile(p.path(serial))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("no release was published here under the serial %d", serial)
	}
	if err != nil {
		return nil, err
	}
	return Read(ctx, packed)
}

// Statement reads what a release says of itself that was published under a serial.
func (p Place) Statement(serial uint64) (Statement, error) {
	return statementOf(p.path(serial))
}

// Trial is the serial of the release that brokers find to try; 0: they find none.
func (p Place) Trial() (uint64, error) {
	s, err := statementOf(filepath.Join(string(p), CanaryFile))
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	return s.Serial, err
}

func statementOf(path string) (Statement, error) {
	packed, err := os.ReadFile(path)
	if err != nil {
		return Statement{}, err
	}
	r, err := Peek(packed)
	if err != nil {
		return Statement{}, fmt.Errorf("%s: %w", path, err)
	}
	return r.Statement, nil
}

// Publish puts a release where brokers find it. It must be one that a broker would open, now or when
// its time has come, its serial the highest, and judge must find nothing wrong with its policies, which
// is asked when it is known whose they are. It is there whole or not at all, after a loss of
// power too.
func (p Place) Publish(ctx context.Context, packed []byte, trust Trust, now time.Time, judge func(context.Context, fs.FS) error) (*Release, error) {
	last, err := p.before(packed)
	if err != nil {
		return nil, err
	}
	r, err := Open(ctx, packed, trust, last, now)
	var refusal *Refusal
	if errors.As(err, &refusal) && refusal.Code == NotYet {
		var early *Release
		if early, err = read(packed); err == nil {
			r, err = Open(ctx, packed, trust, last, early.Statement.NotBefore)
		}
	}
	if err != nil {
		return nil, err
	}
	if err := judge(ctx, r.FS); err != nil {
		return nil, err
	}
	// Its own name first: what brokers have been given is never given to another.
	if err = durable.Create(p.path(r.Statement.Serial), func(f *os.File) error {
		_, err := f.Write(packed)
		return err
	}); errors.Is(err, fs.ErrExist) && !p.holds(r.Statement.Serial, packed) {
		return nil, fmt.Errorf("publishing: somebody else publishes here, or was interrupted: see which releases there are (mcr policy status); if nobody does, take %s.part away, and try again", p.path(r.Statement.Serial))
	} else if err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("publishing: %w", err)
	}
	name := Current
	if r.Statement.Canary != nil {
		name = CanaryFile
	}
	for _, to := range []string{p.path(r.Statement.Serial), filepath.Join(string(p), name)} {
		if filepath.Base(to) == name {
			if err := durable.Replace(to, packed); err != nil {
				return nil, fmt.Errorf("publishing: %w", err)
			}
		}
		if err := os.Chmod(to, 0o644); err != nil { // nothing in it is secret, and a web server reads it
			return nil, fmt.Errorf("publishing: %w", err)
		}
	}
	return r, nil
}

// Again builds a release that brings the rules of an earlier one back, under a new serial. People
// approve and sign it as any other.
func (p Place) Again(ctx context.Context, serial uint64, s Statement, now time.Time) (*Release, error) {
	was, err := p.Published(ctx, serial)
	if err != nil {
		return nil, err
	}
	last, err := p.Last()
	if err != nil {
		return nil, err
	}
	if s.Serial == 0 {
		s.Serial = last + 1
	}
	s.Of = serial
	return Build(ctx, was.FS, s, now)
}
