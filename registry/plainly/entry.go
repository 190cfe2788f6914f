package plainly

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/mycarerecord/mcr/fhirdate"
	"github.com/mycarerecord/mcr/legible"
	"github.com/mycarerecord/mcr/nhs"
	"github.com/mycarerecord/mcr/registry"
)

// When says a time as clocks in England show it, with the zone.
func When(t time.Time) string {
	return t.In(fhirdate.London).Format("2 January 2006, 15:04:05 MST")
}

// grouped says an NHS number as people read it.
func grouped(n nhs.Number) string {
	d := n.Digits()
	if len(d) != 10 {
		return n.String()
	}
	return d[:3] + " " + d[3:6] + " " + d[6:]
}

// says is what one version says, without its time.
func says(e *registry.Entry) string {
	d := &e.Detail
	switch e.Kind {
	case registry.KindRegistration:
		s := "registered with the practice " + e.Organisation.String()
		if d.Name != "" {
			s += " (" + legible.Line(d.Name) + ")"
		}
		if d.Telephone != "" {
			s += ", telephone " + legible.Line(d.Telephone)
		}
		return s
	case registry.KindRestriction:
		return "a sensitive patient (code " + legible.Line(d.Code) + ")"
	case registry.KindNumberLink:
		return linked(e)
	case registry.KindOptOut:
		return "OPT-OUT: objects to sharing across organisations"
	case registry.KindNationalOptOut:
		return "national opt-out: objects to uses beyond their own care"
	case registry.KindPermission:
		if !d.Given {
			return "NO to " + asker(e) + circumstances(d)
		}
		return "yes to " + asker(e) + sources(d) + circumstances(d)
	case registry.KindWithdrawal:
		return fmt.Sprintf("withdrawal of what %s was permitted (%s)%s", asker(e), plural(len(d.Withdraws), "permission"), circumstances(d))
	case registry.KindRelationship:
		return "in the care of " + e.Organisation.String() + " (" + cmp.Or(legible.Line(d.Form), "relationship") + ")"
	case registry.KindTestOrder:
		s := "test ordered (" + cmp.Or(legible.Line(d.Category), "no category") + "), for " + asker(e) + "; request " + cmp.Or(legible.Line(d.State), "without a status")
		if !d.ClosedAt.IsZero() {
			s += ", closed " + When(d.ClosedAt)
		}
		return s
	case registry.KindEmergency:
		return "emergency declared by " + asker(e) + ": " + legible.Line(d.Code) + ", " + quoted(d.Reason) + circumstances(d)
	case registry.KindBirth:
		return "born " + legible.Line(d.Born)
	case registry.KindPerson:
		return "user " + legible.Line(e.UserID) + " is this patient"
	}
	return "an entry of the kind " + legible.Line(string(e.Kind))
}

func linked(e *registry.Entry) string {
	other := legible.Line(e.Detail.Other)
	if n, err := nhs.ParseNumber(e.Detail.Other); err == nil {
		other = grouped(n)
	}
	if e.Detail.Link == registry.ReplacedBy {
		return "NHS number " + grouped(e.Patient) + " was replaced by " + other
	}
	return "NHS number " + grouped(e.Patient) + " replaces " + other
}

// asker is the professional and the organisation of an entry, as far as it names them.
func asker(e *registry.Entry) string {
	var who []string
	if e.UserID != "" {
		who = append(who, "user "+legible.Line(e.UserID))
	}
	if !e.Organisation.IsZero() {
		who = append(who, "organisation "+e.Organisation.String())
	}
	return cmp.Or(strings.Join(who, " at "), "nobody named")
}

func sources(d *registry.Detail) string {
	s := " to view what every source has"
	if len(d.Sources) > 0 {
		s = " to view what these sources have: " + legible.Line(strings.Join(d.Sources, ", "))
	}
	if d.Sensitive {
		s += ", sensitive parts too"
	}
	return s
}

func circumstances(d *registry.Detail) string {
	s := ""
	if !d.Asked.IsZero() {
		s += "; answered " + When(d.Asked)
	}
	if d.How != "" {
		s += "; asked " + legible.Line(d.How)
	}
	if d.Purpose != "" {
		s += "; for " + quoted(d.Purpose)
	}
	return s
}

func quoted(text string) string { return "“" + legible.Line(text) + "”" }

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// during says for when something was said.
func during(e *registry.Entry) string {
	switch {
	case e.From.IsZero() && e.Until.IsZero():
		return ""
	case e.Until.IsZero():
		return "from " + When(e.From) + ", without an end"
	case e.From.IsZero():
		return "until " + When(e.Until)
	}
	return "from " + When(e.From) + " until " + When(e.Until)
}
