package witness

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/mycarerecord/mcr/audit/proof/signed"
	"github.com/mycarerecord/mcr/durable"
)

// state keeps, for each log, the last checkpoint that the witness cosigned, as its log
// signed it: one file a log, named by the origin's hash.
type state struct{ dir string }

func (s state) path(origin, end string) string {
	return filepath.Join(s.dir, fmt.Sprintf("%x%s", sha256.Sum256([]byte(origin)), end))
}

// last gives the last checkpoint of a log; false when there is none yet. It was verified
// before it was kept; a file that cannot be read is an error: a witness that
// forgot what it signed must not sign.
func (s state) last(origin string) (signed.Checkpoint, bool, error) {
	raw, err := os.ReadFile(s.path(origin, ""))
	if errors.Is(err, fs.ErrNotExist) {
		return signed.Checkpoint{}, false, nil
	}
	if err != nil {
		return signed.Checkpoint{}, false, fmt.Errorf("reading what was cosigned: %w", err)
	}
	text, _, ok := cutSignatures(raw)
	c, err := signed.ParseCheckpoint(text)
	if !ok || err != nil || c.Origin != origin {
		return signed.Checkpoint{}, false, fmt.Errorf("reading what was cosigned: %s is damaged", s.path(origin, ""))
	}
	return c, true, nil
}

// keep makes a checkpoint durable in place of the last one.
func (s state) keep(origin string, raw []byte) error {
	if err := durable.Replace(s.path(origin, ""), raw); err != nil {
		return fmt.Errorf("keeping what is cosigned: %w", err)
	}
	return nil
}

// evidence keeps the first checkpoint that a log signed and that contradicts the last
// one: with both, anybody can show that the log forked.
func (s state) evidence(origin string, raw []byte) (string, error) {
	path := s.path(origin, ".contradicts")
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return path, nil
	}
	if err != nil {
		return path, err
	}
	_, err = f.Write(raw)
	return path, errors.Join(err, f.Sync(), f.Close())
}
