package demo

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Command is one command to paste into a shell.
type Command struct {
	Number int // 1 to 10
	Title  string
	Shell  string
}

// Commands are the ten commands of the story, for this region. The permission
// that one of them records is for an hour from now.
func Commands(d Description, now time.Time) []Command {
	var out []Command
	for _, s := range steps {
		if s.number > 0 {
			out = append(out, Command{s.number, s.title, s.shell(d, now)})
		}
	}
	return out
}

func (s step) shell(d Description, now time.Time) string {
	patient, _ := d.flagged(s.patient)
	switch s.ask {
	case trailOfPatient:
		return fmt.Sprintf("%s audit patient %s --trail %s", program(), patient.NHSNumber, quote(d.Trail))
	case whoWasRefused:
		return fmt.Sprintf("%s audit refused --trail %s", program(), quote(d.Trail))
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
		fmt.Fprintf(&b, " -H 'Content-Type: application/fhir+json' -d %s", quote(string(s.body.write(patient, member, "", now))))
	}
	b.WriteString(" " + quote(s.address(source, patient)))
	return b.String()
}

// address is the full address that a step asks.
func (s step) address(source DescribedSource, patient DescribedPatient) string {
	return source.FHIR + "/" + strings.ReplaceAll(s.path, "{nhs}", patient.NHSNumber)
}

// quote makes one word of a text for a POSIX shell.
func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// program is this program as the person at the shell calls it.
func program() string {
	if len(os.Args) > 0 && filepath.Base(os.Args[0]) == "mcr" {
		return os.Args[0]
	}
	return "mcr"
}
