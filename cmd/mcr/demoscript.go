package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/fhirdate"
	"github.com/mycarerecord/mcr/internal/demo"
)

// welcome prints where everything is and the ten commands.
func welcome(out io.Writer, d demo.Description) {
	fmt.Fprintf(out, "The demo region is running: %d patients, %d sources, a broker in front of each.\n\n", len(d.Patients), len(d.Sources))
	for _, source := range d.Sources {
		fmt.Fprintf(out, "  %-50s %s\n", source.Name, source.FHIR)
	}
	fmt.Fprintf(out, "\n  %-50s %s\n", "Console, in a browser", d.Console)
	fmt.Fprintf(out, "  %-50s %s\n", "One patient's record from every source (POST)", d.Collect)
	fmt.Fprintf(out, "  %-50s %s\n", "Token issuer", d.Issuer)
	fmt.Fprintf(out, "  %-50s %s\n", "Health", brokersOf(d)+"/readyz")
	fmt.Fprintf(out, "  %-50s %s\n", "Metrics", d.Metrics)
	fmt.Fprintf(out, "  %-50s %s\n\n", "Trail", d.Trail)
	if keys := filepath.Join(filepath.Dir(d.Trail), "policies"); isFolder(keys) {
		fmt.Fprintf(out, "  %-50s %s (docs/releases.md)\n\n", "Keys of those who approve and sign policies", keys)
	}
	if d.Past != nil {
		fmt.Fprintf(out, "  %-50s %d days up to %s, %d records (docs/demo-past.md)\n\n", "of which was made up", d.Past.Days,
			d.Past.Until.In(fhirdate.London).Format("2 January 2006, 15:04"), d.Past.Records)
	}
	for _, p := range d.Processes {
		fmt.Fprintf(out, "  %-50s %s (process %d, metrics %s)\n", fmt.Sprintf("%s: %d sources", p.ID, len(p.Sources)), p.Brokers, p.Process, p.Metrics)
	}
	if len(d.Processes) > 0 {
		fmt.Fprintf(out, "  %-50s %s\n\n", "Registry, which they share", d.Registry)
	}
	fmt.Fprintln(out, "Ten commands to try, one for each promise (mcr demo --script runs them all):")
	for _, command := range demo.Commands(d, time.Now()) {
		fmt.Fprintf(out, "\n%d. %s\n   %s\n", command.Number, command.Title, command.Shell)
	}
	if second := demo.Second(d, time.Now()); second != nil {
		fmt.Fprintln(out, "\nAnd the second within which a no is heard by all, in a shell of its own:")
		for _, command := range second {
			fmt.Fprintf(out, "\n%c. %s\n   %s\n", 'a'+rune(command.Number-1), command.Title, command.Shell)
		}
		fmt.Fprintln(out, "\nEach process tells how long changes took: mcr_registry_change_seconds, among its metrics (PostgreSQL only: a file is asked each time).")
	}
	fmt.Fprintln(out, "\nCtrl-C stops the region; its registry and its trail stay.")
}

// script runs the ten commands against the running region, or against one that it
// starts and stops itself.
func script(ctx context.Context, opt demoOptions, out, complaints io.Writer) (err error) {
	d, err := findRegion(ctx, opt.data)
	if errors.Is(err, errNoRegion) {
		fmt.Fprintf(out, "No region is running here: starting one for the script.\n\n")
		opt.past = 0 // the script asks of what it did itself
		running, startErr := startRegion(ctx, opt, complaints)
		if startErr != nil {
			return startErr
		}
		defer func() { err = errors.Join(err, running.stop()) }()
		d, err = running.description, nil
	}
	if err != nil {
		return err
	}
	t, err := openTrail(ctx, &settings{dsn: d.Trail, keysFile: filepath.Join(filepath.Dir(d.Trail), "keys")})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, t.Close()) }()
	err = demo.Script(ctx, d, demo.ScriptOptions{Trail: demoTrail{t}, Out: out})
	if errors.Is(err, demo.ErrScript) {
		return errors.New(strings.TrimSpace(err.Error()))
	}
	return err
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}
