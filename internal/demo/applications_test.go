package demo_test

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/internal/demo"
)

// asApplications asks the demo's brokers as an application does: where to sign in, for
// everything of a patient, for several things at once, and for an older version, which
// the demo's sources do not keep.
func asApplications(t *testing.T, d demo.Description) {
	t.Helper()
	i := slices.IndexFunc(d.Cast, func(m demo.DescribedMember) bool { return m.ID == "own-gp" })
	j := slices.IndexFunc(d.Sources, func(s demo.DescribedSource) bool { return s.ODS == d.Cast[i].Organisation })
	k := slices.IndexFunc(d.Patients, func(p demo.DescribedPatient) bool { return slices.Contains(p.Flags, "own-record") })
	base, token := d.Sources[j].FHIR, bearer(t, d, "own-gp")

	var configuration struct {
		Issuer string `json:"issuer"`
		Token  string `json:"token_endpoint"`
		JWKS   string `json:"jwks_uri"`
	}
	answered(t, http.MethodGet, base+"/.well-known/smart-configuration", "", "", http.StatusOK, &configuration)
	if configuration.Issuer != d.Issuer || configuration.Token != d.TokenEndpoint || configuration.JWKS == "" {
		t.Errorf("the region says that people sign in at %+v, and its issuer is %s %s", configuration, d.Issuer, d.TokenEndpoint)
	}
	if text := answered(t, http.MethodGet, base+"/metadata", "", "", http.StatusOK, nil); !strings.Contains(text, d.TokenEndpoint) || !strings.Contains(text, "oauth-uris") {
		t.Errorf("the capability statement does not say where people sign in: %s", text)
	}

	var patients struct {
		Entry []struct{ Resource struct{ ID string } }
	}
	answered(t, http.MethodGet, base+"/Patient?"+url.Values{"identifier": {"https://fhir.nhs.uk/Id/nhs-number|" + d.Patients[k].NHSNumber}}.Encode(), token, "", http.StatusOK, &patients)
	if len(patients.Entry) == 0 {
		t.Fatalf("%s is not at %s", d.Patients[k].Name, d.Sources[j].ID)
	}
	id := patients.Entry[0].Resource.ID
	everything, status := resources(t, base+"/Patient/"+id+"/$everything", token)
	var alone []string
	for _, kind := range recordTypes {
		name := map[bool]string{true: "_id", false: "patient"}[kind == "Patient"]
		some, _ := resources(t, base+"/"+kind+"?"+name+"="+id+"&_count=200", token)
		alone = append(alone, some...)
	}
	for _, one := range alone {
		if !slices.Contains(everything, one) {
			t.Errorf("everything of %s lacks %s", d.Patients[k].Name, one)
		}
	}
	if status != http.StatusOK || len(alone) < 5 {
		t.Errorf("%d: %d in all, and %d asked for type by type", status, len(everything), len(alone))
	}

	var batch struct {
		Entry []struct{ Response struct{ Status string } }
	}
	answered(t, http.MethodPost, base, token, `{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"Patient/`+id+`"}},`+
		`{"request":{"method":"GET","url":"Condition?patient=`+id+`"}},{"request":{"method":"GET","url":"Observation/no-such/_history/1"}}]}`, http.StatusOK, &batch)
	var statuses []string
	for _, e := range batch.Entry {
		statuses = append(statuses, e.Response.Status)
	}
	if !slices.Equal(statuses, []string{"200 OK", "200 OK", "404 Not Found"}) {
		t.Errorf("a batch is answered %q", statuses)
	}
	answered(t, http.MethodGet, base+"/Patient/"+id+"/_history/1", token, "", http.StatusNotFound, nil)
	answered(t, http.MethodOptions, base+"/Patient/"+id, "", "", http.StatusUnauthorized, nil) // no preflight: no page of any origin
}

// answered asks, sees that the status is as it should be, and reads the answer.
func answered(t *testing.T, method, address, token, body string, status int, into any) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, address, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if token != "" {
		req.Header.Set("Authorization", "Bearer "+token)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/fhir+json")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != status {
		t.Errorf("%s %s: %s, want %d: %v %s", method, address, resp.Status, status, err, text)
	}
	if into != nil {
		if err := json.Unmarshal(text, into); err != nil {
			t.Errorf("%s %s: %v", method, address, err)
		}
	}
	return string(text)
}
