package record_test

import (
	"fmt"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/page"
	"github.com/mycarerecord/mcr/console/record"
)

// What one source has and another would not say: the second's silence is told.
func ExampleRead() {
	parts := []collect.Part{
		{Source: collect.Source{ID: "gp", Name: "Riverside Surgery"}, Status: collect.Complete, Entries: []collect.Entry{{
			Resource: []byte(`{"resourceType":"AllergyIntolerance","code":{"text":"Penicillin"},"criticality":"high","recordedDate":"2019-05"}`),
		}}},
		{Source: collect.Source{ID: "acute", Name: "St Aldhelm's"}, Status: collect.TimedOut},
	}
	view := record.Read(parts, page.Patient{Born: "1958-02-11", Checked: true}, now)
	for _, l := range view.Summary.Allergies.Current {
		fmt.Printf("%s (%s). %s, %s.\n", l.Title, l.Marks[0].Text, l.Dated(), l.Source.Name)
	}
	for _, s := range view.Summary.Allergies.Account.Unknown {
		fmt.Printf("Not known from %s: %s.\n", s.Source.Name, s.Why)
	}
	// Output:
	// Penicillin (High risk). Recorded May 2019, Riverside Surgery.
	// Not known from St Aldhelm's: did not answer in time.
}
