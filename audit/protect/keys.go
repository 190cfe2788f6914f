package protect

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"
)

// Keys are the deployment's own: with them a patient can be found in the trail,
// and a shown number read. Whoever holds the trail without them holds neither.
//
// They come in epochs. New records are of the newest; a patient is looked for under
// all of them. Losing the file means that the records of the past can no longer be
// found by patient; a copy belongs in the deployment's safe, a new one after each
// rotation.
type Keys struct {
	root      [32]byte // what Derive expands; no epoch's keys follow from it
	epochs    []epoch  // the oldest first; the last is current
	withdrawn []Epoch
}

// keyFile is the form on disk. Version 2 has root, epochs and withdrawn; version 1,
// {"version":1,"hmac":"base64","aes":"base64"}, is read as one epoch, to which all
// records belong that name none.
type keyFile struct {
	Version   int             `json:"version"`
	HMAC      []byte          `json:"hmac,omitempty"`
	AES       []byte          `json:"aes,omitempty"`
	Root      []byte          `json:"root,omitempty"`
	Epochs    []epochFile     `json:"epochs,omitempty"`
	Withdrawn []withdrawnFile `json:"withdrawn,omitempty"`
}

type epochFile struct {
	ID      string    `json:"id"`
	Made    time.Time `json:"made,omitzero"`
	Unnamed bool      `json:"unnamed,omitempty"`
	HMAC    []byte    `json:"hmac"`
	AES     []byte    `json:"aes"`
}

type withdrawnFile struct {
	ID        string    `json:"id"`
	Made      time.Time `json:"made,omitzero"`
	Unnamed   bool      `json:"unnamed,omitempty"`
	Withdrawn time.Time `json:"withdrawn"`
}

// CreateKeys makes new keys and writes them to path with mode 0600. It never
// overwrites: an existing file is an error wrapping fs.ErrExist.
func CreateKeys(path string) (*Keys, error) {
	k := &Keys{epochs: []epoch{newEpoch(1, time.Now())}}
	rand.Read(k.root[:]) // never fails: the runtime ends the process instead
	if err := k.create(path); err != nil {
		return nil, fmt.Errorf("creating keys: %w", err)
	}
	return k, nil
}

// LoadKeys reads the keys at path. A file that others may read is refused: keys
// that were open to all of the machine are no keys.
func LoadKeys(path string) (*Keys, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("loading keys: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("loading keys: %s: mode %04o lets others in: chmod 600 it", path, info.Mode().Perm())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("loading keys: %w", err)
	}
	var file keyFile
	if err := json.Unmarshal(text, &file); err != nil {
		// The cause could quote a key: it is not repeated.
		return nil, fmt.Errorf("loading keys: %s: not a keys file", path)
	}
	k, err := file.keys()
	if err != nil {
		return nil, fmt.Errorf("loading keys: %s: %w", path, err)
	}
	return k, nil
}

// LoadOrCreateKeys is for a first start: it loads the keys at path, or creates
// them when there is no file.
func LoadOrCreateKeys(path string) (*Keys, error) {
	k, err := LoadKeys(path)
	if errors.Is(err, fs.ErrNotExist) {
		return CreateKeys(path)
	}
	return k, err
}

// Derive gives a key for one further use, so that no key has two. It stays the same
// when keys are rotated or withdrawn.
func (k *Keys) Derive(use string) []byte {
	key, err := hkdf.Expand(sha256.New, k.root[:], use, 32)
	if err != nil {
		panic("protect: deriving a key of 32 bytes: " + err.Error()) // only for absurd lengths
	}
	return key
}

// Epochs gives all epochs, withdrawn ones too, in the order in which they were made.
func (k *Keys) Epochs() []Epoch {
	all := append([]Epoch{}, k.withdrawn...)
	for i, e := range k.epochs {
		all = append(all, Epoch{ID: e.id, Made: e.made, Unnamed: e.unnamed, Current: i == len(k.epochs)-1})
	}
	return inOrderOfNumber(all)
}

func (f *keyFile) keys() (*Keys, error) {
	k := new(Keys)
	switch f.Version {
	case 1:
		e := epoch{unnamed: true}
		if !sized(f.HMAC, e.hmac[:]) || !sized(f.AES, e.aes[:]) {
			return nil, errors.New("not a keys file of version 1 with two keys of 32 bytes")
		}
		e.id = e.named(1)
		// What Derive gave before there was a root: HKDF with this key, whose first step
		// gives the root. The key does not follow from it.
		root, err := hkdf.Extract(sha256.New, e.hmac[:], nil)
		if err != nil {
			return nil, err
		}
		copy(k.root[:], root)
		k.epochs = []epoch{e}
		return k, nil
	case 2:
		return f.keys2()
	}
	return nil, errors.New("not a keys file of version 1 or 2")
}

func (f *keyFile) keys2() (*Keys, error) {
	k := new(Keys)
	if !sized(f.Root, k.root[:]) || len(f.Epochs) == 0 {
		return nil, errors.New("not a keys file of version 2 with a root of 32 bytes and its epochs")
	}
	seen, unnamed, last := map[int]bool{}, 0, 0
	for _, w := range f.Withdrawn {
		n, err := numberOf(w.ID)
		if err != nil || seen[n] {
			return nil, fmt.Errorf("withdrawn epoch %q: not an epoch, or there twice", w.ID)
		}
		seen[n] = true
		if w.Unnamed {
			unnamed++
		}
		k.withdrawn = append(k.withdrawn, Epoch{ID: w.ID, Made: w.Made, Unnamed: w.Unnamed, Withdrawn: w.Withdrawn})
	}
	for _, e := range f.Epochs {
		one := epoch{id: e.ID, made: e.Made, unnamed: e.Unnamed}
		if !sized(e.HMAC, one.hmac[:]) || !sized(e.AES, one.aes[:]) {
			return nil, fmt.Errorf("epoch %q: want two keys of 32 bytes", e.ID)
		}
		n, err := one.number()
		if err != nil {
			return nil, err
		}
		if seen[n] || n <= last {
			return nil, fmt.Errorf("epoch %q: there twice, or out of order", e.ID)
		}
		if one.unnamed {
			unnamed++
		}
		seen[n], last = true, n
		k.epochs = append(k.epochs, one)
	}
	if unnamed > 1 {
		return nil, errors.New("records that name no epoch belong to one of them, not to several")
	}
	return k, nil
}

func sized(from, to []byte) bool { return len(from) == len(to) && copy(to, from) == len(to) }

// file gives the form on disk, always of the newest version.
func (k *Keys) file() keyFile {
	f := keyFile{Version: 2, Root: k.root[:]}
	for i := range k.epochs {
		e := &k.epochs[i]
		f.Epochs = append(f.Epochs, epochFile{ID: e.id, Made: e.made, Unnamed: e.unnamed, HMAC: e.hmac[:], AES: e.aes[:]})
	}
	for _, w := range k.withdrawn {
		f.Withdrawn = append(f.Withdrawn, withdrawnFile{ID: w.ID, Made: w.Made, Unnamed: w.Unnamed, Withdrawn: w.Withdrawn})
	}
	return f
}
