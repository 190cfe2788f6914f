package collect_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/nhs"
)

// A professional's program asks all sources at once. One shows the record, the
// other says why it does not.
func Example() {
	gp := &broker{id: "gp-riverside", records: []string{patient("p1"), resource("AllergyIntolerance", "a1", "p1")}}
	acute := &broker{id: "acute-northmoor", refuse: func(string, url.Values) string { return "permission-needed" }}
	var sources []collect.Source
	for _, b := range []*broker{gp, acute} {
		server := httptest.NewServer(http.Handler(b))
		defer server.Close()
		b.base = server.URL + "/" + b.id + "/fhir"
		organisation, _ := nhs.ParseODSCode("Z91001")
		sources = append(sources, collect.Source{ID: b.id, Name: b.id, Organisation: organisation, Broker: b.base})
	}
	collector, err := collect.New(collect.Config{
		Sources: sources, Verifier: &desk{}, Recorder: &desk{}, Protector: &desk{}, // a token.Verifier, an audit.Journal, a protect.Protector
		Reasons: inWords(), // a decision.Engine
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	number, _ := nhs.ParseNumber("9995650088")
	result := collector.Collect(context.Background(), "the-professional's-token", collect.Question{By: someone, Patient: number}, nil)
	for _, part := range result.Parts {
		fmt.Println(part.Source.Name + ": " + part.Status.Text())
		if part.Reason.Remedy != "" {
			fmt.Println("  ", part.Reason.Remedy)
		}
		for _, entry := range part.Entries {
			fmt.Println("  ", entry.Type, entry.ID)
		}
	}
	// Output:
	// gp-riverside: Everything that was asked for is shown.
	//    Patient p1
	//    AllergyIntolerance a1
	// acute-northmoor: This record is not shown to you.
	//    Remedy of permission-needed.
}
