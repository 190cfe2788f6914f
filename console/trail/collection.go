package trail

import (
	"slices"

	"github.com/mycarerecord/mcr/audit"
)

// item is one entry of a list: a visit (audit.Visit), which nobody wants to read record by
// record. A page never cuts one.
type item struct {
	audit.Visit                 // the oldest record first
	Record      *audit.Record   // the newest that the search found
	Records     []*audit.Record // those that are shown, the newest first; nil where the visit has one record
	Found       int             // how many of its records the search found
	Places      int             // how many sources were asked
	Ends        []amount        // how they ended: "Shown" 30, "Refused" 8
	Acts        []*audit.Record // what was recorded in it, the oldest first: an answer of the patient, an emergency
}

// mostListed is how many of a visit's records a list shows beside other visits. Alone on a
// page, a visit shows all.
const mostListed = 20

// First is the oldest record of the visit that is here.
func (i item) First() *audit.Record { return i.Visit.Records[0] }

// All says whether all records of the visit are shown.
func (i item) All() bool { return len(i.Records) == i.Size }

// items makes entries of visits: of each, the records that a filter keeps are shown.
func items(visits []audit.Visit, f audit.Filter) []item {
	var all []item
	for _, v := range visits {
		v.Records = tamed(v.Records)
		all = append(all, listed(v, f, len(visits) == 1))
	}
	return all
}

func listed(v audit.Visit, f audit.Filter, whole bool) item {
	i := item{Visit: v}
	sources, ends := map[string]bool{}, map[string]int{}
	for _, r := range slices.Backward(v.Records) {
		sources[r.Source] = true
		ends[tagOf(r).Text]++
		if isAct(r) && len(i.Acts) < mostListed {
			i.Acts = append(i.Acts, r)
		}
		if f.Keeps(r) {
			i.Found++
			if whole || len(i.Records) < mostListed {
				i.Records = append(i.Records, r)
			}
		}
	}
	slices.Reverse(i.Acts)
	i.Places, i.Ends = len(sources), amounts(ends, func(s string) string { return s })
	if i.Found == 0 { // tamed, it reads otherwise than it was searched for
		i.Found, i.Records = len(v.Records), slices.Clone(v.Records[max(0, len(v.Records)-mostListed):])
		slices.Reverse(i.Records)
	}
	i.Record = i.Records[0]
	if v.Size == 1 {
		i.Records = nil
	}
	return i
}

// isAct says whether a record is one of what opens or closes other records, which must not
// be lost among the many that it opened.
func isAct(r *audit.Record) bool {
	return slices.ContainsFunc([]audit.Measure{audit.Given, audit.Declined, audit.Withdrawn, audit.Emergencies},
		func(m audit.Measure) bool { return m.Counts(r) })
}
