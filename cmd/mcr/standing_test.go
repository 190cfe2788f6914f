package main

import (
	"bytes"
	"path/filepath"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/audit/zstd"
)

// A command opens the spool that a broker left, packed segments too, and lets nothing of it
// go: not what was acknowledged and is held, which redeliver is there to deliver again.
func TestACommandReadsPackedSegmentsAndKeepsThem(t *testing.T) {
	data := t.TempDir()
	broker, err := spool.Open(filepath.Join(data, "spool"), spool.Options{
		SegmentBytes: 64 << 10, MinFreeBytes: -1, Hold: time.Hour, Codec: zstd.Codec{},
	})
	if err != nil {
		t.Fatal(err)
	}
	last := uint64(0)
	for range 12 {
		e, err := broker.Append(t.Context(), bytes.Repeat([]byte("entry "), 4000))
		if err != nil {
			t.Fatal(err)
		}
		last = e.Seq
	}
	if err := broker.Ack(last); err != nil {
		t.Fatal(err)
	}
	for broker.Stats().Packed == 0 && broker.Stats().PackFault == nil {
		time.Sleep(time.Millisecond)
	}
	if err := broker.Close(); err != nil {
		t.Fatal(err)
	}
	for range 2 { // what a command let go would be missed by the next
		sp, err := openSpool(data)
		if err != nil {
			t.Fatal(err)
		}
		entries, err := sp.Read(0, int(last))
		if err != nil || len(entries) == 0 || entries[0].Seq != 1 {
			t.Errorf("%d entries, %v", len(entries), err)
		}
		if err := sp.Ack(last); err != nil {
			t.Error(err)
		}
		if err := sp.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
