package suite_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/registry"
	"github.com/mycarerecord/mcr/registry/intake"
)

// Attack 123: whatever was decided before, a reason without words is not recorded.
func TestAttack123NothingIsRecordedForAReasonWithoutWords(t *testing.T) {
	r := fresh(t)
	for _, nothing := range []string{"", ".", "\u200b", "\u2060\u202e", "\u3164", "aaaa", "123"} {
		q := states(asks(number(1)), access.DeclareEmergency, access.Statement{ReasonCode: "life-threatening", Reason: nothing})
		if _, err := r.Prepare(t.Context(), q, "e1"); !errors.Is(err, registry.ErrStatement) {
			t.Errorf("an emergency for %+q: %v", nothing, err)
		}
		if nothing == "" {
			continue // a purpose need not be given
		}
		q = states(asks(number(1)), access.RecordPermission, access.Statement{Purpose: nothing})
		if _, err := r.Prepare(t.Context(), q, "p1"); !errors.Is(err, registry.ErrStatement) {
			t.Errorf("a permission for %+q: %v", nothing, err)
		}
	}
	for _, nobody := range []string{"", " ", "\u200b", "\u3164", "."} {
		if _, err := intake.Import(t.Context(), r, strings.NewReader(""), as(nobody)); err == nil {
			t.Errorf("an import by %+q was taken", nobody)
		}
	}
	q := states(asks(number(1)), access.DeclareEmergency, access.Statement{ReasonCode: "life-threatening", Reason: "MI"})
	change, err := r.Prepare(t.Context(), q, "e2")
	if err != nil {
		t.Fatal(err)
	}
	change.Rollback()
}

// Attack 109: what is said to have happened lies behind. A period may begin in the
// future, and opens nothing before it does (TestWhatHasNotBegun…).
func TestAttack109AnImportIsToldNothingOfTheFutureAsOfThePast(t *testing.T) {
	who := number(1)
	ahead := "2030-01-01T00:00:00Z"
	for name, line := range map[string]string{
		"an order":             strings.Replace(order("t", who, organisation("RXA01"), "active"), "2026-11-20T09:00:00Z", ahead, 1),
		"an order's end":       strings.Replace(order("t", who, organisation("RXA01"), "completed"), `"status"`, `"meta":{"lastUpdated":"`+ahead+`"},"status"`, 1),
		"a patient's answer":   strings.Replace(yes("c", who, "u1", "RXA01", "active"), "2026-11-20T12:00:00Z", ahead, 1),
		"a patient's no to it": strings.Replace(strings.Replace(yes("c", who, "u1", "RXA01", "active"), "2026-11-20T12:00:00Z", ahead, 1), `"permit"`, `"deny"`, 1),
	} {
		_, err := intake.Import(context.Background(), fresh(t), strings.NewReader(line), as("tester"))
		var fault *intake.ImportError
		if !asFault(err, &fault) || !strings.Contains(err.Error(), "future") {
			t.Errorf("%s in 2030: %v\n%s", name, err, line)
		}
		line = strings.ReplaceAll(line, ahead, "2026-11-20T09:00:00Z")
		if _, err := intake.Import(context.Background(), fresh(t), strings.NewReader(line), as("tester")); err != nil {
			t.Errorf("%s, of the past: %v", name, err)
		}
	}
}
