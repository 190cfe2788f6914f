package people

import (
	"bytes"
	"fmt"

	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/upstreams"
)

const (
	consentCategory = "https://mycarerecord.example/fhir/CodeSystem/consent-category"
	consentScope    = hl7 + "consentscope"
	userSystem      = "https://fhir.nhs.uk/Id/sds-user-id"
)

// Registry is what the region's register of permissions is told, as NDJSON of
// FHIR resources (docs/registry-import.md): registrations, restrictions and
// numbers that were replaced; who is treating whom; tests ordered; opt-outs.
// Nobody has been asked for permission to view yet.
func (p *Population) Registry() []byte {
	w := &register{p: p}
	for _, person := range p.People {
		w.person = person
		w.patient()
		for i, tie := range person.Ties {
			if tie.Kind != "registration" {
				w.tie(i, tie)
			}
		}
		w.orders()
		if person.Has(OptedOut) {
			w.objection("opt-out")
		}
		if person.Has(NationalOptOut) {
			w.objection("national-opt-out")
		}
		if person.Has(Professional) {
			w.add("Person", "self", object{"active": true, "identifier": list{
				object{"system": nhs.NumberSystem, "value": person.Number.Digits()},
				object{"system": userSystem, "value": UserID(wendValley, 0)},
			}})
		}
	}
	return w.out.Bytes()
}

// register writes the lines, person by person.
type register struct {
	p      *Population
	person Person
	out    bytes.Buffer
}

// add writes one line. The id names the person by their place in the list,
// never by their number: ids stand in the audit trail.
func (w *register) add(kind, part string, fields object) {
	meta, _ := fields["meta"].(object)
	if meta == nil {
		meta = object{}
	}
	meta["source"] = "demo-region"
	w.out.Write(render(kind, fmt.Sprintf("person-%03d-%s", w.person.index+1, part), meta, fields))
	w.out.WriteByte('\n')
}

func (w *register) number() object {
	return object{"identifier": object{"system": nhs.NumberSystem, "value": w.person.Number.Digits()}}
}

func organisation(s upstreams.Source) object {
	return object{"identifier": object{"system": nhs.ODSSystem, "value": s.ODS.String()}, "display": s.Name}
}

func (w *register) patient() {
	gp := w.p.source[w.person.GP]
	fields := object{
		"identifier": list{object{"system": nhs.NumberSystem, "value": w.person.Number.Digits()}},
		"contained": list{object{
			"resourceType": "Organization", "id": "gp", "name": gp.Name,
			"identifier": list{object{"system": nhs.ODSSystem, "value": gp.ODS.String()}},
			"telecom":    list{object{"system": "phone", "value": gp.Telephone}},
		}},
		"generalPractitioner": list{refer("#gp")},
	}
	if w.person.Has(Restricted) {
		fields["meta"] = labelled("R")
	}
	if w.person.Died != "" {
		fields["deceasedDateTime"] = w.person.Died
	}
	if !w.person.Superseded.IsZero() {
		fields["link"] = list{object{"type": "replaces", "other": object{
			"identifier": object{"system": nhs.NumberSystem, "value": w.person.Superseded.Digits()},
		}}}
	}
	w.add("Patient", "patient", fields)
}

// tie tells that an organisation is treating the person, or has been.
func (w *register) tie(i int, tie Tie) {
	source := w.p.source[tie.Source]
	part := fmt.Sprintf("%s-%d", tie.Kind, i)
	over := tie.End != ""
	state := func(lasting, ended string) string {
		if over {
			return ended
		}
		return lasting
	}
	switch tie.Kind {
	case "episode":
		w.add("EpisodeOfCare", part, object{"status": state("active", "finished"), "patient": w.number(),
			"managingOrganization": organisation(source), "period": period(tie.Start, tie.End)})
	case "admission", "call":
		class := map[string]string{"acute": "IMP", "ambulance": "FLD"}[source.Kind]
		if class == "" {
			class = "VR"
		}
		w.add("Encounter", part, object{"status": state("in-progress", "finished"), "class": coding(actCode, class, ""),
			"subject": w.number(), "serviceProvider": organisation(source), "period": period(tie.Start, tie.End)})
	case "referral":
		w.request(part, "3457005", state("active", "completed"), source, tie)
	case "caseload":
		w.add("CareTeam", part, object{"status": state("active", "inactive"), "subject": w.number(),
			"managingOrganization": list{organisation(source)}, "period": period(tie.Start, tie.End)})
	}
}

// orders tells of the tests that Northmoor's laboratory was asked to interpret.
func (w *register) orders() {
	tie, ok := w.person.Tie(northmoor)
	switch {
	case !ok:
	case w.person.Has(TestOrder), w.person.Has(Everywhere), w.person.index >= len(story) && tie.End == "" && w.person.index%3 == 0:
		w.request("test", "108252007", "active", w.p.source[northmoor], tie)
	case w.person.Has(OrderClosed):
		w.request("test", "108252007", "completed", w.p.source[northmoor], tie)
	}
}

func (w *register) request(part, category, status string, performer upstreams.Source, tie Tie) {
	fields := object{
		"status": status, "intent": "order", "subject": w.number(), "authoredOn": tie.Start,
		"category": list{concept(snomed, category, "")}, "performer": list{organisation(performer)},
	}
	if status == "completed" {
		fields["meta"] = object{"lastUpdated": tie.End + "T17:00:00Z"}
		fields["occurrencePeriod"] = period(tie.Start, tie.End)
	}
	w.add("ServiceRequest", part, fields)
}

func (w *register) objection(category string) {
	w.add("Consent", category, object{
		"status": "active", "scope": concept(consentScope, "patient-privacy", ""), "patient": w.number(),
		"category":  list{concept(consentCategory, category, "")},
		"dateTime":  "2024-05-20T10:00:00Z",
		"provision": object{"type": "deny", "period": object{"start": "2024-05-20"}},
	})
}
