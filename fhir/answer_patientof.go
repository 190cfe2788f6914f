package fhir

import (
	"slices"

	"github.com/mycarerecord/mcr/fhir/internal/tree"
	"github.com/mycarerecord/mcr/nhs"
)

// Found is a patient that stands in an answer.
type Found struct {
	Type string // the resource that says so
	// LocalID is the source's id of the patient, "" when the resource does not
	// give it.
	LocalID string
	// Number is the NHS number, zero when the resource does not give one.
	Number nhs.Number
	// Others are the further NHS numbers of a Patient that has several in use: whose it
	// is cannot be told by the resource alone (attack 117).
	Others []nhs.Number
	// Malformed: the Patient has something for an NHS number that is none.
	Malformed bool
}

// PatientOf tells what patient the answer to a read is about. A Patient resource
// gives its id and its NHS number; others give the id in their reference to the
// patient, or the number of a logical reference. Both are empty when the
// resource has no patient, or is of a type that is never released.
//
// What is not understood, and what is about two patients, is ErrNotUnderstood; a Patient
// that has several numbers, or something else for one, is given with them.
// PatientOf only finds whom to decide on: Filter checks everything.
func PatientOf(body []byte) (Found, error) {
	c := cutters.Get().(*cutter)
	defer c.done()
	if !c.Read(body) {
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
	if !c.Read(body) {
		return nil, ErrNotUnderstood
	}
	entries, _, ok := c.bundle("searchset")
	if !ok {
		return nil, ErrNotUnderstood
	}
	if entries == 0 {
		return nil, nil
	}
	var all []Found
	for at := entries + 1; at < c.Nodes[entries].Next; at = c.Nodes[at].Next {
		e := c.entry(at)
		if e.why != released || c.Nodes[e.resource].Marks&tree.OddBelow != 0 {
			return nil, ErrNotUnderstood
		}
		if m := c.Member(e.resource, tree.KeyResourceType); m == 0 || !c.Is(&c.Nodes[m], "Patient") {
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
	n := &d.Nodes[at]
	named := uint32(0)
	if n.Kind == tree.KindObject && n.Marks&tree.OddBelow == 0 {
		named = d.Member(at, tree.KeyResourceType)
	}
	if named == 0 || d.Nodes[named].Kind != tree.KindString || !validType(d.Raw(&d.Nodes[named])) {
		return Found{}, ErrNotUnderstood
	}
	typ := resourceTypes[string(d.Raw(&d.Nodes[named]))]
	switch {
	case typ == nil:
		return Found{Type: string(d.Raw(&d.Nodes[named]))}, nil
	case typ.alone:
		return Found{Type: typ.name}, nil
	case typ.self:
		return d.asPatient(at)
	}
	found := Found{Type: typ.name}
	if m := d.Member(at, typ.patient); m != 0 && !d.placed(at, m, typ.within, &found) {
		return Found{}, ErrNotUnderstood
	}
	return found, nil
}

// asPatient reads a Patient resource.
func (d *document) asPatient(at uint32) (Found, error) {
	found := Found{Type: "Patient"}
	id := d.Member(at, tree.KeyElementID)
	if id == 0 || d.Nodes[id].Kind != tree.KindString || !validID(d.Raw(&d.Nodes[id])) {
		return Found{}, ErrNotUnderstood
	}
	found.LocalID = string(d.Raw(&d.Nodes[id]))
	list := d.Member(at, tree.KeyIdentifier)
	if list == 0 {
		return found, nil
	}
	for i := list + 1; i < d.Nodes[list].Next; i = d.Nodes[i].Next {
		one := Found{}
		switch {
		case d.Nodes[i].Kind != tree.KindObject:
			found.Malformed = true
		case d.isOld(i):
		case !d.numberAt(i, &one):
			found.Malformed = true
		case one.Number.IsZero() || one.Number == found.Number || slices.Contains(found.Others, one.Number):
		case found.Number.IsZero():
			found.Number = one.Number
		default:
			found.Others = append(found.Others, one.Number)
		}
	}
	return found, nil
}

// numbersOf takes up the NHS number of the Patient at a node, those in use no
// longer aside.
func (d *document) numbersOf(patient uint32, found *Found) bool {
	list := d.Member(patient, tree.KeyIdentifier)
	if list == 0 {
		return true
	}
	for i := list + 1; i < d.Nodes[list].Next; i = d.Nodes[i].Next {
		if d.Nodes[i].Kind != tree.KindObject {
			return false
		}
		if !d.isOld(i) && !d.numberAt(i, found) {
			return false
		}
	}
	return true
}

// placed takes up the patient from a Reference, a list of them, or (within) what
// they stand in. It reports false when there are two patients.
func (d *document) placed(root, at uint32, within tree.KeyID, found *Found) bool {
	switch n := &d.Nodes[at]; n.Kind {
	case tree.KindArray:
		for m := at + 1; m < n.Next; m = d.Nodes[m].Next {
			if !d.placed(root, m, within, found) {
				return false
			}
		}
	case tree.KindObject:
		if within != tree.KeyOther {
			m := d.Member(at, within)
			return m == 0 || d.placed(root, m, tree.KeyOther, found)
		}
		if m := d.Member(at, tree.KeyReference); m != 0 && d.Nodes[m].Kind == tree.KindString {
			if !d.refersTo(root, d.Decoded(&d.Nodes[m]), found) {
				return false
			}
		}
		if m := d.Member(at, tree.KeyIdentifier); m != 0 && d.Nodes[m].Kind == tree.KindObject {
			return d.numberAt(m, found)
		}
	}
	return true
}

// refersTo takes up the patient that a literal reference leads to: at the source,
// contained in the resource, or by a search for the NHS number.
func (d *document) refersTo(root uint32, reference []byte, found *Found) bool {
	switch form, typ, id, _ := readReference(reference, ""); {
	case form == refLocal && string(typ) == "Patient":
		if found.LocalID != "" && found.LocalID != string(id) {
			return false
		}
		found.LocalID = string(id)
	case form == refNumber:
		return found.take(string(id))
	case form == refContained && len(id) > 0:
		list := d.Member(root, tree.KeyContained)
		if list == 0 || d.Nodes[list].Kind != tree.KindArray {
			return true
		}
		for c := list + 1; c < d.Nodes[list].Next; c = d.Nodes[c].Next {
			own, named := d.Member(c, tree.KeyElementID), d.Member(c, tree.KeyResourceType)
			if d.Nodes[c].Kind != tree.KindObject || own == 0 || !d.Is(&d.Nodes[own], string(id)) || named == 0 || !d.Is(&d.Nodes[named], "Patient") {
				continue
			}
			return d.numbersOf(c, found)
		}
	}
	return true
}

// numberAt takes up the NHS number of an Identifier, if it is one. It reports
// false when it differs from one that was found before, or has not its form.
func (d *document) numberAt(identifier uint32, found *Found) bool {
	system, value := d.Member(identifier, tree.KeySystem), d.Member(identifier, tree.KeyValue)
	if system == 0 || value == 0 || !d.Is(&d.Nodes[system], nhs.NumberSystem) {
		return true
	}
	if d.Nodes[value].Kind != tree.KindString {
		return false
	}
	return found.take(string(d.Decoded(&d.Nodes[value])))
}

// take takes up an NHS number.
func (f *Found) take(digits string) bool {
	n, err := nhs.ParseNumber(digits)
	if err != nil || !f.Number.IsZero() && f.Number != n {
		return false
	}
	f.Number = n
	return true
}
