package clickhouse

import (
	"strings"
	"time"

	"github.com/mycarerecord/mcr/audit"
)

// conditions are what a question's rows must meet: texts that are ours, and
// values that travel beside them.
type conditions struct {
	texts []string
	*parameters
}

// within gives the conditions of a scope. Only what the scope says is asked, so
// that the sort key is used for what is.
func within(sc audit.Scope, since, until time.Time) *conditions {
	c := &conditions{parameters: with()}
	c.signed("since", max(0, since.UnixMicro())).signed("until", until.UnixMicro()).number("most", uint64(sc.Most()))
	c.and(`time_in >= fromUnixTimestamp64Micro({since:Int64}, 'UTC') AND time_in < fromUnixTimestamp64Micro({until:Int64}, 'UTC')`)
	if sc.SourceOrg != "" {
		c.text("org", sc.SourceOrg)
		if sc.OwnStaff {
			c.and(`(source_org = {org:String} OR user_org = {org:String} AND NOT ` + counted[audit.Looks] + `)`)
		} else {
			c.and(`source_org = {org:String}`)
		}
	}
	if sc.UserID != "" {
		c.text("user", sc.UserID)
		c.and(`user_id = {user:String}`)
	}
	return c
}

func (c *conditions) and(text string) { c.texts = append(c.texts, text) }

func (c *conditions) String() string { return strings.Join(c.texts, " AND ") }

// filter adds a filter's conditions.
func (c *conditions) filter(f audit.Filter) {
	for _, is := range []struct{ column, value string }{
		{"id", f.ID}, {"user_id", f.UserID}, {"user_org", f.UserOrg}, {"role_code", f.Role},
		{"source", f.Source}, {"source_org", f.SourceOrg}, {"outcome", f.Outcome}, {"action", f.Action},
		{"trace_id", f.Trace}, {"policy", f.Revision},
	} {
		if is.value != "" {
			c.text("is_"+is.column, is.value)
			c.and(is.column + ` = {is_` + is.column + `:String}`)
		}
	}
	for column, value := range map[string]string{"reasons": f.Reason, "rules": f.Rule} {
		if value != "" {
			c.text("has_"+column, value)
			c.and(`has(` + column + `, {has_` + column + `:String})`)
		}
	}
	if len(f.Patient) > 0 {
		c.list("patient", f.Patient)
		c.and(`patient_hmac IN {patient:Array(String)} AND (source_org, toStartOfHour(time_in), broker, seq) IN (
			SELECT source_org, toStartOfHour(time_in), broker, seq FROM by_patient
			WHERE patient_hmac IN {patient:Array(String)}
				AND time_in >= fromUnixTimestamp64Micro({since:Int64}, 'UTC') AND time_in < fromUnixTimestamp64Micro({until:Int64}, 'UTC'))`)
	}
	if len(f.OtherEpochs) > 0 {
		c.list("epochs", f.OtherEpochs)
		c.and(`patient_epoch NOT IN {epochs:Array(String)}`)
	}
	if len(f.Hours) > 0 {
		c.list("hours", f.Hours)
		c.and(hourOfWeek + ` IN {hours:Array(String)}`)
	}
	if f.Measure != audit.Everything {
		c.and(counted[f.Measure])
	}
	for _, d := range f.Without {
		c.and(`has(` + keys[d] + `, '')`)
	}
}

// counted says of each measure what it counts: audit.Measure.Counts, in SQL.
var counted = map[audit.Measure]string{
	audit.Everything:     `1`,
	audit.Views:          `(action = 'view' AND outcome = 'released')`,
	audit.Refusals:       `(action = 'view' AND outcome = 'refused')`,
	audit.Failures:       `(outcome IN ('failed', 'incomplete'))`,
	audit.Asked:          `(action IN ('record-permission', 'record-refusal') AND outcome = 'released')`,
	audit.Given:          `(action = 'record-permission' AND outcome = 'released')`,
	audit.Declined:       `(action = 'record-refusal' AND outcome = 'released')`,
	audit.Withdrawn:      `(action = 'withdraw' AND outcome = 'released')`,
	audit.Emergencies:    `(action = 'declare-emergency' AND outcome = 'released')`,
	audit.EmergencyViews: `(action = 'view' AND outcome = 'released' AND emergency_id != '')`,
	audit.WithheldSome:   `notEmpty(withheld)`,
	audit.Alerts:         `alert`,
	audit.Looks:          `startsWith(action, 'look-')`,
}

// hourOfWeek is audit.HourOfWeek, in SQL.
const hourOfWeek = `formatDateTime(time_in, '%u-%H', 'Europe/London')`

// keys says of each dimension under which keys a row is counted:
// audit.Dimension.Of, in SQL.
var keys = map[audit.Dimension]string{
	audit.ByDay:        `[toString(toDate(time_in, 'Europe/London'))]`,
	audit.ByHourOfWeek: `[` + hourOfWeek + `]`,
	audit.BySource:     `[toString(source)]`,
	audit.BySourceOrg:  `[toString(source_org)]`,
	audit.ByUserOrg:    `[toString(user_org)]`,
	audit.ByRole:       `[toString(role_code)]`,
	audit.ByRule:       `arrayDistinct(if(empty(rules), [''], arrayMap(x -> toString(x), rules)))`,
	audit.ByReason:     `arrayDistinct(if(empty(reasons), [''], arrayMap(x -> toString(x), reasons)))`,
	audit.ByOutcome:    `[toString(outcome)]`,
	audit.ByAction:     `[toString(action)]`,
	audit.ByUser:       `[user_id]`,
	audit.ByRevision:   `[toString(policy)]`,
	audit.Overall:      `['` + audit.All + `']`,
}

// bounds gives the time that a scope spans.
func bounds(sc audit.Scope) (since, until time.Time) {
	until = endOfTime
	if !sc.Until.IsZero() && sc.Until.Before(endOfTime) {
		until = sc.Until
	}
	if since = sc.Since; since.IsZero() {
		since = time.Unix(0, 0)
	}
	return since, until
}

// endOfTime is later than any time that a record holds.
var endOfTime = time.Date(2201, 1, 1, 0, 0, 0, 0, time.UTC)

// countColumns are the numbers of audit.Count in the order of measures: the records,
// and the visits, of each.
func countColumns() (columns string, measures []audit.Measure) {
	var b strings.Builder
	measures = append(audit.Measures(), audit.Everything)
	for _, m := range measures {
		b.WriteString(", countIf(" + counted[m] + "), uniqExactIf(visit, " + counted[m] + ")")
	}
	return b.String(), measures
}
