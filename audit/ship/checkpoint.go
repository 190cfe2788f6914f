package ship

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
	"strings"
	"sync"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/durable"
)

// ErrCheckpoint says that a checkpoint file cannot be trusted: it was altered,
// or written under other keys, or by another broker.
var ErrCheckpoint = errors.New("the checkpoint cannot be trusted")

// checkpointKey is the use of the key that seals checkpoints.
const checkpointKey = "mcr checkpoint 1"

// Checkpoint is the file beside a spool that says how far its records are in
// the store, under a keyed hash: without it nothing could tell that the end of
// the spool, or all of it, has been taken away.
type Checkpoint struct {
	path string
	key  []byte

	mu   sync.Mutex
	mark audit.Mark
	run  run         // delivered of a block that is not complete
	kept *blockFiles // of the blocks before
	// erased is what the spool holds and must not give any more.
	erased *erasures
	none   bool     // there is no file
	beside []string // the files found beside it, none of which is written before it
	bad    error    // why the file cannot be trusted
}

type checkpointFile struct {
	Version int       `json:"version"`
	Broker  string    `json:"broker"`
	Begun   uint64    `json:"begun"`
	Seq     uint64    `json:"seq"`
	Hash    string    `json:"hash"`
	At      time.Time `json:"at"`
	Run     *runFile  `json:"run,omitempty"`
	MAC     string    `json:"mac,omitempty"` // HMAC-SHA-256 of the same document without it
}

// runFile is the run that is not complete: what was delivered since the last block.
type runFile struct {
	Chain string `json:"chain"`
	First uint64 `json:"first"`
	Last  uint64 `json:"last"`
	Sum   string `json:"sum"`
}

// OpenCheckpoint reads the checkpoint at path. broker is the configured name of
// the broker: 1 to 100 bytes without "+". A file that is not there gives a
// checkpoint that knows nothing. One that cannot be trusted is opened too, and
// StartCheck then fails with ErrCheckpoint: an operator must look, and may
// accept it as a gap.
func OpenCheckpoint(path string, k *protect.Keys, broker string) (*Checkpoint, error) {
	if broker == "" || len(broker) > 100 || strings.Contains(broker, "+") {
		return nil, fmt.Errorf("opening checkpoint: broker name %q: want 1 to 100 bytes without a plus sign", broker)
	}
	c := &Checkpoint{path: path, key: k.Derive(checkpointKey), mark: audit.Mark{Broker: broker}}
	var err error
	if c.kept, err = openBlocks(path+".delivered-", k.Derive("mcr delivered 1")); err != nil {
		return nil, fmt.Errorf("opening checkpoint: %w", err)
	}
	if c.erased, err = openErasures(c.Beside("erased")); err != nil {
		return nil, fmt.Errorf("opening checkpoint: %w", err)
	}
	text, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		c.none = true
		if c.beside, err = c.findBeside(); err != nil {
			return nil, fmt.Errorf("opening checkpoint: %w", err)
		}
		return c, nil
	case err != nil:
		return nil, fmt.Errorf("opening checkpoint: %w", err)
	}
	m, open, err := c.read(text)
	if err == nil && audit.BrokerOf(m.Broker) != broker {
		err = fmt.Errorf("it is of broker %q, not %q: %w", m.Broker, broker, ErrCheckpoint)
	}
	if err != nil {
		c.bad = fmt.Errorf("reading checkpoint %s: %w", path, err)
		return c, nil
	}
	c.mark, c.run = m, open
	if err := c.kept.forgetAfter(m.Broker, m.Seq); err != nil {
		return nil, fmt.Errorf("opening checkpoint: %w", err)
	}
	return c, nil
}

// Beside gives the path of a further file that belongs to the checkpoint.
func (c *Checkpoint) Beside(name string) string { return c.path + "." + name }

// findBeside gives the names of the files that belong to the checkpoint. What is left of one
// that was never finished is none: a crash in the first start leaves that.
func (c *Checkpoint) findBeside() (names []string, err error) {
	all, err := os.ReadDir(filepath.Dir(c.path))
	for _, one := range all {
		if rest, is := strings.CutPrefix(one.Name(), filepath.Base(c.path)+"."); is && rest != "new" {
			names = append(names, one.Name())
		}
	}
	return names, err
}

// Mark gives what the checkpoint says.
func (c *Checkpoint) Mark() audit.Mark {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.mark
}

// missing says that there is no file yet, or why the one there is no use.
func (c *Checkpoint) missing() (bool, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.none, c.bad
}

// write makes m durable in place of what was there, or changes nothing.
func (c *Checkpoint) write(m audit.Mark) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.put(m, c.run)
}

// put writes the mark together with the run that is not complete.
func (c *Checkpoint) put(m audit.Mark, open run) error {
	f := checkpointFile{Version: 1, Broker: m.Broker, Begun: m.Begun, Seq: m.Seq, Hash: hex.EncodeToString(m.Hash[:]), At: m.At.UTC()}
	if open.Count > 0 {
		f.Run = &runFile{Chain: open.Chain, First: open.First, Last: open.Last, Sum: hex.EncodeToString(open.Sum[:])}
	}
	mac, err := c.mac(f)
	if err != nil {
		return fmt.Errorf("writing checkpoint: %w", err)
	}
	f.MAC = hex.EncodeToString(mac)
	text, err := json.Marshal(f)
	if err != nil {
		return fmt.Errorf("writing checkpoint: %w", err)
	}
	if err := durable.Replace(c.path, append(text, '\n')); err != nil {
		return fmt.Errorf("writing checkpoint: %w", err)
	}
	c.mark, c.run, c.none, c.bad = m, open, false, nil
	return nil
}

func (c *Checkpoint) read(text []byte) (m audit.Mark, open run, err error) {
	var f checkpointFile
	if err := json.Unmarshal(text, &f); err != nil || f.Version != 1 {
		return m, open, fmt.Errorf("not a checkpoint of version 1: %w", ErrCheckpoint)
	}
	given, err1 := hex.DecodeString(f.MAC)
	hash, err2 := hex.DecodeString(f.Hash)
	mac, err3 := c.mac(f)
	if errors.Join(err1, err2, err3) != nil || len(hash) != len(spool.Hash{}) || !hmac.Equal(given, mac) {
		return m, open, fmt.Errorf("altered, or written under other keys: %w", ErrCheckpoint)
	}
	if f.Run != nil {
		sum, err := hex.DecodeString(f.Run.Sum)
		if err != nil || len(sum) != len(open.Sum) {
			return m, open, fmt.Errorf("not a checkpoint of version 1: %w", ErrCheckpoint)
		}
		open.Chain = f.Run.Chain
		open.Digest = audit.Digest{First: f.Run.First, Last: f.Run.Last, Count: f.Run.Last - f.Run.First + 1, Sum: [32]byte(sum)}
	}
	return audit.Mark{Broker: f.Broker, Begun: f.Begun, Seq: f.Seq, Hash: spool.Hash(hash), At: f.At}, open, nil
}

func (c *Checkpoint) mac(f checkpointFile) ([]byte, error) {
	f.MAC = ""
	text, err := json.Marshal(f)
	if err != nil {
		return nil, err
	}
	m := hmac.New(sha256.New, c.key)
	m.Write(text)
	return m.Sum(nil), nil
}
