package fhir

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// made is what is read again of a searchset that Filter made.
type made struct {
	Link  []struct{ Relation, URL string }
	Entry []json.RawMessage
}

// NextPage gives the address of the next page in a searchset that Filter made, or "".
func NextPage(searchset []byte) string {
	var m made
	if json.Unmarshal(searchset, &m) != nil {
		return ""
	}
	for _, link := range m.Link {
		if link.Relation == "next" {
			return link.URL
		}
	}
	return ""
}

// Together makes one searchset of those that Filter made for the searches of an
// Everything: each entry once, then what they say of what is not shown, each note
// once, then further OperationOutcomes.
func Together(base string, req Request, searchsets, outcomes [][]byte) ([]byte, error) {
	var entries, notes [][]byte
	seen := map[string]bool{}
	for _, text := range searchsets {
		var m made
		if err := json.Unmarshal(text, &m); err != nil {
			return nil, fmt.Errorf("putting searchsets together: %w", err)
		}
		for _, entry := range m.Entry {
			var is struct {
				FullURL string
				Search  struct{ Mode string }
			}
			if err := json.Unmarshal(entry, &is); err != nil {
				return nil, fmt.Errorf("putting searchsets together: %w", err)
			}
			key, into := is.FullURL, &entries
			if is.Search.Mode == "outcome" {
				key, into = string(entry), &notes
			}
			if !seen[key] {
				seen[key] = true
				*into = append(*into, entry)
			}
		}
	}
	for _, outcome := range outcomes {
		notes = append(notes, fmt.Appendf(nil, `{"resource":%s,"search":{"mode":"outcome"}}`, outcome))
	}
	out := appendBundle(nil, "searchset", selfAddress(base, req), "")
	if all := append(entries, notes...); len(all) > 0 {
		out = append(append(append(out, `,"entry":[`...), bytes.Join(all, []byte{','})...), ']')
	}
	return append(out, '}'), nil
}
