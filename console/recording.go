package console

import (
	"slices"

	"github.com/mycarerecord/mcr/collect"
	"github.com/mycarerecord/mcr/console/page"
)

// recordingAt is the source whose broker is told of an answer, a withdrawal or an
// emergency. What is recorded counts at every source alike; but it stands in the
// trail of the organisation of this one, so it is one that the patient or the
// professional has to do with:
//
//  1. one that is known to hold the patient's record: a GP practice, else the
//     professional's own organisation, else the first;
//  2. the professional's own organisation;
//  3. one that said that the patient's permission is needed, though perhaps it has
//     nothing of the patient;
//  4. the first that answered, else the first of all.
func (c *Console) recordingAt(who *page.Person, f finding) collect.Source {
	holds := func(s collect.Source) bool {
		return slices.ContainsFunc(f.Holds, func(h collect.Source) bool { return h.ID == s.ID })
	}
	asks := func(s collect.Source) bool {
		t, _ := f.Asks()
		return slices.ContainsFunc(t.Sources, func(a collect.Source) bool { return a.ID == s.ID })
	}
	own := func(s collect.Source) bool { return s.Organisation == who.Subject.Organisation }
	practice := func(s collect.Source) bool { return s.Kind == "gp" }
	for _, fits := range []func(collect.Source) bool{
		func(s collect.Source) bool { return holds(s) && practice(s) },
		func(s collect.Source) bool { return holds(s) && own(s) },
		holds, own, asks,
		func(collect.Source) bool { return true },
	} {
		if i := slices.IndexFunc(f.Reached, fits); i >= 0 {
			return f.Reached[i]
		}
	}
	return c.cfg.Collector.Sources()[0]
}
