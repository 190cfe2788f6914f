package audit

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mycarerecord/mcr/audit/spool"
)

// Keys are the deployment's own: with them a patient can be found in the trail,
// and a shown number read. Whoever holds the trail without them holds neither.
//
// Losing the file means that the records of the past can no longer be found by
// patient; a copy belongs in the deployment's safe.
type Keys struct {
	hmac [32]byte // HMAC-SHA-256 of NHS numbers
	aes  [32]byte // AES-256-GCM of shown NHS numbers
}

// keyFile is the form on disk: {"version":1,"hmac":"base64","aes":"base64"}.
type keyFile struct {
	Version int    `json:"version"`
	HMAC    []byte `json:"hmac"`
	AES     []byte `json:"aes"`
}

// CreateKeys makes new keys and writes them to path with mode 0600. It never
// overwrites: an existing file is an error wrapping fs.ErrExist.
func CreateKeys(path string) (*Keys, error) {
	k := new(Keys)
	rand.Read(k.hmac[:]) // never fails: the runtime ends the process instead
	rand.Read(k.aes[:])
	text, err := json.Marshal(keyFile{Version: 1, HMAC: k.hmac[:], AES: k.aes[:]})
	if err != nil {
		return nil, fmt.Errorf("creating keys: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("creating keys: %w", err)
	}
	_, err = f.Write(append(text, '\n'))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = spool.Disk{}.SyncDir(filepath.Dir(path))
	}
	if err != nil {
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
	k := new(Keys)
	if file.Version != 1 || copy(k.hmac[:], file.HMAC) != 32 || copy(k.aes[:], file.AES) != 32 ||
		len(file.HMAC) != 32 || len(file.AES) != 32 {
		return nil, fmt.Errorf("loading keys: %s: not a keys file of version 1 with two keys of 32 bytes", path)
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

// Derive gives a key for one further use, so that no key has two.
func (k *Keys) Derive(use string) []byte {
	key, err := hkdf.Key(sha256.New, k.hmac[:], nil, use, 32)
	if err != nil {
		panic("audit: deriving a key of 32 bytes: " + err.Error()) // only for absurd lengths
	}
	return key
}
