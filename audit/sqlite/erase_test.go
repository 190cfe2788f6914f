package sqlite_test

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/proof"
	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/reconcile"
	"github.com/mycarerecord/mcr/audit/retention"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/audit/sqlite"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// secrets are what must be gone when a patient's details are.
var secrets = []string{"SALTofBertram", "beefbeefbeefbeef00000000000000000000000000000000000000000000beef", "enc2:shownBertram", "Observation/bertram-7", "bertram's reason", "nhs-of-bertram", "perm-bertram", "q-bertram"}

// chronicle is a chain of n records, every tenth about one patient, in a store.
type chronicle struct {
	t     *testing.T
	path  string
	store *sqlite.Store
	all   []spool.Entry
	prev  spool.Hash
	begin time.Time
}

func newChronicle(t *testing.T, n int) *chronicle {
	c := &chronicle{t: t, path: filepath.Join(t.TempDir(), "trail.db"), begin: time.Date(2016, 3, 1, 8, 0, 0, 0, time.UTC)}
	var err error
	if c.store, err = sqlite.Open(t.Context(), c.path); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.store.Close() })
	for i := range n {
		r := &audit.Record{
			Schema: 1, ID: fmt.Sprintf("id-%06d", i), Broker: "wend-1", TimeIn: c.begin.Add(time.Duration(i) * time.Hour), Outcome: audit.Released, Reasons: []string{"permission-to-view"},
			Action: "view", UserID: "user-of-record", UserOrg: "RXA01", Source: "gp-riverside", SourceOrg: "A81001", Salt: "another", TraceID: "4bf92f3577b34da6a3ce929d0e0e4736",
			PatientHMAC: trailtest.HMAC(i%7 + 1), Input: []byte(`{"padding":"` + strings.Repeat("x", i%3000) + `"}`),
		}
		if i%10 == 3 {
			r.Salt, r.PatientHMAC, r.PatientShown, r.Resources, r.EmergencyReason = secrets[0], secrets[1], secrets[2], []string{secrets[3]}, secrets[4]
			r.Permission, r.Query, r.Input = secrets[6], secrets[7], []byte(`{"patient":"`+secrets[5]+strings.Repeat("y", i%9000)+`"}`)
		}
		c.add(r)
	}
	c.deliver(0)
	return c
}

func (c *chronicle) add(r *audit.Record) uint64 {
	e := spool.Entry{Seq: uint64(len(c.all) + 1), Payload: audit.AppendJSON(nil, r)}
	e.Hash = spool.Link(c.prev, e.Seq, e.Payload)
	c.all, c.prev = append(c.all, e), e.Hash
	return e.Seq
}

func (c *chronicle) deliver(from int) {
	c.t.Helper()
	for some := range slices.Chunk(c.all[from:], 500) {
		if err := c.store.Deliver(c.t.Context(), trailtest.Batch(c.t, "wend-1", some)); err != nil {
			c.t.Fatal(err)
		}
	}
}

// act writes the record of an act, and delivers it.
func (c *chronicle) act(action string, input any) {
	c.t.Helper()
	r := audit.Act{Action: action, Reason: "test", By: "An Officer", Words: "by order of a court", Input: input}.Record(time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC))
	r.Broker = "wend-1"
	c.add(r)
	c.deliver(len(c.all) - 1)
}

// bertram gives the numbers of the patient's records.
func (c *chronicle) bertram() (numbers []uint64) {
	for _, e := range c.all {
		if bytes.Contains(e.Payload, []byte(secrets[1])) {
			numbers = append(numbers, e.Seq)
		}
	}
	return numbers
}

func (c *chronicle) receipt(numbers ...uint64) { c.receiptOf(audit.OfPatient, numbers...) }

func (c *chronicle) receiptOf(whose audit.Whose, numbers ...uint64) {
	r := retention.Erasure{Whose: whose}
	for _, n := range numbers {
		named, err := retention.Name("wend-1", c.all[n-1], whose)
		if err != nil {
			c.t.Fatal(err)
		}
		r.Records = append(r.Records, named)
	}
	c.act(audit.EraseAction, retention.Receipt{Erasure: &r})
}

func (c *chronicle) erase(numbers ...uint64) {
	c.t.Helper()
	var all []retention.Replacement
	for _, n := range numbers {
		e := c.all[n-1]
		document, err := retention.EraseDetails(e.Payload, audit.OfPatient)
		if err != nil {
			c.t.Fatal(err)
		}
		all = append(all, retention.Replacement{Seq: n, Hash: e.Hash, Document: document})
	}
	if err := c.store.Erase(c.t.Context(), "wend-1", all); err != nil {
		c.t.Fatal(err)
	}
}

func (c *chronicle) findings() []string {
	c.t.Helper()
	r, err := proof.Verify(c.t.Context(), c.store, "wend-1")
	if err != nil {
		c.t.Fatal(err)
	}
	var out []string
	for _, f := range r.Findings {
		out = append(out, fmt.Sprint(f.Kind, " ", f.First, " ", f.Last))
	}
	return out
}

func (c *chronicle) wantFindings(what string, want ...string) {
	c.t.Helper()
	if diff := cmp.Diff(want, c.findings()); diff != "" {
		c.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

// Nothing of the erased details is left anywhere in the file, the proofs hold, and the
// records are found by whom and when as before.
func TestErasedDetailsAreGoneFromTheFileAndTheProofsHold(t *testing.T) {
	c := newChronicle(t, 1500)
	numbers := c.bertram()
	// However documents are kept, their bytes as the file has them must be gone.
	stored := sqlite.Stored(t, c.store, numbers)
	if text, _ := os.ReadFile(c.path); !bytes.Contains(text, stored[0]) {
		t.Fatal("what is looked for does not stand in the file before: looking for it proves nothing")
	}
	before := make([][32]byte, len(c.all))
	for i, e := range c.all {
		before[i] = audit.EntryOf(e.Payload)
	}
	c.receipt(numbers...)
	c.erase(numbers...)
	c.wantFindings("erased under a receipt")

	for _, path := range []string{c.path, c.path + "-journal"} {
		text, err := os.ReadFile(path)
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		for _, secret := range append(stored, []byte(secrets[0]), []byte(secrets[1]), []byte(secrets[4]), []byte(strings.Repeat("y", 40))) {
			if at := bytes.Index(text, secret); at >= 0 {
				t.Errorf("%s: %q stands at byte %d still", filepath.Base(path), secret, at)
			}
		}
	}
	unpacked := sqlite.Unpacked(t, c.store)
	for _, secret := range []string{secrets[0], secrets[1], secrets[4], strings.Repeat("y", 40)} {
		if bytes.Contains(unpacked, []byte(secret)) {
			t.Errorf("%q stands in a block still", secret)
		}
	}
	for i, e := range entriesOf(t, c.store) {
		if i < len(before) && audit.EntryOf(e.Payload) != before[i] || e.Hash != c.all[i].Hash {
			t.Fatalf("record %d: its leaf or its hash changed", i+1)
		}
	}
	r, err := c.store.Show(t.Context(), "id-000003", audit.Scope{SourceOrg: "A81001"})
	if err != nil || r.Erased == nil || r.UserID != "user-of-record" || r.Outcome != audit.Released || r.PatientHMAC != "" || r.Salt != "" {
		t.Errorf("an erased record: %+v, %v", r, err)
	}
	if found, err := c.store.Patient(t.Context(), []string{secrets[1]}, audit.Scope{Limit: 1000}); err != nil || len(found) > 0 {
		t.Errorf("%d records are found by the erased patient, %v", len(found), err)
	}
	found, err := c.store.Search(t.Context(), audit.Scope{Limit: 5000}, audit.Filter{UserID: "user-of-record"}, "")
	if err != nil || len(found.Records) != 1500 {
		t.Errorf("%d records of the user, %v", len(found.Records), err)
	}
	counts, err := c.store.Count(t.Context(), audit.Scope{}, audit.Filter{Measure: audit.Views}, audit.Overall)
	if err != nil || len(counts) != 1 || counts[0].Total != 1500 {
		t.Errorf("counted %+v, %v", counts, err)
	}
	// The spool sends them again: nothing comes back.
	c.deliver(0)
	if text, _ := os.ReadFile(c.path); bytes.Contains(text, []byte(secrets[0])) {
		t.Error("a batch that was sent again brought the details back")
	}
	c.wantFindings("sent again")
	c.shell(`SELECT count(*) FROM record r LEFT JOIN brief b ON b.time_in = r.time_in AND b.key = r.key WHERE b.key IS NULL;
		SELECT count(*) FROM record WHERE patient IS NOT NULL`, "0\n1350\n")
}

// shell asks SQLite's own program, which knows nothing of ours.
func (c *chronicle) shell(questions, want string) {
	c.t.Helper()
	program, err := exec.LookPath("sqlite3")
	if err != nil {
		return
	}
	out, err := exec.Command(program, c.path, `PRAGMA integrity_check; PRAGMA freelist_count; `+questions).Output()
	if want = "ok\n0\n" + want; err != nil || string(out) != want {
		c.t.Errorf("sqlite3 says %q, want %q, %v", out, want, err)
	}
}

func entriesOf(t *testing.T, s *sqlite.Store) (all []spool.Entry) {
	t.Helper()
	for after := uint64(0); ; after = all[len(all)-1].Seq {
		some, err := s.Entries(t.Context(), "wend-1", after, 500)
		if err != nil {
			t.Fatal(err)
		}
		if len(some) == 0 {
			return all
		}
		all = append(all, some...)
	}
}

// An erasure is believed where a receipt of the trail covers it, and nowhere else.
func TestAnErasureWithoutItsReceiptIsAnAlteration(t *testing.T) {
	for name, c := range map[string]struct {
		do   func(c *chronicle, n []uint64)
		want []string
	}{
		"no receipt":            {func(c *chronicle, n []uint64) { c.erase(n[0]) }, []string{"altered 4 4"}},
		"a receipt for another": {func(c *chronicle, n []uint64) { c.receipt(n[1]); c.erase(n[0], n[1]) }, []string{"altered 4 4"}},
		"a receipt for another content": {func(c *chronicle, n []uint64) {
			c.act(audit.EraseAction, retention.Receipt{Erasure: &retention.Erasure{Records: []retention.ErasedEntry{{Chain: "wend-1", Number: 4, Entry: strings.Repeat("00", 32)}}}})
			c.erase(n[0])
		}, []string{"altered 4 4"}},
		"a receipt that was altered": {func(c *chronicle, n []uint64) {
			c.receipt(n[1])
			c.erase(n[0], n[1])
			last := len(c.all)
			e0 := audit.LeafEntry(c.all[3].Payload)
			e1 := audit.LeafEntry(c.all[13].Payload)
			text := strings.Replace(string(c.all[last-1].Payload), fmt.Sprintf(`"number":14,"entry":"%x"`, e1), fmt.Sprintf(`"number":4,"entry":"%x"`, e0), 1)
			c.overwrite(uint64(last), []byte(text))
		}, []string{"altered 4 4", "altered 14 14", "altered 31 31"}},
		"a receipt, and the details are there": {func(c *chronicle, n []uint64) { c.receipt(n...); c.erase(n[1:]...) }, []string{"undone 4 4"}},
		"a second receipt, for who asked, and that is there": {func(c *chronicle, n []uint64) {
			c.receipt(n...)
			c.erase(n...)
			c.receiptOf(audit.OfUser, n[0])
		}, []string{"undone 4 4"}},
		"erased further than the receipt says": {func(c *chronicle, n []uint64) {
			c.receipt(n...)
			c.erase(n...)
			document, _ := retention.EraseDetails(c.all[3].Payload, audit.OfBoth)
			c.overwrite(4, document)
		}, []string{"altered 4 4"}},
		"erased, and altered besides": {func(c *chronicle, n []uint64) {
			c.receipt(n...)
			c.erase(n...)
			document, _ := retention.EraseDetails(c.all[13].Payload, audit.OfPatient)
			c.overwrite(4, document)
		}, []string{"altered 4 4"}},
		"erased, and who asked altered then": {func(c *chronicle, n []uint64) {
			c.receipt(n...)
			c.erase(n...)
			document, _ := retention.EraseDetails(c.all[3].Payload, audit.OfPatient)
			other := bytes.Replace(document, []byte(`"user_id":"`), []byte(`"user_id":"0`), 1)
			if bytes.Equal(other, document) {
				c.t.Fatal("nothing was altered")
			}
			c.overwrite(4, other)
		}, []string{"altered 4 4"}},
		"erased in two steps, as two receipts say": {func(c *chronicle, n []uint64) {
			c.receipt(n[0])
			c.erase(n[0])
			c.receiptOf(audit.OfUser, n[0])
			document, _ := retention.EraseDetails(c.all[3].Payload, audit.OfPatient)
			document, _ = retention.EraseDetails(document, audit.OfUser)
			c.overwrite(4, document)
		}, nil},
		"erased under a receipt of before, which does not say what is left": {func(c *chronicle, n []uint64) {
			named, _ := retention.Name("wend-1", c.all[3], audit.OfPatient)
			named.Left = nil
			c.act(audit.EraseAction, retention.Receipt{Erasure: &retention.Erasure{Whose: audit.OfPatient, Records: []retention.ErasedEntry{named}}})
			c.erase(n[0])
		}, nil},
		"its hash altered": {func(c *chronicle, n []uint64) {
			c.receipt(n...)
			c.erase(n...)
			c.exec(`UPDATE record SET hash = zeroblob(32) WHERE key & 0xFFFFFFFFFFFF = 4`)
		}, []string{"altered 5 5"}},
		"a run retired without a receipt":     {func(c *chronicle, n []uint64) { c.retire(2, 9) }, []string{"missing 2 9"}},
		"more retired than the receipt names": {func(c *chronicle, n []uint64) { c.retiring(2, 9); c.retire(2, 9); c.retire(10, 11) }, []string{"missing 2 11"}},
		"retired with another end": {func(c *chronicle, n []uint64) {
			c.act(audit.RetireAction, retention.Receipt{Retirement: &retention.Retirement{Runs: []retention.RetiredRun{{Chain: "wend-1", First: 2, Last: 9, Hash: strings.Repeat("00", 32)}}}})
			c.retire(2, 9)
		}, []string{"altered 10 10"}},
		"a receipt, and the records are there": {func(c *chronicle, n []uint64) { c.retiring(2, 3) }, []string{"undone 2 2", "undone 3 3"}},
		"retired under receipts":               {func(c *chronicle, n []uint64) { c.retiring(1, 9); c.retiring(20, 22); c.retire(1, 9); c.retire(20, 22) }, nil},
		"erased first and retired then":        {func(c *chronicle, n []uint64) { c.receipt(n...); c.erase(n...); c.retiring(2, 9); c.retire(2, 9) }, nil},
	} {
		t.Run(name, func(t *testing.T) {
			ch := newChronicle(t, 30)
			c.do(ch, ch.bertram())
			ch.wantFindings(name, c.want...)
		})
	}
}

// A receipt in another broker's chain could have been written by whoever writes to the store: what
// rests on it is said apart.
func TestAReceiptInAnotherBrokersChainIsSaid(t *testing.T) {
	c := newChronicle(t, 30)
	receipt := audit.Act{Action: audit.RetireAction, Reason: "test", By: "An Officer", Words: "by order of a court",
		Input: retention.Receipt{Retirement: &retention.Retirement{Runs: []retention.RetiredRun{c.run(2, 9)}}}}.Record(time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC))
	receipt.Broker = "ghost"
	if err := c.store.Deliver(t.Context(), trailtest.Batch(t, "ghost", trailtest.Chain(receipt))); err != nil {
		t.Fatal(err)
	}
	c.retire(2, 9)
	all, err := proof.All(t.Context(), c.store, nil, nil)
	if err != nil || len(all) != 2 {
		t.Fatal(all, err)
	}
	r := all[slices.IndexFunc(all, func(r proof.Report) bool { return r.Broker == "wend-1" })]
	if !r.OK() || r.Retired != 8 || !maps.Equal(r.Elsewhere, map[string]uint64{"ghost": 8}) || !strings.Contains(r.String(), "8 of these have their receipt in ghost") {
		t.Errorf("%v\n%s", err, r)
	}
	if runs, err := reconcile.Receipts(t.Context(), c.store); err != nil || len(runs) > 0 {
		t.Errorf("the reconciler does not miss %v, %v", runs, err)
	}
}

// overwrite puts another document under a number, as who may write the file can.
func (c *chronicle) overwrite(number uint64, document []byte) {
	c.t.Helper()
	sqlite.Overwrite(c.t, c.store, number, document)
}

func (c *chronicle) exec(statement string) {
	c.t.Helper()
	sqlite.Exec(c.t, c.store, statement)
}

func (c *chronicle) retiring(first, last uint64) {
	c.act(audit.RetireAction, retention.Receipt{Retirement: &retention.Retirement{Runs: []retention.RetiredRun{c.run(first, last)}}})
}

func (c *chronicle) run(first, last uint64) retention.RetiredRun {
	return retention.RetiredRun{Chain: "wend-1", First: first, Last: last, Hash: fmt.Sprintf("%x", c.all[last-1].Hash)}
}

func (c *chronicle) retire(first, last uint64) {
	c.t.Helper()
	for range 2 { // once more changes nothing
		if err := c.store.Retire(c.t.Context(), "wend-1", []retention.RetiredRun{c.run(first, last)}); err != nil {
			c.t.Fatal(err)
		}
	}
}

// Records go by class and period, in whole runs, and never under a hold; the rows are
// still counted, and everything else is found.
func TestRecordsAreRetiredByClassAndNeverUnderAHold(t *testing.T) {
	c := newChronicle(t, 1500) // nine hundred hours of 2016
	c.act(audit.HoldAction, retention.HoldInput{Hold: retention.Hold{Patient: []string{secrets[1]}}})
	keys, err := protect.CreateKeys(filepath.Join(t.TempDir(), "keys"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := protect.NewProtector(keys, protect.Encrypted)
	if err != nil {
		t.Fatal(err)
	}
	holds, err := retention.Holds(t.Context(), c.store, p)
	if err != nil || len(holds) != 1 {
		t.Fatal(holds, err)
	}
	since, until := c.begin.Truncate(24*time.Hour), c.begin.AddDate(1, 0, 0)
	before, err := c.store.CountRows(t.Context(), since, until)
	if err != nil {
		t.Fatal(err)
	}
	now := c.begin.Add(1000*time.Hour).AddDate(0, 0, 100)
	plan, err := retention.PlanRetirement(t.Context(), c.store, "wend-1", retention.Periods{retention.AccessClass: 100}, holds, now)
	if err != nil {
		t.Fatal(err)
	}
	if plan.Classes[retention.AccessClass] != 900 || plan.Held != 100 || len(plan.Classes) != 1 || len(plan.Runs) != 101 {
		t.Errorf("planned %v, %d held, %d runs", plan.Classes, plan.Held, len(plan.Runs))
	}
	c.act(audit.RetireAction, retention.Receipt{Retirement: &retention.Retirement{Runs: plan.Runs, Classes: plan.Classes}})
	if err := c.store.Retire(t.Context(), "wend-1", plan.Runs); err != nil {
		t.Fatal(err)
	}
	c.wantFindings("retired")
	r, err := proof.Verify(t.Context(), c.store, "wend-1")
	if err != nil || r.Retired != 900 || r.Records != 602 {
		t.Errorf("%v\n%s", err, r)
	}
	if found, err := c.store.Patient(t.Context(), []string{secrets[1]}, audit.Scope{Limit: 1000}); err != nil || len(found) != 150 {
		t.Errorf("%d records of the patient under a hold, %v", len(found), err)
	}
	after, err := c.store.CountRows(t.Context(), since, until)
	sum := func(all []audit.Rows) (n int64) {
		for _, r := range all {
			n += r.Requests + r.RetiredRequests
		}
		return n
	}
	if err != nil || sum(before) != 1500 || sum(after) != 1500 {
		t.Errorf("rows %d before and %d after, %v", sum(before), sum(after), err)
	}
	c.shell(`SELECT count(*) FROM record; SELECT count(*) FROM brief; SELECT sum(records) FROM retired`, "602\n602\n900\n")
}
