package check

import (
	"cmp"
	"encoding/json"
	"fmt"
	"iter"
	"regexp"

	"github.com/mycarerecord/mcr/fhir"
)

// Entry is one entry as it was read. It holds until the next one is.
type Entry struct {
	Resource []byte
	// Place is where it stood, such as "line 12": for an entry without an id.
	Place string
	// Fault says why there is no resource, "" when there is one.
	Fault string
}

// Against is what entries are held against.
type Against struct {
	// Owner is the patient, by NHS number and by the source's own id.
	Owner fhir.Owner
	// Plan is how far the reader may see.
	Plan fhir.Plan
	// Base is the source's base address, as it writes it into references.
	Base string
	// Further are more bases that it writes, its link_bases.
	Further []string
}

// Entries gives the same entries each time it is ranged over; an error ends it.
type Entries = iter.Seq2[Entry, error]

// Judge says what becomes of each entry when somebody reads it. It ranges over the
// entries three times: reports lend what they are to the results that they name,
// and so do panels, before a result is judged.
func Judge(entries Entries, a Against) (Report, error) {
	links := fhir.Links{Base: "https://broker.example/fhir", Source: a.Base, Further: a.Further}
	var err error
	if a.Owner.Lent, err = lend(entries, a, links); err != nil {
		return Report{}, err
	}
	t := newTally()
	for e, err := range entries {
		if err != nil {
			return Report{}, err
		}
		if e.Fault != "" {
			t.add("", e.Place, notUnderstood, false, []key{{element: e.Fault, reason: notUnderstood}})
			continue
		}
		got, err := fhir.Examine(e.Resource, a.Owner, a.Plan, links)
		if err != nil {
			return Report{}, fmt.Errorf("judging %s: %w", e.Place, err)
		}
		t.judged(e, got, a.Owner)
	}
	return t.done(), nil
}

// judged counts an entry that was examined.
func (t *tally) judged(e Entry, got fhir.Examined, owner fhir.Owner) {
	id := e.Place
	if own := cmp.Or(got.ID, idOf(e.Resource)); own != "" {
		id = plain(own)
	}
	switch {
	case got.Type == "":
		typ, element := formOf(e.Resource)
		t.add(typ, id, notUnderstood, false, []key{{element: element, reason: notUnderstood}})
		return
	case !fhir.IsOffered(got.Type):
		t.add(got.Type, id, notOffered, false, []key{{element: got.Type, reason: notOffered}})
		return
	}
	causes := make([]key, len(got.Causes))
	for i, c := range got.Causes {
		causes[i] = key{element: plain(c.Element), code: plainCode(c.Code, owner.Numbers), reason: c.Reason}
	}
	t.add(got.Type, id, got.Reason, got.InPart && got.Reason == "", causes)
}

// What stands for an element where the whole is at fault.
const (
	notJSON  = "(not JSON)"
	noType   = "resourceType"
	notPlain = "(too deep, too wide or not UTF-8)"
	tooLong  = "(too long)"
	noEntry  = "(no resource)"
)

// idOf is what a resource gives as its id where that is none of FHIR's, or the
// filter did not come to it: without it nobody would find the entry. "" when it
// could be something else than an id.
func idOf(text []byte) (id string) {
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) != nil || json.Unmarshal(members["id"], &id) != nil || !idForm.MatchString(id) {
		return ""
	}
	return id
}

var idForm = regexp.MustCompile(`^[A-Za-z0-9._~:/-]{1,100}$`)

var typeForm = regexp.MustCompile(`^[A-Z][A-Za-z]{2,39}$`)

// formOf says what is wrong with a text that has no type which the filter
// understands.
func formOf(text []byte) (typ, element string) {
	if !json.Valid(text) {
		return "", notJSON
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(text, &members) != nil || json.Unmarshal(members["resourceType"], &typ) != nil || !typeForm.MatchString(typ) {
		return "", noType
	}
	return typ, notPlain
}
