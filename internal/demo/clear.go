package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/internal/demo/people"
	"github.com/mycarerecord/mcr/nhs"
)

// clear withdraws what an earlier run, or a person at a shell, left standing. The
// trail names it, but some time after it was recorded: so the broker is asked too,
// and while it still lets the consultant in, the trail is asked again.
func (r *run) clear(ctx context.Context) error {
	patient, ok := r.region.flagged(people.AsksPermission)
	if !ok {
		return errors.New("there is no patient of the story: is this the demo region?")
	}
	number, err := nhs.ParseNumber(patient.NHSNumber)
	if err != nil {
		return err
	}
	wait, cancel := context.WithTimeout(ctx, r.TrailWithin)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	var withdrawn []string
	for {
		records, err := r.Trail.Patient(ctx, number)
		if err != nil {
			return fmt.Errorf("asking the trail: %w", err)
		}
		for _, id := range standing(records, userID("consultant"), r.Clock()) {
			if slices.Contains(withdrawn, id) {
				continue // the trail does not tell of its withdrawal yet
			}
			if err := r.withdraw(ctx, id); err != nil {
				return err
			}
			withdrawn = append(withdrawn, id)
		}
		if !r.letIn(ctx) {
			break
		}
		select {
		case <-tick.C:
			continue
		case <-wait.Done(): // the story goes on, and its second step says what is wrong
		}
		break
	}
	r.permission, r.patient, r.refused = "", nil, nil
	return ctx.Err()
}

func (r *run) withdraw(ctx context.Context, id string) error {
	fmt.Fprintf(r.Out, "0. A permission from an earlier run still stands: it is withdrawn first\n")
	r.permission = id
	err := r.step(ctx, step{
		title: "Withdrawal", who: "consultant", patient: people.AsksPermission, source: "gp-riverside",
		method: http.MethodPost, path: "Consent", body: withdrawal, status: http.StatusCreated,
		why: "What this script shows begins with a patient whom nobody has asked.",
	})
	if err != nil {
		return fmt.Errorf("withdrawing a permission of an earlier run: %w", err)
	}
	fmt.Fprintln(r.Out)
	return nil
}

// letIn says whether the broker lets the consultant see what the story's second step
// asks for: then a permission stands. It is no part of the account.
func (r *run) letIn(ctx context.Context) bool {
	quiet := *r
	quiet.Out = io.Discard
	s := steps[slices.IndexFunc(steps, func(s step) bool { return s.number == 2 })]
	s.status, s.codes, s.says = http.StatusOK, nil, ""
	return quiet.request(ctx, s) == nil
}
