package audit

import (
	"cmp"
	"slices"
	"time"
)

// DefaultGap is how long a person may pause within one visit, unless a deployment says
// otherwise.
const DefaultGap = 30 * time.Minute

// Visitor is whose visit a record may be of: two records are of one visit only if they
// have the same. Where nobody is known (UserID is "") the trace id stands for the person,
// and where there is none either, the record stands for itself alone.
type Visitor struct {
	UserID, UserOrg string
	SessionID       string // records without one are together
	Patient         string // HMAC; records that name no patient are together
	Looks           bool   // at the trail, which are never mixed with requests for a record

	TraceID string // only where nobody is known
	Broker  string // only where there is no trace id either
	Seq     uint64
}

// VisitorOf gives whose visit a record may be of.
func VisitorOf(r *Record) Visitor {
	v := Visitor{UserID: r.UserID, UserOrg: r.UserOrg, SessionID: r.SessionID, Patient: r.PatientHMAC, Looks: r.IsLook()}
	if v.UserID == "" {
		if v.TraceID = r.TraceID; v.TraceID == "" {
			v.Broker, v.Seq = r.Broker, r.Sequence
		}
	}
	return v
}

// Visit is what one person did about one patient for one organisation, in one session,
// without a pause longer than the gap: decision 0046 has the definition.
//
// Records that one Visitor left are of one visit where no pause between one and the next,
// in the order of their places, is longer than the gap. A pause of just the gap is not
// longer. Times are compared to the microsecond. Nothing else begins or ends a visit: no
// trace id, no day, no filter; but where a question is about some time or some part of
// the trail (Scope), visits are made of what is inside.
type Visit struct {
	ID                   string // of its first record, by which the visit is called
	UserID, UserName     string
	RoleCode, RoleName   string // of the last record that gives one
	UserOrg, UserOrgName string
	SessionID            string
	Patient              string // HMAC

	From, Until time.Time // when the first and the last request came in
	Looks       bool      // the trail was looked at, not the record
	// Size is how many records it has. Records may be fewer, of a very long one: see
	// Trail.Visits. What else is told of it is told of Records, its ID and From apart.
	Size int
	// Openings is how often somebody asked to see something in it (views and looks, also
	// those that were refused): how many trace ids there are, a record without one being a
	// time of its own. A collection from twelve sources is one.
	Openings int

	Hands      []string // what was asked with (Hand), sorted
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

// Visits groups records into visits, whose pauses are at most the gap. The newest visit
// comes first, by the place of its last record. The order of the records that are given
// plays no part.
func Visits(records []*Record, gap time.Duration) []Visit {
	records = slices.Clone(records)
	slices.SortStableFunc(records, func(a, b *Record) int { return PlaceOf(a).Compare(PlaceOf(b)) })
	var visits []*[]*Record
	last := map[Visitor]*[]*Record{}
	for _, r := range records {
		who := VisitorOf(r)
		v := last[who]
		if v == nil || Parts((*v)[len(*v)-1].TimeIn, r.TimeIn, gap) {
			v = new([]*Record)
			visits, last[who] = append(visits, v), v
		}
		*v = append(*v, r)
	}
	all := make([]Visit, 0, len(visits))
	for _, v := range visits {
		all = append(all, VisitOf(*v))
	}
	slices.SortFunc(all, func(a, b Visit) int { return b.Place().Compare(a.Place()) })
	return all
}

// Parts says whether the pause between two times, the earlier one first, parts one visit
// from the next.
func Parts(earlier, later time.Time, gap time.Duration) bool {
	return later.UnixMicro()-earlier.UnixMicro() > gap.Microseconds()
}

// VisitOf makes one visit of its records, at least one, in the order of their places. A
// store that gives the newest of more records sets ID, From and Size itself.
func VisitOf(records []*Record) Visit {
	first, last := records[0], records[len(records)-1]
	v := Visit{
		ID: first.ID, UserID: first.UserID, UserOrg: first.UserOrg, SessionID: first.SessionID, Patient: first.PatientHMAC,
		Looks: first.IsLook(), From: first.TimeIn, Until: last.TimeIn, Size: len(records), Records: records,
	}
	traces := map[string]bool{}
	for _, r := range records {
		v.add(r)
		if r.Action != actionView && !v.Looks {
			continue
		}
		if r.TraceID == "" || !traces[r.TraceID] {
			v.Openings++
		}
		traces[r.TraceID] = true
	}
	v.settle()
	return v
}

// Place is where a visit stands among all: the place of its last record.
func (v *Visit) Place() Place { return PlaceOf(v.Records[len(v.Records)-1]) }

// Stages gives what came before and after each answer of the patient, declared emergency or
// withdrawal within the visit: parts of it, the oldest first, of which each but the first
// begins with such an act. Acts between which nothing was asked for are of one stage.
func (v *Visit) Stages() (stages []Visit) {
	from, acting := 0, true
	for i, r := range v.Records {
		act := Asked.Counts(r) || Withdrawn.Counts(r) || Emergencies.Counts(r)
		if act && !acting {
			stages = append(stages, VisitOf(v.Records[from:i]))
			from = i
		}
		acting = act || acting && r.Action != actionView
	}
	return append(stages, VisitOf(v.Records[from:]))
}

func (v *Visit) add(r *Record) {
	v.UserName, v.UserOrgName = cmp.Or(r.UserName, v.UserName), cmp.Or(r.UserOrgName, v.UserOrgName)
	if r.RoleCode != "" || r.RoleName != "" {
		v.RoleCode, v.RoleName = r.RoleCode, r.RoleName
	}
	v.EmergencyReason = cmp.Or(r.EmergencyReason, v.EmergencyReason)
	v.Alert = v.Alert || r.Alert
	v.Given = v.Given || Given.Counts(r)
	v.Declined = v.Declined || Declined.Counts(r)
	if r.PurposeWords != "" && (Given.Counts(r) || Declined.Counts(r) || Views.Counts(r) && r.Permission != "") && !slices.Contains(v.Purposes, r.PurposeWords) {
		v.Purposes = append(v.Purposes, r.PurposeWords)
	}
	v.Withdrawn = v.Withdrawn || Withdrawn.Counts(r)
	v.Declared = v.Declared || Emergencies.Counts(r)
	v.Hands = append(v.Hands, string(r.Hand()))
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
		&v.Hands, &v.Sources, &v.SourceOrgs, &v.Categories, &v.Actions, &v.Refusals, &v.Withheld,
		&v.Reasons, &v.Rules, &v.Permissions, &v.Relationships, &v.Orders, &v.Emergencies,
	} {
		slices.Sort(*list)
		*list = slices.DeleteFunc(slices.Compact(*list), func(s string) bool { return s == "" })
		if len(*list) == 0 {
			*list = nil
		}
	}
}
