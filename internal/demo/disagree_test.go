package demo_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/internal/demo"
)

// recordTypes are the types that the region's sources hold about patients.
var recordTypes = []string{
	"Patient", "AllergyIntolerance", "Appointment", "CarePlan", "CareTeam", "Condition", "DiagnosticReport", "DocumentReference",
	"Encounter", "EpisodeOfCare", "Flag", "Goal", "Immunization", "MedicationRequest", "MedicationStatement", "Observation",
	"Procedure", "QuestionnaireResponse", "RelatedPerson", "ServiceRequest",
}

// wholeRecord compares what a professional of the organisation that holds the
// record sees through the broker with what its source holds: the same, no less
// and no more. It is where the broker's reading of FHIR and the demo's would
// disagree.
func wholeRecord(t *testing.T, region *demo.Region, d demo.Description) {
	t.Helper()
	for _, m := range d.Cast {
		i := slices.IndexFunc(d.Sources, func(s demo.DescribedSource) bool { return s.ODS == m.Organisation })
		for _, p := range d.Patients[:16] {
			for _, kind := range recordTypes {
				name := "patient.identifier"
				if kind == "Patient" {
					name = "identifier"
				}
				query := "/" + kind + "?" + url.Values{name: {"https://fhir.nhs.uk/Id/nhs-number|" + p.NHSNumber}, "_count": {"100"}}.Encode()
				want, status := resources(t, region.Sources()[i].Base+query, "")
				got, code := resources(t, d.Sources[i].FHIR+query, bearer(t, d, m.ID))
				if m.ID == "community-nurse" && slices.Contains(p.Flags, "superseded-number") && len(want) == 0 {
					continue // this source knows him by the old number, under which the broker looks too
				}
				if status != http.StatusOK || code != http.StatusOK {
					t.Errorf("%s, %s, %s: the source answers %d, the broker %d", m.ID, p.Name, kind, status, code)
					continue
				}
				if !slices.Equal(got, want) {
					t.Errorf("%s, %s, %s: the broker releases %v, the source holds %v", m.ID, p.Name, kind, got, want)
				}
			}
		}
	}
}

// resources gives what a searchset holds, as type, id and status of each.
func resources(t *testing.T, address, token string) ([]string, int) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var bundle struct {
		Entry []struct {
			Resource struct {
				ResourceType, ID string
				Code, Category   json.RawMessage
			}
		}
	}
	if err := json.NewDecoder(resp.Body).Decode(&bundle); err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range bundle.Entry {
		out = append(out, fmt.Sprintf("%s/%s %s%s", e.Resource.ResourceType, e.Resource.ID, e.Resource.Code, e.Resource.Category))
	}
	return out, resp.StatusCode
}

var tokens = map[string]string{}

func bearer(t *testing.T, d demo.Description, member string) string {
	t.Helper()
	if tokens[d.Issuer+member] == "" {
		resp, err := http.Post(d.TokenEndpoint, "application/json", strings.NewReader(`{"cast":"`+member+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var answer struct {
			AccessToken string `json:"access_token"`
		}
		if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
			t.Fatal(err)
		}
		tokens[d.Issuer+member] = answer.AccessToken
	}
	return tokens[d.Issuer+member]
}
