package proof_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/proof"
	"github.com/mycarerecord/mcr/audit/proof/merkle"
	"github.com/mycarerecord/mcr/audit/proof/signed"
	"github.com/mycarerecord/mcr/audit/retention"
	"github.com/mycarerecord/mcr/audit/spool"
)

// listed is a trail that gives the entries of one chain as they are, however wrong.
type listed struct {
	audit.Trail
	entries []spool.Entry
}

func (l listed) Search(context.Context, audit.Scope, audit.Filter, string) (audit.Found, error) {
	return audit.Found{}, nil
}

func (l listed) Entries(_ context.Context, _ string, after uint64, most int) ([]spool.Entry, error) {
	for i, e := range l.entries {
		if e.Seq > after {
			return l.entries[i:min(i+most, len(l.entries))], nil
		}
	}
	return nil, nil
}

func (l listed) Brokers(context.Context) ([]string, error) { return []string{"b"}, nil }

// chained links documents, as a broker does, or somebody who computes the chain anew.
func chained(documents [][]byte) (entries []spool.Entry) {
	var prev spool.Hash
	for i, d := range documents {
		e := spool.Entry{Seq: uint64(i + 1), Payload: d}
		e.Hash = spool.Link(prev, e.Seq, d)
		prev, entries = e.Hash, append(entries, e)
	}
	return entries
}

func documents(n int) (all [][]byte) {
	for i := range n {
		all = append(all, fmt.Appendf(nil, `{"schema":1,"id":"id-%d","broker":"b","time_in":"2026-03-02T12:00:00Z","time_out":"2026-03-02T12:00:00Z",`+
			`"salt":"%d","outcome":"released","status":200,"reasons":[],"source":"s","source_org":"%s","bytes_received":0}`, i, i, []string{"RXA", "A81001"}[i%2]))
	}
	return all
}

// logged gives the logs of entries after begun, as they were signed.
func logged(t testing.TB, entries []spool.Entry, begun uint64) []proof.Tree {
	t.Helper()
	var trees []proof.Tree
	for _, organisation := range []string{"", "RXA"} {
		l, err := merkle.Create(filepath.Join(t.TempDir(), "log"))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { l.Close() })
		for _, e := range entries {
			c, err := audit.ReadColumns(e.Payload)
			if err != nil {
				t.Fatal(err)
			}
			if e.Seq > begun && (organisation == "" || organisation == c.SourceOrg) {
				if err := l.Append(e.Seq, audit.LeafEntry(e.Payload)); err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := l.Sync(); err != nil {
			t.Fatal(err)
		}
		size, root := l.Appended()
		last := entries[len(entries)-1]
		trees = append(trees, proof.Tree{Organisation: organisation, Log: l, Signed: signed.Checkpoint{
			Origin: signed.Origin("mcr.example", "b", organisation), Size: size, Root: root,
			Begun: signed.Link{Number: begun}, Head: signed.Link{Number: last.Seq, Hash: last.Hash},
		}})
	}
	return trees
}

// Whoever can write the store computes its chain anew after each change: the chain tells
// nothing. The logs, which others have cosigned, do; and they tell where.
func TestAChainComputedAnewIsNotWhatWasSigned(t *testing.T) {
	const n = 2500
	honest := documents(n)
	trees := logged(t, chained(honest), 5)
	if r, err := proof.VerifyTrees(t.Context(), listed{entries: chained(honest)}, "b", trees); err != nil || !r.OK() || len(r.Trees) != 2 || !r.Trees[0].Whole {
		t.Fatalf("%v, %v", r, err)
	}
	other := bytes.Replace(honest[1000], []byte(`"status":200`), []byte(`"status":403`), 1)
	for name, one := range map[string]struct {
		documents [][]byte
		says      []string
	}{
		"deleted":   {slices.Delete(slices.Clone(honest), 1000, 1001), []string{"record 1001 is not what was signed: it is another record", "gives 2494"}},
		"altered":   {slices.Replace(slices.Clone(honest), 1000, 1001, other), []string{"record 1001 is not what was signed: it is another record than the one that went into the log mcr.example/b\n", "another root"}},
		"reordered": {swapped(honest, 1000, 1002), []string{"record 1001 is not what was signed", "another root"}},
		"inserted":  {slices.Insert(slices.Clone(honest), 1000, honest[7]), []string{"record 1001 is not what was signed", "another root"}},
		"truncated": {honest[:2000], []string{"was signed with 2495 entries, the store gives 1995"}},
		"forked":    {append(slices.Clone(honest[:2000]), honest[:500]...), []string{"record 2001 is not what was signed", "another root"}},
		"emptied":   {nil, []string{"was signed with 2495 entries, the store gives 0"}},
	} {
		r, err := proof.VerifyTrees(t.Context(), listed{entries: chained(one.documents)}, "b", trees)
		if err != nil || r.OK() {
			t.Errorf("%s: passed, %v", name, err)
		}
		for _, says := range one.says {
			if !strings.Contains(r.String(), says) {
				t.Errorf("%s: %q is not said:\n%s", name, says, r)
			}
		}
		// With what a witness kept, and no files of the log, it is seen as well.
		alone := proof.Tree{Signed: trees[0].Signed}
		if r, err := proof.VerifyTrees(t.Context(), listed{entries: chained(one.documents)}, "b", []proof.Tree{alone}); err != nil || r.OK() {
			t.Errorf("%s: passed by the root alone, %v", name, err)
		}
	}
	// What came after the checkpoint is none of its business.
	if r, err := proof.VerifyTrees(t.Context(), listed{entries: chained(documents(n + 100))}, "b", trees); err != nil || !r.OK() {
		t.Errorf("with later records: %v, %v", r, err)
	}
}

// receipted is a list whose records are found by what they do.
type receipted struct{ listed }

func (l receipted) Search(_ context.Context, _ audit.Scope, f audit.Filter, _ string) (found audit.Found, err error) {
	for _, e := range l.entries {
		r := new(audit.Record)
		if err := json.Unmarshal(e.Payload, r); err != nil {
			return found, err
		}
		if r.Broker, r.Sequence = "b", e.Seq; r.Action == f.Action {
			found.Records = append(found.Records, r)
		}
	}
	return found, nil
}

// A receipt says what the log was when records were retired. The log must go on from there:
// else what it proves of them is not what it proved.
func TestTheLogGoesOnFromWhatAReceiptSays(t *testing.T) {
	before := documents(20)
	head := logged(t, chained(before), 0)[0].Signed
	end := chained(before)[7]
	receipt := func(h retention.TreeHead) []byte {
		input, err := json.Marshal(retention.Receipt{Retirement: &retention.Retirement{Tree: &h, Runs: []retention.RetiredRun{{Chain: "b", First: 1, Last: 8, Hash: fmt.Sprintf("%x", end.Hash)}}}})
		if err != nil {
			t.Fatal(err)
		}
		return audit.AppendJSON(nil, &audit.Record{Schema: audit.SchemaVersion, ID: "receipt", Broker: "b", TimeIn: time.Date(2026, 3, 2, 13, 0, 0, 0, time.UTC), Action: audit.RetireAction, Outcome: audit.Released, Input: input})
	}
	good := retention.TreeHead{Log: head.Origin, Entries: head.Size, Root: head.Root.String()}
	for name, c := range map[string]struct {
		change func(*retention.TreeHead)
		says   string
	}{
		"as it was":         {func(*retention.TreeHead) {}, ""},
		"another log":       {func(h *retention.TreeHead) { h.Log, h.Entries = "other.example/b", 5 }, ""},
		"longer than it is": {func(h *retention.TreeHead) { h.Entries = 1000 }, "records 1 to 8 are not what was signed: record 21 of b, the receipt of their retirement, says that the log mcr.example/b had 1000 entries"},
		"another size":      {func(h *retention.TreeHead) { h.Entries = 19 }, "does not hold what record 21 of b"},
		"the size now":      {func(h *retention.TreeHead) { h.Entries = 41 }, "does not hold what record 21 of b"},
		"another root":      {func(h *retention.TreeHead) { h.Root = tlog.Hash{1}.String() }, "does not hold what record 21 of b"},
		"no root":           {func(h *retention.TreeHead) { h.Root = "?" }, "does not hold what record 21 of b"},
		"fewer than none":   {func(h *retention.TreeHead) { h.Entries = -1 }, "does not hold what record 21 of b"},
		"an empty one":      {func(h *retention.TreeHead) { h.Entries = 0 }, ""}, // of which every log is a continuation
	} {
		h := good
		c.change(&h)
		all := chained(append(append(slices.Clone(before), receipt(h)), documents(40)[20:]...))
		trees := logged(t, all, 0)
		r, err := proof.VerifyTrees(t.Context(), receipted{listed{entries: all[8:]}}, "b", trees)
		if err != nil || r.OK() != (c.says == "") || !strings.Contains(r.String(), c.says) {
			t.Errorf("%s: %v\n%s", name, err, r)
		}
		if r.OK() && r.Retired != 8 {
			t.Errorf("%s: %d retired", name, r.Retired)
		}
	}
}

func swapped(all [][]byte, i, j int) [][]byte {
	all = slices.Clone(all)
	all[i], all[j] = all[j], all[i]
	return all
}

// BenchmarkVerify: a chain of 100,000 records of 2.5 KB each with two logs, in memory.
func BenchmarkVerify(b *testing.B) {
	all := documents(100_000)
	pad := bytes.Repeat([]byte("x"), 2300)
	for i := range all {
		all[i] = append(append(all[i][:len(all[i])-1:len(all[i])-1], `,"query":"`...), append(pad, `"}`...)...)
	}
	entries := chained(all)
	trees := logged(b, entries, 0)
	b.SetBytes(int64(len(all) * len(all[0])))
	for b.Loop() {
		if r, err := proof.VerifyTrees(b.Context(), listed{entries: entries}, "b", trees); err != nil || !r.OK() {
			b.Fatal(r, err)
		}
	}
}
