package check_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// described is what mcr demo --describe says, as far as it is used here.
type described struct {
	Issuer, Collect, Console string
	Metrics                  string // the address of what Prometheus asks
	Sources                  []struct{ FHIR string }
	Cast                     []struct{ ID, Organisation string }
	Patients                 []struct {
		NHSNumber string `json:"nhs_number"`
		Flags     []string
	}
}

// story is what the script does not show: a patient with sensitive items is
// asked, says yes, and a source's answer is cut; and the whole record is collected.
func (d described) story() error {
	i := slices.IndexFunc(d.Cast, func(m struct{ ID, Organisation string }) bool { return m.ID == "consultant" })
	answer, err := http.Post(d.Issuer+"/cast/consultant/token", "", nil)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	token := strings.TrimSpace(string(text))
	parts := strings.Split(token, ".")
	if i < 0 || len(parts) != 3 {
		return fmt.Errorf("there is no token for the consultant: %s", answer.Status)
	}
	claims, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return err
	}
	var said struct {
		UID string `json:"uid"`
	}
	if err := json.Unmarshal(claims, &said); err != nil {
		return err
	}
	for _, p := range d.Patients {
		if !slices.Contains(p.Flags, "sensitive") {
			continue
		}
		consent := fmt.Sprintf(`{"resourceType":"Consent","status":"active",
			"scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},
			"category":[{"coding":[{"system":"https://mycarerecord.example/fhir/CodeSystem/consent-category","code":"permission-to-view"}]}],
			"patient":{"identifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":%q}},
			"performer":[{"identifier":{"system":"https://fhir.nhs.uk/Id/sds-user-id","value":%q}}],
			"organization":[{"identifier":{"system":"https://fhir.nhs.uk/Id/ods-organization-code","value":%q}}],
			"extension":[{"url":"https://mycarerecord.example/fhir/StructureDefinition/how-asked","valueCode":"in-person"}],
			"provision":{"type":"permit"}}`, p.NHSNumber, said.UID, d.Cast[i].Organisation)
		search := url.Values{"patient.identifier": {"https://fhir.nhs.uk/Id/nhs-number|" + p.NHSNumber}}
		collect := fmt.Sprintf(`{"resourceType":"Parameters","parameter":[{"name":"identifier","valueIdentifier":{"system":"https://fhir.nhs.uk/Id/nhs-number","value":%q}}]}`, p.NHSNumber)
		for _, base := range d.Sources {
			if !strings.Contains(base.FHIR, "/gp-riverside/") {
				continue
			}
			if err := ask(token, http.MethodPost, base.FHIR+"/Consent", consent, http.StatusCreated); err != nil {
				return err
			}
			if err := ask(token, http.MethodGet, base.FHIR+"/Condition?"+search.Encode(), "", http.StatusOK); err != nil {
				return err
			}
		}
		if err := d.signIn(); err != nil {
			return err
		}
		if err := ask(token, http.MethodPost, d.Collect, `{}`, http.StatusBadRequest); err != nil { // a collection that is refused
			return err
		}
		return ask(token, http.MethodPost, d.Collect, collect, http.StatusOK)
	}
	return fmt.Errorf("no patient of the region has sensitive items")
}

func ask(token, method, address, body string, status int) error {
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Accept", "application/fhir+json")
	if body != "" {
		r.Header.Set("Content-Type", "application/fhir+json")
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err == nil && answer.StatusCode != status {
		err = fmt.Errorf("%s %s: %s: %.300s", method, strings.SplitN(address, "?", 2)[0], answer.Status, text)
	}
	return err
}
