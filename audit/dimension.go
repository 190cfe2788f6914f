package audit

import (
	"slices"
	"time"

	"github.com/mycarerecord/mcr/fhirdate"
)

// Dimension is what records are counted by.
type Dimension string

// The dimensions.
const (
	ByDay Dimension = "day" // in London, as 2006-01-02
	// ByHourOfWeek is in London, as HourOfWeek gives it: "3-09".
	ByHourOfWeek Dimension = "hour-of-week"
	BySource     Dimension = "source"
	BySourceOrg  Dimension = "source-org"
	ByUserOrg    Dimension = "user-org"
	ByRole       Dimension = "role" // SDS role code
	ByRule       Dimension = "rule"
	ByReason     Dimension = "reason"
	ByOutcome    Dimension = "outcome"
	ByAction     Dimension = "action"
	ByUser       Dimension = "user"
	ByRevision   Dimension = "revision" // of the policies
	// Overall puts every record under one key, All.
	Overall Dimension = "overall"
)

// All is the one key of Overall.
const All = "all"

// Dimensions are all of them.
func Dimensions() []Dimension {
	return []Dimension{ByDay, ByHourOfWeek, BySource, BySourceOrg, ByUserOrg, ByRole, ByRule, ByReason, ByOutcome, ByAction, ByUser, ByRevision, Overall}
}

// Known says whether there is such a dimension.
func (d Dimension) Known() bool { return slices.Contains(Dimensions(), d) }

// Of gives the keys under which a record is counted: one, "" when the record has
// nothing there; several by rule and by reason, of which it may have many.
func (d Dimension) Of(r *Record) []string {
	switch d {
	case ByDay:
		return []string{r.TimeIn.In(fhirdate.London).Format(time.DateOnly)}
	case ByHourOfWeek:
		return []string{HourOfWeek(r.TimeIn)}
	case ByRule:
		return distinct(r.Rules)
	case ByReason:
		return distinct(r.Reasons)
	case BySource:
		return []string{r.Source}
	case BySourceOrg:
		return []string{r.SourceOrg}
	case ByUserOrg:
		return []string{r.UserOrg}
	case ByRole:
		return []string{r.RoleCode}
	case ByOutcome:
		return []string{string(r.Outcome)}
	case ByAction:
		return []string{r.Action}
	case ByUser:
		return []string{r.UserID}
	case ByRevision:
		return []string{r.Revision}
	case Overall:
		return []string{All}
	default:
		return nil
	}
}

func distinct(items []string) []string {
	if len(items) == 0 {
		return []string{""}
	}
	if len(items) == 1 {
		return items
	}
	items = slices.Clone(items)
	slices.Sort(items)
	return slices.Compact(items)
}

// Narrow gives the scope and the filter that find the records which a Count with
// this key counted: every number of an overview leads to them.
func (d Dimension) Narrow(s Scope, f Filter, key string) (Scope, Filter) {
	if d == ByDay {
		day, err := time.ParseInLocation(time.DateOnly, key, fhirdate.London)
		if err != nil {
			s.Since, s.Until = time.Unix(0, 0), time.Unix(0, 0) // no such day: nothing
			return s, f
		}
		if s.Since.Before(day) {
			s.Since = day
		}
		if next := day.AddDate(0, 0, 1); s.Until.IsZero() || s.Until.After(next) {
			s.Until = next
		}
		return s, f
	}
	if d == ByHourOfWeek {
		f.Hours = []string{key}
		return s, f
	}
	if d == Overall && key == All {
		return s, f
	}
	if key == "" {
		f.Without = append(slices.Clone(f.Without), d)
		return s, f
	}
	for dimension, field := range map[Dimension]*string{
		BySource: &f.Source, BySourceOrg: &f.SourceOrg, ByUserOrg: &f.UserOrg, ByRole: &f.Role, ByRule: &f.Rule,
		ByReason: &f.Reason, ByOutcome: &f.Outcome, ByAction: &f.Action, ByUser: &f.UserID, ByRevision: &f.Revision,
	} {
		if dimension == d {
			*field = key
		}
	}
	return s, f
}
