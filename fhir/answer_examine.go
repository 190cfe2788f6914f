package fhir

import "slices"

// Examined says what would become of one resource, read alone by somebody whom a
// plan permits.
type Examined struct {
	Type     string // resource type, "" when it has none that is understood
	ID       string // its own id, "" when it has none that is one
	Category string // its first category, "" when it is not understood
	Reason   string // why it is withheld, as Filtered.Withheld has it; "" when it is shown
	InPart   bool   // it is shown, less an element that could not be
	Causes   []Cause
}

// Examine judges one resource as Filter judges what a read brings, and releases
// nothing of it: this is how a source finds out what of its data would be shown.
// The error is that of a plan with a mask that cannot be read.
func Examine(resource []byte, owner Owner, plan Plan, links Links) (Examined, error) {
	c := cutters.Get().(*cutter)
	defer c.done()
	if err := c.prepare(owner, plan, links); err != nil {
		return Examined{}, err
	}
	if !c.Read(resource) {
		return Examined{Reason: reasonCodes[notUnderstood], Causes: []Cause{{Reason: reasonCodes[notUnderstood]}}}, nil
	}
	e := entry{why: c.resource(0)}
	if e.why == released {
		e.why = c.byPlan(0)
	}
	c.explain(&e, 0)
	got := Examined{
		Type: c.nameOfType(0), Category: c.first, Reason: c.codeOf(e.why), InPart: e.part, Causes: slices.Clone(c.causes),
	}
	if c.id != 0 && validID(c.Raw(&c.Nodes[c.id])) {
		got.ID = string(c.Raw(&c.Nodes[c.id]))
	}
	return got, nil
}
