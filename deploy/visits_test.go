package deploy_test

import (
	"cmp"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/audit"
)

// visited puts the records into visits, those that are here and no other, as package audit
// does for the console.
func (a asked) visited() asked {
	var records []*audit.Record
	of := map[*audit.Record]string{}
	for _, r := range a.records {
		records = append(records, r.Record)
	}
	for _, v := range audit.Visits(records, audit.DefaultGap) {
		for _, r := range v.Records {
			of[r] = v.ID
		}
	}
	all := asked{interval: a.interval}
	for _, r := range a.records {
		all.records = append(all.records, &kept{r.Record, r.delivered, of[r.Record]})
	}
	return all
}

// visitOf is the visit that a record belongs to.
func visitOf(r *kept) string { return r.visit }

// visits counts the visits that have some record that is so.
func (a asked) visits(keep test) int { return a.only(keep).distinct(visitOf) }

// altogether counts the visits in which something was refused and nothing shown.
func (a asked) altogether() int { return a.visits(judged) - a.visits(viewed) }

// began is when the first record of some came in.
func (a asked) began() time.Time {
	return slices.MinFunc(a.records, func(x, y *kept) int { return x.TimeIn.Compare(y.TimeIn) }).TimeIn
}

// sittings makes a row of each group with a record that is so, the oldest first:
// when it began, what row says, and the first such record.
func (a asked) sittings(keys func(*kept) [][]string, keep test, row func(group) []any) [][]string {
	type sitting struct {
		began time.Time
		id    string
		cells []any
	}
	var all []sitting
	for _, g := range a.by(keys) {
		if so := g.only(keep); len(so.records) > 0 {
			oldest := so.chronicle(func(r *kept) []string { return []string{r.ID} })[0][0]
			all = append(all, sitting{g.began(), oldest, row(g)})
		}
	}
	slices.SortFunc(all, func(x, y sitting) int { return cmp.Or(x.began.Compare(y.began), cmp.Compare(x.id, y.id)) })
	var rows [][]string
	for _, s := range all {
		rows = append(rows, line(append(append([]any{s.began}, s.cells...), s.id)...))
	}
	return rows
}

// latestVisits gives the latest hundred sittings of one person with one patient.
func (a asked) latestVisits(keep test, row func(group) []any) [][]string {
	return a.latestBy(one(visitOf, userOf, patientOf), keep, row)
}

func (a asked) latestBy(keys func(*kept) [][]string, keep test, row func(group) []any) [][]string {
	rows := a.sittings(keys, keep, row)
	slices.Reverse(rows)
	return first(rows, 100)
}
