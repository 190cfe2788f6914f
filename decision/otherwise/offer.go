package otherwise

import (
	"fmt"
	"strings"

	"github.com/mycarerecord/mcr/access"
)

// Offer is a change with which it is decided otherwise.
type Offer struct {
	Changes  []Change // one or two
	Decision access.Decision
	Input    []byte // that is decided so

	rank     int
	question bool
}

// Change is one thing that was otherwise. Its words name entries by the ids that they have in
// the registry, without NHS numbers, and no person.
type Change struct {
	About    string // "permissions", "opt_out", "role"
	Question bool   // it is of the question and not of a fact
	Words    string // "Had the patient given permission to this professional at RXA01"
}

// Told is the change and what would have come of it, in a sentence.
func (o Offer) Told() string {
	parts := make([]string, len(o.Changes))
	for i, c := range o.Changes {
		if parts[i] = c.Words; i > 0 {
			parts[i] = "and h" + strings.TrimPrefix(c.Words, "H")
		}
	}
	return strings.Join(parts, ", ") + ", " + outcome(o.Decision.Effect) + "."
}

func outcome(e access.Effect) string {
	switch e {
	case access.Permit:
		return "it would have been permitted"
	case access.Deny:
		return "it would have been refused"
	}
	return "it could not have been told, and would have had to wait"
}

// Note says how far it was searched.
func (f Found) Note() string {
	var out []string
	say := func(format string, args ...any) { out = append(out, fmt.Sprintf(format, args...)) }
	switch tried := fmt.Sprintf("%d inputs with one thing changed and %d with two were decided", f.One, f.Two); {
	case !f.Whole:
		say("The search was ended early (%s): there may be others, smaller ones among them.", tried)
	case len(f.Offers) == 0:
		say("No change that was tried, of one or two facts or of the question, would have decided otherwise (%s).", tried)
	default:
		say("%s; it was searched no further.", tried)
	}
	if len(f.Offers) == f.most {
		say("There may be others as small: at most %d are told.", f.most)
	}
	if !f.Entries {
		say("Of long lists, %d entries were changed one by one.", mostEntries)
	}
	say("The policies, their lists and their settings were left as they are.")
	return strings.Join(out, " ")
}
