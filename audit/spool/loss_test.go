package spool_test

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit/spool"
)

// Each of these is a way in which some log has lost acknowledged data.

// A process that is killed between write and sync leaves entries that the next
// one reads from memory; built upon and never written, they are a hole later.
func TestLoss_EntriesReadFromMemoryOnlyAreWrittenAgain(t *testing.T) {
	m := newModel()
	s := openModel(t, m)
	appendText(t, s, "one")
	m.mu.Lock()
	m.fault = func(n int, kind, name string) error {
		if kind == "sync" {
			return errDisk // and the pages count as clean from now on
		}
		return nil
	}
	m.mu.Unlock()
	if _, err := s.Append(t.Context(), []byte("two")); !errors.Is(err, spool.ErrFailed) {
		t.Fatal(err)
	}
	m.mu.Lock()
	m.fault = nil
	m.mu.Unlock()
	s.Close()
	s = openModel(t, m)
	appendText(t, s, "three")
	want := texts(readAll(t, s, 0))
	s.Close()
	m = m.crash(rand.New(rand.NewPCG(1, 2)), 0)
	s = openModel(t, m)
	if diff := cmp.Diff(want, texts(readAll(t, s, 0))); diff != "" {
		t.Error(diff)
	}
	if r := s.Stats().Report; !r.Clean() {
		t.Errorf("%+v", r)
	}
}

// A file whose directory entry was never synced is not there after a crash.
func TestLoss_NewSegmentHasItsNameBeforeAnythingIsAcknowledged(t *testing.T) {
	m := newModel()
	s := openModel(t, m)
	for i := range 20 {
		appendText(t, s, fmt.Sprintf("%0*d", 3000, i))
		after := m.copied()
		r := openModel(t, after)
		if got := len(readAll(t, r, 0)); got != i+1 {
			t.Fatalf("%d of %d entries survive", got, i+1)
		}
		r.Close()
	}
}

// Segments go for an acknowledgement that is not durable yet: after a crash their
// entries seem lost.
func TestLoss_AcknowledgementIsDurableBeforeSegmentsGo(t *testing.T) {
	m := newModel()
	s := openModel(t, m)
	for range 20 {
		appendText(t, s, strings.Repeat("x", 3000))
	}
	var synced bool
	m.mu.Lock()
	m.fault = func(n int, kind, name string) error {
		synced = synced || kind == "sync" && strings.HasPrefix(name, "acknowledged")
		if kind == "remove" && strings.HasSuffix(name, ".seg") && !synced {
			t.Error("a segment is deleted before the acknowledgement is synced")
		}
		return nil
	}
	m.mu.Unlock()
	if err := s.Ack(15); err != nil {
		t.Fatal(err)
	}
	if !synced {
		t.Error("nothing was deleted")
	}
	r := openModel(t, m.copied())
	if st := r.Stats(); st.Acked != 15 || !st.Report.Clean() {
		t.Errorf("%+v", st)
	}
}

// A header is one page for a whole segment of entries.
func TestLoss_DamagedHeaderCostsNoEntry(t *testing.T) {
	m, segment, want := filled(t, 4)
	copy(m.names[segment].now[20:], "rubbish")
	s := openModel(t, m)
	if diff := cmp.Diff(want, texts(readAll(t, s, 0))); diff != "" {
		t.Error(diff)
	}
	r := s.Stats().Report
	if len(r.Lost) != 0 || len(r.Flaws) != 1 || len(r.Aside) != 1 {
		t.Errorf("%+v", r)
	}
}

// A torn write in the middle of the file ends recovery, and all after it is cut.
func TestLoss_EntriesAfterDamageStay(t *testing.T) {
	m, segment, want := filled(t, 3)
	node := m.names[segment]
	copy(node.now[4096:8192], make([]byte, 4096)) // the whole first commit
	s := openModel(t, m)
	if diff := cmp.Diff(want[1:], texts(readAll(t, s, 0))); diff != "" {
		t.Error(diff)
	}
	if lost := s.Stats().Report.Lost; len(lost) != 1 || lost[0].First != 1 || lost[0].Last != 1 {
		t.Errorf("%+v", lost)
	}
}

// The last acknowledged entry, damaged, looks like a torn write to many a log.
func TestLoss_DamagedLastEntryIsNotTakenForATornWrite(t *testing.T) {
	m, segment, want := filled(t, 3)
	b := m.names[segment].now
	b[bytes.LastIndex(b, []byte("abc"))] ^= 1
	s := openModel(t, m)
	if diff := cmp.Diff(want[:2], texts(readAll(t, s, 0))); diff != "" {
		t.Error(diff)
	}
	lost := []spool.Loss{{First: 3, Last: 3, Segment: filepath.Base(segment) + ".damaged"}}
	if diff := cmp.Diff(lost, s.Stats().Report.Lost); diff != "" {
		t.Error(diff)
	}
	if e := appendText(t, s, "next"); e.Seq != 4 {
		t.Errorf("next is %d", e.Seq)
	}
}

// A payload that holds the image of a frame must not become an entry when the
// frame around it is damaged.
func TestLoss_FrameInsideAPayloadIsNoEntry(t *testing.T) {
	_, forged := spool.SegmentFile(0, "x", "forged")
	m := newModel()
	s := openModel(t, m)
	appendText(t, s, "one")
	appendText(t, s, string(forged[4096:12288]))
	appendText(t, s, "three")
	s.Close()
	for _, node := range m.names {
		if at := bytes.Index(node.now, forged[4096:8192]); at > 0 {
			node.now[at-40] ^= 1 // in the hash of the frame around
		}
	}
	s = openModel(t, m)
	got := texts(readAll(t, s, 0))
	if diff := cmp.Diff([]string{"1 one", "3 three"}, got); diff != "" {
		t.Error(diff)
	}
}

// What a segment held beyond its successor's base comes back, and an entry is
// there twice.
func TestLoss_FailedCommitDoesNotComeBackBesideItsSuccessor(t *testing.T) {
	tr := newTrial(t)
	s := tr.verify("new")
	tr.m.mu.Lock()
	once := true
	tr.m.fault = func(n int, kind, name string) error {
		if kind == "sync" && once {
			once = false
			return errDisk
		}
		return nil
	}
	tr.m.mu.Unlock()
	if _, err := s.Append(t.Context(), []byte("failed")); err == nil {
		t.Fatal("no error")
	}
	tr.tick()
	if e := appendText(t, s, "instead"); e.Seq != 1 {
		t.Errorf("number %d", e.Seq)
	}
	s.Close()
	s, err := tr.open()
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if got := texts(readAll(t, s, 0)); !slices.Equal(got, []string{"1 instead"}) {
		t.Errorf("%q", got)
	}
}
