package trail_test

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/proof/signed"
	"github.com/mycarerecord/mcr/audit/trailtest"
	"github.com/mycarerecord/mcr/console/trail"
)

// proofs says what it was asked for.
type proofs struct{ fails error }

func (p proofs) Prove(chain, organisation string, number uint64, document []byte) ([]byte, error) {
	return fmt.Appendf(nil, "proof of %s/%s %d, %d bytes\n", chain, organisation, number, len(document)), p.fails
}

func (p proofs) Heads() []signed.Checkpoint {
	return []signed.Checkpoint{{Origin: "mcr.example/region-1", Size: 42}}
}

func proving(p proofs) option { return func(cfg *trail.Config) { cfg.Proofs = p } }

func TestARecordIsDownloadedWithItsProof(t *testing.T) {
	s := new(trailtest.Memory)
	one, other := trailtest.Records("region-1", 2)[0], trailtest.Records("region-1", 2)[1]
	one.ID, one.SourceOrg, other.ID, other.SourceOrg = "one", "RXA", "other", "A81001"
	deliver(t, s, one, other)
	r := open(t, s, proving(proofs{}))
	if status, _, body := r.ask(t, http.MethodGet, "/console/trail/records/one?format=proof", nil); status != http.StatusOK || !strings.HasPrefix(body, "proof of region-1/ 1, ") {
		t.Errorf("the region's auditor: %d %s", status, body)
	}
	if _, page := r.get(t, "/console/trail/records/one"); !strings.Contains(page, "/console/trail/records/one?format=proof") {
		t.Error("the record's page does not offer it")
	}
	if _, list := r.get(t, "/console/trail/records?format=json"); !strings.Contains(list, `"log": "mcr.example/region-1"`) || !strings.Contains(list, `"entries": 42`) {
		t.Errorf("a list does not say what the log was: %s", list)
	}
	if _, list := r.get(t, "/console/trail/records?format=csv"); !strings.Contains(list, "the log mcr.example/region-1 had 42 entries") {
		t.Errorf("a table does not say what the log was: %s", list)
	}
	// An officer gets it from the log that their own organisation's witness cosigns, of their part.
	r.who = person("RXA")
	if status, body := r.get(t, "/console/trail/records/one?format=proof"); status != http.StatusOK || !strings.HasPrefix(body, "proof of region-1/RXA 1, ") {
		t.Errorf("the holder's officer: %d %s", status, body)
	}
	if look := r.looks.last(t); look.Outcome != audit.Released || !strings.Contains(look.Query, "format=proof") {
		t.Errorf("the look: %+v", look)
	}
	if status, body := r.get(t, "/console/trail/records/other?format=proof"); status != http.StatusNotFound || strings.Contains(body, "proof of") {
		t.Errorf("another's record: %d", status)
	}
	r = open(t, s, proving(proofs{fails: errors.New("altered")}))
	if status, body := r.get(t, "/console/trail/records/one?format=proof"); status != http.StatusNotFound || !strings.Contains(body, "no proof of this record") || strings.Contains(body, "proof of region") {
		t.Errorf("no proof: %d", status)
	}
	r = open(t, s)
	if status, page := r.get(t, "/console/trail/records/one"); status != http.StatusOK || strings.Contains(page, "format=proof") {
		t.Errorf("without logs it is offered: %d", status)
	}
}
