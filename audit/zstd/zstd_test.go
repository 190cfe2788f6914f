package zstd_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/audit/trailtest"
	"github.com/mycarerecord/mcr/audit/zstd"
)

func TestUnpackingGivesWhatWasPackedAndNoMore(t *testing.T) {
	var c zstd.Codec
	for _, size := range []int{1, 4096, 256 << 10} {
		src := bytes.Repeat([]byte("a record "), size)[:size]
		packed := c.Append([]byte("before"), src)
		if got, err := c.Decode(make([]byte, 0, size), packed[6:], size); err != nil || !bytes.Equal(got, src) {
			t.Errorf("%d bytes: %d, %v", size, len(got), err)
		}
		if got, err := c.Decode(make([]byte, 0, size), packed[6:], size-1); err == nil {
			t.Errorf("%d bytes unpack to %d where %d were asked for", size, len(got), size-1)
		}
		for cut := range len(packed) - 6 {
			if got, err := c.Decode(make([]byte, 0, size), packed[6:6+cut], size); err == nil && len(got) == size {
				t.Errorf("%d of %d bytes unpack", cut, len(packed)-6)
			}
		}
	}
}

// A bomb: a frame that says it holds a gigabyte, and one that does not say it.
func TestABombIsRefused(t *testing.T) {
	var c zstd.Codec
	for name, frame := range map[string][]byte{
		"told":   {0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0x40, 0x03, 0, 0x80, 'x'},
		"untold": {0x28, 0xb5, 0x2f, 0xfd, 0x00, 0xff, 0x03, 0, 0x80, 'x'},
	} {
		if got, err := c.Decode(make([]byte, 0, 4096), frame, 4096); err == nil {
			t.Errorf("%s: %d bytes", name, len(got))
		}
	}
}

// A packed segment is a Zstandard file: the reference implementation, which none of us
// wrote, makes the segment of it, byte for byte.
func TestZstdUnpacksASegment(t *testing.T) {
	program, err := exec.LookPath("zstd")
	if err != nil {
		t.Skip("the zstd command (Debian package zstd) is not here")
	}
	dir := t.TempDir()
	opt := spool.Options{SegmentBytes: 1 << 20, MinFreeBytes: -1, Hold: time.Hour}
	sp, err := spool.Open(dir, opt)
	if err != nil {
		t.Fatal(err)
	}
	journal := audit.NewJournal(sp, "region-1")
	for _, r := range trailtest.NewVaried("region-1", 2).Take(600) {
		if err := journal.Append(context.Background(), r); err != nil {
			t.Fatal(err)
		}
	}
	if err := sp.Close(); err != nil {
		t.Fatal(err)
	}
	images := map[string][]byte{}
	plain, err := filepath.Glob(filepath.Join(dir, "*.seg"))
	if err != nil || len(plain) < 3 {
		t.Fatal(plain, err)
	}
	for _, name := range plain {
		if images[name], err = os.ReadFile(name); err != nil {
			t.Fatal(err)
		}
	}
	opt.Codec = zstd.Codec{}
	if sp, err = spool.Open(dir, opt); err != nil {
		t.Fatal(err)
	}
	defer sp.Close()
	for sp.Stats().Packed < len(plain) && sp.Stats().PackFault == nil {
		time.Sleep(time.Millisecond)
	}
	if err := sp.Stats().PackFault; err != nil {
		t.Fatal(err)
	}
	for name, image := range images {
		if last := name == plain[len(plain)-1]; last {
			image = bytes.TrimRight(image, "\x00") // its zeros were cut off at Open
		}
		cmd := exec.Command(program, "-q", "-d", "-c")
		file, err := os.Open(name + ".packed")
		if err != nil {
			t.Fatal(err)
		}
		cmd.Stdin = file
		out, err := cmd.Output()
		if err := errors.Join(err, file.Close()); err != nil {
			t.Fatal(err)
		}
		if !bytes.HasPrefix(out, image) || len(bytes.TrimRight(out[len(image):], "\x00")) > 0 {
			t.Errorf("%s: %d bytes are not the segment's %d", filepath.Base(name), len(out), len(image))
		}
	}
}

// 900 bytes a record is what the region was promised (docs/operating.md, Capacity): over
// varied records in commits of one, in segments of the default size.
func TestARecordTakesLessThan900BytesOfTheSpool(t *testing.T) {
	dir := t.TempDir()
	sp, err := spool.Open(dir, spool.Options{MinFreeBytes: -1, Hold: time.Hour, Codec: zstd.Codec{}})
	if err != nil {
		t.Fatal(err)
	}
	defer sp.Close()
	journal := audit.NewJournal(sp, "region-1")
	for _, r := range trailtest.NewVaried("region-1", 3).Take(3000) {
		if err := journal.Append(context.Background(), r); err != nil {
			t.Fatal(err)
		}
	}
	for sp.Stats().Packed < 2 {
		time.Sleep(time.Millisecond)
	}
	st := sp.Stats()
	if st.BytesPerEntry > 900 {
		t.Errorf("%.0f bytes a record", st.BytesPerEntry)
	}
	t.Logf("%.0f bytes a record in full segments", st.BytesPerEntry)
}
