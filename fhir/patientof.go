package fhir

import "github.com/mycarerecord/mcr/nhs"

// Found is a patient that stands in an answer.
type Found struct {
	Type string // the resource that says so
	// LocalID is the source's id of the patient, "" when the resource does not
	// give it.
	LocalID string
	// Number is the NHS number, zero when the resource does not give one.
	Number nhs.Number
}

// PatientOf tells what patient the answer to a read is about. A Patient resource
// gives its id and its NHS number; others give the id in their reference to the
// patient, or the number of a logical reference. Both are empty when the
// resource has no patient, or is of a type that is never released.
//
// What is not understood, and what is about two patients, is ErrNotUnderstood.
// PatientOf only finds whom to decide on: Filter checks everything.
func PatientOf(body []byte) (Found, error) {
	c := cutters.Get().(*cutter)
	defer c.done()
	if !c.read(body) {
		return Found{}, ErrNotUnderstood
	}
	return c.patientOf(0)
}

// PatientsIn gives the Patient resources of a searchset, in its order. Entries
// of other types are passed over; a Patient that is not understood is
// ErrNotUnderstood.
func PatientsIn(body []byte) ([]Found, error) {
	c := cutters.Get().(*cutter)
	defer c.done()
	if !c.read(body) {
		return nil, ErrNotUnderstood
	}
	entries, _, ok := c.searchset()
	if !ok {
		return nil, ErrNotUnderstood
	}
	if entries == 0 {
		return nil, nil
	}
	var all []Found
	for at := entries + 1; at < c.nodes[entries].next; at = c.nodes[at].next {
		e := c.entry(at)
		if e.why != released || c.nodes[e.resource].marks&oddBelow != 0 {
			return nil, ErrNotUnderstood
		}
		if m := c.member(e.resource, keyResourceType); m == 0 || !c.is(&c.nodes[m], "Patient") {
			continue
		}
		found, err := c.patientOf(e.resource)
		if err != nil {
			return nil, err
		}
		all = append(all, found)
	}
	return all, nil
}

// patientOf finds the patient of the resource at a node.
func (d *document) patientOf(at uint32) (Found, error) {
	n := &d.nodes[at]
	named := uint32(0)
	if n.kind == kindObject && n.marks&oddBelow == 0 {
		named = d.member(at, keyResourceType)
	}
	if named == 0 || d.nodes[named].kind != kindString || !validType(d.raw(&d.nodes[named])) {
		return Found{}, ErrNotUnderstood
	}
	typ := resourceTypes[string(d.raw(&d.nodes[named]))]
	switch {
	case typ == nil:
		return Found{Type: string(d.raw(&d.nodes[named]))}, nil
	case typ.alone:
		return Found{Type: typ.name}, nil
	case typ.self:
		return d.asPatient(at)
	}
	found := Found{Type: typ.name}
	if m := d.member(at, typ.patient); m != 0 && !d.placed(m, typ.within, &found) {
		return Found{}, ErrNotUnderstood
	}
	return found, nil
}

// asPatient reads a Patient resource.
func (d *document) asPatient(at uint32) (Found, error) {
	found := Found{Type: "Patient"}
	id := d.member(at, keyElementID)
	if id == 0 || d.nodes[id].kind != kindString || !validID(d.raw(&d.nodes[id])) {
		return Found{}, ErrNotUnderstood
	}
	found.LocalID = string(d.raw(&d.nodes[id]))
	list := d.member(at, keyIdentifier)
	if list == 0 {
		return found, nil
	}
	for i := list + 1; i < d.nodes[list].next; i = d.nodes[i].next {
		if d.nodes[i].kind != kindObject {
			return Found{}, ErrNotUnderstood
		}
		if use := d.member(i, keyUse); use != 0 && d.is(&d.nodes[use], "old") {
			continue
		}
		if !d.numberAt(i, &found) {
			return Found{}, ErrNotUnderstood
		}
	}
	return found, nil
}

// placed takes up the patient from a Reference, a list of them, or (within) what
// they stand in. It reports false when there are two patients.
func (d *document) placed(at uint32, within keyID, found *Found) bool {
	switch n := &d.nodes[at]; n.kind {
	case kindArray:
		for m := at + 1; m < n.next; m = d.nodes[m].next {
			if !d.placed(m, within, found) {
				return false
			}
		}
	case kindObject:
		if within != keyOther {
			m := d.member(at, within)
			return m == 0 || d.placed(m, keyOther, found)
		}
		if m := d.member(at, keyReference); m != 0 && d.nodes[m].kind == kindString {
			form, typ, id, _ := readReference(d.decoded(&d.nodes[m]), "")
			if form == refLocal && string(typ) == "Patient" {
				if found.LocalID != "" && found.LocalID != string(id) {
					return false
				}
				found.LocalID = string(id)
			}
		}
		if m := d.member(at, keyIdentifier); m != 0 && d.nodes[m].kind == kindObject {
			return d.numberAt(m, found)
		}
	}
	return true
}

// numberAt takes up the NHS number of an Identifier, if it is one. It reports
// false when it differs from one that was found before, or has not its form.
func (d *document) numberAt(identifier uint32, found *Found) bool {
	system, value := d.member(identifier, keySystem), d.member(identifier, keyValue)
	if system == 0 || value == 0 || !d.is(&d.nodes[system], nhs.NumberSystem) {
		return true
	}
	if d.nodes[value].kind != kindString {
		return false
	}
	n, err := nhs.ParseNumber(string(d.decoded(&d.nodes[value])))
	if err != nil || !found.Number.IsZero() && found.Number != n {
		return false
	}
	found.Number = n
	return true
}
