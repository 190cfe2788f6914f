package collect

import (
	"bytes"
	"slices"
)

// assemble makes one part of all that a source answered.
func (v *visit) assemble(who *answer, answers []*answer) Part {
	all := append([]*answer{who}, answers...)
	asked := all // of which the status speaks
	if !v.asksWhoItIs() && len(answers) > 0 {
		asked = answers // the first question was the collector's own
	}
	if i := slices.IndexFunc(all, func(a *answer) bool { return a.kind == mad }); i >= 0 {
		return Part{Status: Failed, Reason: all[i].reason}
	}
	var part Part
	if !v.put(&part, all) {
		return Part{Status: Failed, Reason: v.c.told(notUnderstood)}
	}
	for _, a := range all {
		part.Cut = part.Cut || a.cut || a.next != ""
	}
	part.Status, part.Reason = v.status(who, asked, &part)
	if part.Status == Refused {
		part.Entries = nil // a Patient that was not asked for
		return part
	}
	if part.Status == Withheld && part.Reason.Code != "" {
		part.Open = slices.Sorted(slices.Values(v.open))
		part.Hidden = slices.ContainsFunc(asked, func(a *answer) bool { return a.withheld })
	}
	part.Notes = notes(all)
	if len(part.Entries) > 0 {
		part.Grounds = v.grounds(all)
	}
	part.Unclear = typesOf(all, func(a *answer) bool { return a.unclear })
	part.Partial = typesOf(all, func(a *answer) bool { return a.partial })
	return part
}

// typesOf gives the types that some of the answers are about, sorted, each once.
func typesOf(all []*answer, which func(*answer) bool) (types []string) {
	for _, a := range all {
		if which(a) {
			types = append(types, a.typ)
		}
	}
	slices.Sort(types)
	return slices.Compact(types)
}

// notes gathers what the broker says of how the source knows the patient, each
// thing once: it says so beside every search.
func notes(all []*answer) (notes []Reason) {
	for _, a := range all {
		for _, note := range a.notes {
			if !slices.ContainsFunc(notes, func(n Reason) bool { return n.Code == note.Code }) {
				notes = append(notes, note)
			}
		}
	}
	return notes
}

// asksWhoItIs says that demographics are among what was asked for.
func (v *visit) asksWhoItIs() bool {
	categories := v.question.Categories
	return len(categories) == 0 || slices.Contains(categories, "demographics") || slices.Contains(categories, "administrative")
}

// put gathers the entries, each once, and sees that all are one patient's, as far
// as can be told from them. The broker has seen to that already; a page that mixes
// two patients up is worth a second pair of eyes.
func (v *visit) put(part *Part, all []*answer) bool {
	local, size := "", 0
	for _, a := range all {
		size += len(a.entries)
	}
	part.Entries = slices.Grow(part.Entries, size)
	seen := map[string][]int{} // by address; two of one address that differ are both shown
	for _, a := range all {
		for i, e := range a.entries {
			if whose := a.whose[i]; local == "" {
				local = whose
			} else if whose != "" && whose != local {
				return false
			}
			if e.Type == "Patient" {
				e.Included = !v.asksWhoItIs()
			}
			again := slices.IndexFunc(seen[e.FullURL], func(at int) bool { return bytes.Equal(part.Entries[at].Resource, e.Resource) })
			if again >= 0 {
				kept := &part.Entries[seen[e.FullURL][again]]
				kept.Included = kept.Included && e.Included
				continue
			}
			seen[e.FullURL] = append(seen[e.FullURL], len(part.Entries))
			part.Entries = append(part.Entries, e)
		}
	}
	return true
}

// status is how asking went, and why. What is worse is said first.
func (v *visit) status(who *answer, asked []*answer, part *Part) (Status, Reason) {
	var answered, refusals, faults, lates int
	var refusal, fault, lateness Reason
	var withheld, unclear, mayBe, partial bool
	for _, a := range asked {
		switch a.kind {
		case got:
			answered++
			withheld, unclear = withheld || a.withheld, unclear || a.unclear
			mayBe, partial = mayBe || a.mayBe, partial || a.partial
		case refused:
			if refusals++; refusals == 1 || closing[a.reason.Code] && !closing[refusal.Code] {
				refusal = a.reason
			}
		case failed:
			if faults++; faults == 1 {
				fault = a.reason
			}
		case late:
			if lates++; lates == 1 {
				lateness = a.reason
			}
		}
	}
	switch {
	case lates > 0:
		return TimedOut, lateness
	case faults > 0:
		return Failed, fault
	case part.Cut && len(part.Entries) == 0:
		return Failed, v.c.told(notUnderstood)
	case who.nobody() && len(part.Entries) == 0 && !withheld && !unclear:
		return NoRecord, Reason{}
	case refusals > 0 && answered == 0:
		return Refused, refusal
	case refusals > 0:
		return Withheld, refusal
	case withheld || part.Cut:
		return Withheld, Reason{}
	case unclear:
		return NotUnderstood, Reason{}
	case mayBe:
		return MayBeWithheld, Reason{}
	case partial:
		return InPart, Reason{}
	default:
		return Complete, Reason{}
	}
}
