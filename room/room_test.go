package room_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mycarerecord/mcr/room"
)

const mib = 1 << 20

// fill has answers of one source take so much at a time until there is no room for more.
func fill(r *room.Room, source string, each int64) (shares []*room.Share) {
	for {
		s := r.Share(source)
		if s.Take(context.Background(), each) != nil {
			return shares
		}
		shares = append(shares, s)
	}
}

func TestASourceTakesHalfAndTwoTakeAThirdEach(t *testing.T) {
	r := room.New(120*mib, 0)
	first := fill(r, "a", mib)
	if len(first) != 60 {
		t.Errorf("one source takes %d of 120", len(first))
	}
	for _, s := range first {
		s.Leave()
	}
	if held := r.Held(); held != 0 {
		t.Fatalf("%d bytes are held by nobody", held)
	}
	var a, b int
	for full := 0; full < 2; {
		full = 0
		for source, n := range map[string]*int{"a": &a, "b": &b} {
			if r.Share(source).Take(context.Background(), mib) != nil {
				full++
				continue
			}
			*n++
		}
	}
	if a != 40 || b != 40 {
		t.Errorf("two sources take %d and %d of 120", a, b)
	}
	if n := len(fill(r, "c", mib)); n != 20 {
		t.Errorf("a third takes %d of the 40 that are left", n)
	}
}

// However many long answers a source gives, there is room for short ones, its own too,
// and however many short ones, for other sources'.
func TestShortAnswersFindRoomBesideLongOnes(t *testing.T) {
	r := room.New(90*mib, 0)
	fill(r, "a", 5*mib)
	if n := len(fill(r, "a", 64<<10)); n < 100 {
		t.Errorf("%d short answers find room beside long ones", n)
	}
	if r.Share("a").Take(context.Background(), mib) == nil {
		t.Error("a long answer finds room where only short ones may")
	}
	if n := len(fill(r, "b", 64<<10)); n < 100 {
		t.Errorf("%d short answers of another source find room", n)
	}
}

func TestWithoutANameAllOfTheRoomIsTheirs(t *testing.T) {
	r := room.New(10*mib, 0)
	if n := len(fill(r, "", mib)); n != 10 {
		t.Errorf("%d of 10", n)
	}
}

// Who waits is let in when somebody leaves: the short one first, then who holds most.
func TestWhoWaitsIsLetInInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := room.New(100*mib, time.Second)
		whole := r.Share("a")
		if err := whole.Take(t.Context(), 30*mib); err != nil {
			t.Fatal(err)
		}
		done := make(chan string, 3)
		wait := func(name string, has, wants int64) *room.Share {
			s := r.Share("a")
			if err := s.Take(t.Context(), has); err != nil {
				t.Fatal(name, err)
			}
			go func() {
				if err := s.Take(t.Context(), wants); err != nil {
					name += " in vain"
				}
				done <- name
			}()
			synctest.Wait()
			return s
		}
		wait("little", 4*mib, 31*mib)
		much := wait("much", 8*mib, 31*mib)
		whole.Leave()
		if first := <-done; first != "much" {
			t.Errorf("%s goes first", first)
		}
		much.Leave()
		if second := <-done; second != "little" {
			t.Errorf("%s goes second", second)
		}
	})
}

func TestWhoFindsNoRoomWaitsAMomentAndNoLonger(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := room.New(10*mib, time.Second)
		fill(r, "", 10*mib)
		began := time.Now()
		s := r.Share("a")
		if err := s.Take(t.Context(), mib); !errors.Is(err, room.ErrFull) || time.Since(began) != time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if began = time.Now(); s.Take(ctx, mib) == nil || time.Since(began) != 0 {
			t.Error("who has gone waits")
		}
		s.Leave()
		if held := r.Held(); held != 10*mib {
			t.Errorf("%d bytes are held", held)
		}
	})
}

// Those who wait hold what they have: of them there are few.
func TestFewWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := room.New(100*mib, time.Second)
		fill(r, "a", mib)
		began, quick := time.Now(), make(chan bool, 100)
		for range 100 {
			go func() {
				_ = r.Share("a").Take(t.Context(), 2*mib)
				quick <- time.Since(began) == 0
			}()
		}
		n := 0
		for range 100 {
			if <-quick {
				n++
			}
		}
		if n != 36 {
			t.Errorf("%d of 100 do not wait", n)
		}
	})
}

// The long answers of one source are read at one pace together; another's have their own.
func TestLongAnswersOfASourceArePacedTogether(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, began := room.New(mib, 0), time.Now()
		for range 65 {
			r.Share("a").Pace(t.Context(), mib)
		}
		if took := time.Since(began); took != time.Second {
			t.Errorf("64 MiB are read in %s", took)
		}
		if r.Share("b").Pace(t.Context(), mib); time.Since(began) != time.Second {
			t.Error("another source waits")
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if r.Share("a").Pace(ctx, mib); time.Since(began) != time.Second {
			t.Error("who has gone waits")
		}
	})
}
