package audit

import (
	"errors"
	"fmt"
	"slices"
	"time"
)

// ErrQuestion says that a question to the trail has no meaning: a measure or a
// dimension that there is not. It is refused, never answered as if it were
// another.
var ErrQuestion = errors.New("the trail has no such question")

// Filter narrows a question inside its Scope, and never widens it. "" means any;
// other values are compared exactly, as data. The zero Filter keeps everything.
type Filter struct {
	ID        string
	Patient   []string // by protect.Protector.Find: a record under any of them; none means any patient or nobody
	UserID    string
	UserOrg   string
	Role      string // SDS role code
	Source    string
	SourceOrg string
	Reason    string // any of the record's reasons
	Rule      string // any of the record's rules
	Outcome   string
	Action    string
	Trace     string
	Revision  string // of the policies
	// Hours keeps what came in during these hours of the week, by HourOfWeek; none means
	// any.
	Hours []string
	// Measure keeps what it counts: Views, Refusals and so on.
	Measure Measure
	// Without keeps the records that have nothing in each of these dimensions: no
	// role, no rule. It is how the key "" of a Count is followed to its records.
	// Every record has a day, and is one of all: without these there is none.
	Without []Dimension
	// OtherEpochs, by protect.Protector.Epochs, keeps the records whose patient stands under
	// another epoch of the keys than these: nobody who has these keys alone can find
	// them by patient. A record that names no epoch is of "": where "" is not among
	// these, those about nobody are kept with them. Empty means any epoch.
	OtherEpochs []string
}

// Check refuses a filter whose measure, dimension or hour there is not, with ErrQuestion.
func (f Filter) Check() error {
	if !f.Measure.Known() {
		return fmt.Errorf("filtering by measure: %w", ErrQuestion)
	}
	for _, d := range f.Without {
		if !d.Known() {
			return fmt.Errorf("filtering by what is missing: %w", ErrQuestion)
		}
	}
	for _, hour := range f.Hours {
		if !slices.Contains(hoursOfWeek, hour) {
			return fmt.Errorf("filtering by an hour of the week: %w", ErrQuestion)
		}
	}
	return nil
}

// Keeps says whether the filter keeps a record. Every store gives the same answer.
func (f Filter) Keeps(r *Record) bool {
	for _, c := range [...]struct{ wanted, is string }{
		{f.ID, r.ID}, {f.UserID, r.UserID}, {f.Trace, r.TraceID},
	} {
		if c.wanted != "" && c.wanted != c.is {
			return false
		}
	}
	return f.KeepsTime(r.TimeIn) && (len(f.Patient) == 0 || slices.Contains(f.Patient, r.PatientHMAC)) && (r.UserID == "" || !slices.Contains(f.Without, ByUser)) && f.KeepsKind(r)
}

// KeepsTime says whether the filter keeps what came in at a time.
func (f Filter) KeepsTime(t time.Time) bool {
	return len(f.Hours) == 0 || slices.Contains(f.Hours, HourOfWeek(t))
}

// OfVisitor gives what of the filter holds of all records of a Visitor or of none: a store
// may leave out what it does not keep before it makes visits, and nothing else.
func (f Filter) OfVisitor() Filter {
	of := Filter{Patient: f.Patient, UserID: f.UserID, UserOrg: f.UserOrg}
	if f.Measure == Looks { // see Visitor.Looks
		of.Measure = Looks
	}
	for _, d := range f.Without {
		if d == ByUser || d == ByUserOrg {
			of.Without = append(of.Without, d)
		}
	}
	return of
}

// KeepsKind is Keeps without what is each record's own: its time, its id, its patient,
// its user and its trace. A store that keeps together what many records have in
// common asks it once for all of them.
func (f Filter) KeepsKind(r *Record) bool {
	for _, c := range [...]struct{ wanted, is string }{
		{f.UserOrg, r.UserOrg}, {f.Role, r.RoleCode}, {f.Source, r.Source}, {f.SourceOrg, r.SourceOrg},
		{f.Outcome, string(r.Outcome)}, {f.Action, r.Action}, {f.Revision, r.Revision},
	} {
		if c.wanted != "" && c.wanted != c.is {
			return false
		}
	}
	return !slices.Contains(f.OtherEpochs, r.PatientEpoch) && (f.Reason == "" || slices.Contains(r.Reasons, f.Reason)) &&
		(f.Rule == "" || slices.Contains(r.Rules, f.Rule)) && f.Measure.Counts(r) &&
		!slices.ContainsFunc(f.Without, func(d Dimension) bool { return d != ByUser && !slices.Contains(d.Of(r), "") })
}
