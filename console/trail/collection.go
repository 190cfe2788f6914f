package trail

import (
	"slices"

	"github.com/mycarerecord/mcr/audit"
)

// item is one entry of a list: a record, or a run of records that one person's
// single collection left at many sources, or single look in many organisations'
// parts, which nobody wants to read one by one.
type item struct {
	Record  *audit.Record   // the newest
	Records []*audit.Record // all of a collection, the newest first; nil for one record
	Sources int             // how many sources were asked
	Ends    []amount        // how they ended: "Shown" 30, "Refused" 8
}

// fewest is how many records of one collection are shown as one entry. A look is
// one, however few records it left.
func fewest(first *audit.Record) int {
	if first.IsLook() {
		return 2
	}
	return 3
}

// Trace is the collection's trace id.
func (i item) Trace() string { return i.Record.TraceID }

// First is the oldest record of a collection.
func (i item) First() *audit.Record { return i.Records[len(i.Records)-1] }

// Alert says whether the privacy officer is to look at one of them.
func (i item) Alert() bool {
	return slices.ContainsFunc(i.Records, func(r *audit.Record) bool { return r.Alert })
}

// items puts together what stands together: records next to each other of one
// person with one trace id.
func items(records []*audit.Record) []item {
	var all []item
	for from := 0; from < len(records); {
		first, to := records[from], from+1
		for to < len(records) && first.TraceID != "" && records[to].IsLook() == first.IsLook() && records[to].TraceID == first.TraceID &&
			records[to].UserID == first.UserID && records[to].UserOrg == first.UserOrg {
			to++
		}
		if to-from < fewest(first) {
			for _, r := range records[from:to] {
				all = append(all, item{Record: r})
			}
		} else {
			all = append(all, collected(records[from:to]))
		}
		from = to
	}
	return all
}

func collected(records []*audit.Record) item {
	sources, ends := map[string]bool{}, map[string]int{}
	for _, r := range records {
		sources[r.Source] = true
		ends[tagOf(r).Text]++
	}
	return item{Record: records[0], Records: records, Sources: len(sources), Ends: amounts(ends, func(s string) string { return s })}
}
