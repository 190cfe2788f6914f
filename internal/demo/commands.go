package demo

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// Command is one command to paste into a shell.
type Command struct {
	Number int // 1 to 10
	Title  string
	Shell  string
}

// Commands are the ten commands of the story, for this region. audit is how the
// trail is asked at a shell, such as "./bin/mcr audit". The permission that one
// of them records is for an hour from now.
func Commands(d Description, audit string, now time.Time) []Command {
	var out []Command
	for _, s := range steps {
		if s.number > 0 {
			out = append(out, Command{s.number, s.title, s.shell(d, audit, now)})
		}
	}
	return out
}

func (s step) shell(d Description, audit string, now time.Time) string {
	patient, _ := d.flagged(s.patient)
	switch s.ask {
	case trailOfPatient:
		return audit + " patient " + patient.NHSNumber
	case whoWasRefused:
		return audit + " refused"
	}
	source, _ := d.source(s.source)
	member, _ := d.member(s.who)
	var b strings.Builder
	b.WriteString("curl -si")
	if s.method != "GET" && s.body == noBody {
		b.WriteString(" -X " + s.method)
	}
	fmt.Fprintf(&b, ` -H "Authorization: Bearer $(curl -s -X POST %s/cast/%s/token)"`, d.Issuer, s.who)
	if s.body != noBody {
		fmt.Fprintf(&b, " -H 'Content-Type: application/fhir+json' -d '%s'", s.body.write(patient, member, "", now))
	}
	fmt.Fprintf(&b, " '%s'", s.address(source, patient))
	return b.String()
}

// address is the full address that a step asks.
func (s step) address(source DescribedSource, patient DescribedPatient) string {
	return source.FHIR + "/" + strings.ReplaceAll(s.path, "{nhs}", patient.NHSNumber)
}

// PrintCommands writes the ten commands for a person to read and paste.
func PrintCommands(w io.Writer, d Description, audit string, now time.Time) {
	for _, c := range Commands(d, audit, now) {
		fmt.Fprintf(w, "# %d. %s\n%s\n\n", c.Number, c.Title, c.Shell)
	}
}
