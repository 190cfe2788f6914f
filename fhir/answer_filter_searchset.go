package fhir

import (
	"slices"
	"strings"

	"github.com/mycarerecord/mcr/fhir/internal/tree"
)

// cutter judges and writes one answer. It is used again and again.
type cutter struct {
	judge
	entries []entry
	given   []uint32 // of these: what is shown on this page, in the order of the answer
	company int      // how many of those came along: the last of them
	refs    references
	names   []byte
	causes  []Cause
	late    []Cause // of what is given, found after it was judged
	base    []byte  // the broker's base address, ready to stand in a string
	public  string  // the same as it is
	shown   shown

	inPieces bool // a large answer may stay in pieces
}

// judgeEntries reads and judges every entry, those that tell of others first. company:
// some came along, which accompany judges further.
func (c *cutter) judgeEntries(entries uint32, asked string) (company bool) {
	c.entries, c.given, c.company = c.entries[:0], c.given[:0], 0
	if entries == 0 {
		return false
	}
	c.entries = slices.Grow(c.entries, c.items(entries))
	for at := entries + 1; at < c.Nodes[entries].Next; at = c.Nodes[at].Next {
		c.entries = append(c.entries, c.entry(at))
	}
	if asked == "Observation" || asked == "DiagnosticReport" {
		c.judgeLenders(asked)
	}
	for i := range c.entries {
		e := &c.entries[i]
		if e.why == released && !e.judged {
			c.judgeEntry(e, asked)
		} else if !e.judged {
			c.blame(e, Cause{Reason: c.codeOf(e.why)})
		}
		company = company || e.why == released && e.mode == modeInclude
	}
	c.withholdTwice()
	return company
}

// judgeEntry judges the resource of an entry by the plan.
func (c *cutter) judgeEntry(e *entry, asked string) {
	e.judged, e.takenFrom = true, uint32(len(c.taken))
	e.why = c.resource(e.resource)
	e.takenTo, e.unshown = uint32(len(c.taken)), c.unshown
	e.typ, e.id, e.version, e.first = c.typ, c.id, c.version, c.first
	if e.why == released {
		e.why = c.inSearchset(e, asked)
	}
	c.explain(e, e.resource)
}

// inSearchset judges by where in the searchset a resource stands, and by the plan.
func (c *cutter) inSearchset(e *entry, asked string) reason {
	if e.mode == modeNone {
		e.mode = modeMatch
		if e.typ.name != asked {
			e.mode = modeInclude
		}
	}
	if e.mode == modeOutcome || e.mode == modeMatch && e.typ.name != asked || e.typ.alone && e.mode != modeInclude {
		return typeNotAllowed
	}
	return c.byPlan(e.resource)
}

// explain keeps why the entry that was judged last is withheld, or what was cut
// out of it.
func (c *cutter) explain(e *entry, at uint32) {
	if e.why != released {
		c.blame(e, c.cause(at, e.why))
		return
	}
	if e.part = len(c.cuts) > 0; e.part {
		e.causes = uint32(len(c.causes))
		c.causes = c.cutCauses(c.causes, at)
		e.causesEnd = uint32(len(c.causes))
	}
}

// blame keeps the one cause of an entry that is withheld.
func (c *cutter) blame(e *entry, cause Cause) {
	e.causes = uint32(len(c.causes))
	c.causes = append(c.causes, cause)
	e.causesEnd = uint32(len(c.causes))
}

// byPlan holds a resource against the plan's categories and masks.
func (c *cutter) byPlan(at uint32) reason {
	if c.set == 0 {
		return categoryNotInPlan
	}
	if outside := c.set &^ c.allowed; outside != 0 {
		switch {
		case outside&c.kept != 0:
			return c.keptBack(outside)
		case outside != 1<<c.classes.ids[unclassified]:
			return categoryNotInPlan
		case c.typ.placed && !c.weak: // by a rule that says so, and not for want of one
			return notOfCare
		case c.typ.placed:
			return typeNotAllowed
		}
		return notClassified
	}
	if c.plan.Types != nil && !c.plan.Types(c.typ.name) {
		return outOfScope
	}
	why := released
	if len(c.masked.masks) > 0 {
		why = c.cover(at)
	}
	if why == released && len(c.addresses) > 0 {
		c.seal(at)
	}
	return why
}

// appendBundle opens a Bundle of the broker's own.
func appendBundle(out []byte, kind, self, next string) []byte {
	out = append(append(append(out, `{"resourceType":"Bundle","type":"`...), kind...), `","link":[{"relation":"self","url":`...)
	out = append(tree.AppendQuoted(out, self), '}')
	if next != "" {
		out = append(out, `,{"relation":"next","url":`...)
		out = append(tree.AppendQuoted(out, next), '}')
	}
	return append(out, ']')
}

// selfAddress is the address of a search, without what names the patient.
func selfAddress(base string, req Request) string {
	asked := req.asked()
	place := req.Place()
	size := len(base) + 1 + len(place)
	for _, p := range asked {
		size += len(p.Name) + len(p.Value) + 8
	}
	var out strings.Builder
	out.Grow(size)
	out.WriteString(base)
	out.WriteByte('/')
	out.WriteString(place)
	var param []byte
	sep := byte('?')
	for _, p := range asked {
		param = appendParam(param[:0], sep, p.Name, p.Value)
		out.Write(param)
		sep = '&'
	}
	return out.String()
}
