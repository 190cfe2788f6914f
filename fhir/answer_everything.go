package fhir

import (
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
	return m.next()
}

func (m *made) next() string {
	for _, link := range m.Link {
		if link.Relation == "next" {
			return link.URL
		}
	}
	return ""
}

// Together makes one searchset of those that Filter made for the searches of an
// Everything: each entry once, then what they say of what is not shown, each note
// once, then further OperationOutcomes. What it is made of is wiped; the answer is one
// piece of memory, the caller's.
func Together(base string, req Request, searchsets, outcomes [][]byte) ([]byte, error) {
	var entries, notes []json.RawMessage
	defer func() {
		for _, entry := range entries {
			clear(entry)
		}
	}()
	seen, size := map[string]bool{}, 0
	for _, text := range searchsets {
		var m made
		if err := json.Unmarshal(text, &m); err != nil {
			return nil, fmt.Errorf("putting searchsets together: %w", err)
		}
		further := m.next() != ""
		for _, entry := range m.Entry {
			if further && string(entry) == noteEntries[SomeMayBeWithheld] {
				continue // the page that follows tells
			}
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
			if seen[key] {
				clear(entry)
				continue
			}
			seen[key], size = true, size+len(entry)+1
			*into = append(*into, entry)
		}
	}
	for _, outcome := range outcomes {
		note := fmt.Appendf(nil, `{"resource":%s,"search":{"mode":"outcome"}}`, outcome)
		notes, size = append(notes, note), size+len(note)+1
	}
	self := selfAddress(base, req)
	out := appendBundle(make([]byte, 0, size+2*len(self)+160), "searchset", self, "")
	sep := `,"entry":[`
	for _, all := range [][]json.RawMessage{entries, notes} {
		for _, entry := range all {
			out, sep = append(append(out, sep...), entry...), ","
		}
	}
	if sep == "," {
		out = append(out, ']')
	}
	return append(out, '}'), nil
}
