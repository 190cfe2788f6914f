package audit_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/trailtest"
)

// What is counted are the actions that package access names.
func TestMeasuresKnowTheActionsOfAccess(t *testing.T) {
	for action, measure := range map[access.Action]audit.Measure{
		access.View: audit.Views, access.RecordPermission: audit.Given, access.RecordRefusal: audit.Declined,
		access.Withdraw: audit.Withdrawn, access.DeclareEmergency: audit.Emergencies,
	} {
		r := &audit.Record{Action: string(action), Outcome: audit.Released}
		if !measure.Counts(r) {
			t.Errorf("%s does not count %s", measure, action)
		}
		if r.Outcome = audit.Failed; measure.Counts(r) {
			t.Errorf("%s counts a %s that failed", measure, action)
		}
	}
}

// A look at the trail is nothing but a look.
func TestALookIsNeverAView(t *testing.T) {
	for _, action := range []string{audit.LookAtTrail, audit.LookAtRecord, audit.LookAtPatient, "look-at-something-new"} {
		r := &audit.Record{Action: action, Outcome: audit.Released, Interaction: "read", ResourceType: "AuditEvent"}
		for _, m := range audit.Measures() {
			if m.Counts(r) != (m == audit.Looks) {
				t.Errorf("%s: measure %s", action, m)
			}
		}
		if !r.IsLook() {
			t.Errorf("%s is no look", action)
		}
	}
}

func TestMeasuresAndDimensionsThatThereAreNot(t *testing.T) {
	if audit.Measure("view").Known() || audit.Dimension("").Known() || !audit.Everything.Known() {
		t.Error("known and unknown are confused")
	}
	if audit.Measure("view").Counts(record()) || audit.Dimension("rules").Of(record()) != nil {
		t.Error("what there is not counts something")
	}
	if _, err := audit.NewTally(audit.Filter{}, "rules"); !errors.Is(err, audit.ErrQuestion) {
		t.Error(err)
	}
}

func TestNarrowingByDayStaysInsideTheScope(t *testing.T) {
	at := func(s string) time.Time {
		when, err := time.Parse("2006-01-02T15", s)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	for name, c := range map[string]struct {
		scope audit.Scope
		key   string
		want  audit.Scope
	}{
		"everything":  {audit.Scope{}, "2026-03-02", audit.Scope{Since: at("2026-03-02T00"), Until: at("2026-03-03T00")}},
		"in summer":   {audit.Scope{}, "2026-07-02", audit.Scope{Since: at("2026-07-01T23"), Until: at("2026-07-02T23")}},
		"a long day":  {audit.Scope{}, "2026-10-25", audit.Scope{Since: at("2026-10-24T23"), Until: at("2026-10-26T00")}},
		"first day":   {audit.Scope{Since: at("2026-03-02T09")}, "2026-03-02", audit.Scope{Since: at("2026-03-02T09"), Until: at("2026-03-03T00")}},
		"last day":    {audit.Scope{Until: at("2026-03-02T09")}, "2026-03-02", audit.Scope{Since: at("2026-03-02T00"), Until: at("2026-03-02T09")}},
		"other day":   {audit.Scope{Since: at("2026-03-05T00")}, "2026-03-02", audit.Scope{Since: at("2026-03-05T00"), Until: at("2026-03-03T00")}},
		"no such day": {audit.Scope{}, "yesterday", audit.Scope{Since: time.Unix(0, 0), Until: time.Unix(0, 0)}},
	} {
		if got, _ := audit.ByDay.Narrow(c.scope, audit.Filter{}, c.key); !got.Since.Equal(c.want.Since) || !got.Until.Equal(c.want.Until) {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestTheLargestKeysAreKept(t *testing.T) {
	for by, want := range map[audit.Dimension]string{audit.ByUser: "user-249", audit.ByDay: "2026-05-10"} {
		tally, err := audit.NewTally(audit.Filter{}, by)
		if err != nil {
			t.Fatal(err)
		}
		for i := range 250 {
			for range i%250/249 + 1 {
				tally.Add(&audit.Record{UserID: "user-" + string([]byte{'0' + byte(i/100), '0' + byte(i/10%10), '0' + byte(i%10)}), TimeIn: noon.AddDate(0, 0, i)}, 1)
			}
		}
		if got := tally.Counts(); len(got) != audit.MostKeys || by == audit.ByUser && got[0].Key != want || by == audit.ByDay && got[19].Key != want {
			t.Errorf("by %s: %d keys, %v, %v", by, len(got), got[0], got[19])
		}
	}
}

// Any cursor that is read is the one that its place gives.
func FuzzParseCursor(f *testing.F) {
	f.Add(audit.PlaceOf(record()).Cursor())
	f.Add(audit.Place{Broker: "region-1+2", Seq: 1<<64 - 1, TimeIn: time.Unix(-5, 3000)}.Cursor())
	for _, seed := range []string{"", "AQ", "AQAAAAAAAAAAAAAAAAAAAAA", "AgAAAAAAAAAAAAAAAAAAAAA", "AQAAAAAAAAAAAAAAAAAAAAA=", "\x00", "AQAAAAAAAAAAAAAAAAAAAAD_"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p, err := audit.ParseCursor(s)
		if err != nil {
			if !errors.Is(err, audit.ErrCursor) {
				t.Fatal(err)
			}
			return
		}
		if p.Cursor() != s {
			t.Errorf("%q is read as %+v, which is %q", s, p, p.Cursor())
		}
	})
}

// What a kind says of its records is what they say.
func TestTraitsSayWhatTheirRecordsSay(t *testing.T) {
	kinds := map[string]int{}
	for _, r := range trailtest.Mixed("region-1", 2000) {
		kind, trace, err := audit.ReadTraits([]byte("before"), audit.AppendJSON(nil, r))
		if err != nil || trace != r.TraceID || !bytes.HasPrefix(kind, []byte("before{")) {
			t.Fatalf("%s, %q, %v", kind, trace, err)
		}
		kinds[string(kind)]++
		got, err := audit.ParseTraits(kind[6:])
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range audit.Measures() {
			if m.Counts(got) != m.Counts(r) {
				t.Errorf("%s says otherwise of %s", m, kind)
			}
		}
		for _, d := range audit.Dimensions() {
			if d != audit.ByDay && d != audit.ByHourOfWeek && d != audit.ByUser && !slices.Equal(d.Of(got), d.Of(r)) {
				t.Errorf("%s says otherwise of %s", d, kind)
			}
		}
		if got.UserID+got.PatientHMAC+got.ID+got.EmergencyReason != "" || !got.TimeIn.IsZero() {
			t.Errorf("a kind knows what is each record's own: %s", kind)
		}
	}
}

// A document is anything: reading its traits ends, and gives JSON or an error.
func FuzzReadTraits(f *testing.F) {
	f.Add(audit.AppendJSON(nil, record()))
	for _, seed := range []string{``, `{`, `{}`, `{"source"`, `{"source":`, `{"source":"a`, `{"source":"a"}`, `{"withheld":{},"emergency_id":""}`, `{"source":}`, `[1]`, `{{}}`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		kind, _, err := audit.ReadTraits(nil, doc)
		var r audit.Record
		if json.Unmarshal(doc, &r) != nil || !bytes.Equal(audit.AppendJSON(nil, &r), doc) {
			return // not of the journal's writing
		}
		if err != nil {
			t.Fatalf("%v\n%s", err, doc)
		}
		got, err := audit.ParseTraits(kind)
		want := &audit.Record{
			Outcome: r.Outcome, Reasons: r.Reasons, Rules: r.Rules, Revision: r.Revision, Alert: r.Alert, RoleCode: r.RoleCode,
			UserOrg: r.UserOrg, Source: r.Source, SourceOrg: r.SourceOrg, Action: r.Action,
		}
		if err == nil {
			got.Withheld, got.Emergency = nil, ""
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); err != nil || diff != "" {
			t.Errorf("%v (-want +got):\n%s", err, diff)
		}
	})
}

func BenchmarkReadTraits(b *testing.B) {
	doc := audit.AppendJSON(nil, record())
	var kind []byte
	b.ReportAllocs()
	for b.Loop() {
		var err error
		if kind, _, err = audit.ReadTraits(kind[:0], doc); err != nil {
			b.Fatal(err)
		}
	}
}
