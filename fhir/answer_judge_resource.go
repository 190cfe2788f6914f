package fhir

import "github.com/mycarerecord/mcr/fhir/internal/tree"

// resource judges the resource at a node. Contained resources are judged as
// content: whose they are, what they are about and how they are labelled.
func (j *judge) resource(at uint32) reason {
	j.findings.reset()
	j.naming.reset()
	from := len(j.taken)
	j.root = at
	root := &j.Nodes[at]
	if root.Kind != tree.KindObject || root.Marks&tree.OddBelow != 0 {
		return notUnderstood
	}
	if j.typ = j.typeOf(at); j.typ == nil {
		return j.unknownType(at)
	}
	j.rules = j.classes.types[j.typ.name]
	typ := j.typ
	j.members(at, typ, false)
	j.placement = j.classes.classify(typ, j.rules, &j.clues)
	j.borrow()
	if len(j.contained) > 0 {
		j.inside(at)
	}
	j.speaks(at, from)
	for _, ref := range j.fragments {
		j.owners = j.owners || j.isOwnContent(ref)
	}
	if !j.unclear && (j.id == 0 || !validID(j.Raw(&j.Nodes[j.id]))) {
		j.notClear(j.id)
	}
	switch {
	case j.unclear:
		return notUnderstood
	case j.forbidden:
		return typeNotAllowed
	case j.other:
		return otherPatient
	case typ.self && !j.owners && j.isOwnID(j.Raw(&j.Nodes[j.id])):
		// A Patient without an NHS number is the owner's by the source's id.
	case !typ.alone && (!j.owners || j.vague):
		if typ.self {
			return otherPatient
		}
		return noPatient
	}
	if j.label || j.sensitive && !j.plan.allowsLabel(SensitiveLabel) {
		return labelWithheld
	}
	return released
}

// typeOf reads resourceType: nil when it is none that may be released.
func (j *judge) typeOf(at uint32) *resourceType {
	m := j.Member(at, tree.KeyResourceType)
	if m == 0 || j.Nodes[m].Kind != tree.KindString || j.Nodes[m].Marks&tree.Escaped != 0 {
		return nil
	}
	name := j.Raw(&j.Nodes[m])
	if j.last == nil || j.last.name != string(name) {
		j.last = resourceTypes[string(name)]
	}
	return j.last
}

// unknownType tells a type that is not released from what is no resource.
func (j *judge) unknownType(at uint32) reason {
	m := j.Member(at, tree.KeyResourceType)
	if m == 0 || j.Nodes[m].Kind != tree.KindString || !validType(j.Raw(&j.Nodes[m])) {
		return notUnderstood
	}
	if j.Is(&j.Nodes[m], "OperationOutcome") {
		return sourceOutcome
	}
	return typeNotAllowed
}

// members reads the first level of a resource.
func (j *judge) members(at uint32, typ *resourceType, inner bool) {
	changed := false
	j.place, j.of = typ.within, typ
	for m := at + 1; m < j.Nodes[at].Next; m = j.Nodes[m].Next {
		n := &j.Nodes[m]
		as := plain
		switch n.Key {
		case tree.KeyOther:
			j.spoken(m)
		case tree.KeyCode:
			j.mustBeCode(m, tree.KindString)
		case tree.KeyResourceType:
			continue
		case tree.KeyElementID:
			if n.Kind != tree.KindString || n.Marks&tree.Escaped != 0 {
				j.notClear(m)
			} else if !inner { // so that whoever reads j.id reads a string
				j.id = m
			}
			continue
		case tree.KeyMeta:
			j.holder = m
			changed = j.meta(m, inner) || changed
			continue
		case tree.KeyContained:
			if inner || n.Kind != tree.KindArray {
				j.notClear(m)
				continue
			}
			j.content = m
			for c := m + 1; c < n.Next && !j.unclear; c = j.Nodes[c].Next {
				j.contained = append(j.contained, content{at: c})
				if len(j.contained) > maxContained {
					j.notClear(m)
				}
			}
			continue
		case tree.KeyLink:
			if typ.self {
				// Patient.link names other records, which may be other people's.
				n.Marks |= tree.Drop
				changed = true
				continue
			}
		case tree.KeyCategory, tree.KeyClass:
			as = asCategory
		case tree.KeyText:
			if n.Kind == tree.KindObject {
				j.narrated(m, at)
			}
		case tree.KeySpecimen:
			j.has |= j.there(m, hasSpecimen)
		case tree.KeyImagingStudy:
			j.has |= j.there(m, hasImagingStudy)
		case tree.KeySpecialty, tree.KeyServiceType, tree.KeyServiceCategory:
			as = asSpecialty
		case tree.KeySecurityLabel, tree.KeyConfidentiality:
			as = asLabel
		case tree.KeyExtension, tree.KeyModifierExtension:
			as = asExtensions
		}
		switch {
		case typ.self:
			if n.Key == tree.KeyIdentifier {
				as = asIdentity
			}
		case n.Key == typ.patient && n.Key != tree.KeyOther:
			as = asPatient
			if typ.within != tree.KeyOther {
				as = aroundPatient
			}
		case n.Key == typ.code && n.Key != tree.KeyOther:
			as = asCode
		}
		j.holder = m
		changed = j.value(m, as) || changed
	}
	if changed {
		j.Nodes[at].Marks |= tree.Dirty
	}
}

// there gives an element as a clue where it holds something.
func (j *judge) there(at uint32, element elements) elements {
	if n := &j.Nodes[at]; n.Kind < tree.KindArray || n.Next == at+1 {
		return 0
	}
	return element
}
