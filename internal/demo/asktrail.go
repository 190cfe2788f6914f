package demo

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/nhs"
)

// askTrail asks the trail for what this run did, and waits until all of it has
// arrived: records travel on after the answer has left.
func (r *run) askTrail(ctx context.Context, s step) error {
	want, ask := r.refused, r.Trail.Refused
	if s.ask == trailOfPatient {
		patient, _ := r.region.flagged(s.patient)
		number, err := nhs.ParseNumber(patient.NHSNumber)
		if err != nil {
			return err
		}
		want = r.patient
		ask = func(ctx context.Context) ([]*audit.Record, error) { return r.Trail.Patient(ctx, number) }
		fmt.Fprintf(r.Out, "   of %s, born %s:\n", patient.Name, patient.Born)
	}
	if len(want) == 0 {
		return errors.New("nothing happened in this run that the trail could tell of")
	}
	ctx, cancel := context.WithTimeout(ctx, r.TrailWithin)
	defer cancel()
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		records, err := ask(ctx)
		if err != nil {
			return fmt.Errorf("asking the trail: %w", err)
		}
		ours := chosen(records, want)
		if len(ours) == len(want) {
			r.tellRecords(ours)
			return judgeRecords(ours, s.ask)
		}
		select {
		case <-ctx.Done():
			r.tellRecords(ours)
			return fmt.Errorf("%d of the %d records of this run are in the trail after %s", len(ours), len(want), r.TrailWithin)
		case <-tick.C:
		}
	}
}

// chosen gives the records with these ids.
func chosen(records []*audit.Record, ids []string) []*audit.Record {
	return slices.DeleteFunc(slices.Clone(records), func(r *audit.Record) bool { return !slices.Contains(ids, r.ID) })
}

// judgeRecords says what is wrong with records that should tell what was done.
func judgeRecords(records []*audit.Record, ask question) error {
	for _, rec := range records {
		switch {
		case rec.UserID == "" || rec.UserOrg == "" || rec.Source == "" || len(rec.Reasons) == 0:
			return fmt.Errorf("record %s does not say who asked, where, or why it ended so", rec.ID)
		case ask == whoWasRefused && rec.Outcome != audit.Refused:
			return fmt.Errorf("record %s is %s, want refused", rec.ID, rec.Outcome)
		}
	}
	return nil
}

// tellRecords writes the records one a line.
func (r *run) tellRecords(records []*audit.Record) {
	for _, rec := range records {
		what := strings.TrimSpace(rec.Action + " " + rec.ResourceType)
		fmt.Fprintf(r.Out, "   %s  %-8s %-20s %s of %s at %s (%s)\n", rec.TimeIn.UTC().Format("15:04:05"),
			rec.Outcome, what, rec.UserName, r.organisationName(rec.UserOrg), rec.Source, strings.Join(rec.Reasons, ", "))
	}
}
