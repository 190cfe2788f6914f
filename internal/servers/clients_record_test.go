//go:build servers

package servers_test

import (
	"encoding/json"
	"maps"
	"net/http"
	"os"
	"strings"
)

// holdRecord puts the clients' record on HAPI itself: clients/record.json, in which
// p1 has seven observations that may be shown and one that may not (o8), and p2 is
// somebody else. Some of it has been changed since, so that there are versions.
func (s *stand) holdRecord() {
	s.t.Helper()
	text, err := os.ReadFile("clients/record.json")
	s.must(err)
	record := strings.NewReplacer("{number of p1}", s.patients[0].Number.Digits(), "{number of p2}", s.patients[1].Number.Digits()).Replace(string(text))
	s.toHAPI(http.MethodPost, "", record)
	var bundle struct {
		Entry []struct{ Resource object }
	}
	s.must(json.Unmarshal([]byte(record), &bundle))
	for _, e := range bundle.Entry {
		for _, change := range changes[name(e.Resource)] {
			maps.Copy(e.Resource, change)
			s.toHAPI(http.MethodPut, name(e.Resource), s.encoded(e.Resource))
		}
	}
}

// changes make a version each.
var changes = map[string][]object{
	"Patient/p1":     {{"active": false}, {"active": true}},
	"Observation/o1": {{"issued": "2026-03-01T12:30:00Z"}},
}
