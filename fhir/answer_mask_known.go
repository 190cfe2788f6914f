package fhir

import (
	"bytes"

	"github.com/mycarerecord/mcr/fhir/internal/spelling"
	"github.com/mycarerecord/mcr/fhir/internal/tree"
)

// coverKinds drops of a resource what is not kept (the mask Element.*).
func (j *judge) coverKinds(at uint32, typ *resourceType) (changed bool) {
	k := j.masked.kinds.types[typ.name]
	if k == nil {
		k = &kindsOf{}
	}
	for m := at + 1; m < j.Nodes[at].Next; m = j.Nodes[m].Next {
		switch n := &j.Nodes[m]; n.Key {
		case tree.KeyResourceType, tree.KeyElementID, tree.KeyContained:
		default:
			changed = j.coverKind(m, k) || changed
		}
	}
	return changed
}

// coverKind masks one member of an object.
func (j *judge) coverKind(m uint32, in *kindsOf) (changed bool) {
	n := &j.Nodes[m]
	if n.Marks&tree.Drop != 0 {
		return false
	}
	name := j.NameOf(n)
	twin := len(name) > 1 && name[0] == '_'
	of, stays := in.members[string(bare(name))]
	switch {
	case !stays:
		n.Marks |= tree.Drop
		return true
	case twin:
		of = kind{below: j.masked.kinds.twin}
	}
	return j.coverAs(m, of)
}

// coverAs masks a value of a type, or a list of them. What is of another form than its
// type goes.
func (j *judge) coverAs(at uint32, of kind) (changed bool) {
	n := &j.Nodes[at]
	switch {
	case n.Kind == tree.KindArray:
		for m := at + 1; m < n.Next; m = j.Nodes[m].Next {
			if j.Nodes[m].Marks&tree.Drop == 0 {
				changed = j.coverAs(m, of) || changed
			}
		}
	case n.Kind == tree.KindNull:
		return false
	case of.below == nil:
		if j.hasForm(of.typ, n) {
			return false
		}
		n.Marks |= tree.Drop
		return true
	case n.Kind != tree.KindObject || !j.staysAs(at, of.below):
		n.Marks |= tree.Drop
		return true
	default:
		changed = j.coverMembers(at, of.below) || n.Marks&tree.Dirty != 0
	}
	if changed {
		j.settle(at)
	}
	return changed
}

func (j *judge) coverMembers(at uint32, of *kindsOf) (changed bool) {
	left := false
	for m := at + 1; m < j.Nodes[at].Next; m = j.Nodes[m].Next {
		changed = j.coverKind(m, of) || changed
		left = left || j.Nodes[m].Marks&tree.Drop == 0 && j.Nodes[m].Key != tree.KeyURL
	}
	if of.judged == byWhatIsLeft && !left { // an address of an extension that says nothing
		for m := at + 1; m < j.Nodes[at].Next; m = j.Nodes[m].Next {
			j.Nodes[m].Marks |= tree.Drop
		}
		return true
	}
	if words := j.Member(at, tree.KeyText); of.judged == byCodes && words != 0 && j.Nodes[words].Marks&tree.Drop == 0 && j.toldByCodes(at) {
		j.Nodes[words].Marks |= tree.Drop
		return true
	}
	return changed
}

// toldByCodes says that a concept has a code of a system that is known.
func (j *judge) toldByCodes(at uint32) bool {
	codings := j.Member(at, tree.KeyCoding)
	if codings == 0 || j.Nodes[codings].Kind != tree.KindArray || j.Nodes[codings].Marks&tree.Drop != 0 {
		return false
	}
	for m := codings + 1; m < j.Nodes[codings].Next; m = j.Nodes[m].Next {
		if n := &j.Nodes[m]; n.Kind == tree.KindObject && n.Marks&tree.Drop == 0 && j.Member(m, tree.KeySystem) != 0 && j.Member(m, tree.KeyCode) != 0 {
			return true
		}
	}
	return false
}

// staysAs says that an object of one of the types that are judged by what they hold
// stays; of some it drops what does not.
func (j *judge) staysAs(at uint32, of *kindsOf) bool {
	switch of.judged {
	case bySystem:
		return j.staysInSystem(at, of.outside)
	case byWhatIsLeft:
		return !j.places(j.Member(at, tree.KeyURL))
	case byNHSNumber:
		system := j.Member(at, tree.KeySystem)
		return system != 0 && j.Nodes[system].Kind == tree.KindString && isNumberSystem(j.Decoded(&j.Nodes[system]))
	case byReference:
		if ref := j.Member(at, tree.KeyReference); ref != 0 && j.Nodes[ref].Kind == tree.KindString {
			switch form, _, _, _ := readReference(j.Released(&j.Nodes[ref]), nil); form {
			case refLocal, refContained, refNumber:
			default:
				j.dropMember(at, ref)
			}
		}
		if typ := j.Member(at, tree.KeyType); typ != 0 && j.Nodes[typ].Kind == tree.KindString {
			if name := bytes.TrimPrefix(j.Released(&j.Nodes[typ]), []byte("http://hl7.org/fhir/StructureDefinition/")); !validType(name) {
				j.dropMember(at, typ)
			}
		}
	}
	return true
}

// staysInSystem judges a coding, or a quantity's unit, by its code system. Without a
// system a code may stay where R4 says what it is about, and its words may not.
func (j *judge) staysInSystem(at uint32, outside bool) bool {
	system := j.Member(at, tree.KeySystem)
	if system != 0 && j.Nodes[system].Kind == tree.KindString {
		if j.isTerminology(j.Decoded(&j.Nodes[system])) {
			return true
		}
		if j.Member(at, tree.KeyValue) == 0 {
			return false
		}
		j.dropMember(at, system) // the unit of a quantity says enough
		j.dropMember(at, j.Member(at, tree.KeyCode))
		return true
	}
	j.dropMember(at, j.Member(at, tree.KeyDisplay))
	return !outside || j.Member(at, tree.KeyValue) != 0
}

func (j *judge) dropMember(at, m uint32) {
	if m != 0 {
		j.Nodes[m].Marks |= tree.Drop
		j.Nodes[at].Marks |= tree.Dirty
	}
}

// terminologies are where published code systems have their addresses, in normal form.
// Addresses of identifiers (fhir.nhs.uk/Id) are not among them, nor are countries.
var terminologies = [][]byte{
	[]byte("snomed.info/sct"), []byte("loinc.org"), []byte("unitsofmeasure.org"), []byte("terminology.hl7.org/codesystem/"), []byte("hl7.org/fhir/"),
	[]byte("dmd.nhs.uk"), []byte("read.info/"), []byte("nicip.nhs.uk"), []byte("fhir.nhs.uk/codesystem/"), []byte("fhir.nhs.uk/england/codesystem/"),
	[]byte("fhir.nhs.uk/stu3/codesystem/"), []byte("fhir.hl7.org.uk/codesystem/"), []byte("fhir.hl7.org.uk/stu3/codesystem/"),
	[]byte("fhir.hl7.org.uk/id/icd-10"), []byte("fhir.hl7.org.uk/id/opcs-4"), []byte("urn:iso:std:iso:11073:10101"), []byte("dicom.nema.org/"),
	[]byte("human-phenotype-ontology.org"), []byte("urn:ietf:bcp:47"), []byte("ihe.net/"),
}

// isTerminology says that a code system is published, or one that the policies know:
// its codes and their words then say the same everywhere, and no place of a patient.
func (j *judge) isTerminology(address []byte) bool {
	if j.classes.spelled[string(address)] != nil {
		return true
	}
	if s, _ := j.heard(address); s != nil {
		return true
	}
	normal := spelling.System(j.text[:0], address)
	for _, t := range terminologies {
		if bytes.HasPrefix(normal, t) && (len(normal) == len(t) || t[len(t)-1] == '/' || normal[len(t)] == '/') {
			return true
		}
	}
	return false
}

// hasForm says that a value has the form of its primitive type: words in the place of a
// code or a date are words.
func (j *judge) hasForm(typ string, n *tree.Node) bool {
	switch typ {
	case "boolean":
		return n.Kind == tree.KindBool
	case "decimal", "integer", "positiveInt", "unsignedInt":
		return n.Kind == tree.KindNumber
	}
	if n.Kind != tree.KindString {
		return false
	}
	text := j.Released(n)
	switch typ {
	case "code", "id":
		return bytes.IndexByte(text, ' ') < 0
	case "date", "dateTime", "instant", "time":
		return len(bytes.Trim(text, "0123456789-:.+TZ")) == 0
	}
	return true
}

// placing are words in the names of extensions that say where something is.
var placing = []string{"geolocation", "latitude", "longitude", "easting", "northing", "position", "coordinate"}

// places says that an extension is called a place: its numbers are one (attack 320). It is
// asked by the extension's name alone, however that is written.
func (j *judge) places(url uint32) bool {
	if url == 0 || j.Nodes[url].Kind != tree.KindString {
		return false
	}
	address := j.Decoded(&j.Nodes[url])
	for _, word := range placing {
		if spelling.HoldsFolded(address, word) {
			return true
		}
	}
	switch string(bytes.ToLower(address[bytes.LastIndexAny(address, "/#:")+1:])) {
	case "lat", "lon", "long", "lng", "uprn":
		return true
	}
	return bytes.IndexByte(address, ',') >= 0 || bytes.HasPrefix(bytes.ToLower(address), []byte("geo:"))
}
