package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/audit/protect"
	"github.com/mycarerecord/mcr/audit/retention"
	"github.com/mycarerecord/mcr/nhs"
)

// hold lays, lifts and lists legal holds.
func hold() *cobra.Command {
	cmd := &cobra.Command{Use: "hold", Short: "Legal holds: what must be neither erased nor retired"}
	cmd.AddCommand(holdAdd(), holdLift(), holdList())
	return cmd
}

func holdAdd() *cobra.Command {
	a, h, patient, since, until := new(act), retention.Hold{}, "", "", ""
	cmd := &cobra.Command{
		Use: "add", Short: "Lays a hold on records; without a selection on all", Args: cobra.NoArgs, SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if h.Since, err = dayOf(since); err == nil {
				h.Until, err = dayOf(until)
			}
			if err == nil {
				err = canHold(h)
			}
			if err != nil {
				return err
			}
			return a.with(cmd, func(ctx context.Context, s *standing) error {
				if err := s.there(ctx, h.Record); err != nil {
					return err
				}
				if patient != "" {
					number, err := patientAsked(patient, cmd.InOrStdin())
					if err != nil {
						return err
					}
					p, err := protect.NewProtector(s.keys, protect.Encrypted)
					if err != nil {
						return err
					}
					h.Patient, h.Shown = p.Find(number), p.Shown(number)
				}
				rec, err := s.write(ctx, audit.HoldAction, "hold-laid", retention.HoldInput{Hold: h})
				if err == nil {
					err = s.drain(ctx)
				}
				if err != nil {
					return err
				}
				fmt.Fprintf(cmd.OutOrStdout(), "Hold %s is laid.\n", rec.ID)
				return nil
			})
		},
	}
	a.flags(cmd)
	cmd.Flags().StringVar(&patient, "patient", "", "of this patient, by NHS number (- reads it from standard input)")
	cmd.Flags().StringVar(&h.Record, "record", "", "of this record, by id")
	cmd.Flags().StringVar(&h.Organisation, "organisation", "", "of what was asked of this organisation, by ODS code")
	cmd.Flags().StringVar(&since, "since", "", "from this day on (UTC), such as 2026-03-02")
	cmd.Flags().StringVar(&until, "until", "", "before this day (UTC)")
	return cmd
}

// canHold refuses a hold that would lie on nothing, whatever comes: whoever lays it relies on it.
func canHold(h retention.Hold) error {
	if !h.Since.IsZero() && !h.Until.IsZero() && !h.Since.Before(h.Until) {
		return errors.New("--until is not after --since: this hold would lie on nothing")
	}
	if h.Organisation == "" {
		return nil
	}
	if _, err := nhs.ParseODSCode(h.Organisation); err != nil {
		return fmt.Errorf("--organisation %q: %w", h.Organisation, err)
	}
	return nil
}

// there says whether the trail has a record by this id; none is asked for by "".
func (s *standing) there(ctx context.Context, id string) error {
	if id == "" {
		return nil
	}
	if err := s.drain(ctx); err != nil {
		return err
	}
	found, err := s.trail().Search(ctx, audit.Scope{Limit: 1}, audit.Filter{ID: id}, "")
	if err == nil && len(found.Records) == 0 {
		err = fmt.Errorf("the trail has no record %s: this hold would lie on nothing", id)
	}
	return err
}

func dayOf(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.Parse(time.DateOnly, text)
	if err != nil {
		return t, fmt.Errorf("%q is not a day such as 2026-03-02", text)
	}
	return t, nil
}

func holdLift() *cobra.Command {
	a := new(act)
	cmd := &cobra.Command{
		Use: "lift HOLD", Short: "Lifts a hold", Args: cobra.ExactArgs(1), SilenceUsage: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.with(cmd, func(ctx context.Context, s *standing) error { return s.lift(ctx, cmd.OutOrStdout(), args[0]) })
		},
	}
	a.flags(cmd)
	return cmd
}

func (s *standing) lift(ctx context.Context, out io.Writer, id string) error {
	if err := s.drain(ctx); err != nil {
		return err
	}
	all, err := s.holds(ctx)
	if err != nil {
		return err
	}
	for _, h := range all {
		if h.ID != id {
			continue
		}
		if _, err := s.write(ctx, audit.LiftAction, "hold-lifted", retention.HoldInput{Hold: retention.Hold{ID: h.ID}}); err != nil {
			return err
		}
		fmt.Fprintf(out, "Hold %s is lifted.\n", h.ID)
		return s.drain(ctx)
	}
	return fmt.Errorf("there is no hold %s in force", id)
}

func holdList() *cobra.Command {
	return new(question).command("list", "The holds in force", cobra.NoArgs, func(ctx context.Context, t *trail, _ []string, out io.Writer) error {
		all, err := retention.Holds(ctx, t.Trail, t.protector)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			fmt.Fprintln(out, "No hold is in force.")
		}
		for _, h := range all {
			fmt.Fprintf(out, "%s  %s  %s  %s: %s\n", h.ID, h.LaidAt.UTC().Format(time.DateOnly), saidOf(h), h.By, h.Words)
		}
		return nil
	})
}

// saidOf says on what a hold lies, naming no patient.
func saidOf(h retention.Hold) string {
	var parts []string
	for _, part := range []struct{ name, value string }{
		{"record ", h.Record}, {"records held by ", h.Organisation}, {"from ", day(h.Since)}, {"before ", day(h.Until)},
	} {
		if part.value != "" {
			parts = append(parts, part.name+part.value)
		}
	}
	if len(h.Patient) > 0 {
		parts = append(parts, "one patient")
	}
	return cmp.Or(strings.Join(parts, ", "), "everything")
}

func day(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// holds gives the holds in force.
func (s *standing) holds(ctx context.Context) ([]retention.Hold, error) {
	p, err := protect.NewProtector(s.keys, protect.Encrypted)
	if err != nil {
		return nil, err
	}
	return retention.Holds(ctx, s.trail(), p)
}
