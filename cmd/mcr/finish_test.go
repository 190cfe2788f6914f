package main

import (
	"encoding/hex"
	"encoding/json"
	"io"
	"path/filepath"
	"testing"

	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/retention"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// Two chains number their records alike. What receipts name, and nobody erased, is erased as the
// receipts of that chain's record say: of one person, and later of the other too.
func TestErasuresAreFinishedAsTheReceiptsOfEachRecordSay(t *testing.T) {
	data := t.TempDir()
	if _, err := protect.CreateKeys(filepath.Join(data, "keys")); err != nil {
		t.Fatal(err)
	}
	place := new(act)
	cmd := new(cobra.Command)
	place.flags(cmd)
	if err := cmd.ParseFlags([]string{"--data", data, "--id", "wend-1", "--trail", filepath.Join(data, "trail.db"), "--by", "A. Officer", "--reason", "by order of a court"}); err != nil {
		t.Fatal(err)
	}
	s, err := place.open(t.Context(), cmd)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for _, r := range trailtest.Records("wend-1", 2) {
		if err := s.journal.Append(t.Context(), r); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := s.store.Deliver(t.Context(), trailtest.Batch(t, "wend-2", trailtest.Chain(trailtest.Records("wend-2", 2)...))); err != nil {
		t.Fatal(err)
	}
	receipt := func(chain string, whose audit.Whose) {
		t.Helper()
		first, err := s.target(t.Context(), chain, 1)
		if err != nil {
			t.Fatal(err)
		}
		entry := audit.EntryOf(first.entry.Payload)
		e := retention.Erasure{Whose: whose, Records: []retention.ErasedEntry{{Chain: chain, Number: 1, Entry: hex.EncodeToString(entry[:])}}}
		if _, err := s.write(t.Context(), audit.EraseAction, "details-erased", retention.Receipt{Erasure: &e}); err != nil {
			t.Fatal(err)
		}
	}
	finished := func(want map[string]audit.Whose) {
		t.Helper()
		if err := s.finishErasing(t.Context(), io.Discard); err != nil {
			t.Fatal(err)
		}
		for chain, whose := range want {
			first, err := s.target(t.Context(), chain, 1)
			if err != nil {
				t.Fatal(err)
			}
			r := new(audit.Record)
			if err := json.Unmarshal(first.entry.Payload, r); err != nil || r.Erased == nil || r.Erased.Whose != whose {
				t.Errorf("%s: %+v, want it erased of %s, %v", chain, r.Erased, whose, err)
			}
		}
	}
	receipt("wend-1", audit.OfPatient)
	receipt("wend-2", audit.OfUser)
	finished(map[string]audit.Whose{"wend-1": audit.OfPatient, "wend-2": audit.OfUser})
	receipt("wend-1", audit.OfUser)
	finished(map[string]audit.Whose{"wend-1": audit.OfBoth, "wend-2": audit.OfUser})
}
