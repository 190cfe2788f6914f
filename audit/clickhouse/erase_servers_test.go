//go:build servers

package clickhouse_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/clickhouse"
	"github.com/mycarerecord/mcr/audit/proof"
	"github.com/mycarerecord/mcr/audit/retention"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/audit/trailtest"
	"github.com/mycarerecord/mcr/internal/servers"
)

// secrets are what must be gone when a patient's details are.
var secrets = []string{"SALTofBertram", "beefbeefbeefbeef00000000000000000000000000000000000000000000beef", "enc2:shownBertram", "Observation/bertram-7", "bertram's reason", "nhs-of-bertram", "perm-bertram", "q-bertram"}

// chronicle is a chain of records, every tenth about one patient, in a store.
type chronicle struct {
	t     *testing.T
	dir   string // of the server
	store *clickhouse.Store
	all   []spool.Entry
	prev  spool.Hash
	begin time.Time
}

// ownServer is a server for one test, whose files are looked through or which is killed.
func ownServer(t *testing.T) (*servers.ClickHouse, string) {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "server")
	own, err := servers.StartClickHouse(t.Context(), dir, "")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { own.Stop() })
	return own, dir
}

// newChronicle writes n records, one an hour, of which the first half is in parts with a
// file for each column.
func newChronicle(t *testing.T, store *clickhouse.Store, n int) *chronicle {
	t.Helper()
	c := &chronicle{t: t, store: store, begin: time.Date(2016, 3, 1, 8, 0, 0, 0, time.UTC)}
	for i := range n {
		r := &audit.Record{
			Schema: 1, ID: fmt.Sprintf("id-%06d", i), Broker: "wend-1", TimeIn: c.begin.Add(time.Duration(i) * time.Hour), Outcome: audit.Released, Reasons: []string{"permission-to-view"},
			Action: "view", UserID: "user-of-record", UserOrg: "RXA01", Source: "gp-riverside", SourceOrg: "A81001", Salt: "another", TraceID: "4bf92f3577b34da6a3ce929d0e0e4736",
			PatientHMAC: trailtest.HMAC(i%7 + 1),
		}
		if i%10 == 3 {
			r.Salt, r.PatientHMAC, r.PatientShown, r.Resources, r.EmergencyReason = secrets[0], secrets[1], secrets[2], []string{secrets[3]}, secrets[4]
			r.Permission, r.Query, r.Input = secrets[6], secrets[7], []byte(`{"patient":"`+secrets[5]+`"}`)
		}
		c.add(r)
	}
	c.deliver(0, n/2)
	clickhouse.Exec(t, store, `ALTER TABLE records MODIFY SETTING min_bytes_for_wide_part = 0`)
	clickhouse.Exec(t, store, `OPTIMIZE TABLE records FINAL`)
	clickhouse.Exec(t, store, `ALTER TABLE records MODIFY SETTING min_bytes_for_wide_part = 268435456`)
	c.deliver(n/2, n)
	return c
}

func (c *chronicle) add(r *audit.Record) {
	e := spool.Entry{Seq: uint64(len(c.all) + 1), Payload: audit.AppendJSON(nil, r)}
	e.Hash = spool.Link(c.prev, e.Seq, e.Payload)
	c.all, c.prev = append(c.all, e), e.Hash
}

func (c *chronicle) deliver(from, to int) {
	c.t.Helper()
	for some := range slices.Chunk(c.all[from:to], 500) {
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
	c.deliver(len(c.all)-1, len(c.all))
}

// bertram gives the entries of the patient's records.
func (c *chronicle) bertram() (of []spool.Entry) {
	for _, e := range c.all {
		if strings.Contains(string(e.Payload), secrets[0]) {
			of = append(of, e)
		}
	}
	return of
}

func (c *chronicle) receipt(of []spool.Entry) {
	r := retention.Erasure{Whose: audit.OfPatient}
	for _, e := range of {
		named, err := retention.Name("wend-1", e, audit.OfPatient)
		if err != nil {
			c.t.Fatal(err)
		}
		r.Records = append(r.Records, named)
	}
	c.act(audit.EraseAction, retention.Receipt{Erasure: &r})
}

func (c *chronicle) replacements(of []spool.Entry) (all []retention.Replacement) {
	c.t.Helper()
	for _, e := range of {
		document, err := retention.EraseDetails(e.Payload, audit.OfPatient)
		if err != nil {
			c.t.Fatal(err)
		}
		all = append(all, retention.Replacement{Seq: e.Seq, Hash: e.Hash, Document: document})
	}
	return all
}

func (c *chronicle) erase(of []spool.Entry) {
	c.t.Helper()
	if err := c.store.Erase(c.t.Context(), "wend-1", c.replacements(of)); err != nil {
		c.t.Fatal(err)
	}
}

// verified verifies, and wants these findings.
func (c *chronicle) verified(what string, want ...string) proof.Report {
	c.t.Helper()
	r, err := proof.Verify(c.t.Context(), c.store, "wend-1")
	if err != nil {
		c.t.Fatal(err)
	}
	var got []string
	for _, f := range r.Findings {
		got = append(got, fmt.Sprint(f.Kind, " ", f.First, " ", f.Last))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		c.t.Errorf("%s (-want +got):\n%s", what, diff)
	}
	return r
}

func (c *chronicle) gone(what string) {
	c.t.Helper()
	if found := onDisk(c.t, c.dir, secrets...); len(found) > 0 {
		c.t.Errorf("%s: on the disk still: %v", what, found)
	}
}

func (c *chronicle) digests() []audit.Digest {
	c.t.Helper()
	all, err := c.store.Digests(c.t.Context(), "wend-1", 1, 3000, audit.BlockRecords)
	if err != nil {
		c.t.Fatal(err)
	}
	return all
}

// Nothing of the erased details is left in any file of the server, not in dictionaries,
// masked rows and parts of before either; the proofs hold, and a delivery of the old rows
// brings nothing back.
func TestServersClickHouseErasedDetailsAreGoneFromTheDisk(t *testing.T) {
	own, dir := ownServer(t)
	c := newChronicle(t, openAt(t, own.Native, "mcr"), 1500)
	c.dir = dir
	of := c.bertram()
	c.receipt(of)
	found := onDisk(t, dir, secrets...)
	for _, file := range []string{"packed.bin", "patient_hmac.dict.bin", "data.bin"} {
		if !slices.ContainsFunc(slices.Collect(maps.Keys(found)), func(path string) bool { return strings.HasSuffix(path, file) }) {
			t.Fatalf("no %s holds what is looked for before: looking for it proves nothing: %v", file, found)
		}
	}
	digests := c.digests()
	// Somebody hid a row of the patient lightly, of another chain.
	masked := trailtest.Records("masked-1", 1)[0]
	masked.Salt = secrets[0]
	if err := c.store.Deliver(t.Context(), trailtest.Batch(t, "masked-1", trailtest.Chain(masked))); err != nil {
		t.Fatal(err)
	}
	clickhouse.Exec(t, c.store, `DELETE FROM records WHERE broker = 'masked-1'`)

	other := c.replacements(of)
	other[7].Hash[0]++
	if err := c.store.Erase(t.Context(), "wend-1", other); err == nil || !strings.Contains(err.Error(), fmt.Sprintf("record %d is not there as it was", other[7].Seq)) {
		t.Errorf("another hash: %v", err)
	}
	if n := clickhouse.Text(t, c.store, `SELECT toString(countIf(erased != 0)) FROM records`); n != "0" {
		t.Errorf("%s rows were changed by an erasure that failed", n)
	}
	c.verified("not erased", undone(of)...)
	c.erase(of)
	c.gone("erased")
	if r := c.verified("erased"); r.Erased != uint64(len(of)) {
		t.Errorf("%d records are erased, want %d", r.Erased, len(of))
	}
	entries, err := c.store.Entries(t.Context(), "wend-1", 0, 3000)
	if err != nil || len(entries) != len(c.all) {
		t.Fatalf("%d entries, %v", len(entries), err)
	}
	for i, e := range entries {
		if audit.EntryOf(e.Payload) != audit.LeafEntry(c.all[i].Payload) || e.Hash != c.all[i].Hash {
			t.Fatalf("record %d: its leaf or its hash changed", i+1)
		}
	}
	if diff := cmp.Diff(digests, c.digests()); diff != "" {
		t.Errorf("the reconciler's digests changed:\n%s", diff)
	}
	r, err := c.store.Show(t.Context(), "id-000003", audit.Scope{SourceOrg: "A81001"})
	if err != nil || r.Erased == nil || r.UserID != "user-of-record" || r.PatientHMAC != "" || r.Salt != "" {
		t.Errorf("an erased record: %+v, %v", r, err)
	}
	if found, err := c.store.Patient(t.Context(), []string{secrets[1]}, audit.Scope{Limit: 1000}); err != nil || len(found) > 0 {
		t.Errorf("%d records are found by the erased patient, %v", len(found), err)
	}
	if f, err := c.store.Search(t.Context(), audit.Scope{Limit: 5000}, audit.Filter{UserID: "user-of-record"}, ""); err != nil || len(f.Records) != 1500 {
		t.Errorf("%d records of the user, %v", len(f.Records), err)
	}

	// Delivered again, as after a crash: they are there, by their hashes.
	again := trailtest.Batch(t, "wend-1", c.all[:500])
	again.Resent = true
	if err := c.store.Deliver(t.Context(), again); err != nil {
		t.Error(err)
	}
	c.verified("delivered again")
	c.gone("delivered again")
	// A sending that the server carries out late is seen, also after a merge, and erased again.
	clickhouse.Late(t, c.store, trailtest.Batch(t, "wend-1", c.all[:500]))
	c.verified("an old sending came late", undone(of[:50])...)
	clickhouse.Exec(t, c.store, `OPTIMIZE TABLE records FINAL`)
	c.verified("an old sending came late, and was merged", undone(of[:50])...)
}

func undone(of []spool.Entry) (all []string) {
	for _, e := range of {
		all = append(all, fmt.Sprint("undone ", e.Seq, " ", e.Seq))
	}
	return all
}

// The server is killed with an erasure under way, at each step of it that takes time: the
// verification says what is not done, and the same once more finishes it.
func TestServersClickHouseKilledInMidErasure(t *testing.T) {
	own, dir := ownServer(t)
	for _, table := range []string{"by_patient", "records"} {
		t.Run(table, func(t *testing.T) {
			s := openAt(t, own.Native, "mcr_"+table)
			c := newChronicle(t, s, 300)
			c.dir = dir
			of := c.bertram()
			c.receipt(of)
			clickhouse.Exec(t, s, `SYSTEM STOP MERGES `+table) // nor does it delete from it
			ended := make(chan error)
			go func() { ended <- s.Erase(context.WithoutCancel(t.Context()), "wend-1", c.replacements(of)) }()
			for {
				if n, err := clickhouse.Number(t, s, `SELECT count() FROM system.mutations WHERE table = '`+table+`' AND NOT is_done AND database = currentDatabase()`); err != nil || n > 0 {
					break
				}
			}
			c.verified("while it erases", undone(of)...)
			if err := own.Kill(); err != nil {
				t.Fatal(err)
			}
			if err := <-ended; err == nil || errors.Is(err, clickhouse.ErrLeft) {
				t.Errorf("the server was killed: %v", err)
			}
			if err := own.Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			c.erase(of)
			c.verified("once more")
			c.gone("once more")
			if n := clickhouse.Text(t, s, `SELECT toString(count()) FROM by_patient WHERE patient_hmac = '`+secrets[1]+`'`); n != "0" {
				t.Errorf("%s rows of by_patient", n)
			}
		})
	}
}
