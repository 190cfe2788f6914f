package gate_test

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/check"
	"github.com/mycarerecord/mcr/decision/gate"
	"github.com/mycarerecord/mcr/decision/gate/apart"
	"github.com/mycarerecord/mcr/decision/internal/folder"
	"github.com/mycarerecord/mcr/internal/heard"
	"github.com/mycarerecord/mcr/policies"
)

// judgedBy is a gate whose sets somebody else judges, and what it says.
func judgedBy(t *testing.T, judge apart.Judge) (*gate.Gate, *heard.Text, string) {
	t.Helper()
	var log heard.Text
	data := t.TempDir()
	return gate.New(gate.Options{Data: data, Key: []byte(key), Judge: judge, Log: slog.New(slog.NewTextHandler(&log, nil))}), &log, data
}

// What passes in a process of its own is loaded in this one, and sealed.
func TestASetJudgedApartComesIntoForce(t *testing.T) {
	g, log, data := judgedBy(t, apart.Judging())
	set, err := g.AdmitAs(t.Context(), policies.FS, "2026-03")
	if err != nil || set.Revision.Name() != "2026-03" || set.Tests == 0 || set.Cases == 0 {
		t.Fatalf("%+v, %v", set, err)
	}
	if !of(data).Passed(set.Fingerprint) || log.String() != "" {
		t.Errorf("it is not sealed, or something is said: %s", log)
	}
	bad := os.DirFS(edited(t, "testdata/decisions/opt_out.yaml", "decision: refuse", "decision: permit"))
	var refused *gate.Refused
	if _, err := g.Admit(t.Context(), bad); !errors.As(err, &refused) || !refused.Loads || !strings.Contains(err.Error(), "opt_out.yaml") {
		t.Error(err)
	}
}

// Where no verdict comes from elsewhere it is said, and the set is judged here.
func TestWithoutAVerdictFromElsewhereASetIsJudgedHere(t *testing.T) {
	g, log, _ := judgedBy(t, func(context.Context, folder.Held, decision.Options) (check.Verdict, error) {
		return check.Verdict{Loads: true, Tests: 1, Cases: 1}, errors.New("it was killed")
	})
	set, err := g.Admit(t.Context(), policies.FS)
	if err != nil || set.Tests < 2 || set.Revision == nil {
		t.Fatalf("%+v, %v", set, err)
	}
	if !strings.Contains(log.String(), "judged in this process") || !strings.Contains(log.String(), "it was killed") {
		t.Errorf("it is not said: %s", log)
	}
	var refused *gate.Refused
	if _, err := g.Admit(t.Context(), os.DirFS(edited(t, "data/reasons.json", `"opted-out"`, `"opted-ouf"`))); !errors.As(err, &refused) {
		t.Errorf("a broken set: %v", err)
	}
}

// A verdict that nobody waits for, or on what does not load here, lets nothing through.
func TestWhatIsNotJudgedToItsEndIsNotAdmitted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	good := check.Verdict{Loads: true, Tests: 1, Cases: 1}
	g, _, data := judgedBy(t, func(context.Context, folder.Held, decision.Options) (check.Verdict, error) {
		cancel()
		return good, nil
	})
	var refused *gate.Refused
	if set, err := g.Admit(ctx, policies.FS); set != nil || !errors.Is(err, context.Canceled) || errors.As(err, &refused) {
		t.Errorf("%+v, %v", set, err)
	}
	g, _, more := judgedBy(t, func(context.Context, folder.Held, decision.Options) (check.Verdict, error) { return good, nil })
	if set, err := g.Admit(t.Context(), os.DirFS(edited(t, "decision.rego", "package ", "pakage "))); set != nil || !errors.As(err, &refused) {
		t.Errorf("%+v, %v", set, err)
	}
	for _, data := range []string{data, more} {
		if seals, _ := filepath.Glob(filepath.Join(data, "verdicts", "*")); len(seals) > 0 {
			t.Errorf("sealed: %v", seals)
		}
	}
}
