package fhirserver

import (
	"encoding/json"
	"net/http"
	"slices"
)

// fail answers an OperationOutcome.
func (s *Server) fail(w http.ResponseWriter, status int, code, text string) {
	body, _ := json.Marshal(map[string]any{ // plain strings always have a JSON form
		"resourceType": "OperationOutcome",
		"issue":        []any{map[string]any{"severity": "error", "code": code, "diagnostics": text}},
	})
	s.write(w, status, body)
}

// metadata is the server's CapabilityStatement.
func (s *Server) metadata() []byte {
	kinds := make([]string, 0, len(typeParams))
	for kind, params := range typeParams {
		if len(params) > 0 { // a Binary is not searched for
			kinds = append(kinds, kind)
		}
	}
	slices.Sort(kinds)
	names := map[kind]string{token: "token", date: "date", reference: "reference"}
	var resources []any
	for _, kind := range kinds {
		params := []any{map[string]any{"name": "_id", "type": "token"}, map[string]any{"name": "_lastUpdated", "type": "date"}}
		var includes []string
		for _, p := range typeParams[kind] {
			params = append(params, map[string]any{"name": p.name, "type": names[p.kind]})
			if p.kind == reference {
				includes = append(includes, kind+":"+p.name)
			}
		}
		resource := map[string]any{
			"type": kind, "searchParam": params,
			"interaction": []any{map[string]any{"code": "read"}, map[string]any{"code": "search-type"}},
		}
		if includes != nil {
			resource["searchInclude"] = includes
		}
		resources = append(resources, resource)
	}
	body, _ := json.Marshal(map[string]any{
		"resourceType": "CapabilityStatement", "status": "active", "kind": "instance", "fhirVersion": "4.0.1",
		"date": "2025-03-31", "format": []string{"application/fhir+json"},
		"software":       map[string]any{"name": s.software},
		"implementation": map[string]any{"description": "A record system of the demo region. Synthetic patients only.", "url": s.base},
		"rest":           []any{map[string]any{"mode": "server", "resource": resources}},
	})
	return body
}
