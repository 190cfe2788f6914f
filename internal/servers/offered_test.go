//go:build servers

package servers_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// All that the broker says it offers is understood by a server that nobody here
// wrote: each type, each parameter, each order, each include. A search that the
// source refuses would be a 502 to an honest client.
func everythingOffered(t *testing.T, w world) {
	s := newStand(t, w)
	a := w.patients[0]
	var statement struct {
		Rest []struct {
			Resource []struct {
				Type          string
				Interaction   []struct{ Code string }
				SearchParam   []struct{ Name, Type, Documentation string }
				SearchInclude []string
			}
		}
	}
	s.must(json.Unmarshal(s.get(consultant, "/metadata").body, &statement))
	types := 0
	for _, r := range statement.Rest[0].Resource {
		if r.Type == "Consent" || r.Type == "Patient" {
			continue
		}
		if !slices.ContainsFunc(r.Interaction, func(i struct{ Code string }) bool { return i.Code == "search-type" }) {
			continue // read by its id alone
		}
		types++
		base := "/" + r.Type + "?" + byID(a)
		for _, p := range r.SearchParam {
			value := ""
			switch {
			case p.Name == "_sort":
				value = sorted(p.Documentation)
			case strings.HasPrefix(p.Name, "patient"), strings.HasPrefix(p.Name, "subject"):
				continue
			case p.Type == "date":
				value = "ge2001-02-03"
			case p.Name == "_id", p.Type == "reference":
				value = "none"
			case p.Type == "token":
				value = "final"
			default:
				t.Errorf("%s: parameter %s of a type that this test does not know", r.Type, p.Name)
			}
			s.answers200(base + "&" + p.Name + "=" + value)
			if p.Name == "_sort" {
				s.answers200(base + "&_sort=-" + value)
			}
		}
		for _, include := range r.SearchInclude {
			s.answers200(base + "&_include=" + include)
		}
		s.answers200("/" + r.Type + "?" + byNumber(a))
	}
	if types < 15 {
		t.Errorf("%d types are offered", types)
	}
	// Each form of a date that is taken.
	for _, date := range []string{
		"2024", "2024-02", "ge2024-02-29", "sa2024", "eb2024", "eq2024-01-01", "gt2024-01-01T10:00", "lt2024-01-01T10:00:59Z",
		"le2024-01-01T10:00:59.123Z", "2024-01-01T10:00:59%2B01:00", "2024-01-01T10:00-05:30",
	} {
		s.answers200("/Observation?" + byID(a) + "&date=" + date)
	}
}

// sorted is the first key that the documentation of _sort names.
func sorted(documentation string) string {
	keys := strings.TrimPrefix(documentation, "Sort by ")
	return strings.TrimRight(strings.Fields(keys)[0], ",.;:")
}

func (s *stand) answers200(target string) {
	s.t.Helper()
	if got := s.get(consultant, target); got.status != http.StatusOK {
		s.t.Errorf("%s: offered, and answered %d %s", got.asked, got.status, reason(got))
	}
}
