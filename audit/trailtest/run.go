package trailtest

import (
	"encoding/hex"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
)

// Kept is a store that can be asked.
type Kept interface {
	audit.Store
	audit.Trail
}

// Run tests that a store keeps what audit.Store and audit.Trail promise. open
// gives an empty store and closes it when the test ends.
func Run(t *testing.T, open func(*testing.T) Kept) {
	for name, test := range map[string]func(*testing.T, Kept){
		"an empty trail answers":                                      empty,
		"a batch is there once, however often":                        once,
		"a batch that is partly there is made whole":                  partly,
		"another document is never overwritten":                       conflict,
		"digests tell what is there, however it came":                 digests,
		"two brokers do not mix":                                      brokers,
		"documents come back byte for byte":                           bytes,
		"hostile values are data":                                     hostile,
		"attack 135, an organisation's scope shows its own part only": own,
		"attack 135, no question reaches around the scope":            roundabout,
		"own staff's looks elsewhere are not their organisation's":    looksElsewhere,
		"questions are answered as by the model":                      questions,
		"searches are answered page by page as by the model":          searches,
		"counts are those of the model and lead to their records":     counts,
		"questions that there are not are refused":                    questionsThatThereAreNot,
		"what is counted is what was meant":                           meant,
		"rows are counted as by the model":                            rows,
		"days and hours are those of London's clocks":                 clocks,
		"people have the names that they were recorded under":         people,
		"one trace id of many people is a visit of each":              visitors,
		"visits are those of the model":                               visited,
		"a visit that does not end is given in part":                  visitedForEver,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

var begin = time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)

// Records makes n records of a small region, the same for the same broker.
func Records(broker string, n int) []*audit.Record {
	rnd := rand.New(rand.NewPCG(uint64(len(broker)), uint64(n)))
	records := make([]*audit.Record, n)
	for i := range records {
		outcome := []audit.Outcome{audit.Released, audit.Released, audit.Released, audit.Refused, audit.Failed, audit.Incomplete}[rnd.IntN(6)]
		r := &audit.Record{
			Schema: audit.SchemaVersion, ID: fmt.Sprintf("0195f2c0-%s-%06d", broker, i), Broker: broker,
			// Now and then a slow request is written after a later one.
			TimeIn:  begin.Add(time.Duration(i)*1_234_567*time.Microsecond - time.Duration(rnd.IntN(5))*time.Second),
			Outcome: outcome, Status: 200, Reasons: []string{"permission-to-view", "second"}, Effect: "permit",
			UserID: fmt.Sprintf("user-%d", rnd.IntN(5)), UserOrg: "RXA01",
			Source: "gp-riverside", SourceOrg: []string{"A81001", "RXB02", "RXC03"}[rnd.IntN(3)],
		}
		r.TimeOut = r.TimeIn.Add(12 * time.Millisecond)
		if p := rnd.IntN(12); p > 0 {
			r.PatientHMAC = HMAC(p)
		}
		records[i] = r
	}
	return records
}

// HMAC gives what looks like the HMAC of a patient.
func HMAC(patient int) string {
	return hex.EncodeToString([]byte(fmt.Sprintf("%08x........................", patient*0x9E3779B1&0xFFFFFFFF)))
}

func deliver(t *testing.T, s Kept, broker string, entries []spool.Entry) {
	t.Helper()
	if err := s.Deliver(t.Context(), Batch(t, broker, entries)); err != nil {
		t.Fatal(err)
	}
}

func entries(t *testing.T, s Kept, broker string) []spool.Entry {
	t.Helper()
	var all []spool.Entry
	for after := uint64(0); ; {
		some, err := s.Entries(t.Context(), broker, after, 100)
		if err != nil {
			t.Fatal(err)
		}
		if len(some) == 0 {
			return all
		}
		all = append(all, some...)
		after = some[len(some)-1].Seq
	}
}

// same compares entries, and looks for what differs only when something does: that
// takes seconds under the race detector.
func same(t *testing.T, want, got []spool.Entry) {
	t.Helper()
	if !reflect.DeepEqual(want, got) {
		t.Errorf("entries (-want +got):\n%s", cmp.Diff(want, got))
	}
}

func highest(t *testing.T, s Kept, broker string, want spool.Entry) {
	t.Helper()
	seq, hash, err := s.Highest(t.Context(), broker)
	if err != nil || seq != want.Seq || hash != want.Hash {
		t.Errorf("highest of %s: %d %x, %v; want %d %x", broker, seq, hash[:4], err, want.Seq, want.Hash[:4])
	}
}

func empty(t *testing.T, s Kept) {
	highest(t, s, "region-1", spool.Entry{})
	if _, err := s.Show(t.Context(), "nothing", audit.Scope{}); !errors.Is(err, audit.ErrNotFound) {
		t.Errorf("show: %v", err)
	}
	for name, ask := range lists(s, HMAC(1)) {
		if got, err := ask(t.Context(), audit.Scope{}); err != nil || len(got) != 0 {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	if got, err := s.Brokers(t.Context()); err != nil || len(got) != 0 {
		t.Errorf("brokers: %v, %v", got, err)
	}
}

func once(t *testing.T, s Kept) {
	all := Chain(Records("region-1", 333)...)
	deliver(t, s, "region-1", all[:200])
	highest(t, s, "region-1", all[199])
	b := Batch(t, "region-1", all[:200])
	for _, b.Resent = range []bool{false, true, true} {
		if err := s.Deliver(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	deliver(t, s, "region-1", all[200:])
	deliver(t, s, "region-1", all[332:])
	highest(t, s, "region-1", all[332])
	same(t, all, entries(t, s, "region-1"))
}

func partly(t *testing.T, s Kept) {
	all := Chain(Records("region-1", 50)...)
	deliver(t, s, "region-1", all[:20])
	b := Batch(t, "region-1", all[10:50])
	b.Resent = true
	if err := s.Deliver(t.Context(), b); err != nil {
		t.Fatal(err)
	}
	same(t, all, entries(t, s, "region-1"))
}

func conflict(t *testing.T, s Kept) {
	all := Chain(Records("region-1", 30)...)
	deliver(t, s, "region-1", all[:20])
	records := Records("region-1", 30)
	records[19].UserID = "somebody else"
	other := Batch(t, "region-1", Chain(records...)[15:])
	for _, other.Resent = range []bool{true, false} {
		if err := s.Deliver(t.Context(), other); !errors.Is(err, audit.ErrConflict) {
			t.Errorf("delivering another document: %v", err)
		}
	}
	same(t, all[:20], entries(t, s, "region-1"))
}

func brokers(t *testing.T, s Kept) {
	one, two := Chain(Records("region-1", 20)...), Chain(Records("region-1+2", 30)...)
	deliver(t, s, "region-1", one)
	deliver(t, s, "region-1+2", two)
	highest(t, s, "region-1", one[19])
	highest(t, s, "region-1+2", two[29])
	highest(t, s, "region", spool.Entry{})
	got, err := s.Brokers(t.Context())
	if diff := cmp.Diff([]string{"region-1", "region-1+2"}, got); diff != "" || err != nil {
		t.Errorf("brokers: %v %s", err, diff)
	}
	same(t, two, entries(t, s, "region-1+2"))
}

func bytes(t *testing.T, s Kept) {
	records := Records("region-1", 3)
	records[1].Query = "Observation?x=\u2028\t\x00" + strings.Repeat("é", 1000)
	all := Chain(records...)
	deliver(t, s, "region-1", all)
	same(t, all, entries(t, s, "region-1"))
	got, err := s.Show(t.Context(), records[1].ID, audit.Scope{})
	if err != nil {
		t.Fatal(err)
	}
	records[1].Sequence = 2
	if diff := cmp.Diff(records[1], got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("the record (-want +got):\n%s", diff)
	}
}

func hostile(t *testing.T, s Kept) {
	for i, value := range []string{
		"a\nb\r\n", "a\x00b", `'; DROP TABLE record; --`, `\'); DROP TABLE records; --`, "a\tb\\N", "{x:String}", `"`, "\\", "%_", "é\u2028", "",
	} {
		broker := fmt.Sprintf("region-%d", i)
		r := Records(broker, 1)[0]
		r.UserID, r.SourceOrg, r.UserAgent, r.Reasons = value, value, value, []string{value}
		r.UserOrg, r.RoleCode, r.Source, r.Rules, r.TraceID, r.Revision, r.Action = value, value, value, []string{"permission", value}, value, value, value
		deliver(t, s, broker, Chain(r))
		if value == "" {
			continue
		}
		r.Sequence = 1
		for name, scope := range map[string]audit.Scope{"user": {UserID: value}, "organisation": {SourceOrg: value}} {
			got, err := s.Tail(t.Context(), scope)
			if err != nil {
				t.Fatalf("%q: %v", value, err)
			}
			if diff := cmp.Diff([]*audit.Record{r}, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%q by %s (-want +got):\n%s", value, name, diff)
			}
		}
		hostileFilters(t, s, r, value)
		for _, ask := range []string{r.ID + value, value} {
			if _, err := s.Show(t.Context(), ask, audit.Scope{}); !errors.Is(err, audit.ErrNotFound) {
				t.Errorf("show %q: %v", ask, err)
			}
			if got, err := s.Patient(t.Context(), []string{ask}, audit.Scope{}); err != nil || len(got) > 0 {
				t.Errorf("patient %q: %v, %v", ask, got, err)
			}
			if got, err := s.Search(t.Context(), audit.Scope{}, audit.Filter{ID: ask}, ""); err != nil || len(got.Records) > 0 {
				t.Errorf("search for %q: %v, %v", ask, got, err)
			}
			if seq, _, err := s.Highest(t.Context(), ask); err != nil || seq != 0 {
				t.Errorf("highest %q: %v, %v", ask, seq, err)
			}
		}
	}
}
