package fhir_test

import (
	"encoding/json"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/mycarerecord/mcr/fhir"
)

func TestOutcome(t *testing.T) {
	got := fhir.Outcome("opted-out", "error", "The patient has opted out.", `Telephone "the practice".`, "019ab5c4")
	const want = `{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"forbidden","details":{"coding":[` +
		`{"system":"https://mycarerecord.example/fhir/CodeSystem/reason","code":"opted-out"}],"text":"The patient has opted out."},` +
		`"diagnostics":"Telephone \"the practice\". Record 019ab5c4."}]}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
	bare := string(fhir.Outcome("not-found", "error", "There is no such item.", "", ""))
	if strings.Contains(bare, "diagnostics") || !strings.Contains(bare, `"code":"not-found"`) {
		t.Error(bare)
	}
}

// docs/refusals.md is the page that people read: it must say what the code does.
func TestTheRefusalsPageListsEveryCodeOfThisPackage(t *testing.T) {
	page, err := os.ReadFile("../docs/refusals.md")
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z-]+)` \\| (\\d+) \\| `([a-z-]+)` \\|").FindAllStringSubmatch(string(page), -1) {
		code := row[1]
		listed[code] = true
		if got := fhir.IssueType(code); got != row[3] {
			t.Errorf("%s: issue type %s, the page says %s", code, got, row[3])
		}
		if status, ok := fhir.Codes()[code]; ok && strconv.Itoa(status) != row[2] {
			t.Errorf("%s: status %d, the page says %s", code, status, row[2])
		}
	}
	for code := range fhir.Codes() {
		if !listed[code] {
			t.Errorf("%s is not on the page", code)
		}
	}
}

func TestAttack031TheCapabilityStatementIsTheBrokersOwn(t *testing.T) {
	body := fhir.CapabilityStatement(fhir.Server{
		Base: "https://broker.example/gp-north/fhir", Name: "North Surgery", Version: "1.0.0",
		Date: time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC),
	})
	var got struct {
		ResourceType, Kind, FHIRVersion, Date string
		Implementation                        struct{ URL string }
		Rest                                  []struct {
			Resource []struct {
				Type             string
				Interaction      []struct{ Code string }
				SearchInclude    []string
				SearchRevInclude []string
				SearchParam      []struct{ Name string }
			}
		}
	}
	if err := json.Unmarshal(body, &got); err != nil {
		t.Fatal(err)
	}
	if got.ResourceType != "CapabilityStatement" || got.FHIRVersion != "4.0.1" || got.Date != "2026-11-23T10:00:00Z" ||
		got.Implementation.URL != "https://broker.example/gp-north/fhir" {
		t.Errorf("%+v", got)
	}
	for _, address := range regexp.MustCompile(`https?://[^"\s]+`).FindAllString(string(body), -1) {
		if !strings.HasPrefix(address, "https://broker.example/") && !strings.HasPrefix(address, "http://terminology.hl7.org/") &&
			address != "http://hl7.org/fhir/OperationDefinition/Patient-everything" &&
			!strings.HasPrefix(address, "https://fhir.nhs.uk/Id/nhs-number|") {
			t.Errorf("it names %s", address)
		}
	}
	if len(got.Rest) != 1 || len(got.Rest[0].Resource) < 20 {
		t.Fatal("too little is offered")
	}
	// What it says is offered is offered.
	for _, res := range got.Rest[0].Resource {
		if res.Type == "Consent" && (len(res.Interaction) != 5 || res.Interaction[4].Code != "create") {
			t.Errorf("Consent: %+v", res.Interaction)
		}
		mustParse(t, "/"+res.Type+"/1")
		who := "patient=A"
		if res.Type == "Patient" {
			who = "_id=A"
		}
		if len(res.SearchParam) > 0 {
			mustParse(t, "/"+res.Type+"?"+who+"&_revinclude="+res.SearchRevInclude[0])
		}
		for _, include := range res.SearchInclude {
			mustParse(t, "/"+res.Type+"?"+who+"&_include="+include)
		}
		for _, p := range res.SearchParam {
			accepted := false
			for _, value := range []string{"A", "2024", number, "date", "onset-date", "recorded-date", "authoredon", "effective",
				"authored", "start-date", "sent", "started", "effective-time", "whenhandedover", "collected", "authored-on", "created", "datetime"} {
				for _, prefix := range []string{who + "&", ""} {
					_, refused := fhir.ParseRequest(asked(t, "GET "+base+"/"+res.Type+"?"+prefix+p.Name+"="+value), base)
					accepted = accepted || refused == nil
				}
			}
			if !accepted {
				t.Errorf("%s: %s is said to be offered, and is not", res.Type, p.Name)
			}
		}
	}
	if undated := fhir.CapabilityStatement(fhir.Server{Name: "North Surgery"}); strings.Contains(string(undated), "0001-") {
		t.Error("a statement without a date")
	}
}
