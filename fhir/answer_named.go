package fhir

import (
	"bytes"

	"github.com/mycarerecord/mcr/fhir/internal/tree"
)

// A released entry names others: in the display, the identifier and the extensions of
// a Reference, and in its narrative. Whether what is named may be shown is not known
// from the Reference, so its words are taken out as it is read, and the display is put
// back when its target turns out to be shown in the same answer (see restore). It is
// the same whether the target is withheld, or was never there: what is missing tells
// nothing, and is not counted as a part that was cut out (attack 85).

// taken is what was taken out for the sake of what a reference leads to.
type taken struct {
	node      uint32 // the display, or the narrative; 0: there was none
	reference uint32 // leads to what it names; 0: the node is the narrative
}

// naming is what the resource at hand names.
type naming struct {
	of         *resourceType // what is being read: the resource, or one that it contains
	form       refForm       // of the reference that was judged last, and the type that it leads to
	led        []byte
	spoke      int  // references to what must be shown to be named
	unshown    bool // one leads to what cannot be in the answer
	narratives []narrative
	insides    []taken // references to what it contains
}

// narrative is one, in the resource or in one that it contains.
type narrative struct{ node, holder uint32 }

func (n *naming) reset() {
	n.led, n.spoke, n.unshown = nil, 0, false
	n.narratives, n.insides = n.narratives[:0], n.insides[:0]
}

// names judges what a Reference says of its target, beyond where it leads. It reports
// whether anything is dropped.
func (j *judge) names(at, reference, identifier, typ, display uint32) (changed bool) {
	if j.open || identifier != 0 && j.Nodes[identifier].Kind == tree.KindObject && j.numberIn(identifier) {
		return false
	}
	if reference != 0 && j.Nodes[reference].Kind != tree.KindString {
		return false // an element of that name that holds a Reference
	}
	follow, stays := j.target(reference, typ, display != 0 || identifier != 0)
	if stays {
		return false
	}
	j.spoke++
	kept := taken{reference: reference}
	for m := at + 1; m < j.Nodes[at].Next; m = j.Nodes[m].Next {
		n := &j.Nodes[m]
		switch {
		case n.Marks&tree.Drop != 0, m == reference && j.form != refTyped, m == typ && n.Kind == tree.KindString && validType(j.Decoded(n)):
			continue
		case m == display && n.Kind == tree.KindString:
			kept.node = m
		}
		n.Marks |= tree.Drop
		changed = true
	}
	switch {
	case !follow:
		j.unshown = true
	case j.form == refContained:
		j.insides = append(j.insides, kept)
	default:
		j.taken = append(j.taken, kept)
	}
	return changed
}

// target finds out where a Reference leads: whether that can be followed to what may be
// in the answer, and whether its words stay, because it leads to a directory's entry, to
// the patient, or to what may be shown in any case. With neither a reference nor a type
// the element says what it may lead to; words (there are some) where none may lead
// anywhere are no Reference's. What refers found out of the reference is used.
func (j *judge) target(reference, typ uint32, words bool) (follow, stays bool) {
	if reference != 0 {
		name := j.led
		switch j.form {
		case refContained:
			return true, false
		case refLocal:
			// A Binary is the entry's own attachment, and its display the title.
			return true, string(name) == "Patient" || string(name) == binaryType || j.staysNamed(name)
		case refPatient, refNumber:
			return false, true // judged where it stands
		case refTyped, refSearch:
			name = bytes.TrimPrefix(j.Decoded(&j.Nodes[reference]), []byte{'/'})
			name = name[:bytes.IndexAny(name, "/?")]
			return false, j.staysNamed(name)
		case refForeign:
			if name = typeInAddress(j.Decoded(&j.Nodes[reference])); name != nil {
				return false, j.staysNamed(name)
			}
		case refUnclear:
		}
	}
	if typ != 0 && j.Nodes[typ].Kind == tree.KindString {
		name := j.Decoded(&j.Nodes[typ])
		if name = name[bytes.LastIndexByte(name, '/')+1:]; validType(name) {
			return false, string(name) == "Patient" || j.staysNamed(name)
		}
	}
	if reference == 0 && !words {
		return false, true
	}
	leads := leadsOf(j.of.name, j.NameOf(&j.Nodes[j.holder]))
	return false, leads == toDirectory || leads == toNothing && reference == 0
}

// typeInAddress is the type that an address elsewhere ends with: ".../Type/id".
func typeInAddress(text []byte) []byte {
	if end := bytes.Index(text, historyPart); end > 0 {
		text = text[:end]
	}
	slash := bytes.LastIndexByte(text, '/')
	if slash < 0 || !validID(text[slash+1:]) {
		return nil
	}
	text = text[:slash]
	if name := text[bytes.LastIndexByte(text, '/')+1:]; validType(name) {
		return name
	}
	return nil
}

// narrated keeps the narrative of what is being read.
func (j *judge) narrated(node, holder uint32) {
	j.narratives = append(j.narratives, narrative{node, holder})
}

// hush takes out a narrative, as names does a display. One that holds more than words is
// not put back.
func (j *judge) hush(node uint32) {
	n := &j.Nodes[node]
	if n.Marks&tree.Drop != 0 {
		return
	}
	n.Marks |= tree.Drop
	for m := node + 1; m < n.Next; m = j.Nodes[m].Next {
		if name := string(j.NameOf(&j.Nodes[m])); name != "status" && name != "div" {
			return
		}
	}
	j.taken = append(j.taken, taken{node: node})
}

// speaks ends the reading of a resource: what it says of what it contains stays where
// that goes with it, and its narratives go where it speaks of others. from is the first
// of what was taken out of it.
func (j *judge) speaks(at uint32, from int) {
	for _, in := range j.insides {
		text := j.Decoded(&j.Nodes[in.reference])
		c := j.cited(in.reference)
		if len(text) > 1 && (c == nil || c.cut) {
			j.unshown = true
			continue
		}
		j.spoke--
		if in.node != 0 {
			j.Nodes[in.node].Marks &^= tree.Drop
		}
	}
	if j.spoke == 0 && !j.unshown {
		for _, t := range j.taken[from:] { // of sections, that speak of nothing else
			j.Nodes[t.node].Marks &^= tree.Drop
		}
		j.taken = j.taken[:from]
	}
	if j.open || j.spoke == 0 && !j.typ.tells {
		return
	}
	for _, n := range j.narratives {
		if j.Nodes[n.node].Marks&tree.Drop != 0 {
			continue
		}
		j.hush(n.node)
		j.Nodes[n.holder].Marks |= tree.Dirty
		if n.holder != at {
			j.Nodes[j.content].Marks |= tree.Dirty
			j.Nodes[at].Marks |= tree.Dirty
		}
	}
}
