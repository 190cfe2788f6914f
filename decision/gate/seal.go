package gate

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/mycarerecord/mcr/durable"
)

// seal says that a set was let through, by which program. It is a file of the data folder,
// <fingerprint>.json, under a keyed hash: who can write the policies alone cannot make one.
type seal struct {
	Version     int       `json:"version"`
	Fingerprint string    `json:"fingerprint"`
	Program     string    `json:"program"`
	Tests       int       `json:"tests"`
	Cases       int       `json:"cases"`
	At          time.Time `json:"at"`
	MAC         string    `json:"mac,omitempty"` // HMAC-SHA-256 of the same document without it
}

const sealVersion = 1

// mostOfSeal is more than any seal takes.
const mostOfSeal = 4 << 10

func (g *Gate) sealPath(fingerprint string) string {
	return filepath.Join(g.data, "verdicts", fingerprint+".json")
}

// sealed gives the seal of a set. An error says why there is none that counts.
func (g *Gate) sealed(fingerprint string) (s seal, err error) {
	if len(g.key) == 0 {
		return s, errors.New("the deployment's keys cannot be read")
	}
	path := g.sealPath(fingerprint)
	info, err := os.Stat(path)
	if err != nil {
		return s, err
	}
	if !info.Mode().IsRegular() || info.Size() > mostOfSeal {
		return s, errors.New("it is no seal")
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return s, err
	}
	if err := json.Unmarshal(text, &s); err != nil {
		return seal{}, errors.New("it is cut off, or no seal")
	}
	given, err := hex.DecodeString(s.MAC)
	if err != nil || s.Version != sealVersion || s.Fingerprint != fingerprint || !hmac.Equal(given, g.mac(s)) {
		return seal{}, errors.New("it was altered, or made under another key")
	}
	return s, nil
}

// write seals a set, durably, or leaves what was there.
func (g *Gate) write(s seal) error {
	if len(g.key) == 0 {
		return errors.New("sealing the verdict: the deployment's keys cannot be read")
	}
	s.Version, s.MAC = sealVersion, ""
	s.MAC = hex.EncodeToString(g.mac(s))
	text, err := json.Marshal(s)
	if err == nil {
		err = replace(g.sealPath(s.Fingerprint), append(text, '\n'))
	}
	if err != nil {
		return fmt.Errorf("sealing the verdict: %w", err)
	}
	return nil
}

func (g *Gate) mac(s seal) []byte {
	s.MAC = ""
	text, err := json.Marshal(s)
	if err != nil {
		panic("gate: encoding a seal: " + err.Error()) // texts, numbers and a time
	}
	m := hmac.New(sha256.New, g.key)
	m.Write(text)
	return m.Sum(nil)
}

// makeFolder makes a folder where there is none. It does not make the one that it is in: a data folder
// that was moved away must not be there again, empty.
func makeFolder(dir string) error {
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// replace writes a file so that it is there whole or not at all, also after a loss of power.
func replace(path string, text []byte) error {
	dir := filepath.Dir(path)
	if err := makeFolder(dir); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".making-")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(f.Name()))
	}
	return durable.SyncDir(dir)
}
