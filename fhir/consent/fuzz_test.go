package consent_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/fhir/consent"
)

// FuzzParseConsent: what is understood is within its bounds, is written and read
// again to the same, and an error says nothing of what was sent.
func FuzzParseConsent(f *testing.F) {
	for _, body := range consentExamples(f) {
		f.Add([]byte(body))
	}
	f.Add([]byte(`{"resourceType":"Consent","status":"active","Status":"inactive"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		c, err := consent.Parse(body, readAt)
		if err != nil {
			var wrong *consent.Error
			if !errors.As(err, &wrong) || !errors.Is(err, consent.ErrProfile) || !strings.HasPrefix(wrong.Element, "Consent") {
				t.Fatalf("error %v", err)
			}
			if diff := cmp.Diff(consent.Consent{}, c, compareNumbers, compareODS); diff != "" {
				t.Fatalf("an error with a Consent:\n%s", diff)
			}
			return
		}
		if c.Patient.IsZero() || c.Organisation.IsZero() || c.UserID == "" || len(c.Purpose) > 500 || len(c.Reason) > 500 {
			t.Fatalf("accepted %+v", c)
		}
		again(t, c)
	})
}

// again writes a Consent as the broker answers it, sends it back as a withdrawal,
// and sees that nothing else changed.
func again(t *testing.T, c consent.Consent) {
	t.Helper()
	id := "019ab5c4-3f10-7c55-a1b2-93f1f0f5a001"
	if c.Permission != "" {
		id = c.Permission
	}
	at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
	answer := consent.JSON(c, id, at)
	if !json.Valid(answer) {
		t.Fatalf("the answer is not JSON: %s", answer)
	}
	if c.Category != consent.PermissionToView || c.Decision != consent.Permit {
		return
	}
	want := c
	want.Status, want.Permission = consent.Inactive, id
	if c.Asked.IsZero() {
		want.Asked = at
	}
	back := strings.Replace(string(answer), `"status":"active"`, `"status":"inactive"`, 1)
	got, err := consent.Parse([]byte(back), readAt)
	if err != nil {
		t.Fatalf("the answer sent back: %v\n%s", err, back)
	}
	if diff := cmp.Diff(want, got, compareNumbers, compareODS); diff != "" {
		t.Fatalf("the answer sent back (-want +got):\n%s", diff)
	}
}
