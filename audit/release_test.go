package audit_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit"
)

func TestARecordTellsOfARelease(t *testing.T) {
	at := time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC)
	is := audit.Release{
		Serial: 7, Revision: "2026-12-01.1", Fingerprint: "f", Author: "Ann", Reason: "the ward asked for it",
		Approvals: []audit.Approval{{By: "Ben", At: at}}, Signer: "publisher", Code: "older", Fault: "too old",
	}
	for _, action := range audit.ReleaseActions {
		rec := is.Did(action, at)
		if audit.ReleaseWords(action) == "" || len(rec.Reasons) != 1 || rec.Reasons[0] == "" {
			t.Errorf("%s: without words, or without a reason: %q", action, rec.Reasons)
		}
		if refused := action == audit.RefuseAction || action == audit.ReturnAction; rec.Alert != refused || (rec.Outcome == audit.Failed) != refused {
			t.Errorf("%s: alert %v, outcome %s", action, rec.Alert, rec.Outcome)
		}
		got, ok := rec.ReleaseOf()
		if diff := cmp.Diff(is, got); !ok || diff != "" {
			t.Errorf("%s: read otherwise than written (-want +got):\n%s", action, diff)
		}
	}
	for _, other := range []*audit.Record{
		{Action: "view", Input: []byte(`{"release":{}}`)}, {Action: audit.AcceptAction}, {Action: audit.AcceptAction, Input: []byte(`{"release":null}`)},
	} {
		if _, ok := other.ReleaseOf(); ok {
			t.Errorf("%s %s: taken for one of a release", other.Action, other.Input)
		}
	}
}
