package fhir

import (
	"math/bits"

	"github.com/mycarerecord/mcr/fhir/internal/tree"
)

// Lent are the categories that reports and panels give to the results that they
// name. NHS pathology puts the category on the DiagnosticReport alone: without its
// report a sodium is an observation that nothing places.
type Lent struct{ sets map[string]uint64 }

// IsZero reports whether nothing is lent.
func (l Lent) IsZero() bool { return len(l.sets) == 0 }

// Lend reads a searchset of DiagnosticReports of the owner, as a source answered,
// and gives what they lend. Reports that are not understood, or are about another
// patient, lend nothing; a report that may not be shown itself, such as one with a label,
// lends only what keeps its results back too.
func Lend(reports []byte, owner Owner, plan Plan, links Links) (Lent, error) {
	c := cutters.Get().(*cutter)
	defer c.done()
	if err := c.prepare(owner, plan, links); err != nil {
		return Lent{}, err
	}
	if !c.Read(reports) {
		return Lent{}, ErrNotUnderstood
	}
	entries, _, ok := c.bundle("searchset")
	if !ok {
		return Lent{}, ErrNotUnderstood
	}
	c.judgeEntries(entries, "DiagnosticReport")
	return Lent{sets: c.lent}, nil
}

// mostPanels bounds how deep panels stand within panels: each level is one more look
// at every entry, and a source must not make that many.
const mostPanels = 8

// borrows reports whether a type's category may come from what names it.
func (t *resourceType) borrows() bool { return t != nil && t.name == "Observation" }

// judgeLenders judges the entries that lend, before those that borrow: reports,
// and then panels (Observation.hasMember), for as long as one more is placed.
func (c *cutter) judgeLenders(asked string) {
	for i := range c.entries {
		if e := &c.entries[i]; e.why == released && c.isOf(e.resource, "DiagnosticReport") {
			c.judgeEntry(e, asked)
			c.lend(e, tree.KeyResult)
		}
	}
	again := true
	for depth := 0; again && depth < mostPanels; depth++ {
		again = false
		for i := range c.entries {
			e := &c.entries[i]
			if e.why != released || e.judged || !c.isOf(e.resource, "Observation") || c.Member(e.resource, tree.KeyHasMember) == 0 {
				continue
			}
			if !c.placed(e.resource) {
				continue // perhaps by another panel; else with the others
			}
			c.judgeEntry(e, asked)
			c.lend(e, tree.KeyHasMember)
			again = true
		}
	}
}

func (c *cutter) isOf(resource uint32, name string) bool {
	m := c.Member(resource, tree.KeyResourceType)
	return m != 0 && c.Is(&c.Nodes[m], name)
}

// placed reports whether a panel is sure to be placed: by what stands in it, as
// far as can be told without judging it, or by what has lent to it already.
func (c *cutter) placed(resource uint32) bool {
	if c.Member(resource, tree.KeyCategory) != 0 {
		return true
	}
	id := c.Member(resource, tree.KeyElementID)
	if id == 0 || c.Nodes[id].Kind != tree.KindString {
		return false
	}
	_, ok := c.lent[string(c.Raw(&c.Nodes[id]))]
	return ok
}

// lend gives the category of the entry that was judged last to the results that it
// names.
func (c *cutter) lend(e *entry, names tree.KeyID) {
	if c.weak || c.set == 0 || e.typ == nil || e.why == notUnderstood || e.why == otherPatient || e.why == noPatient {
		return
	}
	if e.why != released && e.why != outOfScope && c.set&^c.allowed == 0 {
		return // what may not be shown shows nothing either: that would tell that it is there (attack 305)
	}
	if status := c.Member(e.resource, tree.KeyStatus); status != 0 && c.Is(&c.Nodes[status], "entered-in-error") {
		return // it should never have been there
	}
	if c.Member(e.resource, tree.KeyModifierExtension) != 0 {
		return // nobody knows what it means then
	}
	list := c.Member(e.resource, names)
	if list == 0 || c.Nodes[list].Kind != tree.KindArray {
		return
	}
	for r := list + 1; r < c.Nodes[list].Next; r = c.Nodes[r].Next {
		typ, id := c.localReference(r)
		if string(typ) != "Observation" {
			continue
		}
		if c.lent == nil {
			c.lent = map[string]uint64{}
		}
		c.lent[string(id)] |= c.set
	}
}

// borrow takes the category that was lent to a resource which nothing in it places.
func (j *judge) borrow() {
	// What bears a category of its own, known or not, is what that says (decision 13).
	if !j.weak || len(j.lent) == 0 || j.Member(j.root, tree.KeyCategory) != 0 || !j.typ.borrows() || j.id == 0 || j.Nodes[j.id].Kind != tree.KindString {
		return
	}
	if set, ok := j.lent[string(j.Raw(&j.Nodes[j.id]))]; ok {
		j.set, j.first, j.weak = set, j.classes.classes[bits.TrailingZeros64(set)], false
	}
}
