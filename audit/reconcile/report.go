package reconcile

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/legible"
)

// Report is what a reconciler has found, for people and for JSON.
type Report struct {
	// Compared is when all that the spool holds was last compared to the end; zero: never.
	Compared time.Time `json:"compared,omitzero"`
	// Whole is when a round over all that was ever delivered last ended; zero: not since the start.
	Whole time.Time `json:"whole,omitzero"`
	// Records were compared the last time.
	Records uint64 `json:"records"`
	// Redelivered counts the records that the store had lost and has again, since the start
	// or, as an answer of Now, by it.
	Redelivered uint64 `json:"redelivered"`
	// Unknown says up to which number of the chain that is being written it is not known what
	// was delivered; 0: it is known from the beginning.
	Unknown uint64 `json:"unknown,omitempty"`
	// Lost is what is missing or altered, or was accepted, by chain.
	Lost []Loss `json:"lost,omitempty"`
	// Fault is why the last comparison did not come to its end.
	Fault string `json:"fault,omitempty"`
}

// Loss is what is wrong with one chain. The texts name the numbers: "3-7, 12".
type Loss struct {
	Chain           string `json:"chain"`
	Missing         uint64 `json:"missing,omitempty"` // records that the store lacks and the spool does not hold
	MissingNumbers  string `json:"missing_numbers,omitempty"`
	Altered         uint64 `json:"altered,omitempty"` // numbers under which, or among which, the store has something else
	AlteredNumbers  string `json:"altered_numbers,omitempty"`
	Accepted        uint64 `json:"accepted,omitempty"` // of both kinds, which an operator has accepted
	AcceptedNumbers string `json:"accepted_numbers,omitempty"`
}

// Report tells what was found until now.
func (r *Reconciler) Report() Report {
	r.mu.Lock()
	report := Report{Compared: r.done, Whole: r.whole, Records: r.compared, Redelivered: r.redelivered}
	if r.fault != nil {
		report.Fault = r.fault.Error()
	}
	r.mu.Unlock()
	open := r.alarms.open()
	for _, chain := range slices.Sorted(maps.Keys(open)) {
		one := open[chain]
		report.Lost = append(report.Lost, Loss{
			Chain: chain, Missing: one.Missing.records(), MissingNumbers: one.Missing.String(),
			Altered: one.Altered.records(), AlteredNumbers: one.Altered.String(),
			Accepted: one.Accepted.records(), AcceptedNumbers: one.Accepted.String(),
		})
	}
	m := r.checkpoint.Mark()
	if m.Seq > m.Begun {
		if first, err := r.checkpoint.Delivered(m.Broker, 0, 1); err == nil {
			switch {
			case len(first) == 0:
				report.Unknown = m.Seq
			case first[0].First > m.Begun+1:
				report.Unknown = first[0].First - 1
			}
		}
	}
	return report
}

// Ago says how long ago all that the spool holds was last compared to the end, or, before that
// was ever done, how long ago the reconciler was made.
func (r *Reconciler) Ago() time.Duration {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.ago()
}

// Gone says whether something is missing or altered that nobody has accepted.
func (r Report) Gone() bool {
	return slices.ContainsFunc(r.Lost, func(l Loss) bool { return l.Missing+l.Altered > 0 })
}

// Write tells it in words.
func (r Report) Write(w io.Writer) {
	fmt.Fprintf(w, "%d records were compared with what was delivered.\n", r.Records)
	if r.Redelivered > 0 {
		fmt.Fprintf(w, "%d that the store had lost were delivered again, from the spool.\n", r.Redelivered)
	}
	for _, l := range r.Lost {
		if l.Missing > 0 {
			fmt.Fprintf(w, "MISSING from %s, and not in the spool any more: %d records, numbers %s.\n", l.Chain, l.Missing, l.MissingNumbers)
		}
		if l.Altered > 0 {
			fmt.Fprintf(w, "ALTERED in %s: the store has something else under, or among, the numbers %s. Nothing was overwritten.\n", l.Chain, l.AlteredNumbers)
		}
		if l.Accepted > 0 {
			fmt.Fprintf(w, "Accepted before in %s: numbers %s.\n", l.Chain, l.AcceptedNumbers)
		}
	}
	if r.Redelivered == 0 && len(r.Lost) == 0 {
		fmt.Fprintln(w, "Nothing is missing.")
	}
	if r.Unknown > 0 {
		fmt.Fprintf(w, "Up to number %d it is not known what was delivered (an older version did): mcr audit verify checks the chain.\n", r.Unknown)
	}
	if r.Fault != "" {
		fmt.Fprintln(w, "The comparison did not come to its end:", r.Fault)
	}
}

// Accept is an operator's word that all that is missing or altered now has been looked at: the
// alarm ends, and a record in the trail says who accepted it, why, and which numbers, for ever.
func (r *Reconciler) Accept(ctx context.Context, record func(context.Context, *audit.Record) error, operator, reason string) error {
	report := r.Report()
	switch {
	case !report.Gone():
		return errors.New("accepting a loss: there is none")
	case !legible.Name(operator) || !legible.Words(reason):
		return errors.New("accepting a loss: say who accepts it, and why, in words")
	}
	numbers := map[string]string{}
	for _, l := range report.Lost {
		numbers[l.Chain] = fmt.Sprintf("missing %s; altered %s", cmp.Or(l.MissingNumbers, "none"), cmp.Or(l.AlteredNumbers, "none"))
	}
	rec := audit.LossRecord(r.checkpoint.Mark().Broker, operator, reason, numbers, r.opt.Clock())
	if err := record(ctx, rec); err != nil {
		return fmt.Errorf("accepting a loss: %w", err)
	}
	r.alarms.accept()
	return r.alarms.keep()
}

// Open says what is missing or altered in one line, without numbers; "" when nothing is.
func (r Report) Open() string {
	missing, altered := uint64(0), uint64(0)
	for _, l := range r.Lost {
		missing, altered = missing+l.Missing, altered+l.Altered
	}
	if missing+altered == 0 {
		return ""
	}
	return fmt.Sprintf("the store lost %d records that the spool no longer holds, and has something else under, or among, %d numbers", missing, altered)
}
