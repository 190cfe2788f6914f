package fhir_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/fhir"
)

var history = fhir.Request{Interaction: fhir.History, Type: "Observation", ID: "o1"}

// version is an entry of a source's history, with all that a source may put beside it.
func version(id, number, patient, label string) string {
	return `{"fullUrl":"http://source.internal/fhir/Observation/` + id + `","resource":{"resourceType":"Observation","id":"` + id +
		`","meta":{"versionId":"` + number + `","security":[{"system":"` + confidentiality + `","code":"` + label + `"}]},` +
		`"category":[{"coding":[{"system":"` + observationCategory + `","code":"laboratory"}]}],"subject":{"reference":"Patient/` + patient + `"},"valueString":"version ` + number + `"},` +
		`"request":{"method":"PUT","url":"Observation/` + id + `"},"response":{"status":"200 OK","etag":"W/\"CANARY\"","lastModified":"2026-01-01T00:00:00Z"}}`
}

func ofVersions(entries ...string) string {
	return `{"resourceType":"Bundle","type":"history","total":9,"meta":{"lastUpdated":"2026-01-01T00:00:00Z"},"entry":[` + strings.Join(entries, ",") + `]}`
}

// Attacks 24 and 96.
func TestAttack024EachVersionIsJudgedByItself(t *testing.T) {
	const deleted = `{"request":{"method":"DELETE","url":"Observation/o1"},"response":{"status":"204","lastModified":"2026-01-01T00:00:00Z"}}`
	body := ofVersions(version("o1", "5", "p1", "N"), deleted, version("o1", "4", "p2", "N"), version("o1", "3", "p1", "R"),
		version("o2", "2", "p1", "N"), `{"request":{"method":"PUT"}}`, version("o1", "1", "p1", "N"))
	got, err := fhir.Filter([]byte(body), history, owner, permissionPlan(), fhir.Links{Base: "https://broker.example/fhir"})
	if err != nil {
		t.Fatal(err)
	}
	var shown []string
	for _, item := range got.Released {
		shown = append(shown, item.Reference())
	}
	if want := []string{"Observation/o1/_history/5", "Observation/o1/_history/1"}; !slices.Equal(shown, want) {
		t.Errorf("shows %v", shown)
	}
	for why, n := range map[string]int{"other-patient": 1, "label-withheld": 1, "type-not-allowed": 1, "not-understood": 1} {
		if got.Withheld[why] != n {
			t.Errorf("withheld: %v", got.Withheld)
		}
	}
	const entry = `{"fullUrl":"https://broker.example/fhir/Observation/o1","resource":`
	if text := string(got.Body); strings.Count(text, entry) != 2 || !strings.HasPrefix(text,
		`{"resourceType":"Bundle","type":"history","link":[{"relation":"self","url":"https://broker.example/fhir/Observation/o1/_history"}],"entry":[`) ||
		strings.Count(text, `,"request":{"method":"PUT","url":"Observation/o1"},"response":{"status":"200"}}`) != 2 {
		t.Error(text)
	} else {
		for _, never := range []string{"CANARY", "lastModified", "total", "p2", "DELETE", "OperationOutcome", "version 3", "version 4"} {
			if strings.Contains(text, never) {
				t.Errorf("tells %s: %s", never, text)
			}
		}
	}
}

func TestWhatIsNoHistoryOrAnotherVersionIsNotUnderstood(t *testing.T) {
	one := fhir.Request{Interaction: fhir.VRead, Type: "Observation", ID: "o1", Version: "1"}
	resource := func(number string) string {
		_, rest, _ := strings.Cut(version("o1", number, "p1", "N"), `"resource":`)
		rest, _, _ = strings.Cut(rest, `,"request"`)
		return rest
	}
	if got, err := fhir.Filter([]byte(resource("1")), one, owner, permissionPlan(), fhir.Links{}); err != nil || len(got.Released) != 1 {
		t.Errorf("version 1: %v %s", err, got.Body)
	}
	for name, c := range map[string]struct {
		body string
		req  fhir.Request
	}{
		"another version":          {resource("2"), one},
		"no version":               {strings.Replace(resource("1"), `"versionId":"1",`, "", 1), one},
		"a searchset":              {strings.Replace(ofVersions(), "history", "searchset", 1), history},
		"one resource":             {resource("1"), history},
		"a history for one":        {ofVersions(version("o1", "1", "p1", "N")), one},
		"a history, in other case": {strings.Replace(ofVersions(), `"type"`, `"Type"`, 1), history},
	} {
		if got, err := fhir.Filter([]byte(c.body), c.req, owner, permissionPlan(), fhir.Links{}); !errors.Is(err, fhir.ErrNotUnderstood) {
			t.Errorf("%s: %v %s", name, err, got.Body)
		}
	}
}
