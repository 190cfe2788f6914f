package demo

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/audit"
	"github.com/mycarerecord/mcr/nhs"
)

// Trail is where the audit trail can be asked, the newest records of each at
// least. Records come in some time after the answer has left.
type Trail interface {
	Patient(ctx context.Context, number nhs.Number) ([]*audit.Record, error)
	Refused(ctx context.Context) ([]*audit.Record, error)
}

// ScriptOptions are what the script needs besides the region's description.
type ScriptOptions struct {
	Trail  Trail        // required: two of the ten commands ask it
	Out    io.Writer    // the account; required
	Client *http.Client // default: one with a time limit of 30 s
	Clock  func() time.Time
	// TrailWithin is how long a record may take to arrive in the trail. Default 30 s.
	TrailWithin time.Duration
}

// ErrScript says that the region did not do what it should.
var ErrScript = errors.New("the demo region did not do what it should")

// Script runs the ten commands over HTTP against a running region and writes an
// account of them. It goes on after a wrong outcome, and in the end gives an
// error that wraps ErrScript and names the steps that were wrong.
//
// It may be run again on a region that kept its data: a permission that an
// earlier run left standing is withdrawn first, which the account says.
func Script(ctx context.Context, d Description, opt ScriptOptions) error {
	if opt.Trail == nil || opt.Out == nil {
		return errors.New("running the script: a trail and an output are required")
	}
	if opt.Client == nil {
		opt.Client = &http.Client{Timeout: 30 * time.Second}
	}
	if opt.Clock == nil {
		opt.Clock = time.Now
	}
	if opt.TrailWithin <= 0 {
		opt.TrailWithin = 30 * time.Second
	}
	r := &run{region: d, ScriptOptions: opt}
	if err := r.clear(ctx); err != nil {
		return fmt.Errorf("running the script: %w", err)
	}
	var wrong []string
	for _, s := range steps {
		if err := r.step(ctx, s); err != nil {
			fmt.Fprintf(r.Out, "   WRONG: %v\n", err)
			wrong = append(wrong, s.title)
		} else {
			fmt.Fprintln(r.Out, "   as it should be")
		}
		fmt.Fprintln(r.Out)
	}
	if wrong != nil {
		return fmt.Errorf("%w: %s", ErrScript, strings.Join(wrong, "; "))
	}
	fmt.Fprintln(r.Out, "All ten are as they should be.")
	return nil
}

// run is one run of the script.
type run struct {
	region Description
	ScriptOptions
	permission string   // the id of the one that was recorded
	patient    []string // records of this run about the patient who is asked
	refused    []string // records of this run that refused
}

func (r *run) step(ctx context.Context, s step) error {
	number := "  "
	if s.number > 0 {
		number = fmt.Sprintf("%d.", s.number)
	}
	fmt.Fprintf(r.Out, "%s %s\n", number, s.title)
	defer fmt.Fprintf(r.Out, "   %s\n", s.why)
	if s.ask != noQuestion {
		return r.askTrail(ctx, s)
	}
	return r.request(ctx, s)
}
