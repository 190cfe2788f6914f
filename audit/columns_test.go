package audit_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit"
)

// What a spool holds may be anything: reading its columns ends, and agrees with
// encoding/json where the document is a record.
func FuzzReadColumns(f *testing.F) {
	f.Add(audit.AppendJSON(nil, record()))
	for _, seed := range []string{``, `{`, `{"id"`, `{"id":`, `{"id":"a`, `{"id":"a\\"`, `{"id":"\\u00e9","time_in":"2026-03-02T12:00:00Z"}`, `[1]`, `{"reasons":["a"]}`, `{{}}`, `{"a":]`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		c, err := audit.ReadColumns(doc)
		var r audit.Record
		if err != nil || json.Unmarshal(doc, &r) != nil || !bytes.Equal(audit.AppendJSON(nil, &r), doc) {
			return // not of the journal's writing
		}
		if c.ID != r.ID || !c.TimeIn.Equal(r.TimeIn) || c.Outcome != string(r.Outcome) || c.UserID != r.UserID ||
			c.SourceOrg != r.SourceOrg || c.PatientHMAC != r.PatientHMAC || c.Broker != r.Broker || c.Effect != r.Effect || c.Source != r.Source || c.UserOrg != r.UserOrg {
			t.Errorf("%s\nread as %+v", doc, c)
		}
	})
}

func TestColumnsAreThoseOfTheDocument(t *testing.T) {
	r := record()
	r.UserID, r.Source = "a\"b\\", "gp\n"
	got, err := audit.ReadColumns(audit.AppendJSON(nil, r))
	want := audit.Columns{
		ID: r.ID, Broker: r.Broker, TimeIn: r.TimeIn, Outcome: "released", Effect: "permit", Reason: "permission-to-view",
		UserID: r.UserID, UserOrg: r.UserOrg, SessionID: r.SessionID, Source: r.Source, SourceOrg: r.SourceOrg, PatientHMAC: r.PatientHMAC,
	}
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func BenchmarkReadColumns(b *testing.B) {
	doc := audit.AppendJSON(nil, record())
	b.ReportAllocs()
	b.SetBytes(int64(len(doc)))
	for b.Loop() {
		if _, err := audit.ReadColumns(doc); err != nil {
			b.Fatal(err)
		}
	}
}
