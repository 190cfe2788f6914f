package spool_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/mycarerecord/mcr/audit/spool"
)

// watched gives a spool in dir/spool with three full segments and one in use, whose
// entries up to the sixth are acknowledged and held, and a way to let a second pass.
func watched(t *testing.T, dir string) (*spool.Spool, func()) {
	t.Helper()
	tick := make(chan time.Time)
	opt := spool.Ticking(small(), tick)
	opt.Hold = time.Hour
	s := open(t, filepath.Join(dir, "spool"), opt)
	for range 11 {
		appendText(t, s, strings.Repeat("x", 3000))
	}
	if err := s.Ack(6); err != nil {
		t.Fatal(err)
	}
	// The first look is over when the second tick is taken.
	second := func() { tick <- time.Time{}; tick <- time.Time{} }
	second()
	if st := s.Stats(); st.Fault != nil || !st.Report.Clean() {
		t.Fatalf("%+v", st)
	}
	return s, second
}

// Nobody appends and nobody asks: within a second it is known, the next entry is
// refused, and it is said what is lost.
func TestAttack161WhatIsTakenAwayIsSeenThoughNobodyAppends(t *testing.T) {
	for name, c := range map[string]struct {
		script string
		lost   string // of the report
		flaws  int
	}{
		"the folder is deleted":                          {`rm -rf spool`, "7-9", 3},
		"the folder is moved away":                       {`mv spool away`, "7-9", 3},
		"another is put in its place":                    {`mv spool away && mkdir spool && touch spool/lock`, "7-9", 3},
		"the lock is deleted":                            {`rm spool/lock`, "", 0},
		"the lock is replaced":                           {`rm spool/lock && touch spool/lock`, "", 0},
		"an acknowledgement is deleted":                  {`rm spool/acknowledged-2`, "", 0},
		"an acknowledgement is replaced by a copy":       {`cp -a spool/acknowledged copy && mv copy spool/acknowledged`, "", 0},
		"the segment in use is deleted":                  {`rm $(ls spool/*.seg | tail -1)`, "", 0},
		"a segment that waits is deleted":                {`rm $(ls spool/*.seg | sed -n 3p)`, "7-9", 1},
		"a segment that waits is replaced by a copy":     {`f=$(ls spool/*.seg | sed -n 3p); cp -a $f copy && mv copy $f`, "7-9", 1},
		"a segment that waits is written to":             {`printf x | dd of=$(ls spool/*.seg | sed -n 3p) conv=notrunc bs=1 seek=5000`, "7-9", 1},
		"a segment that is held is deleted":              {`rm $(ls spool/*.seg | sed -n 1p)`, "", 1},
		"a segment that is held is cut short":            {`truncate -s 4096 $(ls spool/*.seg | sed -n 1p)`, "", 1},
		"a segment that is held has become a link":       {`f=$(ls spool/*.seg | sed -n 1p); mv $f away && ln -s ../away $f`, "", 1},
		"a folder is put in the place of one that waits": {`f=$(ls spool/*.seg | sed -n 3p); rm $f && mkdir $f`, "7-9", 1},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s, second := watched(t, dir)
			sh(t, dir, c.script)
			second()
			st := s.Stats()
			if !errors.Is(st.Fault, spool.ErrFailed) || !strings.Contains(st.Fault.Error(), filepath.Join(dir, "spool")) {
				t.Errorf("the reason: %v", st.Fault)
			}
			lost := ""
			for _, l := range st.Report.Lost {
				lost += fmt.Sprintf("%d-%d", l.First, l.Last)
			}
			if lost != c.lost || len(st.Report.Flaws) != c.flaws {
				t.Errorf("%+v, want %q lost and %d flaws", st.Report, c.lost, c.flaws)
			}
			if _, err := s.Append(t.Context(), []byte("x")); !errors.Is(err, spool.ErrFailed) {
				t.Errorf("the next entry: %v", err)
			}
			if err := s.Check(t.Context()); !errors.Is(err, spool.ErrFailed) {
				t.Errorf("health: %v", err)
			}
		})
	}
}

// What is moved back is the same file: all is well at once.
func TestWhatIsMovedBackIsNoLoss(t *testing.T) {
	for _, script := range [][2]string{
		{`mv spool away`, `mv away spool`},
		{`mv $(ls spool/*.seg | sed -n 3p) kept`, `mv kept spool/$(cat name)`},
		{`mv spool/acknowledged kept`, `mv kept spool/acknowledged`},
	} {
		dir := t.TempDir()
		s, second := watched(t, dir)
		sh(t, dir, `basename $(ls spool/*.seg | sed -n 3p) > name; `+script[0])
		second()
		if err := s.Check(t.Context()); !errors.Is(err, spool.ErrFailed) {
			t.Fatalf("%s: %v", script[0], err)
		}
		sh(t, dir, script[1])
		if e := appendText(t, s, "after"); e.Seq != 12 {
			t.Errorf("%s: number %d", script[1], e.Seq)
		}
		if st := s.Stats(); st.Fault != nil || !st.Report.Clean() {
			t.Errorf("%s: %+v", script[1], st)
		}
		if got := len(readAll(t, s, 0)); got != 12 {
			t.Errorf("%s: %d entries", script[1], got)
		}
	}
}

// The way back when it is gone for good: a restart says what is lost and serves.
func TestRestartSaysWhatWasTakenAwayAndGoesOn(t *testing.T) {
	dir := t.TempDir()
	s, _ := watched(t, dir)
	sh(t, dir, `rm $(ls spool/*.seg | sed -n 3p)`)
	s.Close()
	s = open(t, filepath.Join(dir, "spool"), small())
	if lost := s.Stats().Report.Lost; len(lost) != 1 || lost[0].First != 7 || lost[0].Last != 9 {
		t.Errorf("%+v", lost)
	}
	if e := appendText(t, s, "after"); e.Seq != 12 {
		t.Errorf("number %d", e.Seq)
	}
}

// A second passes by a clock as well.
func TestFilesAreLookedAtWithoutATick(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		s := open(t, filepath.Join(dir, "spool"), small())
		if err := os.Rename(filepath.Join(dir, "spool"), filepath.Join(dir, "away")); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Second) // of the bubble
		synctest.Wait()
		if err := s.Stats().Fault; !errors.Is(err, spool.ErrFailed) {
			t.Errorf("a second later: %v", err)
		}
		s.Close()
	})
}

// What was set aside is the operator's: taking it away is no fault, what was still to
// be read in it is said to be lost, and reading goes on.
func TestSegmentSetAsideMayBeTakenAway(t *testing.T) {
	dir := t.TempDir()
	s, second := watched(t, dir)
	files, _ := filepath.Glob(filepath.Join(dir, "spool", "*.seg"))
	b, err := os.ReadFile(files[2])
	if err != nil {
		t.Fatal(err)
	}
	copy(b[5000:], "rubbish")
	if err := os.WriteFile(files[2], b, 0o600); err != nil {
		t.Fatal(err)
	}
	spool.Forget(s)
	if got := len(readAll(t, s, 6)); got != 4 {
		t.Fatalf("%d entries", got)
	}
	sh(t, dir, `rm spool/*.damaged`)
	second()
	if got := len(readAll(t, s, 6)); got != 2 {
		t.Errorf("%d entries", got)
	}
	st := s.Stats()
	if st.Fault != nil || len(st.Report.Lost) != 2 {
		t.Errorf("%+v", st)
	}
}
