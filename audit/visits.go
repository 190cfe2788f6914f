package audit

import (
	"cmp"
	"slices"
	"time"
)

// The bounds of a visit.
const (
	// pauseInVisit is how long a person may pause within one visit.
	pauseInVisit = 30 * time.Minute
	// longestTrace is how long one trace id keeps a visit open: a program that
	// sends the same for ever must not make one visit of a year.
	longestTrace = 12 * time.Hour
)

// Visit is a run of requests about one patient by one person for one
// organisation: one collection, or one sitting. Looks at the trail are visits of
// their own, never mixed with requests for the record.
type Visit struct {
	UserID, UserName     string
	RoleCode, RoleName   string // of the last record that gives one
	UserOrg, UserOrgName string

	From, Until time.Time // when the first and the last request came in
	Looks       bool      // the trail was looked at, not the record

	Sources    []string // asked, sorted
	SourceOrgs []string // that hold what was asked for, sorted
	Categories []string // of what was seen, sorted
	Actions    []string // sorted: view, record-permission, …
	Released   int      // views that were released
	Refused    int      // views that were refused
	Failed     int      // requests that failed or were incomplete
	Refusals   []string // the reasons of what was refused, sorted
	Withheld   []string // the reasons of what was withheld, sorted; never how much

	// What the visit rested on, sorted.
	Reasons         []string // of what was released
	Rules           []string
	Permissions     []string
	Relationships   []string
	Orders          []string
	Emergencies     []string
	EmergencyReason string // in the professional's words, the last

	Purposes []string // what the patient was asked for, in the professional's words, the oldest first

	Given, Declined, Withdrawn, Declared bool // the patient's answer, and a declared emergency
	Alert                                bool

	Records []*Record // the oldest first
}

// Visits groups the records about one patient into visits: a request joins a
// visit of the same person and organisation when it has the trace id of one of
// its requests, or comes within 30 minutes of its last. The newest visit comes
// first; equal times by person and organisation. The order of the records that
// are given plays no part.
func Visits(records []*Record) []Visit {
	records = slices.Clone(records)
	slices.SortStableFunc(records, func(a, b *Record) int { return PlaceOf(a).Compare(PlaceOf(b)) })
	type person struct {
		user, org string
		looks     bool
	}
	type traced struct {
		person
		trace string
	}
	var visits []*Visit
	last, traces := map[person]*Visit{}, map[traced]*Visit{}
	for _, r := range records {
		who := person{r.UserID, r.UserOrg, r.IsLook()}
		v := traces[traced{who, r.TraceID}]
		if r.TraceID == "" || v != nil && r.TimeIn.Sub(v.Until) > longestTrace {
			v = nil
		}
		if sitting := last[who]; v == nil && sitting != nil && r.TimeIn.Sub(sitting.Until) <= pauseInVisit {
			v = sitting
		}
		if v == nil {
			v = &Visit{UserID: r.UserID, UserOrg: r.UserOrg, From: r.TimeIn, Looks: who.looks}
			visits = append(visits, v)
		}
		v.add(r)
		last[who], traces[traced{who, r.TraceID}] = v, v
	}
	all := make([]Visit, 0, len(visits))
	for _, v := range visits {
		v.settle()
		all = append(all, *v)
	}
	slices.SortStableFunc(all, func(a, b Visit) int {
		return cmp.Or(b.From.Compare(a.From), cmp.Compare(a.UserID, b.UserID), cmp.Compare(a.UserOrg, b.UserOrg))
	})
	return all
}

func (v *Visit) add(r *Record) {
	v.Records = append(v.Records, r)
	v.Until = r.TimeIn
	v.UserName, v.UserOrgName = cmp.Or(r.UserName, v.UserName), cmp.Or(r.UserOrgName, v.UserOrgName)
	if r.RoleCode != "" || r.RoleName != "" {
		v.RoleCode, v.RoleName = r.RoleCode, r.RoleName
	}
	v.EmergencyReason = cmp.Or(r.EmergencyReason, v.EmergencyReason)
	v.Alert = v.Alert || r.Alert
	v.Given = v.Given || Given.Counts(r)
	v.Declined = v.Declined || Declined.Counts(r)
	if r.PurposeWords != "" && (Given.Counts(r) || Declined.Counts(r)) && !slices.Contains(v.Purposes, r.PurposeWords) {
		v.Purposes = append(v.Purposes, r.PurposeWords)
	}
	v.Withdrawn = v.Withdrawn || Withdrawn.Counts(r)
	v.Declared = v.Declared || Emergencies.Counts(r)
	v.Sources = append(v.Sources, r.Source)
	v.SourceOrgs = append(v.SourceOrgs, r.SourceOrg)
	v.Actions = append(v.Actions, r.Action)
	for reason := range r.Withheld {
		v.Withheld = append(v.Withheld, reason)
	}
	switch {
	case Failures.Counts(r):
		v.Failed++
	case r.Outcome == Refused:
		if Refusals.Counts(r) {
			v.Refused++
		}
		v.Refusals = append(v.Refusals, r.Reasons...)
	case r.Outcome == Released:
		v.rests(r)
	}
}

// rests adds what a released request rested on.
func (v *Visit) rests(r *Record) {
	if Views.Counts(r) {
		v.Released++
	}
	for category := range r.Categories {
		v.Categories = append(v.Categories, category)
	}
	v.Reasons = append(v.Reasons, r.Reasons...)
	v.Rules = append(v.Rules, r.Rules...)
	v.Permissions = append(v.Permissions, r.Permission)
	v.Relationships = append(v.Relationships, r.Relationship)
	v.Orders = append(v.Orders, r.Order)
	v.Emergencies = append(v.Emergencies, r.Emergency)
}

// settle sorts the lists, each thing once and nothing that is empty.
func (v *Visit) settle() {
	for _, list := range []*[]string{
		&v.Sources, &v.SourceOrgs, &v.Categories, &v.Actions, &v.Refusals, &v.Withheld,
		&v.Reasons, &v.Rules, &v.Permissions, &v.Relationships, &v.Orders, &v.Emergencies,
	} {
		slices.Sort(*list)
		*list = slices.DeleteFunc(slices.Compact(*list), func(s string) bool { return s == "" })
		if len(*list) == 0 {
			*list = nil
		}
	}
}
