package fhir

// mostReasons bounds the reason codes of a plan's own: a reason is one byte.
const mostReasons = 1<<8 - int(reasonCount)

// keepBack takes in what a plan keeps back. What is kept back is not allowed.
func (j *judge) keepBack(list []Withheld) {
	j.kept, j.keptCodes = 0, j.keptCodes[:0]
	for _, w := range list {
		id, ok := j.classes.ids[w.Category]
		if !ok {
			continue // nothing is of it
		}
		j.kept |= 1 << id
	}
	j.allowed &^= j.kept
}

// keepsBackAll reports whether all that resources of a type can be is kept back.
func (p *Plan) keepsBackAll(typ string) bool {
	if p.Classes == nil {
		return false
	}
	could := p.Classes.couldBe(typ) &^ (1 << p.Classes.ids[unclassified])
	for _, w := range p.Withheld {
		if id, ok := p.Classes.ids[w.Category]; ok {
			could &^= 1 << id
		}
	}
	return could == 0
}

// keptBack is why what is of a category that is kept back is not released: the first of the
// plan's list that it is of.
func (j *judge) keptBack(set uint64) reason {
	for _, w := range j.plan.Withheld {
		if id, ok := j.classes.ids[w.Category]; ok && set&(1<<id) != 0 {
			return j.reasonFor(w.Reason)
		}
	}
	return categoryNotInPlan
}

// reasonFor is the reason that stands for a code of the plan's own.
func (j *judge) reasonFor(code string) reason {
	for i, known := range j.keptCodes {
		if known == code {
			return reasonCount + reason(i)
		}
	}
	if len(j.keptCodes) == mostReasons {
		return categoryNotInPlan
	}
	j.keptCodes = append(j.keptCodes, code)
	return reasonCount + reason(len(j.keptCodes)-1)
}

// codeOf is the reason's code.
func (j *judge) codeOf(why reason) string {
	if why < reasonCount {
		return reasonCodes[why]
	}
	return j.keptCodes[why-reasonCount]
}
