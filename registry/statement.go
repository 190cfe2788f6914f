package registry

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/access"
	"github.com/mycarerecord/mcr/legible"
	"github.com/mycarerecord/mcr/nhs"
)

// checkStatement refuses what must never be recorded, whatever the policies said:
// an answer to somebody else, or of somebody else.
func checkStatement(q access.Question) error {
	s := q.Statement
	wrong := func(what string) error { return fmt.Errorf("%w: %s", ErrStatement, what) }
	switch {
	case s == nil:
		return wrong("there is none")
	case q.Patient.IsZero() || s.Patient != q.Patient:
		return wrong("it is not about the patient of the question")
	case q.Subject.UserID == "" || s.UserID != q.Subject.UserID:
		return wrong("the professional named is not the one who asks")
	case q.Subject.Organisation.IsZero() || s.Organisation != q.Subject.Organisation:
		return wrong("the organisation named is not the one that asks")
	case slices.Contains(s.Sources, ""):
		return wrong("a source is empty") // not "every source"
	case !s.Until.IsZero() && (!s.Until.After(s.From) || !s.Until.After(q.Time)):
		return wrong("it ends before it begins, or has ended")
	case q.Action == access.DeclareEmergency && (s.ReasonCode == "" || !legible.Words(s.Reason)):
		return wrong("an emergency needs a reason code and a reason in words")
	case s.Purpose != "" && !legible.Words(s.Purpose):
		return wrong("the purpose does not say anything")
	}
	return nil
}

// write adds the versions that the statement makes.
func (r *Registry) write(tx Tx, q access.Question, id string) error {
	ctx := context.Background()
	entries, err := locked(ctx, tx, q.Patient)
	if err != nil {
		return err
	}
	s := q.Statement
	e := Entry{ID: id, Version: 1, Status: Active, Patient: q.Patient, Organisation: s.Organisation,
		UserID: s.UserID, Validity: s.Validity, RecordedBy: q.Subject.UserID, RecordedAt: after(entries, tx.Time())}
	if e.From.IsZero() {
		e.From = q.Time
	}
	switch q.Action {
	case access.RecordPermission, access.RecordRefusal:
		e.Kind = KindPermission
		e.Detail = Detail{Given: q.Action == access.RecordPermission, Sources: s.Sources,
			Sensitive: s.Sensitive, How: s.How, Purpose: s.Purpose}
		if e.Detail.Given {
			if e.Until.IsZero() {
				e.Until = e.From.Add(r.opt.PermissionFor)
			}
			if e.Until.Sub(e.From) > r.opt.PermissionLongest {
				return fmt.Errorf("%w: the permission is longer than %d days",
					ErrStatement, int(r.opt.PermissionLongest.Hours()/24))
			}
		}
	case access.DeclareEmergency:
		e.Kind = KindEmergency
		e.Detail = Detail{Code: s.ReasonCode, Reason: s.Reason, Purpose: s.Purpose}
		// It begins now, and ends soon whatever was asked for.
		e.From = q.Time
		if last := q.Time.Add(r.opt.EmergencyLongest); e.Until.IsZero() || e.Until.After(last) {
			e.Until = last
		}
	case access.Withdraw:
		e.Kind, e.Validity = KindWithdrawal, access.Validity{From: q.Time}
		e.Detail = Detail{How: s.How, Purpose: s.Purpose}
		if e.Detail.Withdraws, err = withdraw(ctx, tx, entries, q, e); err != nil {
			return err
		}
	default:
		return fmt.Errorf("%w: nothing is recorded for this action", ErrStatement)
	}
	return tx.Add(ctx, e)
}

// locked keeps others from writing about a person, under all of their numbers, and reads what is
// on record about them.
func locked(ctx context.Context, tx Tx, number nhs.Number) ([]Entry, error) {
	held := []nhs.Number{number}
	for {
		if err := tx.Lock(ctx, held...); err != nil {
			return nil, err
		}
		numbers, entries, err := readNewest(ctx, tx, number)
		free := func(n nhs.Number) bool { return !slices.Contains(held, n) }
		if err != nil || !slices.ContainsFunc(numbers, free) {
			return entries, err
		}
		held = numbers // one of them may have got another number meanwhile
	}
}

// withdraw marks the permission that the statement names, or all that the
// professional holds of the patient for the organisation.
func withdraw(ctx context.Context, tx Tx, entries []Entry, q access.Question, by Entry) ([]string, error) {
	var ids []string
	for _, p := range entries {
		if p.Kind != KindPermission || p.Status != Active || !p.Detail.Given ||
			p.UserID != q.Subject.UserID || p.Organisation != q.Subject.Organisation ||
			q.Statement.Permission != "" && p.ID != q.Statement.Permission {
			continue
		}
		p.Version++
		p.Status = Withdrawn
		p.Detail.EndedBy = by.ID
		p.RecordedBy, p.RecordedAt = by.RecordedBy, by.RecordedAt
		if err := tx.Add(ctx, p); err != nil {
			return nil, err
		}
		ids = append(ids, p.ID)
	}
	if ids == nil {
		return nil, ErrNothingToWithdraw
	}
	return ids, nil
}

// after gives t, or the first moment after all answers on record: what is recorded
// later must be seen as later, also when the clocks of two brokers differ.
func after(entries []Entry, t time.Time) time.Time {
	for _, e := range entries {
		if e.Kind == KindPermission && !e.RecordedAt.Before(t) {
			t = e.RecordedAt.Add(time.Millisecond) // policies see milliseconds
		}
	}
	return t
}
