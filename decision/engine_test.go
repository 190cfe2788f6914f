package decision_test

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/decision"
	"github.com/mycarerecord/mcr/decision/policytest"
)

func TestTheReleasePlanComesWithItsClassifier(t *testing.T) {
	e := policytest.Engine(t)
	d := e.Decide(t.Context(), policytest.Consultant(), policytest.Permitted())
	if d.Effect != access.Permit || d.Plan.Classes == nil {
		t.Fatalf("%s, classes %v", d.Effect, d.Plan.Classes)
	}
	if again := e.Decide(t.Context(), policytest.Consultant(), policytest.Permitted()); again.Plan.Classes != d.Plan.Classes {
		t.Error("two decisions of a revision have two classifiers")
	}
	if d.Revision != "test" || len(d.Digest) != 64 {
		t.Error(d.Revision, d.Digest)
	}
}

func TestADecisionIsMadeThoughTheClientHasGone(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if d := policytest.Engine(t).Decide(ctx, policytest.Consultant(), policytest.Permitted()); d.Effect != access.Permit {
		t.Error(d.Effect)
	}
}

func TestReasonsHaveATextEvenWhenTheyAreNotInTheBook(t *testing.T) {
	e := policytest.Engine(t)
	r := e.Reason("opted-out")
	if !strings.HasPrefix(r.Remedy, "Telephone the patient's GP practice") {
		t.Errorf("a remedy without its number: %q", r.Remedy)
	}
	for _, e := range []*decision.Engine{e, decision.NewEngine(nil)} {
		if r := e.Reason("never-heard-of"); r.Code != "never-heard-of" || r.Text == "" || r.Remedy == "" {
			t.Errorf("%+v", r)
		}
	}
}

func TestWhyARuleGaveNoClearAnswerIsLogged(t *testing.T) {
	var out bytes.Buffer
	e := outcome(t, `outcome := {"effect": "deny", "because": {"a": {"x"}}} if to_number("abc") == 1`,
		decision.Options{Log: slog.New(slog.NewTextHandler(&out, nil))})
	e.Decide(t.Context(), policytest.Consultant(), policytest.Permitted())
	if !strings.Contains(out.String(), "to_number") || strings.Contains(out.String(), "9990000018") {
		t.Error(out.String())
	}
}
