package trail

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/proof/signed"
	"github.com/mycarerecord/mcr/audit/retention"
)

// Proofs proves what stands in the trail to somebody who does not have it.
type Proofs interface {
	// Prove makes the proof file (c2sp.org/tlog-proof) of a record, by its number in its chain
	// and its document as it was written: from the log about an organisation's records, or with
	// "" from that of all.
	Prove(chain, organisation string, number uint64, document []byte) ([]byte, error)
	// Heads gives the newest checkpoints of the logs of all records.
	Heads() []signed.Checkpoint
}

var notProvable = problem{Title: "There is no proof of this record to download here",
	Text: "It was written a few seconds ago, before there were proofs, or by a broker that keeps its logs elsewhere. If none of these " +
		"is so, the record may not be the one that was written.",
	Remedy: "Try again in a minute. Whoever runs the record’s broker can make the proof there (mcr audit prove), and is told why there is none."}

// proof answers with a record and the proof that it stands in the trail's log, in one file.
func (t *Room) proof(ctx context.Context, s audit.Scope, rec *audit.Record, l look) answer {
	body, err := t.prove(ctx, s, rec)
	if err != nil {
		t.cfg.Log.Error("a record could not be proved", "record", rec.ID, "error", err)
		l.outcome, l.reason, l.shown = audit.Failed, "not-proved", 0
		return answer{status: http.StatusNotFound, name: "problem", data: notProvable, look: l}
	}
	return answer{status: http.StatusOK, look: l, file: &file{name: "record-" + fileName(rec.ID) + ".tlog-proof", kind: "text/plain; charset=utf-8", body: body}}
}

func (t *Room) prove(ctx context.Context, s audit.Scope, rec *audit.Record) ([]byte, error) {
	if t.cfg.Proofs == nil {
		return nil, errors.New("no logs are kept here")
	}
	entries, err := t.cfg.Trail.Entries(ctx, rec.Broker, rec.Sequence-1, 1)
	if err != nil {
		return nil, err
	}
	if len(entries) == 0 || entries[0].Seq != rec.Sequence {
		return nil, fmt.Errorf("the chain has no record %d", rec.Sequence)
	}
	organisation := "" // an officer's proof is of the log that their own organisation's witness cosigns
	if s.SourceOrg == rec.SourceOrg {
		organisation = rec.SourceOrg
	}
	return t.cfg.Proofs.Prove(rec.Broker, organisation, rec.Sequence, entries[0].Payload)
}

// heads are what the trail's logs are now: who has them in a file can ask for a proof that the
// trail still holds what it held then.
func (t *Room) heads() []retention.TreeHead {
	heads := []retention.TreeHead{}
	if t.cfg.Proofs == nil {
		return heads
	}
	for _, c := range t.cfg.Proofs.Heads() {
		heads = append(heads, retention.TreeHead{Log: c.Origin, Entries: c.Size, Root: c.Root.String()})
	}
	return heads
}

// noHeads is what a list says instead, where no log is followed or none is published yet.
const noHeads = "Size and root of the trail’s log when this was made: not known here"

// headRows are the same as the last rows of a table.
func headRows(heads []retention.TreeHead) (rows [][]string) {
	if len(heads) == 0 {
		return [][]string{{noHeads}}
	}
	for _, h := range heads {
		rows = append(rows, []string{"When this file was made " + h.String()})
	}
	return rows
}
