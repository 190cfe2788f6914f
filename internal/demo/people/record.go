package people

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"math/rand/v2"

	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/upstreams"
)

type (
	object = map[string]any
	list   = []any
)

const ukCore = "https://fhir.hl7.org.uk/StructureDefinition/UKCore-"

// record is one organisation's record of one person while it is written.
type record struct {
	*rand.Rand
	p      *Population
	person Person
	tie    Tie
	source upstreams.Source
	local  string // the person's id at this source
	count  int
	out    [][]byte
}

// Resources are everything that a source holds, each the JSON of one resource:
// its organisation, staff, places and medicines, then its patients and their
// records. The order is always the same.
func (p *Population) Resources(source string) ([][]byte, error) {
	s, ok := p.source[source]
	if !ok {
		return nil, fmt.Errorf("writing records: no source %s", source)
	}
	out := p.shared(s)
	for _, person := range p.People {
		tie, ok := person.Tie(source)
		if !ok {
			continue
		}
		r := &record{
			Rand: p.lot("record/"+source, person.index), p: p, person: person, tie: tie, source: s,
			local: p.LocalID(source, person),
		}
		r.patient()
		r.write()
		r.beside()
		out = append(out, r.out...)
	}
	return out, nil
}

// write adds what an organisation of this kind would hold.
func (r *record) write() {
	switch r.source.Kind {
	case "gp":
		r.generalPractice()
	case "acute":
		r.hospital()
	case "community":
		r.community()
	case "mental-health":
		r.mentalHealth()
	case "ambulance":
		r.ambulance()
	case "nhs-111", "out-of-hours":
		r.urgentCare()
	case "council":
		r.socialCare()
	}
}

// LocalID is the person's own id at a source: opaque, and of another form at
// each kind of organisation, as record systems have it.
func (p *Population) LocalID(source string, person Person) string {
	h := sha256.Sum256(fmt.Appendf(nil, "%d/local/%s/%d", p.seed, source, person.index))
	switch p.source[source].Kind {
	case "gp":
		return fmt.Sprintf("%x-%x-4%x-a%x-%x", h[:4], h[4:6], h[6:8], h[8:10], h[10:16])[:36]
	case "acute":
		return fmt.Sprintf("MRN%08d", (uint32(h[0])<<24|uint32(h[1])<<16|uint32(h[2])<<8|uint32(h[3]))%100_000_000)
	case "council":
		return fmt.Sprintf("p.%x", h[:5])
	}
	return fmt.Sprintf("%x", h[:10])
}

// number is the NHS number by which this organisation knows the person.
func (r *record) number() nhs.Number {
	if r.tie.OldNumber {
		return r.person.Superseded
	}
	return r.person.Number
}

// add renders a resource, with an id, a version and its UK Core profile, and
// gives the reference to it.
func (r *record) add(kind string, fields object) string {
	r.count++
	h := sha256.Sum256(fmt.Appendf(nil, "%d/%s/%d/%s/%d", r.p.seed, r.source.ID, r.person.index, kind, r.count))
	id := fmt.Sprintf("%x", h[:9])
	if kind == "Patient" {
		id = r.local
	}
	meta, _ := fields["meta"].(object)
	if meta == nil {
		meta = object{}
	}
	meta["versionId"] = fmt.Sprint(1 + h[31]%4)
	meta["lastUpdated"] = moment(r.Rand, r.IntN(60))
	if profiled[kind] {
		meta["profile"] = list{ukCore + kind}
	}
	r.out = append(r.out, render(kind, id, meta, fields))
	return kind + "/" + id
}

// profiled are the types for which UK Core has a profile of the same name.
var profiled = map[string]bool{
	"Patient": true, "AllergyIntolerance": true, "Appointment": true, "CarePlan": true, "CareTeam": true,
	"Condition": true, "DiagnosticReport": true, "DocumentReference": true, "Encounter": true,
	"EpisodeOfCare": true, "Flag": true, "FamilyMemberHistory": true, "List": true, "Communication": true, "Task": true, "Consent": true, "Device": true, "Immunization": true, "Location": true, "Medication": true,
	"MedicationRequest": true, "MedicationStatement": true, "Observation": true, "Organization": true,
	"Practitioner": true, "Procedure": true, "QuestionnaireResponse": true, "RelatedPerson": true, "ServiceRequest": true,
}

// named gives the type and the id of a resource that is written.
func named(raw []byte) (kind, id string, ok bool) {
	var n struct{ ResourceType, ID string }
	err := json.Unmarshal(raw, &n)
	return n.ResourceType, n.ID, err == nil
}

// render writes a resource with its type, id and meta in front, as most servers do.
func render(kind, id string, meta, fields object) []byte {
	front, err := json.Marshal(struct {
		Type string `json:"resourceType"`
		ID   string `json:"id"`
		Meta object `json:"meta"`
	}{kind, id, meta})
	delete(fields, "meta")
	rest, err2 := json.Marshal(fields)
	if err != nil || err2 != nil { // the fields are strings, numbers, lists and objects
		panic(fmt.Sprintf("people: rendering %s: %v %v", kind, err, err2))
	}
	if len(rest) <= 2 {
		return front
	}
	front[len(front)-1] = ','
	return append(front, rest[1:]...)
}

// subject refers to the patient. Councils' systems give no NHS number with the
// reference.
func (r *record) subject() object {
	ref := object{"reference": "Patient/" + r.local}
	if r.source.Kind != "council" {
		ref["identifier"] = object{"system": nhs.NumberSystem, "value": r.number().Digits()}
	}
	return ref
}
