package follow_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit/trailtest"

	"github.com/mycarerecord/mcr/audit/proof/signed"
)

func TestRecordsAreSignedInTheLogsThatTheyBelongTo(t *testing.T) {
	trailtest.Bubble(t, func(t *testing.T) {
		s := newSite(t)
		s.start()
		s.write(400)
		time.Sleep(6 * time.Second)
		s.wantWell()
		all := s.want("", 0)
		s.want("A81001", 0)
		s.want("RXA", 0)
		if last, hash := s.spool.Last(); all.Head != (signed.Link{Number: last, Hash: hash}) || all.Chain != "wend-1" {
			t.Errorf("the checkpoint is of %+v, the chain ends at %d", all, last)
		}
		for path, want := range map[string]int{
			"wend-1/tile/0/000": 200, "wend-1/tile/0/001.p/144": 200, "wend-1/RXA/tile/entries/000.p/133": 200, "wend-1/RXA/tile/0/001.p/1": 404,
			"wend-1/RXB/checkpoint": 404, "other/checkpoint": 404, "wend-1/entries": 404, "wend-1/../wend-1/checkpoint": 404, "": 200,
		} {
			if got := s.get(path); got.Code != want {
				t.Errorf("%s: %d, want %d", path, got.Code, want)
			}
		}
		if list := s.get("").Body.String(); strings.Count(list, "\n") != 3 || !strings.Contains(list, s.key().LogVerifier("mcr.example/wend-1/RXA")+" wend-1/RXA/\n") {
			t.Errorf("list: %s", list)
		}
		s.stop()
	})
}

// What was written before there were logs is provable by the chain, to the end of which the
// first checkpoint commits; it has no salt, and must not be served.
func TestTheFirstCheckpointCommitsToTheEndOfTheChain(t *testing.T) {
	trailtest.Bubble(t, func(t *testing.T) {
		s := newSite(t)
		s.openSpool()
		s.write(7)
		last, hash := s.spool.Last()
		s.must(s.spool.Close())
		s.start()
		time.Sleep(time.Second)
		first := s.published("")
		if end := (signed.Link{Number: last, Hash: hash}); first.Size != 0 || first.Begun != end || first.Head != end {
			t.Errorf("%+v", first)
		}
		s.write(5)
		time.Sleep(6 * time.Second)
		s.want("", 7)
		s.stop()
	})
}

func TestALogGoesOnAfterARestart(t *testing.T) {
	trailtest.Bubble(t, func(t *testing.T) {
		s := newSite(t)
		for range 4 {
			s.ran(130) // before a checkpoint is due: it is signed at the end
		}
		s.start()
		time.Sleep(time.Second)
		s.wantWell()
		if c := s.want("", 0); c.Size != 520 {
			t.Errorf("%d leaves", c.Size)
		}
		s.want("RXA", 0)
		s.stop()
	})
}

// A crash leaves files that are further than what was signed, and may be there by halves.
func TestWhatACrashLeftUnsignedIsDoneAgain(t *testing.T) {
	trailtest.Bubble(t, func(t *testing.T) {
		s := newSite(t)
		s.ran(300)
		back := s.copied("log.signed")
		s.ran(300)
		back() // as if nothing had been signed since
		for _, file := range []string{"all/entries", "all/level-1", "org-RXA/numbers"} {
			f, err := os.OpenFile(filepath.Join(s.data, "proof/mcr.example/wend-1", file), os.O_WRONLY|os.O_APPEND, 0)
			s.must(err)
			_, err = f.Write([]byte("half"))
			s.must(err)
			s.must(f.Close())
		}
		s.start()
		time.Sleep(6 * time.Second)
		s.wantWhole()
		s.stop()
	})
}

// The logs can be made again, from the store where the spool has let go.
func TestLogsThatAreLostAreMadeAgain(t *testing.T) {
	for name, lose := range map[string]func(s *site) error{
		"all": func(s *site) error { return os.RemoveAll(filepath.Join(s.data, "proof")) },
		"one": func(s *site) error { return os.RemoveAll(filepath.Join(s.data, "proof/mcr.example/wend-1/org-RXA")) },
		"one is short": func(s *site) error {
			return os.Truncate(filepath.Join(s.data, "proof/mcr.example/wend-1/all/entries"), 32*60)
		},
	} {
		t.Run(name, func(t *testing.T) {
			trailtest.Bubble(t, func(t *testing.T) {
				s := newSite(t)
				s.ran(100)
				s.ran(50)
				s.must(lose(s))
				s.start()
				if first, err := s.spool.Read(0, 1); err != nil || first[0].Seq == 1 {
					t.Fatalf("the spool has let nothing go: the test shows nothing (%v)", err)
				}
				s.write(10)
				time.Sleep(6 * time.Second)
				s.wantWhole()
				s.stop()
			})
		})
	}
}

func TestALogThatIsDeletedWhileItIsKeptIsMadeAgain(t *testing.T) {
	trailtest.Bubble(t, func(t *testing.T) {
		s := newSite(t)
		s.start()
		s.write(40)
		time.Sleep(6 * time.Second)
		s.must(os.RemoveAll(filepath.Join(s.data, "proof")))
		s.write(40)
		time.Sleep(time.Minute)
		s.wantWell()
		s.want("", 0)
		s.stop()
	})
}

// Records of which nobody knows any more are told, and do not hold up the log for ever.
func TestRecordsThatNobodyHasAreTold(t *testing.T) {
	trailtest.Bubble(t, func(t *testing.T) {
		s := newSite(t)
		s.ran(30)
		s.openSpool()
		s.write(200) // some segments
		last, _ := s.spool.Last()
		s.must(s.spool.Ack(last)) // acknowledged, and delivered to nobody
		s.must(s.spool.Close())
		s.start()
		time.Sleep(6 * time.Second)
		s.wantRed("log", "are in no log")
		if c := s.published(""); c.Head.Number != last || c.Size >= 230 || c.Size < 30 {
			t.Errorf("%+v", c)
		}
		s.abandon()
	})
}

// A chain that began after an accepted gap has logs of its own; the ended ones stay.
func TestANewChainHasNewLogs(t *testing.T) {
	trailtest.Bubble(t, func(t *testing.T) {
		s := newSite(t)
		s.ran(30)
		s.mark.Broker, s.mark.Begun = "wend-1+20260302T120000Z", 30
		s.start()
		s.write(20)
		time.Sleep(6 * time.Second)
		s.wantWell()
		if c := s.published(""); c.Origin != "mcr.example/wend-1~20260302T120000Z" || c.Size != 20 || c.Begun.Number != 30 || c.Begun.Hash == [32]byte{} {
			t.Errorf("%+v", c)
		}
		old := s.get("wend-1/checkpoint")
		if old.Code != http.StatusOK || !strings.HasPrefix(old.Body.String(), "mcr.example/wend-1\n30\n") || s.get("wend-1/RXA/tile/0/000.p/10").Code != http.StatusOK {
			t.Errorf("the ended log: %d %s", old.Code, old.Body)
		}
		s.stop()
	})
}

func TestAnotherOriginBeginsOtherLogs(t *testing.T) {
	trailtest.Bubble(t, func(t *testing.T) {
		s := newSite(t)
		s.openSpool()
		s.write(7) // of the time before
		s.must(s.spool.Close())
		s.ran(30)
		s.opt.Origin = "other.example"
		s.start()
		s.write(3)
		time.Sleep(6 * time.Second)
		s.wantWell()
		s.want("", 7)
		s.stop()
	})
}

// stuck is a client that does not read.
type stuck struct {
	http.ResponseWriter
	writing, read chan struct{}
}

func (s stuck) Write(b []byte) (int, error) {
	close(s.writing)
	<-s.read
	return s.ResponseWriter.Write(b)
}

// A client that does not read holds up neither a log that begins nor health.
func TestAClientThatDoesNotReadHoldsNothingUp(t *testing.T) {
	trailtest.Bubble(t, func(t *testing.T) {
		s := newSite(t)
		s.start()
		s.write(1)
		time.Sleep(6 * time.Second)
		for _, path := range []string{"/", "/wend-1/checkpoint"} {
			client := stuck{httptest.NewRecorder(), make(chan struct{}), make(chan struct{})}
			done := make(chan struct{})
			go func() {
				defer close(done)
				s.ServeHTTP(client, httptest.NewRequest(http.MethodGet, path, nil))
			}()
			<-client.writing
			s.write(3) // of organisations that had no log
			time.Sleep(6 * time.Second)
			s.wantWell()
			close(client.read)
			<-done
		}
		if c := s.want("", 0); c.Size != 7 {
			t.Errorf("%d leaves", c.Size)
		}
		s.stop()
	})
}
