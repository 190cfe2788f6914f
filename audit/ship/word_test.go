package ship_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/ship"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// The word that a broker leaves when its folder goes, and what came back of the folder by
// the next start: that it is no first one is known in each case, and how far it had numbered.
func TestAttack161TheWordAndWhateverCameBack(t *testing.T) {
	for name, c := range map[string]struct {
		word   uint64 // how far the 50 records had come when it was left; 60: further
		remove []string
		keys   bool // they are new ones
		want   error
		known  uint64 // to the start, by its checkpoint
	}{
		"all is back":                        {50, nil, false, nil, 50},
		"all is back, and went on":           {30, nil, false, nil, 50},
		"a part is back":                     {60, nil, false, ship.ErrBehind, 60},
		"nothing is back":                    {50, []string{"spool", "checkpoint.json", "checkpoint.json.sending"}, false, ship.ErrBehind, 50},
		"the checkpoint is back":             {30, []string{"spool"}, false, ship.ErrBehind, 50},
		"an old checkpoint is back":          {60, []string{"spool"}, false, ship.ErrBehind, 60},
		"nothing is back, and new keys":      {50, []string{"spool", "checkpoint.json", "checkpoint.json.sending"}, true, ship.ErrCheckpoint, 0},
		"the checkpoint is, with new keys":   {50, []string{"spool"}, true, ship.ErrCheckpoint, 0},
		"only the acknowledgement is back":   {50, []string{"checkpoint.json", "spool/" + segment}, false, ship.ErrBehind, 50},
		"only what was being sent, no word":  {0, []string{"spool", "checkpoint.json"}, false, ship.ErrBehind, 0},
		"only the acknowledgement, no word":  {0, []string{"checkpoint.json", "checkpoint.json.sending", "spool/" + segment}, false, ship.ErrBehind, 0},
		"only the checkpoint, and no word":   {0, []string{"spool"}, false, ship.ErrBehind, 50},
		"nothing at all: nobody can tell it": {0, []string{"spool", "checkpoint.json", "checkpoint.json.sending"}, false, nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			p, _ := shipped(t)
			word := filepath.Join(filepath.Dir(p.dir), "gone")
			if c.word > 0 {
				if err := ship.LeaveWord(word, p.keys, p.at(t, c.word)); err != nil {
					t.Fatal(err)
				}
			}
			for _, one := range c.remove {
				found, err := filepath.Glob(filepath.Join(p.dir, one))
				if err != nil || len(found) == 0 {
					t.Fatal("there is no", one, err)
				}
				for _, path := range found {
					if err := os.RemoveAll(path); err != nil {
						t.Fatal(err)
					}
				}
			}
			if c.keys {
				var err error
				if p.keys, err = protect.CreateKeys(filepath.Join(p.dir, "others.json")); err != nil {
					t.Fatal(err)
				}
			}
			sp := openSpool(t, filepath.Join(p.dir, "spool"), spool.Options{})
			defer sp.Close()
			if err := ship.TakeWord(word, filepath.Join(p.dir, "checkpoint.json"), sp, p.keys, "region-1"); err != nil {
				t.Fatal(err)
			}
			if _, err := os.Stat(word); err == nil {
				t.Error("the word is left")
			}
			checkpoint := p.checkpoint(t)
			// A store that stood in the folder is gone with it.
			if _, err := ship.StartCheck(t.Context(), sp, new(trailtest.Memory), checkpoint); !errors.Is(err, c.want) {
				t.Errorf("the start: %v, want %v", err, c.want)
			}
			if known := checkpoint.Mark().Seq; known != c.known {
				t.Errorf("known up to %d, want %d", known, c.known)
			}
		})
	}
}

// segment is what segments are called in a spool.
const segment = "*.seg"

// at is how far the records of a place had come, by its spool; beyond its end, by no record.
func (p *place) at(t *testing.T, seq uint64) audit.Mark {
	t.Helper()
	sp := openSpool(t, filepath.Join(p.dir, "spool"), spool.Options{Hold: time.Hour})
	defer sp.Close()
	m := audit.Mark{Broker: "region-1", Seq: seq, At: noon}
	if found, err := sp.Read(seq-1, 1); err == nil && len(found) == 1 {
		m.Hash = found[0].Hash
	} else if seq <= 50 {
		t.Fatal(found, err)
	}
	return m
}
