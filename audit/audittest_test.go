package audit_test

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/audit"
)

var noon = time.Date(2026, 3, 2, 12, 0, 0, 123_456_789, time.UTC)

// record is one as the broker would write it: about 1.7 KB.
func record() *audit.Record {
	return &audit.Record{
		Schema: audit.SchemaVersion, ID: "0195f2c0-7a3b-7c11-9d2e-0242ac120002", Broker: "region-1",
		TimeIn: noon, TimeOut: noon.Add(12 * time.Millisecond), TraceID: "4bf92f3577b34da6a3ce929d0e0e4736",
		Correlation: []string{"X-Request-ID: 60e0b220-8136-4ca5-ae46-1d97ef59d068"},
		Outcome:     audit.Released, Status: 200, Effect: "permit", Reasons: []string{"permission-to-view"},
		Rules: []string{"permission"}, Revision: "2026-03-01", Digest: strings.Repeat("ab", 32),
		UserID: "555021935107", UserName: "KHAN, Amira (Dr)", RoleCode: "R8000", RoleName: "Clinical Practitioner",
		UserOrg: "RXA01", UserOrgName: "Northmoor Hospitals", Client: "ward-viewer", TokenID: "9f1b7f0e-2f55", SessionID: "b3a1c9d0-77e2",
		Issuer: "https://issuer.example", Assurance: "AAL3", Purpose: "direct-care", ClientIP: "127.0.0.1",
		UserAgent: "curl/8.5.0", PatientHMAC: strings.Repeat("0f", 32), PatientShown: "999*****34",
		Source: "gp-riverside", SourceOrg: "A81001",
		Action: "view", Interaction: "search", ResourceType: "Observation", Query: "Observation?category=laboratory&_count=50",
		Categories: map[string]int{"laboratory": 12}, Types: map[string]int{"Observation": 12},
		Resources: []string{"Observation/1/_history/1", "Observation/2/_history/1", "Observation/3/_history/4"},
		Withheld:  map[string]int{"label-withheld": 2}, SourceStatus: 200, BytesReceived: 4312, BytesReleased: 3977,
		Permission: "perm-1", Relationship: "rel-7",
		Input: json.RawMessage(`{"time":1772452800,"subject":{"user_id":"555021935107","role":"R8000","organisation":"RXA01"},` +
			`"source":{"id":"gp-riverside","organisation":"A81001"},"request":{"action":"view","type":"Observation","categories":["laboratory"]},` +
			`"patient":{"known":true},"facts":{"opt_out":{"state":"absent"},"permissions":{"state":"known","value":[{"id":"perm-1"}]}}}`),
		Spent: audit.Spent{Parse: 3, Token: 2, Gather: 4, Decide: 31, Fetch: 9120, Filter: 12},
	}
}
