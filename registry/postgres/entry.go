package postgres

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5/pgtype"

	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/registry"
)

// columns are those of an entry, in the order of row.
const columns = `e.id, e.version, e.kind, e.status, e.patient, e.organisation, e.user_id, e.valid_from, e.valid_until, e.body, e.recorded_by, e.recorded_at`

// row is what a question gives: what its guard found, and an entry, or NULL where there is none.
type row struct {
	found
	id, kind, status, organisation, user, body, recordedBy pgtype.Text
	version                                                pgtype.Int4
	patient                                                pgtype.Int8
	from, until, recordedAt                                pgtype.Timestamptz
}

func (r *row) columns() []any {
	return append(r.found.columns(), &r.id, &r.version, &r.kind, &r.status, &r.patient, &r.organisation,
		&r.user, &r.from, &r.until, &r.body, &r.recordedBy, &r.recordedAt)
}

var errColumns = errors.New("a column is not of its form")

// entry makes an entry of it. One that cannot be understood is an error, never skipped: it could
// be an opt-out.
func (r *row) entry(e *registry.Entry) (err error) {
	*e = registry.Entry{ID: r.id.String, Version: int(r.version.Int32), Kind: registry.Kind(r.kind.String),
		Status: registry.Status(r.status.String), UserID: r.user.String, RecordedBy: r.recordedBy.String}
	if e.Patient, err = numberOf(r.patient.Int64); err != nil {
		return registry.Damaged(e.ID, err)
	}
	if r.organisation.String != "" {
		if e.Organisation, err = nhs.ParseODSCode(r.organisation.String); err != nil {
			return registry.Damaged(e.ID, err)
		}
	}
	for _, m := range []struct {
		column *pgtype.Timestamptz
		to     *time.Time
	}{{&r.from, &e.From}, {&r.until, &e.Until}, {&r.recordedAt, &e.RecordedAt}} {
		if m.column.InfinityModifier != pgtype.Finite {
			return registry.Damaged(e.ID, errColumns)
		}
		if m.column.Valid {
			*m.to = m.column.Time.UTC()
		}
	}
	if err := registry.ReadDetail(r.body.String, &e.Detail); err != nil {
		return registry.Damaged(e.ID, err)
	}
	return nil
}

// bare is an NHS number as the tables hold it.
func bare(n nhs.Number) (int64, error) {
	number, err := strconv.ParseInt(n.Digits(), 10, 64)
	if err != nil {
		return 0, errors.New("there is no NHS number")
	}
	return number, nil
}

func digits(n int64) string { return fmt.Sprintf("%010d", n) }

func numberOf(n int64) (nhs.Number, error) { return nhs.ParseNumber(digits(n)) }

// add adds entries, each column as one array: one question for any number of them.
const add = `INSERT INTO registry.entry (mark, id, version, kind, status, patient, organisation, user_id,
	valid_from, valid_until, body, recorded_by, recorded_at)
SELECT $1, * FROM unnest($2::text[], $3::integer[], $4::registry.kind[], $5::registry.status[], $6::bigint[], $7::text[], $8::text[],
	$9::timestamptz[], $10::timestamptz[], $11::json[], $12::text[], $13::timestamptz[])`

// arrays gives the parameters of add after the first.
func arrays(entries []registry.Entry) ([]any, error) {
	n := len(entries)
	ids, kinds, states, organisations := make([]string, n), make([]string, n), make([]string, n), make([]string, n)
	users, bodies, by := make([]string, n), make([]string, n), make([]string, n)
	versions, patients := make([]int32, n), make([]int64, n)
	from, until, at := make([]*time.Time, n), make([]*time.Time, n), make([]*time.Time, n)
	for i := range entries {
		e := &entries[i]
		if err := e.Fit(); err != nil {
			return nil, err
		}
		body, err := json.Marshal(e.Detail)
		if err != nil {
			return nil, err
		}
		if patients[i], err = bare(e.Patient); err != nil {
			return nil, err
		}
		ids[i], versions[i], kinds[i], states[i] = e.ID, int32(e.Version), string(e.Kind), string(e.Status)
		organisations[i], users[i], bodies[i], by[i] = e.Organisation.String(), e.UserID, string(body), e.RecordedBy
		from[i], until[i], at[i] = bound(e.From), bound(e.Until), bound(e.RecordedAt)
	}
	return []any{ids, versions, kinds, states, patients, organisations, users, from, until, bodies, by, at}, nil
}

// bound gives a time to the microsecond, earlier rather than later as everywhere; the zero time is NULL.
func bound(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	t = t.Truncate(time.Microsecond)
	return &t
}

// sorted gives numbers in order, each once.
func sorted(numbers []int64) []int64 {
	slices.Sort(numbers)
	return slices.Compact(numbers)
}
