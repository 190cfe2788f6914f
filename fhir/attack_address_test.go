package fhir_test

import (
	"encoding/json"
	"html"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/fhir"
	"github.com/mycarerecord/mcr/fhir/internal/r4"
)

// hostName is the source's; its addresses are written in many ways.
const hostName = "source.internal"

func hostLinks() fhir.Links {
	return fhir.Links{Base: brokerBase, Source: "http://source.internal/fhir", Further: []string{"https://pacs.hospital.local:8443/r4"}}
}

// addresses are the source's own, as one may write them.
var addresses = map[string]string{
	"at its base":          "http://source.internal/fhir/StructureDefinition/x",
	"beside its base":      "http://source.internal/dicom-web",
	"in another case":      "HTTP://Source.INTERNAL/fhir/x",
	"with its port":        "http://source.internal:80/fhir/x",
	"at another port":      "https://source.internal:8080/x",
	"without a scheme":     "//source.internal/fhir/x",
	"its name alone":       "source.internal",
	"with a dot behind":    "http://source.internal./x",
	"with a user":          "http://user:word@source.internal/x",
	"below its name":       "https://images.source.internal/x",
	"in a query":           "https://viewer.example/?at=http%3A%2F%2Fsource.internal%2Ffhir",
	"encoded":              "http://%73ource%2Einternal/x",
	"escaped":              `http:\/\/\u0073ource.internal\/x`,
	"at a further base":    "https://pacs.hospital.local:8443/r4/x",
	"the name of that":     "pacs.hospital.local",
	"as a name of a share": `\\\\source.internal\\scans`,
	"by another scheme":    "wss://source.internal/x",
	"behind words":         "urn:x:source.internal",
	"as an entity":         "http://&#115;ource.internal/x",
}

// names tells, with a parser of its own, whether an answer names a host of the source.
func names(t *testing.T, body []byte) bool {
	t.Helper()
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		t.Fatal(err)
	}
	found := false
	var look func(any)
	look = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			for _, m := range v {
				look(m)
			}
		case []any:
			for _, m := range v {
				look(m)
			}
		case string:
			text := html.UnescapeString(v)
			if u, err := url.PathUnescape(text); err == nil {
				text = u
			}
			text = strings.ToLower(text)
			found = found || strings.Contains(text, hostName) || strings.Contains(text, "pacs.hospital.local")
		}
	}
	look(v)
	return found
}

func TestAttack102NoOwnAddressLeaves(t *testing.T) {
	const own = `"resourceType":"ImagingStudy","id":"1","subject":{"reference":"Patient/p1"},"status":"available"`
	places := map[string]string{
		"an endpoint":             `"endpoint":[{"reference":"ADDRESS","type":"Endpoint","display":"x"}],"description":"kept"`,
		"a profile":               `"meta":{"profile":["ADDRESS","https://fhir.hl7.org.uk/kept"]}`,
		"a profile with a twin":   `"meta":{"profile":["ADDRESS","https://fhir.hl7.org.uk/kept"],"_profile":[{"id":"a"},null]}`,
		"a source":                `"meta":{"source":"ADDRESS","lastUpdated":"kept"}`,
		"instantiates":            `"instantiatesUri":["ADDRESS"],"description":"kept"`,
		"an extension's value":    `"extension":[{"url":"http://x.example/kept","valueUrl":"ADDRESS"},{"url":"http://x.example/u","valueUri":"ADDRESS"}]`,
		"an extension's name":     `"extension":[{"url":"ADDRESS","valueString":"kept"}]`,
		"a modifier's name":       `"modifierExtension":[{"url":"ADDRESS","valueString":"kept"}]`,
		"an identifier's system":  `"identifier":[{"system":"ADDRESS","value":"kept"}]`,
		"a code's system":         `"procedureCode":[{"coding":[{"system":"ADDRESS","code":"kept"}]}]`,
		"an identifier's value":   `"identifier":[{"system":"urn:ietf:rfc:3986","value":"ADDRESS"},{"value":"kept"}]`,
		"a telecom":               `"contained":[{"resourceType":"Organization","id":"o","name":"kept","telecom":[{"system":"url","value":"ADDRESS"}]}],"interpreter":[{"reference":"#o"}]`,
		"a link in the narrative": `"text":{"status":"generated","div":"<div>kept <a href=\"ADDRESS\">x</a></div>"}`,
		"words in the narrative":  `"text":{"status":"generated","div":"<div>kept, see ADDRESS, or not</div>"}`,
		"a note":                  `"note":[{"text":"kept (see ADDRESS)\nand so on"}]`,
		"an unknown element":      `"launch":{"to":["ADDRESS"]},"description":"kept"`,
		"an endpoint inside":      `"contained":[{"resourceType":"Endpoint","id":"e","name":"kept","address":"ADDRESS","header":["Authorization: x"]}],"endpoint":[{"reference":"#e"}]`,
		"an attachment":           `"extension":[{"url":"http://x.example/kept","valueAttachment":{"contentType":"image/png","url":"ADDRESS"}}]`,
		"rules":                   `"implicitRules":"ADDRESS","description":"kept"`,
	}
	for place, member := range places {
		for name, address := range addresses {
			resource := strings.ReplaceAll(`{`+own+`,`+member+`}`, "ADDRESS", address)
			if !json.Valid([]byte(resource)) {
				t.Fatal(resource)
			}
			for _, search := range []bool{true, false} {
				body, req := []byte(resource), fhir.Request{Interaction: fhir.Read, Type: "ImagingStudy", ID: "1"}
				if search {
					body, req = bundleOf(resource), searchFor("ImagingStudy")
				}
				got, err := fhir.Filter(body, req, owner, everyCategory(), hostLinks())
				if err != nil {
					t.Fatal(err)
				}
				if place == "an endpoint" && len(got.Released) == 0 {
					continue // what no one can follow, and may lead to a patient
				}
				if len(got.Released) != 1 || !strings.Contains(string(got.Body), "kept") || names(t, got.Body) || strings.Contains(string(got.Body), "Authorization") {
					t.Errorf("%s, %s: %v %s", place, name, got.Withheld, got.Body)
				}
				if part := got.Released[0].InPart; part != (place == "rules") && place != "an endpoint" {
					t.Errorf("%s, %s: in part is %t", place, name, part)
				}
			}
		}
	}
}

// What is no address of the source's stays to the byte, and a code keeps its system.
func TestAttack102TheRestStays(t *testing.T) {
	for _, member := range []string{
		`"note":[{"text":"Source: internal. See sourceXinternal, mysource.internals"}]`,
		`"extension":[{"url":"https://fhir.hl7.org.uk/x","valueUrl":"https://elsewhere.example/?x=100%25"}]`,
		`"text":{"status":"generated","div":"<div>100 % &#39;x&#39; \u003cb\u003e</div>"}`,
	} {
		host := `{"resourceType":"Observation","id":"1","subject":{"reference":"Patient/p1"},` + member + `}`
		got, err := fhir.Filter([]byte(host), fhir.Request{Interaction: fhir.Read, Type: "Observation", ID: "1"}, owner, everyCategory(), hostLinks())
		if err != nil || string(got.Body) != host {
			t.Errorf("%v %s", err, got.Body)
		}
	}
	for written, want := range map[string]string{
		"http://source.internal/fhir/mrn":           brokerBase + "/mrn",
		"HTTP://SOURCE.internal:80/fhir/mrn":        brokerBase + "/mrn",
		"http://source.internal/id/mrn":             brokerBase + "/id/mrn",
		"https://pacs.hospital.local:8443/r4/study": brokerBase + "/study",
		"source.internal":                           brokerBase,
	} {
		host := func(system string) string {
			return `{"resourceType":"Observation","id":"1","subject":{"reference":"Patient/p1"},"identifier":[{"system":"` + system + `","value":"7"}]}`
		}
		got, err := fhir.Filter([]byte(host(written)), fhir.Request{Interaction: fhir.Read, Type: "Observation", ID: "1"}, owner, everyCategory(), hostLinks())
		if err != nil || string(got.Body) != host(want) {
			t.Errorf("%s: %v %s", written, err, got.Body)
		}
	}
	// A host of one label is a word, too.
	links := fhir.Links{Base: brokerBase, Source: "http://lab:8080/fhir"}
	host := `{"resourceType":"Observation","id":"1","subject":{"reference":"Patient/p1"},"note":[{"text":"Sent to the lab: from lab/ward, http://lab:8080/x or //lab/x or lab:8080."}]}`
	got, err := fhir.Filter([]byte(host), fhir.Request{Interaction: fhir.Read, Type: "Observation", ID: "1"}, owner, everyCategory(), links)
	const want = `Sent to the lab: from lab/ward, (address removed) or (address removed) or (address removed)"`
	if err != nil || !strings.Contains(string(got.Body), want) {
		t.Errorf("%v %s", err, got.Body)
	}
}

// A reference at a further base is one at the source.
func TestAttack102AReferenceAtAFurtherBaseIsTheSources(t *testing.T) {
	host := func(base string) string {
		return `{"resourceType":"Condition","id":"1","subject":{"reference":"` + base + `Patient/p1"},"asserter":{"reference":"` + base + `Practitioner/1"}}`
	}
	for base, want := range map[string]string{"https://PACS.hospital.local:8443/r4/": host(""), "https://pacs.hospital.local/r4/": ""} {
		got, err := fhir.Filter([]byte(host(base)), fhir.Request{Interaction: fhir.Read, Type: "Condition", ID: "1"}, owner, permissionPlan(), hostLinks())
		if err != nil || string(got.Body) != want {
			t.Errorf("%s: %v %s", base, err, got.Body)
		}
	}
}

// Every element of every type that R4 lets hold an address or a text.
func TestAttack102NoElementOfR4NamesTheSource(t *testing.T) {
	tried := 0
	for typ := range r4.Linking() {
		known := r4.Of(typ)
		if known == nil {
			continue
		}
		for i := range known.Elements {
			e := &known.Elements[i]
			for _, value := range []string{`"http://source.internal/x"`, `["http://source.internal/x","kept"]`, `{"reference":"http://source.internal/x","display":"kept"}`,
				`[{"url":"http://source.internal/x"}]`, `{"value":"source.internal"}`, `{"a":{"b":["see source.internal"]}}`} {
				name := e.Name
				if e.Choice {
					name += "Uri"
				}
				if slices.Contains([]string{"id", "contained", "subject", "patient", "for", "participant", "meta"}, name) {
					continue
				}
				host := hostOf(typ, name, value)
				got, err := fhir.Filter(bundleOf(host), searchFor(typ), owner, everyCategory(), hostLinks())
				if err != nil {
					t.Fatal(err)
				}
				tried += len(got.Released)
				if names(t, got.Body) {
					t.Errorf("%s.%s: %s", typ, name, got.Body)
				}
			}
		}
	}
	if tried < 2000 {
		t.Errorf("only %d were tried", tried)
	}
}
