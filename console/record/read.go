package record

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/page"
)

// readers write the line of an entry, by its type; readPlain writes all others.
var readers = map[string]func(*entry) *Line{
	"AllergyIntolerance": readAllergy, "Condition": readCondition, "Observation": readObservation, "DiagnosticReport": readReport,
	"MedicationRequest": readMedicine, "MedicationStatement": readMedicine, "MedicationDispense": readMedicine, "MedicationAdministration": readMedicine,
	"ImagingStudy": readImaging, "Specimen": readSpecimen, "Appointment": readAppointment, "CarePlan": readPlan, "CareTeam": readTeam, "Goal": readGoal,
	"Encounter": readEncounter, "EpisodeOfCare": readEpisode, "Procedure": readProcedure, "Immunization": readVaccine, "ServiceRequest": readRequest,
	"Task": readTask, "Flag": readFlag, "DocumentReference": readDocument, "QuestionnaireResponse": readQuestions, "Patient": readPatient,
	"RelatedPerson": readRelated, "FamilyMemberHistory": readFamily, "Consent": readConsent, "Communication": readMessage, "CommunicationRequest": readMessage,
	"ClinicalImpression": readImpression, "RiskAssessment": readRisk, "Device": readDevice, "DeviceUseStatement": readDeviceUse, "DeviceRequest": readDeviceRequest,
	"List": readList, "Composition": readComposition, "Media": readMedia, "Provenance": readProvenance, "BodyStructure": readBody,
	"ImmunizationRecommendation": readDue, "NutritionOrder": readDiet, "MolecularSequence": readSequence,
}

// Read lays out what the sources answered. A part whose Status is "" stands for a
// source that has not answered yet. now is the time by which appointments are to
// come and ages are counted. Read never fails: what cannot be read is counted, at
// its source and at the top.
//
// Read looks at no more than the parts; it keeps them from being collected as
// garbage only as long as the View is held.
func Read(parts []collect.Part, who page.Patient, now time.Time) *View {
	answers := make([]*answer, 0, len(parts))
	for i := range parts {
		answers = append(answers, open(&parts[i], i+1))
	}
	return layOut(answers, who, now)
}

// layOut makes the view of answers that are open. It may be called again with the
// same ones beside others, as they come.
func layOut(answers []*answer, who page.Patient, now time.Time) *View {
	v := &View{Read: now, Person: Person{Age: -1}}
	for _, a := range answers {
		a.source.Shown, a.source.Directory = len(a.lines), 0
		for _, l := range a.lines {
			if l.Category == "administrative" {
				a.source.Directory++
			}
		}
		v.Sources = append(v.Sources, a.source)
	}
	v.identify(answers, who)
	v.Attention, v.Limits = attend(v.Sources), limits(v.Sources)
	if v.Stop != "" {
		for _, s := range v.Sources {
			s.Shown, s.Directory = 0, 0
		}
		return v
	}
	var all []*Line
	for _, a := range answers {
		if a.source.Apart {
			a.source.Shown, a.source.Directory = 0, 0
			continue
		}
		all = append(all, a.lines...)
	}
	for _, l := range all {
		if _, result := l.about.(aboutResult); result || l.typ == "DiagnosticReport" || l.Category == "assessments" {
			l.Ago = l.When.ago(now)
		}
		for i := range l.Documents {
			l.Documents[i].At = "/patients/" + who.Ref + "/record/document"
		}
	}
	v.person(all, who)
	v.Total = len(all)
	series := seriesOf(all, now)
	v.Categories = categorise(v.Sources, all, series)
	v.Summary = summarise(v.Sources, all, now)
	v.Years = timeLine(all, now)
	return v
}

// open parses one source's answer, learns who refers to whom, and writes the lines.
// number tells the sources apart in the lines' anchors.
func open(p *collect.Part, number int) *answer {
	a := &answer{
		source: &Source{ID: p.Source.ID, Name: clean(p.Source.Name), Telephone: clean(p.Source.Telephone), Kind: p.Source.Kind,
			Status: p.Status, Reason: p.Reason, Notes: p.Notes, Grounds: p.Grounds, Unclear: p.Unclear, Partial: p.Partial, Open: p.Open, Hidden: p.Hidden, Cut: p.Cut, Took: p.Took},
		from: p.Source, given: len(p.Entries), by: make(map[string]*entry, 2*len(p.Entries)), results: map[*entry]*entry{},
	}
	if a.source.Name == "" {
		a.source.Name = "A source without a name"
	}
	seen := make(map[string][]byte, len(p.Entries))
	for _, given := range p.Entries {
		n, err := parse(given.Resource)
		e := &entry{node: n, typ: n.get("resourceType").raw(), id: n.get("id").raw(), full: given.FullURL, in: a}
		if err != nil || e.typ == "" || len(e.typ) > 64 {
			a.source.Odd++
			continue
		}
		key := e.typ + "/" + e.id
		if e.id != "" {
			if before, ok := seen[key]; ok && bytes.Equal(before, given.Resource) {
				continue // the same bytes, found twice: by its own search, and beside another
			}
			seen[key] = given.Resource
			a.by[key] = e
		}
		if e.full != "" {
			a.by[e.full] = e
		}
		for _, c := range n.get("contained").list() {
			if id := c.get("id").raw(); id != "" {
				if e.contained == nil {
					e.contained = map[string]node{}
				}
				e.contained[id] = c
			}
		}
		a.all = append(a.all, e)
	}
	for _, e := range a.all {
		if e.typ != "DiagnosticReport" {
			continue
		}
		for _, ref := range e.get("result").list() {
			if of := a.lookup(ref.get("reference").raw()); of != nil {
				a.results[of] = e
			}
		}
	}
	for n, e := range a.all {
		l := read(e)
		l.ID = fmt.Sprintf("e%d-%d", number, n+1)
		a.lines = append(a.lines, l)
	}
	a.all, a.by, a.results = nil, nil, nil // the lines hold what is shown
	return a
}

// read writes the line of one entry, with what holds for entries of any type.
func read(e *entry) *Line {
	reader, ok := readers[e.typ]
	if !ok {
		reader = readPlain
	}
	l := reader(e)
	l.Category = category(e)
	l.alerting(e)
	l.remaining(e)
	l.linked(e)
	if l.Title == "" {
		l.Title = upper(spaced(e.typ))
	}
	// A modifier that is not understood may turn the meaning round (FHIR R4
	// §2.5.1): the entry must not look like an ordinary one.
	if e.has("modifierExtension") || e.get("implicitRules").is() {
		l.mark("Qualified in a way this page cannot show: check with the source", Alarm)
	}
	for _, t := range e.get("meta", "tag").list() {
		if t.get("code").raw() == "SUBSETTED" { // an element that could not be understood was left out
			l.mark("Shown in part", Plain)
		}
	}
	for _, s := range e.get("meta", "security").list() {
		switch s.get("code").raw() {
		case "R", "V":
			l.mark("Marked "+map[string]string{"R": "restricted", "V": "very restricted"}[s.get("code").raw()], Plain)
		case "HTEST":
			l.mark("Test data", Heed)
		}
	}
	return l
}

// categorise puts every line into its part of the record.
func categorise(sources []*Source, all []*Line, series []*Series) []Category {
	by := map[string][]*Line{}
	for _, l := range all {
		by[l.Category] = append(by[l.Category], l)
	}
	var out []Category
	for _, c := range categories {
		lines := by[c.id]
		slices.SortStableFunc(lines, func(a, b *Line) int { return inPart(c.id, a, b) })
		one := Category{ID: c.id, Name: c.name, Lines: lines, Account: account(sources, lines, typesIn(c.id)...)}
		for _, s := range series {
			if s.category == c.id {
				one.Series = append(one.Series, s)
			}
		}
		out = append(out, one)
	}
	return out
}

// inPart: what holds before what is over; then the most pressing, by name where
// names are looked for, else the newest.
func inPart(category string, a, b *Line) int {
	byName := 0
	if category == "medications" || category == "administrative" {
		byName = strings.Compare(strings.ToLower(a.Title), strings.ToLower(b.Title))
	}
	return cmp.Or(cmp.Compare(a.Standing, b.Standing), cmp.Compare(a.sort, b.sort), byName, newest(a.When, b.When),
		strings.Compare(a.Title, b.Title), strings.Compare(a.Source.Name, b.Source.Name))
}
