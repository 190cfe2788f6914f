package proof_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/proof"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// stored is a trail that gives what a forger left of a chain.
type stored struct {
	audit.Trail
	entries []spool.Entry
}

// Search finds no receipts.
func (s stored) Search(context.Context, audit.Scope, audit.Filter, string) (audit.Found, error) {
	return audit.Found{}, nil
}

func (s stored) Entries(_ context.Context, _ string, after uint64, most int) ([]spool.Entry, error) {
	var out []spool.Entry
	for _, e := range s.entries {
		if e.Seq > after && len(out) < most {
			out = append(out, e)
		}
	}
	return out, nil
}

func chain(t *testing.T, n int) []spool.Entry {
	t.Helper()
	return trailtest.Chain(trailtest.Records("region-1", n)...)
}

// Attack 136: deleting, altering, moving and adding are seen.
func TestAttack136EveryForgeryIsSeen(t *testing.T) {
	link := func(all []spool.Entry, from int) { // computes the chain anew
		for i := from; i < len(all); i++ {
			var prev spool.Hash
			if i > 0 {
				prev = all[i-1].Hash
			}
			all[i].Hash = spool.Link(prev, all[i].Seq, all[i].Payload)
		}
	}
	other := func(e *spool.Entry) {
		e.Payload = []byte(strings.Replace(string(e.Payload), "user-", "USER-", 1))
	}
	true10 := chain(t, 10)
	for name, c := range map[string]struct {
		forge func([]spool.Entry) []spool.Entry
		known []proof.Known
		want  []string // kind and numbers
	}{
		"nothing":              {func(a []spool.Entry) []spool.Entry { return a }, nil, nil},
		"one deleted":          {func(a []spool.Entry) []spool.Entry { return slices.Delete(a, 4, 5) }, nil, []string{"missing 5 5"}},
		"several deleted":      {func(a []spool.Entry) []spool.Entry { return slices.Delete(a, 4, 7) }, nil, []string{"missing 5 7"}},
		"the first deleted":    {func(a []spool.Entry) []spool.Entry { return a[2:] }, nil, []string{"missing 1 2"}},
		"one altered":          {func(a []spool.Entry) []spool.Entry { other(&a[3]); return a }, nil, []string{"altered 4 4"}},
		"altered and rehashed": {func(a []spool.Entry) []spool.Entry { other(&a[3]); link(a[:4], 3); return a }, nil, []string{"altered 5 5"}},
		"a hash altered":       {func(a []spool.Entry) []spool.Entry { a[3].Hash[0] ^= 1; return a }, nil, []string{"altered 4 4", "altered 5 5"}},
		"neighbours swapped": {func(a []spool.Entry) []spool.Entry {
			a[3].Payload, a[4].Payload = a[4].Payload, a[3].Payload
			a[3].Hash, a[4].Hash = a[4].Hash, a[3].Hash
			return a
		}, nil, []string{"moved 4 4", "moved 5 5", "unlinked 6 6"}},
		"swapped far apart": {func(a []spool.Entry) []spool.Entry {
			a[1].Payload, a[7].Payload = a[7].Payload, a[1].Payload
			a[1].Hash, a[7].Hash = a[7].Hash, a[1].Hash
			return a
		}, nil, []string{"moved 2 2", "unlinked 3 3", "moved 8 8", "unlinked 9 9"}},
		"a number twice": {func(a []spool.Entry) []spool.Entry { return slices.Insert(a, 4, a[3]) }, nil, []string{"duplicate 4 4"}},
		"deleted and renumbered": {func(a []spool.Entry) []spool.Entry {
			a = slices.Delete(a, 4, 5)
			for i := 4; i < len(a); i++ {
				a[i].Seq--
			}
			return a
		}, nil, []string{"altered 5 5", "moved 6 6", "moved 7 7", "moved 8 8", "altered 9 9"}},
		"the chain computed anew": {func(a []spool.Entry) []spool.Entry { other(&a[3]); link(a, 3); return a },
			[]proof.Known{{Seq: 8, Hash: true10[7].Hash, From: "the checkpoint"}}, []string{"rewritten 8 8"}},
		"the end cut off": {func(a []spool.Entry) []spool.Entry { return a[:6] },
			[]proof.Known{{Seq: 8, Hash: true10[7].Hash, From: "the checkpoint"}}, []string{"missing 7 8"}},
		"all deleted": {func(a []spool.Entry) []spool.Entry { return nil },
			[]proof.Known{{Seq: 8, Hash: true10[7].Hash, From: "the checkpoint"}}, []string{"missing 1 8"}},
	} {
		r, err := proof.Verify(t.Context(), stored{entries: c.forge(slices.Clone(true10))}, "region-1", c.known...)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		var got []string
		for _, f := range r.Findings {
			got = append(got, fmt.Sprint(f.Kind, " ", f.First, " ", f.Last))
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s\n%s", name, diff, r)
		}
		if r.OK() != (len(c.want) == 0) || r.OK() == strings.Contains(r.String(), "NOT IN ORDER") {
			t.Errorf("%s: the words do not fit: %s", name, r)
		}
	}
}

func TestALongChainIsReadInPieces(t *testing.T) {
	m := new(trailtest.Memory)
	all := chain(t, 3500)
	if err := m.Deliver(t.Context(), trailtest.Batch(t, "region-1", all)); err != nil {
		t.Fatal(err)
	}
	r, err := proof.Verify(t.Context(), m, "region-1")
	if err != nil || !r.OK() || r.Records != 3500 || r.Hash != all[3499].Hash {
		t.Errorf("%v\n%s", err, r)
	}
	if r, err = proof.Verify(t.Context(), m, "nobody"); err != nil || !r.OK() || r.String() != "nobody: no records\n" {
		t.Errorf("no records: %v\n%s", err, r)
	}
}
