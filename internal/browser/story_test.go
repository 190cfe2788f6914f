//go:build servers

package browser_test

import (
	"strings"
	"testing"
	"time"

	"github.com/mycarerecord/mcr/internal/browser"
	"github.com/mycarerecord/mcr/internal/demo"
)

// find looks a patient up, as far as the page that asks whether it is the right one.
func find(tab *browser.Tab, p demo.DescribedPatient) {
	tab.Open("/patients")
	tab.Fill("NHS number", spaced(p.NHSNumber))
	born, err := time.Parse(time.DateOnly, p.Born)
	if err != nil {
		panic(err)
	}
	tab.Fill("Day", born.Format("2"))
	tab.Fill("Month", born.Format("1"))
	tab.Fill("Year", born.Format("2006"))
	tab.Follow("Find")
}

// confirm says that it is the right patient, and goes on.
func confirm(tab *browser.Tab) {
	tab.Sees("Is this the right patient?")
	if tab.HasField("I have checked that this is the patient in my care") {
		tab.Choose("I have checked that this is the patient in my care")
	} else {
		tab.Choose("The patient told me their full name and date of birth, and they are right")
	}
	tab.Follow("Continue")
}

// mustAsk says whether the page is the one that says what to ask the patient: where the answer
// to an earlier story is still in force, the record is there instead.
func mustAsk(tab *browser.Tab) bool { return strings.HasSuffix(tab.Path(), "/ask") }

// yes records that the patient agreed.
func yes(tab *browser.Tab, why string) {
	tab.Sees("Ask the patient", "You can say")
	tab.Choose("Yes")
	tab.Choose("In person")
	tab.Fill("What do you need the record for?", why)
	tab.Choose("For the next hour")
	tab.Follow("Record the answer")
}

// no records that the patient did not.
func no(tab *browser.Tab) {
	tab.Sees("Ask the patient", "You can say")
	tab.Choose("No")
	tab.Choose("In person")
	tab.Follow("Record the answer")
}

func refOf(t *testing.T, tab *browser.Tab) string {
	t.Helper()
	rest, ok := strings.CutPrefix(tab.Path(), "/patients/")
	if !ok {
		t.Fatalf("at %s, which is about no patient", tab.Path())
	}
	ref, _, _ := strings.Cut(rest, "/")
	return ref
}
