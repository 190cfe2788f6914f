package follow_test

import (
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit/trailtest"
)

func TestWhatIsPublishedHasTheQuorum(t *testing.T) {
	trailtest.Bubble(t, func(t *testing.T) {
		s, w := witnessed(t)
		s.start()
		time.Sleep(time.Second)
		if got := s.get("wend-1/checkpoint").Code; got != 404 {
			t.Errorf("published without a quorum: %d", got)
		}
		w.know()
		w.leave("c.example")
		s.write(30)
		time.Sleep(time.Minute)
		s.wantWell()
		c, at := w.cosigned()
		if c.Size != 30 || len(at) != 2 {
			t.Errorf("%d leaves, cosigned by %v", c.Size, at)
		}
		// Without new records it is cosigned again, so that its age tells something.
		time.Sleep(10 * time.Minute)
		if _, later := w.cosigned(); time.Since(later["a"]) > 2*time.Minute {
			t.Errorf("the newest cosignature is of %v", later["a"])
		}
		// The quorum is lost: what is published stays, and after a while it is said.
		w.leave("b.example", "c.example")
		s.write(30)
		time.Sleep(time.Minute)
		s.wantWell()
		time.Sleep(10 * time.Minute)
		s.wantRed("witnesses", "2 of (a, b, c)")
		if c, _ := w.cosigned(); c.Size != 30 {
			t.Errorf("%d leaves are published without a quorum", c.Size)
		}
		w.leave()
		time.Sleep(2 * time.Minute)
		s.wantWell()
		if c, at := w.cosigned(); c.Size != 60 || len(at) != 3 {
			t.Errorf("%d leaves, cosigned by %v", c.Size, at)
		}
		s.stop()
		w.leave("a.example", "b.example", "c.example")
		s.start()
		time.Sleep(time.Second)
		if c, _ := w.cosigned(); c.Size != 60 { // what was published stays so over a restart
			t.Errorf("after a restart: %d leaves", c.Size)
		}
		s.stop()
	})
}
