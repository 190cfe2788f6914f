package evidence_test

import (
	"bytes"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/proof/evidence"
	"github.com/mycarerecord/mcr/audit/proof/merkle"
	"github.com/mycarerecord/mcr/audit/proof/policy"
	"github.com/mycarerecord/mcr/audit/proof/signed"
	theirs "github.com/transparency-dev/formats/proof"
	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

func key(of byte) *signed.Key { return signed.NewKey([]byte(strings.Repeat(string(of), 32))) }

func document(i int) []byte {
	return fmt.Appendf(nil, `{"schema":1,"id":"id-%06d","salt":"c2FsdA","outcome":"released"}`, i)
}

const origin = "mcr.example/wend-1"

// made gives the proof of one of n records, and the policy by which it is good.
func made(t testing.TB, n, i int) (evidence.Proof, *policy.Policy) {
	t.Helper()
	l, err := merkle.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for j := range n {
		if err := l.Append(uint64(j+1), audit.LeafEntry(document(j))); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Sync(); err != nil {
		t.Fatal(err)
	}
	size, root := l.Appended()
	c := signed.Checkpoint{Origin: origin, Size: size, Root: root, Tied: true, Chain: "wend-1", Head: signed.Link{Number: uint64(n)}}
	raw, err := c.Sign(key('l'))
	if err != nil {
		t.Fatal(err)
	}
	line, err := key('w').Cosign("w.example", c.Text(), time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC))
	if err != nil {
		t.Fatal(err)
	}
	hashes, err := l.Prove(tlog.Tree{N: size, Hash: root}, int64(i))
	if err != nil {
		t.Fatal(err)
	}
	p, err := policy.Parse([]byte("log " + key('l').LogVerifier(origin) + "\nwitness rxa " + key('w').WitnessVerifier("w.example") + "\nquorum rxa\n"))
	if err != nil {
		t.Fatal(err)
	}
	return evidence.Proof{Extra: document(i), Index: int64(i), Hashes: hashes, Checkpoint: append(raw, line...)}, p
}

func TestAProofIsReadAndToldInWords(t *testing.T) {
	for _, n := range []int{1, 2, 3, 257, 700} {
		for _, i := range []int{0, n / 2, n - 1} {
			p, by := made(t, n, i)
			again, err := evidence.Parse(p.Format())
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(again.Format(), p.Format()) {
				t.Fatalf("read as\n%s", again.Format())
			}
			r, err := evidence.Check(again, by, nil)
			if err != nil || !bytes.Equal(r.Record, document(i)) {
				t.Fatalf("%d of %d: %v", i, n, err)
			}
			for _, says := range []string{
				fmt.Sprintf("entry %d of the log %s, which had %d entries", i, origin, n), "rxa (w.example) cosigned it on Monday 2 March 2026 at 12:00:00 UTC",
			} {
				if !strings.Contains(r.String(), says) {
					t.Errorf("%q is not said: %s", says, r)
				}
			}
		}
	}
}

// A peer's library reads our files, and writes those that we read.
func TestFilesAreThoseOfOthers(t *testing.T) {
	p, _ := made(t, 300, 123)
	var read theirs.TLogProof
	if err := read.Unmarshal(p.Format()); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(read.Marshal(), p.Format()) {
		t.Errorf("they write\n%s\nwe write\n%s", read.Marshal(), p.Format())
	}
	v, err := note.NewVerifier(key('l').LogVerifier(origin))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := note.Open(read.Checkpoint, note.VerifierList(v)); err != nil {
		t.Error(err)
	}
}

func TestWhatIsWrongIsSaid(t *testing.T) {
	p, by := made(t, 300, 123)
	other, _ := made(t, 300, 124)
	with := func(change func(*evidence.Proof)) evidence.Proof {
		q := p
		q.Hashes = append(tlog.RecordProof(nil), p.Hashes...)
		change(&q)
		return q
	}
	for name, one := range map[string]struct {
		proof  evidence.Proof
		record []byte
		is     error
		says   string
	}{
		"record altered": {with(func(q *evidence.Proof) { q.Extra = bytes.Replace(p.Extra, []byte("released"), []byte("refused!"), 1) }), nil, evidence.ErrNotProved, "is not entry 123"},
		"index altered":  {with(func(q *evidence.Proof) { q.Index = 122 }), nil, evidence.ErrNotProved, "is not entry 122"},
		"index beyond":   {with(func(q *evidence.Proof) { q.Index = 300 }), nil, evidence.ErrNotProved, "with 300 entries"},
		"hash altered":   {with(func(q *evidence.Proof) { q.Hashes[0][0] ^= 1 }), nil, evidence.ErrNotProved, "is not entry"},
		"a hash less":    {with(func(q *evidence.Proof) { q.Hashes = q.Hashes[1:] }), nil, evidence.ErrNotProved, "is not entry"},
		"another's":      {with(func(q *evidence.Proof) { q.Hashes = other.Hashes }), nil, evidence.ErrNotProved, "is not entry"},
		"size altered": {with(func(q *evidence.Proof) {
			q.Checkpoint = bytes.Replace(p.Checkpoint, []byte("\n300\n"), []byte("\n301\n"), 1)
		}),
			nil, policy.ErrNotGood, "was altered"},
		"no cosignature": {with(func(q *evidence.Proof) {
			q.Checkpoint = p.Checkpoint[:bytes.Index(p.Checkpoint, []byte("— w.example"))]
		}), nil, policy.ErrNotGood, "did not cosign: rxa"},
		"no record":            {with(func(q *evidence.Proof) { q.Extra = nil }), nil, evidence.ErrNoRecord, "give the record"},
		"another record":       {p, document(124), evidence.ErrNotProved, "not the one in the file"},
		"not of this entry":    {with(func(q *evidence.Proof) { e := audit.LeafEntry(p.Extra); q.Extra = e[:] }), document(124), evidence.ErrNotProved, "not the one that the file is about"},
		"another, without any": {with(func(q *evidence.Proof) { q.Extra = nil }), document(124), evidence.ErrNotProved, "is not entry"},
	} {
		if _, err := evidence.Check(one.proof, by, one.record); !errors.Is(err, one.is) || !strings.Contains(err.Error(), one.says) {
			t.Errorf("%s: %v", name, err)
		}
	}
	entry := audit.LeafEntry(p.Extra)
	p.Extra = entry[:]
	if r, err := evidence.Check(p, by, nil); err != nil || r.Record != nil || !strings.Contains(r.String(), "its entry alone") {
		t.Errorf("of an entry alone: %v, %v", r, err)
	}
	if r, err := evidence.Check(p, by, document(123)); err != nil || r.Record == nil {
		t.Errorf("of an entry with its record: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	p, _ := made(f, 5, 3)
	f.Add(p.Format())
	f.Add([]byte("c2sp.org/tlog-proof@v1\nindex 0\n\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := evidence.Parse(text)
		if err == nil && !bytes.Equal(p.Format(), text) {
			t.Errorf("%q is written again as %q", text, p.Format())
		}
	})
}
