package fhir

import "github.com/mycarerecord/mcr/fhir/internal/tree"

// insideOnly are types that are never released by themselves, and go with a
// resource that contains them: they say what the resource is about, in more words.
var insideOnly = func() map[string]*resourceType {
	all := map[string]*resourceType{}
	for _, name := range []string{"Questionnaire", "Schedule", "Slot", "Substance"} {
		all[name] = &resourceType{name: name, alone: true, class: unclassified}
	}
	return all
}()

// neverOffered stands for every type of which nothing is shown: contained, it is
// judged like any other, and then cut out.
var neverOffered = &resourceType{alone: true, class: unclassified}

// partOfHost are types with a patient and a category of their own that are, when
// contained, no more than a part of what contains them.
var partOfHost = map[string]bool{
	"BodyStructure": true, "Coverage": true, "Device": true, "Specimen": true,
}

// goesWith says that a contained resource may go with one that has no patient: who and
// where, and of what a medicine is made. Nothing clinical does, with a subject or
// without: an answer may hold such a host for its references alone. What is never
// offered is cut out.
func (t *resourceType) goesWith(host *resourceType) bool {
	switch {
	case t == neverOffered, t.alone && t.class == "administrative" && !t.beside:
		return true
	case host.name == "Medication":
		return t.name == "Medication" || t.name == "Substance"
	}
	return false
}

// inside judges the contained resources. What does not go with its host is cut
// out, with the references to it and the narrative, which may tell of it.
func (j *judge) inside(at uint32) {
	var changed, cut bool
	for i := range j.contained {
		c := &j.contained[i]
		changed = j.inner(c) || changed
		cut = cut || c.cut
	}
	if changed || cut {
		j.Nodes[j.content].Marks |= tree.Dirty
		j.Nodes[at].Marks |= tree.Dirty
	}
	if !cut {
		return
	}
	for i := range j.contained {
		if c := &j.contained[i]; c.cut {
			j.cutOut(c.at)
			j.Nodes[c.at].Marks |= tree.Drop
		}
	}
	if text := j.Member(at, tree.KeyText); text != 0 && j.Nodes[text].Kind == tree.KindObject {
		j.Nodes[text].Marks |= tree.Drop
	}
	j.uncite(at)
	j.settle(j.content)
}

// inner judges a contained resource, whose findings are added to its host's. It
// reports whether something in it is dropped.
func (j *judge) inner(c *content) (changed bool) {
	n := &j.Nodes[c.at]
	if n.Kind != tree.KindObject {
		j.notClear(c.at)
		return false
	}
	typ := j.typeInside(c.at)
	if typ == nil {
		if j.nameOfType(c.at) == "" {
			j.notClear(c.at)
			return false
		}
		typ, c.cut = neverOffered, true
	}
	if j.typ.alone && !typ.goesWith(j.typ) {
		// What has no patient holds nothing that is about one (attack 150).
		j.forbidden = true
		j.blame(typeNotAllowed, c.at)
		return false
	}
	host, rules, owners := j.clues, j.rules, j.owners
	j.clues, j.rules, j.owners = clues{hits: j.hits[len(j.hits):]}, j.classes.types[typ.name], false
	j.members(c.at, typ, true)
	if !typ.alone && !partOfHost[typ.name] {
		// It is content: its category counts. A result that nothing else places is
		// what the resource around it is.
		p := j.classes.classify(typ, j.rules, &j.clues)
		c.cut = p.set&^j.allowed != 0 && !(p.weak && typ.borrows() && j.Member(c.at, tree.KeyCategory) == 0 && !j.weak)
	}
	if typ.self {
		// Its id means nothing at the source: only the NHS number tells whose it is.
		c.patient, c.cut = j.owners, false
		if !j.owners {
			j.ofAnother(c.at)
		}
	}
	j.clues, j.rules, j.owners = host, rules, owners
	return n.Marks&tree.Dirty != 0
}

// typeInside reads the resourceType of a contained resource: nil when it is none
// that may go with its host.
func (j *judge) typeInside(at uint32) *resourceType {
	if typ := j.typeOf(at); typ != nil {
		return typ
	}
	m := j.Member(at, tree.KeyResourceType)
	if m == 0 || j.Nodes[m].Kind != tree.KindString || j.Nodes[m].Marks&tree.Escaped != 0 {
		return nil
	}
	return insideOnly[string(j.Raw(&j.Nodes[m]))]
}

// isOwnContent says that a reference within the resource leads to the owner.
func (j *judge) isOwnContent(ref uint32) bool {
	c := j.cited(ref)
	return c != nil && c.patient
}

// cited is the contained resource that a reference leads to, or nil.
func (j *judge) cited(ref uint32) *content {
	form, _, id, _ := readReference(j.Decoded(&j.Nodes[ref]), "")
	if form != refContained || len(id) == 0 {
		return nil
	}
	if j.byID == nil {
		j.byID = make(map[string]*content, len(j.contained))
		for i := range j.contained {
			c := &j.contained[i]
			if m := j.Member(c.at, tree.KeyElementID); m != 0 && j.Nodes[m].Kind == tree.KindString {
				own := string(j.Decoded(&j.Nodes[m]))
				if j.byID[own] != nil {
					j.notClear(c.at) // two of one id: which is meant cannot be known
				}
				j.byID[own] = c
			}
		}
	}
	return j.byID[string(id)]
}

// uncite drops the references to what was cut out.
func (j *judge) uncite(at uint32) (changed bool) {
	n := &j.Nodes[at]
	if n.Kind < tree.KindArray || n.Marks&tree.Drop != 0 {
		return false
	}
	if n.Kind == tree.KindObject {
		if ref := j.Member(at, tree.KeyReference); ref != 0 && j.Nodes[ref].Kind == tree.KindString {
			if c := j.cited(ref); c != nil && c.cut {
				n.Marks |= tree.Drop
				return true
			}
		}
	}
	for m := at + 1; m < n.Next; m = j.Nodes[m].Next {
		changed = j.uncite(m) || changed
	}
	if changed {
		j.settle(at)
	}
	return changed
}
