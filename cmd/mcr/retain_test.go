package main_test

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/spool"
	"github.com/mycarerecord/mcr/audit/zstd"
)

// Records of long ago go; the receipt says what the log was then, in which their entries
// stay, and the trail is verified against it.
func TestRecordsAreRetiredUnderAReceiptThatSaysWhatTheLogWas(t *testing.T) {
	s := newSite(t, answering("x"), "retention {\naccess 30d\n}")
	s.start()
	if status, _, text, err := s.ask(http.MethodGet, "/fhir/Observation?patient=p1", s.token("u1", "RZ1"), ""); err != nil || status != http.StatusOK {
		t.Fatal(status, text, err)
	}
	s.stop()
	s.recordedLongAgo(3)
	s.start() // the broker delivers them, and its log takes them
	s.comes("they are in the store", func() bool { return len(s.recorded()) == 4 })
	s.stop()

	out, err := s.run("audit", "retain", "--data", "data", "--id", "test", "--by", "A. Officer", "--reason", "their time is over")
	if err != nil || !strings.Contains(out, "2 records in 1 runs are over their period") { // the chain's last stays
		t.Fatalf("%v\n%s", err, out)
	}
	receipt := regexp.MustCompile(`Receipt (\S+) names`).FindStringSubmatch(out)
	if receipt == nil {
		t.Fatal(out)
	}
	if out, err := s.run("audit", "show", receipt[1], "--json"); err != nil || !strings.Contains(out, `"tree":{"log":"mcr/test","entries":4,"root":"`) ||
		!strings.Contains(out, `"periods":{"access":30}`) { // of the Caddyfile
		t.Errorf("the receipt: %v\n%s", err, out)
	}
	// Nobody answered these records here, which is said of their day; it is not what is tried.
	if err := os.RemoveAll(filepath.Join(s.dir, "data", "counts")); err != nil {
		t.Fatal(err)
	}
	if out, err := s.run("audit", "verify"); err != nil || !strings.Contains(out, "were retired, each under a receipt") {
		t.Errorf("verify: %v\n%s", err, out)
	}
}

// recordedLongAgo puts answers of the year 2010 into the spool of a broker that is stopped.
func (s *site) recordedLongAgo(n int) {
	s.t.Helper()
	sp, err := spool.Open(filepath.Join(s.dir, "data", "spool"), spool.Options{Hold: time.Hour, Codec: zstd.Codec{}})
	if err != nil {
		s.t.Fatal(err)
	}
	journal := audit.NewJournal(sp, "test")
	at := time.Date(2010, 3, 2, 12, 0, 0, 0, time.UTC)
	for range n {
		rec := &audit.Record{ID: audit.NewID(), TimeIn: at, TimeOut: at, Outcome: audit.Released, Status: 200, Action: "view", Source: "acute", SourceOrg: "RZ1"}
		err = errors.Join(err, journal.Append(s.t.Context(), rec))
	}
	if err := errors.Join(err, sp.Close()); err != nil {
		s.t.Fatal(err)
	}
}
