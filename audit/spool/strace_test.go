package spool_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/internal/strace"
)

// The judge is the kernel, by strace: on a real disk, at each of many points of opening,
// appending, rolling, packing, acknowledging and closing, a call of a process fails for want
// of a disk or of room, or the process is killed in it. What it had said was durable is there
// afterwards, once, and nothing is taken for lost. (fault_test.go tries each call, on a model
// disk.)
func TestInterruptedByTheKernelNothingPromisedIsLost(t *testing.T) {
	if dir := os.Getenv("SPOOL_STRACE_DIR"); dir != "" {
		writeWhatFails(dir)
		os.Exit(0)
	}
	notUnderRace(t)
	tool := strace.Find(t)
	var all []struct{ call, what, at string }
	for call, points := range map[string]string{ // "7+" is the seventh of a thread and all after it
		"fdatasync": "1 2 4 7 11 20 5+", "pwrite64": "1 2 3 5 9 17 31 7+", "ftruncate": "1 2 3 4 2+", "renameat": "1 2 4 2+", "fsync": "1 3 6 2+", "unlinkat": "1 3 1+",
	} {
		for i, at := range strings.Fields(points) {
			all = append(all, struct{ call, what, at string }{call, []string{"error=EIO", "error=ENOSPC"}[i%2], at})
			if i%3 == 1 {
				all = append(all, struct{ call, what, at string }{call, "signal=KILL", at})
			}
		}
	}
	var happened, promises atomic.Int32
	t.Run("each", func(t *testing.T) {
		for _, one := range all {
			t.Run(fmt.Sprintf("%s %s %s", one.what, one.call, one.at), func(t *testing.T) {
				t.Parallel()
				dir := filepath.Join(t.TempDir(), "spool")
				log := filepath.Join(t.TempDir(), "strace")
				cmd := exec.Command(tool, "-f", "-o", log, "-e", "trace="+one.call, "-e", fmt.Sprintf("inject=%s:%s:when=%s", one.call, one.what, one.at),
					os.Args[0], "-test.run=^TestInterruptedByTheKernelNothingPromisedIsLost$", "-test.count=1")
				cmd.Env = append(os.Environ(), "SPOOL_STRACE_DIR="+dir, "GOMAXPROCS=1")
				said, _ := cmd.Output() // it may be killed
				text, err := os.ReadFile(log)
				if err != nil {
					t.Fatal(err)
				}
				if bytes.Contains(text, []byte("INJECTED")) || bytes.Contains(text, []byte("killed by SIGKILL")) {
					happened.Add(1)
				}
				promises.Add(int32(keptItsWord(t, dir, said)))
			})
		}
	})
	if n, p := int(happened.Load()), int(promises.Load()); n < len(all)/2 || p < 20*len(all) {
		t.Errorf("only %d of %d interruptions took place, with %d promises: this tests little", n, len(all), p)
	}
}

// straceOptions are those of the process that is interrupted: small segments, packed, and a
// clock that a disk which failed is not left alone by for long.
func straceOptions(clock func() time.Time) spool.Options {
	return spool.Inline(spool.Options{SegmentBytes: 16 << 10, MaxBytes: 256 << 10, MinFreeBytes: -1, Codec: sparse{}, Clock: clock})
}

// writeWhatFails opens, appends, packs, acknowledges and closes, twice, whatever fails, and
// says what is durable, and beforehand what it acknowledges.
func writeWhatFails(dir string) {
	var ticks atomic.Int64
	clock := func() time.Time { return time.Unix(1e9, 0).Add(time.Duration(ticks.Load()) * 2 * spool.RetryAfter) }
	acked := uint64(0)
	for open := range 3 {
		ticks.Add(1)
		s, err := spool.Open(dir, straceOptions(clock))
		if err != nil {
			continue
		}
		for round := range 3 {
			var writers sync.WaitGroup
			for w := range 3 {
				writers.Go(func() {
					for i := range 4 {
						text := fmt.Sprintf("%d-%d-%d-%d-%s", open, round, w, i, strings.Repeat("x", 1000+i*300))
						if e, err := s.Append(context.Background(), []byte(text)); err == nil {
							os.Stdout.WriteString(fmt.Sprintln("durable", e.Seq, text))
						}
					}
				})
			}
			writers.Wait()
			_ = spool.Pack(s)
			if last, _ := s.Last(); (acked+last)/2 > acked {
				acked = (acked + last) / 2
				os.Stdout.WriteString(fmt.Sprintln("acked", acked, "."))
				_ = s.Ack(acked)
			}
			ticks.Add(1)
		}
		_ = s.Close()
	}
}

// keptItsWord opens what the process left, and gives how many entries it had promised.
func keptItsWord(t *testing.T, dir string, said []byte) int {
	t.Helper()
	promised, acked := map[uint64]string{}, uint64(0)
	lines := bufio.NewScanner(bytes.NewReader(said))
	for lines.Scan() {
		var what, text string
		var seq uint64
		if n, _ := fmt.Sscan(lines.Text(), &what, &seq, &text); n != 3 {
			continue
		}
		if what == "acked" {
			acked = seq
			continue
		}
		if had, twice := promised[seq]; twice && had != text {
			t.Errorf("number %d was given twice", seq)
		}
		promised[seq] = text
	}
	s := open(t, dir, straceOptions(time.Now))
	st := s.Stats()
	if !st.Report.Clean() || st.Acked > acked {
		t.Errorf("acknowledged %d, never more than %d: %+v", st.Acked, acked, st.Report)
	}
	there, before := map[uint64]string{}, map[string]bool{}
	for _, e := range readAll(t, s, st.Acked) {
		if _, twice := there[e.Seq]; twice || before[string(e.Payload)] {
			t.Errorf("entry %d is there twice", e.Seq)
		}
		there[e.Seq], before[string(e.Payload)] = string(e.Payload), true
	}
	for seq, text := range promised {
		if seq > acked && there[seq] != text {
			t.Errorf("entry %d was promised, and %.20q is there", seq, there[seq])
		}
	}
	if e := appendText(t, s, "and it goes on"); there[e.Seq] != "" || promised[e.Seq] != "" {
		t.Errorf("number %d is given again", e.Seq)
	}
	return len(promised)
}
