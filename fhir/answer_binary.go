package fhir

import (
	"encoding/base64"

	"github.com/mycarerecord/mcr/fhir/internal/tree"
)

// Binary is a document as a source gives it in FHIR's own form (R4 §2.8).
type Binary struct {
	ContentType string
	Data        []byte
	// ContextType and ContextID are the resource that Binary.securityContext names:
	// who may not see that may not see this. Empty: it names none.
	ContextType, ContextID string
	// Withheld is why its own labels keep it back, as Filtered.Withheld has it; or "".
	Withheld string
}

// binaryItself is what is being read, for what asks what an element of it may lead to.
var binaryItself = &resourceType{name: binaryType}

// ReadBinary reads a Binary, strictly as Filter reads resources. source is the source's
// own base address. What is no Binary, and a security context that leads elsewhere, is
// ErrNotUnderstood. Data is the caller's.
func ReadBinary(body []byte, plan Plan, source string) (Binary, error) {
	c := cutters.Get().(*cutter)
	defer c.done()
	if err := c.prepare(Owner{}, Plan{Labels: plan.Labels}, Links{Source: source}); err != nil {
		return Binary{}, err
	}
	if !c.Read(body) || c.Nodes[0].Kind != tree.KindObject || c.Nodes[0].Marks&tree.OddBelow != 0 || !c.isOf(0, binaryType) {
		return Binary{}, ErrNotUnderstood
	}
	c.findings.reset()
	c.naming.reset()
	c.of, c.place = binaryItself, tree.KeyOther
	b, ok := Binary{}, true
	for m := uint32(1); m < c.Nodes[0].Next && ok; m = c.Nodes[m].Next {
		n := &c.Nodes[m]
		switch string(c.NameOf(n)) {
		case "meta":
			c.holder = m
			c.meta(m, true)
		case "contentType":
			if ok = n.Kind == tree.KindString; ok {
				b.ContentType = string(c.Decoded(n))
			}
		case "securityContext":
			b.ContextType, b.ContextID, ok = c.context(m)
		case "data":
			if ok = n.Kind == tree.KindString; ok {
				b.Data, ok = decoded(c.Decoded(n))
			}
		}
	}
	if !ok || c.unclear {
		clear(b.Data)
		return Binary{}, ErrNotUnderstood
	}
	if c.label {
		b.Withheld = reasonCodes[labelWithheld]
	}
	return b, nil
}

// context reads a security context: a reference to a resource at the source.
func (c *cutter) context(at uint32) (typ, id string, ok bool) {
	if c.Nodes[at].Kind != tree.KindObject {
		return "", "", false
	}
	m := c.Member(at, tree.KeyReference)
	if m == 0 || c.Nodes[m].Kind != tree.KindString {
		return "", "", false
	}
	form, t, i, _ := readReference(c.Decoded(&c.Nodes[m]), &c.source)
	return string(t), string(i), form == refLocal
}

// decoded reads base64 as FHIR has it: standard, with line breaks or without.
func decoded(text []byte) ([]byte, bool) {
	out := make([]byte, base64.StdEncoding.DecodedLen(len(text)))
	n, err := base64.StdEncoding.Decode(out, text)
	if err != nil {
		clear(out)
		return nil, false
	}
	return out[:n], true
}
