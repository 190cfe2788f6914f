package spool_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit/spool"
)

// A frame with a right checksum, taken from another history, is no link of the
// chain.
func TestFrameOfAnotherChainIsNotAccepted(t *testing.T) {
	name, segment := spool.SegmentFile(7, "one", "two", "three")
	_, other := spool.SegmentFile(7, "uno", "two", "three")
	copy(segment[8192:12288], other[8192:12288])
	m := newModel()
	node := &inode{now: segment, disk: segment}
	m.names[filepath.Join("/spool", name)] = node
	s := openModel(t, m)
	if diff := cmp.Diff([]string{"1 one", "3 three"}, texts(readAll(t, s, 0))); diff != "" {
		t.Error(diff)
	}
	if lost := s.Stats().Report.Lost; len(lost) != 1 || lost[0].First != 2 || lost[0].Last != 2 {
		t.Errorf("%+v", lost)
	}
}

// The acknowledgement that a deletion rested on survives damage to either file.
func TestAcknowledgementThatIsLostInOneFileStandsInTheOther(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, small())
	for range 20 {
		appendText(t, s, strings.Repeat("x", 3000))
	}
	for _, seq := range []uint64{15, 16} { // 15 deletes segments, 16 deletes none
		if err := s.Ack(seq); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	for _, name := range []string{"acknowledged", "acknowledged-2"} {
		file := filepath.Join(dir, name)
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		b[9] ^= 1
		if err := os.WriteFile(file, b, 0o600); err != nil {
			t.Fatal(err)
		}
		s := open(t, dir, small())
		if st := s.Stats(); st.Acked != 16 || !st.Report.Clean() {
			t.Errorf("%s altered: acknowledged %d, %+v", name, st.Acked, st.Report)
		}
		s.Close()
	}
}
