package audit_test

import (
	"fmt"
	"time"

	"github.com/mycarerecord/mcr/audit"
)

// What a patient is told: not five requests, but one visit.
func ExampleVisits() {
	morning := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	var records []*audit.Record
	for i, source := range []string{"gp-riverside", "acute-northmoor", "county"} {
		records = append(records, &audit.Record{
			TimeIn: morning.Add(time.Duration(i) * time.Second), TraceID: "4bf92f3577b34da6a3ce929d0e0e4736", Action: "view", Outcome: audit.Released,
			UserName: "KHAN, Amira (Dr)", UserID: "555021935107", UserOrg: "RXA01", Source: source, Categories: map[string]int{"medications": 2},
		})
	}
	records[2].Outcome, records[2].Reasons, records[2].Categories = audit.Refused, []string{"no-permission"}, nil
	for _, v := range audit.Visits(records, audit.DefaultGap) {
		fmt.Println(v.From.Format("2 January 15:04"), v.UserName, "asked", v.Sources)
		fmt.Println("saw", v.Categories, "and was refused for", v.Refusals)
	}
	// Output:
	// 2 March 09:00 KHAN, Amira (Dr) asked [acute-northmoor county gp-riverside]
	// saw [medications] and was refused for [no-permission]
}
