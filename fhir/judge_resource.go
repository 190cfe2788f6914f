package fhir

// resource judges the resource at a node. Contained resources are judged as
// content: whose they are, what they are about and how they are labelled.
func (j *judge) resource(at uint32) reason {
	j.findings.reset()
	root := &j.nodes[at]
	if root.kind != kindObject || root.marks&oddBelow != 0 {
		return notUnderstood
	}
	if j.typ = j.typeOf(at); j.typ == nil {
		return j.unknownType(at)
	}
	j.rules = j.classes.types[j.typ.name]
	typ := j.typ
	j.members(at, typ, false)
	j.set, j.first = j.classes.classify(typ, j.rules, j.hits)
	for i := range j.contained {
		if j.inner(&j.contained[i]) {
			j.nodes[j.inside].marks |= dirty
			j.nodes[at].marks |= dirty
		}
	}
	for _, ref := range j.fragments {
		j.owners = j.owners || j.isOwnContent(ref)
	}
	switch {
	case j.unclear || j.id == 0 || !validID(j.raw(&j.nodes[j.id])):
		return notUnderstood
	case j.forbidden:
		return typeNotAllowed
	}
	switch {
	case j.other:
		return otherPatient
	case typ.self && !j.owners && j.isOwnID(j.raw(&j.nodes[j.id])):
		// A Patient without an NHS number is the owner's by the source's id.
	case !typ.alone && !j.owners:
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
	m := j.member(at, keyResourceType)
	if m == 0 || j.nodes[m].kind != kindString || j.nodes[m].marks&escaped != 0 {
		return nil
	}
	name := j.raw(&j.nodes[m])
	if j.last == nil || j.last.name != string(name) {
		j.last = resourceTypes[string(name)]
	}
	return j.last
}

// unknownType tells a type that is not released from what is no resource.
func (j *judge) unknownType(at uint32) reason {
	m := j.member(at, keyResourceType)
	if m == 0 || j.nodes[m].kind != kindString || !validType(j.raw(&j.nodes[m])) {
		return notUnderstood
	}
	if j.is(&j.nodes[m], "OperationOutcome") {
		return sourceOutcome
	}
	return typeNotAllowed
}

// members reads the first level of a resource.
func (j *judge) members(at uint32, typ *resourceType, inner bool) {
	changed := false
	j.place = typ.within
	for m := at + 1; m < j.nodes[at].next; m = j.nodes[m].next {
		n := &j.nodes[m]
		as := plain
		switch n.key {
		case keyOther:
		case keyResourceType:
			continue
		case keyElementID:
			if n.kind != kindString || n.marks&escaped != 0 {
				j.unclear = true
			}
			if !inner {
				j.id = m
			}
			continue
		case keyMeta:
			changed = j.meta(m, inner) || changed
			continue
		case keyContained:
			if inner || n.kind != kindArray {
				j.unclear = true
				continue
			}
			j.inside = m
			for c := m + 1; c < n.next && !j.unclear; c = j.nodes[c].next {
				j.contained = append(j.contained, content{at: c})
				j.unclear = len(j.contained) > maxContained
			}
			continue
		case keyLink:
			if typ.self {
				// Patient.link names other records, which may be other people's.
				n.marks |= drop
				changed = true
				continue
			}
		case keyCategory, keyClass:
			as = asCategory
		case keySpecialty, keyServiceType, keyServiceCategory:
			as = asSpecialty
		case keySecurityLabel, keyConfidentiality:
			as = asLabel
		case keyExtension, keyModifierExtension:
			as = asExtensions
		}
		switch {
		case typ.self:
			if n.key == keyIdentifier {
				as = asIdentity
			}
		case n.key == typ.patient && n.key != keyOther:
			as = asPatient
			if typ.within != keyOther {
				as = aroundPatient
			}
		case n.key == typ.code && n.key != keyOther:
			as = asCode
		}
		changed = j.value(m, as) || changed
	}
	if changed {
		j.nodes[at].marks |= dirty
	}
}

// inner judges a contained resource, whose findings are added to its host's. It
// reports whether something in it is dropped.
func (j *judge) inner(c *content) (changed bool) {
	n := &j.nodes[c.at]
	if n.kind != kindObject {
		j.unclear = true
		return false
	}
	typ := j.typeOf(c.at)
	if typ == nil {
		j.forbidden = true
		return false
	}
	hits, rules, owners := j.hits, j.rules, j.owners
	j.hits, j.rules, j.owners = j.hits[len(j.hits):], j.classes.types[typ.name], false
	j.members(c.at, typ, true)
	if !typ.alone {
		// It is content: its category counts. What has no patient is part of its host.
		set, _ := j.classes.classify(typ, j.rules, j.hits)
		j.set |= set
	}
	if typ.self {
		// Its id means nothing at the source: only the NHS number tells whose it is.
		c.patient = j.owners
		j.other = j.other || !j.owners
	}
	j.hits, j.rules, j.owners = hits, rules, owners
	return n.marks&dirty != 0
}

// isOwnContent says that a reference within the resource leads to the owner.
func (j *judge) isOwnContent(ref uint32) bool {
	_, _, id, _ := readReference(j.decoded(&j.nodes[ref]), "")
	for _, c := range j.contained {
		if m := j.member(c.at, keyElementID); c.patient && m != 0 && j.is(&j.nodes[m], string(id)) {
			return true
		}
	}
	return false
}
