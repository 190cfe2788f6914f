package signed

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mycarerecord/mcr/audit/spool"
	"golang.org/x/mod/sumdb/note"
)

// Key is the Ed25519 key of a data folder's logs, or of a witness.
//
// Whoever has the file can sign in its name. Losing it means that the logs cannot be
// continued: new ones begin, which witnesses must be told of.
type Key struct{ private ed25519.PrivateKey }

// keyFile is the form on disk: {"version":1,"ed25519":"the seed in base64"}.
type keyFile struct {
	Version int    `json:"version"`
	Seed    []byte `json:"ed25519"`
}

// CreateKey makes a new key and writes it to path with mode 0600, durable. It never
// overwrites: an existing file is an error wrapping fs.ErrExist.
func CreateKey(path string) (*Key, error) {
	seed := make([]byte, ed25519.SeedSize)
	rand.Read(seed) // never fails: the runtime ends the process instead
	text, err := json.Marshal(keyFile{Version: 1, Seed: seed})
	if err != nil {
		return nil, fmt.Errorf("creating a log key: %w", err)
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, fmt.Errorf("creating a log key: %w", err)
	}
	_, err = f.Write(append(text, '\n'))
	err = errors.Join(err, f.Sync(), f.Close())
	if err == nil {
		err = spool.Disk{}.SyncDir(filepath.Dir(path))
	}
	if err != nil {
		return nil, fmt.Errorf("creating a log key: %w", err)
	}
	return NewKey(seed), nil
}

// LoadKey reads the key at path. A file that others may read is refused. One that is not
// there is an error wrapping fs.ErrNotExist.
func LoadKey(path string) (*Key, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("loading a log key: %w", err)
	}
	if info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("loading a log key: %s: mode %04o lets others in: chmod 600 it", path, info.Mode().Perm())
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("loading a log key: %w", err)
	}
	var file keyFile
	// The cause could quote the key: it is not repeated.
	if json.Unmarshal(text, &file) != nil || file.Version != 1 || len(file.Seed) != ed25519.SeedSize {
		return nil, fmt.Errorf("loading a log key: %s: not a key file of version 1", path)
	}
	return NewKey(file.Seed), nil
}

// LoadOrCreateKey is for a first start. created says that there was none.
func LoadOrCreateKey(path string) (k *Key, created bool, err error) {
	k, err = LoadKey(path)
	if errors.Is(err, fs.ErrNotExist) {
		k, err = CreateKey(path)
		return k, true, err
	}
	return k, false, err
}

// NewKey makes a key of a seed of 32 random bytes.
func NewKey(seed []byte) *Key { return &Key{ed25519.NewKeyFromSeed(seed)} }

// The kinds of a note's key (c2sp.org/signed-note, "Signature types").
const (
	ed25519Note        = 1
	ed25519Cosignature = 4
)

// vkey writes a verifier key: name+hash+base64(kind ‖ public key).
func (k *Key) vkey(name string, kind byte) string {
	key := append([]byte{kind}, k.private.Public().(ed25519.PublicKey)...)
	return fmt.Sprintf("%s+%08x+%s", name, keyHash(name, key), base64.StdEncoding.EncodeToString(key))
}

// LogVerifier gives the verifier key of the log of an origin, as others' programs take it.
func (k *Key) LogVerifier(origin string) string { return k.vkey(origin, ed25519Note) }

// WitnessVerifier gives the verifier key of a witness of that name.
func (k *Key) WitnessVerifier(name string) string { return k.vkey(name, ed25519Cosignature) }

// signer signs notes in the name of an origin.
func (k *Key) signer(origin string) (note.Signer, error) {
	key := append([]byte{ed25519Note}, k.private.Public().(ed25519.PublicKey)...)
	secret := append([]byte{ed25519Note}, k.private.Seed()...)
	return note.NewSigner(fmt.Sprintf("PRIVATE+KEY+%s+%08x+%s", origin, keyHash(origin, key), base64.StdEncoding.EncodeToString(secret)))
}

// keyHash is the key id of c2sp.org/signed-note.
func keyHash(name string, key []byte) uint32 {
	h := sha256.New()
	h.Write([]byte(name + "\n"))
	h.Write(key)
	return binary.BigEndian.Uint32(h.Sum(nil))
}
