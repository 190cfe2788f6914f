package suite_test

import (
	"context"
	"errors"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/registry"
)

func TestAChangeHoldsFromItsCommitOnAndNotBefore(t *testing.T) {
	r := fresh(t)
	q := states(asks(number(1)), access.RecordPermission, access.Statement{How: "telephone", Sensitive: true, Sources: []string{"s1"},
		Validity: access.Validity{Until: noon.Add(time.Hour)}})
	dropped, err := r.Prepare(context.Background(), q, "p1")
	if err != nil {
		t.Fatal(err)
	}
	dropped.Rollback()
	dropped.Rollback()
	if err := dropped.Commit(); !errors.Is(err, registry.ErrChangeOver) {
		t.Errorf("committing what was rolled back: %v", err)
	}
	c, err := r.Prepare(context.Background(), q, "p1")
	if err != nil {
		t.Fatal(err)
	}
	if c.ID() != "p1" {
		t.Errorf("id is %q", c.ID())
	}
	if got := gather(r, asks(number(1))).Permissions.State; got != access.Absent {
		t.Errorf("before the commit permissions are %v", got)
	}
	if err := c.Commit(); err != nil {
		t.Fatal(err)
	}
	c.Rollback()
	want := []access.Permission{{ID: "p1", UserID: "u1", Organisation: ods("RXA01"), Given: true, Sources: []string{"s1"}, Sensitive: true,
		How: "telephone", Recorded: noon, Validity: access.Validity{From: noon, Until: noon.Add(time.Hour)}}}
	if diff := cmp.Diff(want, gather(r, asks(number(1))).Permissions.Value, compared); diff != "" {
		t.Errorf("permissions (-want +got):\n%s", diff)
	}
}

func TestANoAfterAYesIsTheLastAnswer(t *testing.T) {
	r := fresh(t)
	q := asks(number(1))
	record(t, r, states(q, access.RecordPermission, access.Statement{}), "p1")
	q.Time = noon.Add(-time.Minute) // another broker's clock is behind
	record(t, r, states(q, access.RecordRefusal, access.Statement{}), "p2")
	got := gather(r, q).Permissions.Value
	if len(got) != 2 || got[0].ID != "p1" || got[1].ID != "p2" || got[1].Given ||
		got[1].Recorded.UnixMilli() <= got[0].Recorded.UnixMilli() {
		t.Errorf("permissions are %+v", got)
	}
}

func TestWithdrawal(t *testing.T) {
	for name, c := range map[string]struct {
		permission string
		err        error
		withdrawn  []string
	}{
		"of the one that it names":           {"p1", nil, []string{"p1"}},
		"of all, when it names none":         {"", nil, []string{"p1", "p2"}},
		"of a colleague's":                   {"p3", registry.ErrNothingToWithdraw, nil},
		"of one's own for another employer":  {"p4", registry.ErrNothingToWithdraw, nil},
		"of one's own for another patient":   {"p5", registry.ErrNothingToWithdraw, nil},
		"of a refusal":                       {"p6", registry.ErrNothingToWithdraw, nil},
		"of one that does not exist":         {"p9", registry.ErrNothingToWithdraw, nil},
		"of one withdrawn already":           {"p7", registry.ErrNothingToWithdraw, nil},
		"of one that the import brought too": {"Consent/y", nil, []string{"Consent/y"}},
	} {
		t.Run(name, func(t *testing.T) {
			r := fresh(t)
			q := asks(number(1))
			if c.permission == "Consent/y" {
				load(t, r, yes("y", number(1), "u1", "RXA01", "active"))
			}
			if c.permission == "p7" {
				record(t, r, states(q, access.RecordPermission, access.Statement{}), "p7")
				record(t, r, states(q, access.Withdraw, access.Statement{Permission: "p7"}), "w7")
			}
			record(t, r, states(q, access.RecordPermission, access.Statement{}), "p1")
			record(t, r, states(q, access.RecordPermission, access.Statement{}), "p2")
			record(t, r, states(by(q, "u2", "RXA01"), access.RecordPermission, access.Statement{}), "p3")
			record(t, r, states(by(q, "u1", "RXB01"), access.RecordPermission, access.Statement{}), "p4")
			record(t, r, states(asks(number(2)), access.RecordPermission, access.Statement{}), "p5")
			record(t, r, states(q, access.RecordRefusal, access.Statement{}), "p6")
			change, err := r.Prepare(context.Background(), states(q, access.Withdraw, access.Statement{Permission: c.permission}), "w1")
			if !errors.Is(err, c.err) {
				t.Fatalf("error is %v", err)
			}
			if err == nil {
				if err := change.Commit(); err != nil {
					t.Fatal(err)
				}
			}
			var withdrawn []string
			for _, p := range gather(r, q).Permissions.Value {
				if p.Withdrawn && p.ID != "p7" {
					withdrawn = append(withdrawn, p.ID)
				}
			}
			if diff := cmp.Diff(c.withdrawn, withdrawn); diff != "" {
				t.Errorf("withdrawn (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnEmergencyIsShortWhateverWasAsked(t *testing.T) {
	r := fresh(t)
	q := states(asks(number(1)), access.DeclareEmergency, access.Statement{ReasonCode: "life-threatening", Reason: "unconscious",
		Validity: access.Validity{From: noon.Add(-24 * time.Hour), Until: noon.Add(1000 * time.Hour)}})
	record(t, r, q, "e1")
	want := access.KnownFact([]access.Emergency{{ID: "e1", UserID: "u1", ReasonCode: "life-threatening", Reason: "unconscious",
		Validity: access.Validity{From: noon, Until: noon.Add(8 * time.Hour)}}})
	if diff := cmp.Diff(want, gather(r, asks(number(1))).Emergencies, compared); diff != "" {
		t.Errorf("emergencies (-want +got):\n%s", diff)
	}
	for name, q := range map[string]access.Question{
		"a colleague":            by(asks(number(1)), "u2", "RXA01"),
		"for another employer":   by(asks(number(1)), "u1", "RXB01"),
		"about somebody else":    asks(number(2)),
		"somebody without an id": by(asks(number(1)), "", "RXA01"),
	} {
		if got := gather(r, q).Emergencies.State; got != access.Absent {
			t.Errorf("%s: emergencies are %v", name, got)
		}
	}
}

func TestAttack110StatementThatIsNotTheAskersOwnIsNotRecorded(t *testing.T) {
	r := fresh(t)
	for name, spoil := range map[string]func(*access.Question){
		"another patient":      func(q *access.Question) { q.Statement.Patient = number(2) },
		"no patient":           func(q *access.Question) { q.Patient, q.Statement.Patient = nhs.Number{}, nhs.Number{} },
		"another professional": func(q *access.Question) { q.Statement.UserID = "u2" },
		"nobody":               func(q *access.Question) { q.Statement.UserID, q.Subject.UserID = "", "" },
		"another organisation": func(q *access.Question) { q.Statement.Organisation = ods("RXB01") },
		"no statement":         func(q *access.Question) { q.Statement = nil },
		"a view":               func(q *access.Question) { q.Action = access.View },
		"an empty source":      func(q *access.Question) { q.Statement.Sources = []string{""} },
		"over before it began": func(q *access.Question) { q.Statement.Validity = access.Validity{From: noon, Until: noon.Add(-1)} },
		"over already":         func(q *access.Question) { q.Statement.Until = noon },
		"longer than a year":   func(q *access.Question) { q.Statement.Until = noon.Add(400 * 24 * time.Hour) },
		"emergency, no reason": func(q *access.Question) { q.Action, q.Statement.ReasonCode = access.DeclareEmergency, "x" },
		"emergency, no code":   func(q *access.Question) { q.Action, q.Statement.Reason = access.DeclareEmergency, "x" },
	} {
		q := states(asks(number(1)), access.RecordPermission, access.Statement{})
		spoil(&q)
		if _, err := r.Prepare(context.Background(), q, "p1"); !errors.Is(err, registry.ErrStatement) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, id := range []string{"", "a/b", "a#b", "a b", number(1).Digits(), "x-" + number(1).Digits()} {
		q := states(asks(number(1)), access.RecordPermission, access.Statement{})
		if _, err := r.Prepare(context.Background(), q, id); !errors.Is(err, registry.ErrStatement) {
			t.Errorf("id %q: %v", id, err)
		}
	}
	// Nothing of all that is left behind, not even a lock.
	record(t, r, states(asks(number(1)), access.RecordPermission, access.Statement{}), "p1")
	q := states(asks(number(2)), access.RecordPermission, access.Statement{})
	if _, err := r.Prepare(context.Background(), q, "p1"); err == nil {
		t.Error("an id was used twice")
	}
}

func TestAPermissionAlwaysHasAnEnd(t *testing.T) {
	r := fresh(t)
	record(t, r, states(asks(number(1)), access.RecordPermission, access.Statement{}), "p1")
	if got := gather(r, asks(number(1))).Permissions.Value[0].Until; !got.Equal(noon.Add(30 * 24 * time.Hour)) {
		t.Errorf("it ends %v", got)
	}
}

func TestPrepareWaitsForTheOneWriterAsLongAsItsContext(t *testing.T) {
	path := filepath.Join(t.TempDir(), "registry.db")
	r, other := open(t, path), open(t, path)
	q := states(asks(number(1)), access.RecordPermission, access.Statement{})
	held, err := r.Prepare(context.Background(), q, "p1")
	if err != nil {
		t.Fatal(err)
	}
	for name, r := range map[string]*registry.Registry{"same handle": r, "another handle": other} {
		ctx, cancel := context.WithTimeout(context.Background(), 30*time.Millisecond)
		if _, err := r.Prepare(ctx, q, "p2"); !errors.Is(err, registry.ErrBusy) {
			t.Errorf("%s: %v", name, err)
		}
		cancel()
		// Reading goes on.
		if got := gather(r, asks(number(1))).Permissions.State; got != access.Absent {
			t.Errorf("%s: permissions are %v", name, got)
		}
	}
	held.Rollback()
	record(t, other, q, "p2")
}

func TestAChangeThatNobodyEndsIsRolledBack(t *testing.T) {
	r := openWith(t, filepath.Join(t.TempDir(), "registry.db"), registry.Options{ChangeTimeout: time.Millisecond})
	q := states(asks(number(1)), access.RecordPermission, access.Statement{})
	lost, err := r.Prepare(context.Background(), q, "p1")
	if err != nil {
		t.Fatal(err)
	}
	next, err := r.Prepare(context.Background(), q, "p2") // gets the lock when the first one is over
	if err != nil {
		t.Fatal(err)
	}
	next.Rollback()
	if err := lost.Commit(); !errors.Is(err, registry.ErrChangeOver) {
		t.Errorf("committing it: %v", err)
	}
}
