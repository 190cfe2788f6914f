package audit_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mycarerecord/mcr/audit"
)

// decidedOf is what encoding/json reads of a record's document.
func decidedOf(r *audit.Record) audit.Decided {
	return audit.Decided{
		ID: r.ID, TimeIn: r.TimeIn, Effect: r.Effect, Reasons: r.Reasons, Rules: r.Rules, Revision: r.Revision, Digest: r.Digest, Alert: r.Alert,
		UserID: r.UserID, RoleCode: r.RoleCode, RoleName: r.RoleName, UserOrg: r.UserOrg, UserOrgName: r.UserOrgName,
		Source: r.Source, SourceOrg: r.SourceOrg, PatientHMAC: r.PatientHMAC, Action: r.Action, Type: r.ResourceType,
		Erased: r.Erased != nil, Input: r.Input,
	}
}

func FuzzReadDecided(f *testing.F) {
	f.Add("id", "effect", "O'Brien, \"Moll\"\n", `{"facts":{"a":[1,"]}"]}}`, true)
	f.Add("", "permit", "é\u2028", `{}`, false)
	f.Add("x", "", "", ``, false)
	f.Fuzz(func(t *testing.T, id, effect, words, input string, odd bool) {
		r := audit.Record{
			ID: id, TimeIn: record().TimeIn, Effect: effect, Reasons: []string{words, effect}, Rules: []string{words}, UserID: words, UserOrgName: words, Alert: odd, Input: json.RawMessage(input),
		}
		if odd {
			r.Erased = &audit.Erased{}
			r.Reasons = nil
		}
		document := audit.AppendJSON(nil, &r)
		var written audit.Record
		if err := json.Unmarshal(document, &written); err != nil {
			t.Fatal(err)
		}
		got, err := audit.ReadDecided(document)
		if (err != nil) != (written.ID == "") {
			t.Fatalf("%s: %v", document, err)
		}
		if err != nil {
			return
		}
		if diff := cmp.Diff(decidedOf(&written), got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("%s (-encoding/json +read):\n%s", document, diff)
		}
	})
}

func TestReadDecidedOfARecordThatSaysAll(t *testing.T) {
	r := record()
	document, ok := audit.Compact(nil, audit.AppendJSON(nil, r))
	if !ok {
		t.Fatal("a record is no JSON")
	}
	got, err := audit.ReadDecided(document)
	if diff := cmp.Diff(decidedOf(r), got, cmpopts.EquateEmpty()); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
	for _, bad := range []string{"", "[]", `{"id":"x"}`, `{"id":"x","time_in":"2026-03-01T08:00:00Z","reasons":["a"`} {
		if d, err := audit.ReadDecided([]byte(bad)); err == nil {
			t.Errorf("%s: read as %+v", bad, d)
		}
	}
}
