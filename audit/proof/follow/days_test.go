package follow_test

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit/trailtest"
)

// counted gives the signed leaves by day and organisation.
func (s *site) counted() map[string]int64 {
	s.t.Helper()
	rows, err := s.CountLeaves(context.Background(), time.Time{}, time.Now().AddDate(100, 0, 0))
	s.must(err)
	all := map[string]int64{}
	for _, r := range rows {
		all[fmt.Sprint(r.Broker, " ", r.Day, " ", r.SourceOrg)] += r.Requests
	}
	return all
}

// Leaves are counted once, over restarts, and over logs that are made again.
func TestLeavesAreCountedByDay(t *testing.T) {
	trailtest.Bubble(t, func(t *testing.T) {
		s := newSite(t)
		want := func(n int64) {
			t.Helper()
			time.Sleep(time.Second)
			got := s.counted()
			var sum int64
			for _, n := range got {
				sum += n
			}
			if sum != n || len(got) != len(organisations) || got["wend-1 "+dayOf(got)+" RXA"] != n/3 {
				t.Errorf("%v, want %d in all", got, n)
			}
		}
		for i := range int64(3) {
			s.start()
			time.Sleep(time.Second) // a log of nothing is signed
			want30 := 30 * i
			if i > 0 {
				want(want30)
			}
			s.write(30)
			s.stop()
		}
		s.must(os.RemoveAll(filepath.Join(s.data, "proof")))
		s.start()
		want(90)
		s.wantWell()
		s.stop()
	})
}

// dayOf gives the one day of the counts.
func dayOf(counts map[string]int64) string {
	for k := range maps.Keys(counts) {
		return k[len("wend-1 "):][:len("2006-01-02")]
	}
	return ""
}

// The day within which logs begin is not told: it would look as if leaves were missing.
func TestTheDayWithinWhichLogsBeginIsNotCounted(t *testing.T) {
	trailtest.Bubble(t, func(t *testing.T) {
		s := newSite(t)
		s.openSpool()
		s.write(7)
		s.must(s.spool.Close())
		s.start()
		s.write(6)
		time.Sleep(6 * time.Second)
		if got := s.counted(); len(got) > 0 {
			t.Errorf("%v", got)
		}
		s.stop()
	})
}
