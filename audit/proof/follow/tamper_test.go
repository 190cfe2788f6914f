package follow_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/proof/signed"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// forged gives a store with the same records but for what change does to them, in a chain
// that was computed anew, as somebody does who can write to the store.
func (s *site) forged(change func([]spool.Entry) []spool.Entry) *trailtest.Memory {
	s.t.Helper()
	entries, err := s.store.Entries(s.t.Context(), s.mark.Broker, 0, 1<<20)
	s.must(err)
	forged := new(trailtest.Memory)
	var prev spool.Hash
	b := audit.Batch{Broker: s.mark.Broker}
	for i, e := range change(entries) {
		e.Seq, e.Payload = uint64(i+1), bytes.Clone(e.Payload)
		e.Hash = spool.Link(prev, e.Seq, e.Payload)
		prev = e.Hash
		c, err := audit.ReadColumns(e.Payload)
		s.must(err)
		b.Entries, b.Columns = append(b.Entries, e), append(b.Columns, c)
	}
	s.must(forged.Deliver(s.t.Context(), b))
	return forged
}

// Whoever can write the store computes its chain anew; the logs are deleted, so that they
// are made again from it. What was signed is known all the same.
func TestARewrittenStoreDoesNotGiveTheTreeThatWasSigned(t *testing.T) {
	for name, change := range map[string]func([]spool.Entry) []spool.Entry{
		"deleted": func(e []spool.Entry) []spool.Entry { return append(e[:4:4], e[5:]...) },
		"altered": func(e []spool.Entry) []spool.Entry {
			e[4].Payload = bytes.Replace(bytes.Clone(e[4].Payload), []byte(`"status":200`), []byte(`"status":403`), 1)
			return e
		},
		"reordered": func(e []spool.Entry) []spool.Entry { e[4], e[7] = e[7], e[4]; return e },
		"inserted":  func(e []spool.Entry) []spool.Entry { return append(e[:5:5], append([]spool.Entry{e[9]}, e[5:]...)...) },
	} {
		t.Run(name, func(t *testing.T) {
			trailtest.Bubble(t, func(t *testing.T) {
				s := newSite(t)
				s.ran(100)
				s.ran(50)
				s.store = s.forged(change)
				s.must(os.RemoveAll(filepath.Join(s.data, "proof")))
				before, err := os.ReadFile(filepath.Join(s.data, "log.signed"))
				s.must(err)
				s.start()
				s.write(10)
				time.Sleep(time.Minute)
				s.wantRed("log", "the records are not those that were signed")
				after, err := os.ReadFile(filepath.Join(s.data, "log.signed"))
				s.must(err)
				if !bytes.Equal(before, after) {
					t.Error("something was signed")
				}
				s.abandon()
			})
		})
	}
}

func TestASpoolThatIsPutBackIsSeen(t *testing.T) {
	trailtest.Bubble(t, func(t *testing.T) {
		s := newSite(t)
		s.ran(30)
		back := s.copied("spool")
		s.ran(30)
		back()
		s.start()
		time.Sleep(10 * time.Second)
		s.wantRed("log", "put back to an earlier day")
		s.must(s.Close())
		// And when as many others were written since: the number is there, under another hash.
		s.write(40)
		s.must(s.spool.Close())
		s.start()
		time.Sleep(10 * time.Second)
		s.wantRed("log", "record 60 is another one")
		s.abandon()
	})
}

func TestKeyAndStateBelongTogether(t *testing.T) {
	for name, one := range map[string]struct {
		harm func(s *site) error
		says string
	}{
		"key replaced": {func(s *site) error {
			s.must(os.Remove(filepath.Join(s.data, "log.key")))
			_, err := signed.CreateKey(filepath.Join(s.data, "log.key"))
			return err
		}, "was replaced"},
		"key gone":   {func(s *site) error { return os.Remove(filepath.Join(s.data, "log.key")) }, "log.key is missing"},
		"state gone": {func(s *site) error { return os.Remove(filepath.Join(s.data, "log.signed")) }, "nobody knows what was signed"},
		"state cut":  {func(s *site) error { return os.Truncate(filepath.Join(s.data, "log.signed"), 100) }, "damaged"},
		"state altered": {func(s *site) error {
			text, err := os.ReadFile(filepath.Join(s.data, "log.signed"))
			s.must(err)
			return os.WriteFile(filepath.Join(s.data, "log.signed"), bytes.Replace(text, []byte(`\n30\n`), []byte(`\n29\n`), 1), 0o600)
		}, "was replaced"},
		"state without a log": {func(s *site) error {
			return os.WriteFile(filepath.Join(s.data, "log.signed"), []byte(`{"version":1,"logs":[{"prefix":"p","chain":"x","checkpoint":"x"}]}`), 0o600)
		}, "damaged"},
	} {
		t.Run(name, func(t *testing.T) {
			trailtest.Bubble(t, func(t *testing.T) {
				s := newSite(t)
				s.ran(30)
				s.must(one.harm(s))
				s.start()
				s.write(1)
				time.Sleep(10 * time.Second)
				s.wantRed("log", one.says)
				s.abandon()
			})
		})
	}
}

// Everything was put back together: no file can tell. The witnesses can.
func TestEverythingPutBackTogetherIsSeenByWitnesses(t *testing.T) {
	trailtest.Bubble(t, func(t *testing.T) {
		s, w := witnessed(t)
		s.start()
		time.Sleep(time.Second)
		w.know()
		s.write(30)
		time.Sleep(time.Minute)
		s.stop()
		var back []func()
		for _, name := range []string{"spool", "log.key", "log.signed", "proof"} {
			back = append(back, s.copied(name))
		}
		store := s.forged(func(e []spool.Entry) []spool.Entry { return e })
		s.start()
		s.write(30)
		time.Sleep(time.Minute)
		if c, _ := w.cosigned(); c.Size != 60 {
			t.Fatalf("%d leaves are cosigned", c.Size)
		}
		s.stop()
		for _, one := range back {
			one()
		}
		s.store = store
		s.start()
		time.Sleep(time.Minute)
		s.wantRed("witnesses", "rolled back")
		s.write(40) // and on it goes, elsewhere
		time.Sleep(time.Minute)
		s.wantRed("witnesses", "forked or rewritten")
		if c := s.published(""); c.Size != 30 {
			t.Errorf("a fork of %d leaves is published", c.Size)
		}
		s.stop()
	})
}

// What is signed says nothing of a record but its entry.
func TestNothingOfARecordIsInAnyFile(t *testing.T) {
	trailtest.Bubble(t, func(t *testing.T) {
		s := newSite(t)
		s.ran(300)
		var words []string
		r, _ := json.Marshal(trailtest.Records("wend-1", 1)[0])
		var fields map[string]any
		s.must(json.Unmarshal(r, &fields))
		for name, v := range fields {
			if text, ok := v.(string); ok && len(text) > 5 && name != "broker" {
				words = append(words, text)
			}
		}
		s.must(filepath.WalkDir(filepath.Join(s.data, "proof"), func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() {
				return err
			}
			text, err := os.ReadFile(path)
			for _, word := range words {
				if strings.Contains(string(text), word) {
					t.Errorf("%s holds %q", path, word)
				}
			}
			return err
		}))
	})
}
