package protect

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/audit/spool"
)

// Change is the Input of the records of audit.RotateKeysAction and
// audit.ForgetKeysAction, under "keys".
type Change struct {
	Made      string   `json:"made,omitempty"`      // the epoch that began
	Withdrawn string   `json:"withdrawn,omitempty"` // the epoch that was withdrawn
	InUse     []string `json:"in_use"`              // afterwards
	// Unfindable is how many records of the withdrawn epoch the store held, which can
	// no longer be found by patient.
	Unfindable int `json:"unfindable,omitempty"`
}

// Rotated gives keys with a new epoch, of which new records are. The old ones stay, to
// find and read what was written under them. k is not changed.
func (k *Keys) Rotated(now time.Time) *Keys {
	next := k.clone()
	number := 0
	for _, e := range k.Epochs() {
		n, _ := numberOf(e.ID) // it was checked when it was read
		number = max(number, n)
	}
	next.epochs = append(next.epochs, newEpoch(number+1, now))
	return next
}

// Without gives keys without those of an epoch: its records can no longer be found by
// patient, nor their shown numbers read, by anybody who has no copy of the keys. It is
// for keys that were seen by somebody, and cannot be undone. The current epoch cannot
// be withdrawn: rotate first. k is not changed.
func (k *Keys) Without(id string, now time.Time) (*Keys, error) {
	i := slices.IndexFunc(k.epochs, func(e epoch) bool { return e.id == id })
	switch {
	case i < 0:
		return nil, fmt.Errorf("withdrawing epoch %q: these keys have none of this name in use", id)
	case i == len(k.epochs)-1:
		return nil, fmt.Errorf("withdrawing epoch %q: new records are of it: rotate first", id)
	}
	next := k.clone()
	e := next.epochs[i]
	next.epochs = slices.Delete(next.epochs, i, i+1)
	next.withdrawn = append(next.withdrawn, Epoch{ID: e.id, Made: e.made, Unnamed: e.unnamed, Withdrawn: now.UTC().Truncate(time.Second)})
	return next, nil
}

func (k *Keys) clone() *Keys {
	return &Keys{root: k.root, epochs: slices.Clone(k.epochs), withdrawn: slices.Clone(k.withdrawn)}
}

func inOrderOfNumber(all []Epoch) []Epoch {
	slices.SortFunc(all, func(a, b Epoch) int {
		m, _ := numberOf(a.ID)
		n, _ := numberOf(b.ID)
		return cmp.Compare(m, n)
	})
	return all
}

// Staged are keys that are durable beside those in use, and not in use yet.
type Staged struct{ path string }

// Stage writes keys beside those at path, durably, and changes nothing there: the
// record that tells of the change comes first, and then Put.
func (k *Keys) Stage(path string) (*Staged, error) {
	s := &Staged{path: path}
	if err := os.Remove(s.beside()); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("staging keys: %w", err)
	}
	if err := k.create(s.beside()); err != nil {
		return nil, fmt.Errorf("staging keys: %w", err)
	}
	return s, nil
}

func (s *Staged) beside() string { return s.path + ".new" }

// Put puts the keys into use: whoever loads path finds the old ones or the new ones,
// whole, and after Put the new ones, through a loss of power too.
func (s *Staged) Put() error {
	if err := os.Rename(s.beside(), s.path); err != nil {
		return fmt.Errorf("putting keys into use: %w", err)
	}
	if err := (spool.Disk{}).SyncDir(filepath.Dir(s.path)); err != nil {
		return fmt.Errorf("putting keys into use: %w", err)
	}
	return nil
}

// Drop takes back what was staged.
func (s *Staged) Drop() error { return os.Remove(s.beside()) }

// create writes keys to a file that is not there yet, durably.
func (k *Keys) create(path string) error {
	text, err := json.Marshal(k.file())
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = f.Write(append(text, '\n'))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = spool.Disk{}.SyncDir(filepath.Dir(path))
	}
	return err
}
