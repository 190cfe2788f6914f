package intake

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/decision/release"
	"github.com/mycarerecord/mcr/durable"
)

// ledger is what is known of the release that was accepted last: accepted.json. It is sealed, so that
// nobody who can write the folder alone brings an earlier one back.
type ledger struct {
	Version  int       `json:"version"`
	Serial   uint64    `json:"serial"`
	Packed   string    `json:"packed"` // SHA-256 of the release as it came
	Accepted time.Time `json:"accepted"`
	// Contact is when the place was known last to have nothing newer, to some minutes.
	Contact time.Time `json:"contact"`
	// Over is why it is gone by no more; of a canary alone.
	Over string `json:"over,omitempty"`
	MAC  string `json:"mac,omitempty"` // HMAC-SHA-256 of the same document without it
}

const (
	ledgerVersion = 1
	ledgerFile    = "accepted.json"
	mostOfLedger  = 4 << 10
)

// ErrNone says that no release was ever accepted here.
var ErrNone = errors.New("no release of the policies was accepted here yet")

func (l ledger) mac(key []byte) string {
	l.MAC = ""
	text, err := json.Marshal(l)
	if err != nil {
		panic("intake: encoding a ledger: " + err.Error()) // numbers, texts and times
	}
	m := hmac.New(sha256.New, key)
	m.Write(text)
	return hex.EncodeToString(m.Sum(nil))
}

func (in *Intake) readLedger() (l ledger, err error) {
	if len(in.cfg.Key) == 0 {
		return l, errors.New("the deployment's keys cannot be read")
	}
	f, err := os.Open(filepath.Join(in.cfg.Data, ledgerFile))
	if errors.Is(err, fs.ErrNotExist) {
		return l, ErrNone
	}
	if err != nil {
		return l, err
	}
	defer func() { _ = f.Close() }() // it is only read
	text, err := io.ReadAll(io.LimitReader(f, mostOfLedger))
	if err != nil {
		return l, err
	}
	if json.Unmarshal(text, &l) != nil || l.Version != ledgerVersion || !hmac.Equal([]byte(l.MAC), []byte(l.mac(in.cfg.Key))) {
		return ledger{}, fmt.Errorf("%s was altered, is cut off, or was made under another key: it does not say which release was accepted last. If the data folder was made whole again from a backup, take the folder %s away, and the next start fetches the release anew", f.Name(), in.cfg.Data)
	}
	return l, nil
}

func (in *Intake) writeLedger(l ledger) error {
	if len(in.cfg.Key) == 0 {
		return errors.New("the deployment's keys cannot be read")
	}
	l.Version = ledgerVersion
	l.MAC = l.mac(in.cfg.Key)
	text, err := json.Marshal(l)
	if err != nil {
		return err
	}
	return durable.Replace(filepath.Join(in.cfg.Data, ledgerFile), append(text, '\n'))
}

func (in *Intake) releasePath(packed string) string {
	return filepath.Join(in.cfg.Data, packed+".mcr")
}

// hold keeps a release as it came, before anybody goes by it.
func (in *Intake) hold(packed []byte, name string) error {
	// The data folder itself is not made: one that was moved away must not be there again, empty.
	if err := os.Mkdir(in.cfg.Data, 0o700); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return durable.Replace(in.releasePath(name), packed)
}

// forget takes all releases away but one.
func (in *Intake) forget(but string) {
	entries, err := os.ReadDir(in.cfg.Data)
	if err != nil {
		return
	}
	for _, e := range entries {
		if name, is := strings.CutSuffix(e.Name(), ".mcr"); is && name != but {
			_ = os.Remove(in.releasePath(name)) // it is tried again with the next
		}
	}
}

// held reads the release that was accepted last. That it was accepted is what the seal says: its
// signature, its approvals and its times were looked at then, and are not looked at again.
func (in *Intake) held(l ledger) (*release.Release, error) {
	f, err := os.Open(in.releasePath(l.Packed))
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // it is only read
	packed, err := io.ReadAll(io.LimitReader(f, release.MostPacked+1))
	if err != nil {
		return nil, err
	}
	if digest(packed) != l.Packed {
		return nil, fmt.Errorf("%s is not what was accepted", f.Name())
	}
	r, err := release.Peek(packed)
	if err != nil {
		return nil, err
	}
	r.Signer = r.SignatureOf(in.cfg.Trust)
	return r, nil
}
