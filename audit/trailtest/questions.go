package trailtest

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/audit"
)

// own: whatever is asked, what comes is about the organisation's own records, and
// all organisations together see everything once.
func own(t *testing.T, s Kept) {
	deliver(t, s, "region-1", Chain(Records("region-1", 300)...))
	for name, ask := range lists(s, HMAC(3)) {
		all, err := ask(t.Context(), audit.Scope{Limit: 1000})
		if err != nil {
			t.Fatal(err)
		}
		parts := 0
		for _, org := range []string{"A81001", "RXB02", "RXC03", "A8100", "%", "A81001' OR '1'='1"} {
			got, err := ask(t.Context(), audit.Scope{SourceOrg: org, Limit: 1000})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range got {
				if r.SourceOrg != org {
					t.Errorf("%s: %s was shown a record of %s", name, org, r.SourceOrg)
				}
			}
			parts += len(got)
		}
		if parts != len(all) || parts == 0 {
			t.Errorf("%s: the parts have %d records, the whole %d", name, parts, len(all))
		}
	}
}

type ask = func(context.Context, audit.Scope) ([]*audit.Record, error)

func lists(s audit.Trail, hmac string) map[string]ask {
	return map[string]ask{
		"tail": s.Tail, "refused": s.Refused,
		"patient": func(ctx context.Context, sc audit.Scope) ([]*audit.Record, error) {
			return s.Patient(ctx, []string{hmac}, sc)
		},
	}
}

func questions(t *testing.T, s Kept) {
	model := new(Memory)
	for broker, n := range map[string]int{"region-1": 600, "region-2x": 150} {
		all := Chain(Records(broker, n)...)
		for from := 0; from < len(all); from += 150 {
			deliver(t, s, broker, all[from:from+150])
			deliver(t, model, broker, all[from:from+150])
		}
	}
	scopes := map[string]audit.Scope{
		"everything": {Limit: 1 << 20}, "unsaid": {}, "last": {Limit: 1}, "later": {Since: begin.Add(8 * time.Minute), Limit: 7},
		"window": {Since: begin.Add(5 * time.Minute), Until: begin.Add(6 * time.Minute)}, "never": {Since: begin.Add(1000 * time.Hour)},
		"organisation": {SourceOrg: "RXB02", Limit: 40}, "unknown organisation": {SourceOrg: "RXZ99"},
		"user": {UserID: "user-3"}, "both": {SourceOrg: "RXC03", UserID: "user-1", Since: begin.Add(3 * time.Minute), Limit: 500},
	}
	for _, patient := range []int{0, 1, 7} {
		wanted := lists(model, HMAC(patient))
		for name, ask := range lists(s, HMAC(patient)) {
			if patient > 0 && name != "patient" {
				continue
			}
			for scopeName, scope := range scopes {
				want, _ := wanted[name](t.Context(), scope)
				got, err := ask(t.Context(), scope)
				if err != nil {
					t.Fatalf("%s, %s: %v", name, scopeName, err)
				}
				if diff := cmp.Diff(ids(want), ids(got)); diff != "" {
					t.Errorf("%s of patient %d, %s (-want +got):\n%s", name, patient, scopeName, diff)
				}
			}
		}
	}
	for _, id := range []string{"0195f2c0-region-1-000000", "0195f2c0-region-2x-000149"} {
		want, _ := model.Show(t.Context(), id, audit.Scope{})
		got, err := s.Show(t.Context(), id, audit.Scope{})
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("show %s: %v (-want +got):\n%s", id, err, diff)
		}
	}
}

func ids(records []*audit.Record) []string {
	var out []string
	for _, r := range records {
		out = append(out, fmt.Sprintf("%s %d %s", r.ID, r.Sequence, r.TimeIn.Format(time.RFC3339Nano)))
	}
	return out
}
