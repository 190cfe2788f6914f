//go:build servers

package browser_test

import (
	"bufio"
	"encoding/json"
	"slices"
	"testing"

	"github.com/mycarerecord/mcr/internal/demo"
)

// patient gives a patient for this story alone: in the care of the organisation
// now (or, not so, never known to it), registered at a practice, without anything
// that is particular.
func (w *world) patient(t *testing.T, organisation, practice string, inCare bool) demo.DescribedPatient {
	t.Helper()
	facts, err := w.RegistryNDJSON()
	if err != nil {
		t.Fatal(err)
	}
	cared := map[string]bool{}
	for lines := bufio.NewScanner(facts); lines.Scan(); {
		number, of, lasting := tie(lines.Bytes())
		if of == organisation {
			cared[number] = cared[number] || lasting
		}
	}
	for _, p := range w.Patients[14:] {
		lasting, known := cared[p.NHSNumber]
		if len(p.Flags) == 0 && p.GP == practice && !w.used[p.NHSNumber] && (inCare && lasting || !inCare && !known) {
			w.used[p.NHSNumber] = true
			return p
		}
	}
	t.Fatalf("nobody of %s is left (in the care of %s: %v)", practice, organisation, inCare)
	return demo.DescribedPatient{}
}

// tie reads of a line of the register who is in whose care, and whether it lasts.
func tie(line []byte) (number, organisation string, lasting bool) {
	type identified struct{ Identifier struct{ Value string } }
	var r struct {
		ResourceType, Status string
		Subject, Patient     identified
		ServiceProvider      identified
		ManagingOrganization json.RawMessage
		Performer            json.RawMessage
	}
	if json.Unmarshal(line, &r) != nil {
		return "", "", false
	}
	number = r.Subject.Identifier.Value + r.Patient.Identifier.Value
	lasting = slices.Contains([]string{"active", "in-progress"}, r.Status)
	organisation = r.ServiceProvider.Identifier.Value
	for _, raw := range []json.RawMessage{r.ManagingOrganization, r.Performer} {
		var one identified
		var several []identified
		if json.Unmarshal(raw, &one) == nil {
			organisation += one.Identifier.Value
		} else if json.Unmarshal(raw, &several) == nil && len(several) > 0 {
			organisation += several[0].Identifier.Value
		}
	}
	if r.ResourceType == "Consent" || r.ResourceType == "Person" {
		return "", "", false
	}
	return number, organisation, lasting
}
