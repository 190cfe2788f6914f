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

// compared are the patients whose records are looked at: with entries everywhere,
// with labels, with protected addresses, with two numbers.
var compared = []string{"every-source", "sensitive", "restricted", "superseded-number"}

// wholeRecord compares what a professional of the organisation that holds the
// record sees through the broker with what its source holds: the same, no less
// and no more. It is where the broker's reading of FHIR and the demo's would
// disagree.
func wholeRecord(t *testing.T, region *demo.Region, d demo.Description) {
	t.Helper()
	asked := map[string]bool{} // sources: one of its staff is as good as another
	for _, m := range d.Cast {
		if asked[m.Organisation] {
			continue
		}
		asked[m.Organisation] = true
		i := slices.IndexFunc(d.Sources, func(s demo.DescribedSource) bool { return s.ODS == m.Organisation })
		for _, p := range d.Patients[:14] {
			if !slices.ContainsFunc(p.Flags, func(f string) bool { return slices.Contains(compared, f) }) {
				continue
			}
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
	out, _, status := searchset(t, address, token)
	return out, status
}

// page gives what one page holds, and the address of the next.
func page(t *testing.T, address, token string) (held []string, next string) {
	t.Helper()
	held, next, status := searchset(t, address, token)
	if status != http.StatusOK {
		t.Fatalf("%s: status %d", address, status)
	}
	return held, next
}

func searchset(t *testing.T, address, token string) (out []string, next string, status int) {
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
		Link  []struct{ Relation, URL string }
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
	for _, l := range bundle.Link {
		if l.Relation == "next" {
			next = l.URL
		}
	}
	for _, e := range bundle.Entry {
		out = append(out, fmt.Sprintf("%s/%s %s%s", e.Resource.ResourceType, e.Resource.ID, e.Resource.Code, e.Resource.Category))
	}
	return out, next, resp.StatusCode
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

// everyPage compares the pages that the broker gives with the source's whole
// answer: one kind of source puts its next links at the type, the other at its base.
func everyPage(t *testing.T, region *demo.Region, d demo.Description) {
	t.Helper()
	for member, patient := range map[string]string{"own-gp": "own-record", "consultant": "permission"} {
		i := slices.IndexFunc(d.Cast, func(m demo.DescribedMember) bool { return m.ID == member })
		j := slices.IndexFunc(d.Sources, func(s demo.DescribedSource) bool { return s.ODS == d.Cast[i].Organisation })
		k := slices.IndexFunc(d.Patients, func(p demo.DescribedPatient) bool { return slices.Contains(p.Flags, patient) })
		query := "/Observation?patient.identifier=https://fhir.nhs.uk/Id/nhs-number%7C" + d.Patients[k].NHSNumber
		want, _ := resources(t, region.Sources()[j].Base+query, "")
		var got []string
		pages := 0
		for next := d.Sources[j].FHIR + query + "&_count=3"; next != "" && pages < 20; pages++ {
			if !strings.HasPrefix(next, d.Sources[j].FHIR) || pages > 0 && strings.Contains(next, d.Patients[k].NHSNumber) {
				t.Fatalf("the next link %s is not the broker's own, or names the patient", next)
			}
			var some []string
			some, next = page(t, next, bearer(t, d, member))
			if next != "" { // such a page says that the last one will tell
				if len(some) != 4 || !strings.HasPrefix(some[3], "OperationOutcome/") {
					t.Errorf("%s: a page of three holds %v", member, some)
				}
				some = some[:len(some)-1]
			}
			got = append(got, some...)
		}
		if !slices.Equal(got, want) || pages < 2 {
			t.Errorf("%s: %d pages of the broker hold %v, the source %v", member, pages, got, want)
		}
	}
}
