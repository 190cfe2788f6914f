package fhir_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/fhir"
)

const tag = `{"system":"http://terminology.hl7.org/CodeSystem/v3-ObservationValue","code":"SUBSETTED"}`

// shaped reads one resource with a Shape.
func shaped(t *testing.T, typ, resource string, s fhir.Shape) string {
	t.Helper()
	req := fhir.Request{Interaction: fhir.Read, Type: typ, ID: "1", Shape: s}
	got, err := fhir.Filter([]byte(resource), req, owner, permissionPlan(), fhir.Links{Base: brokerBase})
	if err != nil {
		t.Fatal(err)
	}
	return string(got.Body)
}

func TestAPartOfAResourceIsCutFromWhatIsShown(t *testing.T) {
	const observation = `{"resourceType":"Observation","id":"1","meta":{"versionId":"2","tag":[{"code":"x"}]},"implicitRules":"urn:r","language":"en",` +
		`"text":{"status":"generated","div":"<div/>"},"extension":[{"url":"u","valueString":"v"}],"modifierExtension":[{"url":"m","valueString":"v"}],` +
		`"status":"final","_status":{"extension":[{"url":"s","valueString":"v"}]},"code":{"text":"c"},"subject":{"reference":"Patient/p1"},"method":{"text":"m"},` +
		`"valueString":"v","_valueString":{"id":"vs"},"note":[{"text":"n"}],"local":1,` +
		`"component":[{"id":"c1","code":{"text":"cc"},"valueString":"cv","interpretation":[{"text":"i"}]}]}`
	const head = `{"resourceType":"Observation","id":"1","meta":{"versionId":"2","tag":[{"code":"x"},` + tag + `]},"implicitRules":"urn:r",`
	const status = `"modifierExtension":[{"url":"m","valueString":"v"}],"status":"final","_status":{"extension":[{"url":"s","valueString":"v"}]},"code":{"text":"c"}`
	for name, c := range map[string]struct {
		shape fhir.Shape
		want  string
	}{
		"nothing asked": {fhir.Shape{}, observation},
		"summary": {fhir.Shape{Summary: "true"}, head + status + `,"subject":{"reference":"Patient/p1"},` +
			`"valueString":"v","_valueString":{"id":"vs"},"component":[{"id":"c1","code":{"text":"cc"},"valueString":"cv"}]}`},
		"text": {fhir.Shape{Summary: "text"}, head + `"text":{"status":"generated","div":"<div/>"},` + status + `}`},
		"data": {fhir.Shape{Summary: "data"}, strings.Replace(strings.Replace(observation, `"text":{"status":"generated","div":"<div/>"},`, "", 1),
			`{"code":"x"}]`, `{"code":"x"},`+tag+`]`, 1)},
		"elements": {fhir.Shape{Elements: []string{"note", "value"}}, head + status + `,"valueString":"v","_valueString":{"id":"vs"},"note":[{"text":"n"}]}`},
		"the id":   {fhir.Shape{Elements: []string{"id"}}, head + status + `}`},
	} {
		if got := shaped(t, "Observation", observation, c.shape); got != c.want {
			t.Errorf("%s\n got %s\nwant %s", name, got, c.want)
		}
	}
}

func TestAPartIsMarkedWhereverTheSourceHasItsMeta(t *testing.T) {
	for resource, want := range map[string]string{
		`{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1"},"note":[{"text":"n"}]}`: `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1"},"meta":{"tag":[` + tag + `]}}`,
		`{"resourceType":"Condition","id":"1","meta":{},"subject":{"reference":"Patient/p1"}}`:             `{"resourceType":"Condition","id":"1","meta":{"tag":[` + tag + `]},"subject":{"reference":"Patient/p1"}}`,
		`{"resourceType":"Condition","id":"1","meta":{"tag":[]},"subject":{"reference":"Patient/p1"}}`:     `{"resourceType":"Condition","id":"1","meta":{"tag":[` + tag + `]},"subject":{"reference":"Patient/p1"}}`,
		`{"resourceType":"Condition","id":"1","meta":{"source":"http://source.internal/x"},"subject":{"reference":"Patient/p1"}}`: `{"resourceType":"Condition","id":"1",` +
			`"subject":{"reference":"Patient/p1"},"meta":{"tag":[` + tag + `]}}`,
	} {
		if got := shaped(t, "Condition", resource, fhir.Shape{Elements: []string{}}); got != want {
			t.Errorf("%s\n got %s\nwant %s", resource, got, want)
		}
	}
}

// A medicine that stands in a contained resource must not lose its name; one that
// nothing shown refers to goes.
func TestContainedResourcesGoWithWhatRefersToThem(t *testing.T) {
	const request = `{"resourceType":"MedicationRequest","id":"1","contained":[{"resourceType":"Medication","id":"m","code":{"text":"c"}}],` +
		`"status":"active","intent":"order","medicationReference":{"reference":"#m"},"subject":{"reference":"Patient/p1"}}`
	for _, s := range []fhir.Shape{{Summary: "true"}, {Summary: "text"}, {Elements: []string{"id"}}} {
		if got := shaped(t, "MedicationRequest", request, s); !strings.Contains(got, `"contained":[{`) {
			t.Errorf("%+v: %s", s, got)
		}
	}
	const device = `{"resourceType":"Observation","id":"1","contained":[{"resourceType":"Device","id":"d"}],"status":"final","code":{"text":"c"},` +
		`"subject":{"reference":"Patient/p1"},"device":{"reference":"#d"}}`
	if got := shaped(t, "Observation", device, fhir.Shape{Elements: []string{"code"}}); strings.Contains(got, "contained") {
		t.Errorf("%s", got)
	}
	if got := shaped(t, "Observation", device, fhir.Shape{Elements: []string{"device"}}); !strings.Contains(got, "contained") {
		t.Errorf("%s", got)
	}
}

func TestAnInlineDocumentIsInNoSummary(t *testing.T) {
	const document = `{"resourceType":"DocumentReference","id":"1","status":"current","subject":{"reference":"Patient/p1"},` +
		`"content":[{"attachment":{"contentType":"text/plain","data":"AAAA","title":"t"},"format":{"code":"f"}}]}`
	want := `"content":[{"attachment":{"contentType":"text/plain","title":"t"},"format":{"code":"f"}}]`
	if got := shaped(t, "DocumentReference", document, fhir.Shape{Summary: "true"}); !strings.Contains(got, want) {
		t.Errorf("%s", got)
	}
}

// Attacks 54 and 55: a part is no way round the filter. What is withheld whole is
// withheld in part, and nothing that was cut or masked comes back.
func TestAttack054And055APartShowsNothingMore(t *testing.T) {
	other := `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p2"},"code":{"text":"CANARY"}}`
	label := `{"resourceType":"Condition","id":"2","meta":{"security":[{"system":"` + confidentiality + `","code":"R"}]},"subject":{"reference":"Patient/p1"},"code":{"text":"CANARY"}}`
	masked := `{"resourceType":"Condition","id":"3","text":{"status":"generated","div":"<div>CANARY</div>"},"subject":{"reference":"Patient/p1","display":"CANARY"},"note":[{"text":"CANARY"}]}`
	plan := permissionPlan()
	plan.Masks = []string{"Reference.display", "Condition.note"}
	for _, s := range []fhir.Shape{
		{Summary: "true"}, {Summary: "text"}, {Summary: "data"}, {Elements: []string{"code", "note", "subject", "text"}}, {Elements: []string{"id"}},
	} {
		req := searchFor("Condition")
		req.Shape = s
		got, err := fhir.Filter(bundleOf(other, label, masked), req, owner, plan, fhir.Links{Base: brokerBase})
		if err != nil || len(got.Released) != 1 || strings.Contains(string(got.Body), "CANARY") {
			t.Errorf("%+v: %v\n%s", s, err, got.Body)
		}
		b := readBack(t, got)
		var all, part map[string]any
		whole, _ := cut(t, "Condition", plan, bundleOf(masked))
		if json.Unmarshal(readBack(t, whole).Entry[0].Resource, &all) != nil || json.Unmarshal(b.Entry[0].Resource, &part) != nil {
			t.Fatalf("%s", got.Body)
		}
		delete(part, "meta") // the mark
		for name, value := range part {
			if !reflect.DeepEqual(all[name], value) {
				t.Errorf("%+v: %s is %v, whole it is %v", s, name, value, all[name])
			}
		}
	}
}

// What comes along is named by nobody in _elements, and comes whole.
func TestWhatComesAlongComesWhole(t *testing.T) {
	const practitioner = `{"resourceType":"Practitioner","id":"d","name":[{"family":"Jones"}]}`
	condition := `{"resourceType":"Condition","id":"1","subject":{"reference":"Patient/p1"},"asserter":{"reference":"Practitioner/d"},"note":[{"text":"n"}]}`
	req := searchFor("Condition")
	req.Shape = fhir.Shape{Elements: []string{"asserter"}}
	got, err := fhir.Filter(bundleOf(condition, "include "+practitioner), req, owner, permissionPlan(), fhir.Links{Base: brokerBase})
	if err != nil {
		t.Fatal(err)
	}
	b := readBack(t, got)
	if len(b.Entry) != 2 || string(b.Entry[1].Resource) != practitioner || strings.Contains(string(b.Entry[0].Resource), "note") {
		t.Errorf("%s", got.Body)
	}
	if !strings.Contains(b.Link[0].URL, "_elements=asserter") {
		t.Errorf("its own address is %s", b.Link[0].URL)
	}
}

// shapesAreParts holds an answer in part against the whole one: the same items, each
// with nothing that the whole has not.
func shapesAreParts(t *testing.T, body []byte, plan fhir.Plan, links fhir.Links, whole bundle) {
	t.Helper()
	for _, s := range []fhir.Shape{
		{Summary: "true"}, {Summary: "text"}, {Summary: "data"}, {Elements: []string{"id"}}, {Elements: []string{"category", "performer", "text", "value"}},
		{Within: []string{"code", "-status"}},
	} {
		req := searchFor("Observation")
		req.Params, req.Shape = append(req.Params, fhir.Param{Name: "_sort", Value: "date"}), s
		got, err := fhir.Filter(body, req, owner, plan, links)
		if err != nil {
			t.Fatalf("%+v: %v", s, err)
		}
		b := readBack(t, got)
		if len(b.Entry) != len(whole.Entry) {
			t.Fatalf("%+v: %d entries, whole %d", s, len(b.Entry), len(whole.Entry))
		}
		left := slices.Clone(whole.Entry)
		for _, e := range b.Entry {
			i := slices.IndexFunc(left, func(w bundleEntry) bool { return isPart(e.Resource, w.Resource) })
			if i < 0 || s.Within == nil && i > 0 {
				t.Fatalf("%+v: %s is no part of what the whole answer shows", s, e.Resource)
			}
			left = slices.Delete(left, i, i+1)
		}
	}
}

// isPart says that a resource has nothing that another has not, but for the mark.
func isPart(shaped, whole []byte) bool {
	var p, w map[string]any
	unmarked := strings.NewReplacer(`,"tag":[`+tag+`]`, "", `"tag":[`+tag+`]`, "", ","+tag, "", tag, "").Replace(string(shaped))
	if json.Unmarshal([]byte(unmarked), &p) != nil || json.Unmarshal(whole, &w) != nil {
		return false
	}
	if w["meta"] == nil {
		delete(p, "meta")
	}
	return p["id"] == w["id"] && p["resourceType"] == w["resourceType"] && part(p, w)
}
