package twins_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"github.com/mycarerecord/mcr/internal/demo/fhirserver"
)

const (
	sourceBase      = "http://source.example/fhir"
	categories      = "http://terminology.hl7.org/CodeSystem/observation-category"
	local           = "https://mycarerecord.example/fhir/CodeSystem/category"
	confidentiality = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
	snomed          = "http://snomed.info/sct"
	numberSystem    = "https://fhir.nhs.uk/Id/nhs-number"
)

// item is one resource of a source, its older versions first.
type item struct {
	kind, id string
	versions []string // JSON; nil for one that is not there any more in a twin
}

// held is all that a source holds.
type held []item

// making makes the items of one pair of sources.
type making struct {
	*rand.Rand
	n            int
	observations []string // ids of those made before, which reports name
}

func (m *making) pick(from ...string) string { return from[m.IntN(len(from))] }

func (m *making) day() string { return fmt.Sprintf("2026-%02d-%02d", 1+m.IntN(6), 1+m.IntN(28)) }

// patients are the two whom the source knows.
func patients() held {
	of := func(id, number string) item {
		return item{"Patient", id, []string{`{"resourceType":"Patient","id":"` + id + `","meta":{"versionId":"1"},"identifier":[{"system":"` + numberSystem + `","value":"` + number + `"}]}`}}
	}
	return held{of("p1", "9990000018"), of("p2", "9990000026"),
		{"Practitioner", "g1", []string{`{"resourceType":"Practitioner","id":"g1","name":[{"family":"Grey"}]}`}},
		{"Encounter", "e1", []string{`{"resourceType":"Encounter","id":"e1","meta":{"versionId":"1"},"status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/p1"},"period":{"start":"2026-02-01"}}`}}}
}

// Ways in which an item may not be shown; "" for one that is.
var ways = []string{"category", "label", "code", "other", "contained", "contained-other", "type"}

// item makes one item of p1's that is shown, or is withheld in some way.
func (m *making) item(way string) item {
	m.n++
	id := fmt.Sprintf("i%d%d", m.n, m.IntN(1000))
	kind := m.pick("Observation", "Observation", "Condition", "DocumentReference", "DiagnosticReport")
	if way == "category" {
		kind = "Observation"
	}
	if way == "type" {
		kind = m.pick("Flag", "CarePlan")
	}
	if kind == "Observation" {
		m.observations = append(m.observations, id)
	}
	versions := []string{m.version(kind, id, way, 1)}
	for v := 2; v <= 1+m.IntN(3); v++ {
		versions = append(versions, m.version(kind, id, way, v))
	}
	return item{kind, id, versions}
}

// mixed makes an item that is shown now, and that has versions that were not: with, and
// without them.
func (m *making) mixed() (with, without item) {
	with = m.item("")
	without = item{with.kind, with.id, nil}
	last := len(with.versions) - 1
	for i := range with.versions {
		if i < last && m.IntN(2) == 0 {
			with.versions[i] = m.version(with.kind, with.id, m.pick("label", "code", "other", "contained"), i+1)
			continue
		}
		without.versions = append(without.versions, with.versions[i])
	}
	return with, without
}

// version writes one version of an item.
func (m *making) version(kind, id, way string, version int) string {
	when := m.day()
	meta := fmt.Sprintf(`"meta":{"versionId":"%d","lastUpdated":"%sT10:00:00Z"`, version, when)
	if way == "label" {
		meta += `,"security":[{"system":"` + confidentiality + `","code":"` + m.pick("R", "V") + `"}]`
	}
	code := m.pick("718-7", "4548-4", "2093-3")
	system := "http://loinc.org"
	if way == "code" {
		system, code = snomed, "86406008"
	}
	parts := []string{`"resourceType":"` + kind + `"`, `"id":"` + id + `"`, meta + "}", `"subject":{"reference":"Patient/p1"}`,
		`"code":{"coding":[{"system":"` + system + `","code":"` + code + `"}]}`}
	switch kind {
	case "Observation":
		category := categories + `","code":"` + m.pick("laboratory", "vital-signs")
		if way == "category" {
			category = local + `","code":"social-care`
		}
		if way != "" || m.IntN(4) > 0 { // without one, a report places it, or what is known of the rest
			parts = append(parts, `"category":[{"coding":[{"system":"`+category+`"}]}]`)
		}
		parts = append(parts, `"status":"`+m.pick("final", "amended")+`"`, `"effectiveDateTime":"`+when+`"`, `"performer":[{"reference":"Practitioner/g1"}]`)
	case "Condition":
		parts = append(parts, `"recordedDate":"`+when+`"`, `"clinicalStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/condition-clinical","code":"active"}]}`)
	case "DiagnosticReport":
		parts = append(parts, `"status":"final"`, `"effectiveDateTime":"`+when+`"`, `"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0074","code":"LAB"}]}]`,
			`"result":[{"reference":"Observation/`+m.pick(append(m.observations, "none")...)+`"},{"reference":"Observation/`+m.pick(append(m.observations, "none")...)+`"}]`)
	case "DocumentReference":
		parts = append(parts, `"status":"current"`, `"date":"`+when+`T09:00:00Z"`, `"content":[{"attachment":{"contentType":"text/plain","url":"`+sourceBase+`/Binary/d-`+id+`"}}]`)
	default:
		parts = append(parts, `"status":"active"`, `"period":{"start":"`+when+`"}`)
	}
	switch way {
	case "other":
		parts = append(parts, `"focus":[{"reference":"Patient/p2"}]`)
	case "contained":
		parts = append(parts, `"contained":[{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/p1"},"code":{"coding":[{"system":"`+snomed+`","code":"86406008"}]}}]`)
	case "contained-other":
		parts = append(parts, `"contained":[{"resourceType":"Patient","id":"c","identifier":[{"system":"`+numberSystem+`","value":"9990000026"}]}]`)
	}
	m.Shuffle(len(parts)-2, func(i, j int) { parts[i+2], parts[j+2] = parts[j+2], parts[i+2] })
	return "{" + strings.Join(parts, ",") + "}"
}

// source serves what is held: a FHIR server, with versions.
func source(t *testing.T, all held) http.Handler {
	t.Helper()
	var now [][]byte
	versions := map[string][]string{}
	for _, one := range all {
		now = append(now, []byte(one.versions[len(one.versions)-1]))
		versions[one.kind+"/"+one.id] = one.versions
		if one.kind == "DocumentReference" {
			now = append(now, []byte(`{"resourceType":"Binary","id":"d-`+one.id+`","contentType":"text/plain","data":"QSBkb2N1bWVudA=="}`))
		}
	}
	server, err := fhirserver.New(now, fhirserver.Options{Base: sourceBase})
	if err != nil {
		t.Fatal(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		what, version, ok := strings.Cut(strings.TrimPrefix(r.URL.Path, "/fhir/"), "/_history")
		if !ok {
			server.ServeHTTP(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/fhir+json")
		var entries []string
		for _, text := range versions[what] {
			if version != "" && strings.Contains(text, `"versionId":"`+version[1:]+`"`) {
				fmt.Fprint(w, text)
				return
			}
			entries = append([]string{`{"resource":` + text + `,"request":{"method":"PUT","url":"` + what + `"},"response":{"status":"200"}}`}, entries...)
		}
		if version != "" || len(entries) == 0 {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		next := ""
		if count, err := strconv.Atoi(r.URL.Query().Get("_count")); err == nil {
			from, _ := strconv.Atoi(r.URL.Query().Get("_page"))
			entries = entries[min(from, len(entries)):]
			if len(entries) > count {
				entries = entries[:count]
				next = fmt.Sprintf(`"link":[{"relation":"next","url":"%s/%s/_history?_count=%d&_page=%d"}],`, sourceBase, what, count, from+count)
			}
		}
		fmt.Fprint(w, `{"resourceType":"Bundle","type":"history",`+next+`"entry":[`+strings.Join(entries, ",")+`]}`)
	})
}
