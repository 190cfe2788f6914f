package fhir

// withholdTwice withholds what stands on the source's page a second time, as something that
// may not be shown: an item as it was, before it was labelled, or as another patient's
// (attack 323).
func (c *cutter) withholdTwice() {
	var withheld map[string]reason
	for i := range c.entries {
		e := &c.entries[i]
		if e.why == released || e.typ == nil || e.id == 0 {
			continue
		}
		if withheld == nil {
			withheld = map[string]reason{}
		}
		withheld[string(c.keyOf(e))] = e.why
	}
	for i := range c.entries {
		e := &c.entries[i]
		if withheld == nil || e.why != released {
			continue
		}
		if why, twice := withheld[string(c.keyOf(e))]; twice {
			e.why = why
			c.blame(e, Cause{Type: e.typ.name, Element: e.typ.name, Reason: c.codeOf(why)})
		}
	}
}

// keyOf is the type and id of an entry, until it is asked again.
func (c *cutter) keyOf(e *entry) []byte {
	return append(append(append(c.judge.text[:0], e.typ.name...), '/'), c.Raw(&c.Nodes[e.id])...)
}
