package demo

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// Welcome prints where everything is, and the ten commands to paste. Those that
// ask the trail call this same program.
func Welcome(w io.Writer, d Description) error {
	var b bytes.Buffer
	fmt.Fprintf(&b, "The demo region is running. Every patient is made up.\n\n")
	fmt.Fprintf(&b, "Brokers, one in front of each source system:\n")
	table := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	for _, s := range d.Sources {
		fmt.Fprintf(table, "  %s\t%s\t%s\n", s.Kind, s.Name, s.FHIR)
	}
	table.Flush()
	fmt.Fprintf(&b, "\nTokens from %s for:\n", d.TokenEndpoint)
	for _, m := range d.Cast {
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\n", m.ID, m.Name, m.Role, m.Organisation)
	}
	table.Flush()
	fmt.Fprintf(&b, "\nPatients of the story, first of %d:\n", len(d.Patients))
	for _, p := range d.Patients[:storyLength(d)] {
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\n", p.NHSNumber, p.Name, p.GP, strings.Join(p.Flags, ", "))
	}
	table.Flush()
	fmt.Fprintf(&b, "\nThe audit trail is in %s.\n\nTen commands to paste, one for each promise (or run them all: %s demo --script):\n\n", d.Trail, program())
	for _, c := range Commands(d, time.Now()) {
		fmt.Fprintf(&b, "# %d. %s\n%s\n\n", c.Number, c.Title, c.Shell)
	}
	fmt.Fprintf(&b, "Ctrl-C stops the region. The registry and the trail stay.\n")
	_, err := w.Write(b.Bytes())
	return err
}

// storyLength is how many of the first patients have a flag: the people of the
// story, who all have one.
func storyLength(d Description) int {
	n := slices.IndexFunc(d.Patients, func(p DescribedPatient) bool { return len(p.Flags) == 0 })
	if n < 0 {
		return len(d.Patients)
	}
	return n
}

// program is this program as the person at the shell calls it.
func program() string {
	if len(os.Args) > 0 && filepath.Base(os.Args[0]) == "mcr" {
		return os.Args[0]
	}
	return "mcr"
}
